//! A stretch of one tensor, held as the fused loop wants it.

use super::codec::BLOCK;
use super::column::{Any, Eighth, Half};
use super::fused::{Columns, Pass};
use super::isa::Isa;
use super::numbers::Numbers;
use super::staged::Staged;
use super::tree::{self, leaf_sum, tree};
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// What a pass goes over.
pub(super) trait Sweep<F: Real, R: Rule>: Sized + Send {
    /// The same for a shorter while.
    type Short<'b>: Sweep<F, R>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Self::Short<'_>;
    fn x(&self) -> Numbers<'_, F>;
    /// Cuts at a multiple of [`BLOCK`], or at the end.
    fn cut(self, middle: usize) -> (Self, Self);
    /// One step.
    fn sweep(&mut self, pass: &Pass<F, R>);
    /// Folds `n` coordinates from the start of a block on, and writes the terms whose norms are wanted.
    fn terms(&mut self, pass: &Pass<F, R>, from: usize, n: usize, out: &mut [[F; tree::BLOCK]; 2]);
}

/// All in the element type.
pub(super) struct Plain<'a, F: Real, R: Rule> {
    pub(super) x: &'a mut [F],
    pub(super) g: &'a [F],
    pub(super) columns: Columns<'a, F, R>,
}

impl<F: Real, R: Rule> Sweep<F, R> for Plain<'_, F, R> {
    type Short<'b>
        = Plain<'b, F, R>
    where
        Self: 'b;

    fn reborrow(&mut self) -> Plain<'_, F, R> {
        Plain { x: self.x, g: self.g, columns: R::Slots::reborrow(&mut self.columns) }
    }

    fn x(&self) -> Numbers<'_, F> {
        Numbers::Full(self.x)
    }

    fn cut(self, middle: usize) -> (Self, Self) {
        let ((x, x_right), (g, g_right)) = (self.x.split_at_mut(middle), self.g.split_at(middle));
        let [columns, columns_right] = R::Slots::split(self.columns, middle);
        (Self { x, g, columns }, Self { x: x_right, g: g_right, columns: columns_right })
    }

    #[inline(always)]
    fn sweep(&mut self, pass: &Pass<F, R>) {
        pass.sweep(self.x, self.g, R::Slots::reborrow(&mut self.columns));
    }

    #[inline(always)]
    fn terms(&mut self, pass: &Pass<F, R>, from: usize, n: usize, out: &mut [[F; tree::BLOCK]; 2]) {
        let [_, columns] = R::Slots::split(R::Slots::reborrow(&mut self.columns), from);
        let [columns, _] = R::Slots::split(columns, n);
        pass.terms(&self.x[from..][..n], &self.g[from..][..n], columns, out);
    }
}

/// x, g and the slots: as they are, or by blocks of slots of one kind. Boxed, because lists of the plain ones are moved about.
pub(super) enum Held<'a, F: Real, R: Rule> {
    Plain(Plain<'a, F, R>),
    Half(Box<Staged<'a, F, R::Slots<F>, Half<'a>>>),
    Eighth(Box<Staged<'a, F, R::Slots<F>, Eighth<'a>>>),
    Any(Box<Staged<'a, F, R::Slots<F>, Any<'a, F>>>),
}

impl<F: Real, R: Rule> Held<'_, F, R> {
    /// Whether blocks of one kind have a loop of their own. In f64 they share the one for any kind: who wants narrow slots
    /// for speed has f32 parameters, and the compiler half the work.
    pub(super) const OWN_LOOPS: bool = size_of::<F>() == size_of::<f32>();

    pub(super) fn x(&self) -> Numbers<'_, F> {
        match self {
            Self::Plain(held) => Sweep::<F, R>::x(held),
            Self::Half(held) => Sweep::<F, R>::x(&**held),
            Self::Eighth(held) => Sweep::<F, R>::x(&**held),
            Self::Any(held) => Sweep::<F, R>::x(&**held),
        }
    }

    /// Cuts at a multiple of [`BLOCK`], or at the end.
    pub(super) fn cut(self, middle: usize) -> (Self, Self) {
        fn both<A, B>((left, right): (A, A), of: impl Fn(A) -> B) -> (B, B) {
            (of(left), of(right))
        }
        match self {
            Self::Plain(held) => both(held.cut(middle), Self::Plain),
            Self::Half(held) => both(Sweep::<F, R>::cut(*held, middle), |held| Self::Half(Box::new(held))),
            Self::Eighth(held) => both(Sweep::<F, R>::cut(*held, middle), |held| Self::Eighth(Box::new(held))),
            Self::Any(held) => both(Sweep::<F, R>::cut(*held, middle), |held| Self::Any(Box::new(held))),
        }
    }

    /// One step.
    pub(super) fn sweep(&mut self, isa: Isa, pass: &Pass<F, R>) {
        match self {
            Self::Plain(held) => sweep(held, isa, pass),
            Self::Half(held) if Self::OWN_LOOPS => sweep(&mut **held, isa, pass),
            Self::Eighth(held) if Self::OWN_LOOPS => sweep(&mut **held, isa, pass),
            Self::Any(held) => sweep(&mut **held, isa, pass),
            Self::Half(_) | Self::Eighth(_) => {}
        }
    }

    /// The two norms that a measuring rule asks for, along the fixed tree.
    pub(super) fn norms(&mut self, isa: Isa, pass: &Pass<F, R>) -> [f64; 2] {
        match self {
            Self::Plain(held) => norms(held, isa, pass),
            Self::Half(held) if Self::OWN_LOOPS => norms(&mut **held, isa, pass),
            Self::Eighth(held) if Self::OWN_LOOPS => norms(&mut **held, isa, pass),
            Self::Any(held) => norms(&mut **held, isa, pass),
            Self::Half(_) | Self::Eighth(_) => [0.0; 2],
        }
    }

    /// Moves `average` by `share` towards x.
    pub(super) fn follow(&self, isa: Isa, average: &mut [F], share: F) {
        let from = self.x();
        isa.run(
            #[inline(always)]
            || {
                let mut stage = [F::ZERO; BLOCK];
                for (block, average) in average.chunks_mut(BLOCK).enumerate() {
                    from.copy_range(block * BLOCK..block * BLOCK + average.len(), &mut stage);
                    average.iter_mut().zip(&stage).for_each(|(a, &x)| *a = *a + share * (x - *a));
                }
            },
        );
    }
}

pub(super) fn sweep<F: Real, R: Rule>(held: &mut impl Sweep<F, R>, isa: Isa, pass: &Pass<F, R>) {
    isa.run(
        #[inline(always)]
        || held.sweep(pass),
    );
}

fn norms<F: Real, R: Rule>(held: &mut impl Sweep<F, R>, isa: Isa, pass: &Pass<F, R>) -> [f64; 2] {
    let n = held.x().len();
    let squares = tree(held.reborrow(), n, &Sweep::cut, &|mut held| {
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    held.x().len(),
                    #[inline(always)]
                    |from, n, out| held.terms(pass, from, n, out),
                )
            },
        )
    });
    squares.map(f64::sqrt)
}
