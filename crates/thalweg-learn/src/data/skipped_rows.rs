//! Policy for rows that cannot be used, and the count of those skipped.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Policy for invalid rows: of another width, with a text in a column of numbers, or with an unknown label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Stop with the error.
    #[default]
    Fail,
    /// Skip the row and count it.
    Skip,
    /// Skip and count up to this number of rows; one more is an error.
    SkipAtMost(u64),
}

impl FromStr for OnError {
    type Err = thalweg::Error;

    fn from_str(text: &str) -> std::result::Result<Self, thalweg::Error> {
        let limit = |rest: &str| rest.parse().ok().map(Self::SkipAtMost);
        match text {
            "fail" => Some(Self::Fail),
            "skip" => Some(Self::Skip),
            _ => text.strip_prefix("max=").and_then(limit),
        }
        .ok_or_else(|| thalweg::Error::InvalidValue {
            what: "on-error".into(),
            expected: "fail, skip, or max=ROWS".into(),
            found: text.into(),
        })
    }
}

/// Rows that were skipped because they could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRows {
    /// Number of skipped rows.
    pub rows: u64,
    /// Error messages of the first ones, with their positions; at most ten.
    pub first: Vec<String>,
}

/// Most skipped rows whose error messages are kept.
const MAX_MESSAGES: usize = 10;

impl SkippedRows {
    /// Counts a row; `error` is called only where its message is needed.
    ///
    /// # Errors
    /// The row's error, if rows must not be skipped; [`Error::TooManySkippedRows`] above the limit of the policy.
    pub(crate) fn add(&mut self, policy: OnError, error: impl FnOnce() -> Error) -> Result<()> {
        let limit = match policy {
            OnError::Fail => return Err(error()),
            OnError::Skip => u64::MAX,
            OnError::SkipAtMost(limit) => limit,
        };
        self.rows += 1;
        if self.first.len() < MAX_MESSAGES || self.rows > limit {
            let error = error();
            if self.rows > limit {
                return Err(Error::TooManySkippedRows { limit, last: error.to_string() });
            }
            self.first.push(error.to_string());
        }
        Ok(())
    }

    /// Adds the rows skipped in another part of the data.
    ///
    /// # Errors
    /// [`Error::TooManySkippedRows`] if both together exceed the limit of the policy.
    pub(crate) fn merge(&mut self, other: &SkippedRows, policy: OnError) -> Result<()> {
        self.rows += other.rows;
        self.first.extend(other.first.iter().take(MAX_MESSAGES.saturating_sub(self.first.len())).cloned());
        match policy {
            OnError::SkipAtMost(limit) if self.rows > limit => {
                // A limit of 0 is the only one that no message may exist for, and then a row was just added.
                let last = other.first.last().or(self.first.last()).expect("skipped rows have a message");
                Err(Error::TooManySkippedRows { limit, last: last.clone() })
            }
            _ => Ok(()),
        }
    }
}
