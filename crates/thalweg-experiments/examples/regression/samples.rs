//! The data of the experiment and the ways to descend on them.

use std::cell::Cell;
use std::ops::ControlFlow::{Break, Continue};
use std::ops::Range;
use std::time::Instant;

use thalweg::{Random, StopCriteria, StopReason, TrackBest, minimize};
use thalweg_experiments::{Result, optimizer};

/// y = x₁ + 2x₂ at points that are uniform in [1.1, 10.4].
pub(crate) struct Samples {
    x: Vec<[f64; 2]>,
}

/// What a descent came to.
pub(crate) struct Descent {
    /// Steps taken.
    pub(crate) steps: u64,
    /// Whether the stop's condition was met.
    pub(crate) reached: bool,
    /// The last θ.
    pub(crate) theta: [f64; 2],
    /// Samples whose loss or gradient was computed to step.
    pub(crate) touched: u64,
    /// Samples whose loss was computed to see whether to stop.
    pub(crate) looked: u64,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// When a descent looks at the loss over all samples; it ends where that is at most 1e-4.
#[derive(Clone, Copy)]
pub(crate) struct Looks {
    /// Steps between two looks.
    pub(crate) every: u64,
    /// The most steps.
    pub(crate) most: u64,
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

    /// 1/(2m)·Σ(θ·x − y)² over m samples, and its gradient.
    fn part(&self, theta: &[f64], g: &mut [f64], range: Range<usize>) -> f64 {
        let m = range.len() as f64;
        let (mut loss, mut slope) = (0.0, [0.0; 2]);
        for x in &self.x[range] {
            let off = (theta[0] - 1.0) * x[0] + (theta[1] - 2.0) * x[1];
            loss += off * off;
            slope[0] += off * x[0];
            slope[1] += off * x[1];
        }
        g.copy_from_slice(&slope.map(|s| s / m));
        loss / (2.0 * m)
    }

    /// The loss over all samples.
    pub(crate) fn loss(&self, theta: &[f64]) -> f64 {
        self.part(theta, &mut [0.0; 2], 0..self.len())
    }

    /// The largest curvature that one sample has: |x|².
    pub(crate) fn steepest(&self) -> f64 {
        self.x.iter().map(|x| x[0] * x[0] + x[1] * x[1]).fold(0.0, f64::max)
    }

    /// Batches of `size` in file order from θ = 0; `see` gets θ before each step and at the end.
    pub(crate) fn batches(
        &self,
        method: &str,
        size: usize,
        looks: Looks,
        mut see: impl FnMut(&[f64]),
    ) -> Result<Descent> {
        let (mut from, touched, mut looked) = (0, Cell::new(0), 0);
        let mut batch = |theta: &[f64], g: &mut [f64]| {
            let to = (from + size).min(self.len());
            let loss = self.part(theta, g, from..to);
            touched.set(touched.get() + (to - from) as u64);
            from = to % self.len();
            loss
        };
        let stop = StopCriteria { steps: Some(looks.most), track_best: TrackBest::Off, ..StopCriteria::default() };
        let began = Instant::now();
        let end = minimize(&mut batch, &mut optimizer(method, 2)?, &[0.0, 0.0], &stop, |progress| {
            see(progress.x);
            if progress.step == 0 || !progress.step.is_multiple_of(looks.every) {
                return Continue(());
            }
            looked += self.len() as u64;
            if self.loss(progress.x) <= 1e-4 { Break(()) } else { Continue(()) }
        })?;
        let seconds = began.elapsed().as_secs_f64();
        Ok(Descent {
            steps: end.steps,
            reached: matches!(end.reason, StopReason::Callback | StopReason::GradientTolerance),
            theta: [end.x[0], end.x[1]],
            touched: touched.get(),
            looked,
            seconds,
        })
    }

    /// All samples at each step, until the gradient's norm is at most `norm`.
    pub(crate) fn whole(&self, method: &str, norm: f64) -> Result<Descent> {
        let mut all = |theta: &[f64], g: &mut [f64]| self.part(theta, g, 0..self.len());
        let stop = StopCriteria { gradient_norm: Some(norm), ..StopCriteria::default() };
        let began = Instant::now();
        let end = minimize(&mut all, &mut optimizer(method, 2)?, &[0.0, 0.0], &stop, |_| Continue(()))?;
        let seconds = began.elapsed().as_secs_f64();
        let touched = end.evaluations * self.len() as u64;
        Ok(Descent {
            steps: end.steps,
            reached: matches!(end.reason, StopReason::Callback | StopReason::GradientTolerance),
            theta: [end.x[0], end.x[1]],
            touched,
            looked: 0,
            seconds,
        })
    }
}
