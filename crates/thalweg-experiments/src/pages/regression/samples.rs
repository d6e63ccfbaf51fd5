//! Data of the experiment, and training on them.

use std::cell::Cell;
use std::ops::ControlFlow::{Break, Continue};
use std::ops::Range;
use std::time::Instant;

use crate::{Result, new_optimizer};
use thalweg::minimize::TrackBest;
use thalweg::random::Random;
use thalweg::{Minimize, StopCriteria, StopReason};

/// Samples of y = x₁ + 2x₂ at points that are uniform in [1.1, 10.4]².
pub(crate) struct Samples {
    x: Vec<[f64; 2]>,
}

/// Result of a training run.
pub(crate) struct TrainingRun {
    /// Number of steps taken.
    pub(crate) steps: u64,
    /// If true, the stopping rule was met within the largest number of steps.
    pub(crate) reached: bool,
    /// Parameters θ at the end.
    pub(crate) theta: [f64; 2],
    /// Number of samples used for steps.
    pub(crate) used_samples: u64,
    /// Number of samples used to check the stopping rule.
    pub(crate) checked_samples: u64,
    /// Duration of the run in seconds.
    pub(crate) seconds: f64,
}

/// Schedule of the checks of the loss over all samples. The run ends when that loss is at most 1e-4.
#[derive(Clone, Copy)]
pub(crate) struct LossCheck {
    /// Number of steps between two checks.
    pub(crate) every: u64,
    /// Largest number of steps.
    pub(crate) max_steps: u64,
}

impl Samples {
    pub(crate) fn uniform(n: usize) -> Self {
        let mut random = Random::new(1);
        let mut next = || 1.1 + (10.4 - 1.1) * random.uniform();
        Self { x: (0..n).map(|_| [next(), next()]).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.x.len()
    }

    /// Returns 1/(2m)·Σ(θ·x − y)² over m samples and writes its gradient to `g`.
    fn part(&self, theta: &[f64], g: &mut [f64], range: Range<usize>) -> f64 {
        let m = range.len() as f64;
        let (mut loss, mut gradient) = (0.0, [0.0; 2]);
        for x in &self.x[range] {
            let residual = (theta[0] - 1.0) * x[0] + (theta[1] - 2.0) * x[1];
            loss += residual * residual;
            gradient[0] += residual * x[0];
            gradient[1] += residual * x[1];
        }
        g.copy_from_slice(&gradient.map(|s| s / m));
        loss / (2.0 * m)
    }

    /// Returns the loss over all samples.
    pub(crate) fn loss(&self, theta: &[f64]) -> f64 {
        self.part(theta, &mut [0.0; 2], 0..self.len())
    }

    /// Returns the largest curvature of one sample, |x|².
    pub(crate) fn max_curvature(&self) -> f64 {
        self.x.iter().map(|x| x[0] * x[0] + x[1] * x[1]).fold(0.0, f64::max)
    }

    /// Trains from θ = 0 with batches of `size` samples in file order. `callback` receives θ before each step and at
    /// the end.
    pub(crate) fn batches(
        &self,
        method: &str,
        size: usize,
        check: LossCheck,
        mut callback: impl FnMut(&[f64]),
    ) -> Result<TrainingRun> {
        let (mut from, used_samples, mut checked_samples) = (0, Cell::new(0), 0);
        let mut batch = |theta: &[f64], g: &mut [f64]| {
            let to = (from + size).min(self.len());
            let loss = self.part(theta, g, from..to);
            used_samples.set(used_samples.get() + (to - from) as u64);
            from = to % self.len();
            loss
        };
        let stop =
            StopCriteria { max_steps: Some(check.max_steps), track_best: TrackBest::Off, ..StopCriteria::default() };
        let started = Instant::now();
        let mut optimizer = new_optimizer(method, 2)?;
        let mut run = Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(|progress| {
            callback(progress.x);
            if progress.step == 0 || !progress.step.is_multiple_of(check.every) {
                return Continue(());
            }
            checked_samples += self.len() as u64;
            if self.loss(progress.x) <= 1e-4 { Break(()) } else { Continue(()) }
        });
        let end = run.run(&mut batch, &[0.0, 0.0])?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(TrainingRun {
            steps: end.steps,
            reached: matches!(end.reason, StopReason::Callback | StopReason::GradientTolerance),
            theta: [end.x[0], end.x[1]],
            used_samples: used_samples.get(),
            checked_samples,
            seconds,
        })
    }

    /// Trains with all samples at each step, until the gradient norm is at most `norm`.
    pub(crate) fn full_batches(&self, method: &str, norm: f64) -> Result<TrainingRun> {
        let mut all = |theta: &[f64], g: &mut [f64]| self.part(theta, g, 0..self.len());
        let stop = StopCriteria { gradient_tolerance: Some(norm), ..StopCriteria::default() };
        let started = Instant::now();
        let end = Minimize::with_optimizer(&mut new_optimizer(method, 2)?).criteria(stop).run(&mut all, &[0.0, 0.0])?;
        let seconds = started.elapsed().as_secs_f64();
        let used_samples = end.evaluations * self.len() as u64;
        Ok(TrainingRun {
            steps: end.steps,
            reached: matches!(end.reason, StopReason::Callback | StopReason::GradientTolerance),
            theta: [end.x[0], end.x[1]],
            used_samples,
            checked_samples: 0,
            seconds,
        })
    }
}
