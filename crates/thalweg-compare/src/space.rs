//! The settings that are tried.
//!
//! The rates of the protocol *rate* stand three to a decade, at 1, 2.15 and 4.64 times a power of ten, from 1e-6 to 10.
//! The trials of the protocol *tuned* are points of a quasi-random sequence, the same for every method, over
//!
//! | hyperparameter | from | to | spaced |
//! | --- | --- | --- | --- |
//! | `lr` | 1e-6 | 10 | evenly in the logarithm |
//! | `momentum`, `beta1` | 0 | 0.999 | 1 − value evenly in the logarithm |
//! | `beta2`, `beta3`, `rho` | 0.5 | 0.9999 | 1 − value evenly in the logarithm |
//! | `eps` | 1e-10 | 1e-2 | evenly in the logarithm |
//!
//! so far as the method has them; the first trial is the method as it was asked for, at the rate of the sequence. What
//! changes the objective, as weight decay, is not tuned.

use thalweg::{OptimizerSpec, Result};

/// Bounds beyond which no rate is tried.
pub const LR_BOUNDS: [f64; 2] = [1e-12, 1e6];
/// Number of learning rates in a decade of the grid.
pub(crate) const LRS_PER_DECADE: i32 = 3;
/// Learning rates of a decade, in hundredths of its power of ten.
const MANTISSAS: [u32; LRS_PER_DECADE as usize] = [100, 215, 464];
/// Decades of the grid before it is extended.
pub(crate) const GRID_DECADES: [i32; 2] = [-6, 1];

/// Returns the learning rate at an index of the grid; index 0 is a rate of 1.
pub(crate) fn grid_lr(index: i32) -> f64 {
    let (decade, third) = (index.div_euclid(LRS_PER_DECADE), index.rem_euclid(LRS_PER_DECADE));
    decimal(MANTISSAS[third as usize], decade - 2)
}

/// Returns the double nearest to `digits`·10^`exponent`.
fn decimal(digits: u32, exponent: i32) -> f64 {
    format!("{digits}e{exponent}").parse().expect("digits and an exponent are a number")
}

/// How a hyperparameter is spread: `low` to `high` evenly in the logarithm, of 1 − value if `complement`.
struct Range {
    names: &'static [&'static str],
    low: f64,
    high: f64,
    complement: bool,
}

const SPACE: [Range; 4] = [
    Range { names: &["lr"], low: 1e-6, high: 10.0, complement: false },
    Range { names: &["momentum", "beta1"], low: 1e-3, high: 1.0, complement: true },
    Range { names: &["beta2", "beta3", "rho"], low: 1e-4, high: 0.5, complement: true },
    Range { names: &["eps"], low: 1e-10, high: 1e-2, complement: false },
];

/// The names of the hyperparameters of a method that are tuned; `lr` is the first.
pub fn tuned(spec: &OptimizerSpec) -> Vec<String> {
    let known = |name: &str| SPACE.iter().any(|range| range.names.contains(&name));
    let mut names: Vec<String> = spec.method.hyperparameters().into_iter().map(|(name, _)| name.to_owned()).collect();
    names.retain(|name| known(name));
    names.sort_by_key(|name| name != "lr");
    names
}

/// The method in one trial, from 0.
///
/// # Errors
/// A hyperparameter that the method refuses.
pub fn trial_setting(spec: &OptimizerSpec, trial: u64) -> Result<OptimizerSpec> {
    let names = tuned(spec);
    let mut spec = spec.clone();
    for (name, share) in names.iter().zip(point(trial, names.len())) {
        if trial > 0 || name == "lr" {
            spec.method = spec.method.set_text(name, &value(name, share))?;
        }
    }
    Ok(spec)
}

/// The value of a hyperparameter at this share of its range, to three figures.
fn value(name: &str, share: f64) -> String {
    let Some(range) = SPACE.iter().find(|range| range.names.contains(&name)) else { return String::new() };
    let ln = |v: f64| libm::log(v);
    let value = libm::exp(ln(range.low) + share * (ln(range.high) - ln(range.low)));
    let value: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    // 1 − 0.00123 would have more digits than it deserves.
    let text = if range.complement { format!("{:.6}", (1.0 - value).max(0.0)) } else { return format!("{value:e}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A point of the sequence `R_d`: the fractional parts of (i + 1)·φ⁻ʲ + ½, where φ is the positive root of x^(d+1) = x + 1.
///
/// Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018. Its discrepancy is low in few dimensions, and
/// it needs no table.
fn point(i: u64, d: usize) -> Vec<f64> {
    let mut phi = 2.0;
    for _ in 0..64 {
        phi = libm::pow(1.0 + phi, 1.0 / (d as f64 + 1.0));
    }
    (1..=d).map(|j| (0.5 + (i as f64 + 1.0) * libm::pow(phi, -(j as f64))).fract()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_three_rates_a_decade() {
        assert_eq!([-18, -17, -16, -15, -1, 0, 3].map(grid_lr), [1e-6, 2.15e-6, 4.64e-6, 1e-5, 0.464, 1.0, 10.0]);
    }

    #[test]
    fn trials_fill_the_space_evenly() {
        let spec: OptimizerSpec = "adam".parse().expect("a method");
        assert_eq!(tuned(&spec), ["lr", "beta1", "beta2", "eps"]);
        let trials: Vec<OptimizerSpec> = (0..64).map(|i| trial_setting(&spec, i).expect("a setting")).collect();
        // 64 rates evenly over seven decades: nine or so to each.
        for decade in -6..1 {
            let inside = |lr: f64| (10f64.powi(decade)..10f64.powi(decade + 1)).contains(&lr);
            let count = trials.iter().filter(|spec| inside(spec.method.lr())).count();
            assert!((7..=12).contains(&count), "{count} rates from 1e{decade}");
        }
        // The first is Adam itself at another rate.
        assert_eq!(trials[0].method, spec.method.with_lr(trials[0].method.lr()));
        assert!(trials.iter().all(|spec| spec.check().is_ok()));
        // The plastic number: the root of x³ = x + 1.
        assert!((point(0, 2)[0] - (0.5 + 1.0 / 1.324_717_957_244_746)).abs().min(1.0) - 1.0 < 1e-12);
    }

    #[test]
    fn every_method_can_be_tuned() {
        for name in thalweg::Method::NAMES {
            let spec: OptimizerSpec = name.parse().expect("a method");
            assert_eq!(tuned(&spec)[0], "lr", "{name}");
            (0..32).for_each(|i| trial_setting(&spec, i).expect(name).check().expect(name));
        }
    }
}
