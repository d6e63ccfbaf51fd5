//! Bytes that are read at any offset, by any number of readers at the same time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::positioned_read::read_file_at;
use super::stream_copy::StreamCopy;

/// Bytes in memory, in an open file, or of a stream that is being received, shared by all readers.
#[derive(Clone, Debug)]
pub(in crate::data) enum RandomAccess {
    Memory(Arc<Vec<u8>>),
    File(Arc<OpenFile>),
    Stream(Arc<StreamCopy>),
}

/// Open file, and the number of bytes that have been read of it.
#[derive(Debug)]
pub(in crate::data) struct OpenFile {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl RandomAccess {
    /// Bytes of an open file; the number of those that are read is added to `bytes_read`.
    pub(super) fn of_file(file: File, bytes_read: &Arc<AtomicU64>) -> Self {
        Self::File(Arc::new(OpenFile { file, bytes_read: Arc::clone(bytes_read) }))
    }

    /// Number of bytes; waits for the end of a stream.
    pub(in crate::data) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => Ok(bytes.len() as u64),
            Self::File(open) => Ok(open.file.metadata()?.len()),
            Self::Stream(copy) => copy.len(),
        }
    }

    /// Returns a reader that starts at an offset.
    pub(in crate::data) fn reader(&self, offset: u64) -> RandomAccessReader {
        RandomAccessReader { bytes: self.clone(), offset }
    }

    /// Reads some of the bytes from an offset on; returns their number, 0 at the end.
    pub(in crate::data) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
                let count = buffer.len().min(rest.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
            Self::File(open) => {
                let count = read_file_at(&open.file, buffer, offset)?;
                open.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Self::Stream(copy) => copy.read_at(buffer, offset),
        }
    }
}

/// Reader with an offset of its own.
#[derive(Debug)]
pub(in crate::data) struct RandomAccessReader {
    bytes: RandomAccess,
    offset: u64,
}

impl Read for RandomAccessReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl Seek for RandomAccessReader {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let offset = match position {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(difference) => self.bytes.len()?.checked_add_signed(difference),
            SeekFrom::Current(difference) => self.offset.checked_add_signed(difference),
        };
        self.offset = offset.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn readers_of_the_same_bytes_do_not_move_one_another() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut file = tempfile::tempfile().expect("the temporary file is created");
        file.write_all(&bytes).expect("the file is written");
        let bytes_read = Arc::default();
        for access in [RandomAccess::Memory(Arc::new(bytes.clone())), RandomAccess::of_file(file, &bytes_read)] {
            assert_eq!(access.len().expect("the length is known"), 256);
            let (mut first, mut second) = (access.reader(0), access.reader(250));
            let mut two = [0; 2];
            for i in 0..3 {
                first.read_exact(&mut two).expect("the bytes exist");
                assert_eq!(two, bytes[2 * i..2 * i + 2]);
                second.read_exact(&mut two).expect("the bytes exist");
                assert_eq!(two, bytes[250 + 2 * i..252 + 2 * i]);
            }
            assert_eq!(second.read(&mut two).expect("the end is no error"), 0);
            assert_eq!(second.seek(SeekFrom::End(-1)).expect("the offset exists"), 255);
            assert_eq!(first.seek(SeekFrom::Current(4)).expect("the offset exists"), 10);
            assert!(first.seek(SeekFrom::Current(-11)).is_err());
            assert_eq!(access.reader(1000).read(&mut two).expect("an offset after the end is no error"), 0);
        }
        assert_eq!(bytes_read.load(Ordering::Relaxed), 12);
    }
}
