//! Optimizers: a method with its slots and its step counter, over one vector or a list of tensors.

mod apply;
mod average;
mod borrowed;
mod bound_group;
mod bound_tensor;
mod checks;
mod correction_pairs;
mod gradient_memory;
mod groups;
mod layout;
mod method_kernel;
mod pending;
mod shard;
mod solver;
mod sparse;
mod state;
mod stateless;
mod step;
mod step_counter;
mod tensor_state;
mod update;

pub use crate::kernel::{Isa, SlotBuffer, SlotMut, TensorMut, TensorRef, dot, square_sum};
pub use borrowed::BorrowedTensor;
pub use correction_pairs::CorrectionPair;
pub(crate) use correction_pairs::CorrectionPairs;
pub use gradient_memory::GradientMemory;
pub use layout::{Dtype, Group, Layout, Rounding, Tensor};
pub use method_kernel::{CustomRule, MethodKernel};
pub use state::State;
pub use stateless::StatelessOptimizer;
pub use step::ParamGrad;
pub use step_counter::StepCounter;

use std::ops::Range;

use crate::algebra::Rule;
use crate::error::{Error, Result};
use crate::method::{Element, Lbfgs, Method, OptimizerOptions, OptimizerSpec};
use crate::real::Real;
use crate::schedule::PlateauState;
use bound_group::BoundGroup;
use bound_tensor::BoundTensor;
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
    /// The method as it was given, before any change of its hyperparameters.
    method: MethodKernel<F>,
    /// The method and the groups of the layout, with their present hyperparameters.
    groups: Vec<BoundGroup<F>>,
    options: OptimizerOptions,
    tensors: Vec<BoundTensor>,
    len: usize,
    /// State of each tensor.
    states: Vec<TensorState<F>>,
    /// Number of steps taken; the schedule depends on it.
    t: u64,
    skipped: u64,
    plateau: PlateauState,
    accumulated: Accumulated<F>,
    average: Vec<F>,
    /// The point at which the next gradient is needed, for methods with a lookahead.
    lookahead: Vec<F>,
    /// Present from the first sparse step on.
    pending: Option<PendingSteps<F>>,
    /// Latest steps of L-BFGS; none for other methods.
    correction_pairs: CorrectionPairs<F>,
    /// Latest derivatives of the terms in SAGA; empty for other methods.
    gradient_memory: GradientMemory<F>,
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
        Self::build(MethodKernel::new(spec.method)?, spec.options, layout.into(), None)
    }
}

impl<F: Real> Optimizer<F> {
    /// An optimizer with a user's rule, composed of the parts in [`algebra`](crate::algebra) or written as a whole.
    ///
    /// # Errors
    /// As [`Optimizer::new`] and [`MethodKernel::from_rule`].
    pub fn from_rule(
        custom: CustomRule<impl Rule>,
        options: OptimizerOptions,
        layout: impl Into<Layout>,
    ) -> Result<Self> {
        let method = MethodKernel::from_rule(custom)?;
        options.check()?;
        Self::build(method, options, layout.into(), None)
    }

    /// An optimizer over the parameters of `layout`, or over those of a shard of them.
    fn build(
        method: MethodKernel<F>,
        options: OptimizerOptions,
        layout: Layout,
        shard: Option<Range<usize>>,
    ) -> Result<Self> {
        let Layout { tensors: added, groups: added_groups } = layout;
        if let (true, Some(group)) = (method.is_solver(), added_groups.first()) {
            let (what, expected) = (format!("the layout of {}", method.name()), "no groups".into());
            return Err(Error::InvalidValue { what, expected, found: format!("group '{}'", group.name) });
        }
        let (mut groups, mut tensors) = (vec![BoundGroup::method(method.clone())], Vec::new());
        bound_group::bind(&mut groups, added_groups)?;
        bound_group::rebuild(&mut groups, &method)?;
        bound_tensor::bind(&mut tensors, added, |name| bound_group::find(&groups, name))?;
        if let Some(shard) = shard {
            shard::keep(&mut tensors, shard)?;
        }
        let correction_pairs = CorrectionPairs::new(match method.method() {
            Some(Method::Lbfgs(Lbfgs { memory, .. })) => memory,
            _ => 0,
        });
        Ok(Self {
            states: TensorState::all(&tensors, &groups, options.state),
            len: tensors.last().map_or(0, |tensor| tensor.range.end),
            method,
            groups,
            options,
            tensors,
            t: 0,
            skipped: 0,
            plateau: PlateauState::default(),
            accumulated: Accumulated { count: 0, sum: Vec::new() },
            average: Vec::new(),
            lookahead: Vec::new(),
            pending: None,
            correction_pairs,
            gradient_memory: GradientMemory::default(),
            isa: Isa::best(),
        })
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
        let pairs = self.correction_pairs.bytes(self.len);
        self.states.iter().map(TensorState::bytes).sum::<usize>()
            + flat * size_of::<F>()
            + pending
            + pairs
            + self.gradient_memory.bytes()
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

    /// The error with the first number of a flat vector that is not finite.
    pub(crate) fn not_finite(&self, what: &'static str, v: &[F]) -> Error {
        let tensors =
            self.tensors.iter().map(|tensor| (tensor.name.as_str(), TensorRef::Full(&v[tensor.range.clone()])));
        first_not_finite(what, tensors)
    }
}

/// The error with the first number of named tensors that is not finite; there is one.
fn first_not_finite<'n, 'a, F: Real>(
    what: &'static str,
    tensors: impl Iterator<Item = (&'n str, TensorRef<'a, F>)>,
) -> Error {
    for (name, v) in tensors {
        let numbers = (0..v.len()).filter_map(|i| v.get(i).map(|v| (i, v)));
        if let Some((index, found)) = numbers.into_iter().find(|(_, v)| !v.is_finite()) {
            return Error::NotFinite { what, tensor: name.into(), index, found: found.to_f64() };
        }
    }
    unreachable!("a number that is not finite was found before")
}
