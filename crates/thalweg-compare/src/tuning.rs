//! Choice of the setting of a method, and the runs that it takes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use thalweg::{Method, OptimizerSpec};

use crate::benchmark::{Benchmark, BenchmarkKind, EndReason};
use crate::error::Result;
use crate::run::{Phase, Protocol, Run, RunKey, run_key};
use crate::score::{Score, lowest};
use crate::space::{self, GRID_DECADES, LR_BOUNDS, LRS_PER_DECADE};

/// Number of trials that are planned and run together.
const TRIALS_PER_PART: u64 = 256;

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

/// Runs settings on a benchmark.
pub(crate) struct Runner<'a> {
    pub(crate) benchmark: &'a dyn Benchmark,
    pub(crate) interrupt: &'a AtomicBool,
    pub(crate) on_run: OnRun<'a>,
    /// Number of seeds on which a setting is chosen, from 0 on.
    pub(crate) tuning_seeds: u64,
    /// Runs that were made before.
    pub(crate) made: HashMap<RunKey, Run>,
}

/// Result of tuning a method.
pub(crate) struct Tuning<'a> {
    /// All runs of the search.
    pub(crate) runs: Vec<Run>,
    /// Best setting; `None` after an interruption.
    pub(crate) best: Option<Setting<'a>>,
}

/// The tuning runs of one setting.
struct Candidate<'a> {
    setting: Setting<'a>,
    runs: Vec<Run>,
}

impl<'a> Setting<'a> {
    /// Returns the setting with another method.
    fn with_method(&self, method: Method) -> Setting<'a> {
        let spec = OptimizerSpec { method, options: self.spec.options.clone() };
        Setting { protocol: self.protocol, method: self.method, spec }
    }
}

impl Runner<'_> {
    fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Runs a setting from a seed; `None` if the run was interrupted.
    pub(crate) fn run(&self, setting: &Setting<'_>, phase: Phase, seed: u64) -> Result<Option<Run>> {
        if self.is_interrupted() {
            return Ok(None);
        }
        let text = setting.spec.to_string();
        let key = run_key(setting.protocol, phase, setting.method, &text, seed);
        if let Some(run) = self.made.get(&key) {
            return Ok(Some(run.clone()));
        }
        let result = self.benchmark.run(&setting.spec, seed, self.interrupt)?;
        if result.end_reason == EndReason::Interrupted {
            return Ok(None);
        }
        let run = Run {
            protocol: setting.protocol,
            phase,
            method: setting.method.into(),
            setting: text,
            lr: setting.spec.method.lr(),
            seed,
            end_reason: result.end_reason,
            steps: result.steps,
            seconds: result.seconds,
            curve: result.curve,
        };
        (self.on_run)(&run)?;
        Ok(Some(run))
    }

    /// Chooses the learning rate from the grid, which is extended by a decade while the best rate is at its edge.
    pub(crate) fn tune_lr<'a>(&self, base: &Setting<'a>) -> Result<Tuning<'a>> {
        let [mut low, mut high] = GRID_DECADES.map(|decade| LRS_PER_DECADE * decade);
        let mut added: Vec<i32> = (low..=high).collect();
        let mut candidates = Vec::new();
        loop {
            let lrs = added.iter().map(|&index| space::grid_lr(index));
            candidates.extend(self.evaluate(lrs.map(|lr| base.with_method(base.spec.method.with_lr(lr))).collect())?);
            let Some(best) = self.best(&candidates) else { return Ok(Tuning::new(candidates, None)) };
            let lr = best.spec.method.lr();
            added = if lr <= space::grid_lr(low) && space::grid_lr(low) > LR_BOUNDS[0] {
                low -= LRS_PER_DECADE;
                (low..low + LRS_PER_DECADE).collect()
            } else if lr >= space::grid_lr(high) && space::grid_lr(high) < LR_BOUNDS[1] {
                high += LRS_PER_DECADE;
                (high - LRS_PER_DECADE + 1..=high).collect()
            } else {
                return Ok(Tuning::new(candidates, Some(best)));
            };
        }
    }

    /// Chooses all tunable hyperparameters from this many trials.
    pub(crate) fn tune_all<'a>(&self, base: &Setting<'a>, trials: u64) -> Result<Tuning<'a>> {
        let setting = |trial| {
            let spec = space::trial_setting(&base.spec, trial)?;
            Ok(base.with_method(spec.method))
        };
        let mut candidates = Vec::new();
        // Planned in parts: neither memory nor the answer to an interrupt depends on the trials that follow.
        for first in (0..trials).step_by(TRIALS_PER_PART as usize).take_while(|_| !self.is_interrupted()) {
            let part = first..trials.min(first.saturating_add(TRIALS_PER_PART));
            candidates.extend(self.evaluate(part.map(setting).collect::<thalweg::Result<_>>()?)?);
        }
        let best = self.best(&candidates);
        Ok(Tuning::new(candidates, best))
    }

    /// Runs each setting on all tuning seeds, in parallel.
    fn evaluate<'a>(&self, settings: Vec<Setting<'a>>) -> Result<Vec<Candidate<'a>>> {
        let seeds = self.tuning_seeds;
        let tasks: Vec<(&Setting<'_>, u64)> =
            settings.iter().flat_map(|setting| (0..seeds).map(move |seed| (setting, seed))).collect();
        let run = |(setting, seed): (&Setting<'_>, u64)| self.run(setting, Phase::Tune, seed);
        let runs: Result<Vec<Option<Run>>> = if rayon::current_thread_index().is_some() {
            tasks.into_par_iter().map(run).collect()
        } else {
            tasks.into_iter().map(run).collect()
        };
        let mut runs = runs?.into_iter();
        let candidate = |setting| Candidate { setting, runs: runs.by_ref().take(seeds as usize).flatten().collect() };
        Ok(settings.into_iter().map(candidate).collect())
    }

    /// Returns the setting of the best score, the first of equals. If no reference is known, the lowest value of these
    /// runs is used.
    fn best<'a>(&self, candidates: &[Candidate<'a>]) -> Option<Setting<'a>> {
        if self.is_interrupted() {
            return None;
        }
        let lowest_of_runs =
            || candidates.iter().flat_map(|candidate| &candidate.runs).map(lowest).fold(f64::INFINITY, f64::min);
        let reference = self.benchmark.reference().map_or_else(lowest_of_runs, |reference| reference.value);
        let tightest = BenchmarkKind::of(self.benchmark).tightest_target();
        let scored = candidates.iter().filter(|candidate| !candidate.runs.is_empty()).map(|candidate| {
            (Score::of_setting(&candidate.runs.iter().collect::<Vec<_>>(), reference, tightest), &candidate.setting)
        });
        let best = scored.reduce(|best, next| if next.0.is_better_than(best.0) { next } else { best });
        best.map(|(_, setting)| setting.clone())
    }
}

impl<'a> Tuning<'a> {
    fn new(candidates: Vec<Candidate<'a>>, best: Option<Setting<'a>>) -> Self {
        Self { runs: candidates.into_iter().flat_map(|candidate| candidate.runs).collect(), best }
    }
}
