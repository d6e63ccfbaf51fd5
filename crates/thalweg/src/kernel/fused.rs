//! The fused loop: one pass reads x, g and the slots, and writes x and the slots.

use super::modifiers::{ModifierScalars, StepModifiers};
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// The columns of a rule's slots.
pub(super) type SlotSlices<'a, F, R> = <<R as Rule>::Slots<F> as Slots<F>>::Each<&'a mut [F]>;

/// The scalars of one pass.
#[derive(Clone, Copy)]
pub(super) struct StepPass<F: Real, R: Rule> {
    pub(super) scalars: R::Scalars<F>,
    modifiers: ModifierScalars<F>,
}

impl<F: Real, R: Rule> StepPass<F, R> {
    pub(super) fn new(scalars: R::Scalars<F>, modifiers: &StepModifiers) -> Self {
        Self { scalars, modifiers: modifiers.of() }
    }

    /// The loop every method runs in. Most wear no dress, whose seven operations a coordinate show where arithmetic is the
    /// limit: they have the loop without it.
    #[inline(always)]
    pub(super) fn sweep(&self, x: &mut [F], g: &[F], buffers: SlotSlices<'_, F, R>) {
        if self.modifiers.is_bare() {
            return self.each(x, g, buffers, |_, g| g, |x, lost| self.modifiers.kept(x) - lost);
        }
        self.each(x, g, buffers, |x, g| self.modifiers.gradient(x, g), |x, lost| self.modifiers.moved(x, lost));
    }

    #[inline(always)]
    fn each(
        &self,
        x: &mut [F],
        g: &[F],
        buffers: SlotSlices<'_, F, R>,
        gradient: impl Fn(F, F) -> F,
        moved: impl Fn(F, F) -> F,
    ) {
        // Slices of one visible length n: the compiler drops the bounds checks.
        let n = x.len();
        let (x, g) = (&mut x[..n], &g[..n]);
        let [mut buffers, _] = R::Slots::split(buffers, n);
        for i in 0..n {
            let mut s = R::Slots::load(&buffers, |buffer| buffer[i]);
            let lost = R::update(&self.scalars, x[i], gradient(x[i], g[i]), &mut s);
            s.store(&mut buffers, |buffer, v| buffer[i] = v);
            x[i] = moved(x[i], lost);
        }
    }

    /// The loop of a rule that measures first: the two terms whose norms it asks for.
    #[inline(always)]
    pub(super) fn terms<const N: usize>(
        &self,
        x: &[F],
        g: &[F],
        buffers: SlotSlices<'_, F, R>,
        [a, b]: &mut [[F; N]; 2],
    ) {
        let n = x.len();
        let (x, g, a, b) = (&x[..n], &g[..n], &mut a[..n], &mut b[..n]);
        let [mut buffers, _] = R::Slots::split(buffers, n);
        for i in 0..n {
            let mut s = R::Slots::load(&buffers, |buffer| buffer[i]);
            [a[i], b[i]] =
                R::norm_terms(&self.scalars, self.modifiers.kept(x[i]), self.modifiers.gradient(x[i], g[i]), &mut s);
            s.store(&mut buffers, |buffer, v| buffer[i] = v);
        }
    }
}
