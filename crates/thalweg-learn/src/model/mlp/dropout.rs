//! Dropout of hidden units in training.

use thalweg::Real;
use thalweg::random::{Purpose, Stream};

use crate::model::StepSeed;

/// Dropout masks of one batch (Srivastava et al. 2014, the inverted form): each unit of each row is zeroed with the
/// same probability, and the others are scaled so that the expectation is unchanged.
///
/// A mask is a pure function of (seed, step, layer, row, unit), so it depends neither on the thread nor on the order of
/// evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropout {
    masks: Stream,
    step: u64,
    /// A unit is zeroed if its 32 random bits are below this bound.
    bound: u64,
    /// Probability of keeping a unit, in (0, 1].
    pub(super) keep_probability: f64,
}

impl Dropout {
    /// Creates the masks of a training step that zero units with probability `rate`, in [0, 1).
    pub(super) fn new(step: StepSeed, rate: f64) -> Self {
        Self {
            masks: step.seed.stream(Purpose::Dropout),
            step: step.step,
            bound: (rate * 2f64.powi(32)) as u64,
            keep_probability: 1.0 - rate,
        }
    }

    /// Multiplies the units of one row by 0 or 1/(1 − rate): activations, or their derivatives in the backward pass.
    pub(super) fn apply<F: Real>(self, layer: usize, row: usize, units: &mut [F]) {
        let mut random = self.masks.at([self.step, layer as u64, row as u64]);
        let scale = F::of(1.0 / self.keep_probability);
        for pair in units.chunks_mut(2) {
            let bits = random.bits();
            for (unit, bits) in pair.iter_mut().zip([bits >> 32, bits & 0xffff_ffff]) {
                *unit = if bits < self.bound { F::ZERO } else { *unit * scale };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg::Seed;

    use super::*;

    fn dropout(seed: u64, step: u64, rate: f64) -> Dropout {
        Dropout::new(StepSeed { seed: Seed::new(seed), step }, rate)
    }

    #[test]
    fn the_expectation_is_unchanged() {
        let (rows, units) = (1_000, 101);
        for rate in [0.2, 0.5] {
            let dropout = dropout(7, 0, rate);
            let mut sum = 0.0;
            let mut unit_sums = vec![0.0; units];
            for row in 0..rows {
                let mut values = vec![1.0_f64; units];
                dropout.apply(1, row, &mut values);
                assert!(values.iter().all(|v| [0.0, 1.0 / (1.0 - rate)].contains(v)));
                sum += values.iter().sum::<f64>();
                unit_sums.iter_mut().zip(&values).for_each(|(sum, v)| *sum += v);
            }
            // One value has the variance p/(1 − p); five standard deviations of the mean of n values.
            let tolerance = |n: usize| 5.0 * (rate / (1.0 - rate) / n as f64).sqrt();
            let mean = sum / (rows * units) as f64;
            assert!((mean - 1.0).abs() < tolerance(rows * units), "{mean}");
            for (unit, sum) in unit_sums.iter().enumerate() {
                assert!((sum / rows as f64 - 1.0).abs() < tolerance(rows), "unit {unit}: {sum}");
            }
        }
    }

    #[test]
    fn every_seed_step_layer_and_row_has_a_mask_of_its_own() {
        let mask = |seed, step, layer, row| {
            let mut values = vec![1.0_f32; 64];
            dropout(seed, step, 0.5).apply(layer, row, &mut values);
            values
        };
        let masks = [
            mask(1, 0, 0, 0),
            mask(2, 0, 0, 0),
            mask(1, 1, 0, 0),
            mask(1, 0, 1, 0),
            mask(1, 0, 0, 1),
            mask(1, 0, 1, 1),
        ];
        for (i, one) in masks.iter().enumerate() {
            for other in &masks[..i] {
                let same = one.iter().zip(other).filter(|(a, b)| a.to_bits() == b.to_bits()).count();
                assert!((12..=52).contains(&same), "{same} of 64 units are equal");
            }
        }
        assert_eq!(mask(1, 0, 0, 0), masks[0]);
    }
}
