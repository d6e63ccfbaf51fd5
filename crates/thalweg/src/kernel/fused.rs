//! The fused loop: one pass reads x, g and the slots, and writes x and the slots.

use std::fmt::Debug;

use pulp::Arch;

use super::dress::{Dress, Worn};
use super::tree::{leaf_sum, tree};
use super::{GRAIN, half};
use crate::algebra::{At, Rule, Slot, Slots};
use crate::real::Real;

/// A rule behind one pointer: how an optimizer holds a method it knows only at run time.
pub type Fused<F> = Box<dyn Step<F>>;

impl<F: Real> Clone for Fused<F> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// The columns of a rule's slots.
type Columns<'a, F, R> = <<R as Rule>::Slots<F> as Slots<F>>::Columns<'a>;

/// A [`Rule`] applied to slices. Every rule is one; nothing else needs to be.
pub trait Step<F: Real>: Debug + Send + Sync {
    /// As [`Rule::slots`].
    fn slots(&self) -> Vec<Slot>;
    /// As [`Rule::carry`].
    fn carry(&self, t: u64, before: f64) -> f64;
    /// As [`Rule::looks`].
    fn looks(&self) -> bool;
    /// One step of one tensor. Each of `columns` holds one slot of all tensors; this tensor's part
    /// starts at `from` and is as long as `x` and `g`.
    fn step(&self, at: &At, dress: &Dress, x: &mut [F], g: &[F], columns: &mut [Vec<F>], from: usize);
    /// Writes where the gradient of one tensor is wanted to `out`.
    fn look(&self, at: &At, x: &[F], columns: &mut [Vec<F>], from: usize, out: &mut [F]);
    /// A copy behind its own pointer.
    fn boxed(&self) -> Fused<F>;
}

impl<F: Real, R: Rule> Step<F> for R {
    fn slots(&self) -> Vec<Slot> {
        Rule::slots(self)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        Rule::carry(self, t, before)
    }

    fn looks(&self) -> bool {
        Rule::looks(self)
    }

    fn step(&self, at: &At, dress: &Dress, x: &mut [F], g: &[F], columns: &mut [Vec<F>], from: usize) {
        let mut pass = Pass::<F, R> { now: self.now(at), dress: dress.of() };
        if R::MEASURES {
            let norms = pass.measure(x, g, cut::<F, R>(columns, from, x.len())).map(f64::sqrt);
            pass.now = self.measured(pass.now, norms, at);
        }
        let columns = cut::<F, R>(columns, from, x.len());
        pass.run(x, g, columns);
    }

    fn look(&self, at: &At, x: &[F], columns: &mut [Vec<F>], from: usize, out: &mut [F]) {
        let now = self.now(at);
        let columns = cut::<F, R>(columns, from, x.len());
        for (i, (out, &x)) in out.iter_mut().zip(x).enumerate() {
            *out = R::look(&now, x, &Slots::load(&columns, i));
        }
    }

    fn boxed(&self) -> Fused<F> {
        Box::new(*self)
    }
}

/// One tensor's stretch of every column.
fn cut<F: Real, R: Rule>(columns: &mut [Vec<F>], from: usize, n: usize) -> Columns<'_, F, R> {
    R::Slots::columns(&mut columns.iter_mut().map(|column| &mut column[from..from + n]))
}

/// The scalars of one pass.
struct Pass<F: Real, R: Rule> {
    now: R::Now<F>,
    dress: Worn<F>,
}

impl<F: Real, R: Rule> Pass<F, R> {
    /// Halves the work until one thread can have it. Element-wise work has no order: any cut gives
    /// the same bits.
    fn run(&self, x: &mut [F], g: &[F], columns: Columns<'_, F, R>) {
        if x.len() <= GRAIN {
            return Arch::new().dispatch(
                #[inline(always)]
                || self.sweep(x, g, columns),
            );
        }
        let middle = half(x.len());
        let (x, x_right) = x.split_at_mut(middle);
        let (g, g_right) = g.split_at(middle);
        let (columns, columns_right) = R::Slots::split(columns, middle);
        rayon::join(|| self.run(x, g, columns), || self.run(x_right, g_right, columns_right));
    }

    /// The loop every method runs in.
    #[inline(always)]
    fn sweep(&self, x: &mut [F], g: &[F], columns: Columns<'_, F, R>) {
        // Slices of one visible length n: the compiler drops the bounds checks.
        let n = x.len();
        let (x, g) = (&mut x[..n], &g[..n]);
        let (mut columns, _) = R::Slots::split(columns, n);
        for i in 0..n {
            let mut s = R::Slots::load(&columns, i);
            let g = self.dress.gradient(x[i], g[i]);
            let lost = R::fold(&self.now, x[i], g, &mut s);
            s.store(&mut columns, i);
            x[i] = self.dress.moved(x[i], lost);
        }
    }

    /// The two sums of squares a measuring rule asks for.
    fn measure<'a>(&self, x: &'a [F], g: &'a [F], columns: Columns<'a, F, R>) -> [f64; 2] {
        tree((x, g, columns), x.len(), &split::<F, R>, &|(x, g, columns): Stretch<'_, F, R>| {
            Arch::new().dispatch(
                #[inline(always)]
                || self.measure_leaf(x, g, columns),
            )
        })
    }

    #[inline(always)]
    fn measure_leaf(&self, x: &[F], g: &[F], columns: Columns<'_, F, R>) -> [f64; 2] {
        let n = x.len();
        let (x, g) = (&x[..n], &g[..n]);
        let (mut columns, _) = R::Slots::split(columns, n);
        leaf_sum(
            n,
            #[inline(always)]
            |i| {
                let mut s = R::Slots::load(&columns, i);
                let terms = R::measure(&self.now, self.dress.kept(x[i]), self.dress.gradient(x[i], g[i]), &mut s);
                s.store(&mut columns, i);
                terms
            },
        )
    }
}

/// A stretch of a tensor: x, g and the slots' columns.
type Stretch<'a, F, R> = (&'a [F], &'a [F], Columns<'a, F, R>);

fn split<F: Real, R: Rule>(
    (x, g, columns): Stretch<'_, F, R>,
    middle: usize,
) -> (Stretch<'_, F, R>, Stretch<'_, F, R>) {
    let ((x, x_right), (g, g_right)) = (x.split_at(middle), g.split_at(middle));
    let (columns, columns_right) = R::Slots::split(columns, middle);
    ((x, g, columns), (x_right, g_right, columns_right))
}
