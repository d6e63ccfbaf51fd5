//! Data without a column to predict from.

use std::path::PathBuf;

use super::format::prefix;

/// Data of which no column remains to predict from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}no feature column remains: {excluded_columns}", prefix(path.as_deref()))]
pub struct NoFeaturesError {
    /// Path of the file; `None` for data in memory.
    pub path: Option<PathBuf>,
    /// Excluded columns with the reasons.
    pub excluded_columns: String,
    /// Name of an excluded column of free text.
    pub free_text: Option<String>,
}
