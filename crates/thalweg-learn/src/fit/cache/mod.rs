//! Cache of the encoded rows in a file next to the data.

mod cached_rows;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cached_rows::CachedRows;
use serde::{Deserialize, Serialize};

use crate::data::{Files, ReadOptions, first_stream, input_files, murmur3};
use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::fit::cache_path::path_beside;
use crate::fit::config::{ClassWeight, FitConfig};
use crate::fit::prepared_data::PreparedData;
use crate::fit::row_handling::{CacheStatus, CacheUsage};
use crate::fit::validation::Validation;
use crate::model::{Architecture, Init};
use crate::train::{LocalSteps, OnDivergence, TrainingBudget};

/// Begin and end of a cache file, with the version of the format. In files of earlier versions, only the end.
const MAGIC: &[u8; 16] = b"thalweg cache 3\n";

/// Part of it that all versions have in common.
const ANY_MAGIC: &[u8] = b"thalweg cache ";

/// Cache for given files and settings.
pub(in crate::fit) struct RowCache {
    path: PathBuf,
    /// Everything that the encoded rows depend on, compared as a whole.
    fingerprint: String,
}

/// Content of a cache except the rows.
#[derive(Serialize, Deserialize)]
struct CacheContents {
    fingerprint: String,
    divided: CachedRows,
    /// All rows for the last fit, if there is one.
    all: Option<CachedRows>,
}

impl RowCache {
    /// Returns the cache of these files, next to the first of them.
    ///
    /// # Errors
    /// Standard input or a pipe, which has no cache; a file that cannot be inspected.
    pub(in crate::fit) fn of(fit: &FitConfig, files: &Files, options: &ReadOptions) -> Result<RowCache> {
        let files = files.expand()?;
        if let Some(stream) = first_stream(&files)? {
            let what = if stream == Path::new("-") { "standard input" } else { "a pipe" };
            let (what, expected) =
                ("cache".into(), format!("off for {what}, since the cache is a file next to the data"));
            return Err(thalweg::Error::InvalidValue { what, expected, found: stream.display().to_string() }.into());
        }
        let Some(first) = files.first() else { return Err(Error::Empty { path: PathBuf::new() }) };
        let path = path_beside(first);
        let validation = match &fit.validation {
            Validation::Files(files) => files.expand()?,
            Validation::None | Validation::Fraction(_) => Vec::new(),
        };
        let stamps =
            files.iter().chain(&validation).flat_map(|path| input_files(path, options)).map(|path| stamp(&path));
        let stamps = stamps.collect::<Result<Vec<_>>>()?;
        // Settings that apply after the encoding are excluded by name, so that any new setting is compared.
        let fit = FitConfig {
            architecture: Architecture::Linear,
            class_weight: ClassWeight::Equal,
            method: None,
            lr: None,
            schedule: None,
            batch_size: None,
            local_steps: LocalSteps::default(),
            epochs: None,
            schedule_epochs: None,
            budget: TrainingBudget::default(),
            patience: None,
            min_delta: 0.0,
            clip_norm: None,
            on_divergence: OnDivergence::default(),
            l1: 0.0,
            l2: None,
            init: Init::Zero,
            certify: false,
            ..fit.clone()
        };
        let fingerprint = format!("{} {stamps:?} {fit:?}", env!("CARGO_PKG_VERSION"));
        Ok(RowCache { path, fingerprint })
    }

    /// Returns the rows from the cache. If it has none for these files and settings, calls `read` and writes the cache.
    pub(in crate::fit) fn prepare(
        &self,
        fit: &FitConfig,
        read: impl FnOnce() -> Result<PreparedData>,
    ) -> Result<PreparedData> {
        let used = |status| Some(CacheUsage { path: self.path.display().to_string(), status, reason: None });
        if let Some(mut prepared) = self.load(fit) {
            prepared.summary.cache = used(CacheStatus::Read);
            return Ok(prepared);
        }
        // Fails before the long read rather than after it.
        self.check_replaceable()?;
        Destination::open(&self.path)?;
        let mut prepared = read()?;
        let done = if self.path.exists() { CacheStatus::Rewritten } else { CacheStatus::Written };
        prepared.summary.cache = match self.store(&prepared) {
            Ok(()) => used(done),
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // The rows are there, and so the model does not depend on the cache.
            Err(error) => {
                let reason = match error {
                    Error::Io { source, .. } => source.to_string(),
                    other => other.to_string(),
                };
                let (path, status) = (self.path.display().to_string(), CacheStatus::Failed);
                Some(CacheUsage { path, status, reason: Some(reason) })
            }
        };
        Ok(prepared)
    }

    /// Refuses to replace a file that is no cache; one without contents is none to lose.
    fn check_replaceable(&self) -> Result<()> {
        let Ok(mut file) = File::open(&self.path) else { return Ok(()) };
        let is_cache = is_cache(&mut file).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        if is_cache {
            return Ok(());
        }
        let reason = "it exists and is no cache of rows; remove it or rename it to have a cache there".to_string();
        Err(Error::Destination { path: self.path.clone(), reason })
    }

