//! Coordinates that catch up in legs.

use super::super::isa::Isa;
use super::super::parallel::{self, Splittable};
use super::super::sparse::{SparseSlice, SparseTile, TILE};
use super::table::{CatchUpTable, EPS, FIRST, GAIN, KEEP, Row, SCALE, Shape, TERMS, terms};
use crate::real::Real;

/// So many coordinates go side by side, each with its own row.
const LANES: usize = 16;

type Lanes<F> = [F; LANES];

/// Brings coordinates up to step `now`, each along its group's legs.
pub(crate) fn sync<F: Real>(slice: Vec<(SparseSlice<'_, F>, &CatchUpTable<F>)>, now: u16, isa: Isa) {
    let total = slice.iter().map(|(slice, _)| Splittable::len(slice)).sum();
    parallel::for_each_balanced(
        slice.into_iter().map(|(slice, table)| CatchUpTask { slice, table }),
        total,
        |behind| {
            let table = behind.table;
            behind.slice.each_tile(|slice, tile, _| {
                if tile.fetch_last(slice, now) {
                    tile.fetch(slice);
                    isa.run(
                        #[inline(always)]
                        || table.walk(tile, now),
                    );
                    tile.put(slice, now);
                }
            });
        },
    );
}

struct CatchUpTask<'a, 'l, F: Real> {
    slice: SparseSlice<'a, F>,
    table: &'l CatchUpTable<F>,
}

impl<F: Real> Splittable for CatchUpTask<'_, '_, F> {
    fn len(&self) -> usize {
        Splittable::len(&self.slice)
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let table = self.table;
        match self.slice.cut(middle) {
            Ok((left, right)) => Ok((Self { slice: left, table }, Self { slice: right, table })),
            Err(slice) => Err(Self { slice, table }),
        }
    }
}

impl<F: Real> CatchUpTable<F> {
    /// All of a tile.
    #[inline(always)]
    fn walk(&self, tile: &mut SparseTile<F>, now: u16) {
        // The last tile may end within the lanes.
        tile.last[tile.n..].fill(now);
        for from in (0..tile.n).step_by(LANES) {
            let mut behind = true;
            while behind {
                behind = false;
                let mut from_rows = [&self.idle; LANES];
                for (lane, last) in tile.last[from..][..LANES].iter_mut().enumerate() {
                    if *last < now {
                        (from_rows[lane], *last) = self.row(*last, now);
                        behind |= *last < now;
                    }
                }
                self.go(tile, from, &from_rows);
            }
        }
    }

    /// One leg of neighbouring coordinates.
    #[inline(always)]
    fn go(&self, tile: &mut SparseTile<F>, from: usize, rows: &[&Row<F>; LANES]) {
        let buffer = |k: usize| -> Lanes<F> { std::array::from_fn(|lane| rows[lane][k]) };
        let x: &mut Lanes<F> = lanes(&mut tile.x, from);
        let (keep, before) = (buffer(KEEP), *x);
        match self.shape {
            Shape::Nothing => (0..LANES).for_each(|i| x[i] = keep[i] * x[i]),
            Shape::Slot(slot) => {
                let (s, term) = (*lanes(&mut tile.slots[slot], from), buffer(FIRST));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i]);
            }
            Shape::Sign(slot) => {
                let (s, term) = (*lanes(&mut tile.slots[slot], from), buffer(FIRST));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i].sign());
            }
            Shape::Outside(slot, under) | Shape::Inside(slot, under) => {
                let [s, v] = [slot, under].map(|slot| *lanes(&mut tile.slots[slot], from));
                let (scale, eps) = (buffer(SCALE), buffer(EPS));
                let inside = matches!(self.shape, Shape::Inside(..));
                let y = v.map(|v| if inside { v } else { v.sqrt() });
                let below: Lanes<F> = std::array::from_fn(|i| y[i] * scale[i] + eps[i]);
                let sum = sum(std::array::from_fn(|i| eps[i] / below[i]), buffer);
                let below = below.map(|v| if inside { v.sqrt() } else { v });
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - s[i] / below[i] * sum[i]);
            }
        }
        for (k, slot) in tile.slots.iter_mut().enumerate() {
            let (s, keep) = (lanes(slot, from), buffer(FIRST + TERMS + k));
            match self.shape {
                Shape::Slot(moving) if moving == k => {
                    let gain = buffer(GAIN);
                    (0..LANES).for_each(|i| s[i] = keep[i] * s[i] + gain[i] * before[i]);
                }
                // What fades step by step sticks near the smallest number and keeps its sign: this must not underflow.
                Shape::Sign(moving) if moving == k => (0..LANES).for_each(|i| {
                    s[i] = s[i].sign() * (s[i].abs() * keep[i]).max(s[i].abs().min(F::TINY));
                }),
                _ => (0..LANES).for_each(|i| s[i] = keep[i] * s[i]),
            }
        }
    }
}

/// Σ cₖ·Tₖ(2u − 1), by Clenshaw's recurrence.
#[inline(always)]
fn sum<F: Real>(u: Lanes<F>, buffer: impl Fn(usize) -> Lanes<F>) -> Lanes<F> {
    let z = u.map(|u| u + u - F::ONE);
    let (mut a, mut b) = ([F::ZERO; LANES], [F::ZERO; LANES]);
    for k in (1..terms::<F>()).rev() {
        let term = buffer(FIRST + k);
        (a, b) = (std::array::from_fn(|i| term[i] + (z[i] + z[i]) * a[i] - b[i]), a);
    }
    let term = buffer(FIRST);
    std::array::from_fn(|i| term[i] + z[i] * a[i] - b[i])
}

/// Neighbours of a tile.
#[inline(always)]
fn lanes<F>(tile: &mut [F; TILE], from: usize) -> &mut Lanes<F> {
    &mut tile.as_chunks_mut().0[from / LANES]
}
