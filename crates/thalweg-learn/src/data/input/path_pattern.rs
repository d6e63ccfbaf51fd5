//! Patterns of paths: the files that match one.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::name_pattern::{NamePattern, has_wildcards};
use crate::error::{Error, Result};

/// Pattern of paths with `*`, `?`, `[…]` and `**`, by the rules of a shell: wildcards match neither a path separator
/// nor the leading dot of a hidden file.
#[derive(Clone, Debug)]
pub(super) struct PathPattern {
    /// Beginning of the path without wildcards: a root, or empty.
    root: PathBuf,
    parts: Vec<PathPart>,
}

/// Name of a file or of a folder on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum PathPart {
    Literal(OsString),
    Name(NamePattern),
    /// `**`: any number of folders inside one another.
    Folders,
}

impl PathPattern {
    /// Parses a pattern; `None` for a path without wildcards, and for one that exists.
    ///
    /// # Errors
    /// An invalid pattern.
    pub(super) fn parse(path: &Path) -> Result<Option<PathPattern>> {
        if !has_wildcards(path.as_os_str()) || path.exists() {
            return Ok(None);
        }
        let mut pattern = PathPattern { root: PathBuf::new(), parts: Vec::new() };
        for component in path.components() {
            let name = match component {
                Component::Prefix(_) | Component::RootDir => {
                    pattern.root.push(component);
                    continue;
                }
                other => other.as_os_str(),
            };
            let part = PathPart::parse(name).map_err(|reason| {
                let reason = format!("no such file, and not a valid glob pattern: {reason}");
                failed(path, io::Error::new(ErrorKind::InvalidInput, reason))
            })?;
            if part != PathPart::Folders || pattern.parts.last() != Some(&part) {
                pattern.parts.push(part);
            }
        }
        Ok(Some(pattern))
    }

    /// Returns the sorted files that match; `text` is the pattern for messages.
    ///
    /// # Errors
    /// A folder that cannot be read; no file.
    pub(super) fn files(&self, text: &Path) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        // What ends with a separator is a folder.
        if !text.as_os_str().as_encoded_bytes().last().is_some_and(|&byte| std::path::is_separator(byte.into())) {
            collect(&self.root, &self.parts, &mut files)?;
        }
        if files.is_empty() {
            return Err(failed(text, io::Error::new(ErrorKind::NotFound, "no file matches the pattern")));
        }
        files.sort();
        Ok(files)
    }
}

impl PathPart {
    fn parse(name: &OsStr) -> std::result::Result<PathPart, &'static str> {
        match name {
            name if name == "**" => Ok(PathPart::Folders),
            name if has_wildcards(name) => NamePattern::parse(name).map(PathPart::Name),
            name => Ok(PathPart::Literal(name.to_os_string())),
        }
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_path_buf(), source }
}

/// Finds the files below a folder whose paths match the parts.
fn collect(folder: &Path, parts: &[PathPart], files: &mut Vec<PathBuf>) -> Result<()> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    match first {
        PathPart::Literal(name) => {
            let path = folder.join(name);
            if path.exists() {
                let is_folder = path.is_dir();
                follow(path, is_folder, rest, files)?;
            }
        }
        PathPart::Name(pattern) => {
            for entry in entries(folder)? {
                if pattern.matches(&entry.name) {
                    let is_folder = entry.is_folder();
                    follow(entry.path, is_folder, rest, files)?;
                }
            }
        }
        PathPart::Folders => {
            collect(folder, rest, files)?;
            for entry in entries(folder)? {
                let is_hidden = entry.name.as_encoded_bytes().first() == Some(&b'.');
                if !is_hidden && entry.is_folder() && !entry.is_loop(folder) {
                    collect(&entry.path, parts, files)?;
                }
            }
        }
    }
    Ok(())
}

/// Takes a file that matches all parts, or goes on in a folder.
fn follow(path: PathBuf, is_folder: bool, rest: &[PathPart], files: &mut Vec<PathBuf>) -> Result<()> {
    match (rest.is_empty(), is_folder) {
        (true, false) => files.push(path),
        (false, true) => collect(&path, rest, files)?,
        _ => {}
    }
    Ok(())
}

/// Entry of a folder.
struct Entry {
    name: OsString,
    path: PathBuf,
    kind: fs::FileType,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.kind.is_dir() || (self.kind.is_symlink() && self.path.is_dir())
    }

    /// Returns `true` for a link to the folder that contains it or to one above.
    fn is_loop(&self, folder: &Path) -> bool {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.kind.is_symlink()
            && match (self.path.canonicalize(), folder.canonicalize()) {
                (Ok(target), Ok(folder)) => folder.starts_with(target),
                _ => true,
            }
    }
}

/// Reads the entries of a folder; the empty path is the current one.
fn entries(folder: &Path) -> Result<Vec<Entry>> {
    let read = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        let name = entry.file_name();
        Ok(Entry { path: folder.join(&name), name, kind: entry.file_type()? })
    };
    let all = fs::read_dir(read).and_then(|found| found.map(entry).collect::<io::Result<Vec<_>>>());
    all.map_err(|source| failed(read, source))
}
