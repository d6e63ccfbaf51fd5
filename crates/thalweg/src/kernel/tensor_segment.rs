//! Segments of a tensor by the storage of their slots.

use super::blocks::{Bf16Blocks, MixedBlocks, Q8Blocks};
use super::fused::StepPass;
use super::isa::Isa;
use super::pairwise_sum::{leaf_sum, pairwise_sum};
use super::segment::{NativeSegment, Segment, update};
use super::tensor_ref::TensorRef;
use super::tiled::Tiled;
use crate::algebra::Rule;
use crate::real::Real;

/// A segment by the storage of its slots. The tiled ones are boxed, because lists of native ones are moved about.
pub(super) enum TensorSegment<'a, F: Real, R: Rule> {
    /// All in the element type.
    Native(NativeSegment<'a, F, R>),
    /// All slots in bf16.
    Bf16(Box<Tiled<'a, F, R::Slots<F>, Bf16Blocks<'a>>>),
    /// All slots in 8 bits.
    Q8(Box<Tiled<'a, F, R::Slots<F>, Q8Blocks<'a>>>),
    /// Slots of any storage.
    Mixed(Box<Tiled<'a, F, R::Slots<F>, MixedBlocks<'a, F>>>),
}

impl<F: Real, R: Rule> TensorSegment<'_, F, R> {
    /// Set if bf16 and 8-bit slots have loops of their own. With `f64` parameters they are `Mixed`: whoever stores
    /// slots in fewer bits for speed has `f32` parameters, and the compiler has half the work.
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
