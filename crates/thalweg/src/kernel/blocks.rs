//! Slot values in blocks of any storage, decoded to the element type and encoded again.
//!
//! The conversions are compiled once for each element type and instruction set, and not for every rule: a rule only
//! sees numbers in its element type.

use super::codec::{self, BLOCK, Bf16Block, Block, Q8Block, narrow};
use super::dither::Dither;
use super::isa::Isa;
use crate::algebra::Signedness;
use crate::real::Real;

/// A run of blocks of one slot.
pub(super) enum SlotBlocks<'a, F> {
    /// Numbers in the element type; the last block may be shorter.
    Full(&'a mut [F]),
    F32(&'a mut [[f32; BLOCK]]),
    Bf16(&'a mut [Bf16Block]),
    Q8 {
        sign: Signedness,
        codes: &'a mut [Q8Block],
        /// One exponent per block.
        exponents: &'a mut [u8],
    },
}

/// Random numbers with which the blocks of one slot are rounded.
#[derive(Clone, Copy)]
pub(super) struct SlotDither {
    pub(super) dither: Dither,
    /// Number of the slot.
    pub(super) stream: u64,
    /// Index of the first coordinate of the run among all parameters.
    pub(super) index: u64,
}

/// Keeps the first `len` elements, or all where there are fewer, and returns the others.
#[allow(clippy::mut_mut)] // the slice is shortened in place
fn split_off<'a, T>(v: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let all = std::mem::take(v);
    let (left, right) = all.split_at_mut(len.min(all.len()));
    *v = left;
    right
}

impl<F: Real> SlotBlocks<'_, F> {
    pub(super) fn reborrow(&mut self) -> SlotBlocks<'_, F> {
        match self {
            Self::Full(v) => SlotBlocks::Full(v),
            Self::F32(v) => SlotBlocks::F32(v),
            Self::Bf16(v) => SlotBlocks::Bf16(v),
            Self::Q8 { sign, codes, exponents } => SlotBlocks::Q8 { sign: *sign, codes, exponents },
        }
    }

    /// Keeps the first `blocks` blocks and returns the others.
    pub(super) fn split_off(&mut self, blocks: usize) -> Self {
        match self {
            Self::Full(v) => Self::Full(split_off(v, blocks * BLOCK)),
            Self::F32(v) => Self::F32(split_off(v, blocks)),
            Self::Bf16(v) => Self::Bf16(split_off(v, blocks)),
            Self::Q8 { sign, codes, exponents } => {
                Self::Q8 { sign: *sign, codes: split_off(codes, blocks), exponents: split_off(exponents, blocks) }
            }
        }
    }

    /// Decodes the blocks from number `first` on into `tile`.
    pub(super) fn decode(&self, first: usize, tile: &mut [Block<F>], isa: Isa) {
        isa.run(
            #[inline(always)]
            || match self {
                Self::Full(v) => {
                    let v = &v[first * BLOCK..];
                    let tile = tile.as_flattened_mut();
                    let n = v.len().min(tile.len());
                    tile[..n].copy_from_slice(&v[..n]);
                }
                Self::F32(v) => {
                    for (values, out) in v[first..].iter().zip(tile) {
                        out.iter_mut().zip(values).for_each(|(out, v)| *out = F::of(f64::from(*v)));
                    }
                }
                Self::Bf16(v) => {
                    // With an index, whose check may leave the loop, the compiler vectorizes within a block. With
                    // `zip` it vectorizes across blocks, with scattered stores that take twice as long.
                    for (k, out) in tile.iter_mut().enumerate() {
                        codec::decode_bf16(&v[first + k], out);
                    }
                }
                Self::Q8 { sign, codes, exponents } => {
                    for ((codes, exponent), out) in codes[first..].iter().zip(&exponents[first..]).zip(tile) {
                        codec::decode_q8(*sign, *exponent, codes, out);
                    }
                }
            },
        );
    }

    /// Rounds `tile` into the blocks from number `first` on.
    pub(super) fn encode(&mut self, first: usize, tile: &[Block<F>], random: SlotDither, isa: Isa) {
        let key = |k: usize| random.dither.key(random.stream, random.index + ((first + k) * BLOCK) as u64);
        isa.run(
            #[inline(always)]
            || match self {
                Self::Full(v) => {
                    let v = &mut v[first * BLOCK..];
                    let tile = tile.as_flattened();
                    let n = v.len().min(tile.len());
                    v[..n].copy_from_slice(&tile[..n]);
                }
                Self::F32(v) => {
                    for (to, values) in v[first..].iter_mut().zip(tile) {
                        to.iter_mut().zip(values).for_each(|(to, v)| *to = narrow(*v));
                    }
                }
                Self::Bf16(v) => {
                    for (k, (to, values)) in v[first..].iter_mut().zip(tile).enumerate() {
                        codec::encode_bf16(values, to, key(k));
                    }
                }
                Self::Q8 { sign, codes, exponents } => {
                    let blocks = codes[first..].iter_mut().zip(&mut exponents[first..]);
                    for (k, ((codes, exponent), values)) in blocks.zip(tile).enumerate() {
                        *exponent = codec::encode_q8(*sign, values, codes, key(k));
                    }
                }
            },
        );
    }
}
