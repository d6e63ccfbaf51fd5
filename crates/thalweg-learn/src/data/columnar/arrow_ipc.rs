//! Decoding of Arrow IPC files and streams: sequences of messages, each a header and a body.
//!
//! The framing of messages is parsed here and their content decoded by `arrow-ipc`, so that every length that a file
//! claims is checked against the length of the file first. A file with a footer is read like a stream from the first
//! batch on: the footer has the schema, which some writers repeat at the beginning in another form, and tells where the
//! batches begin and end.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{CompressionType, Footer, Message, MessageHeader, root_as_footer, root_as_message};
use arrow_schema::SchemaRef;

use super::format::{ColumnarFormat, Decoded, RecordBatches};
use crate::data::input::{RandomAccess, RandomAccessReader};

/// Marker before the length of a message since version 0.15; older files begin with the length.
const CONTINUATION: u32 = u32::MAX;

/// Size in bytes to which the buffers of a batch may decompress, whatever their ratio.
const MAX_DECOMPRESSED_BYTES: u64 = 1 << 28;

/// Maximum compression ratio of batches larger than that.
const MAX_COMPRESSION_RATIO: u64 = 1 << 10;

/// Maximum compression ratio of any buffer in LZ4, in which a byte stands for 255 at most.
const MAX_LZ4_RATIO: u64 = 255;

/// Reads the schema, the first message.
pub(super) fn schema(bytes: &RandomAccess, format: ColumnarFormat) -> Decoded<SchemaRef> {
    Messages::open(bytes, format)?.schema()
}

/// Returns the number of rows that the header of each batch claims.
pub(super) fn group_rows(bytes: &RandomAccess, format: ColumnarFormat) -> Decoded<Vec<u64>> {
    let mut messages = Messages::open(bytes, format)?;
    messages.schema()?;
    let mut rows = Vec::new();
    while let Some(header) = messages.header()? {
        let message = parse_header(&header)?;
        if let Some(batch) = message.header_as_record_batch() {
            rows.push(row_count(batch)?);
        }
        messages.skip(&message)?;
    }
    Ok(rows)
}

/// Returns the number of rows that the header of a batch claims.
fn row_count(batch: arrow_ipc::RecordBatch<'_>) -> Decoded<u64> {
    u64::try_from(batch.length()).map_err(|_| "a batch has a negative number of rows".to_string())
}

/// Decodes the given columns, in ascending order, in the batches of the file: of all rows or a range of them. Bodies of
/// batches without rows of the range are not read.
pub(super) fn batches(
    bytes: &RandomAccess,
    format: ColumnarFormat,
    columns: &[usize],
    rows: Option<Range<u64>>,
) -> Decoded<RecordBatches> {
    let mut messages = Messages::open(bytes, format)?;
    let schema = messages.schema()?;
    let (dictionaries, columns, rows) = (HashMap::new(), columns.to_vec(), rows.unwrap_or(0..u64::MAX));
    let mut decoder = BatchDecoder { messages, schema, dictionaries, columns, rows, next_row: 0 };
    Ok(Box::new(std::iter::from_fn(move || decoder.batch().transpose())))
}

/// Reader of the messages of a file.
struct Messages {
    file: BufReader<RandomAccessReader>,
    /// Number of bytes up to the end of the messages.
    remaining: u64,
    /// Schema in the footer of a file; that of a stream is its first message.
    schema: Option<SchemaRef>,
}

