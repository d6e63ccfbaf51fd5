//! Numbers that can be multiplied as matrices.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar};
use thalweg::Real;

/// The element type of a net: `f32`, or `f64` where every digit counts.
pub trait Element: Real + LinalgScalar {
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
}

impl Element for f32 {
    fn tanh(self) -> Self {
        libm::tanhf(self)
    }
}

impl Element for f64 {
    fn tanh(self) -> Self {
        libm::tanh(self)
    }
}

/// `rows × columns` numbers, row by row.
///
/// # Panics
///
/// If there are not so many.
pub(super) fn matrix<F>(numbers: &[F], columns: usize) -> ArrayView2<'_, F> {
    let rows = numbers.len() / columns.max(1);
    ArrayView2::from_shape((rows, columns), numbers).expect("rows of one length")
}

/// As [`matrix`], to be written.
pub(super) fn matrix_mut<F>(numbers: &mut [F], columns: usize) -> ArrayViewMut2<'_, F> {
    let rows = numbers.len() / columns.max(1);
    ArrayViewMut2::from_shape((rows, columns), numbers).expect("rows of one length")
}

/// C ← AB + βC, on this thread alone.
///
/// Every element of C is a sum along the rows of B in an order that depends on their number only. So a product may be cut
/// between rows or columns of C: the bits are the same.
pub(super) fn multiply<F: Element>(
    a: &ArrayView2<'_, F>,
    b: &ArrayView2<'_, F>,
    beta: F,
    c: &mut ArrayViewMut2<'_, F>,
) {
    general_mat_mul(F::ONE, a, b, beta, c);
}
