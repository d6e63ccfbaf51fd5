//! A method + its slots + the clock t. `eval_point` says where to evaluate, `step` moves.

mod layout;
mod pending;
mod sparse;
mod state;
mod step;
mod step_info;
mod tensor_state;

pub use layout::{Dtype, Group, Layout, Rounding, Tensor};
pub use state::State;
pub use step::ParamGrad;

use crate::algebra::{Rule, Slot};
use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay, Isa, TensorRef};
use crate::method::{Element, OptimizerOptions, OptimizerSpec};
use crate::real::Real;
use crate::schedule::PlateauState;
use layout::BoundTensor;
use pending::PendingSteps;
use tensor_state::TensorState;

/// What [`Optimizer::step`] did with a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// Moved the parameters.
    Stepped,
    /// Kept it for a later step (`accumulate`).
    Accumulated,
    /// Left it out: it was not finite (`nonfinite=skip`).
    Skipped,
}

/// A rule of your own, with what every method has; see [`Optimizer::from_rule`].
#[derive(Clone, Copy, Debug)]
pub struct CustomRule<R> {
    /// The method's name; its state carries it.
    pub name: &'static str,
    /// What happens to one coordinate.
    pub rule: R,
    /// The learning rate.
    pub lr: f64,
    /// The weight decay λ: coupled, unless [`OptimizerOptions::decay`] says otherwise.
    pub weight_decay: f64,
}

/// A method at work on one vector of parameters.
///
/// ```
/// use thalweg::{Adam, Optimizer};
/// let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, 2)?;
/// let mut x = [1.0, -2.0];
/// for _ in 0..500 {
///     let g = [x[0], 4.0 * x[1]]; // of x²/2 + 2y²
///     adam.tell(&mut x, &g)?;
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
    /// What is kept of each tensor.
    memory: Vec<TensorState<F>>,
    t: u64,
    carry: f64,
    skipped: u64,
    plateau: PlateauState,
    accumulated: (u64, Vec<F>),
    average: Vec<F>,
    /// Where the gradient is wanted, for methods that look ahead.
    ahead: Vec<F>,
    /// Since the first sparse step: which coordinates are behind.
    window: Option<PendingSteps<F>>,
    isa: Isa,
}

impl<F: Element> Optimizer<F> {
    /// A method over `layout`: a number of parameters, or named tensors in groups.
    ///
    /// # Errors
    /// [`Error::Range`] for a hyperparameter outside its range; [`Error::Unknown`] for a group that is not there.
    pub fn new(spec: impl Into<OptimizerSpec>, layout: impl Into<Layout>) -> Result<Self> {
        let spec = spec.into();
        spec.check()?;
        let (lr, weight_decay, decay) = (spec.method.lr(), spec.method.weight_decay(), spec.decay());
        let tensors = layout.into().place(lr, weight_decay)?;
        Ok(Self::build(spec.method.name(), spec.method.fused(), decay, spec.options, tensors))
    }
}

impl<F: Real> Optimizer<F> {
    /// A rule of your own, put together from the parts in [`algebra`](crate::algebra).
    ///
    /// # Errors
    /// As [`Optimizer::new`]; [`Error::Duplicate`] if two of its slots have one name. What the rule itself holds is its own
    /// to check.
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
        let tensors = layout.into().place(lr, weight_decay)?;
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
        let memory = TensorState::all(&tensors, &slots, options.state);
        Self {
            name: name.into(),
            rule,
            decay,
            options,
            tensors,
            len,
            slots,
            memory,
            t: 0,
            carry: 1.0,
            skipped: 0,
            plateau: PlateauState::default(),
            accumulated: (0, Vec::new()),
            average: Vec::new(),
            ahead: Vec::new(),
            window: None,
            isa: Isa::best(),
        }
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Steps taken: the clock.
    pub fn steps(&self) -> u64 {
        self.t
    }

    /// Gradients left out because they were not finite.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The bytes that are kept from step to step: slots, averages, gathered gradients, what bf16 leaves over.
    pub fn state_bytes(&self) -> usize {
        let flat = self.average.len() + self.accumulated.1.len() + self.ahead.len();
        let window = self.window.as_ref().map_or(0, PendingSteps::bytes);
        self.memory.iter().map(TensorState::bytes).sum::<usize>() + flat * size_of::<F>() + window
    }

    /// The same optimizer on another of this machine's instruction sets than the best: slower, the same to the bit.
    #[must_use]
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }

    /// What is around the method.
    pub fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    /// The factor of every rate at the next step.
    pub fn lr_factor(&self) -> f64 {
        self.options.schedule.factor_at(self.t) * self.plateau.factor
    }

    /// The learning rate of the first tensor at the next step.
    pub fn lr(&self) -> f64 {
        self.tensors.first().map_or(0.0, |tensor| tensor.lr) * self.lr_factor()
    }

    /// The average of the iterates, once there is one; see [`Average`](crate::Average).
    pub fn average(&self) -> Option<&[F]> {
        (!self.average.is_empty()).then_some(self.average.as_slice())
    }

    /// Shows a loss to the schedule's [`Plateau`](crate::Plateau), if it has one.
    pub fn observe(&mut self, loss: f64) {
        if let Some(plateau) = self.options.schedule.plateau() {
            self.plateau = plateau.observe(self.plateau, loss);
        }
    }

    /// The tensors of a flat vector.
    pub(crate) fn cut<'a>(&self, v: &'a [F]) -> Vec<TensorRef<'a, F>> {
        self.tensors.iter().map(|tensor| TensorRef::Full(&v[tensor.range.clone()])).collect()
    }

    /// The error that names the first number of `v` that is not finite.
    pub(crate) fn not_finite(&self, what: &'static str, v: &[TensorRef<'_, F>]) -> Error {
        let places =
            self.tensors.iter().zip(v).flat_map(|(tensor, v)| {
                (0..v.len()).filter_map(move |i| v.get(i).map(|v| (tensor.name.as_str(), i, v)))
            });
        let mut broken = places.filter(|(_, _, v)| !v.is_finite());
        let (tensor, index, found) = broken.next().map_or(("x", 0, f64::NAN), |(name, i, v)| (name, i, v.to_f64()));
        Error::NotFinite { what, tensor: tensor.into(), index, found }
    }
}
