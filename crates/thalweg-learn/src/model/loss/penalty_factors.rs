//! Units of the penalties of linear models.

use super::Loss;

/// Factors from the coefficients of penalties in the units of the target to those for the target as it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PenaltyFactors {
    /// Factor of the coefficient of Σ|w|.
    pub(crate) l1: f64,
    /// Factor of the coefficient of Σw²/2.
    pub(crate) l2: f64,
}

impl PenaltyFactors {
    /// Factors of a target that is trained as it is.
    pub(crate) const ONE: Self = Self { l1: 1.0, l2: 1.0 };
}

impl Loss {
    /// Returns the factor from the objective of a linear model for a target divided by `scale` to the objective in
    /// units of the target.
    pub(crate) fn objective_scale(self, scale: f64) -> f64 {
        match self {
            Self::Squared | Self::Huber { .. } => scale * scale,
            Self::Quantile { .. } | Self::Poisson => scale,
            Self::Logistic | Self::Hinge | Self::Softmax => 1.0,
        }
    }

    /// Returns the factors that keep the minimum of a linear model where the target is divided by `scale`: the
    /// objective is divided by a constant.
    ///
    /// In units of the target, the objective is the mean of [`Loss::eval`] of predictions in these units plus the
    /// penalties of the weights that give them.
    pub(crate) fn penalty_factors(self, scale: f64) -> PenaltyFactors {
        match self {
            Self::Squared | Self::Huber { .. } => PenaltyFactors { l1: 1.0 / scale, l2: 1.0 },
            Self::Quantile { .. } => PenaltyFactors { l1: 1.0, l2: scale },
            // The weights are those of the logarithm of the mean, whatever its unit.
            Self::Poisson => PenaltyFactors { l1: 1.0 / scale, l2: 1.0 / scale },
            Self::Logistic | Self::Hinge | Self::Softmax => PenaltyFactors::ONE,
        }
    }
}
