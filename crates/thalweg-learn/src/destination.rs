//! Output files that are checked early and written atomically.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf, is_separator};

use crate::error::Error;
use crate::temporary_file::{TemporaryFile, probe_folder};

/// Links that are followed before they are taken for a loop, as by Linux.
const MAX_LINKS: usize = 40;

/// Output file that is checked before a long run and written atomically at its end.
///
/// Symbolic links are followed, also to files that do not exist yet. The file that is replaced gives its permissions
/// and, where the system allows it, its owner and group to the new one. Other names of it (hard links) keep the old
/// content. Devices and pipes are written to.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Path without links as its last component.
    path: PathBuf,
    /// If true, the file is replaced by a new one; false for devices such as `/dev/null`, which are written to.
    replace: bool,
}

impl Destination {
    /// Checks that the path can be written to, as far as possible without writing it. Temporary files that killed
    /// processes have left in its folder are removed.
    ///
    /// # Errors
    /// A folder, a read-only file, a name that is too long, a loop of links, or a path in no writable folder.
    pub fn open(path: &Path) -> Result<Destination, Error> {
        check(path).map_err(|reason| Error::Destination { path: path.to_path_buf(), reason })
    }

    /// Path of the file, with the links at its end followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns `true` for a device or a pipe, which is written to; `false` for a file, which is replaced once the new
    /// one is complete.
    pub fn is_device(&self) -> bool {
        !self.replace
    }

    /// Writes the file under a temporary name, syncs it to the disk, and renames it, so that readers see either the old
    /// or the new content, even after a crash.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self.begin()?;
        file.write_all(bytes).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        file.complete()
    }

    /// Begins to write the file piece by piece. The file that is there stays until the new one is complete.
    pub fn begin(&self) -> Result<DestinationFile, Error> {
        let file = if self.replace {
            self.create_temporary().map(Content::Temporary)
        } else {
            File::create(&self.path).map(Content::Device)
        };
        let content = file.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        Ok(DestinationFile { destination: self.clone(), content })
    }

    /// Creates a temporary file that can become this one: in the same folder, as renames need the same file system, and
    /// with the permissions of the file that it replaces.
    pub(crate) fn create_temporary(&self) -> io::Result<TemporaryFile> {
        let mut file = TemporaryFile::create_in(folder_of(&self.path))?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            copy_permissions(&replaced, file.file())?;
        }
        Ok(file)
    }

    /// Replaces the file by a complete temporary one.
    pub(crate) fn replace_by(&self, mut file: TemporaryFile) -> io::Result<()> {
        file.file().sync_all()?;
        file.rename(&self.path)?;
        // The rename is durable once the folder is synced. Not every system supports that, and it is not essential.
        if let Ok(folder) = File::open(folder_of(&self.path)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// File that is written piece by piece and replaces the file of a [`Destination`] once it is complete. Until then it
/// has a temporary name, and it is removed if it is dropped.
#[derive(Debug)]
pub struct DestinationFile {
    destination: Destination,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Temporary(TemporaryFile),
    Device(File),
}

impl DestinationFile {
    /// Path of the file once it is complete.
    pub fn path(&self) -> &Path {
        &self.destination.path
    }

    /// Syncs the file to the disk and gives it its name.
    pub fn complete(self) -> Result<(), Error> {
        let Self { destination, content } = self;
        match content {
            Content::Temporary(file) => destination.replace_by(file),
            Content::Device(_) => Ok(()),
        }
        .map_err(|source| Error::Io { path: destination.path, source })
    }
}

impl Write for DestinationFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Temporary(file) => file.file().write(bytes),
            Content::Device(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the destination, or the reason why it cannot be written.
fn check(path: &Path) -> Result<Destination, String> {
    let is_folder = || "it is a folder".to_string();
    let has_separator_at_end = |text: &str| text.ends_with(is_separator);
    let text = path.as_os_str().to_string_lossy();
    if path.file_name().is_none() {
        return Err(if path.is_dir() { is_folder() } else { "the path has no file name".to_string() });
    }
    if has_separator_at_end(text.strip_suffix('.').unwrap_or(&text)) {
        return Err(if path.is_dir() { is_folder() } else { "the path ends like that of a folder".to_string() });
    }
    let path = followed(path)?;
    let folder = folder_of(&path);
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(reason(&error, folder)),
    };
    match &found {
        Some(found) if found.is_dir() => return Err(is_folder()),
        Some(found) if found.permissions().readonly() => return Err("it is read-only".to_string()),
        Some(found) if !found.is_file() => return Ok(Destination { path, replace: false }),
        Some(_) => {
            OpenOptions::new().write(true).open(&path).map_err(|error| format!("it cannot be changed: {error}"))?;
        }
        None => {}
    }
    let probe = probe_folder(folder).map_err(|error| reason(&error, folder))?;
    if found.is_some_and(|found| !is_replaceable(&found, folder, &probe)) {
        return Err(format!("it belongs to another user, in the shared folder '{}'", folder.display()));
    }
    Ok(Destination { path, replace: true })
}

/// Follows the links at the end of a path.
fn followed(path: &Path) -> Result<PathBuf, String> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err("its links form a loop".to_string())
}

/// Returns the reason why there can be no file in a folder.
fn reason(error: &io::Error, folder: &Path) -> String {
    let folder = folder.display();
    match error.kind() {
        ErrorKind::NotFound => format!("the folder '{folder}' does not exist"),
        ErrorKind::NotADirectory => format!("'{folder}' is not a folder"),
        ErrorKind::InvalidFilename => "its name is too long".to_string(),
        _ => format!("no file can be created in '{folder}': {error}"),
    }
}

/// Returns `false` for the files of others in a folder where only the owner may replace a file, such as `/tmp`.
#[cfg(unix)]
fn is_replaceable(found: &Metadata, folder: &Path, probe: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let (Ok(folder), Ok(probe)) = (fs::metadata(folder), probe.metadata()) else { return true };
    // The probe belongs to the user who runs the program.
    folder.mode() & STICKY == 0 || [0, found.uid(), folder.uid()].contains(&probe.uid())
}

#[cfg(not(unix))]
fn is_replaceable(_: &Metadata, _: &Path, _: &File) -> bool {
    true
}

/// Gives the owner, group and permissions of a file to another one.
fn copy_permissions(from: &Metadata, to: &File) -> io::Result<()> {
    let mut permissions = from.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let own = to.metadata()?;
        let keeps_group = own.gid() == from.gid() || fchown(to, None, Some(from.gid())).is_ok();
        let keeps_owner = own.uid() == from.uid() || fchown(to, Some(from.uid()), None).is_ok();
        if !keeps_group || !keeps_owner {
            // Another group has no more rights than all others.
            let mode = permissions.mode() & 0o707;
            permissions.set_mode(mode | (mode & 0o007) << 3);
        }
    }
    to.set_permissions(permissions)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
