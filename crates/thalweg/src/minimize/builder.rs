//! The builder of a run.

use std::ops::ControlFlow;

use super::gradient_source::{Dense, GradientSource, Sparse};
use super::run::run;
use super::run_state::RunSettings;
use super::saga;
use super::{Outcome, Progress, StopCriteria};
use crate::error::Result;
use crate::method::{Element, OptimizerSpec};
use crate::objective::{LinearFiniteSum, Objective, SparseObjective};
use crate::optimizer::{Layout, Optimizer};
use crate::real::Real;
use crate::schedule::Schedule;

/// Minimization of a function: a method, stopping criteria, bounds and a callback.
///
/// ```
/// use thalweg::prelude::*;
/// let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
///     a * a + 100.0 * b * b
/// };
/// let outcome = Minimize::new(adam(0.1)).run(&mut rosenbrock, &[-1.0, 1.0])?;
/// assert_eq!(outcome.reason, StopReason::GradientTolerance);
/// assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-7));
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// A run evaluates the objective, checks the criteria, and steps. By default it ends where the gradient's norm ‖∇f‖
/// is at most 1e-8 (1e-4 in `f32`), or after 10,000 steps. Every ending is a value with its
/// [reason](super::StopReason): a run that does not converge is not an error. With
/// [`Goal::Maximize`](crate::method::Goal) among the optimizer's options the objective is maximized.
///
/// `F` is the element type of the parameters, `O` the optimizer ([`NewOptimizer`] or `&mut Optimizer<F>`), and `C` the
/// callback.
#[derive(Clone, Debug)]
pub struct Minimize<F: Real, O = NewOptimizer, C = CallbackFn<F>> {
    pub(super) optimizer: O,
    pub(super) settings: RunSettings<F>,
    pub(super) callback: Option<C>,
}

/// Callback of a [`Minimize`] that has none yet.
pub type CallbackFn<F> = fn(&mut Progress<'_, F>) -> ControlFlow<()>;

/// Specification and layout of the optimizer that each run of a [`Minimize`] makes.
#[derive(Clone, Debug)]
pub struct NewOptimizer {
    spec: OptimizerSpec,
    layout: Option<Layout>,
}

impl<F: Real> Minimize<F> {
    /// Creates a minimization by a method such as [`adam(0.1)`](crate::method::adam), or by a method with options.
    ///
    /// Each run makes an optimizer of its own. It reports every value of the objective to a schedule that depends on
    /// them ([`Plateau`](crate::schedule::Plateau)).
    pub fn new(spec: impl Into<OptimizerSpec>) -> Self {
        Self::from_optimizer(NewOptimizer { spec: spec.into(), layout: None })
    }
}

impl<'a, F: Real> Minimize<F, &'a mut Optimizer<F>> {
    /// Creates a minimization by an existing optimizer, which keeps its state: a run continues where an earlier one
    /// ended, and the state can be saved after it.
    ///
    /// ```
    /// use thalweg::prelude::*;
    /// let mut bowl = |x: &[f64], g: &mut [f64]| {
    ///     g[0] = x[0];
    ///     x[0] * x[0] / 2.0
    /// };
    /// let mut optimizer = Optimizer::new(momentum(0.1), 1)?;
    /// let mut halves = Minimize::with_optimizer(&mut optimizer).max_steps(50);
    /// let middle = halves.run(&mut bowl, &[3.0])?;
    /// let end = halves.run(&mut bowl, &middle.x)?;
    /// assert_eq!(end.x, Minimize::new(momentum(0.1)).max_steps(100).run(&mut bowl, &[3.0])?.x);
    /// assert_eq!(optimizer.steps(), 100);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn with_optimizer(optimizer: &'a mut Optimizer<F>) -> Self {
        Self::from_optimizer(optimizer)
    }
}

