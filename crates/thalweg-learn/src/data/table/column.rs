//! Columns of a table, stored block by block.

use std::collections::HashMap;

use crate::data::cell::{Cell, ColumnData, StringColumn};

/// Column of a table; the codes of its texts refer to one list of names for all blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct TableColumn {
    blocks: Vec<ColumnData>,
    names: Vec<String>,
    codes: HashMap<String, u32>,
}

/// Estimated bytes of a distinct text in addition to twice its length: two strings and an entry of the hash map.
const BYTES_PER_NAME: usize = 96;

impl TableColumn {
    /// Appends the cells of a block.
    pub(super) fn push(&mut self, data: ColumnData) {
        let ColumnData::Strings(StringColumn { codes, names }) = data else { return self.blocks.push(data) };
        let table_codes: Vec<u32> = names.into_iter().map(|name| self.code(name)).collect();
        let recode = |code: u32| if code == StringColumn::MISSING { code } else { table_codes[code as usize] };
        let codes = codes.into_iter().map(recode).collect();
        self.blocks.push(ColumnData::Strings(StringColumn { codes, names: Vec::new() }));
    }

    fn code(&mut self, name: String) -> u32 {
        if let Some(&code) = self.codes.get(&name) {
            return code;
        }
        let code = self.names.len() as u32;
        self.names.push(name.clone());
        self.codes.insert(name, code);
        code
    }

    /// Returns the cell of a row of a block.
    #[inline]
    pub(super) fn cell(&self, block: usize, row: usize) -> Cell<'_> {
        match &self.blocks[block] {
            // A column that is not read has no cells.
            ColumnData::Strings(strings) => match strings.codes.get(row).copied().unwrap_or(StringColumn::MISSING) {
                StringColumn::MISSING => Cell::Missing,
                code => Cell::Text(&self.names[code as usize]),
            },
            numbers => numbers.cell(row),
        }
    }

    /// Estimated bytes of a cell, by the type of the first block.
    pub(super) fn bytes_per_row(&self) -> usize {
        match self.blocks.first() {
            Some(ColumnData::Numbers(_)) => 8,
            Some(ColumnData::Bytes(_)) => 1,
            Some(ColumnData::Strings(_)) | None => 4,
        }
    }

    /// Estimated bytes of the distinct texts.
    pub(super) fn bytes_of_names(&self) -> usize {
        self.names.iter().map(|name| 2 * name.len() + BYTES_PER_NAME).sum()
    }
}
