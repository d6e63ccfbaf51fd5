//! Properties of a delimited text that are known before its rows are parsed.

use crate::data::missing::MissingTokens;
use crate::data::number_format::NumberFormat;
use crate::data::text_syntax::Syntax;

/// Type that the cells of a column are parsed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParseAs {
    /// Numbers; cells that are not numbers are kept as texts.
    Numbers,
    /// Texts, even where they look like numbers.
    Strings,
    /// Not parsed; the column has no cells.
    Nothing,
}

/// Syntax, comment character, missing values and column types of a delimited text.
#[derive(Clone, Debug)]
pub(super) struct CsvDialect {
    /// Type of each column; their number is the expected number of fields of every record.
    pub(super) columns: Vec<ParseAs>,
    /// Format of the numbers of each column; `None` for plain numbers and for texts.
    pub(super) formats: Vec<Option<NumberFormat>>,
    pub(super) syntax: Syntax,
    /// First character of comment lines.
    pub(super) comment: Option<u8>,
    pub(super) missing: MissingTokens,
}
