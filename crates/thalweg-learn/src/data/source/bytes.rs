//! Bytes, unpacked where they are packed.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// First bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// First bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes 1 to 3 of a zstd frame to be skipped; parallel packers begin with one (RFC 8878, 3.1.2).
const ZSTD_SKIPPED: [u8; 3] = [0x2a, 0x4d, 0x18];

/// Bytes read ahead.
const AHEAD: usize = 1 << 16;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Unpacks what `source` gives where it is packed by gzip or zstd (told by its first bytes, not by its name), all members or
/// frames of it.
pub(super) fn unpacked(mut source: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut first = Vec::new();
    source.by_ref().take(4).read_to_end(&mut first)?;
    let packing = match &first[..] {
        [a, b, ..] if [*a, *b] == GZIP => Packing::Gzip,
        first if *first == ZSTD => Packing::Zstd,
        [first, rest @ ..] if first & 0xf0 == 0x50 && *rest == ZSTD_SKIPPED => Packing::Zstd,
        _ => Packing::Plain,
    };
    let whole = BufReader::with_capacity(AHEAD, io::Cursor::new(first).chain(source));
    Ok(match packing {
        Packing::Plain => Box::new(whole),
        Packing::Gzip => Box::new(MultiGzDecoder::new(whole)),
        Packing::Zstd => Box::new(zstd::Decoder::with_buffer(whole)?),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::data::source::testing::garbled;

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

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        super::unpacked(io::Cursor::new(bytes.to_vec()))?.read_to_end(&mut unpacked)?;
        Ok(unpacked)
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
        for packed in [gzip(&text), zstd(&text)] {
            for length in [4, 12, packed.len() / 2, packed.len() - 1] {
                assert!(read(&packed[..length]).is_err());
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
}
