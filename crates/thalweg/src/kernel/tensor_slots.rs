//! The slots of one tensor, whoever owns them.

use super::blocks::SlotBlocks;
use super::fused::SlotSlices;
use super::slot_buffer::SlotBuffer;
use super::slot_mut::SlotMut;
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// Slots of one tensor, borrowed for a step. An optimizer lends its buffers as they are: lists of their numbers would
/// take longer than a step of few numbers.
#[derive(Debug)]
pub(crate) enum TensorSlots<'s, 'a, F: Real> {
    /// Buffers of an optimizer, one for each slot.
    Buffers(&'s mut [SlotBuffer<F>]),
    /// Slots of the caller; the list is borrowed for `'s`, its elements live for `'a`.
    Borrowed(&'s mut [SlotMut<'a, F>]),
}

impl<'s, F: Real> TensorSlots<'s, '_, F> {
    /// Returns `true` if all slots are in the element type.
    #[inline]
    pub(super) fn are_full(&self) -> bool {
        match self {
            Self::Buffers(slots) => slots.iter().all(SlotBuffer::is_full),
            Self::Borrowed(slots) => slots.iter().all(SlotMut::is_full),
        }
    }

    /// The arrays of the slots of rule `R`, all in the element type.
    #[inline]
    pub(super) fn into_slices<R: Rule>(self) -> SlotSlices<'s, F, R> {
        match self {
            Self::Buffers(slots) => each_slice::<F, R>(slots.iter_mut().map(SlotBuffer::full)),
            Self::Borrowed(slots) => each_slice::<F, R>(slots.iter_mut().map(SlotMut::full)),
        }
    }

    /// All blocks of each slot, in any storage.
    pub(super) fn into_blocks(self) -> Vec<SlotBlocks<'s, F>> {
        match self {
            Self::Buffers(slots) => slots.iter_mut().map(|slot| slot.as_mut().into_blocks()).collect(),
            Self::Borrowed(slots) => slots.iter_mut().map(|slot| slot.reborrow().into_blocks()).collect(),
        }
    }
}

#[inline]
fn each_slice<'s, F: Real, R: Rule>(mut slots: impl Iterator<Item = &'s mut [F]>) -> SlotSlices<'s, F, R> {
    R::Slots::each(&mut || {
        slots.next().unwrap_or_else(|| unreachable!("a tensor has one storage for each slot of its rule"))
    })
}
