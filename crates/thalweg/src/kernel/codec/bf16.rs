//! bf16: the upper half of an `f32`.

use half::bf16;

use super::super::dither::DitherKey;
use super::block::{BLOCK, Block};
use super::float::{from_f32_bits, largest_magnitude, narrow};
use crate::real::Real;

/// A block in bf16: number i is in the lower half of word i, number 32 + i in the upper. So every operation on a
/// number stays in a lane of 32 bits, and no number has to move to another.
pub(in crate::kernel) type Bf16Block = [u32; BLOCK / 2];

/// The half of an `f32` that is a bf16.
const UPPER_HALF: u32 = 0xffff_0000;
/// Bits from which on an `f32` could be rounded up to infinity.
const LARGEST: u32 = 0x7f7f_0000;

/// Decodes a block into `out`.
#[inline(always)]
pub(in crate::kernel) fn decode_bf16<F: Real>(from: &Bf16Block, out: &mut Block<F>) {
    let (lower, upper) = out.split_at_mut(BLOCK / 2);
    for i in 0..BLOCK / 2 {
        lower[i] = from_f32_bits(from[i] << 16);
        upper[i] = from_f32_bits(from[i] & UPPER_HALF);
    }
}

/// Rounds a block stochastically, as [`round_bf16`], in the layout of slots.
#[inline(always)]
pub(in crate::kernel) fn encode_bf16<F: Real>(values: &Block<F>, to: &mut Bf16Block, key: DitherKey) {
    if largest_magnitude(values) < LARGEST {
        for i in 0..BLOCK / 2 {
            let j = BLOCK / 2 + i;
            to[i] = round(values[i], key.noise(i)) >> 16 | round(values[j], key.noise(j)) & UPPER_HALF;
        }
    } else {
        for i in 0..BLOCK / 2 {
            to[i] = truncate(values[i]) >> 16 | truncate(values[BLOCK / 2 + i]) & UPPER_HALF;
        }
    }
}

/// Rounds a block stochastically: up with the probability that makes the mean right, since the 16 bits that are cut
/// off carry where a random number is added to them. The largest finite numbers are not rounded up to infinity; NaN
/// stays NaN.
#[inline(always)]
pub(in crate::kernel) fn round_bf16<F: Real>(values: &Block<F>, to: &mut [bf16; BLOCK], key: DitherKey) {
    if largest_magnitude(values) < LARGEST {
        for i in 0..BLOCK {
            to[i] = bf16::from_bits((round(values[i], key.noise(i)) >> 16) as u16);
        }
    } else {
        for i in 0..BLOCK {
            to[i] = bf16::from_bits((truncate(values[i]) >> 16) as u16);
        }
    }
}

/// The bits of `v` plus noise below the upper half, which is then the rounded bf16.
#[inline(always)]
fn round<F: Real>(v: F, noise: u32) -> u32 {
    narrow(v).to_bits() + (noise >> 16)
}

/// The bits of `v`, for numbers that could be rounded up to infinity or are not finite: the upper half is the bf16.
#[inline(always)]
fn truncate<F: Real>(v: F) -> u32 {
    let v = narrow(v);
    if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() }
}
