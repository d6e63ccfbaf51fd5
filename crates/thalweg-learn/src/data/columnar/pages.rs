//! Parquet file whose page headers are checked before the decoder allocates what they claim.

use std::io::{self, BufReader, Chain, Cursor, Read};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::format::Decoded;
use super::thrift::{BOOLEAN, I32, KnownField, STRUCT, ThriftError, ThriftReader};
use crate::data::input::{RandomAccess, RandomAccessReader};

/// Bytes that are read for a page header at first.
const HEADER_BYTES: u64 = 1 << 10;

/// Most bytes of a page header.
const MAX_HEADER_BYTES: u64 = 1 << 24;

/// Ratio of compression to which a page of any size is believed, the highest of gzip.
const MAX_RATIO: u64 = 1 << 10;

/// Bytes to which the pages of all columns that are decoded together may unpack whatever the ratio.
const MAX_UNPACKED_BYTES: u64 = 1 << 27;

/// Bytes to which any page may unpack: four times what writers make of a page.
const MIN_UNPACKED_BYTES: u64 = 1 << 22;

/// Types of the fields of a page header.
const HEADER: [KnownField; 8] =
    [(1, I32), (2, I32), (3, I32), (4, I32), (5, STRUCT), (6, STRUCT), (7, STRUCT), (8, STRUCT)];

/// Parquet file that is read through the checks.
#[derive(Clone)]
pub(super) struct CheckedPages {
    bytes: RandomAccess,
    length: u64,
    /// Bytes to which a page may unpack whatever the ratio.
    max_unpacked: u64,
}

impl CheckedPages {
    /// Prepares a file of which the given number of columns is decoded.
    pub(super) fn new(bytes: &RandomAccess, columns: usize) -> std::io::Result<CheckedPages> {
        let length = bytes.len()?;
        let max_unpacked = (MAX_UNPACKED_BYTES / columns.max(1) as u64).max(MIN_UNPACKED_BYTES);
        Ok(CheckedPages { bytes: bytes.clone(), length, max_unpacked })
    }

    /// Bytes to which a page of this size may unpack.
    pub(super) fn most_unpacked(&self, stored: u64) -> u64 {
        self.max_unpacked.max(stored.saturating_mul(MAX_RATIO))
    }

    fn check(&self, header: &PageHeader) -> Decoded<()> {
        let PageHeader { unpacked, stored, dictionary_values } = *header;
        let (Ok(unpacked), Ok(stored)) = (u64::try_from(unpacked), u64::try_from(stored)) else {
            return Err("a page has a negative size".to_string());
        };
        if unpacked > self.most_unpacked(stored) {
            return Err(format!("a page of {stored} bytes claims to unpack to {unpacked} bytes"));
        }
        // A value of a dictionary takes a byte at least, and its decoder allocates all of them.
        if u64::try_from(dictionary_values).is_ok_and(|values| values > unpacked) {
            return Err(format!("a dictionary of {unpacked} bytes claims {dictionary_values} values"));
        }
        Ok(())
    }
}

impl Length for CheckedPages {
    fn len(&self) -> u64 {
        self.length
    }
}

/// Reader from a page header on, which is checked before any of its bytes are returned. The decoder reads nothing else
/// in this way, but may open a reader of the bytes behind a header, from which it reads nothing.
pub(super) struct HeaderReader {
    pages: CheckedPages,
    start: u64,
    /// The header, and what follows it.
    bytes: Option<Chain<Cursor<Vec<u8>>, BufReader<RandomAccessReader>>>,
}

