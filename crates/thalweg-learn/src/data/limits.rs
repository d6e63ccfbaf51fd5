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

/// Maximum number of indexed features: a weight and two optimizer slots for each take three gigabytes.
pub(super) const MAX_INDEXED_FEATURES: u32 = 1 << 27;

/// Number of indexed features that any file may have: their training takes more than a gigabyte.
const MIN_INDEXED_FEATURES: u64 = 1 << 25;

/// Indexed features that a file may have for each of its bytes, beyond that.
const MAX_FEATURES_PER_BYTE: u64 = 1 << 10;

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

    /// Checks the number of indexed features, whose weights are all allocated; `path` is that of the first file.
    pub(crate) fn check_features(&self, path: &Path, found: u32) -> Result<()> {
        let limit = MIN_INDEXED_FEATURES.max(self.stored.saturating_mul(MAX_FEATURES_PER_BYTE));
        // More than any model can have is refused without this allowance too.
        if u64::from(found) <= limit || found > MAX_INDEXED_FEATURES {
            return Ok(());
        }
        let limit = SizeLimit::Features { stored: self.stored, limit, found };
        Err(Error::TooLarge { path: path.to_path_buf(), limit })
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
    fn a_small_file_has_fewer_indexed_features_than_a_large_one() {
        let check = |stored, found| {
            TableAllowance { stored, min_bytes: 0 }.check_features(Path::new("x"), found).map_err(|e| e.to_string())
        };
        assert_eq!([check(1, 1 << 25), check(1 << 16, 1 << 26), check(u64::MAX, 1 << 27)], [Ok(()), Ok(()), Ok(())]);
        let refused = "x: expected at most 33554432 indexed features from 630 bytes, found 100000000".to_string();
        assert_eq!(check(630, 100_000_000), Err(refused));
    }

    #[test]
    fn columns_are_counted() {
        assert!(check_columns(Path::new("x"), MAX_COLUMNS).is_ok());
        let error = check_columns(Path::new("x"), MAX_COLUMNS + 1).expect_err("there are too many").to_string();
        assert_eq!(error, "x: expected at most 524288 columns, found 524289");
    }
}
