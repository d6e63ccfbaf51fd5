//! Quoting of words for a POSIX shell.

use std::path::Path;

/// Quotes a path so that a shell reads it as one word.
pub(crate) fn quote_for_shell(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:@+%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
