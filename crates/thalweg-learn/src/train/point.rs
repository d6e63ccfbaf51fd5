//! Point that a training has reached, the kind of its steps, and their end.

use thalweg::{Outcome, StopReason};

/// Point of a training.
pub(super) struct Point<F> {
    pub(super) parameters: Vec<F>,
    /// Variables of a solver with an L1 penalty, otherwise empty.
    pub(super) split_weights: Vec<F>,
}

impl<F: Copy> Point<F> {
    /// Creates the point with these parameters, which an optimizer sees as the variables `x`.
    pub(super) fn new(parameters: &[F], x: &[F]) -> Self {
        let split_weights = if x.len() == parameters.len() { Vec::new() } else { x.to_vec() };
        Self { parameters: parameters.to_vec(), split_weights }
    }
}

/// Kind of the steps of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// A step for each batch.
    Batch,
    /// Steps of a solver, each of one evaluation of all rows or more.
    Solver,
}

/// End of the steps of a training.
pub(super) struct StepsEnd<F> {
    pub(super) parameters: Vec<F>,
    /// Number of batches taken, plus one.
    pub(super) evaluations: u64,
    pub(super) reason: StopReason,
}

impl<F> StepsEnd<F> {
    pub(super) fn of(outcome: Outcome<F>) -> Self {
        Self { parameters: outcome.x, evaluations: outcome.evaluations, reason: outcome.reason }
    }
}
