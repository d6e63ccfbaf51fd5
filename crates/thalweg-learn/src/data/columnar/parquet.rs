//! Decoding of Parquet files.

use std::ops::Range;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::Type;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::schema::types::SchemaDescriptor;

use super::bounded_pages::BoundedRowGroups;
use super::column_parts::{ColumnParts, MAX_PARTS};
use super::footer::check_footer;
use super::format::{Decoded, RecordBatches, reason};
use super::pages::CheckedPages;
use crate::data::input::RandomAccess;

/// Reads the schema from the footer.
pub(super) fn schema(bytes: &RandomAccess) -> Decoded<SchemaRef> {
    Ok(open(bytes)?.schema().clone())
}

/// Returns the number of rows that the footer claims for each group.
pub(super) fn group_rows(bytes: &RandomAccess) -> Decoded<Vec<u64>> {
    rows_of_groups(open(bytes)?.metadata())
}

fn rows_of_groups(metadata: &ParquetMetaData) -> Decoded<Vec<u64>> {
    let rows = metadata.row_groups().iter().map(|group| u64::try_from(group.num_rows()));
    rows.collect::<Result<_, _>>().map_err(|_| "a row group has a negative number of rows".to_string())
}

/// Decodes the given columns, in ascending order, in batches of at most `max_rows` rows: all rows or a range of them.
/// Of a group that the range cuts, the pages before its rows are skipped.
pub(super) fn batches(
    bytes: &RandomAccess,
    columns: &[usize],
    rows: Option<Range<u64>>,
    max_rows: usize,
) -> Decoded<RecordBatches> {
    let footer = open(bytes)?;
    let (groups, selection) = match rows {
        Some(rows) => {
            let (groups, skipped) = groups_of(&rows_of_groups(footer.metadata())?, &rows);
            let counts = [skipped, rows.end.saturating_sub(rows.start)].map(usize::try_from);
            let [Ok(skipped), Ok(count)] = counts else { return Err("it has too many rows".to_string()) };
            (groups, Some(RowSelection::from(vec![RowSelector::skip(skipped), RowSelector::select(count)])))
        }
        None => (0..footer.metadata().num_row_groups(), None),
    };
    if groups.is_empty() {
        return Ok(Box::new(std::iter::empty()));
    }
    let mask = |columns: &[usize]| ProjectionMask::roots(footer.parquet_schema(), columns.iter().copied());
    let all = mask(columns);
    let decoded = (0..footer.parquet_schema().num_columns()).filter(|&leaf| all.leaf_included(leaf)).count();
    let pages = CheckedPages::new(bytes, decoded).map_err(|error| error.to_string())?;
    let groups = BoundedRowGroups { pages: Arc::new(pages), metadata: Arc::clone(footer.metadata()), groups };
    let max_rows = max_rows.min(groups.num_rows());
    let reader = |columns: &[usize]| {
        let fields = Some(footer.schema().fields());
        let levels = parquet_to_arrow_field_levels(footer.parquet_schema(), mask(columns), fields).map_err(reason)?;
        let selection = selection.clone();
        ParquetRecordBatchReader::try_new_with_row_groups(&levels, &groups, max_rows, selection).map_err(reason)
    };
    let mut parts: Vec<&[usize]> = columns.chunks(columns.len().div_ceil(MAX_PARTS).max(1)).collect();
    if parts.is_empty() {
        // Without columns, the batches have the number of rows.
        parts.push(&[]);
    }
    let readers: Decoded<Vec<ParquetRecordBatchReader>> = parts.into_iter().map(reader).collect();
    Ok(Box::new(ColumnParts::new(readers?)))
}

/// Returns the groups that have some of a range of rows, and the number of rows of these groups before the range.
fn groups_of(group_rows: &[u64], rows: &Range<u64>) -> (Range<usize>, u64) {
    let (mut groups, mut skipped, mut start) = (0..0, 0, 0_u64);
    for (group, count) in group_rows.iter().enumerate() {
        let end = start.saturating_add(*count);
        if start.max(rows.start) < end.min(rows.end) {
            if groups.is_empty() {
                (groups.start, skipped) = (group, rows.start - start);
            }
            groups.end = group + 1;
        }
        start = end;
    }
    (groups, skipped)
}

fn open(bytes: &RandomAccess) -> Decoded<ArrowReaderMetadata> {
    check_footer(&mut bytes.reader(0))?;
    // If the embedded Arrow schema is damaged or does not fit, the Parquet types suffice.
    let options = ArrowReaderOptions::new();
    let footer = ArrowReaderMetadata::load(bytes, options.clone())
        .or_else(|_| ArrowReaderMetadata::load(bytes, options.clone().with_skip_arrow_metadata(true)))
        .map_err(reason)?;
    check_places(footer.metadata())?;
    let Some(schema) = with_microseconds(footer.schema(), footer.parquet_schema()) else { return Ok(footer) };
    let footer = ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), options.with_schema(schema));
    footer.map_err(reason)
}

/// Checks that no column is at a place before the beginning of the file: the decoder panics there.
fn check_places(metadata: &ParquetMetaData) -> Decoded<()> {
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let mut places = columns.map(|column| {
        (column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset()), column.compressed_size())
    });
    match places.find(|(start, length)| *start < 0 || *length < 0) {
        None => Ok(()),
        Some((start, length)) => {
            Err(format!("expected a place of a column in the file, found {length} bytes from byte {start}"))
        }
    }
}

/// Returns the schema with INT96 timestamps in microseconds; `None` if there are no such columns.
///
/// In nanoseconds, years beyond 2262 overflow the 64 bits of an Arrow timestamp silently.
fn with_microseconds(schema: &Schema, parquet: &SchemaDescriptor) -> Option<SchemaRef> {
    let types = parquet.root_schema().get_fields();
    let is_int96 = |column: usize| types[column].is_primitive() && types[column].get_physical_type() == Type::INT96;
    if types.len() != schema.fields().len() || !(0..types.len()).any(is_int96) {
        return None;
    }
    let fields = schema.fields().iter().enumerate().map(|(column, field)| {
        let convert = is_int96(column) && matches!(field.data_type(), DataType::Timestamp(..));
        let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
        if convert { Arc::new(Field::clone(field).with_data_type(timestamp)) } else { Arc::clone(field) }
    });
    Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
