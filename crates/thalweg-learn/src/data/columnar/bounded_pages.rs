//! Pages of Parquet files that are unpacked and checked before the decoder allocates what their bytes claim.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::{CompressionCodec, Encoding};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::delta::{check_delta, check_delta_lengths};
use super::pages::CheckedPages;

/// Size of the buffer of a Brotli decoder in bytes.
const BROTLI_BUFFER_BYTES: usize = 1 << 12;

/// Consecutive groups of rows of a file.
pub(super) struct BoundedRowGroups {
    pub(super) pages: Arc<CheckedPages>,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) groups: Range<usize>,
}

impl RowGroups for BoundedRowGroups {
    fn num_rows(&self) -> usize {
        let rows = self.row_groups().map(|group| usize::try_from(group.num_rows()).unwrap_or(0));
        rows.fold(0, usize::saturating_add)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let (pages, metadata) = (Arc::clone(&self.pages), Arc::clone(&self.metadata));
        Ok(Box::new(ColumnChunks { pages, metadata, column, groups: self.groups.clone() }))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.metadata.row_groups()[self.groups.clone()].iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// Readers of a column, one for each group of rows.
struct ColumnChunks {
    pages: Arc<CheckedPages>,
    metadata: Arc<ParquetMetaData>,
    column: usize,
    /// Groups that have not been opened.
    groups: Range<usize>,
}

impl Iterator for ColumnChunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let group = self.metadata.row_group(self.groups.next()?);
        Some(BoundedPageReader::open(&self.pages, group, self.column).map(|reader| Box::new(reader) as _))
    }
}

impl PageIterator for ColumnChunks {}

/// Reader of the pages of a column in a group of rows.
struct BoundedPageReader {
    reader: SerializedPageReader<CheckedPages>,
    /// Compression that is removed here, since the decoder of the crate removes it without a limit.
    codec: Option<UnboundedCodec>,
    pages: Arc<CheckedPages>,
    has_repetition_levels: bool,
    has_definition_levels: bool,
}

/// Compression whose size when unpacked is only known afterwards.
#[derive(Clone, Copy, Debug)]
enum UnboundedCodec {
    Gzip,
    Brotli,
}

impl BoundedPageReader {
    fn open(pages: &Arc<CheckedPages>, group: &RowGroupMetaData, column: usize) -> Result<BoundedPageReader> {
        let chunk = group.column(column);
        let codec = match chunk.compression_codec() {
            CompressionCodec::GZIP => Some(UnboundedCodec::Gzip),
            CompressionCodec::BROTLI => Some(UnboundedCodec::Brotli),
            _ => None,
        };
        let rows = usize::try_from(group.num_rows())?;
        let as_stored;
        let metadata = if codec.is_some() {
            as_stored = chunk.clone().into_builder().set_compression_codec(CompressionCodec::UNCOMPRESSED).build()?;
            &as_stored
        } else {
            chunk
        };
        let levels = chunk.column_descr();
        Ok(BoundedPageReader {
            reader: SerializedPageReader::new(Arc::clone(pages), metadata, rows, None)?,
            codec,
            pages: Arc::clone(pages),
            has_repetition_levels: levels.max_rep_level() > 0,
            has_definition_levels: levels.max_def_level() > 0,
        })
    }

    /// Unpacks the bytes of a page after its levels, and checks what they claim.
    fn bounded(&self, mut page: Page) -> Result<Page> {
        if let Some(codec) = self.codec {
            match &mut page {
                Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.unpack(codec, buf, 0)?,
                Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed: true, .. } => {
                    *buf = self.unpack(codec, buf, *def_levels_byte_len as usize + *rep_levels_byte_len as usize)?;
                }
                Page::DataPageV2 { .. } => {}
            }
        }
        self.check_values(&page)?;
        Ok(page)
    }

    /// Unpacks the bytes from `start` on.
    fn unpack(&self, codec: UnboundedCodec, bytes: &Bytes, start: usize) -> Result<Bytes> {
        let damaged = || ParquetError::General("the levels of a page are longer than the page".to_string());
        let (levels, packed) = bytes.split_at_checked(start).ok_or_else(damaged)?;
        // A page without values has nothing to unpack.
        if packed.is_empty() {
            return Ok(bytes.clone());
        }
        let most = self.pages.most_unpacked(packed.len() as u64);
        let mut unpacked = levels.to_vec();
        match codec {
            UnboundedCodec::Gzip => {
                flate2::bufread::MultiGzDecoder::new(packed).take(most + 1).read_to_end(&mut unpacked)?
            }
            UnboundedCodec::Brotli => {
                brotli::Decompressor::new(packed, BROTLI_BUFFER_BYTES).take(most + 1).read_to_end(&mut unpacked)?
            }
        };
        if (unpacked.len() - start) as u64 > most {
            return Err(ParquetError::General(format!("a page of {} bytes unpacks to more than {most}", packed.len())));
        }
        Ok(unpacked.into())
    }

    /// Checks the number of values that the bytes of a page claim.
    fn check_values(&self, page: &Page) -> Result<()> {
        let check = match page.encoding() {
            Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => check_delta,
            Encoding::DELTA_BYTE_ARRAY => check_delta_lengths,
            _ => return Ok(()),
        };
        let buffer = page.buffer();
        let start = match page {
            Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
                *def_levels_byte_len as usize + *rep_levels_byte_len as usize
            }
            Page::DataPage { .. } => {
                let mut start = 0;
                for _ in 0..usize::from(self.has_repetition_levels) + usize::from(self.has_definition_levels) {
                    // Levels begin with their length. Those of an older encoding have none, but no file has both it
                    // and deltas.
                    let length = buffer.get(start..).and_then(|rest| rest.first_chunk());
                    start += length.map_or(buffer.len(), |&length| 4 + u32::from_le_bytes(length) as usize);
                }
                start
            }
            Page::DictionaryPage { .. } => 0,
        };
        check(buffer.get(start..).unwrap_or_default()).map_err(ParquetError::General)
    }
}

impl Iterator for BoundedPageReader {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for BoundedPageReader {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.reader.get_next_page()?;
        page.map(|page| self.bounded(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.reader.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.reader.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.reader.at_record_boundary()
    }
}
