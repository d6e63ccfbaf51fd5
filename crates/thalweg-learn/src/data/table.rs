//! A table in memory: columns of numbers and texts, with the place of each cell in its file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::block::{Block, Cell, Texts, Values};
use super::csv::{Csv, Places, ReadOptions};
use super::faults::{Faults, OnError};
use super::input::{Input, Spool};
use super::missing::Missing;
use super::names;
use crate::error::{Error, Position, Result};

/// A table in memory.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    names: Vec<String>,
    had_header: bool,
    missing: Missing,
    columns: Vec<Column>,
    /// The first row of each block, and the number of rows.
    starts: Vec<usize>,
    places: Places,
    faults: Faults,
}

/// A column, block by block; the codes of its texts are those of the whole table.
#[derive(Clone, Debug, Default)]
struct Column {
    parts: Vec<Values>,
    names: Vec<String>,
    codes: HashMap<String, u32>,
}

impl Column {
    fn push(&mut self, values: Values) {
        let Values::Texts(Texts { codes, names }) = values else { return self.parts.push(values) };
        let global: Vec<u32> = names.into_iter().map(|name| self.code(name)).collect();
        let recode = |code: u32| if code == Texts::MISSING { code } else { global[code as usize] };
        let codes = codes.into_iter().map(recode).collect();
        self.parts.push(Values::Texts(Texts { codes, names: Vec::new() }));
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

    #[inline]
    fn cell(&self, part: usize, row: usize) -> Cell<'_> {
        match &self.parts[part] {
            Values::Texts(texts) => match texts.codes[row] {
                Texts::MISSING => Cell::Missing,
                code => Cell::Text(&self.names[code as usize]),
            },
            numbers @ Values::Numbers(_) => numbers.cell(row),
        }
    }
}

/// A file as a stream of tables, each of some of its rows.
pub(crate) struct Tables {
    csv: Csv,
    options: ReadOptions,
    path: PathBuf,
}

impl Tables {
    pub(crate) fn open(input: Input, options: &ReadOptions) -> Result<Tables> {
        let input = input.encoded(options.encoding.as_deref())?;
        let path = input.shown();
        Ok(Tables { csv: Csv::open(input, options)?, options: options.clone(), path })
    }

    /// A table of the next rows; none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Table>> {
        let mut table = self.empty();
        Ok(self.read_into(&mut table)?.then_some(table))
    }

    fn empty(&self) -> Table {
        Table {
            path: self.path.clone(),
            names: self.csv.names().to_vec(),
            had_header: self.csv.had_header(),
            missing: Missing::with(&self.options.missing),
            columns: vec![Column::default(); self.csv.names().len()],
            starts: vec![0],
            places: self.csv.places(),
            faults: Faults::default(),
        }
    }

    /// Puts the next rows into a table; says whether there were any.
    fn read_into(&mut self, table: &mut Table) -> Result<bool> {
        let pieces = self.csv.blocks()?;
        let any = !pieces.is_empty();
        for piece in pieces {
            table.faults.join(&piece.faults);
            table.places.marks.push(piece.mark);
            table.push(piece.block);
        }
        match self.options.on_error {
            OnError::Max(most) if table.faults.rows > most => table.faults.refuse(most, &self.path)?,
            _ => {}
        }
        Ok(any)
    }
}

