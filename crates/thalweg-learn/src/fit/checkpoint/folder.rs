//! Folder of the checkpoints of a fit.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::FitCheckpoint;
use crate::destination::Destination;
use crate::error::{CheckpointError, Error, Result};

/// Beginning and end of the names of the files, between which there is a number.
const NAME: [&str; 2] = ["checkpoint-", ".safetensors"];

/// Time to wait for the lock of a folder, and between two attempts.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// Folder of the checkpoints of one fit: files `checkpoint-000001.safetensors`, … of which the latest are kept. Each is
/// written under another name, synced to the disk, and renamed, so that a fit that is killed leaves whole ones.
#[derive(Clone, Debug)]
pub struct CheckpointFolder {
    path: PathBuf,
    /// Number of the latest file; 0 if there is none.
    latest: u64,
    /// The folder, locked as long as the process or this value lives; `None` where the system has no such locks.
    _lock: Option<Arc<File>>,
}

impl CheckpointFolder {
    /// Opens a folder, which is created if it does not exist, and locks it. Temporary files that killed processes have
    /// left there are removed.
    ///
    /// # Errors
    /// A folder that cannot be created, read or written to; [`CheckpointError::InUse`].
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        let folder = Self::lock(path)?;
        Destination::open(&file_in(path, 1))?;
        Ok(folder)
    }

    /// Opens a folder as [`CheckpointFolder::open`] does, which must exist and may be read-only: then no checkpoint can
    /// be written.
    ///
    /// # Errors
    /// A folder that cannot be read; [`CheckpointError::InUse`].
    pub fn open_existing(path: &Path) -> Result<Self> {
        let folder = Self::lock(path)?;
        // Removes what killed processes have left, if it can.
        let _ = Destination::open(&file_in(path, 1));
        Ok(folder)
    }

    /// Locks a folder, once another process has ended if that is soon.
    fn lock(path: &Path) -> Result<Self> {
        let folder = File::open(path).ok();
        let end = Instant::now() + LOCK_WAIT;
        let lock = loop {
            match folder.as_ref().map(File::try_lock) {
                // A process that was killed holds its locks until the system has taken its memory.
                Some(Err(TryLockError::WouldBlock)) if Instant::now() < end => std::thread::sleep(LOCK_INTERVAL),
                Some(Err(TryLockError::WouldBlock)) => {
                    return Err(CheckpointError::InUse { path: path.to_path_buf() }.into());
                }
                Some(Ok(())) => break folder.map(Arc::new),
                _ => break None,
            }
        };
        let latest = numbers_in(path)?.last().copied().unwrap_or(0);
        Ok(Self { path: path.to_path_buf(), latest, _lock: lock })
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns `true` if there is no checkpoint.
    pub fn is_empty(&self) -> bool {
        self.latest == 0
    }

    /// Reads the latest checkpoint that is whole, and returns it with the errors of those after it; `None` if there is
    /// no checkpoint.
    ///
    /// # Errors
    /// A folder that cannot be read; the error of the latest checkpoint, if none is whole.
    pub fn latest(&self) -> Result<Option<(FitCheckpoint, Vec<Error>)>> {
        latest_in(&self.path)
    }

    /// Writes a checkpoint after the latest one, and removes all but the latest `keep`.
    pub(super) fn write(&mut self, checkpoint: FitCheckpoint, keep: usize) -> Result<()> {
        let number = self.latest + 1;
        let path = file_in(&self.path, number);
        let bytes = checkpoint.into_bytes(&path)?;
        Destination::open(&path)?.write(&bytes)?;
        self.latest = number;
        for &old in numbers_in(&self.path)?.iter().rev().skip(keep.max(1)) {
            let path = file_in(&self.path, old);
            fs::remove_file(&path).map_err(|source| Error::Io { path, source })?;
        }
        Ok(())
    }
}

impl FitCheckpoint {
    /// Reads the latest checkpoint in a folder that is whole; `None` if there is no checkpoint.
    ///
    /// # Errors
    /// As [`CheckpointFolder::latest`].
    pub fn latest_in(folder: &Path) -> Result<Option<Self>> {
        Ok(latest_in(folder)?.map(|(checkpoint, _)| checkpoint))
    }
}

fn latest_in(folder: &Path) -> Result<Option<(FitCheckpoint, Vec<Error>)>> {
    let mut errors = Vec::new();
    for number in numbers_in(folder)?.into_iter().rev() {
        match FitCheckpoint::load(&file_in(folder, number)) {
            Ok(checkpoint) => return Ok(Some((checkpoint, errors))),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(None) } else { Err(errors.swap_remove(0)) }
}

/// Path of the file with this number.
fn file_in(folder: &Path, number: u64) -> PathBuf {
    let [start, end] = NAME;
    folder.join(format!("{start}{number:06}{end}"))
}

/// Numbers of the files in ascending order.
fn numbers_in(folder: &Path) -> Result<Vec<u64>> {
    let entries = fs::read_dir(folder).map_err(|source| Error::Io { path: folder.to_path_buf(), source })?;
    let [start, end] = NAME;
    let number = |name: &str| name.strip_prefix(start)?.strip_suffix(end)?.parse().ok();
    let numbers = entries.flatten().filter_map(|entry| number(entry.file_name().to_str()?));
    // A number that is written in another way is not one of these files.
    let mut numbers: Vec<u64> = numbers.filter(|&number| number > 0 && file_in(folder, number).exists()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}
