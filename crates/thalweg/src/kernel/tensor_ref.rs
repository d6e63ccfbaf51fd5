//! Borrowed parameters and gradients, in the element type or in bf16.

use std::ops::Range;

use half::bf16;

use super::isa::Isa;
use crate::real::Real;

/// Numbers of a tensor, borrowed for reading.
#[derive(Clone, Copy, Debug)]
pub enum TensorRef<'a, F> {
    /// Numbers in the element type of the optimizer.
    Full(&'a [F]),
    /// Numbers in bf16, converted exactly when they are read.
    Bf16(&'a [bf16]),
}

/// Numbers of a tensor, borrowed for writing.
#[derive(Debug)]
pub enum TensorMut<'a, F> {
    /// Numbers in the element type of the optimizer.
    Full(&'a mut [F]),
    /// Numbers in bf16, converted exactly when they are read.
    Bf16(&'a mut [bf16]),
}

impl<F: Real> TensorRef<'_, F> {
    /// Number of elements of the tensor.
    pub fn len(&self) -> usize {
        match self {
            Self::Full(v) => v.len(),
            Self::Bf16(v) => v.len(),
        }
    }

    /// Returns `true` if there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the number type: `f32`, `f64` or `bf16`.
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::Full(_) => F::NAME,
            Self::Bf16(_) => "bf16",
        }
    }

    /// Returns element `i` in the element type of the optimizer, if there is one.
    pub fn get(&self, i: usize) -> Option<F> {
        match self {
            Self::Full(v) => v.get(i).copied(),
            Self::Bf16(v) => v.get(i).map(|v| widen(*v)),
        }
    }

    /// Copies all elements, in the element type, to `out`, which is as long.
    pub(crate) fn copy_to(&self, out: &mut [F]) {
        self.copy_range(0..self.len(), out);
    }

    pub(super) fn split_at(self, middle: usize) -> (Self, Self) {
        match self {
            Self::Full(v) => {
                let (a, b) = v.split_at(middle);
                (Self::Full(a), Self::Full(b))
            }
            Self::Bf16(v) => {
                let (a, b) = v.split_at(middle);
                (Self::Bf16(a), Self::Bf16(b))
            }
        }
    }

    /// Returns the elements of `range` in the element type: borrowed where they already are, else converted to `tile`.
    pub(super) fn slice_by<'b>(&'b self, isa: Isa, range: Range<usize>, tile: &'b mut [F]) -> &'b [F] {
        if let Self::Full(v) = self {
            return &v[range];
        }
        let n = range.len();
        isa.run(
            #[inline(always)]
            || self.copy_range(range, tile),
        );
        &tile[..n]
    }

    /// Copies the elements of `range`, in the element type, to the front of `out`.
    #[inline(always)]
    pub(super) fn copy_range(&self, range: Range<usize>, out: &mut [F]) {
        match self {
            Self::Full(v) => out[..range.len()].copy_from_slice(&v[range]),
            Self::Bf16(v) => out.iter_mut().zip(&v[range]).for_each(|(out, v)| *out = widen(*v)),
        }
    }
}

impl<'a, F: Real> TensorMut<'a, F> {
    /// Reborrows the numbers for reading.
    pub fn shared(&self) -> TensorRef<'_, F> {
        match self {
            Self::Full(v) => TensorRef::Full(v),
            Self::Bf16(v) => TensorRef::Bf16(v),
        }
    }

    /// Reborrows the numbers for writing.
    pub fn reborrow(&mut self) -> TensorMut<'_, F> {
        match self {
            Self::Full(v) => TensorMut::Full(v),
            Self::Bf16(v) => TensorMut::Bf16(v),
        }
    }

    pub(super) fn split_at(self, middle: usize) -> (Self, Self) {
        match self {
            Self::Full(v) => {
                let (a, b): (&'a mut [F], _) = v.split_at_mut(middle);
                (Self::Full(a), Self::Full(b))
            }
            Self::Bf16(v) => {
                let (a, b): (&'a mut [bf16], _) = v.split_at_mut(middle);
                (Self::Bf16(a), Self::Bf16(b))
            }
        }
    }
}

/// Converts to the element type, exactly.
#[inline(always)]
pub(super) fn widen<F: Real>(v: bf16) -> F {
    F::of(f64::from(f32::from_bits(u32::from(v.to_bits()) << 16)))
}

impl<'a, F> From<&'a [F]> for TensorRef<'a, F> {
    fn from(v: &'a [F]) -> Self {
        Self::Full(v)
    }
}

impl<'a, F: Real> From<&'a [bf16]> for TensorRef<'a, F> {
    fn from(v: &'a [bf16]) -> Self {
        Self::Bf16(v)
    }
}

impl<'a, F> From<&'a mut [F]> for TensorMut<'a, F> {
    fn from(v: &'a mut [F]) -> Self {
        Self::Full(v)
    }
}

impl<'a, F: Real> From<&'a mut [bf16]> for TensorMut<'a, F> {
    fn from(v: &'a mut [bf16]) -> Self {
        Self::Bf16(v)
    }
}
