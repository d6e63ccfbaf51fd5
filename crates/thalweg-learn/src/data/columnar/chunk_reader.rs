//! Bytes with random access in the interface of the Parquet decoder.

use std::io::{BufReader, Read};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::data::input::{RandomAccess, RandomAccessReader};

impl Length for RandomAccess {
    fn len(&self) -> u64 {
        RandomAccess::len(self).unwrap_or(0)
    }
}

impl ChunkReader for RandomAccess {
    type T = BufReader<RandomAccessReader>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(self.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let found = RandomAccess::len(self)?.saturating_sub(start);
        if length as u64 > found {
            return Err(ParquetError::EOF(format!("expected {length} bytes at offset {start}, found {found}")));
        }
        self.read_bytes(start, length)
    }
}

impl RandomAccess {
    /// Reads `length` bytes, which must be there.
    pub(super) fn read_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length];
        self.reader(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}