impl<F: Real, O> Minimize<F, O> {
    fn from_optimizer(optimizer: O) -> Self {
        let tolerance = if F::NAME == "f32" { 1e-4 } else { 1e-8 };
        let criteria = StopCriteria { gradient_tolerance: Some(tolerance), ..StopCriteria::default() };
        Self { optimizer, settings: RunSettings { criteria, lower: None, upper: None }, callback: None }
    }
}

/// Runs with an optimizer of their own, and its settings.
impl<F: Element, C: FnMut(&mut Progress<'_, F>) -> ControlFlow<()>> Minimize<F, NewOptimizer, C> {
    /// Sets the factor of the learning rate at each step, in place of that of the specification. The length of a
    /// schedule that has none is the maximum number of steps.
    #[must_use]
    pub fn schedule(mut self, schedule: impl Into<Schedule>) -> Self {
        self.optimizer.spec.options.schedule = schedule.into();
        self
    }

    /// Sets the layout of the parameters: named tensors in groups. Default: one tensor called `x`.
    #[must_use]
    pub fn layout(mut self, layout: impl Into<Layout>) -> Self {
        self.optimizer.layout = Some(layout.into());
        self
    }

    /// Minimizes `objective` from `start`.
    ///
    /// # Errors
    /// Hyperparameters and criteria out of range; a start or bounds of the wrong length, a start that is not finite,
    /// bounds without a finite number between them; errors of the objective.
    pub fn run(&mut self, objective: &mut impl Objective<F>, start: &[F]) -> Result<Outcome<F>> {
        self.run_new(Dense(objective), start)
    }

    /// Minimizes `objective` from `start` by sparse steps, for gradients that are 0 in all but a few coordinates. The
    /// result is that of dense steps, to rounding.
    ///
    /// A step costs as much as the coordinates of its gradient, because the updates of all others (momentum, weight
    /// decay) stay pending until they are needed. Some settings have the same meaning as in a dense run, and need all
    /// of them:
    ///
    /// - [`track_best`](Self::track_best), which is on by default, syncs `x` at every new best value. Turn it off
    ///   where the value is that of a mini-batch.
    /// - [`step_tolerance`](Self::step_tolerance) compares ‖Δx‖ over all coordinates, those that move without a
    ///   gradient included, and therefore syncs `x` before and after every step.
    /// - Bounds hold after every step, so that `x` is synced after each step of a method by which coordinates move
    ///   without a gradient. Without momentum and decay (sgd, AdaGrad) none do.
    ///
    /// The callback sees the gradient at the coordinates of the latest evaluation. It sees `x` synced at the end of
    /// the run and where [`SparseObjective::needs_dense`] returns `true`; otherwise other coordinates may have pending
    /// updates.
    ///
    /// ```
    /// use thalweg::minimize::TrackBest;
    /// use thalweg::prelude::*;
    /// use thalweg::{Result, SparseObjective};
    /// /// Σ (x − 1)²/2, one coordinate at a time.
    /// struct OneByOne { step: u32, index: [u32; 1] }
    /// impl SparseObjective<f64> for OneByOne {
    ///     fn next_indices(&mut self) -> Result<&[u32]> {
    ///         (self.step, self.index) = (self.step + 1, [self.step % 1000]);
    ///         Ok(&self.index)
    ///     }
    ///     fn eval_sparse(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
    ///         g[0] = x[0] - 1.0;
    ///         Ok(g[0] * g[0] / 2.0)
    ///     }
    ///     fn needs_dense(&self) -> bool {
    ///         false
    ///     }
    /// }
    /// let mut objective = OneByOne { step: 0, index: [0] };
    /// // The gradient of one coordinate says nothing about the others.
    /// let mut run = Minimize::new(sgd(0.5)).gradient_tolerance(None).max_steps(60_000).track_best(TrackBest::Off);
    /// let outcome = run.run_sparse(&mut objective, &[0.0; 1000])?;
    /// assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-12)); // each error was halved 60 times
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run); [`Error::SparseUnsupported`](crate::Error::SparseUnsupported) if the method or an
    /// option requires dense steps.
    pub fn run_sparse(&mut self, objective: &mut impl SparseObjective<F>, start: &[F]) -> Result<Outcome<F>> {
        self.run_new(Sparse::new(objective), start)
    }

    /// Minimizes a mean of losses of linear scores from `start` by [`Saga`](crate::method::Saga), which has an example.
    /// A step is an epoch, which draws each term once; the whole sum is evaluated after it.
    ///
    /// # Errors
    /// Another method; hyperparameters and criteria out of range; a start of the wrong length or that is not finite;
    /// bounds.
    pub fn run_finite_sum(&mut self, sum: &impl LinearFiniteSum, start: &[F]) -> Result<Outcome<F>> {
        let mut optimizer = self.new_optimizer(start.len())?;
        saga::run(sum, &mut optimizer, start, &self.settings, |progress| call(&mut self.callback, progress))
    }

    fn new_optimizer(&self, parameters: usize) -> Result<Optimizer<F>> {
        let NewOptimizer { spec, layout } = &self.optimizer;
        let mut spec = spec.clone();
        if let Some(steps) = self.settings.criteria.max_steps {
            spec.options.schedule = spec.options.schedule.with_total_steps(steps);
        }
        Optimizer::new(spec, layout.clone().unwrap_or_else(|| parameters.into()))
    }

    fn run_new(&mut self, source: impl GradientSource<F>, start: &[F]) -> Result<Outcome<F>> {
        let mut optimizer = self.new_optimizer(start.len())?;
        let Self { settings, callback, .. } = self;
        run(source, &mut optimizer, start, settings, |progress| {
            let flow = call(callback, progress);
            progress.optimizer.observe(progress.value.to_f64());
            flow
        })
    }
}

