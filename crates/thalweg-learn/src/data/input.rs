//! From a path to a stream of unpacked bytes, as often as it is wanted.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// First bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file, or bytes that stand for one.
#[derive(Clone, Debug)]
pub(super) struct Input {
    path: PathBuf,
    bytes: Option<Arc<Vec<u8>>>,
}

impl Input {
    /// The file, or standard input for `-`: that can be read only once, so it is kept.
    pub(super) fn of(path: &Path) -> Result<Input> {
        if path != Path::new("-") {
            return Ok(Input { path: path.to_path_buf(), bytes: None });
        }
        let (path, mut bytes) = (PathBuf::from("<stdin>"), Vec::new());
        match io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => Ok(Input { path, bytes: Some(Arc::new(bytes)) }),
            Err(source) => Err(Error::Io { path, source }),
        }
    }

    /// The bytes of a file; `path` is for messages.
    pub(super) fn of_bytes(path: &Path, bytes: Vec<u8>) -> Input {
        Input { path: path.to_path_buf(), bytes: Some(Arc::new(bytes)) }
    }

    /// The file, as messages call it.
    pub(super) fn shown(&self) -> PathBuf {
        self.path.clone()
    }

    /// What a failed read means.
    pub(super) fn failed(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Error::Gzip { path, source }
            }
            _ => Error::Io { path, source },
        }
    }

    /// Its bytes from the beginning, unpacked.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let mut plain: Box<dyn Read + Send> = match &self.bytes {
            Some(bytes) => Box::new(Cursor::new(Shared(bytes.clone()))),
            None => Box::new(File::open(&self.path).map_err(|source| Error::Io { path: self.path.clone(), source })?),
        };
        let mut first = Vec::new();
        plain.by_ref().take(4).read_to_end(&mut first).map_err(|source| self.failed(source))?;
        let packed = first.starts_with(&GZIP);
        let whole = Cursor::new(first).chain(plain);
        Ok(if packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
