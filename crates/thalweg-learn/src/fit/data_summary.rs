//! Summary of prepared data for the report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row_handling::CacheUsage;
use crate::data::{EncodingPlan, Exclusion, HashingStats, OnError, Outliers, ReadNote, Rows, SkippedRows};
use crate::error::Result;
use crate::team::{Team, gather_messages};

/// Summary of the data for the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DataSummary {
    /// Columns that are not used.
    #[serde(rename = "left_out")]
    pub(super) excluded_columns: Vec<Exclusion>,
    /// Number of texts read as missing numbers, by column.
    #[serde(default)]
    pub(super) text_as_missing: BTreeMap<String, u64>,
    /// Rows without a target.
    pub(super) target_missing: usize,
    /// Rows that could not be used.
    #[serde(rename = "faults")]
    pub(super) skipped_rows: SkippedRows,
    /// Statistics of hashed levels.
    pub(super) hashed: Option<HashingStats>,
    /// Outliers of the training rows.
    #[serde(default)]
    pub(super) outliers: Vec<Outliers>,
    /// Number of values of a numeric target that may be classes.
    #[serde(default)]
    pub(super) whole_number_values: Option<usize>,
    /// Columns taken for numbers whose values may be names of levels.
    #[serde(default)]
    pub(super) possible_levels: Vec<String>,
    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    #[serde(default)]
    pub(super) notes: Vec<ReadNote>,
    /// Cache that the rows were read from or written to.
    #[serde(skip)]
    pub(super) cache: Option<CacheUsage>,
}

impl DataSummary {
    /// Adds the counts of encoded rows.
    pub(super) fn count(&mut self, rows: &Rows) {
        for (column, count) in &rows.text_as_missing {
            *self.text_as_missing.entry(column.clone()).or_default() += count;
        }
    }
}

impl DataSummary {
    /// Adds the counts of rows that other ranks have read, and not this one.
    ///
    /// # Errors
    /// More rows that cannot be used than are skipped.
    pub(super) fn add_rows_of_other_ranks(&mut self, team: &dyn Team, on_error: OnError) -> Result<()> {
        let own = serde_json::to_vec(&(self.target_missing, &self.skipped_rows));
        let own = own.unwrap_or_else(|_| unreachable!("counts have a text form"));
        (self.target_missing, self.skipped_rows) = (0, SkippedRows::default());
        for message in gather_messages(team, &own) {
            let (missing, skipped): (usize, SkippedRows) = serde_json::from_slice(&message).expect("counts of a rank");
            self.target_missing += missing;
            self.skipped_rows.merge(&skipped, on_error)?;
        }
        Ok(())
    }

    /// Adds the counts of encoded rows on the other ranks of a team.
    pub(super) fn add_other_ranks(&mut self, team: &dyn Team) {
        let own = serde_json::to_vec(&self.text_as_missing).unwrap_or_else(|_| unreachable!("counts have a text form"));
        self.text_as_missing.clear();
        for message in gather_messages(team, &own) {
            let counts: BTreeMap<String, u64> = serde_json::from_slice(&message).expect("counts of a rank");
            for (column, count) in counts {
                *self.text_as_missing.entry(column).or_default() += count;
            }
        }
    }
}

impl From<EncodingPlan> for DataSummary {
    fn from(plan: EncodingPlan) -> Self {
        let EncodingPlan {
            excluded_columns,
            target_missing,
            skipped_rows,
            notes,
            hashed,
            outliers,
            whole_number_values,
            possible_levels,
            ..
        } = plan;
        let text_as_missing = BTreeMap::new();
        Self {
            excluded_columns,
            text_as_missing,
            target_missing,
            skipped_rows,
            hashed,
            outliers,
            whole_number_values,
            possible_levels,
            notes,
            cache: None,
        }
    }
}
