//! Coordinates that catch up in legs.

use super::few::{Few, Room, TILE};
use super::isa::Isa;
use super::legs::{EPS, FIRST, GAIN, KEEP, Legs, Row, SCALE, Shape, TERMS, terms};
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
        // The last tile may end within the lanes.
        room.last[room.n..].fill(now);
        for from in (0..room.n).step_by(LANES) {
            let mut behind = true;
            while behind {
                behind = false;
                let mut from_rows = [&self.idle; LANES];
                for (lane, last) in room.last[from..][..LANES].iter_mut().enumerate() {
                    if *last < now {
                        (from_rows[lane], *last) = self.row(*last, now);
                        behind |= *last < now;
                    }
                }
                self.go(room, from, &from_rows);
            }
        }
    }

    /// One leg of neighbouring coordinates.
    #[inline(always)]
    fn go(&self, room: &mut Room<F>, from: usize, rows: &[&Row<F>; LANES]) {
        let column = |k: usize| -> Lanes<F> { std::array::from_fn(|lane| rows[lane][k]) };
        let x: &mut Lanes<F> = lanes(&mut room.x, from);
        let (keep, before) = (column(KEEP), *x);
        match self.shape {
            Shape::Nothing => (0..LANES).for_each(|i| x[i] = keep[i] * x[i]),
            Shape::Slot(slot) => {
                let (s, term) = (*lanes(&mut room.slots[slot], from), column(FIRST));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i]);
            }
            Shape::Sign(slot) => {
                let (s, term) = (*lanes(&mut room.slots[slot], from), column(FIRST));
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - term[i] * s[i].sign());
            }
            Shape::Outside(slot, under) | Shape::Inside(slot, under) => {
                let [s, v] = [slot, under].map(|slot| *lanes(&mut room.slots[slot], from));
                let (scale, eps) = (column(SCALE), column(EPS));
                let inside = matches!(self.shape, Shape::Inside(..));
                let y = v.map(|v| if inside { v } else { v.sqrt() });
                let below: Lanes<F> = std::array::from_fn(|i| y[i] * scale[i] + eps[i]);
                let sum = sum(std::array::from_fn(|i| eps[i] / below[i]), column);
                let below = below.map(|v| if inside { v.sqrt() } else { v });
                (0..LANES).for_each(|i| x[i] = keep[i] * x[i] - s[i] / below[i] * sum[i]);
            }
        }
        for (k, slot) in room.slots.iter_mut().enumerate() {
            let (s, keep) = (lanes(slot, from), column(FIRST + TERMS + k));
            match self.shape {
                Shape::Slot(moving) if moving == k => {
                    let gain = column(GAIN);
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
fn sum<F: Real>(u: Lanes<F>, column: impl Fn(usize) -> Lanes<F>) -> Lanes<F> {
    let z = u.map(|u| u + u - F::ONE);
    let (mut a, mut b) = ([F::ZERO; LANES], [F::ZERO; LANES]);
    for k in (1..terms::<F>()).rev() {
        let term = column(FIRST + k);
        (a, b) = (std::array::from_fn(|i| term[i] + (z[i] + z[i]) * a[i] - b[i]), a);
    }
    let term = column(FIRST);
    std::array::from_fn(|i| term[i] + z[i] * a[i] - b[i])
}

/// Neighbours of a tile.
#[inline(always)]
fn lanes<F>(tile: &mut [F; TILE], from: usize) -> &mut Lanes<F> {
    &mut tile.as_chunks_mut().0[from / LANES]
}
