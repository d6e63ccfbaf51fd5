//! From a path to UTF-8 text.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::scan;
use crate::error::{Error, Position, Result};

/// First bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// First bytes that some editors write before UTF-8 text.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// All bytes of the file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    match done {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Error::Io { path: shown(path), source }),
    }
}

/// The path as messages print it.
pub(super) fn shown(path: &Path) -> PathBuf {
    if path == Path::new("-") { PathBuf::from("<stdin>") } else { path.to_path_buf() }
}

/// Unpacks what is packed and takes the byte order mark away.
pub(super) fn unpack(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut bytes = if bytes.starts_with(&GZIP) {
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut text)
            .map_err(|source| Error::Gzip { path: path.to_path_buf(), source })?;
        text
    } else {
        bytes
    };
    if bytes.starts_with(&MARK) {
        bytes.drain(..MARK.len());
    }
    Ok(bytes)
}

/// The bytes as text.
pub(super) fn decode(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let valid = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
        let (line, column) = scan::locate(valid, offset);
        let at = Position { path: path.to_path_buf(), line, column };
        Error::NotUtf8 { at, byte: bytes[offset], offset }
    })
}
