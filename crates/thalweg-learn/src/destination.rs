//! A place to write a file to: refused early, written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::error::{Error, Result};

/// A path that can be written to, as far as can be told beforehand.
#[derive(Clone, Debug)]
pub struct Destination {
    path: PathBuf,
    /// A regular file is replaced; a device like `/dev/null` is written into.
    replace: bool,
}

impl Destination {
    /// Fails at once if the path cannot be written: before the long run, not after it.
    pub fn open(path: &Path) -> Result<Destination> {
        let refuse = |why: String| Err(Error::Destination { path: path.to_path_buf(), why });
        let Ok(found) = fs::metadata(path) else {
            if path.file_name().is_none() {
                return refuse("the path names no file".to_string());
            }
            let destination = Destination { path: path.to_path_buf(), replace: true };
            return destination.probe(path);
        };
        if found.is_dir() {
            return refuse("it is a folder".to_string());
        }
        if found.permissions().readonly() {
            return refuse("it is read-only".to_string());
        }
        // Behind a link, the file is replaced and the link stays.
        let target = fs::canonicalize(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        Destination { path: target, replace: found.is_file() }.probe(path)
    }

    /// Makes a file beside the path and takes it away again.
    fn probe(self, asked: &Path) -> Result<Destination> {
        if self.replace
            && let Err(error) = self.temporary()
        {
            let folder = self.folder().display().to_string();
            let why = match error.kind() {
                io::ErrorKind::NotFound => format!("there is no folder '{folder}'"),
                io::ErrorKind::NotADirectory => format!("'{folder}' is not a folder"),
                _ => format!("no file can be made in '{folder}': {error}"),
            };
            return Err(Error::Destination { path: asked.to_path_buf(), why });
        }
        Ok(self)
    }

    /// Writes the whole file under another name, waits until it is on the disk, and renames it: a reader sees the old
    /// file or the new one, whatever happens in between.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let written = if self.replace { self.replace_by(bytes) } else { fs::write(&self.path, bytes) };
        written.map_err(|source| Error::Io { path: self.path.clone(), source })
    }

    fn replace_by(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temporary()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        // The name is on the disk once its folder is. Not every system can do that, and the file is whole without.
        if let Ok(folder) = fs::File::open(self.folder()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// A new file in the same folder, since a rename does not cross disks.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".thalweg-");
        // Temporary files are private by default; this one is to become an ordinary file, as the umask has it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(self.folder())
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }
}
