//! A table in memory: columns of numbers and texts, with the place of each cell in its file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::missing::Missing;
use super::names;
use super::rows::SparseRows;
use super::skipped_rows::SkippedRows;
use super::source::block::{Block, Cell, Texts, Values};
use super::source::{Files, IndexBase, Input, Mark, Places, ReadOptions, Source, StdinBuffer};
use crate::error::{Error, Position, Result};

/// A table in memory.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    names: Vec<String>,
    /// The first column of each name.
    by_name: Arc<HashMap<String, usize>>,
    had_header: bool,
    missing: Missing,
    columns: Vec<Column>,
    /// The first row of each block, and the number of rows.
    starts: Vec<usize>,
    /// For each block: the file that it is from, where it stands there, and the rows of that file before it.
    marks: Vec<(usize, Mark, usize)>,
    places: Vec<Places>,
    skipped_rows: SkippedRows,
    /// Columns that hold neither numbers nor texts, and what they hold.
    unusable: Vec<(String, String)>,
    /// What the rows hold besides their columns.
    sparse: Option<SparseTable>,
}

/// Rows with few numbers that are not 0, block by block; indices are as written.
#[derive(Clone, Debug)]
struct SparseTable {
    parts: Vec<SparseRows>,
    base: IndexBase,
    lowest: u32,
    highest: u32,
}

/// A column, block by block; the codes of its texts are those of the whole table.
#[derive(Clone, Debug, Default)]
struct Column {
    parts: Vec<Values>,
    names: Vec<String>,
    codes: HashMap<String, u32>,
}

impl SparseTable {
    fn push(&mut self, rows: SparseRows) {
        self.lowest = rows.index.iter().copied().fold(self.lowest, u32::min);
        self.highest = rows.index.iter().copied().fold(self.highest, u32::max);
        self.parts.push(rows);
    }

    /// Takes in the bounds of rows that are not kept.
    fn see(&mut self, other: Option<&SparseTable>) {
        if let Some(other) = other {
            self.lowest = self.lowest.min(other.lowest);
            self.highest = self.highest.max(other.highest);
        }
    }
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
            Values::Texts(texts) => match texts.codes.get(row).copied().unwrap_or(Texts::MISSING) {
                Texts::MISSING => Cell::Missing,
                code => Cell::Text(&self.names[code as usize]),
            },
            numbers => numbers.cell(row),
        }
    }
}

/// Files as a stream of tables, each of some of their rows.
pub(crate) struct TableReader {
    inputs: Vec<Input>,
    /// The file that is being read, and how many of its rows have been.
    file: usize,
    before: usize,
    source: Source,
    /// Of the first file.
    names: Vec<String>,
    by_name: Arc<HashMap<String, usize>>,
    had_header: bool,
    sparse: bool,
    places: Vec<Places>,
    options: ReadOptions,
}

impl TableReader {
    pub(crate) fn open(inputs: &[Input], options: &ReadOptions) -> Result<TableReader> {
        let Some(first) = inputs.first() else { return Err(Error::Empty { path: PathBuf::new() }) };
        let source = Source::open(first.clone(), options)?;
        Ok(TableReader {
            inputs: inputs.to_vec(),
            file: 0,
            before: 0,
            names: source.names().to_vec(),
            by_name: Arc::new(source.names().iter().enumerate().rev().map(|(i, name)| (name.clone(), i)).collect()),
            had_header: source.had_header(),
            sparse: source.is_sparse(),
            places: vec![source.places()],
            source,
            options: options.clone(),
        })
    }

    /// A table of the next rows; none at the end of the last file.
    pub(crate) fn next(&mut self) -> Result<Option<Table>> {
        let mut table = self.empty();
        Ok(self.read_into(&mut table)?.then_some(table))
    }

    fn empty(&self) -> Table {
        let sparse = || SparseTable { parts: Vec::new(), base: self.options.index_base, lowest: u32::MAX, highest: 0 };
        Table {
            path: self.inputs[0].display_path(),
            names: self.names.clone(),
            by_name: Arc::clone(&self.by_name),
            had_header: self.had_header,
            missing: Missing::with(&self.options.missing_tokens),
            columns: vec![Column::default(); self.names.len()],
            starts: vec![0],
            marks: Vec::new(),
            places: self.places.clone(),
            skipped_rows: SkippedRows::default(),
            unusable: self.source.unusable(),
            sparse: self.sparse.then(sparse),
        }
    }

    /// Puts the next rows into a table; says whether there were any.
    fn read_into(&mut self, table: &mut Table) -> Result<bool> {
        let mut pieces = self.source.blocks()?;
        while pieces.is_empty() {
            if !self.next_file()? {
                return Ok(false);
            }
            pieces = self.source.blocks()?;
        }
        table.places.clone_from(&self.places);
        for piece in pieces {
            table.skipped_rows.join(&piece.skipped_rows, self.options.on_error)?;
            table.marks.push((self.file, piece.mark, self.before));
            self.before += piece.block.rows;
            table.push(self.in_order(piece.block));
        }
        Ok(true)
    }

