//! Data to fit a model to: files, or a table in memory.

use std::path::{Path, PathBuf};

use super::input::Files;
use super::table::Table;

/// Data to fit a model to: files, or a table of data in memory.
///
/// Made of a path, of several paths or [`Files`], or of a reference to a [`Table`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DataSource<'a> {
    /// Files, which are read as one table.
    Files(Files),
    /// Table in memory.
    Table(&'a Table<'a>),
}

impl DataSource<'_> {
    /// Number of rows, or the largest number if it is not known before the files are read.
    pub(crate) fn rows_at_most(&self) -> usize {
        match self {
            Self::Files(_) => usize::MAX,
            Self::Table(table) => table.rows(),
        }
    }
}

impl<'a> From<&'a Table<'a>> for DataSource<'a> {
    fn from(table: &'a Table<'a>) -> Self {
        Self::Table(table)
    }
}

impl From<Files> for DataSource<'_> {
    fn from(files: Files) -> Self {
        Self::Files(files)
    }
}

impl From<&Path> for DataSource<'_> {
    fn from(path: &Path) -> Self {
        Self::Files(path.into())
    }
}

impl From<&PathBuf> for DataSource<'_> {
    fn from(path: &PathBuf) -> Self {
        Self::Files(path.into())
    }
}

impl From<&[PathBuf]> for DataSource<'_> {
    fn from(paths: &[PathBuf]) -> Self {
        Self::Files(paths.into())
    }
}
