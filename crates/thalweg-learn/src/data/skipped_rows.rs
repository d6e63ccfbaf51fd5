//! Rows that cannot be used, where they are to be left out instead of ending everything.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::schema::finite;
use super::source::block::Cell;
use super::table::Table;
use crate::error::{Error, Result};

/// What becomes of a row that cannot be used: of another width, with a text where a number must be, with an unknown label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It is an error.
    #[default]
    Fail,
    /// It is left out and counted.
    Skip,
    /// The same, for so many rows at most.
    SkipAtMost(u64),
}

impl FromStr for OnError {
    type Err = thalweg::Error;

    fn from_str(text: &str) -> std::result::Result<Self, thalweg::Error> {
        let most = |rest: &str| rest.parse().ok().map(Self::SkipAtMost);
        match text {
            "fail" => Some(Self::Fail),
            "skip" => Some(Self::Skip),
            _ => text.strip_prefix("max=").and_then(most),
        }
        .ok_or_else(|| thalweg::Error::InvalidValue {
            what: "on-error".into(),
            expected: "fail, skip, or max=ROWS".into(),
            found: text.into(),
        })
    }
}

/// Rows left out because they could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRows {
    /// How many.
    pub rows: u64,
    /// What is wrong with the first of them, and where.
    pub first: Vec<String>,
}

/// Faults told in full.
const TOLD: usize = 10;

impl SkippedRows {
    /// Counts a row; `error` is asked only for the first ones.
    ///
    /// # Errors
    /// That error, where rows must not be left out; or that they are too many.
    pub(crate) fn add(&mut self, policy: OnError, error: impl FnOnce() -> Error) -> Result<()> {
        let most = match policy {
            OnError::Fail => return Err(error()),
            OnError::Skip => u64::MAX,
            OnError::SkipAtMost(most) => most,
        };
        self.rows += 1;
        if self.first.len() < TOLD || self.rows > most {
            let error = error();
            if self.rows > most {
                return Err(Error::TooManyFaults { most, last: error.to_string() });
            }
            self.first.push(error.to_string());
        }
        Ok(())
    }

    /// Takes in what another part of the same file has.
    ///
    /// # Errors
    /// That they are too many together.
    pub(crate) fn join(&mut self, other: &SkippedRows, policy: OnError) -> Result<()> {
        self.rows += other.rows;
        self.first.extend(other.first.iter().take(TOLD - self.first.len().min(TOLD)).cloned());
        match policy {
            OnError::SkipAtMost(most) if self.rows > most => {
                let last = other.first.last().or(self.first.last()).cloned().unwrap_or_default();
                Err(Error::TooManyFaults { most, last })
            }
            _ => Ok(()),
        }
    }
}

/// Takes out of `rows` those that hold no finite number in one of these columns, and are not without a value there.
pub(super) fn skip_invalid_rows(
    table: &Table,
    numbers: &[usize],
    rows: &mut Vec<usize>,
    policy: OnError,
    skipped_rows: &mut SkippedRows,
) -> Result<()> {
    let mut faulty = BTreeMap::new();
    for &column in numbers {
        table.each(column, |row, cell| {
            if cell != Cell::Missing && !cell.number().is_some_and(f64::is_finite) {
                faulty.entry(row).or_insert((column, cell));
            }
        });
    }
    // A row without a target is left out already.
    for (&row, &(column, cell)) in faulty.iter().filter(|(row, _)| rows.binary_search(row).is_ok()) {
        if let Err(error) = finite(table, (row, column), cell) {
            skipped_rows.add(policy, || error)?;
        }
    }
    rows.retain(|row| !faulty.contains_key(row));
    Ok(())
}
