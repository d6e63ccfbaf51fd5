//! Kinds of files: those that can be read again, streams, and those that cannot be read at all.

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file_identity::FileIdentity;

/// Kind of a file that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// File that can be opened again to read the same bytes.
    Regular,
    /// Pipe, socket or terminal, whose bytes come only once.
    Stream(FileIdentity),
}

impl FileKind {
    /// Returns the kind of the file at a path, or of standard input for `-`.
    ///
    /// # Errors
    /// A missing file; a folder or a device.
    pub(super) fn of(path: &Path) -> Result<FileKind> {
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        if path == Path::new("-") {
            return Ok(FileKind::Stream(stdin_identity()?));
        }
        let found = fs::metadata(path).map_err(failed)?;
        check_type(path, &found, || File::open(path).is_ok_and(|file| file.is_terminal()))?;
        // Opened files have names, by which some systems return the open file with its position.
        let is_reopened = found.is_file() && !path.starts_with("/dev/fd") && path != Path::new("/dev/stdin");
        Ok(if is_reopened { FileKind::Regular } else { FileKind::Stream(FileIdentity::new(path, &found)) })
    }
}

/// Returns the first path that is a stream.
///
/// # Errors
/// As [`FileKind::of`].
pub(crate) fn first_stream(paths: &[PathBuf]) -> Result<Option<&Path>> {
    for path in paths {
        if FileKind::of(path)? != FileKind::Regular {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Opens a file or a pipe to read it once.
///
/// # Errors
/// A file that cannot be opened; a folder or a device, which may have no end.
pub fn open_input(path: &Path) -> Result<File> {
    FileKind::of(path)?;
    File::open(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })
}

/// Returns the identity of standard input.
#[cfg(unix)]
fn stdin_identity() -> Result<FileIdentity> {
    use std::os::fd::AsFd;
    let path = Path::new("<stdin>");
    let file = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    let found = file.and_then(|file| file.metadata());
    let found = found.map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    check_type(path, &found, || io::stdin().is_terminal())?;
    Ok(FileIdentity::new(path, &found))
}

/// Returns the identity of standard input.
#[cfg(not(unix))]
fn stdin_identity() -> Result<FileIdentity> {
    Ok(FileIdentity::of_path(Path::new("<stdin>")))
}

/// Refuses folders, and devices other than terminals and the null device, since they may have no end.
fn check_type(path: &Path, found: &Metadata, is_terminal: impl FnOnce() -> bool) -> Result<()> {
    let kind = match found.file_type() {
        kind if kind.is_dir() => "a folder",
        kind if is_block_device(kind) => "a block device",
        kind if is_character_device(kind) && !is_null_device(found) && !is_terminal() => "a character device",
        _ => return Ok(()),
    };
    let reason = format!("expected a file or a pipe, found {kind}");
    Err(Error::Io { path: path.to_path_buf(), source: io::Error::new(io::ErrorKind::InvalidInput, reason) })
}

#[cfg(unix)]
fn is_block_device(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&kind)
}

#[cfg(unix)]
fn is_character_device(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_char_device(&kind)
}

/// Returns `true` for `/dev/null`, which is empty.
#[cfg(unix)]
fn is_null_device(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == found.rdev())
}

#[cfg(not(unix))]
fn is_block_device(_: FileType) -> bool {
    false
}

#[cfg(not(unix))]
fn is_character_device(_: FileType) -> bool {
    false
}

#[cfg(not(unix))]
fn is_null_device(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn folders_and_devices_without_an_end_are_refused() {
        let refused = |path: &str| FileKind::of(Path::new(path)).expect_err("it is refused").to_string();
        assert_eq!(refused("/"), "/: expected a file or a pipe, found a folder");
        for device in ["/dev/zero", "/dev/urandom", "/dev/full"] {
            if Path::new(device).exists() {
                assert_eq!(refused(device), format!("{device}: expected a file or a pipe, found a character device"));
            }
        }
        assert!(matches!(FileKind::of(Path::new("/dev/null")), Ok(FileKind::Stream(_))));
        assert!(matches!(FileKind::of(Path::new("absent.csv")), Err(Error::Io { .. })));
    }
}
