//! A problem, or a formula.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use thalweg::{Optimizer, OptimizerSpec, ProblemInstance, StopCriteria, StopReason, TrackBest, minimize};
use thalweg_learn::Result;

use super::{Benchmark, EndReason, FUNCTION_TARGETS, RunResult};
use crate::curve::CurveRecorder;

/// A problem from the starts of its seeds.
#[derive(Clone, Debug)]
pub struct ProblemBenchmark {
    /// The problem.
    pub instance: ProblemInstance,
    /// Steps a run may take.
    pub steps: u64,
}

impl ProblemBenchmark {
    /// f where it has no lower bound: so far below the start counts as far away.
    const FAR: f64 = -1.0;

    fn inside(&self, x: &[f64]) -> bool {
        let within = |(i, x): (usize, &f64)| {
            let [low, high] = self.instance.problem.map_or([f64::MIN, f64::MAX], |problem| problem.interval(i));
            (low..=high).contains(x)
        };
        x.iter().enumerate().all(within)
    }
}

impl Benchmark for ProblemBenchmark {
    fn name(&self) -> String {
        let n = self.instance.start.len();
        format!("{} ({n} variable{})", self.instance.name, if n == 1 { "" } else { "s" })
    }

    fn instance(&self) -> Option<&ProblemInstance> {
        Some(&self.instance)
    }

    fn budget(&self) -> String {
        format!("{} step{}", self.steps, if self.steps == 1 { "" } else { "s" })
    }

    fn metric(&self) -> &'static str {
        "f"
    }

    fn reference(&self) -> Option<(f64, String)> {
        let problem = self.instance.problem?;
        Some(if let Some(lowest) = self.instance.min_value() {
            let bounded = if problem.interval(0)[1] < f64::MAX { "; outside its domain no value counts" } else { "" };
            (lowest, format!("the known minimum of {}{bounded}", problem.name))
        } else {
            (Self::FAR, format!("a value beyond the saddle: {} has no lower bound", problem.name))
        })
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult> {
        let mut instance = self.instance.clone().with_seed(seed);
        let mut spec = spec.clone();
        spec.options.schedule = spec.options.schedule.with_total_steps(self.steps);
        spec.options.seed = seed;
        let start = instance.start.clone();
        let mut optimizer = Optimizer::<f64>::new(spec, start.len())?;
        let reference = self.reference();
        let stop = StopCriteria { steps: Some(self.steps), track_best: TrackBest::Off, ..StopCriteria::default() };
        let (mut recorder, mut end_reason) = (CurveRecorder::new(), EndReason::BudgetSpent);
        let outcome = minimize(&mut instance, &mut optimizer, &start, &stop, |progress| {
            progress.optimizer.observe(progress.value);
            let first = recorder.is_empty();
            // What is found outside the domain is no minimum of the problem.
            let counts = first || self.inside(progress.x);
            let all = counts && recorder.take(progress.step, progress.evaluations, progress.value);
            if let (true, Some((lowest, _))) = (first, &reference) {
                recorder.thresholds(
                    FUNCTION_TARGETS.map(|gap_fraction| lowest + gap_fraction * (progress.value - lowest)).to_vec(),
                );
            }
            if all {
                end_reason = EndReason::TargetReached;
            } else if interrupt.load(Ordering::Relaxed) {
                end_reason = EndReason::Interrupted;
            } else {
                return ControlFlow::Continue(());
            }
            ControlFlow::Break(())
        })?;
        if outcome.reason == StopReason::NotFinite {
            end_reason = EndReason::Diverged;
        }
        let (curve, seconds) = recorder.end();
        Ok(RunResult { curve, steps: outcome.steps, seconds, end_reason })
    }
}
