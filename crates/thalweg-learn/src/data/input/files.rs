//! File sets given as paths and glob patterns.

use std::fmt;
use std::path::{Path, PathBuf};

use super::file_kind::first_stream;
use super::path_pattern::PathPattern;
use crate::error::Result;

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

    /// Returns `true` if one of the files is a stream: a pipe, a socket or a terminal, whose bytes come only once.
    ///
    /// # Errors
    /// A pattern that is invalid or matches no file; a missing file; a folder or a device.
    pub fn have_stream(&self) -> Result<bool> {
        Ok(first_stream(&self.expand()?)?.is_some())
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
        match PathPattern::parse(pattern)? {
            Some(parsed) => files.extend(parsed.files(pattern)?),
            None => files.push(pattern.clone()),
        }
    }
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
    #[test]
    fn folders_match_patterns_and_any_depth() {
        let folder = tempfile::tempdir().expect("the folder is created");
        for name in ["a/x.csv", "a/b/y.csv", "a/b/c/z.csv", "a/.git/w.csv", "q/x.csv", "x.csv"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder is created");
            fs::write(path, "").expect("the file is written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).expect("the link is created");
        let files = |pattern: &str| -> Vec<String> {
            let found = expand(&[folder.path().join(pattern)]).expect("the pattern matches");
            let relative = |path: &PathBuf| path.strip_prefix(folder.path()).map(|path| path.display().to_string());
            found.iter().map(|path| relative(path).expect("it lies in the folder")).collect()
        };
        assert_eq!(files("?/x.csv"), ["a/x.csv", "q/x.csv"]);
        assert_eq!(files("a/**/*.csv"), ["a/b/c/z.csv", "a/b/y.csv", "a/x.csv"]);
        assert_eq!(files("**/[xy].csv"), ["a/b/y.csv", "a/x.csv", "q/x.csv", "x.csv"]);
        assert_eq!(files("**/b/**/**/*.csv"), ["a/b/c/z.csv", "a/b/y.csv"]);
        assert_eq!(files("*/.git/*"), ["a/.git/w.csv"]);
        for none in ["a/**", "*/", "a/*/", "x.csv/*", "no/*"] {
            let text = expand(&[folder.path().join(none)]).expect_err("no file matches").to_string();
            assert!(text.ends_with("no file matches the pattern"), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_match_or_are_left_out() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().expect("the folder is created");
        let at = |name: &[u8]| folder.path().join(OsStr::from_bytes(name));
        // Some file systems have names of text only.
        if fs::write(at(b"bad\xff.csv"), "").is_err() {
            eprintln!("skipped: the file system has names of text only");
            return;
        }
        fs::create_dir(at(b"bad\xfe")).expect("the folder is created");
        for name in [&b"a.csv"[..], b"bad\xff.txt", b"bad\xfe/b.csv"] {
            fs::write(at(name), "").expect("the file is written");
        }
        let files = |pattern: &[u8]| expand(&[at(pattern)]).expect("the pattern matches");
        assert_eq!(files(b"a*"), [at(b"a.csv")]);
        assert_eq!(files(b"*.csv"), [at(b"a.csv"), at(b"bad\xff.csv")]);
        assert_eq!(files(b"bad?.csv"), [at(b"bad\xff.csv")]);
        assert_eq!(files(b"**/*.csv"), [at(b"a.csv"), at(b"bad\xfe/b.csv"), at(b"bad\xff.csv")]);
        assert_eq!(files(b"*/*"), [at(b"bad\xfe/b.csv")]);
        assert_eq!(files(b"bad\xff.*"), [at(b"bad\xff.csv"), at(b"bad\xff.txt")]);
        assert_eq!(files(b"bad\xff.csv"), [at(b"bad\xff.csv")]);
    }
}
