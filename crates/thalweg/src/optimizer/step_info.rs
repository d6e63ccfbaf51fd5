//! The scalars of a step, of every tensor.

use super::Optimizer;
use super::pending::{LazyUpdate, PendingSteps};
use crate::algebra::{StepContext, ZeroGradStep};
use crate::kernel::{BoxedRule, CatchUpTable, Decay, StepModifiers};
use crate::method::{Clip, Goal};
use crate::real::Real;

/// What all tensors of a step have in common.
#[derive(Clone, Copy)]
pub(super) struct StepInfo {
    pub(super) t: u64,
    pub(super) carry: f64,
    /// Of every rate.
    factor: f64,
    decay: Decay,
    goal: Goal,
    clip: Clip,
}

impl<F: Real> Optimizer<F> {
    /// Of the next step.
    pub(super) fn clock(&self) -> StepInfo {
        let (t, factor) = (self.t + 1, self.lr_factor());
        let carry = self.rule.carry(t, self.carry);
        StepInfo { t, carry, factor, decay: self.decay, goal: self.options.goal, clip: self.options.clip }
    }
}

impl StepInfo {
    /// The scalars for a rate, a decay, and a factor of the gradient.
    pub(super) fn of(&self, lr: f64, weight_decay: f64, scale: f64) -> (StepContext, StepModifiers) {
        let lr = lr * self.factor;
        let own_decay = if self.decay == Decay::Own { weight_decay } else { 0.0 };
        let scale = if self.goal == Goal::Maximize { -scale } else { scale };
        let bound = if let Clip::Value(bound) = self.clip { bound } else { f64::INFINITY };
        let modifiers =
            StepModifiers { scale, bound, ..StepModifiers::default() }.decayed(self.decay, weight_decay, lr);
        (StepContext { t: self.t, lr, weight_decay: own_decay, carry: self.carry }, modifiers)
    }

    /// How coordinates of a rate and a decay rest.
    pub(super) fn resting<F: Real>(&self, rule: &BoxedRule<F>, lr: f64, weight_decay: f64) -> LazyUpdate<F> {
        let (at, modifiers) = self.of(lr, weight_decay, 1.0);
        let rest = rule.zero_grad_step(&at);
        match &rest {
            // A decay may be 0 at this step, for its rate is, and not at the next.
            Some(rest) if weight_decay == 0.0 && rest.is_still() => LazyUpdate::Still,
            Some(rest) => {
                CatchUpTable::new(rest, &modifiers).map_or(LazyUpdate::Replay(Vec::new()), LazyUpdate::CatchUpTable)
            }
            None => LazyUpdate::Replay(Vec::new()),
        }
    }

    /// Whether the window can take in this step.
    pub(super) fn fits<F: Real>(&self, rule: &BoxedRule<F>, window: &PendingSteps<F>) -> bool {
        window.groups.iter().all(|group| match &group.resting {
            LazyUpdate::CatchUpTable(table) => {
                self.rest(rule, group.lr, group.weight_decay).is_some_and(|rest| table.takes(&rest))
            }
            LazyUpdate::Still | LazyUpdate::Replay(_) => true,
        })
    }

    /// The window takes in this step.
    pub(super) fn note<F: Real>(&self, rule: &BoxedRule<F>, window: &mut PendingSteps<F>) {
        for group in &mut window.groups {
            let (at, modifiers) = self.of(group.lr, group.weight_decay, 1.0);
            match &mut group.resting {
                LazyUpdate::Still => {}
                LazyUpdate::CatchUpTable(table) => {
                    if let Some(rest) = rule.zero_grad_step(&at) {
                        table.push(&rest, &modifiers);
                    }
                }
                LazyUpdate::Replay(steps) => steps.push((at, modifiers)),
            }
        }
        window.end_step();
    }

    fn rest<F: Real>(&self, rule: &BoxedRule<F>, lr: f64, weight_decay: f64) -> Option<ZeroGradStep> {
        rule.zero_grad_step(&self.of(lr, weight_decay, 1.0).0)
    }
}
