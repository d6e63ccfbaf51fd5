//! Steps of tensors, wherever their state is kept: clipping, the scalars of each tensor, one update for each rule.

use half::bf16;
use smallvec::SmallVec;

use super::step_counter::StepCounter;
use crate::algebra::StepContext;
use crate::kernel::{
    AverageUpdate, BoxedRule, Decay, Isa, StepModifiers, TensorMut, TensorRef, TensorSlots, TensorUpdate,
    all_finite_in, square_sums,
};
use crate::method::{Clip, Goal, NonFinite, OptimizerOptions};
use crate::real::Real;

/// Parameters of the tensors of a step.
pub(super) type TensorsMut<'a, F> = SmallVec<[TensorMut<'a, F>; 1]>;
/// Gradients of the tensors of a step.
pub(super) type TensorRefs<'a, F> = SmallVec<[TensorRef<'a, F>; 1]>;

/// Hyperparameters and counter of a tensor at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TensorScalars {
    /// Learning rate, with the factor of the schedule.
    pub(super) lr: f64,
    /// Learning rate without the schedule.
    pub(super) base_lr: f64,
    pub(super) weight_decay: f64,
    pub(super) decay: Decay,
    /// The counter after the step.
    pub(super) counter: StepCounter,
}

impl TensorScalars {
    /// The numbers of the step for a rule, and the modifiers around it, of a tensor whose gradient is multiplied by
    /// `scale`.
    pub(super) fn at_scale(&self, options: &OptimizerOptions, scale: f64) -> (StepContext, StepModifiers) {
        let Self { lr, base_lr, weight_decay, decay, counter: StepCounter { t, carry } } = *self;
        let own_decay = if decay == Decay::Own { weight_decay } else { 0.0 };
        let scale = if options.goal == Goal::Maximize { -scale } else { scale };
        let bound = if let Clip::Value(bound) = options.clip { bound } else { f64::INFINITY };
        let modifiers = StepModifiers { scale, bound, ..StepModifiers::default() }.with_decay(decay, weight_decay, lr);
        (StepContext { t, lr, base_lr, weight_decay: own_decay, carry }, modifiers)
    }
}

/// A tensor with everything that its step needs.
pub(super) struct TensorStep<'s, 'a, F: Real> {
    pub(super) rule: &'s BoxedRule<F>,
    pub(super) scalars: TensorScalars,
    pub(super) x: TensorMut<'s, F>,
    pub(super) g: TensorRef<'s, F>,
    pub(super) slots: TensorSlots<'s, 'a, F>,
    /// Rounding residual of bf16 parameters, where it is kept.
    pub(super) residual: Option<&'s mut [bf16]>,
    pub(super) average: Option<AverageUpdate<'s, F>>,
    /// Index of the first coordinate in the random numbers of stochastic rounding.
    pub(super) index: u64,
}

impl<'s, 'a, F: Real> TensorStep<'s, 'a, F> {
    /// The rule, and the update by it, of a tensor whose gradient is multiplied by `scale`.
    #[inline]
    fn at_scale(self, options: &OptimizerOptions, scale: f64) -> (&'s BoxedRule<F>, TensorUpdate<'s, 'a, F>) {
        let Self { rule, scalars, x, g, slots, residual, average, index } = self;
        let (step, modifiers) = scalars.at_scale(options, scale);
        (rule, TensorUpdate { step, modifiers, x, g, slots, residual, average, index })
    }
}

/// The tensors of a step that have one rule.
struct RuleUpdates<'s, 'a, F: Real> {
    rule: &'s BoxedRule<F>,
    updates: Vec<TensorUpdate<'s, 'a, F>>,
}

/// Steps all `tensors`; `sums` are the squared norms of their gradients where norms are clipped.
pub(super) fn apply<'s, 'a: 's, F: Real>(
    options: &OptimizerOptions,
    isa: Isa,
    sums: Option<Vec<f64>>,
    tensors: impl Iterator<Item = TensorStep<'s, 'a, F>>,
) {
    let scales = sums.map_or_else(Vec::new, |sums| clip_scales(options, sums));
    let seed = options.seed.unwrap_or(0);
    let mut tensors =
        tensors.enumerate().map(|(k, tensor)| tensor.at_scale(options, scales.get(k).copied().unwrap_or(1.0)));
    let Some((rule, update)) = tensors.next() else { return };
    let Some(second) = tensors.next() else { return rule.step_one(update, isa, seed) };
    let mut by_rule = vec![RuleUpdates { rule, updates: vec![update] }];
    for (rule, update) in std::iter::once(second).chain(tensors) {
        match by_rule.iter_mut().rev().find(|same_rule| std::ptr::eq(same_rule.rule, rule)) {
            Some(same_rule) => same_rule.updates.push(update),
            None => by_rule.push(RuleUpdates { rule, updates: vec![update] }),
        }
    }
    for RuleUpdates { rule, updates } in by_rule {
        rule.step(updates, isa, seed);
    }
}

/// As [`apply`], for one tensor.
#[inline]
pub(super) fn apply_to_one<F: Real>(
    options: &OptimizerOptions,
    isa: Isa,
    sums: Option<Vec<f64>>,
    tensor: TensorStep<'_, '_, F>,
) {
    let scale = sums.map_or(1.0, |sums| clip_scales(options, sums)[0]);
    let (rule, update) = tensor.at_scale(options, scale);
    rule.step_one(update, isa, options.seed.unwrap_or(0));
}

/// Σ g² of each tensor, where norms are clipped.
pub(super) fn clip_sums<F: Real>(options: &OptimizerOptions, g: &[TensorRef<'_, F>], isa: Isa) -> Option<Vec<f64>> {
    matches!(options.clip, Clip::Norm(_) | Clip::GlobalNorm(_)).then(|| square_sums(g, isa))
}

/// Factor of each tensor's gradient by the clipping of norms, whose squares are `sums`.
pub(super) fn clip_scales(options: &OptimizerOptions, sums: Vec<f64>) -> Vec<f64> {
    let factor = |limit: f64, sum: f64| {
        let norm = sum.sqrt() + options.clip_eps;
        if norm > limit { limit / norm } else { 1.0 }
    };
    match options.clip {
        Clip::Norm(limit) => sums.into_iter().map(|sum| factor(limit, sum)).collect(),
        Clip::GlobalNorm(limit) => vec![factor(limit, sums.iter().sum()); sums.len()],
        Clip::Off | Clip::Value(_) => vec![1.0; sums.len()],
    }
}

/// Returns `true` if `options` accept the gradient; `sums` are its squared norms where they are known.
pub(super) fn is_accepted<F: Real>(
    options: &OptimizerOptions,
    g: &[TensorRef<'_, F>],
    sums: Option<&[f64]>,
    isa: Isa,
) -> bool {
    // Where norms are needed, one pass is enough: a sum of squares is finite only if every number is.
    let known_finite = sums.is_some_and(|sums| sums.iter().all(|sum| sum.is_finite()));
    known_finite || options.nonfinite == NonFinite::Ignore || all_finite_in(g, isa)
}
