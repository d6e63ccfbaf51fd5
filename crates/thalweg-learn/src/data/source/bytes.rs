//! From a path to its bytes, unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};

/// First bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// First bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes 1 to 3 of a zstd frame to be skipped; parallel packers begin with one (RFC 8878, 3.1.2).
const ZSTD_SKIPPED: [u8; 3] = [0x2a, 0x4d, 0x18];

/// Bytes read ahead.
const AHEAD: usize = 1 << 16;

/// The unpacked bytes of a file, as they come.
pub(crate) struct Bytes {
    path: PathBuf,
    packing: Packing,
    inner: Box<dyn Read + Send>,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Opens the file, or standard input for `-`; what is packed by gzip or zstd (told by its first bytes, not by its name)
/// is unpacked, all members or frames of it.
pub(crate) fn open(path: &Path) -> Result<Bytes> {
    if path == Path::new("-") {
        return Bytes::unpack(Path::new("<stdin>"), io::stdin());
    }
    let file = File::open(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    Bytes::unpack(path, file)
}

/// All unpacked bytes of the file, or of standard input for `-`.
pub(crate) fn read_all(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut from = open(path)?;
    from.read_to_end(&mut bytes).map_err(|source| from.error(source))?;
    Ok(bytes)
}

impl Bytes {
    /// Unpacks what `source` gives; `path` is for messages.
    pub(crate) fn unpack(path: &Path, source: impl Read + Send + 'static) -> Result<Bytes> {
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        let mut first = Vec::new();
        let mut source = source;
        source.by_ref().take(4).read_to_end(&mut first).map_err(failed)?;
        let packing = match &first[..] {
            [a, b, ..] if [*a, *b] == GZIP => Packing::Gzip,
            first if *first == ZSTD => Packing::Zstd,
            [first, rest @ ..] if first & 0xf0 == 0x50 && *rest == ZSTD_SKIPPED => Packing::Zstd,
            _ => Packing::Plain,
        };
        let whole = BufReader::with_capacity(AHEAD, io::Cursor::new(first).chain(source));
        let inner: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(whole),
            Packing::Gzip => Box::new(MultiGzDecoder::new(whole)),
            Packing::Zstd => Box::new(zstd::Decoder::with_buffer(whole).map_err(failed)?),
        };
        Ok(Bytes { path: path.to_path_buf(), packing, inner })
    }

    /// The file, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a failed read of this means to the user.
    pub(crate) fn error(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        // What the system says has another kind, or comes from a number.
        let damaged = source.raw_os_error().is_none();
        match self.packing {
            Packing::Gzip if damaged => Error::Gzip { path, source },
            Packing::Zstd if damaged => Error::Zstd { path, source },
            _ => Error::Io { path, source },
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;
    use crate::data::source::testing::{garbled, shared};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text).and_then(|()| packer.finish()).expect("packed")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut packer = zstd::Encoder::new(Vec::new(), 3).expect("a packer");
        packer.include_checksum(true).and_then(|()| packer.write_all(text)).expect("packed");
        packer.finish().expect("packed")
    }

    fn text() -> Vec<u8> {
        (0..20_000).flat_map(|i| format!("{} {}\n", i, i % 77).into_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x");
        fs::write(&path, bytes).expect("a file");
        read_all(&path)
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let text = text();
        let twice = [&text[..], b"more"].concat();
        let skipped = [0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
        for (packed, unpacked) in [
            (text.clone(), &text),
            (gzip(&text), &text),
            ([gzip(&text), gzip(b"more")].concat(), &twice),
            (zstd(&text), &text),
            ([zstd(&text), zstd(b"more")].concat(), &twice),
            ([&skipped[..], &zstd(&text)].concat(), &text),
        ] {
            assert!(read(&packed).expect("whole") == *unpacked);
        }
        for short in [&b""[..], b"a", b"ab", &GZIP[..1], &ZSTD[..3]] {
            assert_eq!(read(short).expect("plain"), short);
        }
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        let text = text();
        for (packed, words) in [(gzip(&text), "a compressed file"), (zstd(&text), "a file compressed by zstd")] {
            for length in [4, 12, packed.len() / 2, packed.len() - 1] {
                let error = read(&packed[..length]).expect_err("cut").to_string();
                assert!(error.contains(&format!("x: {words} must unpack, but it is damaged: ")), "{error}");
            }
            // A checksum stands behind the data: no change goes unseen, except in what is said about the file itself.
            for round in 0..500 {
                let bytes = garbled(&packed, round);
                if let Ok(unpacked) = read(&bytes) {
                    assert!(unpacked == text || !bytes.starts_with(&packed[..4]) || unpacked.is_empty(), "{round}");
                }
            }
        }
    }

    #[test]
    fn errors_of_the_system_name_the_file() {
        let error = read_all(Path::new("no/such")).expect_err("no file").to_string();
        assert!(error.starts_with("no/such: "), "{error}");
        assert!(matches!(read_all(Path::new("/")), Err(Error::Io { .. })));
    }

    #[test]
    fn images_are_unpacked_whole() {
        let Some(path) = shared("fashion-mnist/t10k-images-idx3-ubyte.gz") else { return };
        assert_eq!(read_all(&path).expect("a file").len(), 16 + 10_000 * 28 * 28);
    }
}
