//! Search spaces of the protocols.
//!
//! The learning rates of the protocol *rate* are spaced three to a decade, at 1, 2.15 and 4.64 times a power of ten,
//! from 1e-6 to 10. The trials of the protocol *tuned* are points of a quasi-random sequence, the same for every
//! method, over
//!
//! | hyperparameter | from | to | spacing |
//! | --- | --- | --- | --- |
//! | `lr` | 1e-6 | 10 | logarithmic |
//! | `momentum`, `beta1` | 0 | 0.999 | logarithmic in 1 − value |
//! | `beta2`, `beta3`, `rho` | 0.5 | 0.9999 | logarithmic in 1 − value |
//! | `eps` | 1e-10 | 1e-2 | logarithmic |
//!
//! as far as the method has them. The first trial is the method as given, with the learning rate of the sequence.
//! Options that change the objective, such as weight decay, are not tuned.

use thalweg::{OptimizerSpec, Result};

/// Smallest and largest learning rate of an extended grid.
pub const LR_BOUNDS: [f64; 2] = [1e-12, 1e6];
/// Number of learning rates in a decade of the grid.
pub(crate) const LRS_PER_DECADE: i32 = 3;
/// Learning rates of a decade, in hundredths of its power of ten.
const MANTISSAS: [f64; LRS_PER_DECADE as usize] = [100.0, 215.0, 464.0];
/// Decades of the grid before it is extended.
pub(crate) const GRID_DECADES: [i32; 2] = [-6, 1];

/// Returns the learning rate at an index of the grid; index 0 is a rate of 1.
pub(crate) fn grid_lr(index: i32) -> f64 {
    let (decade, third) = (index.div_euclid(LRS_PER_DECADE), index.rem_euclid(LRS_PER_DECADE));
    scale_by_power_of_ten(MANTISSAS[third as usize], decade - 2)
}

/// Returns the double nearest to `digits`·10^`exponent`. `digits` is a whole number below 2⁵³ and `exponent` is from
/// −22 to 22, so that both operands are exact and only the last operation rounds.
fn scale_by_power_of_ten(digits: f64, exponent: i32) -> f64 {
    let power = (0..exponent.unsigned_abs()).fold(1.0, |power, _| power * 10.0);
    if exponent < 0 { digits / power } else { digits * power }
}

/// Rounds a positive number to three significant digits.
fn round_to_three_digits(value: f64) -> f64 {
    let exponent = libm::floor(libm::log10(value)) as i32 - 2;
    scale_by_power_of_ten(scale_by_power_of_ten(value, -exponent).round(), exponent)
}

/// Search range of hyperparameters.
struct Range {
    names: &'static [&'static str],
    low: f64,
    high: f64,
    spacing: Spacing,
}

#[derive(Clone, Copy)]
enum Spacing {
    /// Evenly in the logarithm of the value.
    Log,
    /// Evenly in the logarithm of 1 − value, which has the bounds.
    LogComplement,
}

const SPACE: [Range; 4] = [
    Range { names: &["lr"], low: 1e-6, high: 10.0, spacing: Spacing::Log },
    Range { names: &["momentum", "beta1"], low: 1e-3, high: 1.0, spacing: Spacing::LogComplement },
    Range { names: &["beta2", "beta3", "rho"], low: 1e-4, high: 0.5, spacing: Spacing::LogComplement },
    Range { names: &["eps"], low: 1e-10, high: 1e-2, spacing: Spacing::Log },
];

impl Range {
    fn of(name: &str) -> Option<&'static Self> {
        SPACE.iter().find(|range| range.names.contains(&name))
    }

    /// Returns the value at a position from 0 to 1: three significant digits, and at most six decimals in a complement.
    fn value(&self, position: f64) -> f64 {
        let [low, high] = [self.low, self.high].map(libm::log);
        let value = round_to_three_digits(libm::exp(low + position * (high - low)));
        match self.spacing {
            Spacing::Log => value,
            Spacing::LogComplement => scale_by_power_of_ten(((1.0 - value).max(0.0) * 1e6).round(), -6),
        }
    }
}

/// A hyperparameter of a method with its search range.
struct Tunable {
    name: &'static str,
    range: &'static Range,
}

/// Returns the hyperparameters of a method that are tuned, `lr` first.
fn tunable(spec: &OptimizerSpec) -> Vec<Tunable> {
    let names = spec.method.hyperparameters().into_iter().map(|(name, _)| name);
    let mut tunable: Vec<Tunable> = names.filter_map(|name| Some(Tunable { name, range: Range::of(name)? })).collect();
    tunable.sort_by_key(|hyperparameter| hyperparameter.name != "lr");
    tunable
}

