//! Limits on the size of data.

use std::fmt;

/// Limit on the size of data, which a file exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeLimit {
    /// Number of columns.
    Columns {
        /// Maximum number.
        limit: usize,
        /// Number of columns of the file.
        found: usize,
    },
    /// Memory of a table, relative to the size of its files: a few bytes can claim any number of rows.
    Expansion {
        /// Size of the files in bytes.
        stored: u64,
        /// Maximum memory of their rows in MiB.
        limit_mib: u64,
    },
    /// Number of indexed features, relative to the size of the files: a few bytes can claim any index.
    Features {
        /// Size of the files in bytes.
        stored: u64,
        /// Maximum number.
        limit: u64,
        /// Number of features of the files.
        found: u32,
    },
    /// Window of a zstd file, which its decompressor keeps in memory.
    Window {
        /// Maximum size in MiB.
        limit_mib: u64,
    },
}

impl SizeLimit {
    /// Returns the size that is allowed, in words.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Columns { limit, .. } => format!("at most {limit} columns"),
            Self::Features { stored, limit, .. } => format!("at most {limit} indexed features from {stored} bytes"),
            Self::Window { limit_mib } => format!("a zstd window of at most {limit_mib} MiB"),
            Self::Expansion { stored, limit_mib } => {
                format!("rows of at most {limit_mib} MiB in memory from {stored} bytes")
            }
        }
    }

    /// Returns the size that was found.
    pub(super) fn found(&self) -> String {
        match self {
            Self::Columns { found, .. } => found.to_string(),
            Self::Features { found, .. } => found.to_string(),
            Self::Expansion { .. } => "more".to_string(),
            Self::Window { .. } => "a larger one".to_string(),
        }
    }
}

impl fmt::Display for SizeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}
