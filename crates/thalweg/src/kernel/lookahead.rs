//! Lookahead: the point at which a method needs its next gradient.

use super::blocks::{Blocks, MixedBlocks};
use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::Splittable;
use super::slot_buffer::SlotBuffer;
use super::tensor_ref::TensorRef;
use super::tiled::{SlotTiles, TILE};
use crate::algebra::{Rule, Slots, StepContext};
use crate::real::Real;

/// Lookahead of one tensor.
#[derive(Debug)]
pub struct Lookahead<'a, F: Real> {
    pub(crate) step: StepContext,
    pub(crate) x: TensorRef<'a, F>,
    pub(crate) slots: &'a mut [SlotBuffer<F>],
    /// Receives the point at which the gradient is needed.
    pub(crate) out: &'a mut [F],
}

/// A segment of a tensor with the scalars of its step.
pub(super) struct LookaheadTask<'a, F: Real, R: Rule> {
    scalars: R::Scalars<F>,
    x: TensorRef<'a, F>,
    slots: <R::Slots<F> as Slots<F>>::Each<MixedBlocks<'a, F>>,
    out: &'a mut [F],
}

impl<'a, F: Real, R: Rule> LookaheadTask<'a, F, R> {
    pub(super) fn new(rule: &R, lookahead: Lookahead<'a, F>) -> Self {
        let Lookahead { step, x, slots, out } = lookahead;
        Self { scalars: rule.scalars(&step), x, slots: SlotBuffer::each::<R, _>(slots, SlotBuffer::mixed), out }
    }

    pub(super) fn run(self, isa: Isa) {
        let Self { scalars, x: from, mut slots, out } = self;
        isa.run(
            #[inline(always)]
            || {
                let (mut tiles, mut x_tile) = (SlotTiles::<F, R::Slots<F>>::new(), [F::ZERO; TILE]);
                for (k, out) in out.chunks_mut(TILE).enumerate() {
                    let range = k * TILE..k * TILE + out.len();
                    tiles.load(&mut slots, range.clone());
                    let slots = tiles.slices(out.len());
                    let x = from.slice(range, &mut x_tile);
                    for i in 0..out.len() {
                        out[i] = R::lookahead(&scalars, x[i], &R::Slots::load(&slots, |slot| slot[i]));
                    }
                }
            },
        );
    }
}

impl<F: Real, R: Rule> Splittable for LookaheadTask<'_, F, R> {
    fn len(&self) -> usize {
        self.out.len()
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { scalars, x, mut slots, out } = self;
        let ((x, x_right), (out, out_right)) = (x.split_at(middle), out.split_at_mut(middle));
        let blocks = middle.div_ceil(BLOCK);
        let slots_right = R::Slots::map(R::Slots::by_ref(&mut slots), &mut |slot| slot.split_off(blocks));
        Ok((Self { scalars, x, slots, out }, Self { scalars, x: x_right, slots: slots_right, out: out_right }))
    }
}