/// Returns the names of the hyperparameters of a method that are tuned, `lr` first.
pub fn tuned_hyperparameters(spec: &OptimizerSpec) -> Vec<&'static str> {
    tunable(spec).into_iter().map(|hyperparameter| hyperparameter.name).collect()
}

/// Returns the method with the hyperparameters of a trial, counted from 0.
///
/// # Errors
/// A hyperparameter outside the range of the method.
pub fn trial_setting(spec: &OptimizerSpec, trial: u64) -> Result<OptimizerSpec> {
    let tunable = tunable(spec);
    let mut spec = spec.clone();
    for (hyperparameter, position) in tunable.iter().zip(quasirandom_point(trial, tunable.len())) {
        if trial > 0 || hyperparameter.name == "lr" {
            spec.method = spec.method.set(hyperparameter.name, hyperparameter.range.value(position))?;
        }
    }
    Ok(spec)
}

/// Returns a point of the sequence `R_d`: the fractional parts of (i + 1)·φ⁻ʲ + ½, j = 1 … d, where φ is the positive
/// root of x^(d+1) = x + 1.
///
/// Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018. Its discrepancy is low in few dimensions,
/// and it needs no table.
fn quasirandom_point(i: u64, d: usize) -> Vec<f64> {
    let mut phi = 2.0;
    for _ in 0..64 {
        phi = libm::pow(1.0 + phi, 1.0 / (d as f64 + 1.0));
    }
    (1..=d).map(|j| (0.5 + (i as f64 + 1.0) * libm::pow(phi, -(j as f64))).fract()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real root of x³ = x + 1.
    const PLASTIC_NUMBER: f64 = 1.324_717_957_244_746;

    #[test]
    fn the_grid_has_three_rates_a_decade() {
        assert_eq!([-18, -17, -16, -15, -1, 0, 3].map(grid_lr), [1e-6, 2.15e-6, 4.64e-6, 1e-5, 0.464, 1.0, 10.0]);
        for index in -36_i32..=18 {
            let digits = [1.0_f64, 2.15, 4.64][index.rem_euclid(3) as usize];
            let text = format!("{digits}e{}", index.div_euclid(3));
            assert_eq!(Ok(grid_lr(index)), text.parse(), "{text}");
        }
    }

    #[test]
    fn values_have_three_digits_and_complements_six_decimals() {
        for i in 0..20_000 {
            let position = f64::from(i) / 20_000.0;
            for range in &SPACE {
                let [low, high] = [range.low, range.high].map(libm::log);
                let exact = libm::exp(low + position * (high - low));
                let rounded: f64 = format!("{exact:.2e}").parse().expect("a formatted number is a number");
                let expected = match range.spacing {
                    Spacing::Log => rounded,
                    Spacing::LogComplement => {
                        format!("{:.6}", (1.0 - rounded).max(0.0)).parse().expect("a formatted number is a number")
                    }
                };
                assert_eq!(range.value(position), expected, "{:?} at {position}", range.names);
            }
        }
    }

    #[test]
    fn trials_fill_the_space_evenly() {
        let spec: OptimizerSpec = "adam".parse().expect("a known method");
        assert_eq!(tuned_hyperparameters(&spec), ["lr", "beta1", "beta2", "eps"]);
        let trials: Vec<OptimizerSpec> = (0..64).map(|i| trial_setting(&spec, i).expect("a valid setting")).collect();
        // 64 rates evenly over seven decades: about nine in each.
        for decade in -6..1 {
            let is_inside = |lr: f64| (10f64.powi(decade)..10f64.powi(decade + 1)).contains(&lr);
            let count = trials.iter().filter(|spec| is_inside(spec.method.lr())).count();
            assert!((7..=12).contains(&count), "{count} rates from 1e{decade}");
        }
        // The first trial is Adam itself at another rate.
        assert_eq!(trials[0].method, spec.method.with_lr(trials[0].method.lr()));
        assert!(trials.iter().all(|spec| spec.check().is_ok()));
    }

    #[test]
    fn the_sequence_in_two_dimensions_is_that_of_the_plastic_number() {
        let expected = [(0.5 + 1.0 / PLASTIC_NUMBER).fract(), (0.5 + 1.0 / PLASTIC_NUMBER.powi(2)).fract()];
        for (found, expected) in quasirandom_point(0, 2).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn every_method_can_be_tuned() {
        for name in thalweg::Method::NAMES {
            let spec: OptimizerSpec = name.parse().expect("a known method");
            assert_eq!(tuned_hyperparameters(&spec)[0], "lr", "{name}");
            (0..32).for_each(|i| trial_setting(&spec, i).expect(name).check().expect(name));
        }
    }
}
