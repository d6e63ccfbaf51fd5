//! Warnings about the data and the model of a fit, each with its evidence.

mod classes;
mod condition;
mod duplicates;
mod revealing_columns;
mod spread;
mod validation_size;

use rayon::prelude::*;

use super::fit_warning::FitWarning;
use super::prepared_data::PreparedData;
use super::report::FitReport;
use crate::data::RowStore;
use crate::interrupt::Interrupt;
use crate::pool;
use crate::train::TrainingConfig;

/// Number of cells of the training rows that a warning looks at, in rows at equal distances.
const MAX_CELLS: usize = 1 << 21;

/// Returns the warnings of one kind.
type Check = fn(FitEvidence<'_>, Interrupt<'_>) -> Vec<FitWarning>;

/// A fit and its result, which warnings are about.
#[derive(Clone, Copy)]
pub(super) struct FitEvidence<'a> {
    pub(super) data: &'a PreparedData,
    pub(super) config: &'a TrainingConfig,
    pub(super) report: &'a FitReport,
    /// Parameters that the report is of.
    pub(super) parameters: &'a [f64],
}

impl FitEvidence<'_> {
    /// Returns all warnings; none after an interrupt.
    pub(super) fn warnings(self, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
        let checks: [Check; 7] = [
            revealing_columns::check,
            duplicates::check,
            spread::check,
            condition::check,
            classes::check_balance,
            classes::check_separation,
            validation_size::check,
        ];
        let run = |check: &Check| if interrupt.is_requested() { Vec::new() } else { check(self, interrupt) };
        let warnings = pool::map(checks.par_iter(), run);
        if interrupt.is_requested() { Vec::new() } else { warnings.concat() }
    }

    /// Returns the indices of at most this number of training rows in memory, at equal distances; those of weight 0 are
    /// not among them.
    fn sample(self, most: usize) -> Vec<usize> {
        let rows = self.data.train.sample();
        let len = rows.len();
        let count = len.min(most);
        (0..count)
            .map(|i| (i as u128 * len as u128 / count as u128) as usize)
            .filter(|&i| rows.weight(i) > 0.0)
            .collect()
    }

    /// Returns `true` if all training rows are in memory.
    fn is_in_memory(self) -> bool {
        matches!(self.data.train, RowStore::Memory(_))
    }
}
