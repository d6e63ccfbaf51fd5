//! Error type of the crate.

use std::io;
use std::path::PathBuf;

use super::cell::CellError;
use super::checkpoint::CheckpointError;
use super::format::{header_prefix, line_count, list, prefix, suggestion};
use super::memory::MemoryNeed;
use super::mismatch::MismatchError;
use super::no_features::NoFeaturesError;
use super::position::Position;
use super::size::SizeLimit;
use super::target::TargetError;
use super::width::WidthSource;

/// Error of reading data, fitting a model, or reading a model file: what was expected, what was found, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller ended the operation.
    #[error("interrupted")]
    Interrupted,
    /// A file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A compressed file is truncated or does not match its checksum.
    #[error("{}: damaged compressed file: {source}", path.display())]
    Decompress {
        /// Path of the file.
        path: PathBuf,
        /// Error of the decompressor.
        source: io::Error,
    },
    /// A file cannot be written to.
    #[error("{}: cannot write the file: {reason}", path.display())]
    Destination {
        /// Path of the file.
        path: PathBuf,
        /// Reason, such as a missing folder.
        reason: String,
    },
    /// A pipe or standard input is given twice, but can be read only once.
    #[error("{}: expected each pipe and standard input once, found it twice", path.display())]
    RepeatedStream {
        /// Path where it is given again; `-` for standard input.
        path: PathBuf,
    },
    /// The text is not UTF-8.
    #[error("{at}: expected UTF-8 text, found byte 0x{byte:02X} at offset {offset}")]
    NotUtf8 {
        /// Position of the first invalid byte.
        at: Position,
        /// First byte that is not UTF-8.
        byte: u8,
        /// Offset of the byte in the decompressed file.
        offset: usize,
    },
    /// The file is empty.
    #[error("{}: expected rows, found an empty file", path.display())]
    Empty {
        /// Path of the file.
        path: PathBuf,
    },
    /// The data have no rows, or none with a target.
    #[error("{}expected rows, found {}", prefix(path.as_deref()), if path.is_some() { "only a header" } else { "none" })]
    NoRows {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
    },
    /// Two columns have the same name.
    #[error("{at}: duplicate column name '{name}', already used by column {first}")]
    DuplicateColumn {
        /// Position of the second occurrence.
        at: Position,
        /// Name of both columns.
        name: String,
        /// Number of the first column with the name, counted from 1.
        first: usize,
    },
    /// An array in memory does not have the length or the content that is required.
    #[error("{array}: expected {expected}, found {found}")]
    Array {
        /// Name of the array, with the row where one is wrong.
        array: String,
        /// Expected length or content.
        expected: String,
        /// Length or content found.
        found: String,
    },
    /// A row has the wrong number of fields.
    #[error("{at}: expected {expected} fields as in {width_of}, found {found}{}", line_count(*lines))]
    RaggedRow {
        /// Position where the row ends early, or where its first extra field begins.
        at: Position,
        /// Expected number of fields.
        expected: usize,
        /// Row that determines the expected number.
        width_of: WidthSource,
        /// Number of fields found.
        found: usize,
        /// Number of lines of the row; many if a closing quote is missing.
        lines: u64,
    },
    /// A quoted field has no closing quote.
    #[error("{at}: unterminated quoted field")]
    UnterminatedQuote {
        /// Position of the opening quote.
        at: Position,
    },
    /// More rows than allowed are invalid.
    #[error("more than {limit} invalid rows; the last one: {last}")]
    TooManySkippedRows {
        /// Maximum number of skipped rows.
        limit: u64,
        /// Error of the first row above the limit.
        last: String,
    },
    /// A row is too long.
    #[error("{at}: expected a row of at most {limit_mib} MiB, found no end of it: is a closing quote missing?")]
    LongRecord {
        /// Position where the row begins.
        at: Position,
        /// Maximum length in MiB.
        limit_mib: usize,
    },
    /// A requested column does not exist.
    #[error("{}unknown column '{name}'{}; known columns: {}", prefix(path.as_deref()), suggestion(nearest.as_deref()), list(columns))]
    UnknownColumn {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Name that was requested.
        name: String,
        /// Most similar name, if any is similar.
        nearest: Option<String>,
        /// Column names of the file.
        columns: Vec<String>,
    },
    /// A column of the model is missing.
    #[error("{}missing column '{column}', which the model needs{}", header_prefix(path.as_deref()), suggestion(nearest.as_deref()))]
    MissingColumn {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Name of the column.
        column: String,
        /// Most similar name in the file, if any is similar.
        nearest: Option<String>,
    },
    /// A table without column names has another width than the training table.
    #[error(
        "{}without column names, expected {width} fields as in training, or {} without the target, found {found}",
        header_prefix(path.as_deref()), width.saturating_sub(1)
    )]
    Width {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Number of fields in training.
        width: usize,
        /// Number of fields found.
        found: usize,
    },
    /// A cell has another value than its column requires.
    #[error(transparent)]
    Cell(Box<CellError>),
    /// The target cannot be learned.
    #[error(transparent)]
    Target(Box<TargetError>),
    /// An option for feature columns names the target.
    #[error("{option}: expected columns to predict from, found the target '{column}'")]
    TargetAsFeature {
        /// Name of the option: `ignore`, `categorical`, `text`, `interactions` or `weight`.
        option: &'static str,
        /// Name of the target.
        column: String,
    },
    /// An interaction uses an excluded column.
    #[error("{}interactions: column '{column}' is excluded: {reason}", prefix(path.as_deref()))]
    InteractionOfExcluded {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Name of the column.
        column: String,
        /// Reason of the exclusion.
        reason: String,
    },
    /// No column remains to predict from.
    #[error(transparent)]
    NoFeatures(Box<NoFeaturesError>),
    /// The file is no model file, or is damaged.
    #[error("{}: invalid model file: {reason}", path.display())]
    NotModel {
        /// Path of the file.
        path: PathBuf,
        /// Reason of the rejection.
        reason: String,
    },
    /// A binary data file is damaged or not supported.
    #[error("{}: invalid {format} file: {reason}", path.display())]
    Binary {
        /// Path of the file.
        path: PathBuf,
        /// Detected format: "Parquet", "Arrow" or "IDX".
        format: &'static str,
        /// Reason of the rejection.
        reason: String,
    },
    /// The file is no table of a format that is read; its path, what it is, and what to do.
    #[error("{}: expected a table, found {}", .0.display(), .1)]
    NotTable(PathBuf, String),
    /// The data are larger than allowed.
    #[error("{}: {limit}", path.display())]
    TooLarge {
        /// Path of the file.
        path: PathBuf,
        /// Limit that is exceeded.
        limit: SizeLimit,
    },
    /// More memory is needed than may be used.
    #[error(transparent)]
    Memory(Box<MemoryNeed>),
    /// A label file does not match its images.
    #[error("{}: expected {expected} labels for {}, found {} rows of {} numbers", path.display(), images.display(), found.0, found.1)]
    LabelCount {
        /// Path of the label file.
        path: PathBuf,
        /// Path of the image file.
        images: PathBuf,
        /// Number of images, and so of labels.
        expected: usize,
        /// Number of rows of the label file, and of numbers per row.
        found: (usize, usize),
    },
    /// A line of a libsvm file is not `label index:value …`.
    #[error("{at}: expected {expected}, found '{found}'")]
    Libsvm {
        /// Position of the violation.
        at: Position,
        /// Expectation that the line violates.
        expected: &'static str,
        /// Word at the position.
        found: String,
    },
    /// There are more indexed features than a model can have.
    #[error("{}expected at most {limit} indexed features, found {found}", prefix(path.as_deref()))]
    TooManyFeatures {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Maximum number of features.
        limit: u32,
        /// Number of features found.
        found: u32,
    },
    /// The data are of another kind than the training data of the model.
    #[error(transparent)]
    Mismatch(Box<MismatchError>),
    /// Files of one set have different columns.
    #[error("{}: expected the columns of {} ({}), found {}", path.display(), first.display(), list(expected), list(found))]
    OtherColumns {
        /// Path of the file.
        path: PathBuf,
        /// Path of the first file of the set.
        first: PathBuf,
        /// Columns of the first file.
        expected: Vec<String>,
        /// Columns of this file.
        found: Vec<String>,
    },
    /// A column of a columnar file has an unsupported type.
    #[error("{}column '{column}': expected numbers, texts or dates, found {found}", prefix(path.as_deref()))]
    ColumnType {
        /// Path of the file; `None` for data in memory.
        path: Option<PathBuf>,
        /// Name of the column.
        column: String,
        /// Description of the values found.
        found: String,
    },
    /// The model file has a newer format.
    #[error("{}: expected a model format of at most {known}, found {format}, of a newer version of thalweg", path.display())]
    NewerModel {
        /// Path of the file.
        path: PathBuf,
        /// Newest format that is supported.
        known: u64,
        /// Format of the file.
        format: u64,
    },
    /// A checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    /// The method or an option is invalid.
    #[error(transparent)]
    Method(#[from] thalweg::Error),
}
