//! Temporary files, which a program that ends at a signal can remove.
//!
//! A file is locked as long as its process lives. Those of a process that was killed can be locked by the next one,
//! which removes them.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::file_identity::FileIdentity;

/// Names that are tried before the creation of a file fails.
const MAX_NAMES: usize = 100;
/// Beginning and end of the names, between which there are [`RANDOM_DIGITS`].
const NAME: [&str; 2] = [".thalweg-", ".tmp"];
/// Hexadecimal digits of a random number.
const RANDOM_DIGITS: usize = 16;

/// All temporary files of the process that have a name.
static NAMED_FILES: NamedFiles = NamedFiles::new();

/// Paths of temporary files. Files are created, renamed and removed only under the lock.
#[derive(Debug)]
struct NamedFiles(Mutex<BTreeSet<PathBuf>>);

impl NamedFiles {
    const fn new() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lock on the temporary files of the process: while it is held, none is created, renamed or removed by another thread.
///
/// A program that ends at a signal takes it, removes the files, and exits without releasing it.
///
/// ```
/// use thalweg_learn::TemporaryFiles;
/// TemporaryFiles::lock().remove_all();
/// ```
#[derive(Debug)]
pub struct TemporaryFiles(MutexGuard<'static, BTreeSet<PathBuf>>);

impl TemporaryFiles {
    /// Waits until no thread creates, renames or removes a temporary file.
    pub fn lock() -> Self {
        Self(NAMED_FILES.lock())
    }

    /// Removes all temporary files that have a name, also those that are being written.
    pub fn remove_all(&mut self) {
        for path in std::mem::take(&mut *self.0) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Temporary file that is renamed when it is complete, and removed otherwise.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: File,
    path: PathBuf,
    files: &'static NamedFiles,
}

impl TemporaryFile {
    /// Creates a file in a folder; its permissions are those of an ordinary file.
    pub(crate) fn create_in(folder: &Path) -> io::Result<Self> {
        Self::create_among(&NAMED_FILES, folder)
    }

    fn create_among(files: &'static NamedFiles, folder: &Path) -> io::Result<Self> {
        let mut names = files.lock();
        for _ in 0..MAX_NAMES {
            let path = folder.join(random_name());
            let file = match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            // Another process may take the file for one without an owner before it is locked, and remove it.
            let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || !is_at(&file, &path);
            if !is_taken {
                names.insert(path.clone());
                return Ok(Self { file, path, files });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The open file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Renames the file, whose content must be complete; an existing file of that name is replaced.
    pub(crate) fn rename(self, path: &Path) -> io::Result<()> {
        let mut names = self.files.lock();
        // If it is not in the set, a program that ends has removed it.
        fs::rename(&self.path, path)?;
        names.remove(&self.path);
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let mut names = self.files.lock();
        if names.remove(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file in a folder, without a name where the system allows it, and removes those that killed processes have
/// left there.
pub(crate) fn probe_folder(folder: &Path) -> io::Result<File> {
    let names = NAMED_FILES.lock();
    let file = tempfile::tempfile_in(folder)?;
    drop(names);
    remove_abandoned(folder);
    Ok(file)
}

/// Removes the temporary files in a folder whose processes live no more, as far as that is possible.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_name(&entry.file_name()) && entry.file_type().is_ok_and(|found| found.is_file()) {
            let path = entry.path();
            let Ok(file) = OpenOptions::new().read(true).write(true).open(&path) else { continue };
            if file.try_lock().is_ok() && is_at(&file, &path) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Returns a name like `.thalweg-0123456789abcdef.tmp`.
fn random_name() -> String {
    let [start, end] = NAME;
    format!("{start}{:0RANDOM_DIGITS$x}{end}", RandomState::new().hash_one(()))
}

/// Returns `true` for the names of temporary files.
fn is_name(name: &OsStr) -> bool {
    let [start, end] = NAME;
    let digits = name.to_str().and_then(|name| name.strip_prefix(start)?.strip_suffix(end));
    digits.is_some_and(|digits| {
        digits.len() == RANDOM_DIGITS && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Returns `true` if the file is still the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    let identity = |found: fs::Metadata| FileIdentity::new(path, &found);
    let (opened, found) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity));
    opened.is_ok_and(|opened| found.is_ok_and(|found| found == opened))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Files of one test, apart from those of the other tests of the process.
    fn new_files() -> &'static NamedFiles {
        Box::leak(Box::new(NamedFiles::new()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder exists");
        entries.map(|entry| entry.expect("it is readable").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn files_are_renamed_or_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = new_files();
        let mut first = TemporaryFile::create_among(files, folder.path()).expect("the file is created");
        let second = TemporaryFile::create_among(files, folder.path()).expect("the file is created");
        assert_eq!(names(folder.path()).len(), 2);
        first.file().write_all(b"whole").expect("the file is written");
        first.rename(&folder.path().join("a")).expect("the file is renamed");
        drop(second);
        assert_eq!(names(folder.path()), ["a"]);
        assert_eq!(fs::read(folder.path().join("a")).expect("the file exists"), b"whole");
        assert!(files.lock().is_empty());
        probe_folder(folder.path()).expect("the folder can be written to");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn no_file_is_created_or_renamed_once_the_process_ends() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = new_files();
        let half = TemporaryFile::create_among(files, folder.path()).expect("the file is created");
        // What `TemporaryFiles` does, with the files of this test.
        let mut end = TemporaryFiles(files.lock());
        end.remove_all();
        let (sender, finished) = mpsc::channel();
        let target = folder.path().join("a");
        let path = folder.path().to_path_buf();
        let writer = std::thread::spawn(move || {
            let renamed = half.rename(&target);
            let created = TemporaryFile::create_among(files, &path);
            sender.send(()).expect("the test waits");
            (renamed, created)
        });
        // However long it waits, the writer gets no further while the lock is held.
        assert!(finished.recv_timeout(Duration::from_millis(50)).is_err());
        assert!(names(folder.path()).is_empty());
        drop(end);
        let (renamed, created) = writer.join().expect("the writer ends");
        assert!(renamed.is_err() && created.is_ok());
    }

    #[test]
    fn files_without_an_owner_are_removed_and_no_others() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let live = TemporaryFile::create_among(new_files(), folder.path()).expect("the file is created");
        // What a killed process leaves: a file that nobody has locked.
        fs::write(folder.path().join(random_name()), "half").expect("the file is written");
        let others =
            [".thalweg-0123456789abcde.tmp", ".thalweg-0123456789abcdeF.tmp", "thalweg.tmp", ".thalweg-notes.tmp"];
        for name in others {
            fs::write(folder.path().join(name), "ours").expect("the file is written");
        }
        fs::create_dir(folder.path().join(".thalweg-0123456789abcdef.tmp")).expect("the folder is created");
        assert_eq!(names(folder.path()).len(), 7);
        probe_folder(folder.path()).expect("the folder can be written to");
        assert_eq!(names(folder.path()).len(), 6);
        assert!(live.path.exists() && others.iter().all(|name| folder.path().join(name).exists()));
        let target = folder.path().join("a");
        live.rename(&target).expect("the file is renamed");
        probe_folder(folder.path()).expect("the folder can be written to");
        assert!(target.exists());
    }
}
