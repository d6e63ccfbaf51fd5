//! The run itself, in f32 or f64.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use thalweg::{
    Condition, Element, Objective, Optimizer, OptimizerSpec, PerturbOptions, Point, ProblemInstance, Progress,
    StopCriteria, StopReason, minimize, minimize_perturbed, square_sum,
};

use super::trace::Trace;
use crate::interrupt::Interrupt;
use crate::picture::path::{Path, Place};
use crate::report::format::{format_significant, pluralize};

/// How often a long run says where it is.
const OFTEN: Duration = Duration::from_secs(5);
/// The clock is looked at once in so many evaluations.
const LOOK: u64 = 1 << 12;

/// What a run needs besides the function.
#[derive(Clone)]
pub(crate) struct RunConfig {
    pub(crate) spec: OptimizerSpec,
    pub(crate) stop: StopCriteria,
    pub(crate) perturb: Option<PerturbOptions>,
    pub(crate) until: Option<Condition>,
    pub(crate) quiet: bool,
    /// Whether the path is kept, for a picture.
    pub(crate) keep: bool,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// One of the loop's own reasons.
    Criterion(StopReason),
    /// `--until` holds.
    Condition,
    Interrupted,
}

/// What a run came to.
pub(crate) struct RunOutcome {
    pub(crate) x: Vec<f64>,
    /// The point that was evaluated last: not x where the method looks ahead.
    pub(crate) seen: Vec<f64>,
    pub(crate) best: Point<f64>,
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    /// How often x was pushed, if that was asked for.
    pub(crate) pushes: Option<u64>,
    pub(crate) stopped: RunEnd,
    pub(crate) trace: Option<Trace>,
    /// The path, if it was to be kept.
    pub(crate) path: Vec<Place>,
}

pub(crate) fn run_single<F: Element>(
    mut instance: ProblemInstance,
    descent: &RunConfig,
    mut trace: Option<Trace>,
    interrupt: &Interrupt,
) -> Result<RunOutcome> {
    let start: Vec<F> = instance.start.iter().map(|v| F::of(*v)).collect();
    let mut optimizer = Optimizer::<F>::new(descent.spec.clone(), start.len())?;
    let mut seen = Vec::new();
    let mut objective = |at: &[F], g: &mut [F]| {
        seen.clear();
        seen.extend(at.iter().map(|v| v.to_f64()));
        // A function that was posed has no errors of its own.
        instance.eval(at, g).unwrap_or_else(|_| F::of(f64::NAN))
    };
    let mut watch = Watch {
        until: descent.until.clone(),
        quiet: descent.quiet,
        interrupt,
        ended: None,
        said: Instant::now(),
        x: Vec::new(),
    };
    let mut path = Path::default();
    let mut see = |progress: &mut Progress<'_, F>| {
        if descent.keep {
            path.take(Place {
                step: progress.step,
                x: progress.x.iter().map(|v| v.to_f64()).collect(),
                value: progress.value.to_f64(),
                gradient_norm: square_sum(progress.gradient).sqrt(),
            });
        }
        if let Some(trace) = &mut trace {
            trace.line(progress);
        }
        progress.optimizer.observe(progress.value.to_f64());
        watch.look(progress)
    };
    let outcome = match &descent.perturb {
        None => minimize(&mut objective, &mut optimizer, &start, &descent.stop, see).map(|outcome| (outcome, None)),
        Some(perturb) => minimize_perturbed(&mut objective, &mut optimizer, &start, &descent.stop, perturb, &mut see)
            .map(|run| (run.outcome, Some(run.perturbations))),
    };
    let (outcome, pushes) = outcome?;
    let wide = |v: &[F]| v.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
    let stopped = match outcome.reason {
        StopReason::Callback => watch.ended.unwrap_or(RunEnd::Criterion(StopReason::Callback)),
        why => RunEnd::Criterion(why),
    };
    let best = Point { x: wide(&outcome.best.x), value: outcome.best.value.to_f64(), step: outcome.best.step };
    let (x, steps, evaluations) = (wide(&outcome.x), outcome.steps, outcome.evaluations);
    Ok(RunOutcome { x, seen, best, steps, evaluations, pushes, stopped, trace, path: path.end() })
}

/// What is looked at before each step: the condition, the signal, the clock.
struct Watch<'a> {
    until: Option<Condition>,
    quiet: bool,
    interrupt: &'a Interrupt,
    ended: Option<RunEnd>,
    said: Instant,
    x: Vec<f64>,
}

impl Watch<'_> {
    fn look<F: Element>(&mut self, progress: &Progress<'_, F>) -> ControlFlow<()> {
        if progress.evaluations.is_multiple_of(LOOK) && !self.quiet && self.said.elapsed() >= OFTEN {
            self.said = Instant::now();
            let (steps, value) = (pluralize(progress.step, "step"), format_significant(progress.value.to_f64()));
            let _ = writeln!(std::io::stderr(), "{steps}  f {value}");
        }
        if let Some(until) = &mut self.until {
            self.x.clear();
            self.x.extend(progress.x.iter().map(|v| v.to_f64()));
            if until.holds(&self.x).unwrap_or(false) {
                self.ended = Some(RunEnd::Condition);
            }
        }
        if self.interrupt.requested.load(Ordering::Relaxed) {
            self.ended = Some(RunEnd::Interrupted);
        }
        if self.ended.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
