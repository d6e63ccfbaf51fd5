//! Segments that are updated tile by tile: slots, and x and g where necessary, are converted to the element type and
//! back.

use half::bf16;

use super::blocks::{SlotBlocks, SlotDither};
use super::codec::{BLOCK, Block, narrow, round_bf16};
use super::dither::Dither;
use super::fused::{SlotSlices, StepPass};
use super::isa::Isa;
use super::pairwise_sum;
use super::segment::{NativeSegment, Segment};
use super::tensor_ref::{TensorMut, TensorRef, widen};
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// Number of the random stream that rounds x; slots have the numbers below.
const STREAM_OF_X: u64 = 100;
/// Number of the random stream that rounds the residual of x.
const STREAM_OF_RESIDUAL: u64 = 101;

/// A segment whose parameters, gradient or slots are not all in the element type.
pub(super) struct Tiled<'a, F: Real> {
    pub(super) x: TensorMut<'a, F>,
    pub(super) g: TensorRef<'a, F>,
    pub(super) slots: Vec<SlotBlocks<'a, F>>,
    /// Rounding residual of bf16 parameters, where it is kept.
    pub(super) residual: Option<&'a mut [bf16]>,
    pub(super) dither: Dither,
    /// Index of the first coordinate among all parameters.
    pub(super) index: u64,
}

/// Numbers that are converted at a time: few enough to stay in the nearest cache, many enough to hide the overhead of
/// the loops.
pub(super) const TILE: usize = 512;

/// A tile of numbers, aligned to a cache line: what is stored across two lines is slow to load again.
#[derive(Clone)]
#[repr(align(64))]
struct Tile<F>([Block<F>; TILE / BLOCK]);

impl<F: Real> Tile<F> {
    fn new() -> Self {
        Self([[F::ZERO; BLOCK]; TILE / BLOCK])
    }

    fn first(&mut self, n: usize) -> &mut [F] {
        &mut self.0.as_flattened_mut()[..n]
    }
}

/// One tile per slot.
pub(super) struct SlotTiles<F>(Vec<Tile<F>>);

impl<F: Real> SlotTiles<F> {
    pub(super) fn new(slots: usize) -> Self {
        Self(vec![Tile::new(); slots])
    }

    /// Decodes `n` numbers of each slot, from the start of a block on.
    pub(super) fn load(&mut self, slots: &[SlotBlocks<'_, F>], from: usize, n: usize, isa: Isa) {
        for (slot, tile) in slots.iter().zip(&mut self.0) {
            slot.decode(from / BLOCK, &mut tile.0[..n.div_ceil(BLOCK)], isa);
        }
    }

    /// Encodes what [`load`](Self::load) decoded.
    fn store(&mut self, slots: &mut [SlotBlocks<'_, F>], from: usize, n: usize, dither: SlotDither, isa: Isa) {
        for (stream, (slot, tile)) in (0..).zip(slots.iter_mut().zip(&mut self.0)) {
            // The end of a shorter last block must not enter its exponent.
            tile.0.as_flattened_mut()[n..n.next_multiple_of(BLOCK)].fill(F::ZERO);
            slot.encode(from / BLOCK, &tile.0[..n.div_ceil(BLOCK)], SlotDither { stream, ..dither }, isa);
        }
    }

    /// The first `n` numbers of each tile.
    pub(super) fn slices<R: Rule>(&mut self, n: usize) -> SlotSlices<'_, F, R> {
        let mut tiles = self.0.iter_mut();
        R::Slots::each(&mut || match tiles.next() {
            Some(tile) => tile.first(n),
            None => unreachable!("there is one tile for each slot of the rule"),
        })
    }
}

/// The tiles of a segment: parameters, gradient and slots.
pub(super) struct SegmentTiles<F> {
    x: Tile<F>,
    g: Tile<F>,
    slots: SlotTiles<F>,
}

impl<F: Real, R: Rule> Segment<F, R> for Tiled<'_, F> {
    type Short<'b>
        = Tiled<'b, F>
    where
        Self: 'b;
    type Tiles = SegmentTiles<F>;

    fn tiles(&self) -> SegmentTiles<F> {
        SegmentTiles { x: Tile::new(), g: Tile::new(), slots: SlotTiles::new(self.slots.len()) }
    }

