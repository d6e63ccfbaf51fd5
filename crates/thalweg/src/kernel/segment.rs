//! Segments of a tensor in the form that the fused loop takes.

use super::blocks::{Bf16Blocks, MixedBlocks, Q8Blocks};
use super::fused::{SlotSlices, StepPass};
use super::isa::Isa;
use super::pairwise_sum::{self, leaf_sum, pairwise_sum};
use super::tensor_ref::TensorRef;
use super::tiled::Tiled;
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// A segment of one tensor with its gradient and slots.
pub(super) trait Segment<F: Real, R: Rule>: Sized + Send {
    /// The same segment with a shorter lifetime.
    type Short<'b>: Segment<F, R>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_>;
    fn x(&self) -> TensorRef<'_, F>;
    /// Splits at a multiple of [`BLOCK`](super::codec::BLOCK), or at the end.
    fn split(self, middle: usize) -> (Self, Self);
    /// Updates all coordinates: one step.
    fn update(&mut self, pass: &StepPass<F, R>);
    /// Updates the slots of `n` coordinates from the start of a block on, and writes the terms whose norms are needed.
    fn norm_terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]);
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

    fn reborrow(&mut self) -> NativeSegment<'_, F, R> {
        NativeSegment { x: self.x, g: self.g, slots: R::Slots::reborrow(&mut self.slots) }
    }

    fn x(&self) -> TensorRef<'_, F> {
        TensorRef::Full(self.x)
    }

    fn split(self, middle: usize) -> (Self, Self) {
        let ((x, x_right), (g, g_right)) = (self.x.split_at_mut(middle), self.g.split_at(middle));
        let [slots, slots_right] = R::Slots::split(self.slots, middle);
        (Self { x, g, slots }, Self { x: x_right, g: g_right, slots: slots_right })
    }

    #[inline(always)]
    fn update(&mut self, pass: &StepPass<F, R>) {
        pass.update(self.x, self.g, R::Slots::reborrow(&mut self.slots));
    }

    #[inline(always)]
    fn norm_terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]) {
        let [_, slots] = R::Slots::split(R::Slots::reborrow(&mut self.slots), from);
        let [slots, _] = R::Slots::split(slots, n);
        pass.norm_terms(&self.x[from..][..n], &self.g[from..][..n], slots, out);
    }
}

/// A segment by the storage of its slots. The tiled ones are boxed, because lists of native ones are moved about.
pub(super) enum TensorSegment<'a, F: Real, R: Rule> {
    /// All in the element type.
    Native(NativeSegment<'a, F, R>),
    /// Slots in bf16.
    Bf16(Box<Tiled<'a, F, R::Slots<F>, Bf16Blocks<'a>>>),
    /// Slots in 8 bits.
    Q8(Box<Tiled<'a, F, R::Slots<F>, Q8Blocks<'a>>>),
    /// Slots of any storage.
    Mixed(Box<Tiled<'a, F, R::Slots<F>, MixedBlocks<'a, F>>>),
}

impl<F: Real, R: Rule> TensorSegment<'_, F, R> {
    /// Set if bf16 and 8-bit slots have loops of their own. With `f64` parameters they are `Mixed`: whoever stores slots in
    /// fewer bits for speed has `f32` parameters, and the compiler has half the work.
    pub(super) const HAS_NARROW_LOOPS: bool = size_of::<F>() == size_of::<f32>();

    pub(super) fn x(&self) -> TensorRef<'_, F> {
        match self {
            Self::Native(segment) => Segment::<F, R>::x(segment),
            Self::Bf16(segment) => Segment::<F, R>::x(&**segment),
            Self::Q8(segment) => Segment::<F, R>::x(&**segment),
            Self::Mixed(segment) => Segment::<F, R>::x(&**segment),
        }
    }

    /// Splits at a multiple of [`BLOCK`](super::codec::BLOCK), or at the end.
    pub(super) fn split(self, middle: usize) -> (Self, Self) {
        fn both<A, B>((left, right): (A, A), wrap: impl Fn(A) -> B) -> (B, B) {
            (wrap(left), wrap(right))
        }
        match self {
            Self::Native(segment) => both(segment.split(middle), Self::Native),
            Self::Bf16(segment) => both(Segment::<F, R>::split(*segment, middle), |half| Self::Bf16(Box::new(half))),
            Self::Q8(segment) => both(Segment::<F, R>::split(*segment, middle), |half| Self::Q8(Box::new(half))),
            Self::Mixed(segment) => both(Segment::<F, R>::split(*segment, middle), |half| Self::Mixed(Box::new(half))),
        }
    }

    /// Updates all coordinates: one step.
    pub(super) fn update(&mut self, isa: Isa, pass: &StepPass<F, R>) {
        match self {
            Self::Native(segment) => update(segment, isa, pass),
            // The condition keeps the compiler from building loops that are never run.
            Self::Bf16(segment) if Self::HAS_NARROW_LOOPS => update(&mut **segment, isa, pass),
            Self::Q8(segment) if Self::HAS_NARROW_LOOPS => update(&mut **segment, isa, pass),
            Self::Mixed(segment) => update(&mut **segment, isa, pass),
            Self::Bf16(_) | Self::Q8(_) => unreachable!("without loops of their own, narrow slots are Mixed"),
        }
    }

    /// Returns the two norms that a rule needs, summed pairwise in fixed order.
    pub(super) fn norms(&mut self, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
        match self {
            Self::Native(segment) => norms(segment, isa, pass),
            Self::Bf16(segment) if Self::HAS_NARROW_LOOPS => norms(&mut **segment, isa, pass),
            Self::Q8(segment) if Self::HAS_NARROW_LOOPS => norms(&mut **segment, isa, pass),
            Self::Mixed(segment) => norms(&mut **segment, isa, pass),
            Self::Bf16(_) | Self::Q8(_) => unreachable!("without loops of their own, narrow slots are Mixed"),
        }
    }
}

pub(super) fn update<F: Real, R: Rule>(segment: &mut impl Segment<F, R>, isa: Isa, pass: &StepPass<F, R>) {
    isa.run(
        #[inline(always)]
        || segment.update(pass),
    );
}

fn norms<F: Real, R: Rule>(segment: &mut impl Segment<F, R>, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
    let n = segment.x().len();
    let squares = pairwise_sum(segment.reborrow(), n, &Segment::split, &|mut segment| {
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    segment.x().len(),
                    #[inline(always)]
                    |from, n, out| segment.norm_terms(pass, from, n, out),
                )
            },
        )
    });
    squares.map(f64::sqrt)
}
