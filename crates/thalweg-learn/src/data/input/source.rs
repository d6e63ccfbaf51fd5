//! Input files, and copies of streams, which can be read several times.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::archive::{is_zip, open_member};
use super::compression::{MAGIC_BYTES, MAX_WINDOW_LOG, decompressed, is_compressed, is_large_window};
use super::file_kind::FileKind;
use super::files::Files;
use super::random_access::RandomAccess;
use super::stream_buffer::StreamBuffer;
use super::stream_copy::StreamCopy;
use super::text_encoding::TextEncoding;
use super::utf32::Utf32Reader;
use crate::error::{Error, Result, SizeLimit};
use crate::file_identity::FileIdentity;

/// File, stream, or bytes in memory, that can be opened any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    path: PathBuf,
    storage: Storage,
    /// Identity of the stream; `None` for a file or bytes.
    stream: Option<FileIdentity>,
    /// Labels of images that were opened by their path, shared by the inputs of a set.
    labels: Arc<OnceLock<Input>>,
    encoding: Option<TextEncoding>,
    /// Largest logarithm of the window of a decompressor.
    max_window_log: u32,
    /// Number of stored bytes that have been read of a file.
    bytes_read: Arc<AtomicU64>,
}

/// Location of the bytes of an input.
#[derive(Clone, Debug)]
enum Storage {
    /// The file at the input's path.
    File,
    /// Copy of a stream, or bytes in memory.
    Copy(RandomAccess),
}

/// When a stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StreamReading {
    /// To its end, before anything else.
    AtOnce,
    /// While its rows are used.
    AsItArrives,
}

/// Returns `true` if a file with these first bytes is neither compressed nor an archive.
fn is_text(first: &[u8]) -> bool {
    !is_zip(first) && !is_compressed(first)
}

/// Number of bytes by which an archive is detected.
const ARCHIVE_BYTES: usize = 4;

/// Bytes of a typical row, for a rough estimate of the number of rows.
const BYTES_PER_ROW: u64 = 64;

/// Returns a rough estimate of the number of rows of files, which decides whether threads are started for them.
pub(crate) fn estimated_rows(inputs: &[Input]) -> usize {
    if inputs.iter().any(Input::is_arriving) {
        return usize::MAX;
    }
    let bytes = inputs.iter().map(Input::stored_bytes).fold(0, u64::saturating_add);
    usize::try_from(bytes / BYTES_PER_ROW).unwrap_or(usize::MAX)
}

impl Input {
    /// Opens a path; `-` is standard input. A stream is read to its end.
    ///
    /// # Errors
    /// A file that does not exist or cannot be read; a folder or a device.
    pub(crate) fn new(path: &Path, buffer: StreamBuffer) -> Result<Input> {
        Input::open_kind(path, FileKind::of(path)?, buffer, StreamReading::AtOnce)
    }

    fn open_kind(path: &Path, kind: FileKind, buffer: StreamBuffer, reading: StreamReading) -> Result<Input> {
        let FileKind::Stream(stream) = kind else { return Ok(Input::at(path, Storage::File, None)) };
        let is_stdin = path == Path::new("-");
        let path = if is_stdin { Path::new("<stdin>") } else { path };
        let copy = match reading {
            StreamReading::AtOnce if is_stdin => buffer.fill(&mut io::stdin().lock()),
            StreamReading::AtOnce => File::open(path).and_then(|mut file| buffer.fill(&mut file)),
            StreamReading::AsItArrives if is_stdin => buffer.receive(io::stdin()),
            StreamReading::AsItArrives => File::open(path).and_then(|file| buffer.receive(file)),
        };
        let copy = copy.map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        Ok(Input::at(path, Storage::Copy(copy), Some(stream)))
    }

    fn at(path: &Path, storage: Storage, stream: Option<FileIdentity>) -> Input {
        Input {
            path: path.to_path_buf(),
            storage,
            stream,
            labels: Arc::default(),
            encoding: None,
            max_window_log: MAX_WINDOW_LOG,
            bytes_read: Arc::default(),
        }
    }

    /// Opens all files of a set.
    ///
    /// # Errors
    /// As [`Input::new`]; a stream that is given twice.
    pub(crate) fn all(files: &Files, buffer: StreamBuffer) -> Result<Vec<Input>> {
        Input::open_all(files, buffer, StreamReading::AtOnce)
    }

    /// Opens all files of a set, whose streams are received while their rows are read.
    ///
    /// # Errors
    /// As [`Input::all`]; later, those of reading a stream.
    pub(crate) fn all_as_they_arrive(files: &Files, buffer: StreamBuffer) -> Result<Vec<Input>> {
        Input::open_all(files, buffer, StreamReading::AsItArrives)
    }

    fn open_all(files: &Files, buffer: StreamBuffer, reading: StreamReading) -> Result<Vec<Input>> {
        let paths = files.expand()?;
        let kinds = paths.iter().map(|path| FileKind::of(path)).collect::<Result<Vec<_>>>()?;
        let mut streams = HashSet::new();
        for (path, kind) in paths.iter().zip(&kinds) {
            if let FileKind::Stream(stream) = kind
                && !streams.insert(stream)
            {
                return Err(Error::RepeatedStream { path: path.clone() });
            }
        }
        let labels = Arc::default();
        let open = |(path, kind): (&PathBuf, FileKind)| {
            let input = Input::open_kind(path, kind, buffer, reading)?;
            Ok(Input { labels: Arc::clone(&labels), max_window_log: buffer.max_window_log(), ..input })
        };
        paths.iter().zip(kinds).map(open).collect()
    }

