//! Memory of SAGA: the latest derivative of each term of a finite sum.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::real::Real;

/// Latest derivative of the loss of each term by its scores, and the mean gradient that follows from them.
///
/// Terms that were not drawn yet have the derivative 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct GradientMemory<F> {
    /// Derivatives by the scores, term by term, times the weights of the terms.
    pub derivatives: Vec<F>,
    /// Mean over the terms of the gradients that these derivatives give.
    pub mean_gradient: Vec<F>,
    /// Number of terms drawn in the epoch that has begun; 0 between two epochs.
    pub drawn: u64,
}

impl<F> GradientMemory<F> {
    pub(crate) fn is_empty(&self) -> bool {
        self.derivatives.is_empty()
    }

    /// Memory of all derivatives in bytes.
    pub(super) fn bytes(&self) -> usize {
        (self.derivatives.len() + self.mean_gradient.len()) * size_of::<F>()
    }
}

impl<F: Real> GradientMemory<F> {
    /// Prepares the memory for this number of derivatives and parameters: all 0 where it is empty.
    pub(crate) fn fit(&mut self, terms: usize, outputs: usize, parameters: usize) -> Result<()> {
        let derivatives = terms * outputs;
        if self.is_empty() {
            self.derivatives.resize(derivatives, F::ZERO);
            self.mean_gradient.resize(parameters, F::ZERO);
        }
        let found = self.derivatives.len();
        if found != derivatives || self.drawn >= terms.max(1) as u64 {
            let drawn = self.drawn;
            return Err(Error::State(format!(
                "expected derivatives of {terms} terms with {outputs} scores, found {found} numbers, {drawn} drawn"
            )));
        }
        Ok(())
    }
}
