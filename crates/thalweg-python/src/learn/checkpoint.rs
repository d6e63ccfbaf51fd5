//! Checkpoints of a fit in a folder.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use thalweg_learn::fit::{CheckpointFolder, CheckpointWriter, FitCheckpoint, FitCheckpoints};
use thalweg_learn::train::{CheckpointInterval, Team, TrainingStopReason, gather_messages};
use thalweg_learn::{Callbacks, Error, FitConfig, FitReport, Interrupt, ModelFile, PreparedData};

use crate::arguments::Arguments;
use crate::error::{OrRaise, invalid};

/// Interval between checkpoints where none is given.
const INTERVAL: CheckpointInterval = CheckpointInterval::Time(Duration::from_secs(30));

/// Number of checkpoints that are kept where none is given.
const KEEP: usize = 2;

/// Checkpoints that a fit writes, and from which it continues.
#[derive(Clone)]
pub(crate) struct Checkpoints {
    folder: PathBuf,
    resume: bool,
    interval: CheckpointInterval,
    keep: usize,
    force: bool,
    /// Errors of checkpoints that could not be written.
    pub(crate) warnings: Arc<Mutex<Vec<String>>>,
}

impl Checkpoints {
    /// Reads the arguments; `None` without a folder.
    pub(crate) fn of(arguments: &Arguments<'_>) -> PyResult<Option<Self>> {
        let py = arguments.py();
        let interval = arguments.parsed("checkpoint_every")?;
        let keep = arguments.whole("checkpoint_keep", 1)?;
        let force = arguments.flag("force")?.unwrap_or(false);
        let (folder, resume) = match (arguments.path("checkpoint")?, arguments.path("resume")?) {
            (Some(_), Some(_)) => return Err(invalid(py, "checkpoint and resume must not be given together")),
            (Some(folder), None) => (folder, false),
            (None, Some(folder)) => (folder, true),
            (None, None) => {
                let given = [("checkpoint_every", interval.is_some()), ("checkpoint_keep", keep.is_some())];
                return match given.into_iter().chain([("force", force)]).find(|(_, given)| *given) {
                    Some((name, _)) => Err(invalid(py, &format!("{name} needs a folder: checkpoint= or resume="))),
                    None => Ok(None),
                };
            }
        };
        if resume && !folder.is_dir() {
            let message = format!("resume must be a folder of checkpoints, but there is none at {}", folder.display());
            return Err(invalid(py, &message));
        }
        if !resume {
            let is_empty = CheckpointFolder::open(&folder).or_raise(py)?.is_empty();
            if !is_empty {
                let reason = "has those of an earlier fit, which resume= continues";
                return Err(invalid(
                    py,
                    &format!("checkpoint must be a folder without checkpoints, but {} {reason}", folder.display()),
                ));
            }
        }
        let (interval, keep) = (interval.unwrap_or(INTERVAL), keep.unwrap_or(KEEP));
        Ok(Some(Self { folder, resume, interval, keep, force, warnings: Arc::default() }))
    }

    /// Fits with checkpoints, which rank 0 reads and writes; an interrupt ends the fit after a last one.
    pub(crate) fn fit(
        &self,
        config: &FitConfig,
        data: &PreparedData,
        interrupt: Interrupt<'_>,
        callbacks: Callbacks<'_>,
        team: &dyn Team,
    ) -> Result<(FitReport, ModelFile), Error> {
        let folder = (team.rank() == 0).then(|| CheckpointFolder::open(&self.folder)).transpose()?;
        let mut start = if self.resume { self.latest(folder.as_ref(), team)? } else { None };
        match &mut start {
            Some(checkpoint) if self.force => drop(checkpoint.force(config, data)?),
            Some(checkpoint) => checkpoint.check(config, data)?,
            None => {}
        }
        let warnings = Arc::clone(&self.warnings);
        let on_error = move |error: &Error| warn(&warnings, &format!("a checkpoint was not written: {error}"));
        let writer = folder.map(|folder| CheckpointWriter::new(folder, self.keep, on_error));
        let save = |checkpoint| {
            if let Some(writer) = &writer {
                writer.write(checkpoint);
            }
        };
        let checkpoints =
            if writer.is_some() { FitCheckpoints::new(self.interval, save) } else { FitCheckpoints::of_other_rank() };
        let checkpoints = checkpoints.end_on(interrupt);
        let fitted = config.fit_with_checkpoints(data, start, checkpoints, callbacks);
        let written = writer.map_or(Ok(()), CheckpointWriter::finish);
        let (report, model) = fitted?;
        if report.stopped == TrainingStopReason::Interrupted {
            // Nothing else holds what came since.
            written?;
        }
        Ok((report, model))
    }

    /// Returns the latest checkpoint, which all ranks receive from rank 0.
    fn latest(&self, folder: Option<&CheckpointFolder>, team: &dyn Team) -> Result<Option<FitCheckpoint>, Error> {
        let latest = folder.map(CheckpointFolder::latest).transpose()?.flatten();
        let latest = latest.map(|(checkpoint, errors)| {
            for error in errors {
                warn(&self.warnings, &format!("{error}; the checkpoint before it is used"));
            }
            checkpoint
        });
        if team.ranks() == 1 {
            return Ok(latest);
        }
        let bytes = latest.map(|checkpoint| checkpoint.into_bytes(&self.folder)).transpose()?.unwrap_or_default();
        let bytes = gather_messages(team, &bytes).swap_remove(0);
        if bytes.is_empty() { Ok(None) } else { FitCheckpoint::from_bytes(&self.folder, &bytes).map(Some) }
    }
}

fn warn(warnings: &Mutex<Vec<String>>, text: &str) {
    warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
}
