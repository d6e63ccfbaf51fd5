//! Formatting of lists and details in error messages.

use std::path::Path;

/// Most names that are listed; the number of the others follows.
const MAX_LISTED_NAMES: usize = 40;

/// Joins names by commas, shortening long lists.
pub(crate) fn list(names: &[String]) -> String {
    let listed = names[..names.len().min(MAX_LISTED_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_LISTED_NAMES) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// Formats alternatives: `'a' or 'b'`, or a list.
pub(super) fn one_of(labels: &[String]) -> String {
    match labels {
        [a, b] => format!("'{a}' or '{b}'"),
        _ => format!("one of {}", list(labels)),
    }
}

/// Formats the suggestion of a similar name, or nothing.
pub(super) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

/// Formats the number of lines of a row that continues over several.
pub(super) fn line_count(lines: u64) -> String {
    match lines {
        0 | 1 => String::new(),
        _ => format!(" (the row continues over {lines} lines: is a closing quote missing?)"),
    }
}

/// Formats the path of a file before a message; nothing for data in memory.
pub(super) fn prefix(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!("{}: ", path.display()))
}

/// Formats the position of the header of a file before a message; nothing for data in memory.
pub(super) fn header_prefix(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!("{}:1:1: ", path.display()))
}
