//! Step counter of one tensor.

use serde::{Deserialize, Serialize};

use crate::kernel::BoxedRule;
use crate::real::Real;

/// Number of steps that a tensor has taken, with the scalar that its method carries from step to step.
///
/// Bias corrections depend on it. A tensor that joins later, or is frozen for a while, has a counter behind that of the
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepCounter {
    /// Number of steps taken, 0 at the start.
    pub t: u64,
    /// Scalar that the method carries from step to step, 1 at the start. Nadam keeps the product of its momentum
    /// schedule in it.
    pub carry: f64,
}

impl Default for StepCounter {
    fn default() -> Self {
        Self { t: 0, carry: 1.0 }
    }
}

impl StepCounter {
    /// The counter after one more step of `rule`.
    pub(super) fn next<F: Real>(self, rule: &BoxedRule<F>) -> Self {
        let t = self.t + 1;
        Self { t, carry: rule.carry(t, self.carry) }
    }
}
