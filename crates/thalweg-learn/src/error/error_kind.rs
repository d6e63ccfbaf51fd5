//! Kinds of errors.

use std::fmt;

use super::kind::Error;

/// Kind of an [`Error`], without its parts. Its text, such as `ragged_row`, is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller ended the operation.
    Interrupted,
    /// A file could not be opened, read or written.
    Io,
    /// A compressed file is damaged.
    Decompress,
    /// A file cannot be written to.
    Destination,
    /// A stream is given twice.
    RepeatedStream,
    /// The text is not UTF-8.
    NotUtf8,
    /// The file is empty.
    Empty,
    /// The file has no rows after its header.
    NoRows,
    /// Two columns have the same name.
    DuplicateColumn,
    /// An array in memory has the wrong length or content.
    Array,
    /// A row has the wrong number of cells.
    RaggedRow,
    /// A quoted field has no closing quote.
    UnterminatedQuote,
    /// More rows than allowed are invalid.
    TooManySkippedRows,
    /// A row is too long.
    LongRecord,
    /// A requested column does not exist.
    UnknownColumn,
    /// A column of the model is missing.
    MissingColumn,
    /// A table without column names has another width than the training table.
    Width,
    /// A cell has another value than its column requires.
    Cell,
    /// The target cannot be learned.
    Target,
    /// An option for feature columns names the target.
    TargetAsFeature,
    /// An interaction uses an excluded column.
    InteractionOfExcluded,
    /// No column remains to predict from.
    NoFeatures,
    /// The file is no model file, or is damaged.
    NotModel,
    /// A binary data file is damaged or not supported.
    Binary,
    /// The file is no table of a format that is read.
    NotTable,
    /// The data are larger than allowed.
    TooLarge,
    /// More memory is needed than may be used.
    Memory,
    /// A label file does not match its images.
    LabelCount,
    /// A line of a libsvm file is malformed.
    Libsvm,
    /// There are more features than a model can have.
    TooManyFeatures,
    /// The data are of another kind than the training data of the model.
    Mismatch,
    /// Files of one set have different columns.
    OtherColumns,
    /// A column has an unsupported type.
    ColumnType,
    /// The model file has a newer format.
    NewerModel,
    /// A checkpoint is damaged, or one of another fit.
    Checkpoint,
    /// The method or an option is invalid.
    Method,
}

impl ErrorKind {
    /// Returns the name of the kind in lower case with underscores, such as `ragged_row`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Io => "io",
            Self::Decompress => "decompress",
            Self::Destination => "destination",
            Self::RepeatedStream => "repeated_stream",
            Self::NotUtf8 => "not_utf8",
            Self::Empty => "empty",
            Self::NoRows => "no_rows",
            Self::DuplicateColumn => "duplicate_column",
            Self::Array => "array",
            Self::RaggedRow => "ragged_row",
            Self::UnterminatedQuote => "unterminated_quote",
            Self::TooManySkippedRows => "too_many_skipped_rows",
            Self::LongRecord => "long_record",
            Self::UnknownColumn => "unknown_column",
            Self::MissingColumn => "missing_column",
            Self::Width => "width",
            Self::Cell => "cell",
            Self::Target => "target",
            Self::TargetAsFeature => "target_as_feature",
            Self::InteractionOfExcluded => "interaction_of_excluded",
            Self::NoFeatures => "no_features",
            Self::NotModel => "not_model",
            Self::Binary => "binary",
            Self::NotTable => "not_table",
            Self::TooLarge => "too_large",
            Self::Memory => "memory",
            Self::LabelCount => "label_count",
            Self::Libsvm => "libsvm",
            Self::TooManyFeatures => "too_many_features",
            Self::Mismatch => "mismatch",
            Self::OtherColumns => "other_columns",
            Self::ColumnType => "column_type",
            Self::NewerModel => "newer_model",
            Self::Checkpoint => "checkpoint",
            Self::Method => "method",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Io { .. } => ErrorKind::Io,
            Self::Decompress { .. } => ErrorKind::Decompress,
            Self::Destination { .. } => ErrorKind::Destination,
            Self::RepeatedStream { .. } => ErrorKind::RepeatedStream,
            Self::NotUtf8 { .. } => ErrorKind::NotUtf8,
            Self::Empty { .. } => ErrorKind::Empty,
            Self::NoRows { .. } => ErrorKind::NoRows,
            Self::DuplicateColumn { .. } => ErrorKind::DuplicateColumn,
            Self::Array { .. } => ErrorKind::Array,
            Self::RaggedRow { .. } => ErrorKind::RaggedRow,
            Self::UnterminatedQuote { .. } => ErrorKind::UnterminatedQuote,
            Self::TooManySkippedRows { .. } => ErrorKind::TooManySkippedRows,
            Self::LongRecord { .. } => ErrorKind::LongRecord,
            Self::UnknownColumn { .. } => ErrorKind::UnknownColumn,
            Self::MissingColumn { .. } => ErrorKind::MissingColumn,
            Self::Width { .. } => ErrorKind::Width,
            Self::Cell { .. } => ErrorKind::Cell,
            Self::Target { .. } => ErrorKind::Target,
            Self::TargetAsFeature { .. } => ErrorKind::TargetAsFeature,
            Self::InteractionOfExcluded { .. } => ErrorKind::InteractionOfExcluded,
            Self::NoFeatures(_) => ErrorKind::NoFeatures,
            Self::NotModel { .. } => ErrorKind::NotModel,
            Self::Binary { .. } => ErrorKind::Binary,
            Self::NotTable(..) => ErrorKind::NotTable,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Memory(_) => ErrorKind::Memory,
            Self::LabelCount { .. } => ErrorKind::LabelCount,
            Self::Libsvm { .. } => ErrorKind::Libsvm,
            Self::TooManyFeatures { .. } => ErrorKind::TooManyFeatures,
            Self::Mismatch(_) => ErrorKind::Mismatch,
            Self::OtherColumns { .. } => ErrorKind::OtherColumns,
            Self::ColumnType { .. } => ErrorKind::ColumnType,
            Self::NewerModel { .. } => ErrorKind::NewerModel,
            Self::Checkpoint(_) => ErrorKind::Checkpoint,
            Self::Method { .. } => ErrorKind::Method,
        }
    }
}
