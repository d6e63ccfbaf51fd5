//! Value of a cell in memory.

use std::fmt;

/// Value of a cell in memory, read as the same text in a file would be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum CellValue<'t> {
    /// Number; NaN and numbers that mean a missing value count as missing.
    Number(f64),
    /// Text, which may be the text of a number or mean a missing value. Spaces around it are ignored.
    Text(&'t str),
    /// Cell without a value.
    #[default]
    Missing,
}

impl From<f64> for CellValue<'_> {
    fn from(value: f64) -> Self {
        CellValue::Number(value)
    }
}

impl<'t> From<&'t str> for CellValue<'t> {
    fn from(text: &'t str) -> Self {
        CellValue::Text(text)
    }
}

impl fmt::Display for CellValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CellValue::Number(value) => value.fmt(f),
            CellValue::Text(text) => f.write_str(text.trim()),
            CellValue::Missing => Ok(()),
        }
    }
}
