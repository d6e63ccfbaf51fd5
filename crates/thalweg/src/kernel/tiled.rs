//! A stretch that is worked block by block: slots, and x and g where they must be, pass through the element type.

use std::ops::Range;

use half::bf16;

use super::codec::{BLOCK, narrow, round_bf16};
use super::dither::Dither;
use super::fused::StepPass;
use super::pairwise_sum;
use super::segment::Segment;
use super::slot_buffer::Blocks;
use super::tensor_ref::{TensorMut, TensorRef, widen};
use crate::algebra::{Rule, Slots, ZipSlots};
use crate::real::Real;

/// The random numbers' columns beside those of the slots: of x, and of what bf16 leaves over.
const OF_X: u64 = 100;
const OF_REST: u64 = 101;

/// Numbers that are not all in the element type.
pub(super) struct Tiled<'a, F: Real, S: Slots<F>, B: Send> {
    pub(super) x: TensorMut<'a, F>,
    pub(super) g: TensorRef<'a, F>,
    pub(super) buffers: S::Each<B>,
    /// What x leaves over in bf16, where it is kept.
    pub(super) residual: Option<&'a mut [bf16]>,
    pub(super) dither: Dither,
    /// The place of the first number among all parameters.
    pub(super) index: u64,
}

/// So many numbers at a time pass through the element type: few enough to stay in the nearest cache, many enough that what
/// a loop does before it begins is not seen.
pub(super) const TILE: usize = 512;

/// A tile of one slot. It begins with a cache line: what is stored across two of them is slow to load again.
#[repr(align(64))]
pub(super) struct Tile<F>([F; TILE]);

/// A tile of each slot.
pub(super) struct Tiles<F: Real, S: Slots<F>>(S::Each<Tile<F>>);

impl<F: Real, S: Slots<F>> Tiles<F, S> {
    pub(super) fn new() -> Self {
        Self(S::each(&mut || Tile([F::ZERO; TILE])))
    }

    /// Decodes those of `range`.
    #[inline(always)]
    pub(super) fn load<B: Blocks<F>>(&mut self, buffers: &mut S::Each<B>, range: Range<usize>) {
        S::zip(buffers, &mut self.0, &mut Decode(range));
    }

    /// The first `n` numbers of each tile.
    #[inline(always)]
    pub(super) fn buffers(&mut self, n: usize) -> S::Each<&mut [F]> {
        S::map(S::by_ref(&mut self.0), &mut |tile| &mut tile.0[..n])
    }

    /// Encodes them again.
    #[inline(always)]
    fn store<B: Blocks<F>>(&mut self, buffers: &mut S::Each<B>, range: Range<usize>, dither: Dither, index: u64) {
        S::zip(buffers, &mut self.0, &mut Encode { range, dither, index, slot: 0 });
    }
}

/// Decodes the numbers of a range.
struct Decode(Range<usize>);

impl<F: Real, B: Blocks<F>> ZipSlots<B, Tile<F>> for Decode {
    #[inline(always)]
    fn visit(&mut self, buffer: &mut B, tile: &mut Tile<F>) {
        let (first, blocks) = (self.0.start / BLOCK, self.0.len().div_ceil(BLOCK));
        for (k, out) in tile.0.as_chunks_mut().0[..blocks].iter_mut().enumerate() {
            buffer.get(first + k, out);
        }
    }
}

/// Encodes the numbers of a range, slot after slot.
struct Encode {
    range: Range<usize>,
    dither: Dither,
    /// The place of the column's first number.
    index: u64,
    slot: u64,
}

impl<F: Real, B: Blocks<F>> ZipSlots<B, Tile<F>> for Encode {
    #[inline(always)]
    fn visit(&mut self, buffer: &mut B, tile: &mut Tile<F>) {
        let (first, n) = (self.range.start / BLOCK, self.range.len());
        // The rest of a shorter last block must not be seen in its exponent.
        tile.0[n..n.next_multiple_of(BLOCK)].fill(F::ZERO);
        for (k, values) in tile.0.as_chunks().0[..n.div_ceil(BLOCK)].iter().enumerate() {
            let block = first + k;
            buffer.put(block, values, self.dither.key(self.slot, self.index + (block * BLOCK) as u64));
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
            buffers: R::Slots::map(R::Slots::by_ref(&mut self.buffers), &mut B::reborrow),
            residual: self.residual.as_deref_mut(),
            dither: self.dither,
            index: self.index,
        }
    }

