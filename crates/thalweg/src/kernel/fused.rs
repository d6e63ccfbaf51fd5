//! The fused loop: one pass reads x, g and the slots, and writes x and the slots.

use super::modifiers::{ModifierScalars, StepModifiers};
use crate::algebra::{Rule, Slots};
use crate::real::Real;

/// One slice per slot of a rule.
pub(super) type SlotSlices<'a, F, R> = <<R as Rule>::Slots<F> as Slots<F>>::Each<&'a mut [F]>;

/// Scalars of one pass over a tensor.
#[derive(Clone, Copy)]
pub(super) struct StepPass<F: Real, R: Rule> {
    pub(super) scalars: R::Scalars<F>,
    modifiers: ModifierScalars<F>,
}

impl<F: Real, R: Rule> StepPass<F, R> {
    pub(super) fn new(scalars: R::Scalars<F>, modifiers: &StepModifiers) -> Self {
        Self { scalars, modifiers: modifiers.scalars() }
    }

    /// Updates all coordinates: the loop of every method. The seven operations of the modifiers show where arithmetic
    /// is the limit, so the steps that have none, which are most, have a loop without them.
    #[inline(always)]
    pub(super) fn update(&self, x: &mut [F], g: &[F], slots: SlotSlices<'_, F, R>) {
        if self.modifiers.are_trivial() {
            return self.update_each(x, g, slots, |_, g| g, |x, update| self.modifiers.decayed(x) - update);
        }
        self.update_each(
            x,
            g,
            slots,
            |x, g| self.modifiers.gradient(x, g),
            |x, update| self.modifiers.apply(x, update),
        );
    }

    #[inline(always)]
    fn update_each(
        &self,
        x: &mut [F],
        g: &[F],
        slots: SlotSlices<'_, F, R>,
        gradient: impl Fn(F, F) -> F,
        apply: impl Fn(F, F) -> F,
    ) {
        // With slices of one visible length n the compiler drops the bounds checks.
        let n = x.len();
        let (x, g) = (&mut x[..n], &g[..n]);
        let [mut slots, _] = R::Slots::split(slots, n);
        for i in 0..n {
            let mut s = R::Slots::load(&slots, |slot| slot[i]);
            let update = R::update(&self.scalars, self.modifiers.decayed(x[i]), gradient(x[i], g[i]), &mut s);
            s.store(&mut slots, |slot, v| slot[i] = v);
            x[i] = apply(x[i], update);
        }
    }

    /// Writes the two terms whose norms a rule needs; for rules with [`Rule::NEEDS_NORMS`].
    #[inline(always)]
    pub(super) fn norm_terms(&self, x: &[F], g: &[F], slots: SlotSlices<'_, F, R>, [a, b]: [&mut [F]; 2]) {
        let n = x.len();
        let (x, g, a, b) = (&x[..n], &g[..n], &mut a[..n], &mut b[..n]);
        let [mut slots, _] = R::Slots::split(slots, n);
        for i in 0..n {
            let mut s = R::Slots::load(&slots, |slot| slot[i]);
            let (x, g) = (self.modifiers.decayed(x[i]), self.modifiers.gradient(x[i], g[i]));
            [a[i], b[i]] = R::norm_terms(&self.scalars, x, g, &mut s);
            s.store(&mut slots, |slot, v| slot[i] = v);
        }
    }
}