/// Runs with an existing optimizer.
impl<F: Real, C: FnMut(&mut Progress<'_, F>) -> ControlFlow<()>> Minimize<F, &mut Optimizer<F>, C> {
    /// Minimizes `objective` from `start`, as a run with a new optimizer does.
    ///
    /// # Errors
    /// Criteria out of range; a start or bounds of the wrong length, a start that is not finite, bounds without a
    /// finite number between them; errors of the objective.
    pub fn run(&mut self, objective: &mut impl Objective<F>, start: &[F]) -> Result<Outcome<F>> {
        run(Dense(objective), self.optimizer, start, &self.settings, |progress| call(&mut self.callback, progress))
    }

    /// Minimizes `objective` from `start` by sparse steps, as a run with a new optimizer does.
    ///
    /// # Errors
    /// As [`run`](Self::run); [`Error::SparseUnsupported`](crate::Error::SparseUnsupported) if the method or an
    /// option requires dense steps.
    pub fn run_sparse(&mut self, objective: &mut impl SparseObjective<F>, start: &[F]) -> Result<Outcome<F>> {
        let source = Sparse::new(objective);
        run(source, self.optimizer, start, &self.settings, |progress| call(&mut self.callback, progress))
    }

    /// Minimizes a mean of losses of linear scores from `start`, as a run with a new optimizer does. The state of the
    /// optimizer contains the derivatives of the terms, so that a run continues to the same bits.
    ///
    /// # Errors
    /// As a run with a new optimizer; a state of other terms.
    pub fn run_finite_sum(&mut self, sum: &impl LinearFiniteSum, start: &[F]) -> Result<Outcome<F>> {
        saga::run(sum, self.optimizer, start, &self.settings, |progress| call(&mut self.callback, progress))
    }
}

/// Calls the callback, if there is one.
fn call<F: Real, C: FnMut(&mut Progress<'_, F>) -> ControlFlow<()>>(
    callback: &mut Option<C>,
    progress: &mut Progress<'_, F>,
) -> ControlFlow<()> {
    callback.as_mut().map_or(ControlFlow::Continue(()), |callback| callback(progress))
}
