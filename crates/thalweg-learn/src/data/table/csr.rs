//! Tables of sparse matrices in memory.

use super::column_values::ColumnValues;
use super::sparse::IndexedTable;
use super::store::Table;
use crate::data::sparse_rows::SparseRows;
use crate::error::{Error, Result};

/// Integers of a sparse matrix: indices of columns, or the bounds of rows.
///
/// Made from a reference to a slice, an array or a vector of `i32` or `i64`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum IndexValues<'a> {
    /// Integers of 32 bits.
    I32(&'a [i32]),
    /// Integers of 64 bits.
    I64(&'a [i64]),
}

/// Type of the integers of a sparse matrix: `i32` or `i64`.
pub trait IndexValue: Sized {
    /// Returns the integers of a sparse matrix.
    fn indices(values: &[Self]) -> IndexValues<'_>;
}

impl IndexValue for i32 {
    fn indices(values: &[i32]) -> IndexValues<'_> {
        IndexValues::I32(values)
    }
}

impl IndexValue for i64 {
    fn indices(values: &[i64]) -> IndexValues<'_> {
        IndexValues::I64(values)
    }
}

impl<'a, T: IndexValue> From<&'a [T]> for IndexValues<'a> {
    fn from(values: &'a [T]) -> Self {
        T::indices(values)
    }
}

impl<'a, T: IndexValue, const N: usize> From<&'a [T; N]> for IndexValues<'a> {
    fn from(values: &'a [T; N]) -> Self {
        T::indices(values)
    }
}

impl<'a, T: IndexValue> From<&'a Vec<T>> for IndexValues<'a> {
    fn from(values: &'a Vec<T>) -> Self {
        T::indices(values)
    }
}

impl IndexValues<'_> {
    /// Number of integers.
    pub fn len(&self) -> usize {
        match self {
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
        }
    }

    /// Returns `true` if there are no integers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn at(&self, index: usize) -> i64 {
        match self {
            Self::I32(values) => values[index].into(),
            Self::I64(values) => values[index],
        }
    }
}

impl<'a> Table<'a> {
    /// Makes a table of a sparse matrix in compressed rows (CSR): row i has the values `indptr[i]..indptr[i + 1]`.
    ///
    /// Its features are those of a libsvm file whose first index is 0. The order within a row is arbitrary, and the
    /// values are rounded to single precision.
    ///
    /// ```
    /// use thalweg_learn::Table;
    ///
    /// let table = Table::from_csr(&[0, 2, 3], &[0, 4, 1], &[1.0, 0.5, 2.0], 5)?.with_column("label", &[0.0, 1.0])?;
    /// assert_eq!((table.rows(), table.names()), (2, ["label".to_string()].as_slice()));
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    ///
    /// # Errors
    /// No rows; bounds that do not ascend from 0 to the number of values; another number of indices than values; an
    /// index outside of `0..columns`, or twice in a row; a value that is not finite in single precision; texts.
    pub fn from_csr<'b>(
        indptr: impl Into<IndexValues<'b>>,
        indices: impl Into<IndexValues<'b>>,
        values: impl Into<ColumnValues<'b>>,
        columns: usize,
    ) -> Result<Table<'a>> {
        let matrix = CsrMatrix { indptr: indptr.into(), indices: indices.into(), values: values.into(), columns };
        matrix.check()?;
        let mut table = Table::of_rows(matrix.rows(), true)?;
        let mut indexed = IndexedTable::with_features(columns as u32);
        for bounds in table.starts.windows(2) {
            let mut rows = SparseRows::default();
            (bounds[0]..bounds[1]).try_for_each(|row| matrix.append_row(row, &mut rows))?;
            indexed.push(rows);
        }
        table.indexed = Some(indexed);
        Ok(table)
    }
}

/// Sparse matrix in compressed rows.
struct CsrMatrix<'a> {
    indptr: IndexValues<'a>,
    indices: IndexValues<'a>,
    values: ColumnValues<'a>,
    columns: usize,
}

impl CsrMatrix<'_> {
    fn rows(&self) -> usize {
        self.indptr.len().saturating_sub(1)
    }

    fn check(&self) -> Result<()> {
        let wrong = |array: &str, expected: String, found: String| {
            Err(Error::Array { array: array.to_string(), expected, found })
        };
        if u32::try_from(self.columns).is_err() {
            return wrong("columns", format!("at most {}", u32::MAX), self.columns.to_string());
        }
        if self.indices.len() != self.values.len() {
            let expected = format!("{} integers, one for each value", self.values.len());
            return wrong("indices", expected, self.indices.len().to_string());
        }
        if self.indptr.is_empty() {
            return wrong("indptr", "one integer more than rows".into(), "none".into());
        }
        let mut previous = 0;
        for row in 0..self.indptr.len() {
            let bound = self.indptr.at(row);
            if row == 0 && bound != 0 || bound < previous {
                let expected = if row == 0 { "0".to_string() } else { format!("at least {previous}") };
                return wrong(&format!("indptr[{row}]"), expected, bound.to_string());
            }
            previous = bound;
        }
        if usize::try_from(previous) != Ok(self.values.len()) {
            let array = format!("indptr[{}]", self.rows());
            return wrong(&array, format!("{}, the number of values", self.values.len()), previous.to_string());
        }
        Ok(())
    }

    /// Appends a row, sorted by index.
    fn append_row(&self, row: usize, rows: &mut SparseRows) -> Result<()> {
        let wrong =
            |expected: String, found: String| Error::Array { array: format!("row {}", row + 1), expected, found };
        let first = rows.index.len();
        for place in self.indptr.at(row) as usize..self.indptr.at(row + 1) as usize {
            let index = self.indices.at(place);
            if usize::try_from(index).is_ok_and(|index| index < self.columns) {
                rows.push(
                    index as u32,
                    self.value(place).map_err(|found| {
                        wrong(format!("a finite number that fits in 32 bits at index {index}"), found)
                    })?,
                );
            } else {
                return Err(wrong(format!("indices from 0 to {}", self.columns.saturating_sub(1)), index.to_string()));
            }
        }
        if !rows.index[first..].is_sorted() {
            let entries = rows.index[first..].iter().copied().zip(rows.value[first..].iter().copied());
            let mut entries: Vec<(u32, f32)> = entries.collect();
            entries.sort_by_key(|(index, _)| *index);
            rows.index.truncate(first);
            rows.value.truncate(first);
            for (index, value) in entries {
                rows.push(index, value);
            }
        }
        if let Some([index, _]) = rows.index[first..].array_windows().find(|[a, b]| a == b) {
            return Err(wrong("each index only once".into(), format!("index {index} twice")));
        }
        rows.ends.push(rows.index.len());
        Ok(())
    }

    /// Returns a value in single precision, or the text of one that has none.
    fn value(&self, place: usize) -> std::result::Result<f32, String> {
        let value = match self.values {
            ColumnValues::F64(values) => values[place] as f32,
            ColumnValues::F32(values) => values[place],
            ColumnValues::Str(values) => return Err(values[place].to_string()),
            ColumnValues::String(values) => return Err(values[place].clone()),
            ColumnValues::Array(_) => return Err("an Arrow array".to_owned()),
        };
        if value.is_finite() { Ok(value) } else { Err(value.to_string()) }
    }
}