    /// Opens the label file of images the first time, and returns it again later.
    ///
    /// # Errors
    /// As [`Input::new`]; the stream of the images.
    pub(in crate::data) fn labels(&self, path: &Path) -> Result<Input> {
        if let Some(labels) = self.labels.get() {
            return Ok(labels.clone());
        }
        let kind = FileKind::of(path)?;
        if matches!(&kind, FileKind::Stream(stream) if self.stream.as_ref() == Some(stream)) {
            return Err(Error::RepeatedStream { path: path.to_path_buf() });
        }
        let labels = Input::open_kind(path, kind, StreamBuffer::Memory, StreamReading::AtOnce)?;
        Ok(self.labels.get_or_init(|| labels).clone())
    }

    /// Input of bytes in memory; `path` is used in messages only.
    pub(crate) fn from_bytes(path: &Path, bytes: Vec<u8>) -> Input {
        Input::at(path, Storage::Copy(RandomAccess::Memory(Arc::new(bytes))), None)
    }

    /// Sets the text encoding by its WHATWG label; `None` is UTF-8.
    ///
    /// # Errors
    /// An unknown label.
    pub(crate) fn with_encoding(self, label: Option<&str>) -> Result<Input> {
        let Some(label) = label else { return Ok(self) };
        // A few of the about two hundred WHATWG labels.
        let known =
            || ["utf-8", "latin1", "windows-1252", "utf-16le", "utf-32le", "shift_jis", "…"].map(String::from).to_vec();
        let unknown = || thalweg::Error::Unknown { what: "encoding".into(), name: label.into(), known: known() };
        let encoding = TextEncoding::for_label(label).ok_or_else(unknown)?;
        let is_utf8 = matches!(encoding, TextEncoding::Known(known) if known == encoding_rs::UTF_8);
        Ok(Input { encoding: (!is_utf8).then_some(encoding), ..self })
    }

    /// Returns `true` if the text has no other encoding than UTF-8.
    pub(in crate::data) fn is_utf8(&self) -> bool {
        self.encoding.is_none()
    }

    /// Returns the stored bytes for reading at any offset; they are not decompressed.
    pub(in crate::data) fn random_access(&self) -> Result<RandomAccess> {
        match &self.storage {
            Storage::File => match File::open(&self.path) {
                Ok(file) => Ok(RandomAccess::of_file(file, &self.bytes_read)),
                Err(source) => Err(Error::Io { path: self.path.clone(), source }),
            },
            Storage::Copy(copy) => Ok(copy.clone()),
        }
    }

    /// Number of stored bytes that have been read of a file, by all clones of the input; 0 for a stream or bytes.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Number of stored bytes, or the largest number if it is not known; of a stream, those that have arrived.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let bytes = match &self.storage {
            Storage::File => std::fs::metadata(&self.path).map(|metadata| metadata.len()),
            Storage::Copy(RandomAccess::Stream(copy)) => Ok(copy.arrived_len()),
            Storage::Copy(copy) => copy.len(),
        };
        bytes.unwrap_or(u64::MAX)
    }

    /// Returns `true` for a stream that is received while its rows are read.
    pub(crate) fn is_arriving(&self) -> bool {
        matches!(self.storage, Storage::Copy(RandomAccess::Stream(_)))
    }

    /// Waits for the first `most` bytes of a stream that is being received, unless it ends before, or pauses after
    /// enough of a text.
    pub(in crate::data) fn wait_for_head(&self, most: usize, is_enough: impl Fn(&[u8]) -> bool) -> Result<()> {
        let Storage::Copy(RandomAccess::Stream(copy)) = &self.storage else { return Ok(()) };
        let waited = copy.wait_for_head(most, |first| !is_text(first) || is_enough(first));
        waited.map_err(|source| self.read_error(source))
    }

    /// Returns the stream that is being received, if its bytes are those of the text.
    pub(in crate::data) fn arriving_text(&self) -> Result<Option<Arc<StreamCopy>>> {
        let Storage::Copy(RandomAccess::Stream(copy)) = &self.storage else { return Ok(None) };
        let first = copy.first(MAGIC_BYTES).map_err(|source| self.read_error(source))?;
        Ok((self.is_utf8() && is_text(&first)).then(|| Arc::clone(copy)))
    }

    /// Path of the file for messages; `<stdin>` for standard input.
    pub(crate) fn display_path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Converts an error of reading: one without an error code of the system comes from the decompressor.
    pub(crate) fn read_error(&self, source: io::Error) -> Error {
        let path = self.path.clone();
        if source.raw_os_error().is_some() {
            Error::Io { path, source }
        } else if is_large_window(&source) {
            Error::TooLarge { path, limit: SizeLimit::Window { limit_mib: (1 << self.max_window_log) >> 20 } }
        } else {
            Error::Decompress { path, source }
        }
    }

    /// Opens the bytes from the beginning, decompressed and, if an encoding is set, converted to UTF-8.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>> {
        if self.arriving_text()?.is_some() {
            return Ok(Box::new(self.random_access()?.reader(0)));
        }
        let (access, failed) = (self.random_access()?, |source| self.read_error(source));
        let mut first = [0; ARCHIVE_BYTES];
        let count = access.read_at(&mut first, 0).map_err(failed)?;
        let raw: Box<dyn Read + Send> =
            if is_zip(&first[..count]) { open_member(&self.path, &access)? } else { Box::new(access.reader(0)) };
        let bytes = decompressed(raw, self.max_window_log).map_err(failed)?;
        Ok(match self.encoding {
            None => bytes,
            Some(TextEncoding::Known(encoding)) => {
                Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes))
            }
            Some(TextEncoding::Utf32(order)) => Box::new(Utf32Reader::new(bytes, order)),
        })
    }
}
