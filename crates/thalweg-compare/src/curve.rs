//! The lowest value so far, against steps.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A new lowest value, and what it took to get there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, f64, f64)", into = "(u64, u64, f64, f64)")]
pub struct CurvePoint {
    /// Steps.
    pub step: u64,
    /// Evaluations of the gradient.
    pub evaluations: u64,
    /// Seconds since the run began.
    pub seconds: f64,
    /// The lowest value.
    pub value: f64,
}

impl From<(u64, u64, f64, f64)> for CurvePoint {
    fn from((step, evaluations, seconds, value): (u64, u64, f64, f64)) -> Self {
        Self { step, evaluations, seconds, value }
    }
}

impl From<CurvePoint> for (u64, u64, f64, f64) {
    fn from(sample: CurvePoint) -> Self {
        (sample.step, sample.evaluations, sample.seconds, sample.value)
    }
}

/// The lowest values of a run in the order of their steps; falling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConvergenceCurve {
    /// The first is the start; in between those are left out that lie less than a fiftieth of the steps after another.
    pub samples: Vec<CurvePoint>,
}

impl ConvergenceCurve {
    /// Where the value was first at most this.
    pub fn first(&self, value: f64) -> Option<&CurvePoint> {
        let after = self.samples.partition_point(|sample| sample.value > value);
        self.samples.get(after)
    }

    /// The lowest value after so many steps.
    pub fn at(&self, step: u64) -> Option<f64> {
        let after = self.samples.partition_point(|sample| sample.step <= step);
        after.checked_sub(1).map(|last| self.samples[last].value)
    }

    /// The value at the start; NaN for a run that did not begin.
    pub fn initial(&self) -> f64 {
        self.samples.first().map_or(f64::NAN, |sample| sample.value)
    }

    /// The lowest value of all.
    pub fn lowest(&self) -> f64 {
        self.samples.last().map_or(f64::NAN, |sample| sample.value)
    }
}

/// How far apart two samples are, as a share of the steps before.
const MIN_STEP_RATIO: f64 = 1.02;

/// Writes a curve while a run goes on.
pub(crate) struct CurveRecorder {
    curve: ConvergenceCurve,
    lowest: f64,
    /// The last improvement, if it is not in the curve yet.
    pending: Option<(u64, u64)>,
    /// Values whose first passing is always in the curve, largest first.
    thresholds: Vec<f64>,
    began: Instant,
}

impl CurveRecorder {
    /// Begins now.
    pub(crate) fn new() -> Self {
        let (curve, thresholds) = (ConvergenceCurve::default(), Vec::new());
        Self { curve, lowest: f64::INFINITY, pending: None, thresholds, began: Instant::now() }
    }

    /// Values to be passed, largest first.
    pub(crate) fn thresholds(&mut self, thresholds: Vec<f64>) {
        self.thresholds = thresholds;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.curve.samples.is_empty()
    }

    /// Takes a value; says whether there were thresholds and all are passed.
    pub(crate) fn take(&mut self, step: u64, evaluations: u64, value: f64) -> bool {
        if value >= self.lowest {
            return false;
        }
        self.lowest = value;
        let before = self.thresholds.len();
        self.thresholds.retain(|threshold| *threshold < value);
        let passed = self.thresholds.len() < before;
        let last = self.curve.samples.last();
        if passed || last.is_none_or(|last| step as f64 >= MIN_STEP_RATIO * last.step as f64 || step < 100) {
            self.push(step, evaluations);
        } else {
            self.pending = Some((step, evaluations));
        }
        passed && self.thresholds.is_empty()
    }

    fn push(&mut self, step: u64, evaluations: u64) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.curve.samples.push(CurvePoint { step, evaluations, seconds, value: self.lowest });
        self.pending = None;
    }

    /// The curve, and the seconds it took.
    pub(crate) fn end(mut self) -> (ConvergenceCurve, f64) {
        if let Some((step, evaluations)) = self.pending {
            self.push(step, evaluations);
        }
        (self.curve, self.began.elapsed().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_the_passing_of_thresholds_and_the_end() {
        let mut recorder = CurveRecorder::new();
        recorder.take(0, 1, 1.0);
        recorder.thresholds(vec![0.5, 0.25]);
        let mut done = 0;
        for step in 1..=1000_u64 {
            done += u64::from(recorder.take(step, step + 1, 1.0 - step as f64 / 1001.0));
        }
        let (curve, _) = recorder.end();
        assert_eq!((curve.initial(), curve.lowest(), done), (1.0, 1.0 - 1000.0 / 1001.0, 1));
        // 1 − s/1001 ≤ 1/2 from s = 501 on, ≤ 1/4 from s = 751 on.
        assert_eq!([0.5, 0.25].map(|value| curve.first(value).map(|sample| sample.step)), [Some(501), Some(751)]);
        assert!(curve.first(0.0).is_none());
        assert_eq!(curve.at(50), Some(1.0 - 50.0 / 1001.0));
        assert!(curve.samples.len() < 230, "{}", curve.samples.len());
    }
}
