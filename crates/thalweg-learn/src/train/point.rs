//! Point that a training has reached, and the kind of its steps.

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
