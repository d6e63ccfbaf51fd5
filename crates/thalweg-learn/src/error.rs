//! What can go wrong between a file and a model.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// A place in a text file, as a compiler prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: u64,
    /// The character (not the byte) within the line, counted from 1.
    pub column: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// An error the user can mend: what must hold, what was found, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A compressed file ends early or does not match its checksum.
    #[error("{}: a compressed file must unpack, but it is damaged: {source}", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// What the decompressor said.
        source: io::Error,
    },
    /// A place to write to is a folder, lies in no folder, or may not be written.
    #[error("{}: must be a place for a file, but {why}", path.display())]
    Destination {
        /// The path asked for.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The text is not UTF-8.
    #[error(
        "{at}: the file must be UTF-8 text, but holds byte 0x{byte:02X} at offset {offset} \
         (if it is Latin-1: --encoding latin1)"
    )]
    NotUtf8 {
        /// Where the first wrong byte stands.
        at: Position,
        /// That byte.
        byte: u8,
        /// Its distance from the start of the (unpacked) file.
        offset: usize,
    },
    /// Nothing is in the file.
    #[error("{}: must have rows, but is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file ends after its header.
    #[error("{}: must have rows, but has only a header", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// Two columns have one name.
    #[error("{at}: column names must differ, but '{name}' is already the name of column {first}")]
    DuplicateColumn {
        /// Where the second stands.
        at: Position,
        /// The name.
        name: String,
        /// Number of the first column with it, counted from 1.
        first: usize,
    },
    /// A row is longer or shorter than the others.
    #[error("{at}: a row must have {expected} fields as {model} has, but this one has {found}{}", runs_on(*lines))]
    RaggedRow {
        /// Where the row ends early, or its first extra field begins.
        at: Position,
        /// Fields wanted.
        expected: usize,
        /// What sets the number: "the header" or "the first row".
        model: &'static str,
        /// Fields found.
        found: usize,
        /// Lines the row runs over: many when a quote is open by mistake.
        lines: u64,
    },
    /// A quoted field never ends.
    #[error("{at}: a quoted field must end with a quote, but the file ends first")]
    UnclosedQuote {
        /// Where the quote opens.
        at: Position,
    },
    /// More rows than the user bears cannot be used.
    #[error("{last} (and with it more than {most} rows cannot be used)")]
    TooManyFaults {
        /// How many may be.
        most: u64,
        /// What is wrong with the one too many.
        last: String,
    },
    /// A record does not end.
    #[error("{at}: a row must have at most {most} MiB, but this one does not end: is a quote open?")]
    LongRecord {
        /// Where it begins, or its quote.
        at: Position,
        /// How many MiB it may have.
        most: usize,
    },
    /// A name given by the user is no column of the file.
    #[error(
        "{}: has no column '{name}'{}; its columns are {}",
        path.display(), nearest_in_words(nearest.as_deref()), listed(columns)
    )]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        name: String,
        /// The name of a column that reads alike.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// A column that the model was trained on is not in this file.
    #[error(
        "{}:1:1: the model needs a column '{column}', but there is none{}",
        path.display(), nearest_in_words(nearest.as_deref())
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column of the model.
        column: String,
        /// The name of a column that reads alike.
        nearest: Option<String>,
    },
    /// A table without names has another width than the one trained on.
    #[error(
        "{}:1:1: without names of columns, a row must have {width} fields as in training, or {} without the target, \
         but has {found}",
        path.display(), width.saturating_sub(1)
    )]
    Width {
        /// The file.
        path: PathBuf,
        /// Fields in training.
        width: usize,
        /// Fields found.
        found: usize,
    },
    /// A cell of a column of numbers is not a number.
    #[error("{at}: column '{column}' must be a number, but found '{found}'{hint}")]
    NotNumber {
        /// The cell.
        at: Position,
        /// Its column.
        column: String,
        /// Its text.
        found: String,
        /// In parentheses: how common it is, and what the user can do.
        hint: String,
    },
    /// A weight of a row that is none.
    #[error("{at}: column '{column}' must hold weights (numbers of at least 0), but found '{found}'")]
    Weight {
        /// The cell.
        at: Position,
        /// Its column.
        column: String,
        /// Its text.
        found: String,
    },
    /// A count below 0.
    #[error("{at}: column '{column}' must hold counts (at least 0) for the loss poisson, but found '{found}'")]
    Negative {
        /// The cell.
        at: Position,
        /// Its column.
        column: String,
        /// Its text.
        found: String,
    },
    /// A number is infinite, or too large to work with.
    #[error("{at}: column '{column}' must be a finite number of moderate size, but found '{found}'")]
    NotFinite {
        /// The cell.
        at: Position,
        /// Its column.
        column: String,
        /// Its text.
        found: String,
    },
    /// The target has one value only, so there is nothing to learn.
    #[error("{at}: target '{column}' must have at least two different values, but all are '{value}'")]
    TargetConstant {
        /// The head of the column.
        at: Position,
        /// The target.
        column: String,
        /// Its value.
        value: String,
    },
    /// No row has a target.
    #[error("{at}: target '{column}' must have values, but all of its cells are missing")]
    TargetMissing {
        /// The head of the column.
        at: Position,
        /// The target.
        column: String,
    },
    /// A choice among the features names the target.
    #[error("--{option} must name columns to predict from, but '{column}' is the one to predict")]
    TargetChosen {
        /// The option.
        option: &'static str,
        /// The target.
        column: String,
    },
    /// Too many labels for a classifier of two classes.
    #[error("{at}: column '{column}' must have two different labels, but has {}: {} (--loss softmax tells any number of them apart)", labels.len(), listed(labels))]
    Labels {
        /// The head of the column.
        at: Position,
        /// The target.
        column: String,
        /// Its different values.
        labels: Vec<String>,
    },
    /// More labels than a classifier can learn.
    #[error(
        "{at}: column '{column}' must have at most {most} different labels, and rows enough for each, but has {found} in \
         {rows} rows"
    )]
    ManyLabels {
        /// The head of the column.
        at: Position,
        /// The target.
        column: String,
        /// How many may be.
        most: usize,
        /// How many there are.
        found: usize,
        /// Rows with a label.
        rows: usize,
    },
    /// A label that the model does not know, or none, where one is needed.
    #[error("{at}: column '{column}' must be {}, but found '{found}'", one_of(labels))]
    UnknownLabel {
        /// The cell.
        at: Position,
        /// The target.
        column: String,
        /// The labels of the classes.
        labels: Vec<String>,
        /// What the cell holds.
        found: String,
    },
    /// A column that is to be crossed with another is left out.
    #[error("{}: --interactions must name columns that are used, but {column} is left out: {why}", path.display())]
    CannotCross {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Why it is left out.
        why: String,
    },
    /// Every column but the target was left out.
    #[error("{}: no column is left to learn from: {excluded_columns}", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
        /// The columns and why each was left out.
        excluded_columns: String,
    },
    /// The file is not a model that this program wrote, or is damaged.
    #[error("{}: must be a thalweg model, but {why}", path.display())]
    NotModel {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A binary file of data is damaged, or of a form that cannot be read.
    #[error("{}: must be a whole {format} file, but {why}", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// What it looks like: "Parquet", "Arrow", "IDX".
        format: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A line of a libsvm file that is not `label index:value …`.
    #[error("{at}: {must}, but found '{found}'")]
    Libsvm {
        /// Where it goes wrong.
        at: Position,
        /// What must hold.
        must: &'static str,
        /// What stands there.
        found: String,
    },
    /// More features by number than a model can hold.
    #[error("{}: features by number must be at most {most}, but the highest is {found}", path.display())]
    TooManyFeatures {
        /// The file.
        path: PathBuf,
        /// How many may be.
        most: u32,
        /// The highest number.
        found: u32,
    },
    /// Files that are to be one set have other columns.
    #[error("{}: must have the columns of {} ({}), but has {}", path.display(), first.display(), listed(wanted), listed(found))]
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// The first file of the set.
        first: PathBuf,
        /// Its columns.
        wanted: Vec<String>,
        /// The columns of this one.
        found: Vec<String>,
    },
    /// A method or a setting that cannot be.
    #[error(transparent)]
    Method(#[from] thalweg::Error),
    /// The model comes from a later version of this program.
    #[error("{}: model format must be at most {known}, but is {format}: a newer thalweg wrote it", path.display())]
    NewerModel {
        /// The file.
        path: PathBuf,
        /// The newest format known here.
        known: u64,
        /// The format of the file.
        format: u64,
    },
    /// A column of a Parquet or Arrow file that is neither numbers, texts nor dates.
    #[error("{}: column '{column}' must hold numbers, texts or dates, but holds {found}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
    },
}