    /// Returns the content of the cache if it is complete and belongs to these files and settings.
    fn load(&self, fit: &FitConfig) -> Option<PreparedData> {
        let mut file = File::open(&self.path).ok()?;
        let CacheContents { fingerprint, divided, all } = contents(&mut file)?;
        if fingerprint != self.fingerprint {
            return None;
        }
        let of_all = all.map(|rows| self.prepared(&fit.without_division(), file.try_clone().ok()?, rows).map(Box::new));
        let all_rows = match of_all {
            Some(None) => return None,
            of_all => of_all.flatten(),
        };
        Some(PreparedData { all_rows, ..self.prepared(fit, file, divided)? })
    }

    /// Writes the cache under a temporary name and renames it, so that a reader never sees an incomplete one.
    fn store(&self, prepared: &PreparedData) -> Result<()> {
        let failed = |source| Error::Io { path: self.path.clone(), source };
        let destination = Destination::open(&self.path)?;
        let mut temporary = destination.create_temporary().map_err(failed)?;
        let (file, contents) = self.write(prepared, temporary.file().try_clone().map_err(failed)?)?;
        write_contents(file, &contents).and_then(|()| destination.replace_by(temporary)).map_err(failed)
    }

    /// Writes the rows and returns the other content.
    fn write(&self, prepared: &PreparedData, mut file: File) -> Result<(File, CacheContents)> {
        file.write_all(MAGIC).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let fingerprint = self.fingerprint.clone();
        let (file, end, divided) = self.write_rows(prepared, file, MAGIC.len() as u64)?;
        let Some(all_rows) = prepared.all_rows.as_deref() else {
            return Ok((file, CacheContents { fingerprint, divided, all: None }));
        };
        let (file, _, all) = self.write_rows(all_rows, file, end)?;
        Ok((file, CacheContents { fingerprint, divided, all: Some(all) }))
    }
}

/// Returns a text that changes when the content of a file changes: its size, its modification time, and on Unix its
/// inode and change time, which cannot be set.
fn stamp(path: &Path) -> Result<String> {
    let failed = |source| Error::Io { path: path.to_path_buf(), source };
    let found = fs::metadata(path).map_err(failed)?;
    let path = fs::canonicalize(path).map_err(failed)?;
    let changed = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    #[cfg(unix)]
    let more = {
        use std::os::unix::fs::MetadataExt;
        (found.dev(), found.ino(), found.ctime(), found.ctime_nsec())
    };
    #[cfg(not(unix))]
    let more = ();
    Ok(format!("{} {} {changed:?} {more:?}", path.display(), found.len()))
}

/// Writes the content except the rows, which are in the file.
fn write_contents(mut file: File, contents: &CacheContents) -> std::io::Result<()> {
    let json = serde_json::to_vec(contents)?;
    file.write_all(&json)?;
    file.write_all(&(json.len() as u64).to_le_bytes())?;
    file.write_all(&murmur3(&json, 0).to_le_bytes())?;
    file.write_all(MAGIC)?;
    file.sync_all()
}

/// Returns `true` for a file that begins or ends as a cache of any version, and for one without contents.
fn is_cache(file: &mut File) -> std::io::Result<bool> {
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    let size = file.seek(SeekFrom::End(0))?;
    let mut is_marked = |start: u64| -> std::io::Result<bool> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(ANY_MAGIC.len() as u64).read_to_end(&mut bytes)?;
        Ok(bytes == ANY_MAGIC)
    };
    Ok(size == 0 || is_marked(0)? || is_marked(size.saturating_sub(MAGIC.len() as u64))?)
}

/// Reads the content of a cache except the rows from its end; `None` if the cache is not complete.
fn contents(file: &mut File) -> Option<CacheContents> {
    let size = file.seek(SeekFrom::End(0)).ok()?;
    let tail = 8 + 4 + MAGIC.len() as u64;
    file.seek(SeekFrom::Start(size.checked_sub(tail)?)).ok()?;
    let (mut length, mut hash, mut magic) = ([0; 8], [0; 4], [0; MAGIC.len()]);
    file.read_exact(&mut length).ok()?;
    file.read_exact(&mut hash).ok()?;
    file.read_exact(&mut magic).ok()?;
    let start = (size - tail).checked_sub(u64::from_le_bytes(length)).filter(|_| magic == *MAGIC)?;
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut json = Vec::new();
    file.take(size - tail - start).read_to_end(&mut json).ok()?;
    serde_json::from_slice(&json).ok().filter(|_| murmur3(&json, 0).to_le_bytes() == hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_goes_on_if_its_cache_cannot_be_written() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let data = folder.path().join("data.csv");
        fs::write(&data, "a,y\n".to_string() + &"1,2\n3,5\n0,1\n".repeat(9)).expect("the file is written");
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).expect("the folder is created");
        let (fit, cache) = (FitConfig::new("y"), RowCache { path: gone.join("x.cache"), fingerprint: String::new() });
        // The folder disappears while the rows are read.
        let read = || {
            fs::remove_dir(&gone).expect("the folder is removed");
            fit.prepare(data.as_path())
        };
        let usage = cache.prepare(&fit, read).expect("the rows are read").summary.cache.expect("a cache was tried");
        assert_eq!(usage.status, CacheStatus::Failed);
        assert!(usage.reason.is_some_and(|reason| !reason.is_empty()));
    }
}
