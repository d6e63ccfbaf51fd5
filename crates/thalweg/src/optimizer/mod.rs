//! Optimizers: a method with its slots and its step counter, over one vector or a list of tensors.

mod layout;
mod pending;
mod sparse;
mod state;
mod step;
mod step_info;
mod tensor_state;

pub use crate::kernel::{Isa, TensorMut, TensorRef, square_sum};
pub use layout::{Dtype, Group, Layout, Rounding, Tensor};
pub use state::State;
pub use step::ParamGrad;

use crate::algebra::{Rule, Slot};
use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay};
use crate::method::{Element, OptimizerOptions, OptimizerSpec};
use crate::real::Real;
use crate::schedule::PlateauState;
use layout::{BoundTensor, TensorHyperparams};
use pending::PendingSteps;
use tensor_state::TensorState;

/// Result of one call of [`Optimizer::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// The parameters were updated.
    Stepped,
    /// The gradient was accumulated for a later step (`accumulate`).
    Accumulated,
    /// The gradient was skipped because it was not finite (`nonfinite=skip`).
    Skipped,
}

/// A user's rule with what every method has; see [`Optimizer::from_rule`].
#[derive(Clone, Copy, Debug)]
pub struct CustomRule<R> {
    /// Name of the method; a saved state contains it.
    pub name: &'static str,
    /// Update rule of one coordinate.
    pub rule: R,
    /// Learning rate, at least 0.
    pub lr: f64,
    /// Weight decay λ, at least 0: coupled, unless [`OptimizerOptions::decay`] says otherwise.
    pub weight_decay: f64,
}

/// A method at work on one vector of parameters.
///
/// ```
/// use thalweg::Optimizer;
/// use thalweg::method::Adam;
/// let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, 2)?;
/// let mut x = [1.0, -2.0];
/// for _ in 0..500 {
///     let g = [x[0], 4.0 * x[1]]; // of x²/2 + 2y²
///     adam.step(&mut x, &g)?;
/// }
/// assert!(x.iter().all(|v: &f64| v.abs() < 1e-3));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Optimizer<F: Real> {
    name: String,
    rule: BoxedRule<F>,
    decay: Decay,
    options: OptimizerOptions,
    tensors: Vec<BoundTensor>,
    len: usize,
    slots: Vec<Slot>,
    /// State of each tensor.
    states: Vec<TensorState<F>>,
    t: u64,
    carry: f64,
    skipped: u64,
    plateau: PlateauState,
    accumulated: Accumulated<F>,
    average: Vec<F>,
    /// The point at which the next gradient is needed, for methods with a lookahead.
    lookahead: Vec<F>,
    /// Present from the first sparse step on.
    pending: Option<PendingSteps<F>>,
    isa: Isa,
}

/// Gradients accumulated towards the next step.
#[derive(Clone, Debug, Default)]
struct Accumulated<F> {
    count: u64,
    sum: Vec<F>,
}

impl<F: Element> Optimizer<F> {
    /// An optimizer over `layout`: a number of parameters, or named tensors in groups.
    ///
    /// # Errors
    /// [`Error::Range`] for a hyperparameter outside its range, [`Error::Unknown`] for a group that the layout does
    /// not have, [`Error::Duplicate`] for a name that occurs twice in it.
    pub fn new(spec: impl Into<OptimizerSpec>, layout: impl Into<Layout>) -> Result<Self> {
        let spec = spec.into();
        spec.check()?;
        let hyperparams = TensorHyperparams { lr: spec.method.lr(), weight_decay: spec.method.weight_decay() };
        let tensors = layout.into().bind(hyperparams)?;
        let decay = spec.decay();
        Ok(Self::build(spec.method.name(), spec.method.rule(), decay, spec.options, tensors))
    }
}

