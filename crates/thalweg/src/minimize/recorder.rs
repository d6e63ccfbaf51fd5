//! Recording of the points that a run visits.

use super::Progress;
use crate::kernel::square_sum;
use crate::real::Real;

/// A point of a recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedPoint {
    /// Number of steps before the point, 0 for the start.
    pub step: u64,
    /// Parameters at the point.
    pub x: Vec<f64>,
    /// Objective value where it was last evaluated (at `x`, except for methods that look ahead).
    pub value: f64,
    /// Euclidean norm of the gradient there.
    pub gradient_norm: f64,
}

/// Records the points of a run from the callback of [`Minimize`](super::Minimize).
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::minimize::RunRecorder;
/// use thalweg::prelude::*;
/// let mut bowl = |x: &[f64], g: &mut [f64]| {
///     g[0] = x[0];
///     x[0] * x[0] / 2.0
/// };
/// let mut recorder = RunRecorder::all_points();
/// Minimize::<f64>::new(sgd(0.5))
///     .max_steps(2)
///     .callback(|progress| {
///         recorder.record(progress);
///         Continue(())
///     })
///     .run(&mut bowl, &[8.0])?;
/// let points = recorder.finish();
/// assert_eq!(points.iter().map(|point| point.x[0]).collect::<Vec<_>>(), [8.0, 4.0, 2.0]);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RunRecorder {
    points: Vec<RecordedPoint>,
    /// Most recent point, if the stride skipped it.
    last: Option<RecordedPoint>,
    /// Every `stride`-th point is kept.
    stride: u64,
    seen: u64,
    limit: Limit,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Unlimited,
    Bounded,
}

/// Largest number of points that a bounded recorder keeps.
const MAX_POINTS: usize = 20_000;
/// Largest number of coordinates, over all points, that a bounded recorder keeps.
const MAX_COORDINATES: usize = 1 << 23;
/// Smallest limit on points, whatever the number of coordinates.
const MIN_POINTS: usize = 64;

impl RunRecorder {
    /// Returns a recorder that keeps every point.
    pub fn all_points() -> Self {
        Self::new(Limit::Unlimited)
    }

    /// Returns a recorder of bounded memory: at most 20,000 points and 2²³ coordinates.
    ///
    /// When the limit is exceeded, every second point is dropped and the stride doubles. The first and the last point
    /// are always kept.
    pub fn bounded() -> Self {
        Self::new(Limit::Bounded)
    }

    fn new(limit: Limit) -> Self {
        Self { points: Vec::new(), last: None, stride: 1, seen: 0, limit }
    }

    /// Records the current point.
    pub fn record<F: Real>(&mut self, progress: &Progress<'_, F>) {
        self.push(RecordedPoint {
            step: progress.step,
            x: progress.x.iter().map(|x| x.to_f64()).collect(),
            value: progress.value.to_f64(),
            gradient_norm: square_sum(progress.gradient).sqrt(),
        });
    }

    fn push(&mut self, point: RecordedPoint) {
        if self.seen.is_multiple_of(self.stride) {
            let max_points = match self.limit {
                Limit::Unlimited => usize::MAX,
                Limit::Bounded => MAX_POINTS.min(MAX_COORDINATES / point.x.len().max(1)).max(MIN_POINTS),
            };
            self.points.push(point);
            self.last = None;
            if self.points.len() > max_points {
                let mut index = 0;
                self.points.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
        } else {
            self.last = Some(point);
        }
        self.seen += 1;
    }

    /// Returns the recorded points in the order of their steps.
    pub fn finish(mut self) -> Vec<RecordedPoint> {
        self.points.extend(self.last);
        self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(mut recorder: RunRecorder, steps: u64) -> Vec<RecordedPoint> {
        for step in 0..=steps {
            recorder.push(RecordedPoint { step, x: vec![step as f64], value: 0.0, gradient_norm: 0.0 });
        }
        recorder.finish()
    }

    #[test]
    fn a_bounded_recorder_thins_a_long_run_evenly_and_keeps_its_ends() {
        let points = points(RunRecorder::bounded(), 100_000);
        assert!((10_000..=20_002).contains(&points.len()), "{}", points.len());
        assert_eq!((points[0].step, points[points.len() - 1].step), (0, 100_000));
        let gaps: Vec<u64> = points.windows(2).map(|pair| pair[1].step - pair[0].step).collect();
        assert!(gaps[..gaps.len() - 1].iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
    }

    #[test]
    fn an_unlimited_recorder_keeps_every_point() {
        assert_eq!(points(RunRecorder::all_points(), 30_000).len(), 30_001);
    }
}
