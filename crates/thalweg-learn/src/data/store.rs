//! The rows to train on, wherever they are.

use super::rows::Rows;
use super::spill::Spill;

/// The rows to train on.
#[derive(Debug)]
pub enum Store {
    /// All of them in memory: they are shuffled exactly.
    Memory(Rows),
    /// In a file: they are shuffled by blocks.
    Disk(Spill),
}

impl From<Rows> for Store {
    fn from(rows: Rows) -> Self {
        Store::Memory(rows)
    }
}

impl Store {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Store::Memory(rows) => rows.len(),
            Store::Disk(spill) => spill.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows that are in memory: all of them, or the first, which tell what the others are like.
    pub fn shown(&self) -> &Rows {
        match self {
            Store::Memory(rows) => rows,
            Store::Disk(spill) => spill.shown(),
        }
    }

    /// How much more a row of each class counts in the loss.
    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        match self {
            Store::Memory(rows) => rows.class_weight = weights.to_vec(),
            Store::Disk(spill) => spill.set_class_weight(weights),
        }
    }
}
