//! Parquet: row groups, column by column.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type;
use parquet::schema::types::SchemaDescriptor;

use super::{Batches, Decoded};

/// The columns.
pub(super) fn schema(path: &Path) -> Decoded<SchemaRef> {
    Ok(open(path)?.1.schema().clone())
}

/// The rows of all groups.
#[cfg(test)]
pub(super) fn rows(path: &Path) -> Decoded<u64> {
    let (_, footer) = open(path)?;
    let rows = footer.metadata().row_groups().iter().map(|group| u64::try_from(group.num_rows()));
    rows.sum::<Result<u64, _>>().map_err(|_| "a row group has less than no rows".to_string())
}

/// The `read` columns (ascending) in batches of at most `rows` rows.
pub(super) fn batches(path: &Path, read: &[usize], rows: usize) -> Decoded<Batches> {
    let (file, footer) = open(path)?;
    let mask = ProjectionMask::roots(footer.parquet_schema(), read.iter().copied());
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
        .with_projection(mask)
        .with_batch_size(rows)
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Box::new(reader.map(|batch| batch.map_err(|error| error.to_string()))))
}

fn open(path: &Path) -> Decoded<(File, ArrowReaderMetadata)> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    // Where what the writer says of its own types is damaged or does not fit, the types of Parquet are enough.
    let options = ArrowReaderOptions::new();
    let footer = ArrowReaderMetadata::load(&file, options.clone())
        .or_else(|_| ArrowReaderMetadata::load(&file, options.clone().with_skip_arrow_metadata(true)))
        .map_err(|error| error.to_string())?;
    let Some(schema) = in_microseconds(footer.schema(), footer.parquet_schema()) else { return Ok((file, footer)) };
    let footer = ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), options.with_schema(schema));
    footer.map(|footer| (file, footer)).map_err(|error| error.to_string())
}

/// The schema with old timestamps of 96 bits in microseconds, if there are any: in nanoseconds the years beyond 2262
/// do not fit in the 64 bits that Arrow has for them, and are wrong without a word.
fn in_microseconds(schema: &Schema, parquet: &SchemaDescriptor) -> Option<SchemaRef> {
    let types = parquet.root_schema().get_fields();
    let old = |column: usize| types[column].is_primitive() && types[column].get_physical_type() == Type::INT96;
    if types.len() != schema.fields().len() || !(0..types.len()).any(old) {
        return None;
    }
    let fields = schema.fields().iter().enumerate().map(|(column, field)| {
        let changed = old(column) && matches!(field.data_type(), DataType::Timestamp(..));
        let kind = DataType::Timestamp(TimeUnit::Microsecond, None);
        if changed { Arc::new(Field::clone(field).with_data_type(kind)) } else { Arc::clone(field) }
    });
    Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
