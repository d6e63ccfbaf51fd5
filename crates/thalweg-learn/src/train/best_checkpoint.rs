//! Choice of the best epoch.

use serde::{Deserialize, Serialize};
use thalweg::Real;

use super::exact_number;
use crate::data::Rows;

/// Largest relative increase of the loss that may be due to chance: a standard error alone would allow any increase
/// that only a few rows cause.
const MAX_CHANCE_RISE: f64 = 0.1;

/// Choice of the parameters that a training returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Those of the best epoch.
    Best,
    /// Those of the last epoch.
    Last,
}

/// Losses of the parameters after an epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Score {
    /// Monitored loss; see `Monitor`.
    #[serde(with = "exact_number")]
    pub(super) monitored: f64,
    /// Weighted loss of each validation row, whose mean is the monitored loss; empty without validation rows.
    #[serde(with = "exact_number::list")]
    pub(super) row_losses: Vec<f64>,
    /// Mean loss of the batches of the epoch.
    #[serde(with = "exact_number")]
    pub(super) train_loss: f64,
}

impl Score {
    /// Returns `true` if this is not significantly worse than `lowest`: the mean of the paired differences is within
    /// one standard error of 0 (the one-standard-error rule of Breiman, Friedman, Olshen & Stone 1984, on pairs) and
    /// within [`MAX_CHANCE_RISE`] of the loss. A row of weight w counts as w rows. Without validation rows every
    /// difference is significant.
    fn not_worse(&self, lowest: &Score, validation: &Rows) -> bool {
        let n = self.row_losses.len() as f64 * validation.mean_weight.unwrap_or(1.0);
        let mean = self.monitored - lowest.monitored;
        let squared_deviation = |(row, (a, b)): (usize, (&f64, &f64))| {
            let weight = validation.weight(row);
            if weight == 0.0 {
                return 0.0;
            }
            let deviation = (a - b) / weight - mean;
            deviation * deviation * validation.repetitions(row)
        };
        let pairs = self.row_losses.iter().zip(&lowest.row_losses).enumerate();
        let variance = pairs.map(squared_deviation).sum::<f64>() / (n - 1.0).max(1.0);
        let standard_error = (variance / n.max(1.0)).sqrt();
        // Squares of a diverging run overflow; an infinite standard error allows nothing.
        standard_error.is_finite() && mean <= standard_error && mean <= MAX_CHANCE_RISE * lowest.monitored.abs()
    }
}

/// Best parameters so far: of all epochs whose validation loss is not significantly worse than the lowest, the one
/// with the lowest training loss.
///
/// The minimum over a small validation set lies almost anywhere; without the second half of the rule, chance would end
/// the training long before the data do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub(super) struct BestCheckpoint<F> {
    /// Parameters of the best epoch.
    pub(super) parameters: Vec<F>,
    /// Epoch of the best parameters; 0 is the initialization.
    pub(super) epoch: u64,
    /// Score of the best parameters.
    score: Score,
    /// Score with the lowest monitored loss.
    lowest: Score,
    /// Monitored loss that the next progress must be below.
    #[serde(with = "exact_number")]
    monitored_bar: f64,
    /// Training loss that the next progress must be below.
    #[serde(with = "exact_number")]
    train_bar: f64,
    /// Number of epochs since the last progress.
    pub(super) epochs_without_progress: u64,
}

impl<F: Copy> BestCheckpoint<F> {
    pub(super) fn new(parameters: &[F], score: Score, epoch: u64) -> Self {
        Self {
            parameters: parameters.to_vec(),
            epoch,
            monitored_bar: score.monitored,
            train_bar: score.train_loss,
            lowest: score.clone(),
            score,
            epochs_without_progress: 0,
        }
    }

    /// Compares the parameters after an epoch with the best so far; returns `true` if they replace them.
    pub(super) fn update(
        &mut self,
        parameters: &[F],
        score: Score,
        epoch: u64,
        min_delta: f64,
        validation: &Rows,
    ) -> bool {
        self.epochs_without_progress += 1;
        if is_progress(score.monitored, self.monitored_bar, min_delta) {
            (self.monitored_bar, self.epochs_without_progress) = (score.monitored, 0);
        }
        if score.monitored < self.lowest.monitored {
            self.lowest = score.clone();
        }
        let better = score.not_worse(&self.lowest, validation)
            && (score.train_loss < self.score.train_loss || !self.score.not_worse(&self.lowest, validation));
        if better {
            if is_progress(score.train_loss, self.train_bar, min_delta) {
                (self.train_bar, self.epochs_without_progress) = (score.train_loss, 0);
            }
            self.parameters.copy_from_slice(parameters);
            (self.epoch, self.score) = (epoch, score);
        }
        better
    }

