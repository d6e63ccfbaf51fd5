//! Storage of one slot of one tensor, borrowed from its owner.

use super::blocks::SlotBlocks;
use super::codec::{self, BLOCK, narrow};
use super::dither::DitherKey;
use super::isa::Isa;
use super::state_type::StateType;
use crate::algebra::Signedness;
use crate::error::{Error, Result};
use crate::real::Real;

/// Numbers of one slot of one tensor, borrowed from their owner for a step.
///
/// A slot in the element type has one number per parameter. The other storages hold whole blocks of 64 numbers, whose
/// layout is that of the vector instructions; [`StateType::storage_len`] gives their lengths. All zeros is the value 0
/// in every storage.
#[derive(Debug)]
pub enum SlotMut<'a, F> {
    /// The element type of the parameters; as many numbers as the tensor has.
    Full(&'a mut [F]),
    /// `f32`, whatever the type of the parameters.
    F32(&'a mut [f32]),
    /// bf16, two numbers in each word.
    Bf16(&'a mut [u32]),
    /// 8 bits, four numbers in each word, and one exponent for each block.
    Q8 {
        /// Sign that the values can have: [`Slot::sign`](crate::algebra::Slot::sign).
        sign: Signedness,
        /// Codes of the numbers.
        codes: &'a mut [u32],
        /// Exponent of each block.
        exponents: &'a mut [u8],
    },
}

impl<'a, F> From<&'a mut [F]> for SlotMut<'a, F> {
    fn from(v: &'a mut [F]) -> Self {
        Self::Full(v)
    }
}

impl<'a, F> From<&'a mut Vec<F>> for SlotMut<'a, F> {
    fn from(v: &'a mut Vec<F>) -> Self {
        Self::Full(v)
    }
}

impl<'a, F: Real> SlotMut<'a, F> {
    /// Sets all numbers of a slot of `values.len()` numbers. Values that a step has stored are restored to the bit;
    /// others are rounded.
    ///
    /// # Errors
    /// [`Error::Length`] where the storage has another length.
    pub fn set(&mut self, values: &[F]) -> Result<()> {
        self.check_len(&"the slot", values.len())?;
        self.store(values);
        Ok(())
    }

    /// Returns the first `len` numbers in the element type.
    ///
    /// # Errors
    /// [`Error::Length`] where the storage has another length.
    pub fn values(&mut self, len: usize) -> Result<Vec<F>> {
        self.check_len(&"the slot", len)?;
        Ok(self.load(len))
    }

    /// As [`set`](Self::set), for a storage of the right length.
    pub(super) fn store(&mut self, values: &[F]) {
        if let Self::Full(v) = self {
            return v.copy_from_slice(values);
        }
        for (block, values) in values.chunks(BLOCK).enumerate() {
            let mut padded = [F::ZERO; BLOCK];
            padded[..values.len()].copy_from_slice(values);
            let key = DitherKey::new(block as u64);
            match self {
                Self::Full(_) => unreachable!("numbers in the element type are copied above"),
                Self::F32(v) => blocks_mut(v)[block] = padded.map(narrow),
                Self::Bf16(v) => codec::encode_bf16(&padded, &mut blocks_mut(v)[block], key),
                Self::Q8 { sign, codes, exponents } => {
                    let codes = &mut blocks_mut(codes)[block];
                    exponents[block] = codec::restore_q8(*sign, &padded, values.len(), codes, key);
                }
            }
        }
    }

    /// As [`values`](Self::values), for a storage of the right length.
    pub(super) fn load(&mut self, len: usize) -> Vec<F> {
        let blocks = self.reborrow().into_blocks();
        let mut values = vec![F::ZERO; len];
        for (block, values) in values.chunks_mut(BLOCK).enumerate() {
            let mut out = [[F::ZERO; BLOCK]];
            blocks.decode(block, &mut out, Isa::best());
            values.copy_from_slice(&out[0][..values.len()]);
        }
        values
    }

    /// Returns [`Error::Length`] unless the storage is that of a slot of `len` numbers.
    pub(crate) fn check_len(&self, what: &dyn std::fmt::Display, len: usize) -> Result<()> {
        let (expected, found) = match self {
            Self::Full(v) => (len, v.len()),
            Self::F32(v) => (StateType::F32.storage_len(len), v.len()),
            Self::Bf16(v) => (StateType::Bf16.storage_len(len), v.len()),
            Self::Q8 { codes, exponents, .. } => {
                Error::length(&format_args!("the exponents of {what}"), len.div_ceil(BLOCK), exponents.len())?;
                (StateType::Q8.storage_len(len), codes.len())
            }
        };
        Error::length(what, expected, found)
    }

    /// Returns the sign that the storage is for; `None` where every storage can have either.
    pub(crate) fn sign(&self) -> Option<Signedness> {
        if let Self::Q8 { sign, .. } = self { Some(*sign) } else { None }
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Borrows the slot for a shorter time.
    pub(super) fn reborrow(&mut self) -> SlotMut<'_, F> {
        match self {
            Self::Full(v) => SlotMut::Full(v),
            Self::F32(v) => SlotMut::F32(v),
            Self::Bf16(v) => SlotMut::Bf16(v),
            Self::Q8 { sign, codes, exponents } => SlotMut::Q8 { sign: *sign, codes, exponents },
        }
    }

    /// All numbers of a slot that is known to be in the element type.
    #[inline]
    pub(super) fn full(&mut self) -> &mut [F] {
        match self {
            Self::Full(v) => v,
            _ => unreachable!("only slots in the element type are borrowed as such"),
        }
    }

    /// All blocks, in any storage.
    pub(super) fn into_blocks(self) -> SlotBlocks<'a, F> {
        match self {
            Self::Full(v) => SlotBlocks::Full(v),
            Self::F32(v) => SlotBlocks::F32(blocks_mut(v)),
            Self::Bf16(v) => SlotBlocks::Bf16(blocks_mut(v)),
            Self::Q8 { sign, codes, exponents } => SlotBlocks::Q8 { sign, codes: blocks_mut(codes), exponents },
        }
    }
}

/// Numbers in whole blocks, as blocks.
fn blocks_mut<T, const N: usize>(v: &mut [T]) -> &mut [[T; N]] {
    v.as_chunks_mut().0
}
