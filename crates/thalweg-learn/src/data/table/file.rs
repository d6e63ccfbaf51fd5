//! Files of a table, whose columns may have different orders.

use std::collections::{HashMap, VecDeque};

use crate::data::source::CellLocator;

/// File of a table, in which its cells can be located.
#[derive(Clone, Debug)]
pub(super) struct TableFile {
    pub(super) locator: CellLocator,
    /// Column of the file for each column of the table; empty if they have the same order.
    pub(super) columns: Vec<usize>,
}

impl From<CellLocator> for TableFile {
    fn from(locator: CellLocator) -> Self {
        Self { locator, columns: Vec::new() }
    }
}

/// Returns the column of each name in a file with these names in another order; empty if the order is the same.
pub(super) fn columns_of(names: &[String], in_file: &[String]) -> Vec<usize> {
    if names == in_file {
        return Vec::new();
    }
    // Columnar files may repeat a name; each column is used once, the first one first.
    let mut columns: HashMap<&str, VecDeque<usize>> = HashMap::new();
    in_file.iter().enumerate().for_each(|(column, name)| columns.entry(name).or_default().push_back(column));
    let column = |name: &String| columns.get_mut(name.as_str()).and_then(VecDeque::pop_front);
    names.iter().map(column).map(|column| column.expect("the files of a set have the same columns")).collect()
}
