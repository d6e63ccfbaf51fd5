//! The fused loop: one pass reads x, g and the slots, and writes x and the slots.

use super::dress::{Dress, Worn};
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// The columns of a rule's slots.
pub(super) type Columns<'a, F, R> = <<R as Rule>::Slots<F> as Slots<F>>::Each<&'a mut [F]>;

/// The scalars of one pass.
#[derive(Clone, Copy)]
pub(super) struct Pass<F: Real, R: Rule> {
    pub(super) now: R::Now<F>,
    dress: Worn<F>,
}

impl<F: Real, R: Rule> Pass<F, R> {
    pub(super) fn new(now: R::Now<F>, dress: &Dress) -> Self {
        Self { now, dress: dress.of() }
    }

    /// The loop every method runs in. Most wear no dress, whose seven operations a coordinate show where arithmetic is the
    /// limit: they have the loop without it.
    #[inline(always)]
    pub(super) fn sweep(&self, x: &mut [F], g: &[F], columns: Columns<'_, F, R>) {
        if self.dress.is_bare() {
            return self.each(x, g, columns, |_, g| g, |x, lost| self.dress.kept(x) - lost);
        }
        self.each(x, g, columns, |x, g| self.dress.gradient(x, g), |x, lost| self.dress.moved(x, lost));
    }

    #[inline(always)]
    fn each(
        &self,
        x: &mut [F],
        g: &[F],
        columns: Columns<'_, F, R>,
        gradient: impl Fn(F, F) -> F,
        moved: impl Fn(F, F) -> F,
    ) {
        // Slices of one visible length n: the compiler drops the bounds checks.
        let n = x.len();
        let (x, g) = (&mut x[..n], &g[..n]);
        let [mut columns, _] = R::Slots::split(columns, n);
        for i in 0..n {
            let mut s = R::Slots::load(&columns, |column| column[i]);
            let lost = R::fold(&self.now, x[i], gradient(x[i], g[i]), &mut s);
            s.store(&mut columns, |column, v| column[i] = v);
            x[i] = moved(x[i], lost);
        }
    }

    /// The loop of a rule that measures first: the two terms whose norms it asks for.
    #[inline(always)]
    pub(super) fn terms<const N: usize>(&self, x: &[F], g: &[F], columns: Columns<'_, F, R>, [a, b]: &mut [[F; N]; 2]) {
        let n = x.len();
        let (x, g, a, b) = (&x[..n], &g[..n], &mut a[..n], &mut b[..n]);
        let [mut columns, _] = R::Slots::split(columns, n);
        for i in 0..n {
            let mut s = R::Slots::load(&columns, |column| column[i]);
            [a[i], b[i]] = R::measure(&self.now, self.dress.kept(x[i]), self.dress.gradient(x[i], g[i]), &mut s);
            s.store(&mut columns, |column, v| column[i] = v);
        }
    }
}
