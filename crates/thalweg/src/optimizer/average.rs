//! The average of the iterates.

use super::Optimizer;
use crate::method::Average;
use crate::real::Real;

/// Start of the average of the iterates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AverageStart {
    /// At this step.
    Now,
    /// At an earlier step, or there is none.
    Earlier,
}

/// Weight of x in the average of a tensor at its step `t`.
pub(super) fn average_weight(average: Average, start: AverageStart, t: u64) -> f64 {
    match average {
        // A tensor that was added later starts with its own first iterate.
        _ if start == AverageStart::Now || t == 1 => 1.0,
        Average::Off => unreachable!("there is an average"),
        Average::Ema(decay) => 1.0 - decay,
        Average::Polyak => 1.0 / t as f64,
    }
}

impl<F: Real> Optimizer<F> {
    /// Allocates the average at the first step, and returns when it starts.
    pub(super) fn start_average(&mut self) -> AverageStart {
        if self.options.average == Average::Off || !self.average.is_empty() {
            return AverageStart::Earlier;
        }
        self.average.resize(self.len, F::ZERO);
        AverageStart::Now
    }
}
