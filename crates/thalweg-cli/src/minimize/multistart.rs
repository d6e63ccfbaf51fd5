//! `--starts K`: many runs, and the distinct minima that they end at.

use anyhow::Result;
use rayon::prelude::*;
use thalweg::{CriticalPointKind, Goal, ProblemInstance, Random};

use super::single_run::{RunConfig, RunEnd, RunOutcome};
use super::{EndPoint, one};
use crate::commands::MinimizeCommand;
use crate::exit::Usage;
use crate::interrupt::Interrupt;

/// Where nothing is said, and the problem has no domain of its own.
const BOX: [f64; 2] = [-5.0, 5.0];
/// How often a start is drawn anew where f is not finite.
const DRAWS: usize = 1_000;
/// Two points are the same minimum within this share of 1 + ‖x‖.
const SAME: f64 = 1e-3;

/// A minimum (a maximum, with `--maximize`), and how many runs ended at it.
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) kind: CriticalPointKind,
    pub(crate) runs: u64,
}

/// What many runs came to.
pub(crate) struct MultistartResult {
    /// Best first.
    pub(crate) minima: Vec<Minimum>,
    /// The start of the run with the best end.
    pub(crate) best: usize,
    pub(crate) runs: u64,
    /// Runs that ended at no critical point within their steps.
    pub(crate) unfinished: u64,
    /// Runs that a signal ended.
    pub(crate) interrupted: u64,
    /// Runs that ended where f is not finite.
    pub(crate) diverged: u64,
    /// Runs that ended at a saddle.
    pub(crate) saddles: u64,
}

/// The start of `instance`, and points at random for the rest.
pub(crate) fn all(
    instance: &ProblemInstance,
    within: Option<[f64; 2]>,
    (count, seed): (u32, u64),
) -> Result<Vec<Vec<f64>>, Usage> {
    let mut random = Random::new(seed);
    let interval = |place: usize| {
        let domain = instance.problem.map(|problem| problem.interval(place));
        within.or(domain.filter(|[low, high]| high - low < f64::MAX)).unwrap_or(BOX)
    };
    let mut starts = vec![instance.start.clone()];
    let mut formula = instance.formula.clone();
    while starts.len() < count as usize {
        let mut draw = || {
            let point = |place| {
                let [low, high] = interval(place);
                low + (high - low) * random.uniform()
            };
            (0..instance.start.len()).map(point).collect::<Vec<f64>>()
        };
        let finite = |x: &Vec<f64>| formula.value(x).is_ok_and(f64::is_finite);
        let start = (0..DRAWS).map(|_| draw()).find(finite);
        starts.push(start.ok_or_else(|| {
            Usage(format!(
                "f must be finite somewhere in the box of the starts (--within), but {DRAWS} points had none"
            ))
        })?);
    }
    Ok(starts)
}

/// Where one run ended.
struct End {
    outcome: RunOutcome,
    value: f64,
    kind: Option<CriticalPointKind>,
}

impl MultistartResult {
    /// Runs from all starts, on all threads; also the run with the best end.
    pub(crate) fn follow(
        command: &MinimizeCommand,
        instance: &ProblemInstance,
        starts: &[Vec<f64>],
        descent: &RunConfig,
        interrupt: &Interrupt,
    ) -> Result<(Self, RunOutcome)> {
        let quiet = RunConfig { quiet: true, keep: false, ..descent.clone() };
        let end = |start: &Vec<f64>| {
            let instance = instance.clone().with_start(start.clone()).map_err(|error| Usage(error.to_string()))?;
            one(command, &instance, &quiet, None, interrupt).and_then(|outcome| End::of(&instance, outcome))
        };
        let mut ends: Vec<End> = starts.par_iter().map(end).collect::<Result<_>>()?;
        let maximize = descent.spec.options.goal == Goal::Maximize;
        let wanted = if maximize { CriticalPointKind::Maximum } else { CriticalPointKind::Minimum };
        let key = |value: f64| if maximize { -value } else { value };
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by(|&a, &b| key(ends[a].value).total_cmp(&key(ends[b].value)));
        let mut minima: Vec<Minimum> = Vec::new();
        for end in order
            .iter()
            .map(|&i| &ends[i])
            .filter(|end| end.ended_at(wanted) || end.ended_at(CriticalPointKind::Degenerate))
        {
            match minima.iter_mut().find(|minimum| same(&minimum.x, &end.outcome.x)) {
                Some(minimum) => minimum.runs += 1,
                None => minima.push(Minimum {
                    x: end.outcome.x.clone(),
                    value: end.value,
                    kind: end.kind.unwrap_or(CriticalPointKind::Undefined),
                    runs: 1,
                }),
            }
        }
        let count = |of: &dyn Fn(&End) -> bool| ends.iter().filter(|end| of(end)).count() as u64;
        let (diverged, interrupted) = (count(&End::diverged), count(&End::interrupted));
        let saddles = count(&|end| end.ended_at(CriticalPointKind::Saddle));
        let listed: u64 = minima.iter().map(|minimum| minimum.runs).sum();
        let runs = ends.len() as u64;
        let unfinished = runs - listed - diverged - interrupted - saddles;
        let finite = |i: &&usize| ends[**i].value.is_finite();
        let best = order.iter().find(finite).copied().unwrap_or(0);
        let starts = Self { minima, best, runs, unfinished, interrupted, diverged, saddles };
        Ok((starts, ends.swap_remove(best).outcome))
    }
}

impl End {
    fn of(instance: &ProblemInstance, outcome: RunOutcome) -> Result<Self> {
        let EndPoint { value, point, .. } = EndPoint::of(instance, &outcome.x)?;
        let kind = point.map(|point| point.kind);
        Ok(Self { outcome, value, kind })
    }

    fn interrupted(&self) -> bool {
        self.outcome.stopped == RunEnd::Interrupted
    }

    fn diverged(&self) -> bool {
        !self.interrupted()
            && (self.outcome.stopped == RunEnd::Criterion(thalweg::StopReason::NotFinite) || !self.value.is_finite())
    }

    /// Whether the run came to its end at a point of this kind. Without eigenvalues a small gradient must do: descent ends
    /// at minima.
    fn ended_at(&self, kind: CriticalPointKind) -> bool {
        if self.interrupted() || self.diverged() {
            return false;
        }
        let small = self.outcome.stopped == RunEnd::Criterion(thalweg::StopReason::GradientTolerance);
        self.kind.map_or(small && kind == CriticalPointKind::Minimum, |report| report == kind)
    }
}

fn same(a: &[f64], b: &[f64]) -> bool {
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) <= SAME * (1.0 + norm(&mut a.iter().copied()))
}
