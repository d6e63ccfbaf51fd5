//! File length: no Rust file is longer than 300 lines, tests included.

use crate::source::Source;
use crate::violation::Violation;

/// Maximum number of lines of a Rust file.
pub const MAX_LINES: usize = 300;

/// Files that may be longer, with the reason.
const EXCEPTIONS: [(&str, &str); 1] =
    [("crates/thalweg-problems/src/problem/table.rs", "a table: one row for each test problem")];

/// Finds Rust files of more than [`MAX_LINES`] lines.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let excepted = |path: &str| EXCEPTIONS.iter().any(|(exception, _)| *exception == path);
    let files = sources.iter().filter(|source| source.is_rust() && !excepted(&source.path));
    files
        .filter_map(|source| {
            let lines = source.text.lines().count();
            let message = format!("{lines} lines; a file has at most {MAX_LINES}: split it by purpose");
            (lines > MAX_LINES).then(|| Violation::new(&source.path, lines, message))
        })
        .collect()
}