    fn next_file(&mut self) -> Result<bool> {
        let Some(input) = self.inputs.get(self.file + 1) else { return Ok(false) };
        self.source = Source::open(input.clone(), &self.options)?;
        (self.file, self.before) = (self.file + 1, 0);
        self.places.push(self.source.places());
        let (mut wanted, mut found) = (self.names.clone(), self.source.names().to_vec());
        wanted.sort_unstable();
        found.sort_unstable();
        if wanted == found && self.sparse == self.source.is_sparse() {
            return Ok(true);
        }
        let (path, first) = (input.display_path(), self.inputs[0].display_path());
        Err(Error::OtherColumns { path, first, wanted: self.names.clone(), found: self.source.names().to_vec() })
    }

    /// The columns in the order of the first file.
    fn in_order(&self, mut block: Block) -> Block {
        if self.source.names() == self.names {
            return block;
        }
        let place = |name: &String| self.source.names().iter().position(|other| other == name);
        let columns = self.names.iter().filter_map(place).map(|place| std::mem::take(&mut block.columns[place]));
        Block { columns: columns.collect(), ..block }
    }
}

impl Table {
    /// Reads the files as one table (`-` is standard input): delimited text, libsvm, Parquet, Arrow IPC or IDX, told by
    /// their first bytes; text that is packed by gzip or zstd is unpacked.
    pub fn read(files: impl Into<Files>, options: &ReadOptions) -> Result<Table> {
        let inputs = Input::all(&files.into(), StdinBuffer::Memory)?;
        Ok(Table::some(&inputs, options, usize::MAX, usize::MAX)?.0)
    }

    /// Takes the bytes of a file apart; `path` is for messages.
    pub fn parse(path: &Path, bytes: Vec<u8>, options: &ReadOptions) -> Result<Table> {
        Ok(Table::some(&[Input::of_bytes(path, bytes)], options, usize::MAX, usize::MAX)?.0)
    }

    /// Reads until there are so many rows, or the table takes so many bytes; says whether that is the whole file.
    pub(crate) fn some(inputs: &[Input], options: &ReadOptions, rows: usize, bytes: usize) -> Result<(Table, bool)> {
        let mut tables = TableReader::open(inputs, options)?;
        let mut table = tables.empty();
        while tables.read_into(&mut table)? {
            if table.rows() >= rows || table.bytes() >= bytes {
                // Features without names are as many as the highest of all files.
                if let Some(sparse) = &mut table.sparse {
                    while let Some(more) = tables.next()? {
                        sparse.see(more.sparse.as_ref());
                    }
                }
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
            Some(Values::Bytes(_)) => 1,
            _ => 4,
        };
        let entries = self.sparse.iter().flat_map(|sparse| &sparse.parts);
        let sparse: usize = entries.map(|part| 8 * (part.index.len() + part.ends.len())).sum();
        sparse + names + self.rows() * self.columns.iter().map(of).sum::<usize>()
    }

    /// Columns that hold neither numbers nor texts, and what they hold.
    pub(super) fn unusable(&self) -> &[(String, String)] {
        &self.unusable
    }

    /// Rows of the file that are left out because they could not be read.
    pub fn skipped_rows(&self) -> &SkippedRows {
        &self.skipped_rows
    }

    fn push(&mut self, block: Block) {
        self.starts.push(self.rows() + block.rows);
        self.columns.iter_mut().zip(block.columns).for_each(|(column, values)| column.push(values));
        if let Some(sparse) = &mut self.sparse {
            sparse.push(block.sparse);
        }
    }

    /// How many features without names there are, and the number of the first.
    pub(super) fn indexed_features(&self) -> Option<(u32, u32)> {
        let sparse = self.sparse.as_ref()?;
        let first = match sparse.base {
            IndexBase::Zero => 0,
            IndexBase::One => 1,
            IndexBase::Auto => u32::from(sparse.lowest > 0),
        };
        Some(((sparse.highest + 1).saturating_sub(first), first))
    }

    /// The features without names of a row, as they are numbered in the file, and their values.
    pub(super) fn unnamed_of(&self, row: usize) -> (&[u32], &[f32]) {
        let (block, row) = self.block(row);
        self.sparse.as_ref().map_or((&[], &[]), |sparse| sparse.parts[block].row(row))
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
        let shown = || self.cell(row, column).into_owned();
        let (file, mark, before) = self.marks[block];
        match self.places[file].find(mark, (before, inside), column) {
            Ok((position, text)) => (position, text.unwrap_or_else(shown)),
            Err(_) => (self.nowhere(), shown()),
        }
    }

    /// The place of a column's name, or of its first cell where it has none.
    pub(crate) fn head(&self, column: usize) -> Position {
        self.places[0].head(column).unwrap_or_else(|_| self.nowhere())
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
        self.by_name.get(name).copied()
    }
}
