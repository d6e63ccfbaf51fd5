//! A stretch that is worked block by block: slots, and x and g where they must be, pass through the element type.

use half::bf16;

use super::codec::{BLOCK, Block, narrow, round_bf16};
use super::column::Blocks;
use super::dither::Dither;
use super::fused::Pass;
use super::held::Sweep;
use super::numbers::{Numbers, NumbersMut, widen};
use super::tree;
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// The most slots of a rule.
pub(crate) const MOST_SLOTS: usize = 8;

/// The random numbers' columns beside those of the slots: of x, and of what bf16 leaves over.
const OF_X: u64 = 100;
const OF_REST: u64 = 101;

/// Numbers that are not all in the element type.
pub(super) struct Staged<'a, F, B> {
    pub(super) x: NumbersMut<'a, F>,
    pub(super) g: Numbers<'a, F>,
    pub(super) columns: Vec<B>,
    /// What x leaves over in bf16, where it is kept.
    pub(super) rest: Option<&'a mut [bf16]>,
    pub(super) dither: Dither,
    /// The place of the first number among all parameters.
    pub(super) index: u64,
}

/// A block of each slot in the element type. It begins with a cache line: what is stored across two of them is slow to
/// load again.
#[repr(align(64))]
pub(super) struct Stage<F>([Block<F>; MOST_SLOTS]);

impl<F: Real> Stage<F> {
    pub(super) fn new() -> Self {
        Self([[F::ZERO; BLOCK]; MOST_SLOTS])
    }

    #[inline(always)]
    pub(super) fn load(&mut self, columns: &[impl Blocks<F>], block: usize) {
        for (column, slot) in columns.iter().zip(&mut self.0) {
            column.get(block, slot);
        }
    }

    /// Stores the first `n` numbers of each slot; the rest of a shorter last block must not be seen in its exponent.
    #[inline(always)]
    fn store(&mut self, columns: &mut [impl Blocks<F>], block: usize, n: usize, dither: Dither, index: u64) {
        for (k, (column, slot)) in columns.iter_mut().zip(&mut self.0).enumerate() {
            slot[n..].fill(F::ZERO);
            column.put(block, slot, dither.key(k as u64, index));
        }
    }

    /// The slots as columns of one block.
    #[inline(always)]
    pub(super) fn columns<S: Slots<F>>(&mut self) -> S::Columns<'_> {
        S::columns(&mut self.0.iter_mut().map(|slot| &mut slot[..]))
    }
}

impl<F: Real, R: Rule, B: Blocks<F>> Sweep<F, R> for Staged<'_, F, B> {
    type Short<'b>
        = Staged<'b, F, B::Short<'b>>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_> {
        Staged {
            x: self.x.reborrow(),
            g: self.g,
            columns: self.columns.iter_mut().map(B::reborrow).collect(),
            rest: self.rest.as_deref_mut(),
            dither: self.dither,
            index: self.index,
        }
    }

    fn x(&self) -> Numbers<'_, F> {
        self.x.shared()
    }

    fn cut(self, middle: usize) -> (Self, Self) {
        let Self { x, g, columns, rest, dither, index } = self;
        let ((x, x_right), (g, g_right)) = (x.split_at(middle), g.split_at(middle));
        let (columns, columns_right) = columns.into_iter().map(|column| column.cut(middle.div_ceil(BLOCK))).unzip();
        let (rest, rest_right) = rest.map(|rest| rest.split_at_mut(middle)).unzip();
        let left = Self { x, g, columns, rest, dither, index };
        let index = index + middle as u64;
        (left, Self { x: x_right, g: g_right, columns: columns_right, rest: rest_right, dither, index })
    }

    #[inline(always)]
    fn sweep(&mut self, pass: &Pass<F, R>) {
        let (mut stage, [mut x_room, mut g_room, mut room]) = (Stage::new(), [[F::ZERO; BLOCK]; 3]);
        let n = self.g.len();
        for block in 0..n.div_ceil(BLOCK) {
            let from = block * BLOCK;
            let index = self.index + from as u64;
            stage.load(&self.columns, block);
            let g = self.g.block(from, &mut g_room);
            // Whole blocks in the element type are changed where they are.
            if let NumbersMut::Full(x) = &mut self.x
                && let Some(x) = x[from..].first_chunk_mut::<BLOCK>()
            {
                let g = pass.dressed(x, g, &mut room);
                pass.sweep_dressed(x, g, stage.columns::<R::Slots<F>>());
            } else {
                self.load_x(from, &mut x_room);
                let g = pass.dressed(&x_room, g, &mut room);
                pass.sweep_dressed(&mut x_room, g, stage.columns::<R::Slots<F>>());
                self.store_x(from, &x_room);
            }
            stage.store(&mut self.columns, block, BLOCK.min(n - from), self.dither, index);
        }
    }

    #[inline(always)]
    fn terms(&mut self, pass: &Pass<F, R>, from: usize, n: usize, out: &mut [[F; tree::BLOCK]; 2]) {
        let (mut stage, mut x, mut g_room) = (Stage::new(), [F::ZERO; BLOCK], [F::ZERO; BLOCK]);
        for start in (0..n).step_by(BLOCK) {
            let block = (from + start) / BLOCK;
            let mut terms = [[F::ZERO; BLOCK]; 2];
            stage.load(&self.columns, block);
            self.load_x(from + start, &mut x);
            let g = self.g.block(from + start, &mut g_room);
            pass.terms(&x, g, stage.columns::<R::Slots<F>>(), &mut terms);
            let index = self.index + (from + start) as u64;
            stage.store(&mut self.columns, block, BLOCK.min(n - start), self.dither, index);
            for (out, terms) in out.iter_mut().zip(&terms) {
                out[start..][..BLOCK].copy_from_slice(terms);
            }
        }
    }
}

impl<F: Real, B> Staged<'_, F, B> {
    #[inline(always)]
    fn load_x(&self, from: usize, out: &mut Block<F>) {
        let n = BLOCK.min(self.g.len() - from);
        self.x.shared().copy_range(from..from + n, out);
        out[n..].fill(F::ZERO);
        if let Some(rest) = &self.rest {
            out.iter_mut().zip(&rest[from..][..n]).for_each(|(x, rest)| *x = *x + widen(*rest));
        }
    }

    #[inline(always)]
    fn store_x(&mut self, from: usize, x: &Block<F>) {
        let n = BLOCK.min(self.g.len() - from);
        let index = self.index + from as u64;
        let mut rounded = [bf16::ZERO; BLOCK];
        match (&mut self.x, &mut self.rest) {
            (NumbersMut::Full(to), _) => to[from..][..n].copy_from_slice(&x[..n]),
            (NumbersMut::Bf16(to), None) => {
                round_bf16(x, &mut rounded, self.dither.key(OF_X, index));
                to[from..][..n].copy_from_slice(&rounded[..n]);
            }
            (NumbersMut::Bf16(to), Some(rest)) => {
                let mut over = [F::ZERO; BLOCK];
                for ((to, over), &x) in to[from..][..n].iter_mut().zip(&mut over).zip(x) {
                    *to = bf16::from_f32(narrow(x));
                    *over = x - widen(*to);
                }
                round_bf16(&over, &mut rounded, self.dither.key(OF_REST, index));
                rest[from..][..n].copy_from_slice(&rounded[..n]);
            }
        }
    }
}
