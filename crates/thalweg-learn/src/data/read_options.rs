//! Options of reading data files.

use std::path::PathBuf;

use super::skipped_rows::OnError;

/// Name of the label column in formats without column names (libsvm, IDX).
pub(super) const LABEL_COLUMN: &str = "label";

/// Options of reading data files.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Meaning of the first row of delimited text.
    pub header: HeaderRow,
    /// Field delimiter, an ASCII character; default: detected among tab, semicolon, bar and comma.
    pub delimiter: Option<u8>,
    /// First character of comment lines, an ASCII character; default: no comments.
    pub comment: Option<u8>,
    /// Text encoding by its WHATWG label, such as `latin1`; default: UTF-8.
    pub encoding: Option<String>,
    /// Texts that mean a missing value, in addition to the default ones (`NA`, `null`, `?`, …).
    pub missing_tokens: Vec<String>,
    /// Known column names: a first row that contains one of them is a header, whatever else it contains.
    pub known_columns: Vec<String>,
    /// Columns to read as texts even where they look like numbers, so that 01 differs from 1.
    pub text_columns: Vec<String>,
    /// Columns that need not be read.
    pub skip_columns: Vec<String>,
    /// If not empty, the only columns to read.
    pub only_columns: Vec<String>,
    /// Policy for rows that cannot be used.
    pub on_error: OnError,
    /// Index of the first feature in libsvm files.
    pub index_base: IndexBase,
    /// If true, the lines of a libsvm file may have no labels, which then are missing.
    pub optional_labels: bool,
    /// Label file of an IDX image file; default: found by its name, as `train-labels-idx1-ubyte`.
    pub labels_file: Option<PathBuf>,
}

/// Meaning of the first row of delimited text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderRow {
    /// Column names, unless the row looks like data: it contains a number or a missing value, or the table has only
    /// texts and each cell of the row occurs again below.
    #[default]
    Auto,
    /// Column names, whatever they look like.
    Present,
    /// Data; the columns are named c1, c2, …
    Absent,
}

/// Index of the first feature in libsvm files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexBase {
    /// 0 if index 0 occurs in the file, otherwise 1.
    #[default]
    Auto,
    /// Indices start at 0.
    Zero,
    /// Indices start at 1; index 0 is an error.
    One,
}

impl ReadOptions {
    /// Returns `true` if the column is to be read.
    pub(super) fn reads(&self, name: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|other| other == name);
        !is_in(&self.skip_columns) && (self.only_columns.is_empty() || is_in(&self.only_columns))
    }
}
