//! Scalars of a step: those of all tensors, and those of a tensor by its hyperparameters.

use super::Optimizer;
use super::layout::TensorHyperparams;
use super::pending::{HyperparamGroup, LazyUpdate, PendingSteps};
use crate::algebra::{StepContext, ZeroGradStep};
use crate::kernel::{BoxedRule, CatchUpTable, Decay, StepModifiers};
use crate::method::{Clip, Goal};
use crate::real::Real;

/// Numbers that all tensors of a step have in common.
#[derive(Clone, Copy)]
pub(super) struct StepInfo {
    pub(super) t: u64,
    pub(super) carry: f64,
    /// Factor of every learning rate.
    lr_factor: f64,
    decay: Decay,
    goal: Goal,
    clip: Clip,
}

impl<F: Real> Optimizer<F> {
    /// The numbers that all tensors of the next step have in common.
    pub(super) fn next_step(&self) -> StepInfo {
        let (t, lr_factor) = (self.t + 1, self.lr_factor());
        let carry = self.rule.carry(t, self.carry);
        StepInfo { t, carry, lr_factor, decay: self.decay, goal: self.options.goal, clip: self.options.clip }
    }
}

impl StepInfo {
    /// The scalars of a tensor whose gradient is multiplied by `scale`.
    pub(super) fn scalars(&self, of: TensorHyperparams, scale: f64) -> (StepContext, StepModifiers) {
        let TensorHyperparams { lr, weight_decay } = of;
        let lr = lr * self.lr_factor;
        let own_decay = if self.decay == Decay::Own { weight_decay } else { 0.0 };
        let scale = if self.goal == Goal::Maximize { -scale } else { scale };
        let bound = if let Clip::Value(bound) = self.clip { bound } else { f64::INFINITY };
        let modifiers =
            StepModifiers { scale, bound, ..StepModifiers::default() }.with_decay(self.decay, weight_decay, lr);
        (StepContext { t: self.t, lr, weight_decay: own_decay, carry: self.carry }, modifiers)
    }

    /// The way in which coordinates with these hyperparameters catch up with the steps that they skip.
    pub(super) fn lazy_update<F: Real>(&self, rule: &BoxedRule<F>, of: TensorHyperparams) -> LazyUpdate<F> {
        let (step, modifiers) = self.scalars(of, 1.0);
        match rule.zero_grad_step(&step) {
            // A decay may be 0 at this step, where the rate is, and not at the next.
            Some(zero) if of.weight_decay == 0.0 && zero.is_noop() => LazyUpdate::Noop,
            Some(zero) => {
                CatchUpTable::new(&zero, &modifiers).map_or(LazyUpdate::Replay(Vec::new()), LazyUpdate::ClosedForm)
            }
            None => LazyUpdate::Replay(Vec::new()),
        }
    }

    /// Returns `true` if this step can be appended to the pending ones.
    pub(super) fn can_follow<F: Real>(&self, rule: &BoxedRule<F>, pending: &PendingSteps<F>) -> bool {
        pending.groups.iter().all(|group| match &group.lazy_update {
            LazyUpdate::ClosedForm(table) => self.zero_grad_step(rule, group).is_some_and(|zero| table.accepts(&zero)),
            LazyUpdate::Noop | LazyUpdate::Replay(_) => true,
        })
    }

    /// Appends this step to the pending ones.
    pub(super) fn append_to<F: Real>(&self, rule: &BoxedRule<F>, pending: &mut PendingSteps<F>) {
        for group in &mut pending.groups {
            let (step, modifiers) = self.scalars(group.hyperparams, 1.0);
            match &mut group.lazy_update {
                LazyUpdate::Noop => {}
                LazyUpdate::ClosedForm(table) => {
                    let zero = rule.zero_grad_step(&step);
                    let zero = zero.unwrap_or_else(|| unreachable!("`can_follow` was asked before"));
                    table.push(&zero, &modifiers);
                }
                LazyUpdate::Replay(steps) => steps.push((step, modifiers)),
            }
        }
        pending.end_step();
    }

    fn zero_grad_step<F: Real>(&self, rule: &BoxedRule<F>, group: &HyperparamGroup<F>) -> Option<ZeroGradStep> {
        rule.zero_grad_step(&self.scalars(group.hyperparams, 1.0).0)
    }
}