impl Messages {
    fn open(bytes: &RandomAccess, format: ColumnarFormat) -> Decoded<Messages> {
        let mut file = BufReader::new(bytes.reader(0));
        let length = file.seek(SeekFrom::End(0)).map_err(to_string)?;
        file.rewind().map_err(to_string)?;
        if format != ColumnarFormat::ArrowFile {
            return Ok(Messages { file, remaining: length, schema: None });
        }
        // The file begins with "ARROW1" and two bytes, and ends with the footer, its length and "ARROW1".
        let truncated = "the file ends before its footer does";
        file.seek(SeekFrom::Start(length.checked_sub(10).ok_or(truncated)?)).map_err(to_string)?;
        let mut end = [0; 10];
        file.read_exact(&mut end).map_err(to_string)?;
        let [a, b, c, d, b'A', b'R', b'R', b'O', b'W', b'1'] = end else { return Err(truncated.to_string()) };
        let footer_length = u64::from(u32::from_le_bytes([a, b, c, d]));
        let end = length.checked_sub(10).and_then(|end| end.checked_sub(footer_length)).ok_or(truncated)?;
        if end < 8 {
            return Err(truncated.to_string());
        }
        file.seek(SeekFrom::Start(end)).map_err(to_string)?;
        let mut footer = vec![0; usize::try_from(footer_length).map_err(to_string)?];
        file.read_exact(&mut footer).map_err(to_string)?;
        let footer = root_as_footer(&footer).map_err(|error| format!("the footer is damaged: {error}"))?;
        let schema = try_fb_to_schema(footer.schema().ok_or("the file has no schema")?).map_err(to_string)?;
        let start = first_batch(&footer).unwrap_or(end);
        let remaining = end.checked_sub(start).filter(|_| start >= 8).ok_or(OUTSIDE)?;
        file.seek(SeekFrom::Start(start)).map_err(to_string)?;
        Ok(Messages { file, remaining, schema: Some(Arc::new(schema)) })
    }

    /// Returns the schema; that of a stream is its first message.
    fn schema(&mut self) -> Decoded<SchemaRef> {
        if let Some(schema) = &self.schema {
            return Ok(Arc::clone(schema));
        }
        let none = "the file has no schema";
        let header = self.header()?.ok_or(none)?;
        let message = parse_header(&header)?;
        let schema = try_fb_to_schema(message.header_as_schema().ok_or(none)?).map_err(to_string)?;
        self.skip(&message)?;
        Ok(Arc::new(schema))
    }

    /// Reads the header of the next message; `None` at the end.
    fn header(&mut self) -> Decoded<Option<Vec<u8>>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let mut length = self.read_u32()?;
        if length == CONTINUATION {
            length = self.read_u32()?;
        }
        if length == 0 { Ok(None) } else { self.take(length.into()).map(Some) }
    }

    fn read_u32(&mut self) -> Decoded<u32> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes(*bytes.first_chunk().expect("four bytes were read")))
    }

    /// Reads the next `length` bytes.
    fn take(&mut self, length: u64) -> Decoded<Vec<u8>> {
        self.remaining = self.remaining.checked_sub(length).ok_or(TRUNCATED)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(to_string)?];
        self.file.read_exact(&mut bytes).map_err(to_string)?;
        Ok(bytes)
    }

    fn body(&mut self, message: &Message<'_>) -> Decoded<Buffer> {
        Ok(Buffer::from_vec(self.take(u64::try_from(message.bodyLength()).map_err(to_string)?)?))
    }

    fn skip(&mut self, message: &Message<'_>) -> Decoded<()> {
        let length = message.bodyLength();
        self.remaining =
            u64::try_from(length).ok().and_then(|length| self.remaining.checked_sub(length)).ok_or(TRUNCATED)?;
        self.file.seek_relative(length).map_err(to_string)
    }
}

const TRUNCATED: &str = "the file ends within a message";

const OUTSIDE: &str = "a batch lies outside the file";

/// Returns the place of the first dictionary or batch; `None` if there is none.
fn first_batch(footer: &Footer<'_>) -> Option<u64> {
    let blocks = footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten();
    blocks.map(|block| u64::try_from(block.offset()).unwrap_or(u64::MAX)).min()
}

fn parse_header(header: &[u8]) -> Decoded<Message<'_>> {
    root_as_message(header).map_err(|error| format!("the header of a message is damaged: {error}"))
}

