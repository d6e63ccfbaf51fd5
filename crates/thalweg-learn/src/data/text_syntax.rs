//! Syntax of delimited text: what separates fields, and what quotes mean.

use serde::{Deserialize, Serialize};

/// Separator of the fields of delimited text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// An ASCII character.
    Character(u8),
    /// Runs of spaces and tabs, as in files whose columns are aligned; those at the ends of a line separate nothing.
    Whitespace,
}

impl From<u8> for Delimiter {
    fn from(character: u8) -> Self {
        Self::Character(character)
    }
}

/// Meaning of double quotes in delimited text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quoting {
    /// A field may be enclosed in quotes, and then contains delimiters and line ends.
    #[default]
    Fields,
    /// Quotes are characters like any other.
    None,
}

/// Delimiter, and meaning of quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) struct Syntax {
    pub(in crate::data) delimiter: Delimiter,
    pub(in crate::data) quoting: Quoting,
}

impl Syntax {
    /// Returns `true` if another field follows the one that ends at `end`.
    #[inline]
    pub(in crate::data) fn continues(self, text: &[u8], end: usize) -> bool {
        match (self.delimiter, text.get(end)) {
            (Delimiter::Character(delimiter), Some(byte)) => *byte == delimiter,
            (Delimiter::Whitespace, Some(byte)) => is_blank(*byte),
            (_, None) => false,
        }
    }
}

/// Returns `true` for a space or a tab.
#[inline]
pub(in crate::data) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
