//! What an optimizer does beside the step: gathering gradients, refusing them, averaging iterates.

use super::{Optimizer, Told};
use crate::error::Result;
use crate::method::{Average, NonFinite};
use crate::real::Real;

impl<F: Real> Optimizer<F> {
    /// What becomes of a gradient that is not finite.
    pub(super) fn refuse(&mut self, g: &[F]) -> Result<Told> {
        match self.around.nonfinite {
            NonFinite::Refuse => Err(self.not_finite("the gradient", g)),
            NonFinite::Skip => {
                self.skipped += 1;
                Ok(Told::Skipped)
            }
        }
    }

    /// Adds `g` to the gathered gradients; true once they are complete and replaced by their mean.
    pub(super) fn gather(&mut self, g: &[F]) -> bool {
        let (count, sum) = &mut self.gathered;
        if *count == 0 {
            sum.clear();
            sum.extend_from_slice(g);
        } else {
            sum.iter_mut().zip(g).for_each(|(sum, &g)| *sum = *sum + g);
        }
        *count += 1;
        let complete = *count >= self.around.accumulate;
        if complete {
            let count = F::of(*count as f64);
            for sum in sum.iter_mut() {
                *sum = *sum / count;
            }
        }
        complete
    }

    /// Moves the average towards `x`, or begins it there.
    pub(super) fn take_average(&mut self, x: &[F]) {
        let share = match self.around.average {
            Average::Off => return,
            _ if self.average.is_empty() => 1.0,
            Average::Ema(decay) => 1.0 - decay,
            Average::Polyak => 1.0 / self.t as f64,
        };
        self.average.resize(self.len, F::ZERO);
        let share = F::of(share);
        self.average.iter_mut().zip(x).for_each(|(a, &x)| *a = *a + share * (x - *a));
    }
}
