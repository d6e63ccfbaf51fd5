//! Zip archives of one file.

use std::io::{self, BufReader, Read};
use std::path::Path;

use crc32fast::Hasher;
use flate2::read::DeflateDecoder;
use zip::result::{ZipError, ZipResult};
use zip::{CompressionMethod, ZipArchive};

use super::random_access::{RandomAccess, RandomAccessReader};
use crate::error::{Error, Result, list};

/// Signature of a file in a zip archive, and the end of an empty archive (APPNOTE.TXT 6.3, 4.3.7 and 4.3.16).
const SIGNATURES: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Returns `true` for the first bytes of a zip archive.
pub(super) fn is_zip(first: &[u8]) -> bool {
    SIGNATURES.iter().any(|signature| first.starts_with(signature))
}

/// File in an archive.
struct Member {
    name: String,
    start: u64,
    compressed: u64,
    method: CompressionMethod,
    checksum: u32,
    is_encrypted: bool,
}

/// Opens the only file of a zip archive; what systems add to it is skipped.
///
/// # Errors
/// A damaged archive; no file, or several; one that is encrypted, or compressed by a rare method.
pub(super) fn open_member(path: &Path, access: &RandomAccess) -> Result<Box<dyn Read + Send>> {
    let damaged = |error: ZipError| match error {
        ZipError::Io(source) if source.raw_os_error().is_some() => Error::Io { path: path.to_path_buf(), source },
        error => Error::Decompress { path: path.to_path_buf(), source: io::Error::other(error) },
    };
    let other = |found: String| Error::NotTable(path.to_path_buf(), found);
    let mut archive = ZipArchive::new(access.reader(0)).map_err(damaged)?;
    let members = members(&mut archive).map_err(damaged)?;
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    if let Some(found) = document(&names) {
        return Err(other(found.into()));
    }
    let [member] = &members[..] else {
        return Err(other(match names.len() {
            0 => "a zip archive without files".into(),
            count => format!("a zip archive of {count} files; unpack one of them first: {}", list(&names)),
        }));
    };
    let reader = BufReader::new(access.reader(member.start)).take(member.compressed);
    let inner: Box<dyn Read + Send> = match member.method {
        _ if member.is_encrypted => return Err(other("an encrypted zip archive; unpack it first".into())),
        CompressionMethod::Stored => Box::new(reader),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(reader)),
        method => return Err(other(format!("a zip archive compressed by the method {method}; unpack it first"))),
    };
    Ok(Box::new(Checked { inner, hasher: Hasher::new(), expected: member.checksum }))
}

/// Returns the files of an archive without folders and what macOS adds.
fn members(archive: &mut ZipArchive<RandomAccessReader>) -> ZipResult<Vec<Member>> {
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        let is_added = name.starts_with("__MACOSX/") || name.rsplit('/').next() == Some(".DS_Store");
        if !name.ends_with('/') && !is_added {
            members.push(Member {
                name,
                start: file.data_start().unwrap_or_default(),
                compressed: file.compressed_size(),
                method: file.compression(),
                checksum: file.crc32(),
                is_encrypted: file.encrypted(),
            });
        }
    }
    Ok(members)
}

/// Returns what an archive is if it is the document of another program.
fn document(names: &[String]) -> Option<&'static str> {
    let has_folder = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    let has = |name: &str| names.iter().any(|other| other == name);
    if has_folder("xl/") {
        Some("an Excel workbook; save its sheet as CSV")
    } else if has("mimetype") && has("content.xml") {
        Some("an OpenDocument file; save its sheet as CSV")
    } else if has_folder("word/") || has_folder("ppt/") {
        Some("an Office document; save its table as CSV")
    } else if !names.is_empty() && names.iter().all(|name| name.to_lowercase().ends_with(".npy")) {
        Some("a NumPy archive; write its arrays as CSV or Parquet")
    } else {
        None
    }
}

/// Reader that compares the checksum at the end.
struct Checked<R> {
    inner: R,
    hasher: Hasher,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() && self.hasher.clone().finalize() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum does not match"));
        }
        Ok(count)
    }
}
