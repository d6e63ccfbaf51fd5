//! Comparison of a method with a plain reference of it, for the examples in the methods' documentation.

use crate::method::OptimizerSpec;
use crate::optimizer::Optimizer;

/// Steps of the comparison: past every warm-up of the methods.
const STEPS: i32 = 200;
/// Largest difference, relative to the largest |x| on the way.
const TOLERANCE: f64 = 1e-12;

/// Runs `method` and `reference` on one coordinate with the same gradients and asserts that they agree.
///
/// `reference` takes t = 1, 2, …, the coordinate x and its gradient, and returns the next x.
///
/// # Panics
/// Where they differ by more than rounding, with the step and both numbers.
#[doc(hidden)]
pub fn assert_matches_reference(method: impl Into<OptimizerSpec>, mut reference: impl FnMut(i32, f64, f64) -> f64) {
    let mut optimizer = Optimizer::new(method, 1).unwrap_or_else(|error| panic!("{error}"));
    let (mut fused, mut plain, mut largest) = ([0.7], 0.7, 0.7_f64);
    for t in 1..=STEPS {
        // Scales over four decades, both signs, and now and then a gradient of 0.
        let size = libm::exp(3.0 * libm::sin(f64::from(t) * 0.7));
        let g = if t % 17 == 0 { 0.0 } else { size * libm::cos(f64::from(t) * 2.3) };
        optimizer.step(&mut fused, &[g]).unwrap_or_else(|error| panic!("{error}"));
        plain = reference(t, plain, g);
        largest = largest.max(plain.abs());
        let difference = (fused[0] - plain).abs();
        assert!(difference <= TOLERANCE * largest, "step {t}: x is {}, and {plain} by the reference", fused[0]);
    }
}
