//! Blocks of slot values in any storage, read and written in the element type.

use super::codec::{self, BLOCK, Bf16Block, Block, Q8Block, narrow};
use super::dither::DitherKey;
use crate::algebra::Signedness;
use crate::real::Real;

/// A run of blocks of one slot.
pub(super) trait Blocks<F>: Sized + Send {
    /// The same blocks with a shorter lifetime.
    type Short<'b>: Blocks<F>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_>;
    /// Keeps the first `blocks` blocks and returns the others.
    fn split_off(&mut self, blocks: usize) -> Self;
    /// Decodes block number `block` into `out`.
    fn get(&self, block: usize, out: &mut Block<F>);
    /// Rounds `values` into block number `block`, with the random numbers of `key`.
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey);
}

/// Blocks of one slot in bf16.
pub(super) struct Bf16Blocks<'a>(pub(super) &'a mut [Bf16Block]);

/// Blocks of one slot in 8 bits.
pub(super) struct Q8Blocks<'a> {
    pub(super) sign: Signedness,
    pub(super) codes: &'a mut [Q8Block],
    /// One exponent per block.
    pub(super) exponents: &'a mut [u8],
}

/// Blocks of one slot in any storage.
pub(super) enum MixedBlocks<'a, F> {
    /// Numbers in the element type; the last block may be shorter.
    Full(&'a mut [F]),
    F32(&'a mut [[f32; BLOCK]]),
    Bf16(Bf16Blocks<'a>),
    Q8(Q8Blocks<'a>),
}

/// Keeps the first `len` elements, or all where there are fewer, and returns the others.
#[allow(clippy::mut_mut)] // the slice is shortened in place
fn split_off<'a, T>(v: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let all = std::mem::take(v);
    let (left, right) = all.split_at_mut(len.min(all.len()));
    *v = left;
    right
}

impl<F: Real> Blocks<F> for Bf16Blocks<'_> {
    type Short<'b>
        = Bf16Blocks<'b>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Bf16Blocks<'_> {
        Bf16Blocks(self.0)
    }

    fn split_off(&mut self, blocks: usize) -> Self {
        Self(split_off(&mut self.0, blocks))
    }

    #[inline(always)]
    fn get(&self, block: usize, out: &mut Block<F>) {
        codec::decode_bf16(&self.0[block], out);
    }

    #[inline(always)]
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey) {
        codec::encode_bf16(values, &mut self.0[block], key);
    }
}

impl<F: Real> Blocks<F> for Q8Blocks<'_> {
    type Short<'b>
        = Q8Blocks<'b>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Q8Blocks<'_> {
        Q8Blocks { sign: self.sign, codes: self.codes, exponents: self.exponents }
    }

    fn split_off(&mut self, blocks: usize) -> Self {
        let exponents = split_off(&mut self.exponents, blocks);
        Self { sign: self.sign, codes: split_off(&mut self.codes, blocks), exponents }
    }

    #[inline(always)]
    fn get(&self, block: usize, out: &mut Block<F>) {
        codec::decode_q8(self.sign, self.exponents[block], &self.codes[block], out);
    }

    #[inline(always)]
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey) {
        self.exponents[block] = codec::encode_q8(self.sign, values, &mut self.codes[block], key);
    }
}

impl<F: Real> Blocks<F> for MixedBlocks<'_, F> {
    type Short<'b>
        = MixedBlocks<'b, F>
    where
        Self: 'b;

    fn reborrow(&mut self) -> MixedBlocks<'_, F> {
        match self {
            Self::Full(v) => MixedBlocks::Full(v),
            Self::F32(v) => MixedBlocks::F32(v),
            Self::Bf16(v) => MixedBlocks::Bf16(Blocks::<F>::reborrow(v)),
            Self::Q8(v) => MixedBlocks::Q8(Blocks::<F>::reborrow(v)),
        }
    }

    fn split_off(&mut self, blocks: usize) -> Self {
        match self {
            Self::Full(v) => Self::Full(split_off(v, blocks * BLOCK)),
            Self::F32(v) => Self::F32(split_off(v, blocks)),
            Self::Bf16(v) => Self::Bf16(Blocks::<F>::split_off(v, blocks)),
            Self::Q8(v) => Self::Q8(Blocks::<F>::split_off(v, blocks)),
        }
    }

    #[inline(always)]
    fn get(&self, block: usize, out: &mut Block<F>) {
        match self {
            Self::Full(v) => {
                let v = &v[block * BLOCK..];
                let n = v.len().min(BLOCK);
                out[..n].copy_from_slice(&v[..n]);
            }
            Self::F32(v) => out.iter_mut().zip(&v[block]).for_each(|(out, v)| *out = F::of(f64::from(*v))),
            Self::Bf16(v) => v.get(block, out),
            Self::Q8(v) => v.get(block, out),
        }
    }

    #[inline(always)]
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey) {
        match self {
            Self::Full(v) => {
                let v = &mut v[block * BLOCK..];
                let n = v.len().min(BLOCK);
                v[..n].copy_from_slice(&values[..n]);
            }
            Self::F32(v) => v[block].iter_mut().zip(values).for_each(|(to, v)| *to = narrow(*v)),
            Self::Bf16(v) => v.put(block, values, key),
            Self::Q8(v) => v.put(block, values, key),
        }
    }
}