impl Error {
    /// Whether the DATA are at fault (malformed or impossible), not the command or the machine.
    pub fn is_bad_data(&self) -> bool {
        !matches!(
            self,
            Error::Io { .. }
                | Error::Destination { .. }
                | Error::UnknownColumn { .. }
                | Error::NotModel { .. }
                | Error::NewerModel { .. }
                | Error::Method(_)
                | Error::TargetChosen { .. }
        )
    }

    /// Whether the command is at fault: it asks for what is not there or cannot be.
    pub fn is_usage(&self) -> bool {
        matches!(self, Error::UnknownColumn { .. } | Error::Method(_) | Error::TargetChosen { .. })
    }
}

/// The text as a shell takes it for one word: what a message tells to type can be typed.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-+.,:/=@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Names listed in full before the rest is only counted.
const NAMES_SHOWN: usize = 40;

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES_SHOWN)].join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn one_of(labels: &[String]) -> String {
    match labels {
        [a, b] => format!("'{a}' or '{b}'"),
        _ => format!("one of {}", listed(labels)),
    }
}

fn nearest_in_words(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (nearest: '{name}')"))
}

fn runs_on(lines: u64) -> String {
    match lines {
        0 | 1 => String::new(),
        _ => format!(" (it runs over {lines} lines: is a quote open?)"),
    }
}
