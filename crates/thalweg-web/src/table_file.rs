//! A small table dropped onto the page: columns of delimited text.

use serde::Serialize;

use crate::error::{PageError, Part, Result};

/// Largest size of a table in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Delimiters of which the one that occurs most in the first line is taken.
const DELIMITERS: [u8; 3] = *b",;\t";

/// A table of text cells, column by column.
#[derive(Clone, Debug)]
pub struct DroppedTable {
    /// Delimiter of the cells.
    pub(crate) delimiter: char,
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

/// A column, for the choice of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnInfo {
    /// Name in the first line of the table.
    pub name: String,
    /// True if every cell that is not empty is a number.
    pub numeric: bool,
    /// Number of distinct values, empty cells aside.
    pub distinct: usize,
}

impl DroppedTable {
    /// Reads a table whose first line has the names of its columns.
    ///
    /// # Errors
    /// A table that is too large, without rows, or with a row of another length than the first line.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |message: String| Err(PageError::new(Part::Page, &message));
        if text.len() > MAX_BYTES {
            return refuse(format!("expected a table of at most {MAX_BYTES} bytes, found {}", text.len()));
        }
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next().unwrap_or_default();
        let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',');
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
        let page_error = |error: csv::Error| PageError::new(Part::Page, &error);
        let names: Vec<String> = reader.headers().map_err(page_error)?.iter().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            for (column, cell) in columns.iter_mut().zip(&record.map_err(page_error)?) {
                column.push(cell.to_owned());
            }
        }
        if columns.first().is_none_or(Vec::is_empty) {
            return refuse("expected a table with a line of names and at least one row".into());
        }
        Ok(Self { delimiter: char::from(delimiter), names, columns })
    }

    /// Returns all columns with what they contain.
    pub fn describe(&self) -> Vec<ColumnInfo> {
        let describe = |(name, cells): (&String, &Vec<String>)| {
            let values: std::collections::BTreeSet<&str> =
                cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
            let numeric = !values.is_empty() && values.iter().all(|cell| number(cell).is_some());
            ColumnInfo { name: name.clone(), numeric, distinct: values.len() }
        };
        self.names.iter().zip(&self.columns).map(describe).collect()
    }

    /// Returns the cells of the column with this name.
    ///
    /// # Errors
    /// A name that no column has.
    pub fn column(&self, name: &str) -> Result<&[String]> {
        let index = self.names.iter().position(|known| known == name);
        index.map(|index| self.columns[index].as_slice()).ok_or_else(|| {
            let message = format!("expected the name of a column, found '{name}'; columns: {}", self.names.join(", "));
            PageError::new(Part::Page, &message)
        })
    }
}

/// Returns a finite number; `None` for any other text.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_recognized() {
        let table = DroppedTable::parse("\u{feff}a; b ;c\n1;x;\n2;y;3\n2;x;1e400\n").expect("a table");
        let info = |name: &str, numeric, distinct| ColumnInfo { name: name.into(), numeric, distinct };
        assert_eq!(table.describe(), [info("a", true, 2), info("b", false, 2), info("c", false, 2)]);
        assert_eq!(table.column("b").expect("a column"), ["x", "y", "x"]);
        assert!(table.column("d").expect_err("no column").message.contains("columns: a, b, c"));
        for text in ["", "a,b", "a,b\n1\n"] {
            assert!(DroppedTable::parse(text).is_err(), "{text:?}");
        }
        assert!(DroppedTable::parse(&"a\n".repeat(MAX_BYTES)).is_err());
    }
}
