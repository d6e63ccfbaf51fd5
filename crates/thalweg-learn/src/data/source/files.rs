//! Which files are meant: paths, and patterns for many of them.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use crate::error::{Error, Result};

/// As a shell has it: `*` does not cross a folder, nor stand for the point of a hidden file.
const AS_A_SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files meant by paths and patterns (`*`, `?`, `[…]`, `**`), each pattern's sorted, in the order of the patterns.
///
/// A path that exists is never taken for a pattern, and one that does not is passed on where it has no such characters,
/// so that whoever opens it says so.
///
/// # Errors
///
/// A pattern that no file matches, or that is none.
pub(crate) fn expand(patterns: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        match pattern.to_str().filter(|text| text.contains(['*', '?', '['])) {
            Some(text) if !pattern.exists() => files.extend(matching(pattern, text)?),
            _ => files.push(pattern.clone()),
        }
    }
    Ok(files)
}

fn matching(path: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    let failed = |path: &Path, source| Error::Io { path: path.to_path_buf(), source };
    let wrong = |kind, why: String| failed(path, io::Error::new(kind, why));
    let paths = glob::glob_with(pattern, AS_A_SHELL)
        .map_err(|error| wrong(ErrorKind::InvalidInput, format!("no file, and no pattern of files: {}", error.msg)))?;
    let mut files = Vec::new();
    for found in paths {
        let found = found.map_err(|error| failed(&error.path().to_path_buf(), error.into()))?;
        if !found.is_dir() {
            files.push(found);
        }
    }
    if files.is_empty() {
        return Err(wrong(ErrorKind::NotFound, "no file matches".to_string()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn patterns_are_files_and_files_no_patterns() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["b2.csv", "b10.csv", "a.csv", ".hidden.csv", "c[1].csv", "d.txt"] {
            fs::write(at(name), "").expect("a file");
        }
        fs::create_dir(at("e.csv")).expect("a folder");
        let expanded = |patterns: &[&str]| expand(&patterns.iter().map(|name| at(name)).collect::<Vec<_>>());
        let files = |patterns: &[&str]| {
            let found = expanded(patterns).expect("files");
            found
                .iter()
                .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into())
                .collect::<Vec<String>>()
        };
        assert_eq!(files(&["*.csv"]), ["a.csv", "b10.csv", "b2.csv", "c[1].csv"]);
        assert_eq!(files(&["d.txt", "b*.csv", "?.csv"]), ["d.txt", "b10.csv", "b2.csv", "a.csv"]);
        assert_eq!(files(&["[a-b].csv"]), ["a.csv"]);
        assert_eq!(files(&["c[1].csv", "absent.csv"]), ["c[1].csv", "absent.csv"]);
        assert_eq!(expand(&[PathBuf::from("-")]).expect("standard input"), [PathBuf::from("-")]);
        let text = expanded(&["*.parquet"]).expect_err("none").to_string();
        assert!(text.ends_with("*.parquet: no file matches"), "{text}");
        let text = expanded(&["c[1.csv"]).expect_err("no pattern").to_string();
        assert!(text.contains("c[1.csv: no file, and no pattern of files: "), "{text}");
    }
}
