//! Segments of a tensor in the form that the fused loop takes.

use super::fused::{SlotSlices, StepPass};
use super::isa::Isa;
use super::tensor_ref::TensorRef;
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// A segment of one tensor with its gradient and slots.
pub(super) trait Segment<F: Real, R: Rule>: Sized + Send {
    /// The same segment with a shorter lifetime.
    type Short<'b>: Segment<F, R>
    where
        Self: 'b;
    /// Memory that [`norm_terms`](Self::norm_terms) works in.
    type Tiles;

    fn reborrow(&mut self) -> Self::Short<'_>;
    fn tiles(&self) -> Self::Tiles;
    fn x(&self) -> TensorRef<'_, F>;
    /// Splits at a multiple of [`BLOCK`](super::codec::BLOCK), or at the end.
    fn split(self, middle: usize) -> (Self, Self);
    /// Updates all coordinates: one step.
    fn update(&mut self, isa: Isa, pass: &StepPass<F, R>);
    /// Updates the slots of a block of coordinates that begins at `from`, and writes the terms whose norms are needed
    /// to `out`, of the length of the block; called within [`Isa::run`].
    fn norm_terms(&mut self, tiles: &mut Self::Tiles, isa: Isa, pass: &StepPass<F, R>, from: usize, out: [&mut [F]; 2]);
}

/// A segment whose parameters, gradient and slots are all in the element type.
pub(super) struct NativeSegment<'a, F: Real, R: Rule> {
    pub(super) x: &'a mut [F],
    pub(super) g: &'a [F],
    pub(super) slots: SlotSlices<'a, F, R>,
}

impl<F: Real, R: Rule> Segment<F, R> for NativeSegment<'_, F, R> {
    type Short<'b>
        = NativeSegment<'b, F, R>
    where
        Self: 'b;
    type Tiles = ();

    fn reborrow(&mut self) -> NativeSegment<'_, F, R> {
        NativeSegment { x: self.x, g: self.g, slots: R::Slots::reborrow(&mut self.slots) }
    }

    fn tiles(&self) {}

    fn x(&self) -> TensorRef<'_, F> {
        TensorRef::Full(self.x)
    }

    fn split(self, middle: usize) -> (Self, Self) {
        let ((x, x_right), (g, g_right)) = (self.x.split_at_mut(middle), self.g.split_at(middle));
        let [slots, slots_right] = R::Slots::split(self.slots, middle);
        (Self { x, g, slots }, Self { x: x_right, g: g_right, slots: slots_right })
    }

    fn update(&mut self, isa: Isa, pass: &StepPass<F, R>) {
        isa.run(
            #[inline(always)]
            || pass.update(self.x, self.g, R::Slots::reborrow(&mut self.slots)),
        );
    }

    #[inline(always)]
    fn norm_terms(&mut self, _tiles: &mut (), _isa: Isa, pass: &StepPass<F, R>, from: usize, out: [&mut [F]; 2]) {
        let n = out[0].len();
        let [_, slots] = R::Slots::split(R::Slots::reborrow(&mut self.slots), from);
        let [slots, _] = R::Slots::split(slots, n);
        pass.norm_terms(&self.x[from..][..n], &self.g[from..][..n], slots, out);
    }
}
