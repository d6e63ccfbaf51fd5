//! Training and validation rows with their loss.

use crate::data::{RowStore, Rows};
use crate::model::Loss;

/// Rows to train and validate on.
#[derive(Clone, Copy, Debug)]
pub struct TrainingData<'a> {
    /// Training rows, in memory or on disk.
    pub train: &'a RowStore,
    /// Validation rows. If there are none, the loss with penalties on the training rows in memory is monitored instead.
    pub validation: &'a Rows,
    /// Loss of a row, for the target as it is trained.
    pub loss: Loss,
}
