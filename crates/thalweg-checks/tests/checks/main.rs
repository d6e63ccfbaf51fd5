//! The checks on the workspace, and planted violations that each check must find.

mod cycles;
mod layering;
mod planted;
mod vocabulary;
mod workspace;

use thalweg_checks::{Source, Violation};

/// Sources from pairs of path and text.
fn sources(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source::new(*path, *text)).collect()
}

/// Asserts that there is exactly one violation, at this place, and that its message contains `words`.
fn assert_one(found: &[Violation], path: &str, line: usize, words: &str) {
    let [violation] = found else { panic!("expected one violation, found {found:#?}") };
    assert_eq!((violation.path.as_str(), violation.line), (path, line), "{violation}");
    assert!(violation.message.contains(words), "expected \"{words}\" in: {violation}");
}
