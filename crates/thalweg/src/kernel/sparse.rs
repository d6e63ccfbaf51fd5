//! A rule applied to some coordinates of tensors: a step, the steps they missed one by one, a look ahead.

use super::dress::Dress;
use super::few::{Few, TILE};
use super::fused::Pass;
use super::held::{self, Plain};
use super::isa::Isa;
use super::work::{self, Piece};
use crate::algebra::{At, Rule, Slots};
use crate::real::Real;

/// Some coordinates of one tensor with the scalars of a step, and their gradient.
#[derive(Debug)]
pub struct FewShare<'a, F: Real> {
    pub(crate) at: At,
    pub(crate) dress: Dress,
    pub(crate) few: Few<'a, F>,
    /// As long as the coordinates are many.
    pub(crate) g: &'a [F],
}

/// Some coordinates of one tensor, and the scalars of each step since all were up to date.
#[derive(Debug)]
pub struct FewMissed<'a, F: Real> {
    pub(crate) few: Few<'a, F>,
    pub(crate) steps: &'a [(At, Dress)],
}

/// Where the gradient of some coordinates is wanted.
#[derive(Debug)]
pub struct FewLook<'a, F: Real> {
    pub(crate) at: At,
    pub(crate) few: Few<'a, F>,
    /// As long as the coordinates are many.
    pub(crate) out: &'a mut [F],
}

/// One step, which is number `now`.
pub(super) fn step<F: Real, R: Rule>(rule: &R, shares: Vec<FewShare<'_, F>>, now: u16, isa: Isa) {
    let pieces =
        shares.into_iter().map(|FewShare { at, dress, few, g }| (Pass::<F, R>::new(rule.now(&at), &dress), few, g));
    let pieces: Vec<_> = pieces.map(|(pass, few, side)| Beside { pass, few, side }).collect();
    share(pieces, |Beside { pass, few, side: g }| {
        few.each_tile(|few, room, from| {
            room.fetch(few);
            let n = room.n;
            let mut slots = room.slots.iter_mut().map(|slot| &mut slot[..n]);
            let columns = R::Slots::each(&mut || slots.next().unwrap_or_default());
            held::sweep(&mut Plain::<F, R> { x: &mut room.x[..n], g: &g[from..][..n], columns }, isa, &pass);
            room.put(few, now);
        });
    });
}

/// The steps before step `now` that coordinates missed, one by one with a gradient of 0: the same bits as if they had
/// taken them.
pub(super) fn replay<F: Real, R: Rule>(rule: &R, missed: Vec<FewMissed<'_, F>>, now: u16, isa: Isa) {
    let pieces = missed.into_iter().filter_map(|FewMissed { few, steps }| {
        let oldest = usize::from(few.oldest(now)?);
        let pass = |(at, dress): &(At, Dress)| Pass::<F, R>::new(rule.now(at), dress);
        let passes: Vec<_> = steps[oldest..usize::from(now)].iter().map(pass).collect();
        Some((few, oldest, std::sync::Arc::new(passes)))
    });
    let pieces: Vec<_> =
        pieces.map(|(few, oldest, pass)| Beside { pass: (oldest, pass), few, side: Nothing }).collect();
    share(pieces, |Beside { pass: (oldest, passes), few, .. }| {
        few.each_tile(|few, room, _| {
            if !room.fetch_last(few, now) {
                return;
            }
            room.order();
            room.fetch(few);
            // Who has been away longest comes first: the others join in one after another.
            let mut n = 0;
            for (pass, step) in passes.iter().zip(oldest as u16..) {
                n += room.last[n..room.n].iter().take_while(|last| **last <= step).count();
                let mut slots = room.slots.iter_mut().map(|slot| &mut slot[..n]);
                let columns = R::Slots::each(&mut || slots.next().unwrap_or_default());
                let g = &[F::ZERO; TILE][..n];
                held::sweep(&mut Plain::<F, R> { x: &mut room.x[..n], g, columns }, isa, pass);
            }
            room.put(few, now);
        });
    });
}

/// Writes where their gradient is wanted.
pub(super) fn look<F: Real, R: Rule>(rule: &R, looks: Vec<FewLook<'_, F>>) {
    let pieces = looks.into_iter().map(|FewLook { at, few, out }| Beside { pass: rule.now::<F>(&at), few, side: out });
    share(pieces.collect(), |Beside { pass: now, few, side: out }| {
        few.each_tile(|few, room, from| {
            room.fetch(few);
            for (i, out) in out[from..].iter_mut().enumerate().take(room.n) {
                let mut slots = room.slots.iter().map(|slot| slot[i]);
                let each = R::Slots::each(&mut || slots.next().unwrap_or_default());
                *out = R::look(&now, room.x[i], &R::Slots::load(&each, |v| *v));
            }
        });
    });
}

/// Coordinates with what is the same for all of them, and with numbers beside each.
struct Beside<'a, F: Real, P, S> {
    pass: P,
    few: Few<'a, F>,
    side: S,
}

/// Numbers beside coordinates, or nothing.
trait Side: Sized + Send {
    fn split(self, middle: usize) -> (Self, Self);
}

struct Nothing;

impl Side for Nothing {
    fn split(self, _: usize) -> (Self, Self) {
        (Self, Self)
    }
}

impl<T: Sync> Side for &[T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at(middle)
    }
}

impl<T: Send> Side for &mut [T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at_mut(middle)
    }
}

impl<F: Real, P: Clone + Send, S: Side> Piece for Beside<'_, F, P, S> {
    fn len(&self) -> usize {
        Piece::len(&self.few)
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { pass, few, side } = self;
        match few.cut(middle) {
            Ok((few, right)) => {
                let (side, side_right) = side.split(few.count());
                Ok((Self { pass: pass.clone(), few, side }, Self { pass, few: right, side: side_right }))
            }
            Err(few) => Err(Self { pass, few, side }),
        }
    }
}

fn share<P: Piece>(pieces: Vec<P>, work: impl Fn(P) + Sync + Send) {
    let total = pieces.iter().map(Piece::len).sum();
    work::share(pieces.into_iter(), total, work);
}
