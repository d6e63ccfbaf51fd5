//! Detection and decompression of gzip, zstd, bzip2 and xz.

use std::io::{self, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

/// Magic number of gzip (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Magic number of a zstd frame (RFC 8878, 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes 1 to 3 of a skippable zstd frame, with which parallel compressors begin (RFC 8878, 3.1.2).
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// Magic numbers of a block of a bzip2 file and of its end, after `BZh` and the size of the blocks: the digits of π and
/// of its square root.
const BZIP2_BLOCKS: [[u8; 6]; 2] = [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]];

/// Magic number of xz (the .xz file format, 2.1.1.1).
const XZ: &[u8] = b"\xFD7zXZ\0";

/// Number of bytes by which a compression is detected.
pub(super) const MAGIC_BYTES: usize = 10;

/// Memory of an xz decoder besides its window in KiB.
const XZ_OVERHEAD_KIB: u32 = 1 << 10;

/// Largest logarithm of a window without a limit on memory: that of the zstd program.
pub(in crate::data) const MAX_WINDOW_LOG: u32 = 27;

/// Logarithm of the window that every decoder should support (RFC 8878, 3.1.1.1.2).
const MIN_WINDOW_LOG: u32 = 23;

/// Share of a memory limit that the window of a decoder may have.
const WINDOW_SHARE: usize = 16;

/// Returns the largest logarithm of a window under a limit on memory.
pub(super) fn max_window_log(max_memory: usize) -> u32 {
    (max_memory / WINDOW_SHARE).checked_ilog2().unwrap_or(0).clamp(MIN_WINDOW_LOG, MAX_WINDOW_LOG)
}

/// Returns `true` for the error of a frame with too large a window.
pub(super) fn is_large_window(error: &io::Error) -> bool {
    // zstd has a code for it, of which its crate gives the text only.
    error.kind() == io::ErrorKind::OutOfMemory || error.to_string().contains("requires too much memory")
}

/// Size of the read buffer in bytes.
const BUFFER_BYTES: usize = 1 << 16;

/// Compression format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// Returns the compression of a file that begins with these bytes, at least [`MAGIC_BYTES`] unless the file has
    /// fewer.
    fn of(first: &[u8]) -> Self {
        match first {
            [a, b, ..] if [*a, *b] == GZIP => Self::Gzip,
            first if first.starts_with(&ZSTD) => Self::Zstd,
            [first, rest @ ..] if first & 0xf0 == 0x50 && rest.starts_with(&ZSTD_SKIPPABLE) => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
                if BZIP2_BLOCKS.iter().any(|magic| block.starts_with(magic)) =>
            {
                Self::Bzip2
            }
            first if first.starts_with(XZ) => Self::Xz,
            _ => Self::None,
        }
    }
}

/// Returns `true` if a file with these first bytes is compressed.
pub(super) fn is_compressed(first: &[u8]) -> bool {
    Compression::of(first) != Compression::None
}

