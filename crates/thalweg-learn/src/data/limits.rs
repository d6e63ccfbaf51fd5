//! Limits on the size of data, so that a file of a few bytes cannot take all memory.

use std::path::Path;

use super::input::Input;
use crate::error::{Error, Result, SizeLimit};

/// Most columns of a table.
const MAX_COLUMNS: usize = 1 << 19;

/// Memory that the rows of any file may take.
const MIN_TABLE_BYTES: u64 = 1 << 29;

/// Memory that rows may take for each byte of their files, beyond that.
const MAX_EXPANSION: u64 = 1 << 10;

/// Checks the number of columns of a file.
pub(super) fn check_columns(path: &Path, found: usize) -> Result<()> {
    if found <= MAX_COLUMNS {
        return Ok(());
    }
    Err(Error::TooLarge { path: path.to_path_buf(), limit: SizeLimit::Columns { limit: MAX_COLUMNS, found } })
}

/// Memory in bytes that the rows of some files may take.
#[derive(Clone, Debug)]
pub(crate) struct TableAllowance {
    /// Size of the files in bytes.
    pub(super) stored: u64,
    /// Memory that any file may take.
    pub(super) min_bytes: u64,
}

impl TableAllowance {
    pub(crate) fn of(inputs: &[Input]) -> TableAllowance {
        let stored = inputs.iter().map(Input::stored_bytes).fold(0, u64::saturating_add);
        TableAllowance { stored, min_bytes: MIN_TABLE_BYTES }
    }

    /// Maximum size.
    pub(super) fn bytes(&self) -> u64 {
        self.min_bytes.max(self.stored.saturating_mul(MAX_EXPANSION))
    }

    /// Checks the size of the rows read so far; `path` is that of the first file.
    pub(crate) fn check(&self, path: &Path, bytes: u64) -> Result<()> {
        if bytes <= self.bytes() {
            return Ok(());
        }
        let limit = SizeLimit::Expansion { stored: self.stored, limit_mib: self.bytes() >> 20 };
        Err(Error::TooLarge { path: path.to_path_buf(), limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_take_a_multiple_of_their_file_or_what_any_file_may_take() {
        let allowance = |stored, min_bytes| TableAllowance { stored, min_bytes };
        assert_eq!(allowance(100, MIN_TABLE_BYTES).bytes(), 512 << 20);
        assert_eq!(allowance(1 << 30, MIN_TABLE_BYTES).bytes(), 1 << 40);
        assert_eq!(allowance(u64::MAX, MIN_TABLE_BYTES).bytes(), u64::MAX);
        let small = allowance(1 << 11, 1 << 20);
        assert!(small.check(Path::new("x"), 2 << 20).is_ok());
        let error = small.check(Path::new("x"), (2 << 20) + 1).expect_err("the rows are too large").to_string();
        assert_eq!(error, "x: expected rows of at most 2 MiB in memory from 2048 bytes, found more");
    }

    #[test]
    fn columns_are_counted() {
        assert!(check_columns(Path::new("x"), MAX_COLUMNS).is_ok());
        let error = check_columns(Path::new("x"), MAX_COLUMNS + 1).expect_err("there are too many").to_string();
        assert_eq!(error, "x: expected at most 524288 columns, found 524289");
    }
}
