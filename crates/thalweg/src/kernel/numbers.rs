//! Parameters and gradients as a caller has them: in the element type, or in bf16.

use std::ops::Range;

use half::bf16;

use crate::real::Real;

/// Numbers to read.
#[derive(Clone, Copy, Debug)]
pub enum Numbers<'a, F> {
    /// In the element type of the optimizer.
    Full(&'a [F]),
    /// In bf16.
    Bf16(&'a [bf16]),
}

/// Numbers to change.
#[derive(Debug)]
pub enum NumbersMut<'a, F> {
    /// In the element type of the optimizer.
    Full(&'a mut [F]),
    /// In bf16.
    Bf16(&'a mut [bf16]),
}

impl<F: Real> Numbers<'_, F> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Full(v) => v.len(),
            Self::Bf16(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of their type.
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::Full(_) => F::NAME,
            Self::Bf16(_) => "bf16",
        }
    }

    /// Number `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<F> {
        match self {
            Self::Full(v) => v.get(i).copied(),
            Self::Bf16(v) => v.get(i).map(|v| widen(*v)),
        }
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

    /// Those of `range` in the element type: where they are, or in `room`.
    #[inline(always)]
    pub(super) fn slice<'b>(&'b self, range: Range<usize>, room: &'b mut [F]) -> &'b [F] {
        if let Self::Full(v) = self {
            return &v[range];
        }
        let n = range.len();
        self.copy_range(range, room);
        &room[..n]
    }

    /// Writes those of `range`, in the element type, to the front of `out`.
    #[inline(always)]
    pub(super) fn copy_range(&self, range: Range<usize>, out: &mut [F]) {
        match self {
            Self::Full(v) => out[..range.len()].copy_from_slice(&v[range]),
            Self::Bf16(v) => out.iter_mut().zip(&v[range]).for_each(|(out, v)| *out = widen(*v)),
        }
    }
}

impl<'a, F: Real> NumbersMut<'a, F> {
    /// The same to read.
    pub fn shared(&self) -> Numbers<'_, F> {
        match self {
            Self::Full(v) => Numbers::Full(v),
            Self::Bf16(v) => Numbers::Bf16(v),
        }
    }

    /// The same for a shorter while.
    pub fn reborrow(&mut self) -> NumbersMut<'_, F> {
        match self {
            Self::Full(v) => NumbersMut::Full(v),
            Self::Bf16(v) => NumbersMut::Bf16(v),
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

/// Exact.
#[inline(always)]
pub(super) fn widen<F: Real>(v: bf16) -> F {
    F::of(f64::from(f32::from_bits(u32::from(v.to_bits()) << 16)))
}

impl<'a, F> From<&'a [F]> for Numbers<'a, F> {
    fn from(v: &'a [F]) -> Self {
        Self::Full(v)
    }
}

impl<'a, F: Real> From<&'a [bf16]> for Numbers<'a, F> {
    fn from(v: &'a [bf16]) -> Self {
        Self::Bf16(v)
    }
}

impl<'a, F> From<&'a mut [F]> for NumbersMut<'a, F> {
    fn from(v: &'a mut [F]) -> Self {
        Self::Full(v)
    }
}

impl<'a, F: Real> From<&'a mut [bf16]> for NumbersMut<'a, F> {
    fn from(v: &'a mut [bf16]) -> Self {
        Self::Bf16(v)
    }
}
