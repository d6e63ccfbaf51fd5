//! Format of delimited text, which a model keeps to read the same kind of files.

use serde::{Deserialize, Serialize};

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
}

/// Returns `true` for the default value, which need not be stored.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
