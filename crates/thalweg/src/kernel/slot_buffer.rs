//! Storage of one slot of one tensor: in the element type, or in fewer bits in whole blocks.

use super::aligned_vec::AlignedVec;
use super::blocks::SlotBlocks;
use super::codec::{self, BLOCK, narrow};
use super::dither::DitherKey;
use super::isa::Isa;
use crate::algebra::{Rule, Signedness, Slot, Slots};
use crate::real::Real;
use crate::text::choices;

/// Length below which slots are stored in full where 8 bits are asked for: there is little to save.
const MIN_Q8_LEN: usize = 4096;

choices! {
    /// Number type in which a method's slots are stored.
    #[derive(Default)]
    pub enum StateType {
        /// The type of the parameters.
        #[default]
        Full = "full",
        /// `f32`, whatever the type of the parameters.
        F32 = "f32",
        /// bf16: 8 bits of mantissa, rounded stochastically.
        Bf16 = "bf16",
        /// 8 bits, and one exponent for each block of 64: a code is |v| + c rounded to 4 bits of mantissa, c a fixed
        /// fraction of the largest octave of the block, so that precision is relative for large numbers and absolute
        /// for small ones. Signed slots have 8 octaves above c; nonnegative ones have 16 and never become 0, so that
        /// √v has 5 bits of precision. Tensors of fewer than 4,096 numbers are stored in full.
        Q8 = "8bit",
    }
}

/// One slot of one tensor.
#[derive(Clone, Debug)]
pub(crate) enum SlotBuffer<F: Real> {
    Full(AlignedVec<F>),
    /// In whole blocks, as all the following.
    F32(AlignedVec<f32>),
    Bf16(AlignedVec<u32>),
    Q8 {
        sign: Signedness,
        codes: AlignedVec<u32>,
        exponents: Vec<u8>,
    },
}

impl<F: Real> SlotBuffer<F> {
    /// A buffer for `n` numbers of `slot` at their initial value; `number` is the number of the slot.
    pub(crate) fn new(slot: &Slot, number: usize, state: StateType, n: usize) -> Self {
        let blocks = n.div_ceil(BLOCK);
        let padded = blocks * BLOCK;
        let mut buffer = match state {
            StateType::F32 if F::NAME != "f32" => Self::F32(AlignedVec::new(0.0, padded, number)),
            StateType::Bf16 => Self::Bf16(AlignedVec::new(0, padded / 2, number)),
            StateType::Q8 if n >= MIN_Q8_LEN => {
                let codes = AlignedVec::new(0, padded / 4, number);
                Self::Q8 { sign: slot.sign, codes, exponents: vec![0; blocks] }
            }
            _ => return Self::Full(AlignedVec::new(F::of(slot.start), n, number)),
        };
        if slot.start != 0.0 {
            buffer.set(&vec![F::of(slot.start); n]);
        }
        buffer
    }

    /// Stores `values`. Values that [`values`](Self::values) returned are restored to the bit; others are rounded.
    pub(crate) fn set(&mut self, values: &[F]) {
        for (block, values) in values.chunks(BLOCK).enumerate() {
            let mut padded = [F::ZERO; BLOCK];
            padded[..values.len()].copy_from_slice(values);
            let key = DitherKey::new(block as u64);
            match self {
                Self::Full(v) => v[block * BLOCK..][..values.len()].copy_from_slice(values),
                Self::F32(v) => blocks_mut(v)[block] = padded.map(narrow),
                Self::Bf16(v) => codec::encode_bf16(&padded, &mut blocks_mut(v)[block], key),
                Self::Q8 { sign, codes, exponents } => {
                    let codes = &mut blocks_mut(codes)[block];
                    exponents[block] = codec::restore_q8(*sign, &padded, values.len(), codes, key);
                }
            }
        }
    }

    /// Returns the first `n` numbers in the element type.
    pub(crate) fn values(&self, n: usize) -> Vec<F> {
        if let Self::Full(v) = self {
            return v.to_vec();
        }
        let mut copy = self.clone();
        let blocks = copy.blocks();
        let mut values = vec![F::ZERO; n];
        for (block, values) in values.chunks_mut(BLOCK).enumerate() {
            let mut out = [[F::ZERO; BLOCK]];
            blocks.decode(block, &mut out, Isa::best());
            values.copy_from_slice(&out[0][..values.len()]);
        }
        values
    }

    /// Size of the buffer in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Full(v) => size_of_val(&v[..]),
            Self::F32(v) => size_of_val(&v[..]),
            Self::Bf16(v) => size_of_val(&v[..]),
            Self::Q8 { codes, exponents, .. } => size_of_val(&codes[..]) + exponents.len(),
        }
    }

    /// One `view` per slot of rule `R`.
    pub(super) fn each<'a, R: Rule, T: Send>(
        buffers: &'a mut [Self],
        view: impl Fn(&'a mut Self) -> T,
    ) -> <R::Slots<F> as Slots<F>>::Each<T> {
        let mut buffers = buffers.iter_mut();
        R::Slots::each(&mut || {
            let buffer = buffers.next();
            view(buffer.unwrap_or_else(|| unreachable!("a tensor has one buffer for each slot of its rule")))
        })
    }

    /// All numbers of a buffer that is known to be in the element type.
    pub(crate) fn full(&mut self) -> &mut [F] {
        match self {
            Self::Full(v) => v,
            _ => unreachable!("all buffers of a tensor have one storage"),
        }
    }

    /// All blocks, in any storage.
    pub(super) fn blocks(&mut self) -> SlotBlocks<'_, F> {
        match self {
            Self::Full(v) => SlotBlocks::Full(v),
            Self::F32(v) => SlotBlocks::F32(blocks_mut(v)),
            Self::Bf16(v) => SlotBlocks::Bf16(blocks_mut(v)),
            Self::Q8 { sign, codes, exponents } => SlotBlocks::Q8 { sign: *sign, codes: blocks_mut(codes), exponents },
        }
    }
}

/// Numbers in whole blocks, as blocks.
fn blocks_mut<T, const N: usize>(v: &mut [T]) -> &mut [[T; N]] {
    v.as_chunks_mut().0
}
