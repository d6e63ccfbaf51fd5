//! The files that are checked.

use std::fs;
use std::io;
use std::path::Path;

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the root of the repository, with `/` between its parts.
    pub path: String,
    /// Content of the file.
    pub text: String,
}

/// Folders that hold no sources: build outputs and records of measurements.
const IGNORED_FOLDERS: [&str; 4] = ["target", "node_modules", "records", "__pycache__"];

impl Source {
    /// Creates a source from its path and content.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Reads all Rust, Markdown and `Cargo.toml` files below `root`, sorted by path. Hidden folders are skipped.
    pub fn read_all(root: &Path) -> io::Result<Vec<Self>> {
        let mut sources = Vec::new();
        read_folder(root, "", &mut sources)?;
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sources)
    }

    /// Returns `true` for a file of Rust code.
    pub fn is_rust(&self) -> bool {
        has_extension(&self.path, "rs")
    }

    /// Returns `true` for a Markdown file.
    pub fn is_markdown(&self) -> bool {
        has_extension(&self.path, "md")
    }

    /// Name of the crate folder below `crates/`, or the first folder of the path for files elsewhere.
    pub fn crate_name(&self) -> &str {
        let inside = self.path.strip_prefix("crates/").unwrap_or(&self.path);
        inside.split_once('/').map_or("(root)", |(name, _)| name)
    }

    /// Returns `true` for integration tests, examples and benchmarks: code outside `src`.
    pub fn is_outside_src(&self) -> bool {
        !self.path.contains("/src/")
    }

    /// File name without folders and extension, or the folder name of a `mod.rs`.
    pub fn module_name(&self) -> &str {
        let path = self.path.strip_suffix("/mod.rs").unwrap_or(&self.path);
        let name = path.rsplit('/').next().unwrap_or(path);
        name.strip_suffix(".rs").unwrap_or(name)
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !IGNORED_FOLDERS.contains(&name.as_str()) {
                read_folder(&entry.path(), &path, sources)?;
            }
        } else if has_extension(&name, "rs") || has_extension(&name, "md") || name == "Cargo.toml" {
            sources.push(Source::new(path, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}
