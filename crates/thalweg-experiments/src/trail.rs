//! A run with all its points.

use std::ops::ControlFlow::{Break, Continue};

use thalweg::{Objective, Optimizer, OptimizerSpec, Outcome, StopCriteria, TrackBest, minimize};

/// A run with all its points.
#[derive(Clone, Debug)]
pub struct Trail {
    /// x before the first step, and after each.
    pub points: Vec<Vec<f64>>,
    /// f at each point (at the shifted one for methods that look ahead).
    pub values: Vec<f64>,
    /// How it ended.
    pub outcome: Outcome<f64>,
}

/// The optimizer of a text such as `adam:lr=0.01`, for `n` parameters.
pub fn optimizer(method: &str, n: usize) -> crate::Result<Optimizer<f64>> {
    Ok(Optimizer::new(method.parse::<OptimizerSpec>()?, n)?)
}

/// Follows `objective` from `start` by a method until `stop` ends it.
pub fn follow(
    objective: &mut impl Objective<f64>,
    method: &str,
    start: &[f64],
    stop: &StopCriteria,
) -> crate::Result<Trail> {
    follow_until(objective, &mut optimizer(method, start.len())?, start, stop, |_| false)
}

/// Follows `objective` until `stop` ends it, or a condition on x holds.
pub fn follow_until(
    objective: &mut impl Objective<f64>,
    optimizer: &mut Optimizer<f64>,
    start: &[f64],
    stop: &StopCriteria,
    mut until: impl FnMut(&[f64]) -> bool,
) -> crate::Result<Trail> {
    let (mut points, mut values) = (Vec::new(), Vec::new());
    let outcome = minimize(objective, optimizer, start, stop, |progress| {
        points.push(progress.x.to_vec());
        values.push(progress.value);
        if until(progress.x) { Break(()) } else { Continue(()) }
    })?;
    Ok(Trail { points, values, outcome })
}

/// The number of steps from `start` until a condition on x holds; none where it does not within `most`, or the run diverges.
pub fn steps_until(
    objective: &mut impl Objective<f64>,
    optimizer: &mut Optimizer<f64>,
    start: &[f64],
    most: u64,
    until: impl Fn(&[f64]) -> bool,
) -> crate::Result<Option<u64>> {
    let stop = StopCriteria { steps: Some(most), track_best: TrackBest::Off, ..StopCriteria::default() };
    let mut held = false;
    let end = minimize(objective, optimizer, start, &stop, |progress| {
        held = until(progress.x);
        if held { Break(()) } else { Continue(()) }
    })?;
    Ok(held.then_some(end.steps))
}

impl Trail {
    /// The points as pairs, for pictures of two variables.
    pub fn plane(&self) -> Vec<[f64; 2]> {
        self.points.iter().map(|x| [x[0], x.get(1).copied().unwrap_or(0.0)]).collect()
    }

    /// Steps and values, for a chart.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        self.values.iter().enumerate().map(|(step, &value)| [step as f64, value]).collect()
    }

    /// The first `steps` steps.
    pub fn first(&self, steps: u64) -> Self {
        let mut short = self.clone();
        let points = usize::try_from(steps).unwrap_or(usize::MAX).saturating_add(1);
        short.points.truncate(points);
        short.values.truncate(points);
        short
    }

    /// The length of the way from the first point to the last.
    pub fn length(&self) -> f64 {
        self.points.windows(2).map(|pair| distance(&pair[0], &pair[1])).sum()
    }

    /// The length of the way over the distance that it covers: 1 for a straight line.
    pub fn detour(&self) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return 1.0 };
        self.length() / distance(first, last)
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
