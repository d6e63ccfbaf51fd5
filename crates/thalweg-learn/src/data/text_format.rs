//! Format of delimited text, which a model keeps to read the same kind of files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number_format::NumberFormat;
use super::text_syntax::{Delimiter, Quoting};

/// Format of the delimited text that a schema was inferred from, as far as it is not detected again in other files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextFormat {
    /// Delimiter, if it was said to be whitespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// Meaning of double quotes.
    #[serde(skip_serializing_if = "is_default")]
    pub quoting: Quoting,
    /// Number of lines to skip at the beginning, if it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_lines: Option<usize>,
    /// Formats of the numbers of columns, given or found; without those of plain numbers.
    #[serde(skip_serializing_if = "is_default")]
    pub numbers: BTreeMap<String, NumberFormat>,
}

/// Returns `true` for the default value, which need not be stored.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
