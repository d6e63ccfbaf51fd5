//! How one slot of one tensor is kept: in the element type, or narrower, in whole blocks.

use serde::{Deserialize, Serialize};

use super::aligned_vec::Aligned;
use super::codec::{self, BLOCK, Bf16Block, Block, Q8Block, narrow};
use super::dither::DitherKey;
use crate::algebra::{Signedness, Slot};
use crate::real::Real;
use crate::text;

/// Tensors with fewer numbers keep their slots whole where 8 bits are asked for: there is little to save in them.
const SMALL: usize = 4096;

/// In how many bits a method's slots are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateType {
    /// As the parameters are.
    #[default]
    Full,
    /// In f32, whatever the parameters are.
    F32,
    /// In bf16: 8 bits of mantissa.
    Bf16,
    /// In 8 bits and one exponent for each block of 64: a code is |v| + c cut to 4 bits of mantissa, c a fixed part of the
    /// block's largest octave, so that it is fine in proportion for large numbers and even for small ones. Slots with a sign
    /// have 8 octaves above c; squares, which have none, have 16, and never become 0: √v is as fine as 5 bits. Tensors of
    /// fewer than 4,096 numbers are kept whole.
    #[serde(rename = "8bit")]
    Q8,
}

impl StateType {
    /// All types by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("full", Self::Full), ("f32", Self::F32), ("bf16", Self::Bf16), ("8bit", Self::Q8)];

    /// The type's name.
    pub fn name(self) -> &'static str {
        text::name_of(&self, &Self::ALL)
    }
}

/// One slot of one tensor.
#[derive(Clone, Debug)]
pub(crate) enum SlotBuffer<F: Real> {
    Full(Aligned<F>),
    /// This and the following in whole blocks.
    F32(Aligned<f32>),
    Bf16(Aligned<u32>),
    Q8 {
        sign: Signedness,
        codes: Aligned<u32>,
        exponents: Vec<u8>,
    },
}

/// Some blocks of a [`SlotBuffer`] of one kind.
pub(super) trait Blocks<F>: Sized + Send {
    /// The same for a shorter while.
    type Short<'b>: Blocks<F>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_>;
    /// Keeps so many blocks and gives the rest.
    fn split_off(&mut self, blocks: usize) -> Self;
    /// Writes block number `block`, in the element type, to `out`.
    fn get(&self, block: usize, out: &mut Block<F>);
    /// Rounds `values` into block number `block`, with the random numbers of `key`.
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey);
}

/// Blocks in bf16.
#[derive(Default)]
pub(super) struct Bf16Blocks<'a>(&'a mut [Bf16Block]);

/// Blocks in 8 bits.
pub(super) struct Q8Blocks<'a> {
    sign: Signedness,
    codes: &'a mut [Q8Block],
    exponents: &'a mut [u8],
}

