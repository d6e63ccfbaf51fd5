//! File sets given as paths and glob patterns.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use crate::error::{Error, Result};

/// Shell rules: `*` matches neither a path separator nor the leading dot of a hidden file.
const SHELL_RULES: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Files of one data set, given as paths and glob patterns.
///
/// ```
/// use thalweg_learn::Files;
/// let one = Files::from(std::path::Path::new("a.csv"));
/// let many = Files::from([std::path::PathBuf::from("2025-*.csv.gz"), "more.csv".into()].as_slice());
/// assert_eq!((one.to_string(), many.to_string()), ("a.csv".into(), "2025-*.csv.gz more.csv".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files(Vec<PathBuf>);

impl From<&Path> for Files {
    fn from(path: &Path) -> Self {
        Self(vec![path.to_path_buf()])
    }
}

impl From<&PathBuf> for Files {
    fn from(path: &PathBuf) -> Self {
        Self(vec![path.clone()])
    }
}

impl From<&[PathBuf]> for Files {
    fn from(paths: &[PathBuf]) -> Self {
        Self(paths.to_vec())
    }
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().map(|path| path.display().to_string()).collect();
        f.write_str(&shown.join(" "))
    }
}

impl Files {
    /// Returns the paths with all patterns expanded; see [`expand`].
    pub(crate) fn expand(&self) -> Result<Vec<PathBuf>> {
        expand(&self.0)
    }
}

/// Expands glob patterns (`*`, `?`, `[…]`, `**`): the sorted matches of each, in the order of the patterns.
///
/// An existing path is never taken for a pattern. A path without pattern characters is returned unchanged even if it
/// does not exist, so that opening it reports the error.
///
/// # Errors
///
/// An invalid pattern, or one that matches no file.
fn expand(patterns: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        match pattern.to_str().filter(|text| text.contains(['*', '?', '['])) {
            Some(text) if !pattern.exists() => files.extend(matches(pattern, text)?),
            _ => files.push(pattern.clone()),
        }
    }
    Ok(files)
}

fn matches(path: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    let failed = |path: &Path, source| Error::Io { path: path.to_path_buf(), source };
    let invalid = |kind, why: String| failed(path, io::Error::new(kind, why));
    let paths = glob::glob_with(pattern, SHELL_RULES).map_err(|error| {
        invalid(ErrorKind::InvalidInput, format!("no such file, and not a valid glob pattern: {}", error.msg))
    })?;
    let mut files = Vec::new();
    for found in paths {
        let found = found.map_err(|error| failed(error.path(), io::Error::from(error.error().kind())))?;
        if !found.is_dir() {
            files.push(found);
        }
    }
    if files.is_empty() {
        return Err(invalid(ErrorKind::NotFound, "no file matches the pattern".to_string()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn patterns_are_expanded_and_existing_files_are_no_patterns() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let at = |name: &str| folder.path().join(name);
        for name in ["b2.csv", "b10.csv", "a.csv", ".hidden.csv", "c[1].csv", "d.txt"] {
            fs::write(at(name), "").expect("the file is written");
        }
        fs::create_dir(at("e.csv")).expect("the folder is created");
        let expanded = |patterns: &[&str]| expand(&patterns.iter().map(|name| at(name)).collect::<Vec<_>>());
        let files = |patterns: &[&str]| {
            let found = expanded(patterns).expect("all patterns match");
            found
                .iter()
                .map(|path| path.file_name().expect("a file has a name").to_string_lossy().into())
                .collect::<Vec<String>>()
        };
        assert_eq!(files(&["*.csv"]), ["a.csv", "b10.csv", "b2.csv", "c[1].csv"]);
        assert_eq!(files(&["d.txt", "b*.csv", "?.csv"]), ["d.txt", "b10.csv", "b2.csv", "a.csv"]);
        assert_eq!(files(&["[a-b].csv"]), ["a.csv"]);
        assert_eq!(files(&["c[1].csv", "absent.csv"]), ["c[1].csv", "absent.csv"]);
        assert_eq!(expand(&[PathBuf::from("-")]).expect("standard input is no pattern"), [PathBuf::from("-")]);
        let text = expanded(&["*.parquet"]).expect_err("no file matches").to_string();
        assert!(text.ends_with("*.parquet: no file matches the pattern"), "{text}");
        let text = expanded(&["c[1.csv"]).expect_err("the pattern is invalid").to_string();
        assert!(text.contains("c[1.csv: no such file, and not a valid glob pattern: "), "{text}");
    }
}
