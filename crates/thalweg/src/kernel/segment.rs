//! A stretch of one tensor, held as the fused loop wants it.

use super::codec::BLOCK;
use super::fused::{SlotSlices, StepPass};
use super::isa::Isa;
use super::pairwise_sum::{self, leaf_sum, pairwise_sum};
use super::slot_buffer::{Bf16Blocks, MixedBlocks, Q8Blocks};
use super::tensor_ref::TensorRef;
use super::tiled::Tiled;
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// What a pass goes over.
pub(super) trait Segment<F: Real, R: Rule>: Sized + Send {
    /// The same for a shorter while.
    type Short<'b>: Segment<F, R>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_>;
    fn x(&self) -> TensorRef<'_, F>;
    /// Cuts at a multiple of [`BLOCK`], or at the end.
    fn cut(self, middle: usize) -> (Self, Self);
    /// One step.
    fn sweep(&mut self, pass: &StepPass<F, R>);
    /// Folds `n` coordinates from the start of a block on, and writes the terms whose norms are wanted.
    fn terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]);
}

/// All in the element type.
pub(super) struct NativeSegment<'a, F: Real, R: Rule> {
    pub(super) x: &'a mut [F],
    pub(super) g: &'a [F],
    pub(super) buffers: SlotSlices<'a, F, R>,
}

impl<F: Real, R: Rule> Segment<F, R> for NativeSegment<'_, F, R> {
    type Short<'b>
        = NativeSegment<'b, F, R>
    where
        Self: 'b;

    fn reborrow(&mut self) -> NativeSegment<'_, F, R> {
        NativeSegment { x: self.x, g: self.g, buffers: R::Slots::reborrow(&mut self.buffers) }
    }

    fn x(&self) -> TensorRef<'_, F> {
        TensorRef::Full(self.x)
    }

    fn cut(self, middle: usize) -> (Self, Self) {
        let ((x, x_right), (g, g_right)) = (self.x.split_at_mut(middle), self.g.split_at(middle));
        let [buffers, columns_right] = R::Slots::split(self.buffers, middle);
        (Self { x, g, buffers }, Self { x: x_right, g: g_right, buffers: columns_right })
    }

    #[inline(always)]
    fn sweep(&mut self, pass: &StepPass<F, R>) {
        pass.sweep(self.x, self.g, R::Slots::reborrow(&mut self.buffers));
    }

    #[inline(always)]
    fn terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]) {
        let [_, buffers] = R::Slots::split(R::Slots::reborrow(&mut self.buffers), from);
        let [buffers, _] = R::Slots::split(buffers, n);
        pass.terms(&self.x[from..][..n], &self.g[from..][..n], buffers, out);
    }
}

/// x, g and the slots: as they are, or by blocks of slots of one kind. Boxed, because lists of the plain ones are moved about.
pub(super) enum TensorSegment<'a, F: Real, R: Rule> {
    Native(NativeSegment<'a, F, R>),
    Bf16(Box<Tiled<'a, F, R::Slots<F>, Bf16Blocks<'a>>>),
    Q8(Box<Tiled<'a, F, R::Slots<F>, Q8Blocks<'a>>>),
    Mixed(Box<Tiled<'a, F, R::Slots<F>, MixedBlocks<'a, F>>>),
}

impl<F: Real, R: Rule> TensorSegment<'_, F, R> {
    /// Whether blocks of one kind have a loop of their own. In f64 they share the one for any kind: who wants narrow slots
    /// for speed has f32 parameters, and the compiler half the work.
    pub(super) const OWN_LOOPS: bool = size_of::<F>() == size_of::<f32>();

    pub(super) fn x(&self) -> TensorRef<'_, F> {
        match self {
            Self::Native(segment) => Segment::<F, R>::x(segment),
            Self::Bf16(segment) => Segment::<F, R>::x(&**segment),
            Self::Q8(segment) => Segment::<F, R>::x(&**segment),
            Self::Mixed(segment) => Segment::<F, R>::x(&**segment),
        }
    }

    /// Cuts at a multiple of [`BLOCK`], or at the end.
    pub(super) fn cut(self, middle: usize) -> (Self, Self) {
        fn both<A, B>((left, right): (A, A), of: impl Fn(A) -> B) -> (B, B) {
            (of(left), of(right))
        }
        match self {
            Self::Native(segment) => both(segment.cut(middle), Self::Native),
            Self::Bf16(segment) => {
                both(Segment::<F, R>::cut(*segment, middle), |segment| Self::Bf16(Box::new(segment)))
            }
            Self::Q8(segment) => both(Segment::<F, R>::cut(*segment, middle), |segment| Self::Q8(Box::new(segment))),
            Self::Mixed(segment) => {
                both(Segment::<F, R>::cut(*segment, middle), |segment| Self::Mixed(Box::new(segment)))
            }
        }
    }

    /// One step.
    pub(super) fn sweep(&mut self, isa: Isa, pass: &StepPass<F, R>) {
        match self {
            Self::Native(segment) => sweep(segment, isa, pass),
            Self::Bf16(segment) if Self::OWN_LOOPS => sweep(&mut **segment, isa, pass),
            Self::Q8(segment) if Self::OWN_LOOPS => sweep(&mut **segment, isa, pass),
            Self::Mixed(segment) => sweep(&mut **segment, isa, pass),
            Self::Bf16(_) | Self::Q8(_) => {}
        }
    }

    /// The two norms that a measuring rule asks for, along the fixed tree.
    pub(super) fn norms(&mut self, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
        match self {
            Self::Native(segment) => norms(segment, isa, pass),
            Self::Bf16(segment) if Self::OWN_LOOPS => norms(&mut **segment, isa, pass),
            Self::Q8(segment) if Self::OWN_LOOPS => norms(&mut **segment, isa, pass),
            Self::Mixed(segment) => norms(&mut **segment, isa, pass),
            Self::Bf16(_) | Self::Q8(_) => [0.0; 2],
        }
    }

    /// Moves `average` by `share` towards x.
    pub(super) fn follow(&self, isa: Isa, average: &mut [F], share: F) {
        let from = self.x();
        isa.run(
            #[inline(always)]
            || {
                let mut stage = [F::ZERO; BLOCK];
                for (block, average) in average.chunks_mut(BLOCK).enumerate() {
                    from.copy_range(block * BLOCK..block * BLOCK + average.len(), &mut stage);
                    average.iter_mut().zip(&stage).for_each(|(a, &x)| *a = *a + share * (x - *a));
                }
            },
        );
    }
}

pub(super) fn sweep<F: Real, R: Rule>(segment: &mut impl Segment<F, R>, isa: Isa, pass: &StepPass<F, R>) {
    isa.run(
        #[inline(always)]
        || segment.sweep(pass),
    );
}

fn norms<F: Real, R: Rule>(segment: &mut impl Segment<F, R>, isa: Isa, pass: &StepPass<F, R>) -> [f64; 2] {
    let n = segment.x().len();
    let squares = pairwise_sum(segment.reborrow(), n, &Segment::cut, &|mut segment| {
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    segment.x().len(),
                    #[inline(always)]
                    |from, n, out| segment.terms(pass, from, n, out),
                )
            },
        )
    });
    squares.map(f64::sqrt)
}
