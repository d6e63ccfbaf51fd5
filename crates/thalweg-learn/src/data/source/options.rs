//! How to read a file.

use std::path::PathBuf;

use super::libsvm::IndexBase;
use crate::data::skipped_rows::OnError;

/// How to read a file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Whether the first row names the columns.
    pub header: HeaderRow,
    /// The character between fields; found in the text (comma, semicolon, tab or bar) unless given.
    pub delimiter: Option<u8>,
    /// The first character of lines that are no data.
    pub comment: Option<u8>,
    /// The name of the text's encoding, as `latin1`; UTF-8 unless given.
    pub encoding: Option<String>,
    /// Texts that mean "no value", besides the usual ones.
    pub missing_tokens: Vec<String>,
    /// Columns known by name: a first row with one of them names the columns, whatever else is in it.
    pub known_columns: Vec<String>,
    /// Columns that are texts even where they look like numbers: 01 is not 1 then.
    pub text_columns: Vec<String>,
    /// Columns that need not be read.
    pub skip_columns: Vec<String>,
    /// The only columns that need be read, if there are any.
    pub only_columns: Vec<String>,
    /// What becomes of rows that cannot be used.
    pub on_error: OnError,
    /// The number of the first feature of libsvm files.
    pub index_base: IndexBase,
    /// The file of labels of an IDX file of images; found by its name unless given.
    pub labels_file: Option<PathBuf>,
}

/// Whether the first row names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderRow {
    /// It does unless it reads like data: a number or a missing value is in it, or, in a table of text only, each of
    /// its cells comes up again below.
    #[default]
    Auto,
    /// It does.
    Present,
    /// It does not; the columns are named c1, c2, …
    Absent,
}

impl ReadOptions {
    /// Whether a column is to be read.
    pub(super) fn reads(&self, name: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|other| other == name);
        !is_in(&self.skip_columns) && (self.only_columns.is_empty() || is_in(&self.only_columns))
    }
}
