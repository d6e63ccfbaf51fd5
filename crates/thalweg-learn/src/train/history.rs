//! Losses of the epochs of a training.

use serde::{Deserialize, Serialize};

use super::exact_number;

/// Number of records from which every second one is dropped, so that the history of any training is short.
const MAX_RECORDS: usize = 4096;

/// Losses after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Mean loss of the batches of the epoch, without penalties.
    #[serde(with = "exact_number")]
    pub train_loss: f64,
    /// Loss on the validation rows after the epoch; without validation rows, the objective on the training rows.
    #[serde(with = "exact_number")]
    pub monitored_loss: f64,
    /// Learning rate at the end of the epoch.
    #[serde(with = "exact_number")]
    pub lr: f64,
}

/// Losses of the epochs of a training: of all, or of very many those whose number is a multiple of a power of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingHistory {
    /// The records are those of the epochs whose number is a multiple of this.
    stride: u64,
    records: Vec<EpochRecord>,
}

impl Default for TrainingHistory {
    fn default() -> Self {
        Self { stride: 1, records: Vec::new() }
    }
}

impl TrainingHistory {
    /// Records, in the order of their epochs.
    pub fn records(&self) -> &[EpochRecord] {
        &self.records
    }

    /// Returns the history with all losses multiplied by a factor.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let scaled = |record: &EpochRecord| EpochRecord {
            train_loss: record.train_loss * factor,
            monitored_loss: record.monitored_loss * factor,
            ..*record
        };
        Self { stride: self.stride, records: self.records.iter().map(scaled).collect() }
    }

    /// Removes the records after an epoch.
    pub(super) fn truncate(&mut self, epoch: u64) {
        self.records.retain(|record| record.epoch <= epoch);
    }

    /// Appends the record of the next epoch.
    pub(super) fn push(&mut self, record: EpochRecord) {
        if !record.epoch.is_multiple_of(self.stride.max(1)) {
            return;
        }
        self.records.push(record);
        if self.records.len() >= MAX_RECORDS {
            self.stride = self.stride.max(1).saturating_mul(2);
            self.records.retain(|record| record.epoch.is_multiple_of(self.stride));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_thinned_evenly() {
        let mut history = TrainingHistory::default();
        for epoch in 1..=100_000 {
            history.push(EpochRecord { epoch, train_loss: 1.0, monitored_loss: 1.0, lr: 0.1 });
            assert!(history.records().len() < MAX_RECORDS);
        }
        let epochs: Vec<u64> = history.records().iter().map(|record| record.epoch).collect();
        assert!(epochs.windows(2).all(|pair| pair[1] - pair[0] == history.stride), "evenly");
        assert!(epochs.len() > MAX_RECORDS / 2 - 1 && epochs.last() > Some(&99_900), "{}", epochs.len());
    }
}
