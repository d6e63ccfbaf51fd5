//! Segments that are updated tile by tile: slots, and x and g where necessary, are converted to the element type and
//! back.

use std::ops::Range;

use half::bf16;

use super::blocks::Blocks;
use super::codec::{BLOCK, narrow, round_bf16};
use super::dither::Dither;
use super::fused::StepPass;
use super::pairwise_sum;
use super::segment::Segment;
use super::tensor_ref::{TensorMut, TensorRef, widen};
use crate::algebra::{Rule, Slots, ZipSlots};
use crate::real::Real;

/// Number of the random stream that rounds x; slots have the numbers below.
const STREAM_OF_X: u64 = 100;
/// Number of the random stream that rounds the residual of x.
const STREAM_OF_RESIDUAL: u64 = 101;

/// A segment whose parameters, gradient or slots are not all in the element type.
pub(super) struct Tiled<'a, F: Real, S: Slots<F>, B: Send> {
    pub(super) x: TensorMut<'a, F>,
    pub(super) g: TensorRef<'a, F>,
    pub(super) slots: S::Each<B>,
    /// Rounding residual of bf16 parameters, where it is kept.
    pub(super) residual: Option<&'a mut [bf16]>,
    pub(super) dither: Dither,
    /// Index of the first coordinate among all parameters.
    pub(super) index: u64,
}

/// Numbers that are converted at a time: few enough to stay in the nearest cache, many enough to hide the loop's
/// overhead.
pub(super) const TILE: usize = 512;

/// A tile of one slot, aligned to a cache line: what is stored across two lines is slow to load again.
#[repr(align(64))]
pub(super) struct SlotTile<F>([F; TILE]);

/// One tile per slot.
pub(super) struct SlotTiles<F: Real, S: Slots<F>>(S::Each<SlotTile<F>>);

impl<F: Real, S: Slots<F>> SlotTiles<F, S> {
    pub(super) fn new() -> Self {
        Self(S::each(&mut || SlotTile([F::ZERO; TILE])))
    }

    /// Decodes the numbers of `range`.
    #[inline(always)]
    pub(super) fn load<B: Blocks<F>>(&mut self, slots: &mut S::Each<B>, range: Range<usize>) {
        S::zip(slots, &mut self.0, &mut Decode(range));
    }

    /// The first `n` numbers of each tile.
    #[inline(always)]
    pub(super) fn slices(&mut self, n: usize) -> S::Each<&mut [F]> {
        S::map(S::by_ref(&mut self.0), &mut |tile| &mut tile.0[..n])
    }

    /// Encodes the numbers of `range`.
    #[inline(always)]
    fn store<B: Blocks<F>>(&mut self, slots: &mut S::Each<B>, range: Range<usize>, dither: Dither, index: u64) {
        S::zip(slots, &mut self.0, &mut Encode { range, dither, index, slot: 0 });
    }
}

/// Decodes the numbers of a range.
struct Decode(Range<usize>);

impl<F: Real, B: Blocks<F>> ZipSlots<B, SlotTile<F>> for Decode {
    #[inline(always)]
    fn visit(&mut self, blocks: &mut B, tile: &mut SlotTile<F>) {
        let (first, count) = (self.0.start / BLOCK, self.0.len().div_ceil(BLOCK));
        for (k, out) in tile.0.as_chunks_mut().0[..count].iter_mut().enumerate() {
            blocks.get(first + k, out);
        }
    }
}

/// Encodes the numbers of a range, slot after slot.
struct Encode {
    range: Range<usize>,
    dither: Dither,
    /// Index of the segment's first coordinate among all parameters.
    index: u64,
    slot: u64,
}

impl<F: Real, B: Blocks<F>> ZipSlots<B, SlotTile<F>> for Encode {
    #[inline(always)]
    fn visit(&mut self, blocks: &mut B, tile: &mut SlotTile<F>) {
        let (first, n) = (self.range.start / BLOCK, self.range.len());
        // The end of a shorter last block must not enter its exponent.
        tile.0[n..n.next_multiple_of(BLOCK)].fill(F::ZERO);
        for (k, values) in tile.0.as_chunks().0[..n.div_ceil(BLOCK)].iter().enumerate() {
            let block = first + k;
            blocks.put(block, values, self.dither.key(self.slot, self.index + (block * BLOCK) as u64));
        }
        self.slot += 1;
    }
}

