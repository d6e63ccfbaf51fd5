//! The optimizer of a training, or those of its workers, as what observes the training sees them.

use std::borrow::Cow;

use thalweg::minimize::Progress;
use thalweg::{Optimizer, Real, Result, State};

/// States of the optimizers of a training, from which it continues.
pub(super) struct OptimizerStates<F> {
    /// State of the only optimizer, or of that of the first worker.
    pub(super) first: State<F>,
    /// States of the optimizers of the other workers.
    pub(super) others: Vec<State<F>>,
    /// Sum of the loss over the rows of the epoch begun for each of several workers.
    pub(super) loss_sums: Vec<f64>,
}

/// The optimizer of a training, those of its shards, or those of its workers, of which the first one answers.
///
/// Methods that are collective are called by all ranks at the same place.
pub(super) trait Optimizers<F: Real> {
    /// Number of steps taken.
    fn steps(&self) -> u64;

    /// Learning rate at the next step.
    fn lr(&self) -> f64;

    /// Returns `true` if any coordinate may have skipped steps pending.
    fn is_stale(&self) -> bool;

    /// The average of the iterates, once there is one. Collective.
    fn average(&self) -> Option<Cow<'_, [F]>>;

    /// Reports a loss to the plateau of the schedule, if it has one. Collective.
    fn observe(&mut self, loss: f64);

    /// Returns `true` if the states are due on this rank or, where several ranks have them, on any. Collective.
    fn are_due(&self, here: bool) -> bool;

    /// Returns the states if they are wanted on this rank; no steps are pending. Collective.
    fn states(&self, are_wanted: bool) -> Result<Option<OptimizerStates<F>>>;
}

impl<F: Real> Optimizers<F> for Optimizer<F> {
    fn steps(&self) -> u64 {
        self.steps()
    }

    fn lr(&self) -> f64 {
        self.lr()
    }

    fn is_stale(&self) -> bool {
        self.is_stale()
    }

    fn average(&self) -> Option<Cow<'_, [F]>> {
        self.average().map(Cow::Borrowed)
    }

    fn observe(&mut self, loss: f64) {
        self.observe(loss);
    }

    fn are_due(&self, here: bool) -> bool {
        here
    }

    fn states(&self, are_wanted: bool) -> Result<Option<OptimizerStates<F>>> {
        let states = |first| OptimizerStates { first, others: Vec::new(), loss_sums: Vec::new() };
        are_wanted.then(|| self.state().map(states)).transpose()
    }
}

/// Point of a training between two steps, with what is known there.
pub(super) struct Observed<'a, F: Real> {
    /// Number of steps taken since the training began or continued.
    pub(super) step: u64,
    /// Number of batches taken since then, plus one.
    pub(super) evaluations: u64,
    /// Parameters after these batches.
    pub(super) x: &'a [F],
    /// The optimizers, which have taken the steps.
    pub(super) optimizers: &'a mut dyn Optimizers<F>,
}

impl<'a, F: Real> Observed<'a, F> {
    /// Returns the point of a minimization.
    pub(super) fn of(progress: &'a mut Progress<'_, F>) -> Self {
        let Progress { step, evaluations, x, optimizer, .. } = progress;
        Self { step: *step, evaluations: *evaluations, x, optimizers: &mut **optimizer }
    }
}
