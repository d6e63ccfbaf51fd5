//! Arrow IPC: messages one after another, each a head and a body.
//!
//! The messages are taken apart here and decoded by `arrow-ipc`, so that no length that a file claims is believed before
//! it is checked against the length that the file has. A file with a footer is read like a stream: the footer repeats
//! what stands before it, and only says where the messages end.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{Message, MessageHeader, root_as_message};
use arrow_schema::SchemaRef;

use super::{Batches, Decoded, Format};

/// Bytes that say that a message follows, since version 0.15; before, its length stood there.
const MARK: u32 = u32::MAX;

/// What a buffer may unpack into whatever its length: a page of Parquet can be as large.
const UNPACKED: u64 = 1 << 31;

/// How many times its length a larger buffer may unpack into.
const RATIO: u64 = 1000;

/// The columns.
pub(super) fn schema(path: &Path, format: Format) -> Decoded<SchemaRef> {
    Messages::open(path, format)?.schema()
}

/// The rows of all batches, by their heads.
#[cfg(test)]
pub(super) fn rows(path: &Path, format: Format) -> Decoded<u64> {
    let mut messages = Messages::open(path, format)?;
    let mut rows = 0_u64;
    while let Some(head) = messages.head()? {
        let message = parsed(&head)?;
        if let Some(batch) = message.header_as_record_batch() {
            rows = rows.saturating_add(u64::try_from(batch.length()).map_err(text)?);
        }
        messages.skip(&message)?;
    }
    Ok(rows)
}

/// The `read` columns (ascending) in the batches of the file.
pub(super) fn batches(path: &Path, format: Format, read: &[usize]) -> Decoded<Batches> {
    let mut messages = Messages::open(path, format)?;
    let schema = messages.schema()?;
    let mut decoder = Decoder { messages, schema, dictionaries: HashMap::new(), read: read.to_vec() };
    Ok(Box::new(std::iter::from_fn(move || decoder.batch().transpose())))
}

/// The messages of a file.
struct Messages {
    file: BufReader<File>,
    /// Bytes up to the end of the messages.
    left: u64,
}

impl Messages {
    fn open(path: &Path, format: Format) -> Decoded<Messages> {
        let mut file = BufReader::new(File::open(path).map_err(text)?);
        let length = file.seek(SeekFrom::End(0)).map_err(text)?;
        file.rewind().map_err(text)?;
        if format != Format::ArrowFile {
            return Ok(Messages { file, left: length });
        }
        // Before: "ARROW1" and two bytes; behind: the footer, its length, "ARROW1".
        let tail = "it ends before its footer does";
        file.seek(SeekFrom::Start(length.checked_sub(10).ok_or(tail)?)).map_err(text)?;
        let mut end = [0; 10];
        file.read_exact(&mut end).map_err(text)?;
        let [a, b, c, d, b'A', b'R', b'R', b'O', b'W', b'1'] = end else { return Err(tail.to_string()) };
        let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
        let left = length.checked_sub(10 + 8).and_then(|left| left.checked_sub(footer)).ok_or(tail)?;
        file.seek(SeekFrom::Start(8)).map_err(text)?;
        let mut messages = Messages { file, left };
        messages.pad()?;
        Ok(messages)
    }

    /// Some writers put zeros behind the first eight bytes, so that the messages begin with a cache line.
    fn pad(&mut self) -> Decoded<()> {
        while self.left >= 8 && self.file.fill_buf().map_err(text)?.starts_with(&[0; 8]) {
            self.take(8)?;
        }
        Ok(())
    }

    /// The first message.
    fn schema(&mut self) -> Decoded<SchemaRef> {
        let none = "it has no schema";
        let head = self.head()?.ok_or(none)?;
        let message = parsed(&head)?;
        let schema = try_fb_to_schema(message.header_as_schema().ok_or(none)?).map_err(text)?;
        self.skip(&message)?;
        Ok(Arc::new(schema))
    }

