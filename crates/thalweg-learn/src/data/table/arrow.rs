//! Tables of Arrow record batches in memory.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

use super::column::{ColumnBlock, TableColumn};
use super::memory::ROWS_PER_BLOCK;
use super::store::Table;
use super::strided::Strided;
use crate::data::column_names::distinct_names;
use crate::data::columnar::{UnsupportedColumn, convert, is_text, unsupported};
use crate::data::read_note::ReadNote;
use crate::error::{Error, Result};

impl<'a> Table<'a> {
    /// Makes a table of record batches with the same columns.
    ///
    /// Values have the same meaning as in a Parquet or Arrow file: numbers of any type, booleans, texts, dictionaries,
    /// dates and times; a null is a missing value. Floating-point columns without nulls are not copied. A column of
    /// another type, such as lists, is excluded with its type as the reason. Columns of the same name are numbered, as
    /// those of files are. [`crate::arrow`] is the version of the arrays.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use thalweg_learn::Table;
    /// use thalweg_learn::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    ///
    /// let area: ArrayRef = Arc::new(Float64Array::from(vec![51.0, 70.5]));
    /// let town: ArrayRef = Arc::new(StringArray::from(vec![Some("Ulm"), None]));
    /// let batches = [RecordBatch::try_from_iter([("area", area), ("town", town)]).unwrap()];
    /// let table = Table::from_record_batches(&batches)?;
    /// assert_eq!((table.rows(), table.is_missing(1, 1)), (2, true));
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    ///
    /// # Errors
    /// No rows; batches with different columns; bytes that are not UTF-8.
    pub fn from_record_batches(batches: &'a [RecordBatch]) -> Result<Table<'a>> {
        let (mut starts, mut rows) = (Vec::new(), 0);
        for (number, batch) in batches.iter().enumerate() {
            check_columns(&batches[0], batch, number)?;
            starts.extend((rows..rows + batch.num_rows()).step_by(ROWS_PER_BLOCK));
            rows += batch.num_rows();
        }
        let mut table = Table::of_blocks(starts, rows, true)?;
        let fields = batches[0].schema_ref().fields();
        let names_of_fields: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let (distinct, renamed) = distinct_names(&names_of_fields);
        table.notes.extend(ReadNote::of_renamed(renamed));
        let mut names = Vec::new();
        for (index, (field, name)) in fields.iter().zip(distinct).enumerate() {
            if let Some(holds) = unsupported(field.data_type()) {
                table.unsupported.push(UnsupportedColumn { name, holds });
                continue;
            }
            let mut column = TableColumn::new(is_text(field.data_type()));
            for array in batches.iter().map(|batch| batch.column(index)) {
                table.push_array(&mut column, array).map_err(|found| {
                    let (column, found) = (name.clone(), found.to_string());
                    Error::ColumnType { path: None, column, found }
                })?;
            }
            table.columns.push(column);
            names.push(name);
        }
        table.set_names(&names)?;
        Ok(table)
    }

    /// Appends the values of a batch to a column, in blocks.
    fn push_array(&self, column: &mut TableColumn<'a>, array: &'a ArrayRef) -> std::result::Result<(), &'static str> {
        let starts = (0..array.len()).step_by(ROWS_PER_BLOCK);
        starts
            .into_iter()
            .try_for_each(|start| self.push_rows(column, array, start, ROWS_PER_BLOCK.min(array.len() - start)))
    }

    /// Appends some rows of an array to a column, as one block.
    pub(super) fn push_rows(
        &self,
        column: &mut TableColumn<'a>,
        array: &'a ArrayRef,
        start: usize,
        rows: usize,
    ) -> std::result::Result<(), &'static str> {
        let complete = array.null_count() == 0;
        match array.data_type() {
            DataType::Float64 if complete => {
                let values = array.as_primitive::<Float64Type>().values();
                column.push_borrowed(ColumnBlock::F64(Strided::new(values, start, 1)));
            }
            DataType::Float32 if complete => {
                let values = array.as_primitive::<Float32Type>().values();
                column.push_borrowed(ColumnBlock::F32(Strided::new(values, start, 1)));
            }
            _ => {
                let mut cells = convert(array.slice(start, rows).as_ref())?;
                cells.mark_missing(&self.missing);
                column.push(cells);
            }
        }
        Ok(())
    }
}

/// Checks that a batch has the columns of the first one; `number` counts the batches from 0.
fn check_columns(first: &RecordBatch, batch: &RecordBatch, number: usize) -> Result<()> {
    let columns = |batch: &RecordBatch| {
        let fields = batch.schema_ref().fields().iter();
        fields.map(|field| format!("{} {}", field.name(), field.data_type())).collect::<Vec<_>>().join(", ")
    };
    let (expected, found) = (columns(first), columns(batch));
    if expected == found {
        return Ok(());
    }
    Err(Error::Array { array: format!("record batch {}", number + 1), expected, found })
}
