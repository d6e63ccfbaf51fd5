//! Pending zero-gradient steps of coordinates, applied in closed form.

use super::super::isa::Isa;
use super::super::parallel::{Splittable, for_each_balanced};
use super::super::sparse::{SparseSlice, SparseTile, TILE};
use super::table::{CatchUpTable, Row, UpdateForm, terms};
use crate::real::Real;

/// Coordinates that are updated side by side, each with its own row.
const LANES: usize = 16;

type Lanes<F> = [F; LANES];

/// Applies the pending steps up to step `now` to coordinates, each by the table of its group.
pub(crate) fn sync<F: Real>(slices: Vec<(SparseSlice<'_, F>, &CatchUpTable<F>)>, now: u16, isa: Isa) {
    let total = slices.iter().map(|(slice, _)| Splittable::len(slice)).sum();
    let tasks = slices.into_iter().map(|(slice, table)| SyncTask { slice, table });
    for_each_balanced(tasks, total, |SyncTask { slice, table }| {
        slice.for_each_tile(|slice, tile, _| {
            if tile.gather_last_steps(slice, now) {
                tile.gather(slice);
                isa.run(
                    #[inline(always)]
                    || table.apply(tile, now),
                );
                tile.scatter(slice, now);
            }
        });
    });
}

struct SyncTask<'a, 't, F: Real> {
    slice: SparseSlice<'a, F>,
    table: &'t CatchUpTable<F>,
}

impl<F: Real> Splittable for SyncTask<'_, '_, F> {
    fn len(&self) -> usize {
        Splittable::len(&self.slice)
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let table = self.table;
        match self.slice.split(middle) {
            Ok((left, right)) => Ok((Self { slice: left, table }, Self { slice: right, table })),
            Err(slice) => Err(Self { slice, table }),
        }
    }
}

impl<F: Real> CatchUpTable<F> {
    /// Applies the pending steps of all coordinates of a tile.
    #[inline(always)]
    fn apply(&self, tile: &mut SparseTile<F>, now: u16) {
        // The last tile may end within the lanes.
        tile.last_steps[tile.len..].fill(now);
        for from in (0..tile.len).step_by(LANES) {
            let mut pending = true;
            while pending {
                pending = false;
                let mut rows = [&self.identity; LANES];
                for (lane, last) in tile.last_steps[from..][..LANES].iter_mut().enumerate() {
                    if *last < now {
                        (rows[lane], *last) = self.row(*last, now);
                        pending |= *last < now;
                    }
                }
                self.apply_rows(tile, from, &rows);
            }
        }
    }

    /// Applies one row to each of the coordinates from `from` on.
    #[inline(always)]
    fn apply_rows(&self, tile: &mut SparseTile<F>, from: usize, rows: &[&Row<F>; LANES]) {
        let keep: Lanes<F> = std::array::from_fn(|lane| rows[lane].keep);
        let x: &mut Lanes<F> = lanes(&mut tile.x, from);
        let before = *x;
        match self.form {
            UpdateForm::Nothing => (0..LANES).for_each(|i| x[i] = keep[i] * x[i]),
            UpdateForm::Slot(slot) => {
                let (s, term) = (*lanes(&mut tile.slots[slot], from), term_lanes(rows, 0));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i]);
            }
            UpdateForm::Sign(slot) => {
                let (s, term) = (*lanes(&mut tile.slots[slot], from), term_lanes(rows, 0));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i].sign());
            }
            UpdateForm::EpsOutside { slot, root_slot } | UpdateForm::EpsInside { slot, root_slot } => {
                let [s, v] = [slot, root_slot].map(|slot| *lanes(&mut tile.slots[slot], from));
                let scale: Lanes<F> = std::array::from_fn(|lane| rows[lane].scale);
                let eps: Lanes<F> = std::array::from_fn(|lane| rows[lane].eps);
                let inside = matches!(self.form, UpdateForm::EpsInside { .. });
                let y = v.map(|v| if inside { v } else { v.sqrt() });
                let below: Lanes<F> = std::array::from_fn(|i| y[i] * scale[i] + eps[i]);
                let sum = chebyshev_sum(std::array::from_fn(|i| eps[i] / below[i]), rows);
                let below = below.map(|v| if inside { v.sqrt() } else { v });
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - s[i] / below[i] * sum[i]);
            }
        }
        for (k, slot) in tile.slots.iter_mut().enumerate() {
            let s = lanes(slot, from);
            let factor: Lanes<F> = std::array::from_fn(|lane| rows[lane].factors[k]);
            match self.form {
                UpdateForm::Slot(moving) if moving == k => {
                    let gain: Lanes<F> = std::array::from_fn(|lane| rows[lane].gain);
                    (0..LANES).for_each(|i| s[i] = factor[i] * s[i] + gain[i] * before[i]);
                }
                // Step by step a slot stops near the smallest number and keeps its sign: it must not underflow here.
                UpdateForm::Sign(moving) if moving == k => (0..LANES).for_each(|i| {
                    s[i] = s[i].sign() * (s[i].abs() * factor[i]).max(s[i].abs().min(F::TINY));
                }),
                _ => (0..LANES).for_each(|i| s[i] = factor[i] * s[i]),
            }
        }
    }
}

/// Σ cₖ·Tₖ(2u − 1) with the terms cₖ of each lane's row, by Clenshaw's recurrence.
#[inline(always)]
fn chebyshev_sum<F: Real>(u: Lanes<F>, rows: &[&Row<F>; LANES]) -> Lanes<F> {
    let z = u.map(|u| u + u - F::ONE);
    let (mut a, mut b) = ([F::ZERO; LANES], [F::ZERO; LANES]);
    for k in (1..terms::<F>()).rev() {
        let term = term_lanes(rows, k);
        (a, b) = (std::array::from_fn(|i| term[i] + (z[i] + z[i]) * a[i] - b[i]), a);
    }
    let term = term_lanes(rows, 0);
    std::array::from_fn(|i| term[i] + z[i] * a[i] - b[i])
}

#[inline(always)]
fn term_lanes<F: Real>(rows: &[&Row<F>; LANES], k: usize) -> Lanes<F> {
    std::array::from_fn(|lane| rows[lane].terms[k])
}

/// Neighbouring numbers of a tile.
#[inline(always)]
fn lanes<F>(tile: &mut [F; TILE], from: usize) -> &mut Lanes<F> {
    &mut tile.as_chunks_mut().0[from / LANES]
}
