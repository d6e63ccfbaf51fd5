//! Matrix products on one thread.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar};

use crate::model::Summand;

/// Element type of a network: `f32` or `f64`.
pub trait MatrixElement: Summand + LinalgScalar {
    /// Returns the hyperbolic tangent.
    fn tanh(self) -> Self;
}

impl MatrixElement for f32 {
    /// Returns the hyperbolic tangent to within 4 units in the last place: Lambert's continued fraction truncated
    /// after 13 at a quarter of the argument, then tanh 2y = 2 tanh y/(1 + tanh² y) twice. Without branches, so that
    /// it vectorizes.
    #[inline]
    fn tanh(self) -> Self {
        // Beyond END the result rounds to 1. NaN is preserved.
        const END: f32 = 9.02;
        let clipped = if self > END { END } else { self };
        let y = 0.25 * if clipped < -END { -END } else { clipped };
        let s = y * y;
        let above = y * (135_135.0 + s * (17_325.0 + s * (378.0 + s)));
        let below = 135_135.0 + s * (62_370.0 + s * (3_150.0 + s * 28.0));
        let double = |t: f32| (t + t) / (1.0 + t * t);
        double(double(above / below))
    }
}

impl MatrixElement for f64 {
    #[inline]
    fn tanh(self) -> Self {
        libm::tanh(self)
    }
}

/// Returns a view of `numbers` as a matrix with this number of columns.
///
/// # Panics
///
/// If the last row is not complete.
pub(super) fn matrix<F>(numbers: &[F], columns: usize) -> ArrayView2<'_, F> {
    let rows = numbers.len() / columns.max(1);
    ArrayView2::from_shape((rows, columns), numbers).expect("complete rows")
}

/// Returns a mutable view of `numbers` as a matrix with this number of columns; see [`matrix`].
pub(super) fn matrix_mut<F>(numbers: &mut [F], columns: usize) -> ArrayViewMut2<'_, F> {
    let rows = numbers.len() / columns.max(1);
    ArrayViewMut2::from_shape((rows, columns), numbers).expect("complete rows")
}

/// Computes C ← AB + βC on this thread.
///
/// Each element of C is a sum in an order that depends only on the inner dimension, so splitting a product between
/// rows or columns of C does not change its bits.
pub(super) fn multiply<F: MatrixElement>(
    a: &ArrayView2<'_, F>,
    b: &ArrayView2<'_, F>,
    beta: F,
    c: &mut ArrayViewMut2<'_, F>,
) {
    general_mat_mul(F::ONE, a, b, beta, c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_agrees_with_libm() {
        let grid = (-120_000..=120_000).map(|i| i as f32 * 1e-4);
        let small = (0..400).map(|i| libm::exp2f(i as f32 * -0.37));
        for x in grid.chain(small).chain([f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY]) {
            let (found, expected) = (f64::from(MatrixElement::tanh(x)), libm::tanh(f64::from(x)));
            assert!(
                (found - expected).abs() <= 4.5e-7 * expected.abs() + 1e-37 && found.abs() <= 1.0,
                "tanh {x}: {found} is not {expected}"
            );
        }
        assert!(MatrixElement::tanh(f32::NAN).is_nan());
    }
}
