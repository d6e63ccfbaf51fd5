//! Choice of the setting of a method, and the runs that it takes.

use crate::benchmark::BenchmarkKind;
use crate::error::Result;
use crate::run::{Phase, Run};
use crate::runner::{Runner, Setting, Task};
use crate::score::{Score, lowest};
use crate::space::{self, GRID_DECADES, LR_BOUNDS, LRS_PER_DECADE};

/// Number of trials that are planned and run together.
const TRIALS_PER_PART: u64 = 256;

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

impl Runner<'_> {
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
        for first in (0..trials).step_by(TRIALS_PER_PART as usize).take_while(|_| !self.has_ended()) {
            let part = first..trials.min(first.saturating_add(TRIALS_PER_PART));
            candidates.extend(self.evaluate(part.map(setting).collect::<thalweg::Result<_>>()?)?);
        }
        let best = self.best(&candidates);
        Ok(Tuning::new(candidates, best))
    }

    /// Runs each setting on all tuning seeds, in parallel.
    fn evaluate<'a>(&self, settings: Vec<Setting<'a>>) -> Result<Vec<Candidate<'a>>> {
        let seeds = self.tuning_seeds;
        let task = |setting, seed| Task { setting, phase: Phase::Tune, seed };
        let tasks: Vec<Task<'_>> =
            settings.iter().flat_map(|setting| (0..seeds).map(move |seed| task(setting, seed))).collect();
        let mut runs = self.run_in_parallel(&tasks)?.into_iter();
        let candidate = |setting| Candidate { setting, runs: runs.by_ref().take(seeds as usize).flatten().collect() };
        Ok(settings.into_iter().map(candidate).collect())
    }

    /// Returns the setting of the best score, the first of equals. If no reference is known, the lowest value of these
    /// runs is used.
    fn best<'a>(&self, candidates: &[Candidate<'a>]) -> Option<Setting<'a>> {
        if self.has_ended() {
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
