//! Output files that are checked early and written atomically.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::temporary_file::{TemporaryFile, check_folder};

/// Output file that is checked before a long run and written atomically at its end.
#[derive(Clone, Debug)]
pub struct Destination {
    path: PathBuf,
    /// If true, the file is replaced by a new one; false for devices such as `/dev/null`, which are written to.
    replace: bool,
}

impl Destination {
    /// Checks that the path can be written to, as far as possible without writing it.
    ///
    /// # Errors
    /// A folder, a read-only file, or a path in no writable folder.
    pub fn open(path: &Path) -> Result<Destination> {
        let refuse = |reason: &str| Err(Error::Destination { path: path.to_path_buf(), reason: reason.to_string() });
        let Ok(found) = fs::metadata(path) else {
            if path.file_name().is_none() {
                return refuse("the path has no file name");
            }
            let destination = Destination { path: path.to_path_buf(), replace: true };
            return destination.probe(path);
        };
        if found.is_dir() {
            return refuse("it is a folder");
        }
        if found.permissions().readonly() {
            return refuse("it is read-only");
        }
        // If the path is a link, its target is replaced and the link stays.
        let target = fs::canonicalize(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        Destination { path: target, replace: found.is_file() }.probe(path)
    }

    /// Checks that a file can be created in the same folder; `requested` is the path for messages.
    fn probe(self, requested: &Path) -> Result<Destination> {
        if self.replace
            && let Err(error) = check_folder(self.folder())
        {
            let folder = self.folder().display().to_string();
            let reason = match error.kind() {
                io::ErrorKind::NotFound => format!("the folder '{folder}' does not exist"),
                io::ErrorKind::NotADirectory => format!("'{folder}' is not a folder"),
                _ => format!("no file can be created in '{folder}': {error}"),
            };
            return Err(Error::Destination { path: requested.to_path_buf(), reason });
        }
        Ok(self)
    }

    /// Writes the file under a temporary name, syncs it to the disk, and renames it, so that readers see either the old
    /// or the new content, even after a crash.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let written = if self.replace { self.write_and_rename(bytes) } else { fs::write(&self.path, bytes) };
        written.map_err(|source| Error::Io { path: self.path.clone(), source })
    }

    fn write_and_rename(&self, bytes: &[u8]) -> io::Result<()> {
        // In the same folder, since a file cannot be renamed across file systems.
        let mut temporary = TemporaryFile::create_in(self.folder())?;
        temporary.file().write_all(bytes)?;
        temporary.file().sync_all()?;
        temporary.rename(&self.path)?;
        // The rename is durable once the folder is synced. Not every system supports that, and it is not essential.
        if let Ok(folder) = fs::File::open(self.folder()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }
}
