//! Which epoch's weights are the best.

/// The largest relative rise of the loss that can be chance: the standard error alone would excuse any rise that a few
/// rows cause.
const MAX_CHANCE_RISE: f64 = 0.1;

/// What an epoch's point is scored by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// The watched loss.
    pub(super) watched: f64,
    /// The loss of each validation row, if there are any; the watched loss is then their mean.
    pub(super) each: Vec<f64>,
    /// The loss of the epoch's batches.
    pub(super) train: f64,
}

impl Score {
    /// Whether this is not worse than `lowest` by more than chance: the mean of the paired differences is within one
    /// standard error of 0 (the one-standard-error rule of Breiman, Friedman, Olshen & Stone 1984, on pairs), and within a
    /// tenth of the loss. Without validation rows nothing is left to chance.
    fn equals(&self, lowest: &Score) -> bool {
        let n = self.each.len() as f64;
        let mean = self.watched - lowest.watched;
        let off = |(a, b): (&f64, &f64)| (a - b - mean) * (a - b - mean);
        let variance = self.each.iter().zip(&lowest.each).map(off).sum::<f64>() / (n - 1.0).max(1.0);
        let error = (variance / n.max(1.0)).sqrt();
        // Squares of a diverging run overflow: an infinite error excuses nothing.
        error.is_finite() && mean <= error && mean <= MAX_CHANCE_RISE * lowest.watched.abs()
    }
}

/// The best point so far.
///
/// That is the one with the lowest validation loss; but of all that cannot be told apart from it, the one with the
/// lowest training loss. A small validation set puts its minimum almost anywhere: without the second half of the rule,
/// luck would end the training long before the data do.
#[derive(Clone, Debug)]
pub(super) struct BestCheckpoint<F> {
    pub(super) parameters: Vec<F>,
    pub(super) epoch: u64,
    score: Score,
    lowest: Score,
    /// The losses that the next progress must beat.
    bar: (f64, f64),
    min_delta: f64,
    /// Epochs since the last progress.
    pub(super) waited: u64,
}

impl<F: Copy> BestCheckpoint<F> {
    pub(super) fn new(parameters: &[F], score: Score, min_delta: f64) -> Self {
        let bar = (score.watched, score.train);
        let lowest = score.clone();
        Self { parameters: parameters.to_vec(), epoch: 0, score, lowest, bar, min_delta, waited: 0 }
    }

    /// Takes a point into account; says whether it is the best so far.
    pub(super) fn take(&mut self, parameters: &[F], score: Score, epoch: u64) -> bool {
        self.waited += 1;
        if self.falls(score.watched, self.bar.0) {
            (self.bar.0, self.waited) = (score.watched, 0);
        }
        if score.watched < self.lowest.watched {
            self.lowest = score.clone();
        }
        let better = score.equals(&self.lowest) && (score.train < self.score.train || !self.score.equals(&self.lowest));
        if better {
            if self.falls(score.train, self.bar.1) {
                (self.bar.1, self.waited) = (score.train, 0);
            }
            self.parameters.copy_from_slice(parameters);
            (self.epoch, self.score) = (epoch, score);
        }
        better
    }

    /// Whether a loss is far enough below another to count as progress.
    fn falls(&self, loss: f64, bar: f64) -> bool {
        bar.is_infinite() || loss < bar - self.min_delta * bar.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(each: &[f64], train: f64) -> Score {
        Score { watched: each.iter().sum::<f64>() / each.len() as f64, each: each.to_vec(), train }
    }

    fn best() -> BestCheckpoint<f64> {
        BestCheckpoint::new(&[0.0], score(&[1.0, 1.0, 1.0, 1.0], f64::INFINITY), 1e-4)
    }

    #[test]
    fn the_lowest_validation_loss_is_kept() {
        let mut best = best();
        assert!(best.take(&[1.0], score(&[0.5, 0.6, 0.5, 0.6], 0.5), 1));
        // Clearly worse for every row, though the training loss falls: over-fitting.
        assert!(!best.take(&[2.0], score(&[0.7, 0.8, 0.71, 0.81], 0.4), 2));
        assert!(!best.take(&[3.0], score(&[0.8, 0.9, 0.81, 0.91], 0.3), 3));
        assert_eq!((best.parameters.as_slice(), best.epoch, best.waited), ([1.0].as_slice(), 1, 2));
    }

    #[test]
    fn of_equals_the_better_trained_is_kept() {
        let mut best = best();
        assert!(best.take(&[1.0], score(&[0.5, 0.6, 0.5, 0.6], 0.5), 1));
        // Two rows better, two worse: 0.01 in the mean is chance.
        assert!(best.take(&[2.0], score(&[0.3, 0.8, 0.4, 0.74], 0.4), 2));
        assert!(!best.take(&[3.0], score(&[0.3, 0.8, 0.4, 0.74], 0.45), 3));
        assert_eq!((best.epoch, best.waited), (2, 1));
    }

    #[test]
    fn a_broken_point_is_never_the_best() {
        let mut best = best();
        assert!(!best.take(&[f64::NAN], score(&[f64::NAN; 4], f64::NAN), 1));
        assert_eq!(best.epoch, 0);
    }

    #[test]
    fn a_diverging_point_is_not_excused_by_its_own_spread() {
        let mut best = best();
        assert!(!best.take(&[1.0], score(&[1e159, 3e159, 2e159, 5e159], 1e157), 1));
        assert_eq!(best.epoch, 0);
    }

    #[test]
    fn without_validation_rows_the_lowest_wins() {
        let alone = |watched| Score { watched, each: Vec::new(), train: watched };
        let mut best = BestCheckpoint::new(&[0.0], alone(1.0), 1e-4);
        assert!(best.take(&[1.0], alone(0.9), 1));
        assert!(!best.take(&[2.0], alone(0.900_001), 2));
        assert!(best.take(&[3.0], alone(0.899_99), 3), "lower is better, however little");
        assert_eq!(best.waited, 2, "but too little is no progress");
    }
}