impl Table {
    /// Reads the file, or standard input for `-`; what is packed by gzip is unpacked.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Table> {
        Ok(Table::some(Input::of(path, Spool::Memory)?, options, usize::MAX, usize::MAX)?.0)
    }

    /// Takes the bytes of a file apart; `path` is for messages.
    pub fn parse(path: &Path, bytes: Vec<u8>, options: &ReadOptions) -> Result<Table> {
        Ok(Table::some(Input::of_bytes(path, bytes), options, usize::MAX, usize::MAX)?.0)
    }

    /// Reads until there are so many rows, or the table takes so many bytes; says whether that is the whole file.
    pub(crate) fn some(input: Input, options: &ReadOptions, rows: usize, bytes: usize) -> Result<(Table, bool)> {
        let mut tables = Tables::open(input, options)?;
        let mut table = tables.empty();
        while tables.read_into(&mut table)? {
            if table.rows() >= rows || table.bytes() >= bytes {
                return Ok((table, false));
            }
        }
        if table.rows() == 0 {
            return Err(Error::NoRows { path: table.path });
        }
        Ok((table, true))
    }

    /// About so many bytes are the cells of this table.
    fn bytes(&self) -> usize {
        let names = self.columns.iter().flat_map(|column| &column.names).map(|name| 2 * name.len() + 96).sum::<usize>();
        let of = |column: &Column| match column.parts.first() {
            Some(Values::Numbers(_)) => 8,
            _ => 4,
        };
        names + self.rows() * self.columns.iter().map(of).sum::<usize>()
    }

    /// Rows of the file that are left out because they could not be read.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    fn push(&mut self, block: Block) {
        self.starts.push(self.rows() + block.rows);
        self.columns.iter_mut().zip(block.columns).for_each(|(column, values)| column.push(values));
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of rows, without the header.
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether the first row of the file names the columns.
    pub fn had_header(&self) -> bool {
        self.had_header
    }

    /// The texts that mean "no value" here, sorted.
    pub fn missing_tokens(&self) -> &[String] {
        self.missing.tokens()
    }

    /// The text of a cell, without surrounding blanks and quotes; a number in its shortest form.
    ///
    /// # Panics
    ///
    /// If there is no such row or column, as a slice does.
    pub fn cell(&self, row: usize, column: usize) -> Cow<'_, str> {
        match self.at(row, column) {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(value) => Cow::Owned(value.to_string()),
        }
    }

    /// Whether a cell has no value.
    pub fn is_missing(&self, row: usize, column: usize) -> bool {
        self.at(row, column) == Cell::Missing
    }

    /// The number of a cell, if it holds one.
    pub(crate) fn number(&self, row: usize, column: usize) -> Option<f64> {
        self.at(row, column).number()
    }

    /// What a cell holds.
    pub(super) fn at(&self, row: usize, column: usize) -> Cell<'_> {
        let (block, row) = self.block(row);
        self.columns[column].cell(block, row)
    }

    /// Calls `see` with each row of a column and its cell.
    pub(super) fn each<'t>(&'t self, column: usize, mut see: impl FnMut(usize, Cell<'t>)) {
        let column = &self.columns[column];
        for (block, range) in self.starts.windows(2).enumerate() {
            (range[0]..range[1]).for_each(|row| see(row, column.cell(block, row - range[0])));
        }
    }

    /// Calls `see` with the place in `rows` of each of them and its cell. Rows that ascend are found fastest.
    pub(super) fn gather<'t, E>(
        &'t self,
        column: usize,
        rows: &[usize],
        mut see: impl FnMut(usize, Cell<'t>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let column = &self.columns[column];
        let (mut block, mut range) = (0, 0..0);
        for (i, &row) in rows.iter().enumerate() {
            if !range.contains(&row) {
                block = self.block(row).0;
                range = self.starts[block]..self.starts[block + 1];
            }
            see(i, column.cell(block, row - range.start))?;
        }
        Ok(())
    }

    /// The block that a row is in, and its row there.
    fn block(&self, row: usize) -> (usize, usize) {
        let block = self.starts.partition_point(|start| *start <= row) - 1;
        (block, row - self.starts[block])
    }

    /// The place of a cell in the file: the first character of its value. Slow: the file is read once more.
    pub fn position(&self, row: usize, column: usize) -> Position {
        self.find(row, column).0
    }

    /// A cell as it is written in the file. Slow as [`Table::position`].
    pub(crate) fn written(&self, row: usize, column: usize) -> String {
        self.find(row, column).1
    }

    fn find(&self, row: usize, column: usize) -> (Position, String) {
        let (block, inside) = self.block(row);
        // A file that is gone by now is known by its name at least.
        let gone = |_| (self.nowhere(), self.cell(row, column).into_owned());
        self.places.find(block, inside, column).unwrap_or_else(gone)
    }

    /// The place of a column's name, or of its first cell where it has none.
    pub(crate) fn head(&self, column: usize) -> Position {
        self.places.head(column).unwrap_or_else(|_| self.nowhere())
    }

    fn nowhere(&self) -> Position {
        Position { path: self.path.clone(), line: 1, column: 1 }
    }

    /// The number of the column called `name`.
    pub fn column_index(&self, name: &str) -> Result<usize> {
        self.find_name(name).ok_or_else(|| Error::UnknownColumn {
            path: self.path.clone(),
            name: name.to_string(),
            nearest: names::nearest(name, &self.names),
            columns: self.names.clone(),
        })
    }

    pub(crate) fn find_name(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|candidate| candidate == name)
    }
}
