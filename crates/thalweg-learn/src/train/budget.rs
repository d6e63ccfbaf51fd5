//! Budget of a training: what ends it besides the number of epochs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::result::TrainingStopReason;
use crate::data::Rows;

/// Bounds on a training besides the number of epochs. The training ends at the first that it reaches, and keeps the
/// best parameters as at any end; those of an epoch that is cut short are evaluated like those of a whole one.
///
/// A continued training counts the steps and samples of all its parts. Steps, samples and the loss end it at the same
/// step and with the same bits wherever it was continued. A schedule without a length ends with `max_steps` and
/// `max_samples` if these come before the last epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrainingBudget {
    /// Time after which no step begins, more than 0. An evaluation of all rows by a solver is cut short. Sparse steps
    /// go on to the next at which no coordinate has updates pending, and local steps to the next average.
    pub max_time: Option<Duration>,
    /// Number of optimizer steps, at least 1; of a solver, its iterations.
    pub max_steps: Option<u64>,
    /// Number of training rows seen, at least 1, those of repeated epochs included: the batch that reaches it is the
    /// last. Of a solver, rows × evaluations.
    pub max_samples: Option<u64>,
    /// Loss after an epoch that is low enough.
    pub until: Option<LossCondition>,
}

/// Condition on a loss after an epoch: `val_loss < 0.3`, or with `train_loss` (`loss` for short) and with `<=`.
///
/// ```
/// use thalweg_learn::train::{EpochLoss, LossCondition};
/// let condition: LossCondition = "val_loss < 0.3".parse()?;
/// assert_eq!((condition.loss, condition.value), (EpochLoss::Validation, 0.3));
/// assert!(condition.holds(0.29) && !condition.holds(0.3));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossCondition {
    /// Loss that is compared.
    pub loss: EpochLoss,
    /// Comparison with the value.
    pub comparison: Comparison,
    /// Value that it is compared with, in units of the loss as it is reported.
    pub value: f64,
}

/// Loss after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochLoss {
    /// Mean loss of the batches of the epoch, without penalties.
    Training,
    /// Mean loss on the validation rows.
    Validation,
}

/// Comparison of a loss with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`: smaller than the value.
    Below,
    /// `<=`: at most the value.
    AtMost,
}

impl LossCondition {
    /// Returns `true` if the condition holds for this loss.
    pub fn holds(&self, loss: f64) -> bool {
        match self.comparison {
            Comparison::Below => loss < self.value,
            Comparison::AtMost => loss <= self.value,
        }
    }
}

impl FromStr for LossCondition {
    type Err = thalweg::Error;

    fn from_str(text: &str) -> thalweg::Result<Self> {
        let parts = || {
            let (name, value) = text.split_once('<')?;
            let (comparison, value) = match value.strip_prefix('=') {
                Some(value) => (Comparison::AtMost, value),
                None => (Comparison::Below, value),
            };
            let loss = match name.trim() {
                "loss" | "train_loss" => EpochLoss::Training,
                "val_loss" | "validation_loss" => EpochLoss::Validation,
                _ => return None,
            };
            let value = value.trim().parse().ok().filter(|value: &f64| value.is_finite())?;
            Some(Self { loss, comparison, value })
        };
        parts().ok_or_else(|| thalweg::Error::InvalidValue {
            what: "the condition".into(),
            expected: "val_loss or train_loss (also loss), then < or <=, then a number, as in 'val_loss < 0.3'".into(),
            found: text.into(),
        })
    }
}

impl fmt::Display for LossCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.loss {
            EpochLoss::Training => "train_loss",
            EpochLoss::Validation => "val_loss",
        };
        let operator = match self.comparison {
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
        };
        write!(f, "{name} {operator} {}", self.value)
    }
}

