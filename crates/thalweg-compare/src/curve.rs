//! Lowest value so far against steps.

use serde::{Deserialize, Serialize};
use web_time::Instant;

/// A new lowest value of a run and its cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, f64, f64)", into = "(u64, u64, f64, f64)")]
pub struct CurvePoint {
    /// Number of steps so far.
    pub step: u64,
    /// Number of gradient evaluations so far.
    pub evaluations: u64,
    /// Seconds since the start of the run.
    pub seconds: f64,
    /// Lowest value so far.
    pub value: f64,
}

impl From<(u64, u64, f64, f64)> for CurvePoint {
    fn from((step, evaluations, seconds, value): (u64, u64, f64, f64)) -> Self {
        Self { step, evaluations, seconds, value }
    }
}

impl From<CurvePoint> for (u64, u64, f64, f64) {
    fn from(point: CurvePoint) -> Self {
        (point.step, point.evaluations, point.seconds, point.value)
    }
}

/// Strictly decreasing lowest values of a run, in the order of their steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConvergenceCurve {
    /// Recorded points, the start first. After 100 steps, a point is kept only if its step is at least 2 % larger than
    /// that of the point before, if it passes a target, or if it is the last.
    pub points: Vec<CurvePoint>,
}

impl ConvergenceCurve {
    /// Returns the first point with a value of at most `value`.
    pub fn first_at_most(&self, value: f64) -> Option<&CurvePoint> {
        let index = self.points.partition_point(|point| point.value > value);
        self.points.get(index)
    }

    /// Returns the lowest value in the first `step` steps.
    pub fn value_at(&self, step: u64) -> Option<f64> {
        let end = self.points.partition_point(|point| point.step <= step);
        end.checked_sub(1).map(|last| self.points[last].value)
    }

    /// Returns the value at the start, or NaN if the first value was not finite.
    pub fn initial(&self) -> f64 {
        self.points.first().map_or(f64::NAN, |point| point.value)
    }

    /// Returns the lowest value of the run, or NaN if the first value was not finite.
    pub fn lowest(&self) -> f64 {
        self.points.last().map_or(f64::NAN, |point| point.value)
    }

    /// Returns `true` if steps, evaluations and the bits of all values are equal; times may differ.
    pub fn same_values(&self, other: &Self) -> bool {
        let key = |point: &CurvePoint| (point.step, point.evaluations, point.value.to_bits());
        self.points.iter().map(key).eq(other.points.iter().map(key))
    }
}

/// Smallest ratio of the steps of two neighbouring points, except near the start.
const MIN_STEP_RATIO: f64 = 1.02;
/// Number of steps in which every improvement is kept.
const DENSE_STEPS: u64 = 100;

/// Records a convergence curve during a run.
pub(crate) struct CurveRecorder {
    curve: ConvergenceCurve,
    lowest: f64,
    /// Last improvement, if it is not in the curve yet.
    pending: Option<PendingPoint>,
    /// Values not reached so far, largest first; the first point at or below each is kept.
    thresholds: Vec<f64>,
    started: Instant,
}

struct PendingPoint {
    step: u64,
    evaluations: u64,
}

impl CurveRecorder {
    /// Starts the clock of a run.
    pub(crate) fn new() -> Self {
        let (curve, thresholds) = (ConvergenceCurve::default(), Vec::new());
        Self { curve, lowest: f64::INFINITY, pending: None, thresholds, started: Instant::now() }
    }

    /// Sets the values whose first passing is always kept, largest first.
    pub(crate) fn set_thresholds(&mut self, thresholds: Vec<f64>) {
        self.thresholds = thresholds;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.curve.points.is_empty()
    }

    /// Records a value; returns `true` if it reaches the last of the thresholds.
    pub(crate) fn record(&mut self, step: u64, evaluations: u64, value: f64) -> bool {
        if value >= self.lowest {
            return false;
        }
        self.lowest = value;
        let before = self.thresholds.len();
        self.thresholds.retain(|threshold| *threshold < value);
        let passed = self.thresholds.len() < before;
        let is_far = |last: &CurvePoint| step as f64 >= MIN_STEP_RATIO * last.step as f64;
        if passed || step < DENSE_STEPS || self.curve.points.last().is_none_or(is_far) {
            self.push(step, evaluations);
        } else {
            self.pending = Some(PendingPoint { step, evaluations });
        }
        passed && self.thresholds.is_empty()
    }

    fn push(&mut self, step: u64, evaluations: u64) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.curve.points.push(CurvePoint { step, evaluations, seconds, value: self.lowest });
        self.pending = None;
    }

    /// Returns the curve and the duration of the run in seconds.
    pub(crate) fn finish(mut self) -> (ConvergenceCurve, f64) {
        if let Some(PendingPoint { step, evaluations }) = self.pending {
            self.push(step, evaluations);
        }
        (self.curve, self.started.elapsed().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_the_passing_of_thresholds_and_the_end() {
        let mut recorder = CurveRecorder::new();
        recorder.record(0, 1, 1.0);
        recorder.set_thresholds(vec![0.5, 0.25]);
        let mut completions = 0;
        for step in 1..=1000_u64 {
            completions += u64::from(recorder.record(step, step + 1, 1.0 - step as f64 / 1001.0));
        }
        let (curve, _) = recorder.finish();
        assert_eq!((curve.initial(), curve.lowest(), completions), (1.0, 1.0 - 1000.0 / 1001.0, 1));
        // 1 − s/1001 ≤ 1/2 from s = 501 on, ≤ 1/4 from s = 751 on.
        assert_eq!([0.5, 0.25].map(|v| curve.first_at_most(v).map(|point| point.step)), [Some(501), Some(751)]);
        assert!(curve.first_at_most(0.0).is_none());
        assert_eq!(curve.value_at(50), Some(1.0 - 50.0 / 1001.0));
        assert!(curve.points.len() < 230, "{}", curve.points.len());
    }
}
