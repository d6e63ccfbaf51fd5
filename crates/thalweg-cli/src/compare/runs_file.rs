//! The file of runs, locked while it is written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thalweg_compare::run_file::RunFileError;
use thalweg_compare::{ComparisonHeader, Run, run_file};
use thalweg_learn::{Destination, Error};

use crate::exit::UsageError;

/// File of runs that no other process writes to.
#[derive(Debug)]
pub struct RunsFile {
    path: PathBuf,
    file: File,
}

/// Reason why a file of runs cannot be begun or continued.
#[derive(Debug)]
pub enum RunsFileError {
    /// It cannot be opened, read or written.
    File(Error),
    /// It has other contents than runs.
    OtherContents(PathBuf),
    /// It has runs of other settings or data; what differs, in words.
    OtherSettings(PathBuf, Vec<String>),
    /// One of its lines is no run.
    Damaged(PathBuf, RunFileError),
}

impl From<Error> for RunsFileError {
    fn from(error: Error) -> Self {
        Self::File(error)
    }
}

impl From<RunsFileError> for anyhow::Error {
    fn from(error: RunsFileError) -> Self {
        let message = match error {
            RunsFileError::File(error) => return error.into(),
            RunsFileError::OtherContents(path) => format!(
                "{} exists and is not a file of runs; it was left unchanged (--runs names another file)",
                path.display()
            ),
            RunsFileError::OtherSettings(path, differences) => format!(
                "--runs: expected no file, or runs of the same settings and data, found others in {}: {} (--force \
                 replaces them, another name keeps them)",
                path.display(),
                differences.join("; ")
            ),
            RunsFileError::Damaged(path, error) => {
                let advice = "--force replaces the file, --runs names another one";
                format!("{} cannot be continued: {error} ({advice})", path.display())
            }
        };
        UsageError(message).into()
    }
}

impl RunsFile {
    /// Opens a file of runs, or one that is empty.
    ///
    /// # Errors
    /// A file of something else, or one that another process writes.
    pub fn open(path: &Path) -> Result<Self, RunsFileError> {
        Destination::open(path)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|source| Error::Io { path: path.into(), source })?;
        let opened = Self::lock(path.to_path_buf(), file)?;
        if !opened.is_replaceable() {
            return Err(RunsFileError::OtherContents(path.into()));
        }
        Ok(opened)
    }

    /// Creates a file of this name, or with a number appended if there is one: earlier runs are kept, and so are those
    /// of another process that starts at the same time.
    pub(super) fn create_unused(path: &Path) -> thalweg_learn::Result<Self> {
        Destination::open(path)?;
        let stem = path.to_string_lossy().trim_end_matches(".runs.jsonl").to_owned();
        let numbered = (2_u64..).map(|i| PathBuf::from(format!("{stem}-{i}.runs.jsonl")));
        for path in std::iter::once(path.to_owned()).chain(numbered) {
            match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(Error::Io { path, source }),
                Ok(file) => return Self::lock(path, file),
            }
        }
        unreachable!("the numbers are not exhausted")
    }

    fn lock(path: PathBuf, file: File) -> thalweg_learn::Result<Self> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                Err(Error::Destination { path, reason: "it is being written by another process".to_string() })
            }
            // Not every file system has locks, and a device needs none.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { path, file }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns `true` if the file has no contents, or runs, or is a device.
    fn is_replaceable(&self) -> bool {
        let is_empty = self.file.metadata().is_ok_and(|found| !found.is_file() || found.len() == 0);
        is_empty || run_file::read_header(&mut BufReader::new(&self.file)).is_ok()
    }

    /// Returns the file, which is locked until it is closed, and the runs that it has, if they were made with these
    /// settings. A line that is cut is removed. With `force`, runs of other settings are replaced.
    ///
    /// # Errors
    /// Runs of other settings without `force`.
    pub fn start(mut self, header: &ComparisonHeader, force: bool) -> Result<(File, Vec<Run>), RunsFileError> {
        let path = self.path.clone();
        let io_error = |source| Error::Io { path: path.clone(), source };
        let found = self.file.metadata().map_err(io_error)?;
        if found.is_file() && found.len() > 0 {
            self.file.rewind().map_err(io_error)?;
            match run_file::read(BufReader::new(&self.file)) {
                Ok(before) => {
                    let differences = before.header.differences(header);
                    if differences.is_empty() {
                        self.end_after(before.bytes).map_err(io_error)?;
                        return Ok((self.file, before.runs));
                    }
                    if !force {
                        return Err(RunsFileError::OtherSettings(path, differences));
                    }
                }
                Err(error) if !force => return Err(RunsFileError::Damaged(path, error)),
                Err(_) => {}
            }
            self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(io_error)?;
        }
        let mut line = Vec::new();
        run_file::write_line(&mut line, header).and_then(|()| self.file.write_all(&line)).map_err(io_error)?;
        Ok((self.file, Vec::new()))
    }

    /// Cuts the file after this number of bytes, at the end of a line, and goes there.
    fn end_after(&mut self, bytes: u64) -> io::Result<()> {
        if self.file.metadata()?.len() > bytes {
            self.file.set_len(bytes)?;
        }
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_writer() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let path = folder.path().join("x.runs.jsonl");
        let first = RunsFile::open(&path).expect("no other process writes the file");
        let error = RunsFile::open(&path).expect_err("the file is locked");
        let error = anyhow::Error::from(error).to_string();
        assert!(
            error.ends_with("x.runs.jsonl: cannot write the file: it is being written by another process"),
            "{error}"
        );
        drop(first);
        assert!(RunsFile::open(&path).is_ok());
    }

    #[test]
    fn default_names_are_those_of_new_files() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let path = folder.path().join("x.runs.jsonl");
        let create = || RunsFile::create_unused(&path).expect("the file is created");
        let files: Vec<RunsFile> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            threads.into_iter().map(|thread| thread.join().expect("the thread ends")).collect()
        });
        let mut names: Vec<_> = files.iter().map(|file| file.path().to_path_buf()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 8);
        assert!(path.exists() && folder.path().join("x-8.runs.jsonl").exists());
    }
}
