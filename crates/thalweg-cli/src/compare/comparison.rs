//! The runs of a comparison, on one rank or several.

use std::ffi::OsStr;
use std::io::Write;

use anyhow::Result;
use thalweg_compare::{Benchmark, ComparisonHeader, ComparisonPlan, Error, Run};

use super::run_log::RunLog;
use super::{comparison_error, setup};
use crate::commands::CompareCommand;
use crate::exit::UsageError;
use crate::interrupt::Interrupt;
use crate::ranks::Ranks;
use crate::threads;

/// A comparison that can begin.
pub(super) struct Comparison {
    plan: ComparisonPlan,
    benchmark: Box<dyn Benchmark>,
    header: ComparisonHeader,
}

impl Comparison {
    /// Reads the data, and checks that all ranks have the same.
    pub(super) fn prepare(command: &CompareCommand, on: &OsStr, ranks: &Ranks) -> Result<Self> {
        let plan = setup::plan(command)?;
        if ranks.count() > 1 && command.target.is_some() && on == "-" {
            return Err(UsageError("expected files, since standard input is that of one process alone".into()).into());
        }
        let benchmark = setup::benchmark(command, on)?;
        plan.check().map_err(comparison_error::into_anyhow)?;
        let header = plan.header(benchmark.as_ref());
        if ranks.count() > 1 {
            let mut values = header.data.clone();
            values.insert("version".into(), header.thalweg.clone());
            ranks.check_equal(&values)?;
        }
        Ok(Self { plan, benchmark, header })
    }

    pub(super) fn header(&self) -> &ComparisonHeader {
        &self.header
    }

    /// Returns the number of variables of the function, if there is one.
    pub(super) fn dimension(&self) -> Option<usize> {
        self.benchmark.instance().map(|instance| instance.start.len())
    }

    /// Returns the number of runs, not counting those of extended grids.
    pub(super) fn run_count(&self) -> u64 {
        self.plan.run_count()
    }

    /// Makes the runs that were not `made` before, all ranks together, and returns all, with the exit code of an
    /// interrupt of any rank. Rank 0 logs them.
    pub(super) fn run(
        &self,
        command: &CompareCommand,
        made: Vec<Run>,
        log: &RunLog,
        interrupt: &Interrupt,
        ranks: &Ranks,
    ) -> Result<(Vec<Run>, u8)> {
        if ranks.count() > 1 {
            let message = serde_json::to_vec(&made)?;
            ranks.broadcast(|| message);
        }
        self.run_here(command, made, interrupt, ranks, &|run| log.append(run).map_err(Error::callback))
    }

    /// Makes a part of the runs of rank 0.
    pub(super) fn help(&self, command: &CompareCommand, interrupt: &Interrupt, ranks: &Ranks) -> Result<()> {
        let made = serde_json::from_slice(&ranks.broadcast(Vec::new))?;
        self.run_here(command, made, interrupt, ranks, &|_| Ok(()))?;
        Ok(())
    }

    fn run_here(
        &self,
        command: &CompareCommand,
        made: Vec<Run>,
        interrupt: &Interrupt,
        ranks: &Ranks,
        on_run: &(dyn Fn(&Run) -> thalweg_compare::Result<()> + Sync),
    ) -> Result<(Vec<Run>, u8)> {
        let runs = threads::run_in_pool(command.execution.threads, || {
            if ranks.count() > 1 {
                let description = ranks.description(rayon::current_num_threads());
                if ranks.is_root() && !command.execution.messages.quiet {
                    let _ = writeln!(std::io::stderr(), "{description}");
                }
            }
            interrupt.during(|| {
                let (benchmark, requested) = (self.benchmark.as_ref(), &interrupt.requested);
                ranks.compare(|ranks| self.plan.resume_on(ranks, benchmark, made, requested, on_run))
            })
        })?;
        let runs = runs.map_err(comparison_error::into_anyhow)?;
        Ok((runs, ranks.largest(interrupt.code())))
    }
}
