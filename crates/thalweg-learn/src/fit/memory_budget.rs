//! Division of a memory limit among the parts of a fit.

use super::config::{DefaultMethod, FitConfig, TrainingRows};
use crate::data::{RowStore, Rows, Schema};
use crate::error::{MemoryPart, Result};
use crate::memory::{self, PROGRAM_BYTES, READING_BYTES};
use crate::model::{Architecture, PenaltyFactors};
use crate::train::{any_model_parts, row_parts};

/// Memory for each part of a fit, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryBudget {
    /// Cells of the table before encoding.
    pub(super) table: usize,
    /// Encoded training rows kept in memory.
    pub(super) rows: usize,
    /// Encoded validation rows, which are always kept in memory.
    pub(super) validation: usize,
    /// Limit on everything together; `None` is unlimited.
    limit: Option<usize>,
}

impl MemoryBudget {
    /// Divides a memory limit; without one, the parts are unlimited.
    pub(super) fn of(limit: Option<usize>) -> Self {
        let available = limit.map_or(usize::MAX, |limit| limit.saturating_sub(READING_BYTES));
        // Encoded rows take half of the memory of their cells, and both exist while rows are encoded; a growing list
        // may exist twice while it is moved.
        let table = limit.map_or(usize::MAX, |_| available / 3);
        Self { table, rows: available / 4, validation: available / 16, limit }
    }

    /// Limits the rows in memory to what a model leaves of the limit; see [`FitConfig::model_parts`].
    pub(super) fn beside(self, model: &[MemoryPart]) -> Self {
        let Some(limit) = self.limit else { return self };
        let model = model.iter().map(|part| part.bytes).fold(0, u64::saturating_add);
        let left = limit.saturating_sub(PROGRAM_BYTES).saturating_sub(usize::try_from(model).unwrap_or(usize::MAX));
        // Rows on disk have a sample and several blocks in memory, which together take up to four times as much.
        Self { rows: self.rows.min(left / 4), validation: self.validation.min(left / 16), ..self }
    }
}

impl FitConfig {
    /// Checks that the training of the model on this number of ranks fits in the memory limit of each, or without one
    /// in the memory of the system.
    ///
    /// # Errors
    /// A need that exceeds the limit.
    pub(super) fn check_memory(
        &self,
        schema: &Schema,
        train: &RowStore,
        validation: &Rows,
        ranks: usize,
    ) -> Result<()> {
        let mut parts = self.model_parts(schema, (train.sample(), train.len()), ranks)?;
        let rows = TrainingRows { sample: train.sample(), len: train.len(), weight: train.total_weight() };
        let config = self.training_config_for(rows, DefaultMethod::Steps, PenaltyFactors::ONE)?;
        let batch_rows = config.batch_size.of(train.len());
        parts.extend(row_parts(train, validation, batch_rows));
        memory::check(parts, self.max_memory)
    }

    /// Returns the parts of the memory that the model and its training take on each of this number of ranks besides the
    /// rows; `rows` are some of the training rows.
    pub(super) fn model_parts(
        &self,
        schema: &Schema,
        (rows, train_rows): (&Rows, usize),
        ranks: usize,
    ) -> Result<Vec<MemoryPart>> {
        let model = self.architecture.model(rows.features, schema.target.outputs(), self.intercept);
        // The default solver is limited to models whose state is small.
        let training_rows = TrainingRows { sample: rows, len: train_rows, weight: train_rows as f64 };
        let config = self.training_config_for(training_rows, DefaultMethod::Steps, PenaltyFactors::ONE)?;
        let mut parts = any_model_parts(&model, rows, &config, (train_rows, ranks))?;
        parts.push(memory::levels(schema));
        if self.architecture == Architecture::Linear {
            parts.push(memory::coefficients(schema));
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_what_the_model_leaves() {
        let budget = MemoryBudget::of(Some(256 << 20));
        assert_eq!((budget.table >> 20, budget.rows >> 20, budget.validation >> 20), (53, 40, 10));
        let small = budget.beside(&[MemoryPart::new("weights", 1 << 20)]);
        assert_eq!((small.rows, small.validation), (budget.rows, budget.validation));
        let large = budget.beside(&[MemoryPart::new("weights", 200 << 20)]);
        assert_eq!((large.rows, large.validation, large.table), (0, 0, budget.table));
        let medium = budget.beside(&[MemoryPart::new("weights", 128 << 20)]);
        assert_eq!((medium.rows >> 20, medium.validation >> 20, medium.table), (16, 4, budget.table));
        let too_large = budget.beside(&[MemoryPart::new("weights", usize::MAX)]);
        assert_eq!((too_large.rows, too_large.validation), (0, 0));
        assert_eq!(MemoryBudget::of(None).beside(&[MemoryPart::new("weights", 1)]).table, usize::MAX);
    }
}
