//! Tables of arrays in memory.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::Array;

use super::column::{ColumnBlock, TableColumn};
use super::column_values::ColumnValues;
use super::store::{BlockOrigin, Table};
use super::strided::Strided;
use crate::data::cell::{ColumnData, StringColumn};
use crate::data::chunk::ChunkSpan;
use crate::data::column_names::trim_names;
use crate::data::columnar::{UnsupportedColumn, is_text, unsupported};
use crate::data::missing::MissingTokens;
use crate::data::skipped_rows::SkippedRows;
use crate::data::source::CellLocator;
use crate::data::text_format::TextFormat;
use crate::error::{Error, Position, Result};
use crate::interrupt::Interrupt;

/// Rows of a block, as many as in a block of a columnar file.
pub(super) const ROWS_PER_BLOCK: usize = 1 << 14;

impl<'a> Table<'a> {
    /// Makes a table of a matrix that is stored row by row, with the columns c1, c2, … as in a file without names.
    ///
    /// The numbers are not copied, and NaN is a missing value.
    ///
    /// ```
    /// use thalweg_learn::{FitConfig, Table, Validation};
    ///
    /// let x = [1.0, 7.0, 2.0, 3.0, 3.0, 9.0, 4.0, 1.0, 5.0, 4.0];
    /// let y = [3.0, 5.0, 7.0, 9.0, 11.0]; // 2·c1 + 1
    /// let rows = Table::from_row_major(&x, 2)?;
    /// let settings = FitConfig { validation: Validation::None, ..FitConfig::new("y") };
    /// let data = settings.prepare(&rows.clone().with_column("y", &y)?)?;
    /// assert_eq!(data.train.len(), 5);
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    ///
    /// # Errors
    /// No columns; no rows; a number of values that is no multiple of `columns`.
    pub fn from_row_major(values: impl Into<ColumnValues<'a>>, columns: usize) -> Result<Table<'a>> {
        Self::from_matrix(values.into(), columns, |_| (1, columns))
    }

    /// Makes a table of a matrix that is stored column by column, with the columns c1, c2, … as in a file without
    /// names.
    ///
    /// The numbers are not copied, and NaN is a missing value.
    ///
    /// # Errors
    /// As [`Table::from_row_major`].
    pub fn from_column_major(values: impl Into<ColumnValues<'a>>, columns: usize) -> Result<Table<'a>> {
        Self::from_matrix(values.into(), columns, |rows| (rows, 1))
    }

    /// Makes a table of a matrix; `strides` returns the distances between columns and between rows.
    fn from_matrix(
        values: ColumnValues<'a>,
        columns: usize,
        strides: impl Fn(usize) -> (usize, usize),
    ) -> Result<Table<'a>> {
        let wrong =
            |expected: String| Error::Array { array: "matrix".into(), expected, found: values.len().to_string() };
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(wrong(format!("rows of {columns} values each")));
        }
        if matches!(values, ColumnValues::Array(_)) {
            let (expected, found) = ("numbers or texts in a slice".into(), "an Arrow array".into());
            return Err(Error::Array { array: "matrix".into(), expected, found });
        }
        let rows = values.len() / columns;
        let (between_columns, between_rows) = strides(rows);
        let mut table = Table::of_rows(rows, false)?;
        for column in 0..columns {
            let cells = table.borrow_column(values, column * between_columns, between_rows);
            table.columns.push(cells.expect("numbers and texts are columns"));
        }
        table.set_names(&(1..=columns).map(|column| format!("c{column}")).collect::<Vec<_>>())?;
        Ok(table)
    }

    /// Makes a table of named columns.
    ///
    /// ```
    /// use thalweg_learn::Table;
    /// use thalweg_learn::data::ColumnValues;
    ///
    /// let (area, town) = ([51.0, 70.5], ["Ulm", "Bonn"]);
    /// let table = Table::from_columns([("area", ColumnValues::from(&area)), ("town", ColumnValues::from(&town))])?;
    /// assert_eq!((table.rows(), table.cell(1, 1).as_ref()), (2, "Bonn"));
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    ///
    /// # Errors
    /// No columns; no rows; columns of different lengths; two columns of the same name, which are numbered only in data
    /// that bring their names along, as files and record batches do.
    pub fn from_columns<N: Into<String>>(
        columns: impl IntoIterator<Item = (N, ColumnValues<'a>)>,
    ) -> Result<Table<'a>> {
        let mut columns = columns.into_iter().peekable();
        let mut table = Table::of_rows(columns.peek().map_or(0, |(_, values)| values.len()), true)?;
        for (name, values) in columns {
            table = table.with_column(name, values)?;
        }
        Ok(table)
    }