    /// The parameters, and the losses of the validation rows by their names.
    pub(super) fn arrays_mut(&mut self) -> (&mut Vec<F>, [(&'static str, &mut Vec<f64>); 2]) {
        let Self { parameters, score, lowest, .. } = self;
        (parameters, [("row_losses", &mut score.row_losses), ("lowest_row_losses", &mut lowest.row_losses)])
    }

    /// Numbers of the validation rows that the two scores are of, which are equal; 0 without any.
    pub(super) fn validation_rows(&self) -> [usize; 2] {
        [&self.score, &self.lowest].map(|score| score.row_losses.len())
    }
}

/// Returns `true` if a loss is far enough below `bar` to count as progress: by a relative `min_delta`.
fn is_progress(loss: f64, bar: f64, min_delta: f64) -> bool {
    bar.is_infinite() || loss < bar - min_delta * bar.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(row_losses: &[f64], train_loss: f64) -> Score {
        let monitored = row_losses.iter().sum::<f64>() / row_losses.len() as f64;
        Score { monitored, row_losses: row_losses.to_vec(), train_loss }
    }

    fn checkpoint() -> BestCheckpoint<f64> {
        BestCheckpoint::new(&[0.0], score(&[1.0, 1.0, 1.0, 1.0], f64::INFINITY), 0)
    }

    #[test]
    fn the_lowest_validation_loss_is_kept() {
        let mut best = checkpoint();
        assert!(best.update(&[1.0], score(&[0.5, 0.6, 0.5, 0.6], 0.5), 1, 1e-4, &Rows::default()));
        // Worse for every row although the training loss decreases: overfitting.
        assert!(!best.update(&[2.0], score(&[0.7, 0.8, 0.71, 0.81], 0.4), 2, 1e-4, &Rows::default()));
        assert!(!best.update(&[3.0], score(&[0.8, 0.9, 0.81, 0.91], 0.3), 3, 1e-4, &Rows::default()));
        assert_eq!((best.parameters.as_slice(), best.epoch, best.epochs_without_progress), ([1.0].as_slice(), 1, 2));
    }

    #[test]
    fn of_equal_epochs_the_one_with_the_lower_training_loss_is_kept() {
        let mut best = checkpoint();
        assert!(best.update(&[1.0], score(&[0.5, 0.6, 0.5, 0.6], 0.5), 1, 1e-4, &Rows::default()));
        // Two rows better, two worse: a difference of 0.01 in the mean is not significant.
        assert!(best.update(&[2.0], score(&[0.3, 0.8, 0.4, 0.74], 0.4), 2, 1e-4, &Rows::default()));
        assert!(!best.update(&[3.0], score(&[0.3, 0.8, 0.4, 0.74], 0.45), 3, 1e-4, &Rows::default()));
        assert_eq!((best.epoch, best.epochs_without_progress), (2, 1));
    }

    #[test]
    fn nan_is_never_the_best() {
        let mut best = checkpoint();
        assert!(!best.update(&[f64::NAN], score(&[f64::NAN; 4], f64::NAN), 1, 1e-4, &Rows::default()));
        assert_eq!(best.epoch, 0);
    }

    #[test]
    fn divergence_is_not_excused_by_a_large_variance() {
        let mut best = checkpoint();
        assert!(!best.update(&[1.0], score(&[1e159, 3e159, 2e159, 5e159], 1e157), 1, 1e-4, &Rows::default()));
        assert_eq!(best.epoch, 0);
    }

    #[test]
    fn without_validation_rows_the_lowest_wins() {
        let score = |monitored| Score { monitored, row_losses: Vec::new(), train_loss: monitored };
        let mut best = BestCheckpoint::new(&[0.0], score(1.0), 0);
        assert!(best.update(&[1.0], score(0.9), 1, 1e-4, &Rows::default()));
        assert!(!best.update(&[2.0], score(0.900_001), 2, 1e-4, &Rows::default()));
        assert!(best.update(&[3.0], score(0.899_99), 3, 1e-4, &Rows::default()), "any decrease is better");
        assert_eq!(best.epochs_without_progress, 2, "but too small a decrease is no progress");
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice_in_the_standard_error() {
        // The weights 2 and 1, divided by their mean.
        let validation = Rows { weight: vec![4.0 / 3.0, 2.0 / 3.0], mean_weight: Some(1.5), ..Rows::default() };
        for rise in 0..100 {
            let (a, b) = (1.0 + f64::from(rise) * 0.001, 0.97);
            let weighted = score(&[a * 4.0 / 3.0, b * 2.0 / 3.0], 0.5);
            let repeated = score(&[a, a, b], 0.5);
            let lowest = score(&[4.0 / 3.0, 2.0 / 3.0], 0.5);
            assert_eq!(
                weighted.not_worse(&lowest, &validation),
                repeated.not_worse(&score(&[1.0; 3], 0.5), &Rows::default()),
                "{rise}"
            );
        }
    }
}