/// Blocks of any kind.
pub(super) enum MixedBlocks<'a, F> {
    Full(&'a mut [F]),
    F32(&'a mut [[f32; BLOCK]]),
    Bf16(Bf16Blocks<'a>),
    Q8(Q8Blocks<'a>),
}

impl Default for Q8Blocks<'_> {
    fn default() -> Self {
        Self { sign: Signedness::Any, codes: Default::default(), exponents: Default::default() }
    }
}

impl<F> Default for MixedBlocks<'_, F> {
    fn default() -> Self {
        Self::Full(Default::default())
    }
}

/// Keeps so many and gives the rest.
#[allow(clippy::mut_mut)] // which is what `split_off_mut` takes
fn split_off<'a, T>(v: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    v.split_off_mut(len.min(v.len())..).unwrap_or_default()
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
        codec::widen_halves(&self.0[block], out);
    }

    #[inline(always)]
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey) {
        codec::round_halves(values, &mut self.0[block], key);
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
        codec::decode(self.sign, self.exponents[block], &self.codes[block], out);
    }

    #[inline(always)]
    fn put(&mut self, block: usize, values: &Block<F>, key: DitherKey) {
        self.exponents[block] = codec::encode(self.sign, values, &mut self.codes[block], key);
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

impl<F: Real> SlotBuffer<F> {
    /// A column for `n` numbers of `slot`, at its start; `place` is the slot's number.
    pub(crate) fn new(slot: &Slot, place: usize, state: StateType, n: usize) -> Self {
        let blocks = n.div_ceil(BLOCK);
        let padded = blocks * BLOCK;
        let mut buffer = match state {
            StateType::F32 if F::NAME != "f32" => Self::F32(Aligned::new(0.0, padded, place)),
            StateType::Bf16 => Self::Bf16(Aligned::new(0, padded / 2, place)),
            StateType::Q8 if n >= SMALL => {
                Self::Q8 { sign: slot.sign, codes: Aligned::new(0, padded / 4, place), exponents: vec![0; blocks] }
            }
            _ => return Self::Full(Aligned::new(F::of(slot.start), n, place)),
        };
        if slot.start != 0.0 {
            buffer.set(&vec![F::of(slot.start); n]);
        }
        buffer
    }

    /// Takes over `values`. What the column gave out comes back to the bit; other numbers are rounded.
    pub(crate) fn set(&mut self, values: &[F]) {
        for (block, values) in values.chunks(BLOCK).enumerate() {
            let mut padded = [F::ZERO; BLOCK];
            padded[..values.len()].copy_from_slice(values);
            let key = DitherKey::new(block as u64);
            match self {
                Self::Q8 { sign, codes, exponents } => {
                    let codes = &mut blocks_mut(codes)[block];
                    exponents[block] = codec::restore(*sign, &padded, values.len(), codes, key);
                }
                _ => self.any().put(block, &padded, key),
            }
        }
    }

    /// The first `n` numbers, in the element type.
    pub(crate) fn values(&self, n: usize) -> Vec<F> {
        if let Self::Full(v) = self {
            return v.to_vec();
        }
        let mut copy = self.clone();
        let any = copy.any();
        let mut values = vec![F::ZERO; n];
        for (block, values) in values.chunks_mut(BLOCK).enumerate() {
            let mut out = [F::ZERO; BLOCK];
            any.get(block, &mut out);
            values.copy_from_slice(&out[..values.len()]);
        }
        values
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Full(v) => size_of_val(&v[..]),
            Self::F32(v) => size_of_val(&v[..]),
            Self::Bf16(v) => size_of_val(&v[..]),
            Self::Q8 { codes, exponents, .. } => size_of_val(&codes[..]) + exponents.len(),
        }
    }

    /// All of it, where it is in the element type.
    pub(super) fn full(&mut self) -> Option<&mut [F]> {
        match self {
            Self::Full(v) => Some(v),
            _ => None,
        }
    }

    /// All of it, where it is in bf16.
    pub(super) fn half(&mut self) -> Option<Bf16Blocks<'_>> {
        match self {
            Self::Bf16(v) => Some(Bf16Blocks(blocks_mut(v))),
            _ => None,
        }
    }

    /// All of it, where it is in 8 bits.
    pub(super) fn eighth(&mut self) -> Option<Q8Blocks<'_>> {
        match self {
            Self::Q8 { sign, codes, exponents } => Some(Q8Blocks { sign: *sign, codes: blocks_mut(codes), exponents }),
            _ => None,
        }
    }

    /// All of it.
    pub(super) fn any(&mut self) -> MixedBlocks<'_, F> {
        match self {
            Self::Full(v) => MixedBlocks::Full(v),
            Self::F32(v) => MixedBlocks::F32(blocks_mut(v)),
            Self::Bf16(v) => MixedBlocks::Bf16(Bf16Blocks(blocks_mut(v))),
            Self::Q8 { sign, codes, exponents } => {
                MixedBlocks::Q8(Q8Blocks { sign: *sign, codes: blocks_mut(codes), exponents })
            }
        }
    }
}

/// Numbers in whole blocks, as blocks.
fn blocks_mut<T, const N: usize>(v: &mut [T]) -> &mut [[T; N]] {
    v.as_chunks_mut().0
}
