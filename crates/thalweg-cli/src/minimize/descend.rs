//! The run itself, in f32 or f64.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use thalweg::{Condition, Element, Formula, Optimizer, Point, Spec, Stop, Why, minimize};

use super::trace::Trace;
use crate::interrupt::Interrupt;
use crate::report::number::{figures, plural};

/// How often a long run says where it is.
const OFTEN: Duration = Duration::from_secs(5);
/// The clock is looked at once in so many evaluations.
const LOOK: u64 = 1 << 12;

/// What a run needs besides the formula.
pub(crate) struct Descent {
    pub(crate) spec: Spec,
    pub(crate) start: Vec<f64>,
    pub(crate) stop: Stop,
    pub(crate) until: Option<Condition>,
    pub(crate) trace: Option<Trace>,
    pub(crate) quiet: bool,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// One of the loop's own reasons.
    Why(Why),
    /// `--until` holds.
    Condition,
    Interrupted,
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) x: Vec<f64>,
    /// The point that was evaluated last: not x where the method looks ahead.
    pub(crate) seen: Vec<f64>,
    pub(crate) best: Point<f64>,
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    pub(crate) stopped: Stopped,
    pub(crate) trace: Option<Trace>,
}

pub(crate) fn descend<F: Element>(formula: &mut Formula, descent: Descent, interrupt: &Interrupt) -> Result<Ran> {
    let Descent { spec, start, stop, mut until, mut trace, quiet } = descent;
    let start: Vec<F> = start.iter().map(|v| F::of(*v)).collect();
    let mut optimizer = Optimizer::<F>::new(spec, start.len())?;
    let (mut seen, mut ended, mut x) = (Vec::new(), None, Vec::new());
    let mut said = Instant::now();
    let mut objective = |at: &[F], g: &mut [F]| {
        seen.clear();
        seen.extend(at.iter().map(|v| v.to_f64()));
        evaluated(formula, at, g)
    };
    interrupt.came.store(false, Ordering::Relaxed);
    let outcome = minimize(&mut objective, &mut optimizer, &start, &stop, |progress| {
        if let Some(trace) = &mut trace {
            trace.line(progress);
        }
        if progress.evaluations.is_multiple_of(LOOK) && !quiet && said.elapsed() >= OFTEN {
            said = Instant::now();
            let (steps, value) = (plural(progress.step, "step"), figures(progress.value.to_f64()));
            let _ = writeln!(std::io::stderr(), "{steps}  f {value}");
        }
        if let Some(until) = &mut until {
            x.clear();
            x.extend(progress.x.iter().map(|v| v.to_f64()));
            if until.holds(&x).unwrap_or(false) {
                ended = Some(Stopped::Condition);
                return ControlFlow::Break(());
            }
        }
        if interrupt.came.load(Ordering::Relaxed) {
            ended = Some(Stopped::Interrupted);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    interrupt.came.store(true, Ordering::Relaxed);
    let outcome = outcome?;
    let wide = |v: &[F]| v.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
    let stopped = match outcome.why {
        Why::Observer => ended.unwrap_or(Stopped::Why(Why::Observer)),
        why => Stopped::Why(why),
    };
    let best = Point { x: wide(&outcome.best.x), value: outcome.best.value.to_f64(), step: outcome.best.step };
    Ok(Ran { x: wide(&outcome.x), seen, best, steps: outcome.steps, evaluations: outcome.evaluations, stopped, trace })
}

/// The formula at `x`; a formula has no errors of its own.
fn evaluated<F: Element>(formula: &mut Formula, x: &[F], g: &mut [F]) -> F {
    thalweg::Objective::eval(formula, x, g).unwrap_or_else(|_| F::of(f64::NAN))
}
