//! Makes runs, on the threads of this process and on other ranks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use thalweg::{Method, OptimizerSpec};

use crate::benchmark::{Benchmark, EndReason};
use crate::error::Result;
use crate::ranks::ComparisonRanks;
use crate::run::{Phase, Protocol, Run, RunKey, run_key};

/// Most runs of a search that a rank makes before the ranks exchange them. With fewer, threads would often wait for the
/// last run; with more, a job that is killed would lose more of them.
const RUNS_AT_A_TIME: usize = 64;

/// Callback that receives each finished run.
pub(crate) type OnRun<'a> = &'a (dyn Fn(&Run) -> Result<()> + Sync);

/// A method with the hyperparameters to be run.
#[derive(Clone)]
pub(crate) struct Setting<'a> {
    pub(crate) protocol: Protocol,
    /// Method as given by the user.
    pub(crate) method: &'a str,
    pub(crate) spec: OptimizerSpec,
}

/// A run to be made.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) setting: &'a Setting<'a>,
    pub(crate) phase: Phase,
    pub(crate) seed: u64,
}

/// Runs settings on a benchmark. Several ranks make a part of the runs each, and all have the records of all.
pub(crate) struct Runner<'a> {
    pub(crate) benchmark: &'a dyn Benchmark,
    pub(crate) ranks: ComparisonRanks<'a>,
    pub(crate) interrupt: &'a AtomicBool,
    /// Called by rank 0.
    pub(crate) on_run: OnRun<'a>,
    /// Number of seeds on which a setting is chosen, from 0 on.
    pub(crate) tuning_seeds: u64,
    /// Runs that were made before.
    pub(crate) made: HashMap<RunKey, Run>,
    /// Set once the ranks know that one of them is interrupted.
    pub(crate) has_ended: AtomicBool,
}

impl<'a> Setting<'a> {
    /// Returns the setting with another method.
    pub(crate) fn with_method(&self, method: Method) -> Setting<'a> {
        let spec = OptimizerSpec { method, options: self.spec.options.clone() };
        Setting { protocol: self.protocol, method: self.method, spec }
    }
}

impl Runner<'_> {
    /// Returns `true` if no further runs are made: on all ranks, or on none of them.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed) || self.ranks.count == 1 && self.is_interrupted()
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Makes runs in parallel; `None` stands for those that were interrupted.
    pub(crate) fn run_in_parallel(&self, tasks: &[Task<'_>]) -> Result<Vec<Option<Run>>> {
        self.run_on_ranks(tasks, 1, RUNS_AT_A_TIME, |tasks| {
            if rayon::current_thread_index().is_some() {
                tasks.into_par_iter().map(|task| self.run(task)).collect()
            } else {
                tasks.into_iter().map(|task| self.run(task)).collect()
            }
        })
    }

    /// Makes runs one after another, `group` of them on one machine, so that their times can be compared.
    pub(crate) fn run_in_turn(&self, tasks: &[Task<'_>], group: usize) -> Result<Vec<Option<Run>>> {
        self.run_on_ranks(tasks, group, 1, |tasks| tasks.into_iter().map(|task| self.run(task)).collect())
    }

    /// Divides runs among the ranks, groups of equal sizes in turn, and returns the runs of all ranks in the order of
    /// the tasks. Rank 0 passes them on in this order after each round, of `groups_at_a_time` groups for each rank.
    fn run_on_ranks<'t>(
        &self,
        tasks: &[Task<'t>],
        group: usize,
        groups_at_a_time: usize,
        run: impl Fn(Vec<Task<'t>>) -> Result<Vec<Option<Run>>>,
    ) -> Result<Vec<Option<Run>>> {
        let ComparisonRanks { rank, count, gather } = self.ranks;
        if count == 1 {
            return run(tasks.to_vec());
        }
        let mut all = Vec::with_capacity(tasks.len());
        for round in tasks.chunks((group * groups_at_a_time * count).max(1)) {
            let owner = |i: usize| i / group % count;
            let own = (0..round.len()).filter(|&i| owner(i) == rank).map(|i| round[i]).collect();
            let message = serde_json::to_vec(&run(own)?).expect("runs are written as in their file");
            let read = |message: Vec<u8>| serde_json::from_slice::<Vec<Option<Run>>>(&message);
            let messages = gather(&message).into_iter().map(read);
            let mut of_ranks: Vec<_> = messages
                .map(|runs| runs.expect("ranks of one version read the runs of each other").into_iter())
                .collect();
            for (i, task) in round.iter().enumerate() {
                let run = of_ranks[owner(i)].next().expect("a result for each task");
                match &run {
                    None => self.has_ended.store(true, Ordering::Relaxed),
                    Some(run) if rank == 0 && self.find(task).is_none() => (self.on_run)(run)?,
                    Some(_) => {}
                }
                all.push(run);
            }
            if self.has_ended() {
                break;
            }
        }
        all.resize(tasks.len(), None);
        Ok(all)
    }

    /// Makes one run on this rank; `None` if it was interrupted.
    fn run(&self, task: Task<'_>) -> Result<Option<Run>> {
        if self.is_interrupted() {
            return Ok(None);
        }
        if let Some(run) = self.find(&task) {
            return Ok(Some(run.clone()));
        }
        let Task { setting, phase, seed } = task;
        let result = self.benchmark.run(&setting.spec, seed, self.interrupt)?;
        if result.end_reason == EndReason::Interrupted {
            return Ok(None);
        }
        let run = Run {
            protocol: setting.protocol,
            phase,
            method: setting.method.into(),
            setting: setting.spec.to_string(),
            lr: setting.spec.method.lr(),
            seed,
            end_reason: result.end_reason,
            steps: result.steps,
            seconds: result.seconds,
            curve: result.curve,
        };
        if self.ranks.count == 1 {
            (self.on_run)(&run)?;
        }
        Ok(Some(run))
    }

    /// Returns a run that was made before.
    fn find(&self, task: &Task<'_>) -> Option<&Run> {
        let Task { setting, phase, seed } = task;
        let text = setting.spec.to_string();
        self.made.get(&run_key(setting.protocol, *phase, setting.method, &text, *seed))
    }
}
