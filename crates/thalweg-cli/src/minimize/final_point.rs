//! The point at which a run ended.

use anyhow::Result;
use thalweg::Objective;
use thalweg_problems::{CriticalPoint, ProblemInstance, norm};

/// Largest number of variables for which the eigenvalues of the Hessian are computed, as their cost is cubic.
const MAX_EIGENVALUE_DIMENSION: usize = 300;

/// Value, gradient norm and kind of a point.
pub(crate) struct FinalPoint {
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    /// Classification by the Hessian; `None` if there are too many variables.
    pub(crate) critical_point: Option<CriticalPoint>,
}

impl FinalPoint {
    /// Evaluates the function of `instance` at `x`, without noise.
    pub(crate) fn evaluate(instance: &ProblemInstance, x: &[f64]) -> Result<Self> {
        let mut formula = instance.formula.clone();
        let mut gradient = vec![0.0; x.len()];
        let value: f64 = formula.eval(x, &mut gradient)?;
        let gradient_norm = norm(&gradient);
        if x.len() > MAX_EIGENVALUE_DIMENSION {
            return Ok(Self { value, gradient_norm, critical_point: None });
        }
        if !value.is_finite() {
            // The derivatives may be finite where f is not; such a point is not classified.
            gradient.fill(f64::NAN);
        }
        let critical_point = Some(CriticalPoint::classify(x, &gradient, &formula.hessian(x)?)?);
        Ok(Self { value, gradient_norm, critical_point })
    }
}