    /// The head of the next message, if there is one more.
    fn head(&mut self) -> Decoded<Option<Vec<u8>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut length = self.number()?;
        if length == MARK {
            length = self.number()?;
        }
        if length == 0 { Ok(None) } else { self.take(length.into()).map(Some) }
    }

    fn number(&mut self) -> Decoded<u32> {
        let bytes = self.take(4)?;
        bytes.first_chunk().map(|&bytes| u32::from_le_bytes(bytes)).ok_or_else(|| CUT.to_string())
    }

    /// The next bytes, as many as asked for.
    fn take(&mut self, length: u64) -> Decoded<Vec<u8>> {
        self.left = self.left.checked_sub(length).ok_or(CUT)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(text)?];
        self.file.read_exact(&mut bytes).map_err(text)?;
        Ok(bytes)
    }

    fn body(&mut self, message: &Message<'_>) -> Decoded<Buffer> {
        Ok(Buffer::from_vec(self.take(u64::try_from(message.bodyLength()).map_err(text)?)?))
    }

    fn skip(&mut self, message: &Message<'_>) -> Decoded<()> {
        let length = message.bodyLength();
        self.left = u64::try_from(length).ok().and_then(|length| self.left.checked_sub(length)).ok_or(CUT)?;
        self.file.seek_relative(length).map_err(text)
    }
}

const CUT: &str = "it ends within a message";

fn parsed(head: &[u8]) -> Decoded<Message<'_>> {
    root_as_message(head).map_err(|error| format!("the head of a message is damaged: {error}"))
}

/// What decodes messages into batches.
struct Decoder {
    messages: Messages,
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
    read: Vec<usize>,
}

impl Decoder {
    fn batch(&mut self) -> Decoded<Option<RecordBatch>> {
        while let Some(head) = self.messages.head()? {
            let message = parsed(&head)?;
            let body = self.messages.body(&message)?;
            match message.header_type() {
                MessageHeader::DictionaryBatch => self.dictionary(&message, &body)?,
                MessageHeader::RecordBatch => return self.rows(&message, &body).map(Some),
                other => return Err(format!("a batch must follow the schema, but there is {other:?}")),
            }
        }
        Ok(None)
    }

    fn dictionary(&mut self, message: &Message<'_>, body: &Buffer) -> Decoded<()> {
        let batch = message.header_as_dictionary_batch().ok_or("a dictionary has no head")?;
        if let Some(data) = batch.data() {
            check(data, body)?;
        }
        read_dictionary(body, batch, &self.schema, &mut self.dictionaries, &message.version()).map_err(text)
    }

    fn rows(&self, message: &Message<'_>, body: &Buffer) -> Decoded<RecordBatch> {
        let batch = message.header_as_record_batch().ok_or("a batch has no head")?;
        check(batch, body)?;
        let schema = Arc::clone(&self.schema);
        RecordBatchDecoder::try_new(body, batch, schema, &self.dictionaries, &message.version())
            .and_then(|decoder| decoder.with_projection(Some(&self.read)).read_record_batch())
            .map_err(text)
    }
}

/// Refuses a batch with a buffer that lies outside of its body, where the decoder would panic, or that claims to unpack
/// into far more than it can: the decoder would ask the system for that much memory at once.
fn check(batch: arrow_ipc::RecordBatch<'_>, body: &Buffer) -> Decoded<()> {
    if batch.length() < 0 {
        return Err("a batch has less than no rows".to_string());
    }
    for buffer in batch.buffers().iter().flatten() {
        let (start, length) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
        let bytes = start.ok().zip(length.ok()).and_then(|(start, length)| body.get(start..)?.get(..length));
        let bytes = bytes.ok_or("a buffer lies outside of its batch")?;
        let Some(&claim) = bytes.first_chunk().filter(|_| batch.compression().is_some()) else { continue };
        // A claim of −1 says that the bytes are not compressed.
        let claim = u64::try_from(i64::from_le_bytes(claim)).unwrap_or(0);
        if claim > UNPACKED.max((bytes.len() as u64).saturating_mul(RATIO)) {
            return Err(format!("a buffer claims to unpack into {claim} bytes"));
        }
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
