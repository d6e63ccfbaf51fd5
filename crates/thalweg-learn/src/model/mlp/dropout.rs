//! Dropout: units that are left out of a step.

use thalweg::{Random, Real};

/// Dropout of one batch: each unit of each row is left out with one probability, and those that stay count for more, so
/// that sums keep their expectation (Srivastava et al. 2014, the inverted form).
///
/// Who is left out is a hash of (seed, layer, row, unit), so that it does not matter who computes it, or when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropout {
    seed: u64,
    /// Of 2³² numbers, those that leave a unit out.
    below: u64,
    /// The share that stays.
    pub(super) keep: f64,
}

impl Dropout {
    /// For the batch of this seed, leaving out this share.
    pub(super) fn new(seed: u64, dropout: f64) -> Self {
        Self { seed, below: (dropout * 2f64.powi(32)) as u64, keep: 1.0 - dropout }
    }

    /// Multiplies the units of one row by 0 or 1/(1 − dropout): their values, or on the way back their slopes.
    pub(super) fn row<F: Real>(self, layer: usize, row: usize, units: &mut [F]) {
        let key = |seed: u64, part: usize| Random::new(seed.wrapping_add(part as u64)).bits();
        let mut random = Random::new(key(key(key(self.seed, 0), layer), row));
        let scale = F::of(1.0 / self.keep);
        for pair in units.chunks_mut(2) {
            let bits = random.bits();
            for (unit, bits) in pair.iter_mut().zip([bits >> 32, bits & 0xffff_ffff]) {
                *unit = if bits < self.below { F::ZERO } else { *unit * scale };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_keeps_the_expectation() {
        let (rows, units) = (1_000, 101);
        for dropout in [0.2, 0.5] {
            let mask = Dropout::new(7, dropout);
            let mut sum = 0.0;
            let mut of_unit = vec![0.0; units];
            for row in 0..rows {
                let mut values = vec![1.0_f64; units];
                mask.row(1, row, &mut values);
                assert!(values.iter().all(|v| [0.0, 1.0 / (1.0 - dropout)].contains(v)));
                sum += values.iter().sum::<f64>();
                of_unit.iter_mut().zip(&values).for_each(|(sum, v)| *sum += v);
            }
            // One value has the variance p/(1 − p); five deviations of the mean of so many.
            let slack = |n: usize| 5.0 * (dropout / (1.0 - dropout) / n as f64).sqrt();
            let mean = sum / (rows * units) as f64;
            assert!((mean - 1.0).abs() < slack(rows * units), "{mean}");
            for (unit, sum) in of_unit.iter().enumerate() {
                assert!((sum / rows as f64 - 1.0).abs() < slack(rows), "unit {unit}: {sum}");
            }
        }
    }

    #[test]
    fn every_seed_layer_and_row_has_its_own() {
        let mask = |seed, layer, row| {
            let mut values = vec![1.0_f32; 64];
            Dropout::new(seed, 0.5).row(layer, row, &mut values);
            values
        };
        let all = [mask(1, 0, 0), mask(2, 0, 0), mask(1, 1, 0), mask(1, 0, 1), mask(1, 1, 1)];
        for (i, one) in all.iter().enumerate() {
            for other in &all[..i] {
                let same = one.iter().zip(other).filter(|(a, b)| a.to_bits() == b.to_bits()).count();
                assert!((12..=52).contains(&same), "{same} of 64 alike");
            }
        }
        assert_eq!(mask(1, 0, 0), all[0]);
    }
}
