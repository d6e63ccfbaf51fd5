//! Owned storage of one slot of one tensor: in the element type, or in fewer bits in whole blocks.

use super::aligned_vec::AlignedVec;
use super::codec::BLOCK;
use super::slot_mut::SlotMut;
use super::state_type::StateType;
use crate::algebra::{Signedness, Slot};
use crate::real::Real;

/// Owned numbers of one slot of one tensor, aligned to cache lines; see
/// [`MethodKernel::new_slots`](crate::optimizer::MethodKernel::new_slots).
#[derive(Clone, Debug)]
pub struct SlotBuffer<F: Real> {
    storage: Storage<F>,
    /// Number of parameters of the tensor.
    len: usize,
}

#[derive(Clone, Debug)]
enum Storage<F: Real> {
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
    /// A buffer for `len` numbers of `slot` at their initial value; `number` is the number of the slot, and `state`
    /// that [of the tensor](StateType::of_tensor).
    pub(crate) fn new(slot: &Slot, number: usize, state: StateType, len: usize) -> Self {
        let words = state.storage_len(len);
        let storage = match state {
            StateType::F32 if F::NAME != "f32" => Storage::F32(AlignedVec::new(0.0, words, number)),
            StateType::Bf16 => Storage::Bf16(AlignedVec::new(0, words, number)),
            StateType::Q8 => {
                let codes = AlignedVec::new(0, words, number);
                Storage::Q8 { sign: slot.sign, codes, exponents: vec![0; len.div_ceil(BLOCK)] }
            }
            _ => {
                let storage = Storage::Full(AlignedVec::new(F::of(slot.start), len, number));
                return Self { storage, len };
            }
        };
        let mut buffer = Self { storage, len };
        if slot.start != 0.0 {
            buffer.set(&vec![F::of(slot.start); len]);
        }
        buffer
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        matches!(self.storage, Storage::Full(_))
    }

    /// Borrows the buffer for a step.
    #[inline]
    pub fn as_mut(&mut self) -> SlotMut<'_, F> {
        match &mut self.storage {
            Storage::Full(v) => SlotMut::Full(v),
            Storage::F32(v) => SlotMut::F32(v),
            Storage::Bf16(v) => SlotMut::Bf16(v),
            Storage::Q8 { sign, codes, exponents } => SlotMut::Q8 { sign: *sign, codes, exponents },
        }
    }

    /// Stores `values`. Values that [`values`](Self::values) returned are restored to the bit; others are rounded.
    pub(crate) fn set(&mut self, values: &[F]) {
        self.as_mut().store(values);
    }

    /// Returns what the buffer would have for `values`; `None` if these are stored as they are.
    pub(crate) fn rounded(&self, values: &[F]) -> Option<Vec<F>> {
        if let Storage::Full(_) = self.storage {
            return None;
        }
        let mut buffer = self.clone();
        buffer.set(values);
        Some(buffer.values())
    }

    /// Returns the numbers in the element type.
    pub fn values(&self) -> Vec<F> {
        match &self.storage {
            Storage::Full(v) => v.to_vec(),
            _ => self.clone().as_mut().load(self.len),
        }
    }

    /// Size of the buffer in bytes.
    pub fn bytes(&self) -> usize {
        match &self.storage {
            Storage::Full(v) => size_of_val(&v[..]),
            Storage::F32(v) => size_of_val(&v[..]),
            Storage::Bf16(v) => size_of_val(&v[..]),
            Storage::Q8 { codes, exponents, .. } => size_of_val(&codes[..]) + exponents.len(),
        }
    }

    /// All numbers of a buffer that is known to be in the element type.
    #[inline]
    pub(crate) fn full(&mut self) -> &mut [F] {
        match &mut self.storage {
            Storage::Full(v) => v,
            _ => unreachable!("only slots in the element type are borrowed as such"),
        }
    }
}