/// Decompresses gzip, zstd, bzip2 and xz, detected by their first bytes; other data pass through unchanged.
///
/// Files of several gzip members, zstd frames, bzip2 or xz streams are read to their end. A frame with a larger window
/// than 2^`max_window_log` bytes, which its decoder keeps in memory, is an error.
pub(in crate::data) fn decompressed(
    mut source: impl Read + Send + 'static,
    max_window_log: u32,
) -> io::Result<Box<dyn Read + Send>> {
    let mut first = Vec::new();
    source.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut first)?;
    let compression = Compression::of(&first);
    let whole = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(first).chain(source));
    Ok(match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(MultiGzDecoder::new(whole)),
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(whole)?;
            decoder.window_log_max(max_window_log)?;
            Box::new(decoder)
        }
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(whole)),
        Compression::Xz => {
            let limit_kib = (1 << (max_window_log - 10)) + XZ_OVERHEAD_KIB;
            Box::new(XzReader::new_mem_limit(whole, true, limit_kib))
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::data::testing::corrupt::corrupted;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("writing to memory succeeds")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("level 3 exists");
        encoder.include_checksum(true).and_then(|()| encoder.write_all(text)).expect("writing to memory succeeds");
        encoder.finish().expect("writing to memory succeeds")
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("writing to memory succeeds")
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        let mut encoder =
            lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).expect("preset 1");
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("writing to memory succeeds")
    }

    fn text() -> Vec<u8> {
        (0..20_000).flat_map(|i| format!("{} {}\n", i, i % 77).into_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes_read = Vec::new();
        decompressed(io::Cursor::new(bytes.to_vec()), MAX_WINDOW_LOG)?.read_to_end(&mut bytes_read)?;
        Ok(bytes_read)
    }

    #[test]
    fn compressed_data_are_decompressed() {
        let text = text();
        let (twice, nothing) = ([&text[..], b"more"].concat(), Vec::new());
        let skippable = [0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
        for (compressed, expected) in [
            (text.clone(), &text),
            (gzip(&text), &text),
            ([gzip(&text), gzip(b"more")].concat(), &twice),
            (zstd(&text), &text),
            ([zstd(&text), zstd(b"more")].concat(), &twice),
            ([&skippable[..], &zstd(&text)].concat(), &text),
            (bzip2(&text), &text),
            ([bzip2(&text), bzip2(b"more")].concat(), &twice),
            (bzip2(b""), &nothing),
            (xz(&text), &text),
            ([xz(&text), xz(b"more")].concat(), &twice),
            (xz(b""), &nothing),
        ] {
            assert!(read(&compressed).expect("the data are whole") == *expected);
        }
        for short in [&b""[..], b"a", b"ab", &GZIP[..1], &ZSTD[..3], b"BZh9,a\n1,2\n3,4\n", &XZ[..5]] {
            assert_eq!(read(short).expect("short data are plain"), short);
        }
    }

    #[test]
    fn a_window_larger_than_its_share_of_the_memory_is_an_error() {
        assert_eq!([128 << 20, 256 << 20, 1 << 30, 1 << 40].map(max_window_log), [23, 24, 26, 27]);
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("level 1 exists");
        encoder.window_log(24).expect("the window is valid");
        encoder.write_all(&vec![7; 17 << 20]).expect("writing to memory succeeds");
        let compressed = encoder.finish().expect("writing to memory succeeds");
        let read = |max_window_log: u32| {
            let decoder = decompressed(io::Cursor::new(compressed.clone()), max_window_log);
            decoder.and_then(|mut decoder| io::copy(&mut decoder, &mut io::sink()))
        };
        assert_eq!(read(24).expect("the window fits"), 17 << 20);
        let error = read(23).expect_err("the window is too large");
        assert!(is_large_window(&error), "{error}");
        // The level 9 of xz has a window of 64 MiB.
        let options = lzma_rust2::XzOptions::with_preset(9);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("preset 9");
        encoder.write_all(b"1,2").expect("writing to memory succeeds");
        let compressed = encoder.finish().expect("writing to memory succeeds");
        let read = |max_window_log: u32| {
            let decoder = decompressed(io::Cursor::new(compressed.clone()), max_window_log);
            decoder.and_then(|mut decoder| io::copy(&mut decoder, &mut io::sink()))
        };
        assert_eq!(read(26).expect("the window fits"), 3);
        let error = read(25).expect_err("the window is too large");
        assert!(is_large_window(&error), "{error}");
    }

    #[test]
    fn damaged_data_are_an_error() {
        let text = text();
        // With the number of the first bytes that say what it is.
        for (compressed, magic) in [(gzip(&text), 4), (zstd(&text), 4), (bzip2(&text), 10), (xz(&text), 6)] {
            for length in [magic, 12, compressed.len() / 2, compressed.len() - 1] {
                assert!(read(&compressed[..length]).is_err());
            }
            // A checksum follows the data, so every change is detected except in the metadata of the file.
            for round in 0..500 {
                let bytes = corrupted(&compressed, round);
                if let Ok(read) = read(&bytes) {
                    assert!(read == text || !bytes.starts_with(&compressed[..magic]) || read.is_empty(), "{round}");
                }
            }
        }
    }
}