/// Decoder of messages into record batches.
struct BatchDecoder {
    messages: Messages,
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
    /// Columns to decode, in ascending order.
    columns: Vec<usize>,
    /// Rows of the file that are decoded.
    rows: Range<u64>,
    /// Number of the row that follows.
    next_row: u64,
}

impl BatchDecoder {
    fn batch(&mut self) -> Decoded<Option<RecordBatch>> {
        while self.next_row < self.rows.end
            && let Some(header) = self.messages.header()?
        {
            let message = parse_header(&header)?;
            match message.header_type() {
                MessageHeader::DictionaryBatch => {
                    let body = self.messages.body(&message)?;
                    self.dictionary(&message, &body)?;
                }
                MessageHeader::RecordBatch => {
                    let count = row_count(message.header_as_record_batch().ok_or("a batch has no header")?)?;
                    let start = self.next_row;
                    self.next_row = start.saturating_add(count);
                    let (first, end) = (start.max(self.rows.start), self.next_row.min(self.rows.end));
                    if first >= end {
                        self.messages.skip(&message)?;
                        continue;
                    }
                    let body = self.messages.body(&message)?;
                    let batch = self.rows(&message, &body)?;
                    return Ok(Some(batch.slice((first - start) as usize, (end - first) as usize)));
                }
                other => return Err(format!("expected a record batch after the schema, found {other:?}")),
            }
        }
        Ok(None)
    }

    fn dictionary(&mut self, message: &Message<'_>, body: &Buffer) -> Decoded<()> {
        let batch = message.header_as_dictionary_batch().ok_or("a dictionary has no header")?;
        if let Some(data) = batch.data() {
            check_buffers(data, body)?;
        }
        read_dictionary(body, batch, &self.schema, &mut self.dictionaries, &message.version()).map_err(to_string)
    }

    fn rows(&self, message: &Message<'_>, body: &Buffer) -> Decoded<RecordBatch> {
        let batch = message.header_as_record_batch().ok_or("a batch has no header")?;
        check_buffers(batch, body)?;
        let schema = Arc::clone(&self.schema);
        RecordBatchDecoder::try_new(body, batch, schema, &self.dictionaries, &message.version())
            .and_then(|decoder| decoder.with_projection(Some(&self.columns)).read_record_batch())
            .map_err(to_string)
    }
}

/// Checks that the buffers of a batch lie within its body, since the decoder would panic, and that none claims to
/// decompress to far more than it can, since the decoder would allocate that much memory at once.
fn check_buffers(batch: arrow_ipc::RecordBatch<'_>, body: &Buffer) -> Decoded<()> {
    row_count(batch)?;
    let is_lz4 = batch.compression().is_some_and(|compression| compression.codec() == CompressionType::LZ4_FRAME);
    let mut decompressed = 0_u64;
    for buffer in batch.buffers().iter().flatten() {
        let (start, length) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
        let bytes = start.ok().zip(length.ok()).and_then(|(start, length)| body.get(start..)?.get(..length));
        let bytes = bytes.ok_or("a buffer lies outside its batch")?;
        let Some(&claim) = bytes.first_chunk().filter(|_| batch.compression().is_some()) else { continue };
        // A claim of −1 means that the buffer is not compressed.
        let claim = u64::try_from(i64::from_le_bytes(claim)).unwrap_or(0);
        decompressed = decompressed.saturating_add(claim);
        let most = MAX_DECOMPRESSED_BYTES.max((body.len() as u64).saturating_mul(MAX_COMPRESSION_RATIO));
        if decompressed > most || (is_lz4 && claim > (bytes.len() as u64).saturating_mul(MAX_LZ4_RATIO)) {
            return Err(format!("a buffer of {} bytes claims to decompress to {claim} bytes", bytes.len()));
        }
    }
    Ok(())
}

fn to_string(error: impl std::fmt::Display) -> String {
    error.to_string()
}
