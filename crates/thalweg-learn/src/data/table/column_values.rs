//! Values of a column in memory of the caller.

use arrow_array::{Array, ArrayRef};

/// Values of a column in memory: numbers, of which NaN is a missing value, texts, or an Arrow array of any type that
/// files have.
///
/// Made from a reference to a slice, an array or a vector of `f64`, `f32`, `&str` or `String`, or to an Arrow array.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ColumnValues<'a> {
    /// Numbers in double precision.
    F64(&'a [f64]),
    /// Numbers in single precision.
    F32(&'a [f32]),
    /// Borrowed texts.
    Str(&'a [&'a str]),
    /// Owned texts.
    String(&'a [String]),
    /// Arrow array, whose values have the same meaning as in a Parquet file.
    Array(&'a ArrayRef),
}

impl ColumnValues<'_> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::Str(values) => values.len(),
            Self::String(values) => values.len(),
            Self::Array(values) => values.len(),
        }
    }

    /// Returns `true` if there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Type of the values of a column: `f64`, `f32`, `&str` or `String`.
pub trait ColumnValue: Sized {
    /// Returns the values as a column.
    fn column(values: &[Self]) -> ColumnValues<'_>;
}

impl ColumnValue for f64 {
    fn column(values: &[f64]) -> ColumnValues<'_> {
        ColumnValues::F64(values)
    }
}

impl ColumnValue for f32 {
    fn column(values: &[f32]) -> ColumnValues<'_> {
        ColumnValues::F32(values)
    }
}

impl ColumnValue for &str {
    fn column(values: &[Self]) -> ColumnValues<'_> {
        ColumnValues::Str(values)
    }
}

impl ColumnValue for String {
    fn column(values: &[String]) -> ColumnValues<'_> {
        ColumnValues::String(values)
    }
}

impl<'a> From<&'a ArrayRef> for ColumnValues<'a> {
    fn from(values: &'a ArrayRef) -> Self {
        Self::Array(values)
    }
}

impl<'a, T: ColumnValue> From<&'a [T]> for ColumnValues<'a> {
    fn from(values: &'a [T]) -> Self {
        T::column(values)
    }
}

impl<'a, T: ColumnValue, const N: usize> From<&'a [T; N]> for ColumnValues<'a> {
    fn from(values: &'a [T; N]) -> Self {
        T::column(values)
    }
}

impl<'a, T: ColumnValue> From<&'a Vec<T>> for ColumnValues<'a> {
    fn from(values: &'a Vec<T>) -> Self {
        T::column(values)
    }
}
