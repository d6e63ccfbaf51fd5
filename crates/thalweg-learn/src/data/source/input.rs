//! From a path to a stream of unpacked bytes, as often as it is wanted.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs_io::DecodeReaderBytesBuilder;
use tempfile::NamedTempFile;

use super::bytes::unpacked;
use super::files::Files;
use crate::error::{Error, Result};

/// A file, or bytes that stand for one.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    path: PathBuf,
    kept: Kept,
    encoding: Option<&'static encoding_rs::Encoding>,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
enum Kept {
    /// In the file of that path.
    File,
    /// In memory.
    Memory(Arc<Vec<u8>>),
    /// In a file without a name that one knows.
    Spooled(Arc<NamedTempFile>),
}

/// What becomes of standard input, which comes only once but is read more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StdinBuffer {
    /// It is kept in memory.
    Memory,
    /// It is kept in a file.
    TempFile,
}

impl Input {
    /// The file, or standard input for `-`.
    pub(crate) fn of(path: &Path, spool: StdinBuffer) -> Result<Input> {
        let file = |path: &Path, kept| Input { path: path.to_path_buf(), kept, encoding: None };
        if path != Path::new("-") {
            return Ok(file(path, Kept::File));
        }
        let path = Path::new("<stdin>");
        let kept = match spool {
            StdinBuffer::Memory => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map(|_| Kept::Memory(Arc::new(bytes)))
            }
            StdinBuffer::TempFile => NamedTempFile::new().and_then(|mut spooled| {
                io::copy(&mut io::stdin().lock(), &mut spooled)?;
                Ok(Kept::Spooled(Arc::new(spooled)))
            }),
        };
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        Ok(file(path, kept.map_err(failed)?))
    }

    /// All files of a set.
    pub(crate) fn all(files: &Files, spool: StdinBuffer) -> Result<Vec<Input>> {
        files.expand()?.iter().map(|path| Input::of(path, spool)).collect()
    }

    /// The bytes of a file; `path` is for messages.
    pub(crate) fn of_bytes(path: &Path, bytes: Vec<u8>) -> Input {
        Input { path: path.to_path_buf(), kept: Kept::Memory(Arc::new(bytes)), encoding: None }
    }

    /// The same, its text in the encoding of that name.
    ///
    /// # Errors
    /// A name that no encoding has.
    pub(crate) fn encoded(self, name: Option<&str>) -> Result<Input> {
        let Some(name) = name else { return Ok(self) };
        let encoding = encoding_rs::Encoding::for_label(name.as_bytes());
        let known = ["utf-8", "latin1", "windows-1252", "utf-16le", "shift_jis", "… (the labels of the WHATWG)"];
        let unknown = || thalweg::Error::unknown("encoding", name, known).into();
        let encoding = encoding.ok_or_else(|| -> Error { unknown() })?;
        Ok(Input { encoding: (encoding != encoding_rs::UTF_8).then_some(encoding), ..self })
    }

    /// A path that the bytes can be read from in any order; what is in memory is written to a file for it.
    pub(crate) fn file(&self) -> Result<PathBuf> {
        match &self.kept {
            Kept::File => Ok(self.path.clone()),
            Kept::Spooled(file) => Ok(file.path().to_path_buf()),
            Kept::Memory(_) => {
                let why = "it comes from standard input, and can be read from a file only".into();
                Err(Error::Binary { path: self.path.clone(), format: "Parquet or Arrow", why })
            }
        }
    }

    /// The file, as messages call it.
    pub(crate) fn display_path(&self) -> PathBuf {
        self.path.clone()
    }

    /// What a failed read means.
    pub(crate) fn failed(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        // What the system says comes with a number; the rest is what an unpacker says.
        if source.raw_os_error().is_none() { Error::Packed { path, source } } else { Error::Io { path, source } }
    }

    /// Its bytes from the beginning, unpacked.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let failed = |source| Error::Io { path: self.path.clone(), source };
        let plain: Box<dyn Read + Send> = match &self.kept {
            Kept::File => Box::new(File::open(&self.path).map_err(failed)?),
            Kept::Memory(bytes) => Box::new(Cursor::new(Shared(bytes.clone()))),
            Kept::Spooled(file) => Box::new(file.reopen().map_err(failed)?),
        };
        let bytes = unpacked(plain).map_err(|source| self.failed(source))?;
        let Some(encoding) = self.encoding else { return Ok(bytes) };
        Ok(Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes)))
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
