//! Value of the objective that a fit minimized.

use serde::Serialize;

use super::prepared_data::PreparedData;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::metrics::Metrics;
use crate::model::row_losses;
use crate::train::{TrainingConfig, TrainingResult, penalty_of_any};

/// Objective of a fit, mean loss plus penalties, at the parameters of its report: in the units of
/// [`FitConfig::l1`](crate::FitConfig::l1), with the weights of the rows and of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ObjectiveValue {
    /// Sum of the parts.
    pub value: f64,
    /// Mean loss of the training rows: half the mean squared error, half the Poisson deviance, otherwise the loss
    /// itself.
    pub loss: f64,
    /// Penalties of the weights.
    pub penalty: f64,
}

impl PreparedData {
    /// Returns the objective at the end of a training with these metrics on the training rows; `None` after an
    /// interrupt.
    pub(super) fn objective(
        &self,
        config: &TrainingConfig,
        result: &TrainingResult,
        metrics: &Metrics,
        interrupt: Interrupt<'_>,
    ) -> Option<ObjectiveValue> {
        let (rows, scale) = (self.train.sample(), self.objective_scale());
        let loss = if rows.class_weight.is_empty() {
            metrics.loss() / self.report_scale()
        } else {
            self.mean_of_weighted_losses(&result.parameters, interrupt).ok()?
        };
        let penalty = penalty_of_any(&self.model(), rows, config, &result.parameters);
        Some(ObjectiveValue { value: scale * (loss + penalty), loss: scale * loss, penalty: scale * penalty })
    }

    /// Returns the mean loss of the training rows with the weights of their classes.
    fn mean_of_weighted_losses(&self, parameters: &[f64], interrupt: Interrupt<'_>) -> Result<f64> {
        let (rows, mut sum) = (self.train.sample(), 0.0);
        self.model().score_parts(rows, parameters, interrupt, &mut |part, scores| {
            sum += row_losses(part, &scores, self.loss(), interrupt)?.iter().sum::<f64>();
            Ok(())
        })?;
        Ok(sum / rows.len().max(1) as f64)
    }
}
