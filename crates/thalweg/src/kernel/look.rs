//! Looking ahead: where a method wants its next gradient.

use super::codec::BLOCK;
use super::column::{Any, Blocks, Column};
use super::isa::Isa;
use super::numbers::Numbers;
use super::staged::{TILE, Tiles};
use super::work::Piece;
use crate::algebra::{At, Rule, Slots};
use crate::real::Real;

/// One tensor's part in looking ahead.
#[derive(Debug)]
pub struct Look<'a, F: Real> {
    pub(crate) at: At,
    pub(crate) x: Numbers<'a, F>,
    pub(crate) columns: &'a mut [Column<F>],
    pub(crate) out: &'a mut [F],
}

/// A stretch of a tensor with the scalars of its step.
pub(super) struct Ahead<'a, F: Real, R: Rule> {
    now: R::Now<F>,
    x: Numbers<'a, F>,
    columns: <R::Slots<F> as Slots<F>>::Each<Any<'a, F>>,
    out: &'a mut [F],
}

impl<'a, F: Real, R: Rule> Ahead<'a, F, R> {
    pub(super) fn new(rule: &R, look: Look<'a, F>) -> Self {
        let Look { at, x, columns, out } = look;
        let mut columns = columns.iter_mut().map(Column::any);
        let columns = R::Slots::each(&mut || columns.next().unwrap_or_default());
        Self { now: rule.now(&at), x, columns, out }
    }

    pub(super) fn run(self, isa: Isa) {
        let Self { now, x: from, mut columns, out } = self;
        isa.run(
            #[inline(always)]
            || {
                let (mut tiles, mut room) = (Tiles::<F, R::Slots<F>>::new(), [F::ZERO; TILE]);
                for (k, out) in out.chunks_mut(TILE).enumerate() {
                    let (at, n) = (k * TILE, out.len());
                    tiles.load(&mut columns, at..at + n);
                    let columns = tiles.columns(n);
                    let x = from.slice(at..at + n, &mut room);
                    for i in 0..n {
                        out[i] = R::look(&now, x[i], &R::Slots::load(&columns, |column| column[i]));
                    }
                }
            },
        );
    }
}

impl<F: Real, R: Rule> Piece for Ahead<'_, F, R> {
    fn len(&self) -> usize {
        self.out.len()
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { now, x, mut columns, out } = self;
        let ((x, x_right), (out, out_right)) = (x.split_at(middle), out.split_at_mut(middle));
        let blocks = middle.div_ceil(BLOCK);
        let columns_right = R::Slots::map(R::Slots::by_ref(&mut columns), &mut |column| column.split_off(blocks));
        Ok((Self { now, x, columns, out }, Self { now, x: x_right, columns: columns_right, out: out_right }))
    }
}
