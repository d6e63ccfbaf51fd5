//! Segments of a tensor by the storage of their parameters and slots.

use super::fused::StepPass;
use super::isa::Isa;
use super::pairwise_sum::{leaf_sum, pairwise_sum};
use super::segment::{NativeSegment, Segment};
use super::tensor_ref::TensorRef;
use super::tiled::Tiled;
use crate::algebra::Rule;
use crate::real::Real;

/// A segment by its storage. The tiled ones are boxed, because lists of native ones are moved about.
pub(super) enum TensorSegment<'a, F: Real, R: Rule> {
    /// All in the element type.
    Native(NativeSegment<'a, F, R>),
    /// Parameters, gradient or slots in another type.
    Tiled(Box<Tiled<'a, F>>),
}

impl<F: Real, R: Rule> TensorSegment<'_, F, R> {
    pub(super) fn x(&self) -> TensorRef<'_, F> {
        match self {
            Self::Native(segment) => Segment::<F, R>::x(segment),
            Self::Tiled(segment) => Segment::<F, R>::x(&**segment),
        }
    }

    /// Splits at a multiple of [`BLOCK`](super::codec::BLOCK), or at the end.
    pub(super) fn split(self, middle: usize) -> (Self, Self) {
        match self {
            Self::Native(segment) => {
                let (left, right) = segment.split(middle);
                (Self::Native(left), Self::Native(right))
            }
            Self::Tiled(segment) => {
                let (left, right) = Segment::<F, R>::split(*segment, middle);
                (Self::Tiled(Box::new(left)), Self::Tiled(Box::new(right)))
            }
        }
    }

    /// Updates all coordinates: one step.
    pub(super) fn update(&mut self, isa: Isa, pass: &StepPass<F, R>) {
        match self {
            Self::Native(segment) => segment.update(isa, pass),
            Self::Tiled(segment) => segment.update(isa, pass),
        }
    }

    /// Returns the two norms that a rule needs, summed pairwise in fixed order.
    pub(super) fn norms(&mut self, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
        match self {
            Self::Native(segment) => norms(segment, isa, pass),
            Self::Tiled(segment) => norms(&mut **segment, isa, pass),
        }
    }
}

fn norms<F: Real, R: Rule>(segment: &mut impl Segment<F, R>, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
    let n = segment.x().len();
    let squares = pairwise_sum(segment.reborrow(), n, &Segment::split, &|mut segment| {
        let mut tiles = segment.tiles();
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    segment.x().len(),
                    #[inline(always)]
                    |from, out| segment.norm_terms(&mut tiles, isa, pass, from, out),
                )
            },
        )
    });
    squares.map(f64::sqrt)
}
