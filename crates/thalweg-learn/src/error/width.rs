//! Origin of the expected number of fields of a row.

use std::fmt;

/// Row that determines the expected number of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidthSource {
    /// The header of the file.
    Header,
    /// The first row, in a file without a header.
    FirstRow,
    /// The columns of a model, for rows in memory.
    Model,
}

impl fmt::Display for WidthSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WidthSource::Header => "the header",
            WidthSource::FirstRow => "the first row",
            WidthSource::Model => "the model",
        })
    }
}
