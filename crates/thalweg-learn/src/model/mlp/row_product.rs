//! Products of one row and a matrix, without memory of their own.

use std::array;
use std::sync::OnceLock;

use thalweg::optimizer::Isa;
use thalweg::random::Random;

use super::matrix::{matrix, matrix_mut, multiply};

/// Inputs of which the matrix library completes the sums before it adds those of the next ones.
const SUM_LEN: usize = 256;

/// Units whose sums are computed together, so that none waits for the last addition of another.
const UNITS: usize = 8;

/// Rounding of a product that is added to a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProductRounding {
    /// Only the sum is rounded.
    Fused,
    /// The product is rounded, then the sum.
    Separate,
}

impl ProductRounding {
    /// Returns the rounding of the matrix library on this machine, found by a trial; `None` if its sums have another
    /// order than the ones here.
    fn of_library() -> Option<Self> {
        static ROUNDING: OnceLock<Option<ProductRounding>> = OnceLock::new();
        *ROUNDING.get_or_init(|| {
            let (inputs, outputs) = (2 * SUM_LEN + UNITS + 1, 2 * UNITS + 1);
            let mut random = Random::new(0);
            let mut numbers = |n: usize| (0..n).map(|_| random.normal() as f32).collect::<Vec<f32>>();
            let (x, weights) = (numbers(inputs), numbers(inputs * outputs));
            let (mut expected, mut found) = (vec![0.0; outputs], vec![0.0; outputs]);
            multiply_by_library(&x, &weights, &mut expected);
            [Self::Fused, Self::Separate].into_iter().find(|rounding| {
                rounding.multiply_row(&x, &weights, &mut found);
                found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits())
            })
        })
    }

    fn multiply_row(self, x: &[f32], weights: &[f32], outputs: &mut [f32]) {
        match self {
            Self::Fused => multiply_with(x, weights, outputs, f32::mul_add),
            Self::Separate => multiply_with(x, weights, outputs, |a, b, sum| a * b + sum),
        }
    }
}

/// Computes the product of a row x and the transpose of `weights` (`outputs × x`), with the bits of
/// [`multiply`]. Allocates no memory unless the sums of the matrix library are in an unknown order.
pub(super) fn multiply_row(x: &[f32], weights: &[f32], outputs: &mut [f32]) {
    match ProductRounding::of_library() {
        Some(rounding) => rounding.multiply_row(x, weights, outputs),
        None => multiply_by_library(x, weights, outputs),
    }
}

fn multiply_by_library(x: &[f32], weights: &[f32], outputs: &mut [f32]) {
    let columns = outputs.len();
    multiply(&matrix(x, x.len()), &matrix(weights, x.len()).t(), 0.0, &mut matrix_mut(outputs, columns));
}

/// Computes the product by `multiply_add`, which returns a·b + sum.
fn multiply_with(x: &[f32], weights: &[f32], outputs: &mut [f32], multiply_add: impl Fn(f32, f32, f32) -> f32 + Copy) {
    Isa::best().run(
        #[inline(always)]
        || {
            for (outputs, weights) in outputs.chunks_mut(UNITS).zip(weights.chunks(UNITS * x.len())) {
                // A last group of fewer units repeats the first of them.
                let unit = |i: usize| &weights[if i < outputs.len() { i * x.len() } else { 0 }..][..x.len()];
                let units: [&[f32]; UNITS] = array::from_fn(unit);
                let mut totals = [0.0; UNITS];
                for start in (0..x.len()).step_by(SUM_LEN) {
                    let inputs = start..(start + SUM_LEN).min(x.len());
                    let (x, units) = (&x[inputs.clone()], units.map(|unit| &unit[inputs.clone()]));
                    let mut sums = [0.0; UNITS];
                    for (k, &x) in x.iter().enumerate() {
                        for (sum, unit) in sums.iter_mut().zip(&units) {
                            *sum = multiply_add(x, unit[k], *sum);
                        }
                    }
                    totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
                }
                outputs.iter_mut().zip(totals).for_each(|(output, total)| *output = total);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_bits_of_the_matrix_library_for_any_shape() {
        let rounding = ProductRounding::of_library().expect("the order of the sums is known");
        let mut random = Random::new(1);
        for inputs in [1, 2, 7, 255, 256, 257, 1000] {
            for outputs in [1, 3, 8, 9, 16, 40] {
                let mut numbers = |n: usize| (0..n).map(|_| random.normal() as f32).collect::<Vec<f32>>();
                let (rows, weights) = (numbers(5 * inputs), numbers(inputs * outputs));
                let mut expected = vec![0.0; 5 * outputs];
                multiply(
                    &matrix(&rows, inputs),
                    &matrix(&weights, inputs).t(),
                    0.0,
                    &mut matrix_mut(&mut expected, outputs),
                );
                for (x, expected) in rows.chunks(inputs).zip(expected.chunks(outputs)) {
                    let mut found = vec![f32::NAN; outputs];
                    rounding.multiply_row(x, &weights, &mut found);
                    assert_eq!(found, expected, "{inputs} inputs, {outputs} outputs");
                }
            }
        }
    }
}
