//! Looking ahead: where a method wants its next gradient.

use super::codec::BLOCK;
use super::isa::Isa;
use super::parallel::Splittable;
use super::slot_buffer::{Blocks, MixedBlocks, SlotBuffer};
use super::tensor_ref::TensorRef;
use super::tiled::{TILE, Tiles};
use crate::algebra::{Rule, Slots, StepContext};
use crate::real::Real;

/// One tensor's part in looking ahead.
#[derive(Debug)]
pub struct Lookahead<'a, F: Real> {
    pub(crate) at: StepContext,
    pub(crate) x: TensorRef<'a, F>,
    pub(crate) buffers: &'a mut [SlotBuffer<F>],
    pub(crate) out: &'a mut [F],
}

/// A stretch of a tensor with the scalars of its step.
pub(super) struct LookaheadTask<'a, F: Real, R: Rule> {
    scalars: R::Scalars<F>,
    x: TensorRef<'a, F>,
    buffers: <R::Slots<F> as Slots<F>>::Each<MixedBlocks<'a, F>>,
    out: &'a mut [F],
}

impl<'a, F: Real, R: Rule> LookaheadTask<'a, F, R> {
    pub(super) fn new(rule: &R, look: Lookahead<'a, F>) -> Self {
        let Lookahead { at, x, buffers, out } = look;
        let mut buffers = buffers.iter_mut().map(SlotBuffer::any);
        let buffers = R::Slots::each(&mut || buffers.next().unwrap_or_default());
        Self { scalars: rule.scalars(&at), x, buffers, out }
    }

    pub(super) fn run(self, isa: Isa) {
        let Self { scalars, x: from, mut buffers, out } = self;
        isa.run(
            #[inline(always)]
            || {
                let (mut tiles, mut tile) = (Tiles::<F, R::Slots<F>>::new(), [F::ZERO; TILE]);
                for (k, out) in out.chunks_mut(TILE).enumerate() {
                    let (at, n) = (k * TILE, out.len());
                    tiles.load(&mut buffers, at..at + n);
                    let buffers = tiles.buffers(n);
                    let x = from.slice(at..at + n, &mut tile);
                    for i in 0..n {
                        out[i] = R::lookahead(&scalars, x[i], &R::Slots::load(&buffers, |buffer| buffer[i]));
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

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { scalars, x, mut buffers, out } = self;
        let ((x, x_right), (out, out_right)) = (x.split_at(middle), out.split_at_mut(middle));
        let blocks = middle.div_ceil(BLOCK);
        let columns_right = R::Slots::map(R::Slots::by_ref(&mut buffers), &mut |buffer| buffer.split_off(blocks));
        Ok((Self { scalars, x, buffers, out }, Self { scalars, x: x_right, buffers: columns_right, out: out_right }))
    }
}
