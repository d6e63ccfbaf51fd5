//! Numbers as `f32`, and their bits.

use super::block::Block;
use crate::real::Real;

/// Rounds to the nearest `f32`.
#[inline(always)]
pub(in crate::kernel) fn narrow<F: Real>(v: F) -> f32 {
    v.to_f64() as f32
}

/// The number with these bits as an `f32`.
#[inline(always)]
pub(super) fn from_f32_bits<F: Real>(bits: u32) -> F {
    F::of(f64::from(f32::from_bits(bits)))
}

/// The bits of |v|: magnitudes are ordered as their bits are, NaN above all.
#[inline(always)]
pub(super) fn magnitude_bits<F: Real>(v: F) -> u32 {
    narrow(v).to_bits() & (u32::MAX >> 1)
}

/// The bits of the largest magnitude in a block.
#[inline(always)]
pub(super) fn largest_magnitude<F: Real>(values: &Block<F>) -> u32 {
    let mut largest = 0;
    for v in values {
        largest = magnitude_bits(*v).max(largest);
    }
    largest
}
