//! Return of a training that diverged to its best epoch, at half the learning rate.

use serde::{Deserialize, Serialize};

/// Largest number of times that a training goes back: the learning rate is then 2^-10 times what it was.
pub(super) const MAX_ROLLBACKS: usize = 10;

/// Reaction of a training to a loss or gradient that is infinite or NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDivergence {
    /// Goes back to the parameters of the best epoch so far, with the state of the method cleared and half the learning
    /// rate, and continues after that epoch; at most 10 times. Solvers, which have no learning rate, end.
    #[default]
    Rollback,
    /// Ends with the parameters of the best epoch.
    Stop,
}

/// Return of a training that diverged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Epoch in which the loss or its gradient became infinite or NaN.
    pub epoch: u64,
    /// Number of steps taken until then.
    pub steps: u64,
    /// Epoch after which the training continued; 0 is the initialization.
    pub to_epoch: u64,
    /// Learning rate from then on, before the schedule.
    pub lr: f64,
}