    fn reborrow(&mut self) -> Self::Short<'_> {
        Tiled {
            x: self.x.reborrow(),
            g: self.g,
            slots: self.slots.iter_mut().map(SlotBlocks::reborrow).collect(),
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
        let slots_right = slots.iter_mut().map(|slot| slot.split_off(blocks)).collect();
        let (residual, residual_right) = residual.map(|residual| residual.split_at_mut(middle)).unzip();
        let left = Self { x, g, slots, residual, dither, index };
        let index = index + middle as u64;
        (left, Self { x: x_right, g: g_right, slots: slots_right, residual: residual_right, dither, index })
    }

    fn update(&mut self, isa: Isa, pass: &StepPass<F, R>) {
        let SegmentTiles { x: mut x_tile, g: mut g_tile, slots: mut slot_tiles } = Segment::<F, R>::tiles(self);
        for from in (0..self.g.len()).step_by(TILE) {
            let n = TILE.min(self.g.len() - from);
            slot_tiles.load(&self.slots, from, n, isa);
            let g = self.g.slice_by(isa, from..from + n, g_tile.first(n));
            let in_place = matches!(self.x, TensorMut::Full(_));
            if !in_place {
                self.load_x(from, x_tile.first(n), isa);
            }
            let x = match &mut self.x {
                TensorMut::Full(x) => &mut x[from..][..n],
                TensorMut::Bf16(_) => x_tile.first(n),
            };
            NativeSegment::<F, R> { x, g, slots: slot_tiles.slices::<R>(n) }.update(isa, pass);
            if !in_place {
                self.store_x(from, &mut x_tile, n, isa);
            }
            let dither = SlotDither { dither: self.dither, stream: 0, index: self.index };
            slot_tiles.store(&mut self.slots, from, n, dither, isa);
        }
    }

    #[inline(always)]
    fn norm_terms(
        &mut self,
        tiles: &mut SegmentTiles<F>,
        isa: Isa,
        pass: &StepPass<F, R>,
        from: usize,
        out: [&mut [F]; 2],
    ) {
        let n = out[0].len();
        tiles.slots.load(&self.slots, from, n, isa);
        let x = tiles.x.first(n);
        self.load_x(from, x, isa);
        let g = self.g.slice_by(isa, from..from + n, tiles.g.first(n));
        pass.norm_terms(x, g, tiles.slots.slices::<R>(n), out);
        let dither = SlotDither { dither: self.dither, stream: 0, index: self.index };
        tiles.slots.store(&mut self.slots, from, n, dither, isa);
    }
}

impl<F: Real> Tiled<'_, F> {
    fn load_x(&self, from: usize, out: &mut [F], isa: Isa) {
        let n = out.len();
        isa.run(
            #[inline(always)]
            || {
                self.x.shared().copy_range(from..from + n, out);
                if let Some(residual) = &self.residual {
                    out.iter_mut().zip(&residual[from..][..n]).for_each(|(x, residual)| *x = *x + widen(*residual));
                }
            },
        );
    }

    /// Rounds the first `n` numbers of `x` to bf16 parameters.
    fn store_x(&mut self, from: usize, x: &mut Tile<F>, n: usize, isa: Isa) {
        let TensorMut::Bf16(to) = &mut self.x else { unreachable!("native parameters are updated in place") };
        let (dither, index) = (self.dither, self.index);
        isa.run(
            #[inline(always)]
            || {
                let mut stream = STREAM_OF_X;
                // With a residual x is rounded to nearest, and the residual at random.
                if self.residual.is_some() {
                    for (to, x) in to[from..][..n].iter_mut().zip(x.0.as_flattened_mut()) {
                        *to = bf16::from_f32(narrow(*x));
                        *x = *x - widen(*to);
                    }
                    stream = STREAM_OF_RESIDUAL;
                }
                let to = self.residual.as_deref_mut().unwrap_or(to);
                for (k, (to, values)) in to[from..][..n].chunks_mut(BLOCK).zip(&x.0).enumerate() {
                    let mut rounded = [bf16::ZERO; BLOCK];
                    round_bf16(values, &mut rounded, dither.key(stream, index + (from + k * BLOCK) as u64));
                    to.copy_from_slice(&rounded[..to.len()]);
                }
            },
        );
    }
}

const _: () =
    assert!(TILE.is_multiple_of(BLOCK) && TILE >= pairwise_sum::BLOCK, "a tile holds whole blocks, of a sum too");
