//! The scalars of a step, of every tensor.

use super::Optimizer;
use super::window::{Resting, Window};
use crate::algebra::{At, Rest};
use crate::kernel::{Decay, Dress, Fused, Legs};
use crate::method::{Clip, Goal};
use crate::real::Real;

/// What all tensors of a step have in common.
#[derive(Clone, Copy)]
pub(super) struct Clock {
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
    pub(super) fn clock(&self) -> Clock {
        let (t, factor) = (self.t + 1, self.rate_factor());
        let carry = self.rule.carry(t, self.carry);
        Clock { t, carry, factor, decay: self.decay, goal: self.around.goal, clip: self.around.clip }
    }
}

impl Clock {
    /// The scalars for a rate, a decay, and a factor of the gradient.
    pub(super) fn of(&self, lr: f64, weight_decay: f64, scale: f64) -> (At, Dress) {
        let lr = lr * self.factor;
        let own_decay = if self.decay == Decay::Own { weight_decay } else { 0.0 };
        let scale = if self.goal == Goal::Maximize { -scale } else { scale };
        let bound = if let Clip::Value(bound) = self.clip { bound } else { f64::INFINITY };
        let dress = Dress { scale, bound, ..Dress::default() }.decayed(self.decay, weight_decay, lr);
        (At { t: self.t, lr, weight_decay: own_decay, carry: self.carry }, dress)
    }

    /// How coordinates of a rate and a decay rest.
    pub(super) fn resting<F: Real>(&self, rule: &Fused<F>, lr: f64, weight_decay: f64) -> Resting<F> {
        let (at, dress) = self.of(lr, weight_decay, 1.0);
        let rest = rule.rest(&at);
        match &rest {
            // A decay may be 0 at this step, for its rate is, and not at the next.
            Some(rest) if weight_decay == 0.0 && rest.is_still() => Resting::Still,
            Some(rest) => Legs::new(rest, &dress).map_or(Resting::Replay(Vec::new()), Resting::Legs),
            None => Resting::Replay(Vec::new()),
        }
    }

    /// Whether the window can take in this step.
    pub(super) fn fits<F: Real>(&self, rule: &Fused<F>, window: &Window<F>) -> bool {
        window.groups.iter().all(|group| match &group.resting {
            Resting::Legs(legs) => self.rest(rule, group.lr, group.weight_decay).is_some_and(|rest| legs.takes(&rest)),
            Resting::Still | Resting::Replay(_) => true,
        })
    }

    /// The window takes in this step.
    pub(super) fn note<F: Real>(&self, rule: &Fused<F>, window: &mut Window<F>) {
        for group in &mut window.groups {
            let (at, dress) = self.of(group.lr, group.weight_decay, 1.0);
            match &mut group.resting {
                Resting::Still => {}
                Resting::Legs(legs) => {
                    if let Some(rest) = rule.rest(&at) {
                        legs.push(&rest, &dress);
                    }
                }
                Resting::Replay(steps) => steps.push((at, dress)),
            }
        }
        window.end_step();
    }

    fn rest<F: Real>(&self, rule: &Fused<F>, lr: f64, weight_decay: f64) -> Option<Rest> {
        rule.rest(&self.of(lr, weight_decay, 1.0).0)
    }
}
