//! Looking ahead: where a method wants its next gradient.

use super::codec::BLOCK;
use super::column::{Any, Blocks, Column};
use super::isa::Isa;
use super::numbers::Numbers;
use super::staged::Stage;
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
    columns: Vec<Any<'a, F>>,
    out: &'a mut [F],
}

impl<'a, F: Real, R: Rule> Ahead<'a, F, R> {
    pub(super) fn new(rule: &R, look: Look<'a, F>) -> Self {
        let Look { at, x, columns, out } = look;
        Self { now: rule.now(&at), x, columns: columns.iter_mut().map(Column::any).collect(), out }
    }

    pub(super) fn run(self, isa: Isa) {
        let Self { now, x: from, columns, out } = self;
        isa.run(
            #[inline(always)]
            || {
                let (mut stage, mut room) = (Stage::new(), [F::ZERO; BLOCK]);
                for (block, out) in out.chunks_mut(BLOCK).enumerate() {
                    stage.load(&columns, block);
                    let x = from.block(block * BLOCK, &mut room);
                    let columns = stage.columns::<R::Slots<F>>();
                    for (i, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                        *out = R::look(&now, x, &Slots::load(&columns, i));
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
        let Self { now, x, columns, out } = self;
        let ((x, x_right), (out, out_right)) = (x.split_at(middle), out.split_at_mut(middle));
        let (columns, columns_right) = columns.into_iter().map(|column| column.cut(middle.div_ceil(BLOCK))).unzip();
        Ok((Self { now, x, columns, out }, Self { now, x: x_right, columns: columns_right, out: out_right }))
    }
}
