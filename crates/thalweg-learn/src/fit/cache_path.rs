//! The place of a cache.

use std::path::{Path, PathBuf};

use super::config::FitConfig;
use crate::data::Files;
use crate::error::Result;

impl FitConfig {
    /// Returns the file that [`cache`](Self::cache) writes, next to the first of these files; `None` without a cache.
    ///
    /// # Errors
    /// A pattern that matches no file.
    pub fn cache_path(&self, files: &Files) -> Result<Option<PathBuf>> {
        let first = if self.cache { files.expand()?.into_iter().next() } else { None };
        Ok(first.map(|first| path_beside(&first)))
    }
}

/// Returns `people.csv.cache` for `people.csv`.
pub(super) fn path_beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".cache");
    file.with_file_name(name)
}