    fn x(&self) -> TensorRef<'_, F> {
        self.x.shared()
    }

    fn cut(self, middle: usize) -> (Self, Self) {
        let Self { x, g, mut buffers, residual, dither, index } = self;
        let ((x, x_right), (g, g_right)) = (x.split_at(middle), g.split_at(middle));
        let blocks = middle.div_ceil(BLOCK);
        let columns_right = R::Slots::map(R::Slots::by_ref(&mut buffers), &mut |buffer| buffer.split_off(blocks));
        let (residual, rest_right) = residual.map(|residual| residual.split_at_mut(middle)).unzip();
        let left = Self { x, g, buffers, residual, dither, index };
        let index = index + middle as u64;
        (left, Self { x: x_right, g: g_right, buffers: columns_right, residual: rest_right, dither, index })
    }

    #[inline(always)]
    fn sweep(&mut self, pass: &StepPass<F, R>) {
        let (mut tiles, [mut x_room, mut g_room]) = (Tiles::<F, R::Slots<F>>::new(), [[F::ZERO; TILE]; 2]);
        for from in (0..self.g.len()).step_by(TILE) {
            let n = TILE.min(self.g.len() - from);
            let range = from..from + n;
            tiles.load(&mut self.buffers, range.clone());
            let g = self.g.slice(range.clone(), &mut g_room);
            // What is in the element type is changed where it is.
            if let TensorMut::Full(x) = &mut self.x {
                pass.sweep(&mut x[from..][..n], g, tiles.buffers(n));
            } else {
                self.load_x(from, &mut x_room[..n]);
                pass.sweep(&mut x_room[..n], g, tiles.buffers(n));
                self.store_x(from, &mut x_room, n);
            }
            tiles.store(&mut self.buffers, range, self.dither, self.index);
        }
    }

    #[inline(always)]
    fn terms(&mut self, pass: &StepPass<F, R>, from: usize, n: usize, out: &mut [[F; pairwise_sum::BLOCK]; 2]) {
        let (mut tiles, [mut x, mut g_room]) = (Tiles::<F, R::Slots<F>>::new(), [[F::ZERO; TILE]; 2]);
        let range = from..from + n;
        tiles.load(&mut self.buffers, range.clone());
        self.load_x(from, &mut x[..n]);
        pass.terms(&x[..n], self.g.slice(range.clone(), &mut g_room), tiles.buffers(n), out);
        tiles.store(&mut self.buffers, range, self.dither, self.index);
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

    /// Rounds the first `n` numbers of `x` to where they come from.
    #[inline(always)]
    fn store_x(&mut self, from: usize, x: &mut [F; TILE], n: usize) {
        let TensorMut::Bf16(to) = &mut self.x else { return };
        let mut of = OF_X;
        // What is left over is rounded at random then, not x.
        if self.residual.is_some() {
            for (to, x) in to[from..][..n].iter_mut().zip(&mut *x) {
                *to = bf16::from_f32(narrow(*x));
                *x = *x - widen(*to);
            }
            of = OF_REST;
        }
        let to = self.residual.as_deref_mut().unwrap_or(to);
        for (k, (to, values)) in to[from..][..n].chunks_mut(BLOCK).zip(x.as_chunks().0).enumerate() {
            let mut rounded = [bf16::ZERO; BLOCK];
            round_bf16(values, &mut rounded, self.dither.key(of, self.index + (from + k * BLOCK) as u64));
            to.copy_from_slice(&rounded[..to.len()]);
        }
    }
}

const _: () =
    assert!(TILE.is_multiple_of(BLOCK) && TILE >= pairwise_sum::BLOCK, "a tile is whole blocks, of a sum too");