impl TrainingBudget {
    /// Checks the numbers, and that there are the rows whose loss is compared.
    pub(crate) fn check(&self, validation: &Rows) -> thalweg::Result<()> {
        for (name, bound) in [("max_steps", self.max_steps), ("max_samples", self.max_samples)] {
            let bound = bound.unwrap_or(1);
            thalweg::Error::range(name, "at least 1", bound as f64, bound > 0)?;
        }
        match self.until.filter(|until| until.loss == EpochLoss::Validation && validation.is_empty()) {
            Some(until) => Err(thalweg::Error::InvalidValue {
                what: "until".into(),
                expected: "train_loss, since there are no validation rows".into(),
                found: until.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// Returns the budget that is left after some time.
    pub(crate) fn after(self, elapsed: Duration) -> Self {
        Self { max_time: self.max_time.map(|time| time.saturating_sub(elapsed)), ..self }
    }

    /// Returns the budget for losses as they are trained, which times `scale` are those as they are reported.
    pub(crate) fn for_losses_times(self, scale: f64) -> Self {
        Self { until: self.until.map(|until| LossCondition { value: until.value / scale, ..until }), ..self }
    }

    /// Returns the number of epochs that the steps and the samples need; `None` without such bounds.
    pub(crate) fn epochs(&self, rows: usize, rows_per_batch: usize, accumulate: u64) -> Option<u64> {
        let (batches, _) = self.last_batch(rows, rows_per_batch, accumulate)?;
        Some(batches.div_ceil(rows.div_ceil(rows_per_batch.max(1)).max(1) as u64).max(1))
    }

    /// Returns the number of evaluations of all rows after which the samples are spent.
    pub(crate) fn last_evaluation(&self, rows: usize) -> Option<u64> {
        self.max_samples.map(|samples| samples.div_ceil(rows.max(1) as u64))
    }

    /// Returns the number of batches after which the steps or the samples are spent, and which of them; each step takes
    /// `accumulate` batches.
    pub(crate) fn last_batch(
        &self,
        rows: usize,
        rows_per_batch: usize,
        accumulate: u64,
    ) -> Option<(u64, TrainingStopReason)> {
        let (rows_per_epoch, rows_per_batch) = (rows.max(1) as u64, rows_per_batch.max(1) as u64);
        let batches_of = |samples: u64| {
            let (epochs, rest) = (samples / rows_per_epoch, samples % rows_per_epoch);
            epochs.saturating_mul(rows_per_epoch.div_ceil(rows_per_batch)).saturating_add(rest.div_ceil(rows_per_batch))
        };
        let by_steps = self.max_steps.map(|steps| steps.saturating_mul(accumulate.max(1)));
        let by_steps = by_steps.map(|batches| (batches, TrainingStopReason::MaxSteps));
        let by_samples = self.max_samples.map(|samples| (batches_of(samples), TrainingStopReason::MaxSamples));
        by_steps.into_iter().chain(by_samples).min_by_key(|(batches, _)| *batches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_a_text_form() {
        for text in ["val_loss < 0.3", "train_loss <= -1.5"] {
            let condition: LossCondition = text.parse().expect("a condition");
            assert_eq!(condition.to_string(), text);
        }
        let short: LossCondition = "loss<=1e-3".parse().expect("a condition");
        assert_eq!(short.to_string(), "train_loss <= 0.001");
        assert!(short.holds(1e-3) && !short.holds(f64::NAN));
        for text in ["", "val_loss", "0.3", "val_loss > 0.3", "accuracy < 1", "val_loss < ", "loss < nan", "loss =< 1"]
        {
            let error = text.parse::<LossCondition>().expect_err("no condition");
            assert!(error.to_string().contains("val_loss or train_loss"), "{text}: {error}");
        }
    }

    #[test]
    fn steps_and_samples_end_at_a_batch() {
        let last = |max_steps, max_samples, accumulate| {
            let budget = TrainingBudget { max_steps, max_samples, ..TrainingBudget::default() };
            budget.last_batch(100, 30, accumulate).map(|(batches, _)| batches)
        };
        assert_eq!(last(None, None, 1), None);
        assert_eq!(last(Some(7), None, 3), Some(21));
        // Batches of 30, 30, 30 and 10 rows.
        assert_eq!([90, 91, 100, 101, 130, 131, 200].map(|n| last(None, Some(n), 1)), [3, 4, 4, 5, 5, 6, 8].map(Some));
        assert_eq!(last(Some(4), Some(100), 1), Some(4));
        assert_eq!(last(Some(u64::MAX), Some(u64::MAX), 2), Some(u64::MAX / 100 * 4 + 1));
    }
}
