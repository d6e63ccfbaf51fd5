//! Lookahead: the point at which a method needs its next gradient.

use super::blocks::SlotBlocks;
use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::Splittable;
use super::tensor_ref::TensorRef;
use super::tensor_slots::TensorSlots;
use super::tiled::{SlotTiles, TILE};
use crate::algebra::{Rule, Slots, StepContext};
use crate::real::Real;

/// Lookahead of one tensor.
#[derive(Debug)]
pub struct Lookahead<'s, 'a, F: Real> {
    pub(crate) step: StepContext,
    pub(crate) x: TensorRef<'s, F>,
    pub(crate) slots: TensorSlots<'s, 'a, F>,
    /// Receives the point at which the gradient is needed.
    pub(crate) out: &'s mut [F],
}

/// A segment of a tensor with the scalars of its step.
pub(super) struct LookaheadTask<'a, F: Real, R: Rule> {
    scalars: R::Scalars<F>,
    x: TensorRef<'a, F>,
    slots: Vec<SlotBlocks<'a, F>>,
    out: &'a mut [F],
}

impl<'a, F: Real, R: Rule> LookaheadTask<'a, F, R> {
    pub(super) fn new(rule: &R, lookahead: Lookahead<'a, '_, F>) -> Self {
        let Lookahead { step, x, slots, out } = lookahead;
        Self { scalars: rule.scalars(&step), x, slots: slots.into_blocks(), out }
    }

    pub(super) fn run(self, isa: Isa) {
        let Self { scalars, x: from, slots, out } = self;
        let (mut tiles, mut x_tile) = (SlotTiles::new(slots.len()), [F::ZERO; TILE]);
        for (k, out) in out.chunks_mut(TILE).enumerate() {
            let (start, n) = (k * TILE, out.len());
            tiles.load(&slots, start, n, isa);
            let slots = tiles.slices::<R>(n);
            let x = from.slice_by(isa, start..start + n, &mut x_tile);
            isa.run(
                #[inline(always)]
                || {
                    for i in 0..n {
                        out[i] = R::lookahead(&scalars, x[i], &R::Slots::load(&slots, |slot| slot[i]));
                    }
                },
            );
        }
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
        let slots_right = slots.iter_mut().map(|slot| slot.split_off(blocks)).collect();
        Ok((Self { scalars, x, slots, out }, Self { scalars, x: x_right, slots: slots_right, out: out_right }))
    }
}
