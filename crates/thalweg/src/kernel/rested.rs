//! Coordinates that catch up in legs.

use super::few::{Few, Room};
use super::isa::Isa;
use super::legs::{EPS, FIRST, GAIN, KEEP, Legs, SCALE, SLOTS, Shape, TERMS};
use super::staged::TILE;
use super::work::{self, Piece};
use crate::real::Real;

/// So many coordinates go side by side, each with its own row.
const LANES: usize = 16;

type Lanes<F> = [F; LANES];

/// Brings coordinates up to step `now`, each along its group's legs.
pub(crate) fn catch_up<F: Real>(few: Vec<(Few<'_, F>, &Legs<F>)>, now: u16, isa: Isa) {
    let total = few.iter().map(|(few, _)| Piece::len(few)).sum();
    work::share(few.into_iter().map(|(few, legs)| Behind { few, legs }), total, |behind| {
        let legs = behind.legs;
        behind.few.each_tile(|few, room, _| {
            if room.fetch_last(few, now) {
                room.fetch(few);
                isa.run(
                    #[inline(always)]
                    || legs.walk(room, now),
                );
                room.put(few, now);
            }
        });
    });
}

struct Behind<'a, 'l, F: Real> {
    few: Few<'a, F>,
    legs: &'l Legs<F>,
}

impl<F: Real> Piece for Behind<'_, '_, F> {
    fn len(&self) -> usize {
        Piece::len(&self.few)
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let legs = self.legs;
        match self.few.cut(middle) {
            Ok((left, right)) => Ok((Self { few: left, legs }, Self { few: right, legs })),
            Err(few) => Err(Self { few, legs }),
        }
    }
}

impl<F: Real> Legs<F> {
    /// All of a tile.
    #[inline(always)]
    fn walk(&self, room: &mut Room<F>, now: u16) {
        // What is up to date goes along a row that leads nowhere.
        let mut idle = [F::ZERO; FIRST + TERMS + SLOTS];
        for k in [KEEP, SCALE, EPS].into_iter().chain(FIRST + self.terms..self.stride()) {
            idle[k] = F::ONE;
        }
        for from in (0..room.n).step_by(LANES) {
            let to = LANES.min(room.n - from);
            room.last[from + to..from.next_multiple_of(LANES) + LANES].fill(now);
            let mut behind = true;
            while behind {
                let mut rows = [[F::ZERO; LANES]; FIRST + TERMS + SLOTS];
                behind = false;
                for (lane, last) in room.last[from..][..LANES].iter_mut().enumerate() {
                    let (row, end) = if *last < now { self.row(*last, now) } else { (&idle[..self.stride()], now) };
                    rows.iter_mut().zip(row).for_each(|(to, v)| to[lane] = *v);
                    *last = end;
                    behind |= end < now;
                }
                self.go(room, from, &rows);
            }
        }
    }

    /// One leg of neighbouring coordinates.
    #[inline(always)]
    fn go(&self, room: &mut Room<F>, from: usize, rows: &[Lanes<F>; FIRST + TERMS + SLOTS]) {
        let x: &mut Lanes<F> = lanes(&mut room.x, from);
        let (keep, gain, terms) = (&rows[KEEP], &rows[GAIN], &rows[FIRST..][..self.terms]);
        let before = *x;
        let (mut moving, mut fading) = (None, None);
        match self.shape {
            Shape::Nothing => (0..LANES).for_each(|i| x[i] = keep[i] * x[i]),
            Shape::Slot(slot) => {
                let s = *lanes(&mut room.slots[slot], from);
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - terms[0][i] * s[i]);
                moving = Some(slot);
            }
            Shape::Sign(slot) => {
                let s = *lanes(&mut room.slots[slot], from);
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - terms[0][i] * s[i].sign());
                // What fades step by step sticks near the smallest number and keeps its sign: this must not underflow.
                let fade = &rows[FIRST + 1 + slot];
                let least = |i: usize| (s[i].abs() * fade[i]).max(s[i].abs().min(F::TINY));
                *lanes(&mut room.slots[slot], from) = std::array::from_fn(|i| s[i].sign() * least(i));
                fading = Some(slot);
            }
            Shape::Outside(slot, under) => {
                let [s, v] = [slot, under].map(|slot| *lanes(&mut room.slots[slot], from));
                for i in 0..LANES {
                    let below = v[i].sqrt() * rows[SCALE][i] + rows[EPS][i];
                    let u = rows[EPS][i] / below;
                    x[i] = keep[i] * x[i] - s[i] / below * sum(terms, u, i);
                }
            }
            Shape::Inside(slot, under) => {
                let [s, v] = [slot, under].map(|slot| *lanes(&mut room.slots[slot], from));
                for i in 0..LANES {
                    let square = v[i] * rows[SCALE][i] + rows[EPS][i];
                    let u = rows[EPS][i] / square;
                    x[i] = keep[i] * x[i] - s[i] / square.sqrt() * sum(terms, u, i);
                }
            }
        }
        let slots = room.slots.iter_mut().zip(&rows[FIRST + self.terms..]).enumerate();
        for (_, (slot, keep)) in slots.filter(|(k, _)| Some(*k) != fading) {
            let s = lanes(slot, from);
            (0..LANES).for_each(|i| s[i] = keep[i] * s[i]);
        }
        if let Some(slot) = moving {
            let s = lanes(&mut room.slots[slot], from);
            (0..LANES).for_each(|i| s[i] = s[i] + gain[i] * before[i]);
        }
    }
}

/// Neighbours of a tile.
#[inline(always)]
fn lanes<F>(tile: &mut [F; TILE], from: usize) -> &mut Lanes<F> {
    &mut tile.as_chunks_mut().0[from / LANES]
}

/// Σ cₖ·Tₖ(2u − 1), by Clenshaw's recurrence.
#[inline(always)]
fn sum<F: Real>(terms: &[Lanes<F>], u: F, i: usize) -> F {
    let z = u + u - F::ONE;
    let (mut a, mut b) = (F::ZERO, F::ZERO);
    for term in terms[1..].iter().rev() {
        (a, b) = (term[i] + (z + z) * a - b, a);
    }
    terms[0][i] + z * a - b
}