impl HeaderReader {
    /// Reads the header and checks it.
    fn checked_bytes(&self) -> io::Result<Chain<Cursor<Vec<u8>>, BufReader<RandomAccessReader>>> {
        let mut file = self.pages.bytes.reader(self.start);
        let (mut bytes, mut wanted) = (Vec::with_capacity(HEADER_BYTES as usize), HEADER_BYTES);
        let header = loop {
            let read = file.by_ref().take(wanted).read_to_end(&mut bytes)?;
            match PageHeader::parse(&bytes) {
                Err(ThriftError::Truncated) if read as u64 == wanted && (bytes.len() as u64) < MAX_HEADER_BYTES => {
                    wanted = bytes.len() as u64;
                }
                header => break header,
            }
        };
        let header = header.map_err(|_| io::Error::other("a page header is damaged"))?;
        self.pages.check(&header).map_err(io::Error::other)?;
        Ok(Cursor::new(bytes).chain(BufReader::new(file)))
    }
}

impl Read for HeaderReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_none() {
            self.bytes = Some(self.checked_bytes()?);
        }
        self.bytes.as_mut().map_or(Ok(0), |bytes| bytes.read(buffer))
    }
}

impl ChunkReader for CheckedPages {
    type T = HeaderReader;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(HeaderReader { pages: self.clone(), start, bytes: None })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF("a page ends behind the end of the file".to_string()));
        }
        self.bytes.read_bytes(start, length)
    }
}

/// Declared sizes and counts of a page, from its header.
#[derive(Clone, Copy, Debug, Default)]
struct PageHeader {
    /// Size in bytes when it is unpacked.
    unpacked: i32,
    /// Size in bytes in the file.
    stored: i32,
    /// Number of values of a dictionary; 0 for other pages.
    dictionary_values: i32,
}

impl PageHeader {
    fn parse(bytes: &[u8]) -> std::result::Result<PageHeader, ThriftError> {
        let mut header = PageHeader::default();
        ThriftReader::new(bytes).fields(&HEADER, |reader, field| {
            match field {
                2 => header.unpacked = reader.i32()?,
                3 => header.stored = reader.i32()?,
                // The statistics are skipped by the decoder too.
                5 => reader.skip_struct(&[(1, I32), (2, I32), (3, I32), (4, I32), (5, STRUCT)])?,
                7 => reader.fields(&[(1, I32), (2, I32), (3, BOOLEAN)], |reader, field| {
                    if field == 1 {
                        header.dictionary_values = reader.i32()?;
                    }
                    Ok(field == 1)
                })?,
                8 => reader.skip_struct(&[(1, I32), (2, I32), (3, I32), (4, I32), (5, I32), (6, I32), (7, BOOLEAN)])?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn pages_of(bytes: Vec<u8>) -> CheckedPages {
        CheckedPages::new(&RandomAccess::Memory(Arc::new(bytes)), 1).expect("bytes have a length")
    }

    #[test]
    fn pages_lie_within_the_file() {
        let pages = pages_of(vec![7; 100]);
        assert_eq!(pages.get_bytes(90, 10).expect("the bytes are there"), [7; 10][..]);
        for (start, length) in [(90, 11), (101, 0), (0, usize::MAX), (u64::MAX, 1)] {
            let error = pages.get_bytes(start, length).expect_err("the bytes are not there").to_string();
            assert_eq!(error, "EOF: a page ends behind the end of the file");
        }
    }

    #[test]
    fn longer_page_headers_are_read_in_parts() {
        let statistics = [&[0x18, 0xa0, 0x9c, 1][..], &vec![1; 20_000], &[0]].concat();
        let data_page = [&[0x15, 2, 0x15, 0, 0x15, 0, 0x15, 0, 0x1c][..], &statistics, &[0]].concat();
        let header = [&[0x15, 0, 0x15, 16, 0x15, 16, 0x2c][..], &data_page, &[0]].concat();
        let pages = pages_of(header.clone());
        let mut read = Vec::new();
        pages.get_read(0).expect("a reader").read_to_end(&mut read).expect("the header is whole");
        assert_eq!(read, header);
        let mut cut = pages_of(header[..20_000].to_vec()).get_read(0).expect("nothing is read yet");
        assert!(cut.read(&mut [0]).is_err());
    }
}
