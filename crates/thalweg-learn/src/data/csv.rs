//! Delimited text: a table of cells, with the place of each in the file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::kind::number;
use super::missing::Missing;
use super::{names, scan, text};
use crate::error::{Error, Position, Result};

/// How to read delimited text.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Whether the first row names the columns.
    pub header: Header,
    /// The character between fields; found in the text (comma, semicolon, tab or bar) unless given.
    pub delimiter: Option<u8>,
    /// Texts that mean "no value", besides the usual ones.
    pub missing: Vec<String>,
    /// Columns known by name: a first row with one of them names the columns, whatever else is in it.
    pub known: Vec<String>,
}

/// Whether the first row names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does unless it reads like data: a number or a missing value is in it, or, in a table of text only, each of
    /// its cells comes up again below.
    #[default]
    Auto,
    /// It does.
    Present,
    /// It does not; the columns are named c1, c2, …
    Absent,
}

/// A table of text in memory.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    /// The whole text, to find the place of a cell when somebody asks.
    text: String,
    delimiter: u8,
    missing: Missing,
    names: Vec<String>,
    had_header: bool,
    cells: Cells,
}

/// All fields end to end, trimmed, with the header's.
#[derive(Clone, Debug, Default)]
struct Cells {
    content: String,
    /// Where each field ends in `content`.
    ends: Vec<usize>,
    /// Where each record begins in the file.
    starts: Vec<usize>,
    width: usize,
}

impl Cells {
    fn get(&self, record: usize, column: usize) -> &str {
        let at = record * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.content[start..self.ends[at]]
    }

    fn row(&self, record: usize) -> impl Iterator<Item = &str> {
        (0..self.width).map(move |column| self.get(record, column))
    }

    fn push(&mut self, record: &::csv::StringRecord, start: usize) {
        self.starts.push(start);
        self.width = record.len();
        for field in record {
            self.content.push_str(field.trim());
            self.ends.push(self.content.len());
        }
    }
}

