//! Options of reading data files.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::skipped_rows::OnError;
use super::text_format::TextFormat;
use super::text_syntax::{Delimiter, Quoting};

/// Name of the label column in formats without column names (libsvm, IDX).
pub(super) const LABEL_COLUMN: &str = "label";

/// Options of reading data files.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Meaning of the first row of delimited text.
    pub header: HeaderRow,
    /// Field delimiter; default: detected among tab, semicolon, bar, comma and whitespace.
    pub delimiter: Option<Delimiter>,
    /// Meaning of double quotes.
    pub quoting: Quoting,
    /// Number of lines to skip at the beginning of delimited text; default: those with fewer fields before a header,
    /// and those that begin with #.
    pub skip_lines: Option<usize>,
    /// Decimal mark of numbers in delimited text, a point or a comma; default: found where it is the same for all
    /// values of a column.
    pub decimal: Option<char>,
    /// Mark between thousands, such as a point, a space or an apostrophe; default: found as the decimal mark is.
    pub thousands: Option<char>,
    /// Format of files of the same kind, which is tried where nothing else is given.
    pub known_format: TextFormat,
    /// First character of comment lines, an ASCII character; default: no comments.
    pub comment: Option<u8>,
    /// Text encoding by its WHATWG label, such as `latin1`; default: UTF-8.
    pub encoding: Option<String>,
    /// Texts that mean a missing value, in addition to the default ones (`NA`, `null`, `?`, …). Those that no cell has
    /// are noted.
    pub missing_tokens: Vec<String>,
    /// Texts that mean a missing value in files of the same kind, as those of a model.
    pub known_missing_tokens: Vec<String>,
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
    /// Returns the format that is given, as a model keeps it.
    pub(super) fn text_format(&self) -> TextFormat {
        TextFormat {
            delimiter: self.delimiter.filter(|delimiter| *delimiter == Delimiter::Whitespace),
            quoting: self.quoting(),
            skip_lines: self.skip_lines,
            numbers: BTreeMap::new(),
        }
    }

    /// Meaning of double quotes, as it is given or known.
    pub(super) fn quoting(&self) -> Quoting {
        if self.quoting == Quoting::default() { self.known_format.quoting } else { self.quoting }
    }

    /// Returns the names of columns that are expected.
    pub(super) fn expected_columns(&self) -> HashSet<&str> {
        self.known_columns.iter().chain(&self.only_columns).map(String::as_str).collect()
    }

    /// Returns which columns are to be read.
    pub(super) fn column_selection(&self) -> ColumnSelection<'_> {
        let only = (!self.only_columns.is_empty()).then(|| name_set(&self.only_columns));
        ColumnSelection { skipped: name_set(&self.skip_columns), only }
    }
}

fn name_set(names: &[String]) -> HashSet<&str> {
    names.iter().map(String::as_str).collect()
}

/// Columns that are to be read; tables may have very many.
pub(super) struct ColumnSelection<'o> {
    skipped: HashSet<&'o str>,
    only: Option<HashSet<&'o str>>,
}

impl ColumnSelection<'_> {
    /// Returns `true` if the column is to be read.
    pub(super) fn contains(&self, name: &str) -> bool {
        !self.skipped.contains(name) && self.only.as_ref().is_none_or(|only| only.contains(name))
    }
}