    /// Appends a column; numbers are not copied. An Arrow array of an unsupported type, such as lists, is excluded with
    /// its type as the reason.
    ///
    /// # Errors
    /// Another number of values than rows; a name that another column has; bytes that are not UTF-8.
    pub fn with_column(mut self, name: impl Into<String>, values: impl Into<ColumnValues<'a>>) -> Result<Table<'a>> {
        let (name, values) = (name.into(), values.into());
        if values.len() != self.rows() {
            let (expected, found) = (format!("{} values, one for each row", self.rows()), values.len().to_string());
            return Err(Error::Array { array: format!("column '{name}'"), expected, found });
        }
        if let ColumnValues::Array(array) = values
            && let Some(holds) = unsupported(array.data_type())
        {
            self.unsupported.push(UnsupportedColumn { name, holds });
            return Ok(self);
        }
        let column = self.borrow_column(values, 0, 1);
        let column = column.map_err(|found| {
            let (column, found) = (name.clone(), found.to_string());
            Error::ColumnType { path: None, column, found }
        })?;
        self.columns.push(column);
        let mut names = std::mem::take(&mut self.names);
        names.push(name);
        self.set_names(&names)?;
        Ok(self)
    }

    /// Names the columns, in their order.
    ///
    /// # Errors
    /// Another number of names than columns; a name that occurs twice.
    pub fn with_column_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Table<'a>> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.columns.len() {
            let (expected, found) = (format!("{}, one for each column", self.columns.len()), names.len().to_string());
            return Err(Error::Array { array: "column names".into(), expected, found });
        }
        self.set_names(&names)?;
        self.has_header = true;
        Ok(self)
    }

    /// Makes a table without columns.
    ///
    /// # Errors
    /// No rows.
    pub(super) fn of_rows(rows: usize, has_header: bool) -> Result<Table<'a>> {
        Table::of_blocks((0..rows).step_by(ROWS_PER_BLOCK).collect(), rows, has_header)
    }

    /// Makes a table without columns; `starts` are the first rows of its blocks.
    ///
    /// # Errors
    /// No rows.
    pub(super) fn of_blocks(starts: Vec<usize>, rows: usize, has_header: bool) -> Result<Table<'a>> {
        if rows == 0 {
            return Err(Error::Array { array: "rows".into(), expected: "at least one".into(), found: "none".into() });
        }
        let origin = |&rows_before: &usize| BlockOrigin { file: 0, chunk: ChunkSpan::unused(), rows_before };
        Ok(Table {
            path: None,
            names: Vec::new(),
            by_name: Arc::new(HashMap::new()),
            has_header,
            missing: MissingTokens::with(&[]),
            text_format: TextFormat::default(),
            notes: Vec::new(),
            columns: Vec::new(),
            origins: starts.iter().map(origin).collect(),
            starts: starts.into_iter().chain([rows]).collect(),
            files: Arc::new(vec![CellLocator::Memory.into()]),
            skipped_rows: SkippedRows::default(),
            skipped_before: Vec::new(),
            ignored: Vec::new(),
            unsupported: Vec::new(),
            indexed: None,
            interrupt: Interrupt::NEVER,
        })
    }

    /// Returns a column of the values from `start` on, each `stride` after the one before; texts are copied. Fails for
    /// values of an Arrow array that are none, with their description.
    fn borrow_column(
        &self,
        values: ColumnValues<'a>,
        start: usize,
        stride: usize,
    ) -> std::result::Result<TableColumn<'a>, &'static str> {
        let mut column = match values {
            ColumnValues::Array(array) => TableColumn::new(is_text(array.data_type())),
            _ => TableColumn::default(),
        };
        for range in self.starts.windows(2) {
            let (first, rows) = (start + range[0] * stride, range[1] - range[0]);
            match values {
                ColumnValues::F64(values) => {
                    column.push_borrowed(ColumnBlock::F64(Strided::new(values, first, stride)));
                }
                ColumnValues::F32(values) => {
                    column.push_borrowed(ColumnBlock::F32(Strided::new(values, first, stride)));
                }
                ColumnValues::Str(values) => column.push(self.texts(&Strided::new(values, first, stride), rows)),
                ColumnValues::String(values) => column.push(self.texts(&Strided::new(values, first, stride), rows)),
                ColumnValues::Array(array) => self.push_rows(&mut column, array, first, rows)?,
            }
        }
        Ok(column)
    }

    fn texts<S: AsRef<str>>(&self, texts: &Strided<'_, S>, rows: usize) -> ColumnData {
        let mut strings: StringColumn = (0..rows).map(|row| Some(texts.at(row).as_ref())).collect();
        strings.mark_missing(|text| self.missing.contains(text.trim()));
        ColumnData::Strings(strings)
    }

    pub(super) fn set_names(&mut self, names: &[String]) -> Result<()> {
        let names = trim_names(names);
        let mut by_name = HashMap::with_capacity(names.len());
        for (column, name) in names.iter().enumerate() {
            if let Some(first) = by_name.insert(name.clone(), column) {
                let at = Position { path: None, line: 0, column: column as u64 + 1 };
                return Err(Error::DuplicateColumn { at, name: name.clone(), first: first + 1 });
            }
        }
        (self.names, self.by_name) = (names, Arc::new(by_name));
        Ok(())
    }
}
