//! Where the bytes of a stream are kept while they are read.

use std::io::{self, Read};
use std::sync::Arc;

use super::compression::{MAX_WINDOW_LOG, max_window_log};
use super::random_access::RandomAccess;
use super::stream_copy::StreamCopy;

/// Storage for the bytes of a stream, which come only once but are read several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamBuffer {
    /// Keep all bytes in memory.
    Memory,
    /// Copy all bytes to a temporary file without a name, which the system removes with the process.
    TempFile {
        /// Limit on the memory of the process, of which decompressors take their share.
        max_memory: usize,
    },
}

impl StreamBuffer {
    /// Storage under a limit on the memory, if there is one.
    pub(crate) fn within(max_memory: Option<usize>) -> Self {
        max_memory.map_or(StreamBuffer::Memory, |max_memory| StreamBuffer::TempFile { max_memory })
    }

    /// Largest logarithm of the window of a decompressor.
    pub(super) fn max_window_log(self) -> u32 {
        match self {
            StreamBuffer::Memory => MAX_WINDOW_LOG,
            StreamBuffer::TempFile { max_memory } => max_window_log(max_memory),
        }
    }

    /// Starts to receive a stream.
    pub(super) fn receive(self, stream: impl Read + Send + 'static) -> io::Result<RandomAccess> {
        let file = match self {
            StreamBuffer::Memory => None,
            StreamBuffer::TempFile { .. } => Some(tempfile::tempfile()?),
        };
        StreamCopy::start(stream, file).map(RandomAccess::Stream)
    }

    /// Reads a stream to its end.
    pub(super) fn fill(self, stream: &mut impl Read) -> io::Result<RandomAccess> {
        match self {
            StreamBuffer::Memory => {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes)?;
                Ok(RandomAccess::Memory(Arc::new(bytes)))
            }
            StreamBuffer::TempFile { .. } => {
                let mut file = tempfile::tempfile()?;
                io::copy(stream, &mut file)?;
                Ok(RandomAccess::of_file(file, &Arc::default()))
            }
        }
    }
}
