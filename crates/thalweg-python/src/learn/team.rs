//! Ranks whose bytes an object of Python moves.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process;

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use thalweg_learn::train::{Team, difference_of_ranks, gather_messages};
use thalweg_learn::{Error, FitConfig};

use crate::arguments::Arguments;

/// Error of a fit on several ranks.
pub(super) enum RankError {
    Own(Error),
    /// Description of what another rank has.
    Other(String),
}

impl From<Error> for RankError {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

/// Team of an object of Python: one of the classes of `_team.py`.
#[derive(Debug)]
pub(super) struct PyTeam {
    rank: usize,
    ranks: usize,
    object: Py<PyAny>,
}

impl PyTeam {
    /// Returns the team that is given; `None` for one process.
    pub(super) fn of(arguments: &Arguments<'_>) -> PyResult<Option<Self>> {
        let Some(team) = arguments.get("team")? else { return Ok(None) };
        let (rank, ranks) = (team.getattr("rank")?.extract()?, team.getattr("ranks")?.extract()?);
        Ok(Some(Self { rank, ranks, object: team.unbind() }))
    }

    /// Prepares data on all ranks, with a cache on rank 0 first. If a rank has an error, or other values of its data
    /// than rank 0, all return an error: none trains without the others.
    pub(super) fn prepare<T>(
        &self,
        config: &FitConfig,
        prepare: impl FnOnce() -> Result<T, Error>,
        values: impl FnOnce(&T) -> Result<BTreeMap<String, String>, Error>,
    ) -> Result<T, RankError> {
        // Rank 0 answers for the cache before the others begin.
        if config.cache && self.rank > 0 {
            self.agree_on(None)?;
        }
        let prepared = prepare().and_then(|prepared| Ok((values(&prepared)?, prepared)));
        let failed = prepared.as_ref().err().map(ToString::to_string);
        let agreed = self.agree_on(failed);
        if config.cache && self.rank == 0 && agreed.is_ok() {
            self.agree_on(None)?;
        }
        let (values, prepared) = prepared?;
        agreed?;
        difference_of_ranks(self, &values).map_or(Ok(prepared), |text| Err(RankError::Other(text)))
    }

    /// Returns an error if a rank has failed.
    fn agree_on(&self, failed: Option<String>) -> Result<(), RankError> {
        let all = gather_messages(self, failed.unwrap_or_default().as_bytes());
        match all.iter().position(|text| !text.is_empty()) {
            None => Ok(()),
            Some(rank) => {
                let text = String::from_utf8_lossy(&all[rank]);
                Err(RankError::Other(format!("rank {rank} of {} has failed: {text}", self.ranks)))
            }
        }
    }

    /// Returns the end if a rank wants it.
    pub(super) fn end_together(&self, flow: ControlFlow<()>) -> ControlFlow<()> {
        let mut all = vec![0; self.ranks];
        self.all_gather(&[u8::from(flow.is_break())], &mut all, &vec![1; self.ranks]);
        if all.contains(&1) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Calls a method with bytes to send and an array for those that are received.
    fn call(&self, name: &str, sent: &[u8], sent_lens: Option<&[usize]>, received: &mut [u8], lens: &[usize]) {
        let done = Python::attach(|py| -> PyResult<()> {
            let (team, sent) = (self.object.bind(py), PyArray1::from_slice(py, sent));
            let array = PyArray1::<u8>::zeros(py, received.len(), false);
            match sent_lens {
                Some(sent_lens) => team.call_method1(name, (sent, sent_lens, &array, lens))?,
                None => team.call_method1(name, (sent, &array, lens))?,
            };
            received.copy_from_slice(array.try_readonly()?.as_slice()?);
            Ok(())
        });
        if let Err(error) = done {
            self.end(&error);
        }
    }

    /// Ends this process, since the ranks no longer know each other's numbers.
    fn end(&self, error: &PyErr) -> ! {
        Python::attach(|py| {
            error.print(py);
            let _ = self.object.bind(py).call_method0("end");
        });
        process::abort()
    }
}

impl Team for PyTeam {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn all_to_all(&self, sent: &[u8], sent_lens: &[usize], received: &mut [u8], received_lens: &[usize]) {
        self.call("all_to_all", sent, Some(sent_lens), received, received_lens);
    }

    fn all_gather(&self, sent: &[u8], received: &mut [u8], received_lens: &[usize]) {
        self.call("all_gather", sent, None, received, received_lens);
    }
}
