//! Input files, and standard input buffered so that it can be read several times.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs_io::DecodeReaderBytesBuilder;
use tempfile::NamedTempFile;

use super::compression::decompressed;
use super::files::Files;
use crate::error::{Error, Result};

/// File, standard input, or bytes in memory, that can be opened any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    path: PathBuf,
    storage: Storage,
    encoding: Option<&'static encoding_rs::Encoding>,
}

/// Location of the bytes of an input.
#[derive(Clone, Debug)]
enum Storage {
    /// The file at the input's path.
    File,
    /// Bytes in memory, shared by all readers.
    Memory(Arc<Vec<u8>>),
    /// Temporary copy of standard input, removed when the last owner is dropped.
    TempFile(Arc<NamedTempFile>),
}

/// Storage for standard input, which comes only once but is read several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StdinBuffer {
    /// Keep all bytes in memory.
    Memory,
    /// Copy all bytes to a temporary file.
    TempFile,
}

impl Input {
    /// Opens a path; `-` is standard input, which is read to its end.
    pub(crate) fn new(path: &Path, buffer: StdinBuffer) -> Result<Input> {
        let input = |path: &Path, storage| Input { path: path.to_path_buf(), storage, encoding: None };
        if path != Path::new("-") {
            return Ok(input(path, Storage::File));
        }
        let path = Path::new("<stdin>");
        let storage = match buffer {
            StdinBuffer::Memory => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map(|_| Storage::Memory(Arc::new(bytes)))
            }
            StdinBuffer::TempFile => NamedTempFile::new().and_then(|mut file| {
                io::copy(&mut io::stdin().lock(), &mut file)?;
                Ok(Storage::TempFile(Arc::new(file)))
            }),
        };
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        Ok(input(path, storage.map_err(failed)?))
    }

    /// Opens all files of a set.
    pub(crate) fn all(files: &Files, buffer: StdinBuffer) -> Result<Vec<Input>> {
        files.expand()?.iter().map(|path| Input::new(path, buffer)).collect()
    }

    /// Input of bytes in memory; `path` is used in messages only.
    pub(crate) fn from_bytes(path: &Path, bytes: Vec<u8>) -> Input {
        Input { path: path.to_path_buf(), storage: Storage::Memory(Arc::new(bytes)), encoding: None }
    }

    /// Sets the text encoding by its WHATWG label; `None` is UTF-8.
    ///
    /// # Errors
    /// An unknown label.
    pub(crate) fn with_encoding(self, label: Option<&str>) -> Result<Input> {
        let Some(label) = label else { return Ok(self) };
        // A few of the about two hundred WHATWG labels.
        let known = || ["utf-8", "latin1", "windows-1252", "utf-16le", "shift_jis", "…"].map(String::from).to_vec();
        let unknown = || thalweg::Error::Unknown { what: "encoding".into(), name: label.into(), known: known() };
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(unknown)?;
        Ok(Input { encoding: (encoding != encoding_rs::UTF_8).then_some(encoding), ..self })
    }

    /// Returns the path of a file with random access to the bytes.
    ///
    /// # Errors
    /// An input in memory, which has no file.
    pub(crate) fn random_access_path(&self) -> Result<PathBuf> {
        match &self.storage {
            Storage::File => Ok(self.path.clone()),
            Storage::TempFile(file) => Ok(file.path().to_path_buf()),
            Storage::Memory(_) => Err(Error::NotRandomAccess { path: self.path.clone() }),
        }
    }

    /// Number of stored bytes, or the largest number if it is not known.
    pub(crate) fn stored_bytes(&self) -> u64 {
        match &self.storage {
            Storage::File => std::fs::metadata(&self.path).map_or(u64::MAX, |metadata| metadata.len()),
            Storage::TempFile(file) => file.as_file().metadata().map_or(u64::MAX, |metadata| metadata.len()),
            Storage::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Path of the file for messages; `<stdin>` for standard input.
    pub(crate) fn display_path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Converts an error of reading: one without an error code of the system comes from the decompressor.
    pub(crate) fn read_error(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        if source.raw_os_error().is_none() { Error::Decompress { path, source } } else { Error::Io { path, source } }
    }

    /// Opens the bytes from the beginning, decompressed and, if an encoding is set, converted to UTF-8.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let failed = |source| Error::Io { path: self.path.clone(), source };
        let raw: Box<dyn Read + Send> = match &self.storage {
            Storage::File => Box::new(File::open(&self.path).map_err(failed)?),
            Storage::Memory(bytes) => Box::new(Cursor::new(SharedBytes(bytes.clone()))),
            Storage::TempFile(file) => Box::new(file.reopen().map_err(failed)?),
        };
        let bytes = decompressed(raw).map_err(|source| self.read_error(source))?;
        let Some(encoding) = self.encoding else { return Ok(bytes) };
        Ok(Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes)))
    }
}

/// Bytes shared by several readers.
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
