//! Data of the pictures that show how a model predicts.

use serde::Serialize;

use super::calibration::CalibrationCurve;
use super::curves::{self, PrecisionRecallCurve, RocCurve};
use super::multiclass::ClassPrediction;
use super::ranking::Ranking;
use super::residuals::ResidualSummary;
use crate::error::Result;
use crate::interrupt::{Interrupt, UNINTERRUPTED};
use crate::model::{Loss, sigmoid};

/// Curves of a classifier and residuals of a regression, on rows that took no part in the fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnostics {
    /// Receiver operating characteristic; of two labels that both occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roc: Option<RocCurve>,
    /// Precision against recall; of two labels that both occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision_recall: Option<PrecisionRecallCurve>,
    /// Reliability of the probabilities; of classifiers that have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationCurve>,
    /// Distribution of the residuals; of predicted numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residuals: Option<ResidualSummary>,
}

impl Diagnostics {
    /// Computes the residuals of predicted numbers. `weight` returns the weight of a row.
    pub fn regression(predicted: &[f64], target: &[f64], weight: impl Fn(usize) -> f64) -> Self {
        Self::of_numbers(predicted, target, weight, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the curves of the scores for labels 0 and 1. `weight` returns the weight of a row.
    pub fn binary(scores: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, loss: Loss) -> Self {
        Self::of_labels(scores, target, weight, loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the calibration of `classes` scores for each row. `weight` returns the weight of a row.
    pub fn multiclass(classes: usize, scores: &[f64], target: &[f64], weight: impl Fn(usize) -> f64) -> Self {
        let predicted = ClassPrediction::of_rows(classes, scores, target, Interrupt::NEVER).expect(UNINTERRUPTED);
        Self::of_classes(&predicted, target, weight, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    pub(super) fn of_numbers(
        predicted: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let residuals = Some(ResidualSummary::new(predicted, target, weight, interrupt)?);
        Ok(Self { residuals, ..Self::default() })
    }

    pub(super) fn of_labels(
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        loss: Loss,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let is_probable = loss == Loss::Logistic;
        let threshold = |score: f64| if is_probable { sigmoid(score) } else { score };
        let ranking = Ranking::new(scores, target, interrupt)?;
        let (roc, precision_recall) = curves::of_ranking(&ranking, &weight, threshold, interrupt)?.unzip();
        let (probability, event) = (|row: usize| sigmoid(scores[row]), |row: usize| target[row] > 0.5);
        let calibration = || CalibrationCurve::new(target.len(), &weight, probability, event, interrupt);
        Ok(Self { roc, precision_recall, calibration: is_probable.then(calibration).transpose()?, residuals: None })
    }

    pub(super) fn of_classes(
        predicted: &[ClassPrediction],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let (probability, event) =
            (|row: usize| predicted[row].probability, |row: usize| predicted[row].class == target[row] as usize);
        let calibration = Some(CalibrationCurve::new(target.len(), weight, probability, event, interrupt)?);
        Ok(Self { calibration, ..Self::default() })
    }
}
