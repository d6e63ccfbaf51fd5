//! What is chosen where nothing is said.

use thalweg::{Adam, Schedule, Spec};

use crate::train::Batch;

/// The settings of a fit that depend on how many rows it trains on.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Adam at 0.01, its rate reduced when the watched loss stops falling.
    pub spec: Spec,
    /// Rows in a batch: about 1/100 of the rows, from 16 to 256.
    pub batch: Batch,
    /// So many passes that there are enough steps to converge.
    pub epochs: u64,
    /// Epochs without progress that are borne.
    pub patience: u64,
    /// 1/rows: the penalty of scikit-learn's `LogisticRegression` at its default C = 1.
    pub l2: f64,
}

impl Defaults {
    /// For so many training rows; the epochs follow the batch if that is given.
    pub fn of(rows: usize, batch: Option<Batch>) -> Self {
        let size = (rows / 100).clamp(16, 256);
        let batch = batch.unwrap_or(Batch::Rows(size));
        let per_epoch = match batch {
            Batch::Full => 1,
            Batch::Rows(size) => rows.div_ceil(size.max(1)).max(1),
        };
        let epochs = (20_000 / per_epoch as u64).clamp(10, 1_000);
        Self { spec: Self::spec(), batch, epochs, patience: (epochs / 3).max(5), l2: 1.0 / rows.max(1) as f64 }
    }

    /// The method: Adam, its rate falling where the watched loss stops falling.
    pub fn spec() -> Spec {
        let mut spec = Spec::from(Adam { lr: 0.01, ..Adam::default() });
        spec.around.schedule = Schedule::Cosine { steps: 0, end: 0.0 };
        spec
    }
}
