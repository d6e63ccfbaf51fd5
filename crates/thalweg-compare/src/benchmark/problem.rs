//! Benchmark of a problem or a formula.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use thalweg::minimize::{RecordedPoint, RunRecorder, TrackBest};
use thalweg::{Minimize, Optimizer, OptimizerSpec, StopCriteria, StopReason};
use thalweg_problems::ProblemInstance;

use super::{Benchmark, EndReason, FUNCTION_TARGETS, Reference, RunResult};
use crate::curve::CurveRecorder;
use crate::error::Result;

/// A problem or a formula, started from a point of each seed.
#[derive(Clone, Debug)]
pub struct ProblemBenchmark {
    /// Objective and the start of seed 0.
    pub instance: ProblemInstance,
    /// Largest number of steps of a run.
    pub steps: u64,
}

/// A run together with the points that it visited.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRun {
    /// Result of the run.
    pub result: RunResult,
    /// Points from the start to the end; of long runs an even selection.
    pub path: Vec<RecordedPoint>,
}

impl ProblemBenchmark {
    /// Reference value of a function without a lower bound: a run that goes below it has left the saddle.
    pub const UNBOUNDED_REFERENCE: f64 = -1.0;

    /// Runs a method as [`Benchmark::run`] does and records its path.
    ///
    /// # Errors
    /// The same as those of [`Benchmark::run`].
    pub fn run_recorded(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RecordedRun> {
        let mut recorder = RunRecorder::bounded();
        let result = self.run_with(spec, seed, interrupt, self.steps, Some(&mut recorder))?;
        Ok(RecordedRun { result, path: recorder.finish() })
    }

    /// Runs the first steps of a run as [`ProblemBenchmark::run_recorded`] does.
    pub(crate) fn run_recorded_within(&self, spec: &OptimizerSpec, seed: u64, steps: u64) -> Result<RecordedRun> {
        let mut recorder = RunRecorder::bounded();
        let never = AtomicBool::new(false);
        let result = self.run_with(spec, seed, &never, steps.min(self.steps), Some(&mut recorder))?;
        Ok(RecordedRun { result, path: recorder.finish() })
    }

    /// Runs the first `steps` of all steps; the points go to `path` if there is one.
    fn run_with(
        &self,
        spec: &OptimizerSpec,
        seed: u64,
        interrupt: &AtomicBool,
        steps: u64,
        mut path: Option<&mut RunRecorder>,
    ) -> Result<RunResult> {
        let mut instance = self.instance.clone().with_seed(seed);
        let mut spec = spec.clone();
        spec.options.schedule = spec.options.schedule.with_total_steps(self.steps);
        spec.options.seed = Some(seed);
        let start = instance.start.clone();
        let mut optimizer = Optimizer::<f64>::new(spec, start.len())?;
        let reference = self.reference();
        let stop = StopCriteria { max_steps: Some(steps), track_best: TrackBest::Off, ..StopCriteria::default() };
        let (mut curve, mut end_reason) = (CurveRecorder::new(), EndReason::BudgetSpent);
        let mut run = Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(|progress| {
            if let Some(path) = &mut path {
                path.record(progress);
            }
            progress.optimizer.observe(progress.value);
            let is_start = curve.is_empty();
            // A value found outside the domain is no minimum of the problem.
            let counts = is_start || self.is_in_domain(progress.x);
            let all_targets_reached = counts && curve.record(progress.step, progress.evaluations, progress.value);
            if let (true, Some(reference)) = (is_start, &reference) {
                let gap = progress.value - reference.value;
                curve.set_thresholds(FUNCTION_TARGETS.map(|fraction| reference.value + fraction * gap).to_vec());
            }
            if all_targets_reached {
                end_reason = EndReason::TargetReached;
            } else if interrupt.load(Ordering::Relaxed) {
                end_reason = EndReason::Interrupted;
            } else {
                return ControlFlow::Continue(());
            }
            ControlFlow::Break(())
        });
        let outcome = run.run(&mut instance, &start)?;
        match outcome.reason {
            StopReason::NotFinite => end_reason = EndReason::Diverged,
            StopReason::LineSearchFailed => end_reason = EndReason::Converged,
            _ => {}
        }
        let (curve, seconds) = curve.finish();
        Ok(RunResult { curve, steps: outcome.steps, seconds, end_reason })
    }

    fn is_in_domain(&self, x: &[f64]) -> bool {
        x.iter().enumerate().all(|(i, x)| {
            let [low, high] = self.instance.problem.map_or([f64::MIN, f64::MAX], |problem| problem.interval(i));
            (low..=high).contains(x)
        })
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

    fn reference(&self) -> Option<Reference> {
        let problem = self.instance.problem?;
        Some(if let Some(value) = self.instance.min_value() {
            let bounded = if problem.interval(0)[1] < f64::MAX { "; outside its domain no value counts" } else { "" };
            Reference { value, source: format!("the known minimum of {}{bounded}", problem.name) }
        } else {
            let source = format!("a value beyond the saddle: {} has no lower bound", problem.name);
            Reference { value: Self::UNBOUNDED_REFERENCE, source }
        })
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult> {
        self.run_with(spec, seed, interrupt, self.steps, None)
    }
}
