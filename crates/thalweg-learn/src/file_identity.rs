//! Identity of files, whatever their names.

use std::fs::Metadata;
use std::path::Path;

/// Identity of a file: on Unix its device and inode, elsewhere its path without links.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity(Identity);

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

impl FileIdentity {
    /// Returns the identity of the file with this metadata, to which the path leads.
    #[cfg(unix)]
    pub fn new(_: &Path, found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((found.dev(), found.ino()))
    }

    /// Returns the identity of the file with this metadata, to which the path leads.
    #[cfg(not(unix))]
    pub fn new(path: &Path, _: &Metadata) -> Self {
        Self::of_path(path)
    }

    /// Returns the identity of the file at a path.
    #[cfg(not(unix))]
    pub(crate) fn of_path(path: &Path) -> Self {
        Self(path.canonicalize().unwrap_or_else(|_| path.to_path_buf()))
    }
}