impl<F: Real, R: Rule, B: Blocks<F>> Segment<F, R> for Tiled<'_, F, R::Slots<F>, B> {
    type Short<'b>
        = Tiled<'b, F, R::Slots<F>, B::Short<'b>>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_> {
        Tiled {
            x: self.x.reborrow(),
            g: self.g,
            slots: R::Slots::map(R::Slots::by_ref(&mut self.slots), &mut B::reborrow),
            residual: self.residual.as_deref_mut(),
            dither: self.dither,
            index: self.index,
        }
    }

    fn x(&self) -> TensorRef<'_, F> {
        self.x.shared()
    }

    fn split(self, middle: usize) -> (Self, Self) {
        let Self { x, g, mut slots, residual, dither, index } = self;
        let ((x, x_right), (g, g_right)) = (x.split_at(middle), g.split_at(middle));
        let blocks = middle.div_ceil(BLOCK);
        let slots_right = R::Slots::map(R::Slots::by_ref(&mut slots), &mut |slot| slot.split_off(blocks));
        let (residual, residual_right) = residual.map(|residual| residual.split_at_mut(middle)).unzip();
        let left = Self { x, g, slots, residual, dither, index };
        let index = index + middle as u64;
        (left, Self { x: x_right, g: g_right, slots: slots_right, residual: residual_right, dither, index })
    }

    #[inline(always)]
    fn update(&mut self, pass: &StepPass<F, R>) {
        let (mut tiles, [mut x_tile, mut g_tile]) = (SlotTiles::<F, R::Slots<F>>::new(), [[F::ZERO; TILE]; 2]);
        for from in (0..self.g.len()).step_by(TILE) {
            let n = TILE.min(self.g.len() - from);
            let range = from..from + n;
            tiles.load(&mut self.slots, range.clone());
            let g = self.g.slice(range.clone(), &mut g_tile);
            let in_place = matches!(self.x, TensorMut::Full(_));
            if !in_place {
                self.load_x(from, &mut x_tile[..n]);
            }
            let x = match &mut self.x {
                TensorMut::Full(x) => &mut x[from..][..n],
                TensorMut::Bf16(_) => &mut x_tile[..n],
            };
            pass.update(x, g, tiles.slices(n));
            if !in_place {
                self.store_x(from, &mut x_tile, n);
            }
            tiles.store(&mut self.slots, range, self.dither, self.index);
        }
    }

    #[inline(always)]
    fn norm_terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]) {
        let (mut tiles, [mut x, mut g_tile]) = (SlotTiles::<F, R::Slots<F>>::new(), [[F::ZERO; TILE]; 2]);
        let range = from..from + n;
        tiles.load(&mut self.slots, range.clone());
        self.load_x(from, &mut x[..n]);
        pass.norm_terms(&x[..n], self.g.slice(range.clone(), &mut g_tile), tiles.slices(n), out);
        tiles.store(&mut self.slots, range, self.dither, self.index);
    }
}

impl<F: Real, S: Slots<F>, B: Send> Tiled<'_, F, S, B> {
    #[inline(always)]
    fn load_x(&self, from: usize, out: &mut [F]) {
        let n = out.len();
        self.x.shared().copy_range(from..from + n, out);
        if let Some(residual) = &self.residual {
            out.iter_mut().zip(&residual[from..][..n]).for_each(|(x, residual)| *x = *x + widen(*residual));
        }
    }

    /// Rounds the first `n` numbers of `x` to bf16 parameters.
    #[inline(always)]
    fn store_x(&mut self, from: usize, x: &mut [F; TILE], n: usize) {
        let TensorMut::Bf16(to) = &mut self.x else { unreachable!("native parameters are updated in place") };
        let mut stream = STREAM_OF_X;
        // With a residual x is rounded to nearest, and the residual at random.
        if self.residual.is_some() {
            for (to, x) in to[from..][..n].iter_mut().zip(&mut *x) {
                *to = bf16::from_f32(narrow(*x));
                *x = *x - widen(*to);
            }
            stream = STREAM_OF_RESIDUAL;
        }
        let to = self.residual.as_deref_mut().unwrap_or(to);
        for (k, (to, values)) in to[from..][..n].chunks_mut(BLOCK).zip(x.as_chunks().0).enumerate() {
            let mut rounded = [bf16::ZERO; BLOCK];
            round_bf16(values, &mut rounded, self.dither.key(stream, self.index + (from + k * BLOCK) as u64));
            to.copy_from_slice(&rounded[..to.len()]);
        }
    }
}

const _: () =
    assert!(TILE.is_multiple_of(BLOCK) && TILE >= pairwise_sum::BLOCK, "a tile holds whole blocks, of a sum too");