impl Table {
    /// Reads the file, or standard input for `-`; what is packed by gzip is unpacked.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Table> {
        Table::parse(&text::shown(path), text::read(path)?, options)
    }

    /// Takes the bytes of a file apart; `path` is for messages.
    pub fn parse(path: &Path, bytes: Vec<u8>, options: &ReadOptions) -> Result<Table> {
        let mut bytes = text::unpack(path, bytes)?;
        let delimiter = options.delimiter.unwrap_or_else(|| scan::delimiter(&bytes));
        scan::tuck_quotes(&mut bytes, delimiter);
        let mut table = Table {
            path: path.to_path_buf(),
            text: text::decode(path, bytes)?,
            delimiter,
            missing: Missing::with(&options.missing),
            names: Vec::new(),
            had_header: false,
            cells: Cells::default(),
        };
        table.read_records()?;
        table.name_columns(options)?;
        Ok(table)
    }

    fn read_records(&mut self) -> Result<()> {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(self.text.as_bytes());
        let mut cells = Cells::default();
        let mut record = ::csv::StringRecord::new();
        loop {
            let start = reader.position().byte() as usize;
            let more = reader.read_record(&mut record).map_err(|error| self.failed(error))?;
            if !more {
                break;
            }
            let blank = record.len() == 1 && record[0].trim().is_empty();
            let fits = cells.starts.is_empty() || record.len() == cells.width;
            // Only a quote that nothing closes can run to the end of the text.
            if !fits || reader.position().byte() as usize == self.text.len() {
                self.refuse_open_quote(start)?;
            }
            if blank {
                continue;
            }
            if !fits {
                self.cells = cells;
                return Err(self.ragged(start, record.len()));
            }
            cells.push(&record, start);
        }
        if cells.starts.is_empty() {
            return Err(Error::Empty { path: self.path.clone() });
        }
        self.cells = cells;
        Ok(())
    }

    fn failed(&self, error: ::csv::Error) -> Error {
        Error::Io { path: self.path.clone(), source: std::io::Error::other(error) }
    }

    fn refuse_open_quote(&self, start: usize) -> Result<()> {
        let fields = scan::record(self.text.as_bytes(), start, self.delimiter);
        match fields.iter().find(|field| !field.closed) {
            Some(field) => Err(Error::UnclosedQuote { at: self.place(field.quote.unwrap_or(start)) }),
            None => Ok(()),
        }
    }

    fn ragged(&self, start: usize, found: usize) -> Error {
        let fields = scan::record(self.text.as_bytes(), start, self.delimiter);
        let end = fields.last().map_or(start, |last| last.end);
        let breaks = |text: &str| text.lines().count().max(1) as u64;
        let over_lines = fields.iter().find(|field| breaks(&self.text[field.value..field.end]) > 1);
        let first = fields.first().map_or(start, |first| first.value);
        let place = match (over_lines, fields.get(self.cells.width)) {
            (Some(field), _) => field.quote.unwrap_or(field.value),
            (None, Some(extra)) => extra.value,
            (None, None) => end,
        };
        Error::RaggedRow {
            at: self.place(place),
            expected: self.cells.width,
            model: if self.first_row_names() { "the header" } else { "the first row" },
            found,
            lines: breaks(&self.text[first..end]),
        }
    }

    fn name_columns(&mut self, options: &ReadOptions) -> Result<()> {
        let known = |cell: &str| options.known.iter().any(|name| name == cell);
        self.had_header = match options.header {
            Header::Auto if self.cells.row(0).any(known) => true,
            Header::Auto => self.first_row_names() && !self.first_row_recurs(),
            Header::Present => true,
            Header::Absent => false,
        };
        for column in 0..self.cells.width {
            let name = if self.had_header { self.cells.get(0, column) } else { "" };
            // pandas and R leave the name of their index column empty.
            self.names.push(if name.is_empty() { format!("c{}", column + 1) } else { name.to_string() });
        }
        let mut seen = HashMap::new();
        for (column, name) in self.names.iter().enumerate() {
            if let Some(first) = seen.insert(name, column) {
                let (at, name) = (self.head(column), name.clone());
                return Err(Error::DuplicateColumn { at, name, first: first + 1 });
            }
        }
        if self.rows() == 0 {
            return Err(Error::NoRows { path: self.path.clone() });
        }
        Ok(())
    }

    /// Whether the first row could name columns: no number and no gap, but for the empty name of an index.
    fn first_row_names(&self) -> bool {
        self.cells.row(0).enumerate().all(|(column, cell)| {
            let index = column == 0 && self.cells.width > 1 && cell.is_empty();
            index || (number(cell).is_none() && !self.missing.is(cell))
        })
    }

    /// Whether, in a table of text, every cell of the first row comes up again in its column: then it names nothing.
    fn first_row_recurs(&self) -> bool {
        let records = self.cells.starts.len();
        let text = records > 1 && self.cells.row(1).all(|cell| number(cell).is_none());
        let recurs = |column| {
            let first = self.cells.get(0, column);
            (1..records).any(|record| self.cells.get(record, column) == first)
        };
        text && (0..self.cells.width).all(recurs)
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
        self.cells.starts.len() - usize::from(self.had_header)
    }

    /// Whether the first row of the file names the columns.
    pub fn had_header(&self) -> bool {
        self.had_header
    }

    /// The texts that mean "no value" here, sorted.
    pub fn missing_tokens(&self) -> &[String] {
        self.missing.tokens()
    }

    /// The text of a cell, without surrounding blanks and quotes.
    ///
    /// # Panics
    ///
    /// If there is no such row or column, as a slice does.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.cells.get(row + usize::from(self.had_header), column)
    }

    /// Whether a cell has no value.
    pub fn is_missing(&self, row: usize, column: usize) -> bool {
        self.missing.is(self.cell(row, column))
    }

    /// The place of a cell in the file: the first character of its value. Slow: it counts lines from the start.
    pub fn position(&self, row: usize, column: usize) -> Position {
        self.field(row + usize::from(self.had_header), column)
    }

    /// The place of a column's name, or of its first cell where it has none.
    pub(crate) fn head(&self, column: usize) -> Position {
        self.field(0, column)
    }

    /// The number of the column called `name`.
    pub fn column_index(&self, name: &str) -> Result<usize> {
        self.find(name).ok_or_else(|| Error::UnknownColumn {
            path: self.path.clone(),
            name: name.to_string(),
            nearest: names::nearest(name, &self.names),
            columns: self.names.clone(),
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|candidate| candidate == name)
    }

    fn field(&self, record: usize, column: usize) -> Position {
        let fields = scan::record(self.text.as_bytes(), self.cells.starts[record], self.delimiter);
        let Some(field) = fields.get(column) else {
            return self.place(self.cells.starts[record]);
        };
        let raw = &self.text[field.value..field.end];
        self.place(field.value + raw.len() - raw.trim_start().len())
    }

    fn place(&self, byte: usize) -> Position {
        let (line, column) = scan::locate(&self.text, byte);
        Position { path: self.path.clone(), line, column }
    }
}