impl<F: Real> Optimizer<F> {
    /// An optimizer with a user's rule, composed of the parts in [`algebra`](crate::algebra) or written as a whole.
    ///
    /// # Errors
    /// As [`Optimizer::new`]; [`Error::Duplicate`] if two of its slots have one name. The numbers in the rule itself
    /// are not checked.
    pub fn from_rule(
        custom: CustomRule<impl Rule>,
        options: OptimizerOptions,
        layout: impl Into<Layout>,
    ) -> Result<Self> {
        let CustomRule { name, rule, lr, weight_decay } = custom;
        for (name, found) in [("lr", lr), ("weight_decay", weight_decay)] {
            Error::not_negative(name, found)?;
        }
        let slots = Rule::slots(&rule);
        for (i, slot) in slots.iter().enumerate() {
            if slots[..i].iter().any(|earlier| earlier.name == slot.name) {
                return Err(Error::Duplicate { what: format!("the slots of {name}"), name: slot.name.into() });
            }
        }
        options.check()?;
        let tensors = layout.into().bind(TensorHyperparams { lr, weight_decay })?;
        let decay = options.decay.unwrap_or(Decay::Coupled);
        Ok(Self::build(name, Box::new(rule), decay, options, tensors))
    }

    fn build(
        name: &str,
        rule: BoxedRule<F>,
        decay: Decay,
        options: OptimizerOptions,
        tensors: Vec<BoundTensor>,
    ) -> Self {
        let len = tensors.last().map_or(0, |tensor| tensor.range.end);
        let slots = rule.slots();
        let states = TensorState::all(&tensors, &slots, options.state);
        Self {
            name: name.into(),
            rule,
            decay,
            options,
            tensors,
            len,
            slots,
            states,
            t: 0,
            carry: 1.0,
            skipped: 0,
            plateau: PlateauState::default(),
            accumulated: Accumulated { count: 0, sum: Vec::new() },
            average: Vec::new(),
            lookahead: Vec::new(),
            pending: None,
            isa: Isa::best(),
        }
    }

    /// Number of parameters, over all tensors.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of steps taken.
    pub fn steps(&self) -> u64 {
        self.t
    }

    /// Number of gradients skipped because they were not finite.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Memory in bytes that is kept from step to step: slots, averages, accumulated gradients, residuals of bf16.
    pub fn state_bytes(&self) -> usize {
        let flat = self.average.len() + self.accumulated.sum.len() + self.lookahead.len();
        let pending = self.pending.as_ref().map_or(0, PendingSteps::bytes);
        self.states.iter().map(TensorState::bytes).sum::<usize>() + flat * size_of::<F>() + pending
    }

    /// Runs on another of this machine's instruction sets than the best: slower, the same to the bit.
    #[must_use]
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }

    /// The options around the method.
    pub fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    /// Factor of every learning rate at the next step, by the schedule and its plateau.
    pub fn lr_factor(&self) -> f64 {
        self.options.schedule.factor_at(self.t) * self.plateau.factor
    }

    /// Learning rate of the first tensor at the next step; 0 without tensors.
    pub fn lr(&self) -> f64 {
        self.tensors.first().map_or(0.0, |tensor| tensor.hyperparams.lr) * self.lr_factor()
    }

    /// The average of the iterates, once there is one; see [`Average`](crate::method::Average).
    pub fn average(&self) -> Option<&[F]> {
        (!self.average.is_empty()).then_some(self.average.as_slice())
    }

    /// Reports a loss to the [`Plateau`](crate::schedule::Plateau) of the schedule, if it has one.
    pub fn observe(&mut self, loss: f64) {
        if let Some(plateau) = self.options.schedule.plateau() {
            self.plateau = plateau.observe(self.plateau, loss);
        }
    }

    /// Splits a flat vector into its tensors.
    pub(crate) fn split<'a>(&self, v: &'a [F]) -> Vec<TensorRef<'a, F>> {
        self.tensors.iter().map(|tensor| TensorRef::Full(&v[tensor.range.clone()])).collect()
    }

    /// The error with the first number of `v` that is not finite.
    pub(crate) fn not_finite(&self, what: &'static str, v: &[TensorRef<'_, F>]) -> Error {
        let numbers =
            self.tensors.iter().zip(v).flat_map(|(tensor, v)| {
                (0..v.len()).filter_map(move |i| v.get(i).map(|v| (tensor.name.as_str(), i, v)))
            });
        let first = numbers.into_iter().find(|(_, _, v)| !v.is_finite());
        let (tensor, index, found) =
            first.unwrap_or_else(|| unreachable!("a number that is not finite was found before"));
        Error::NotFinite { what, tensor: tensor.into(), index, found: found.to_f64() }
    }
}
