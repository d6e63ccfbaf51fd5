//! What is chosen where nothing is said.

use thalweg::{Adam, Momentum, OptimizerSpec, Schedule};

use crate::train::BatchSize;

/// The settings of a fit that depend on the rows it trains on.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultSettings {
    /// Adam at 0.01 or less, momentum where there are more columns than rows; the rate falls to 0 along a cosine.
    pub spec: OptimizerSpec,
    /// Rows in a batch: about 1/100 of the rows, from 16 to 256.
    pub batch: BatchSize,
    /// So many passes that there are 20,000 steps, from 10 to 1,000.
    pub epochs: u64,
    /// Epochs without progress that are borne: a third of them.
    pub patience: u64,
    /// 1/rows: the penalty of scikit-learn's `LogisticRegression` at its default C = 1.
    pub l2: f64,
}

impl DefaultSettings {
    /// For so many training rows of so many numbers and categories; the epochs follow the batch if that is given.
    pub fn of(rows: usize, width: usize, batch: Option<BatchSize>) -> Self {
        let n = rows.max(1);
        let batch = batch.unwrap_or(BatchSize::Rows((n / 100).clamp(16, 256)));
        let per_epoch = match batch {
            BatchSize::Full => 1,
            BatchSize::Rows(size) => n.div_ceil(size.max(1)),
        };
        let epochs = (20_000 / per_epoch as u64).clamp(10, 1_000);
        let spec = Self::method(n, width);
        Self { spec, batch, epochs, patience: (epochs / 3).max(5), l2: 1.0 / n as f64 }
    }

    /// The method for so many rows of so many numbers and categories.
    ///
    /// A step of Adam moves every weight by up to the rate, and the score of a row by up to their sum: the more there
    /// are, the smaller the rate must be for the score to move as far. With more weights than rows many fit the rows
    /// exactly: descent from 0 finds the smallest of them, Adam one that treats noise and signal alike. Its rate is
    /// safe: no curvature is larger than the mean square length of a row, which is the width, and momentum of 0.9
    /// takes ten times the rate.
    pub fn method(rows: usize, width: usize) -> OptimizerSpec {
        let most = width.max(1) as f64;
        let mut spec = if width > rows {
            OptimizerSpec::from(Momentum { lr: 0.1 / most, ..Momentum::default() })
        } else {
            OptimizerSpec::from(Adam { lr: 0.01 * (100.0 / most).min(1.0), ..Adam::default() })
        };
        spec.options.schedule = Schedule::Cosine { steps: None, end: 0.0 };
        spec
    }
}
