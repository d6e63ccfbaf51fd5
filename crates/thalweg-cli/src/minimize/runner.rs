//! One run of an optimizer on a function, in single or double precision.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use thalweg::minimize::{Point, Progress, RecordedPoint, RunRecorder};
use thalweg::{Element, Minimize, Objective, Optimizer, OptimizerSpec, StopCriteria, StopReason};
use thalweg_problems::{Condition, PerturbOptions, ProblemInstance, minimize_perturbed};

use super::stop_cause::StopCause;
use super::trace::TraceFile;
use crate::commands::Precision;
use crate::exit::UsageError;
use crate::interrupt::Interrupt;
use crate::report::format::{format_significant, pluralize};

/// Time between two progress messages.
const MESSAGE_INTERVAL: Duration = Duration::from_secs(5);
/// Number of evaluations between two looks at the clock.
const CLOCK_INTERVAL: u64 = 1 << 12;

/// Settings of a run.
#[derive(Clone)]
pub(crate) struct RunConfig {
    pub(crate) spec: OptimizerSpec,
    pub(crate) precision: Precision,
    pub(crate) stop: StopCriteria,
    pub(crate) perturb: Option<PerturbOptions>,
    /// Condition of `--until`, at which the run stops.
    pub(crate) until: Option<Condition>,
    pub(crate) quiet: bool,
    /// If true, the path is recorded for a picture.
    pub(crate) records_path: bool,
}

/// Result of a run.
pub(crate) struct RunOutcome {
    pub(crate) x: Vec<f64>,
    /// The point evaluated last, which differs from `x` for methods that look ahead.
    pub(crate) last_evaluated: Vec<f64>,
    pub(crate) best: Point<f64>,
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    /// Number of perturbations; `None` without `--perturb`.
    pub(crate) perturbations: Option<u64>,
    pub(crate) stopped: StopCause,
    pub(crate) trace: Option<TraceFile>,
    /// Recorded path; empty unless it was requested.
    pub(crate) path: Vec<RecordedPoint>,
}

/// Runs the optimizer from the starting point of `instance`.
pub(crate) fn run(
    instance: ProblemInstance,
    config: &RunConfig,
    trace: Option<TraceFile>,
    interrupt: &Interrupt,
) -> Result<RunOutcome> {
    match config.precision {
        Precision::F32 => run_in::<f32>(instance, config, trace, interrupt),
        Precision::F64 => run_in::<f64>(instance, config, trace, interrupt),
    }
}

fn run_in<F: Element>(
    mut instance: ProblemInstance,
    config: &RunConfig,
    mut trace: Option<TraceFile>,
    interrupt: &Interrupt,
) -> Result<RunOutcome> {
    let start: Vec<F> = instance.start.iter().map(|v| F::of(*v)).collect();
    if let Some(i) = start.iter().position(|v| !v.to_f64().is_finite()) {
        let (name, found) = (&instance.formula.variables()[i], instance.start[i]);
        let message =
            format!("--start: expected numbers of at most 3.4e38 with --dtype f32, found {found:e} for {name}");
        return Err(UsageError(message).into());
    }
    let mut optimizer = Optimizer::<F>::new(config.spec.clone(), start.len())?;
    let mut last_evaluated = Vec::new();
    let mut objective = |x: &[F], g: &mut [F]| {
        last_evaluated.clear();
        last_evaluated.extend(x.iter().map(|v| v.to_f64()));
        instance.eval(x, g).expect("an instance has as many variables as its starting point has numbers")
    };
    let mut monitor = RunMonitor {
        until: config.until.clone(),
        quiet: config.quiet,
        interrupt,
        stopped: None,
        last_message: Instant::now(),
        x: Vec::new(),
    };
    let mut recorder = RunRecorder::bounded();
    let mut callback = |progress: &mut Progress<'_, F>| {
        if config.records_path {
            recorder.record(progress);
        }
        if let Some(trace) = &mut trace {
            trace.append(progress);
        }
        progress.optimizer.observe(progress.value.to_f64());
        monitor.check(progress)
    };
    let (outcome, perturbations) = match &config.perturb {
        None => {
            let mut run = Minimize::with_optimizer(&mut optimizer).criteria(config.stop).callback(callback);
            (run.run(&mut objective, &start)?, None)
        }
        Some(options) => {
            let (objective, stop) = (&mut objective, &config.stop);
            let run = minimize_perturbed(objective, &mut optimizer, &start, stop, options, &mut callback)?;
            (run.outcome, Some(run.perturbations))
        }
    };
    let stopped = match outcome.reason {
        StopReason::Callback => monitor.stopped.expect("the callback stops the run with a cause only"),
        reason => StopCause::Criterion(reason),
    };
    let to_f64 = |v: &[F]| v.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
    Ok(RunOutcome {
        x: to_f64(&outcome.x),
        last_evaluated,
        best: Point { x: to_f64(&outcome.best.x), value: outcome.best.value.to_f64(), step: outcome.best.step },
        steps: outcome.steps,
        evaluations: outcome.evaluations,
        perturbations,
        stopped,
        trace,
        path: recorder.finish(),
    })
}

/// Checks before each step: the condition of `--until`, signals, and the time of the next message.
struct RunMonitor<'a> {
    until: Option<Condition>,
    quiet: bool,
    interrupt: &'a Interrupt,
    stopped: Option<StopCause>,
    last_message: Instant,
    /// Buffer for the current point.
    x: Vec<f64>,
}

impl RunMonitor<'_> {
    fn check<F: Element>(&mut self, progress: &Progress<'_, F>) -> ControlFlow<()> {
        let looks_at_clock = !self.quiet && progress.evaluations.is_multiple_of(CLOCK_INTERVAL);
        if looks_at_clock && self.last_message.elapsed() >= MESSAGE_INTERVAL {
            self.last_message = Instant::now();
            let (steps, value) = (pluralize(progress.step, "step"), format_significant(progress.value.to_f64()));
            let _ = writeln!(std::io::stderr(), "{steps}  f {value}");
        }
        if let Some(until) = &mut self.until {
            self.x.clear();
            self.x.extend(progress.x.iter().map(|v| v.to_f64()));
            if until.holds(&self.x).expect("the condition has the variables of the function") {
                self.stopped = Some(StopCause::Condition);
            }
        }
        if self.interrupt.requested.load(Ordering::Relaxed) {
            self.stopped = Some(StopCause::Interrupted);
        }
        if self.stopped.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
