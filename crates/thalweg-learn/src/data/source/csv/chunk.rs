//! Whole records of text become a block of columns.

use std::borrow::Cow;
use std::collections::HashMap;

use super::number;
use super::scan::{self, Field};
use crate::data::kind;
use crate::data::missing::Missing;
use crate::data::source::block::{Block, Numbers, Texts, Values};

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Numbers; what is none is kept beside them.
    Numbers,
    /// Texts, even where they write numbers.
    Texts,
    /// Not at all.
    Nothing,
}

/// What is known of the text before it is read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// What each column is read as; their number is the width of every record.
    pub(super) columns: Vec<Reading>,
    pub(super) delimiter: u8,
    /// The first character of lines that say nothing.
    pub(super) comment: Option<u8>,
    pub(super) missing: Missing,
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it begins.
    pub(super) start: usize,
    /// How many fields it has.
    pub(super) found: usize,
}

/// Reads all records of `text`, which begins with one and ends with one. Those of another width are faults; the others make
/// the block.
pub(super) fn parse(text: &str, shape: &Shape) -> (Block, Vec<Fault>) {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        shape,
        columns: shape.columns.iter().map(|reading| Filling::new(*reading)).collect(),
        plain: !shape.missing.has_numbers(),
        rows: 0,
        skipped_rows: Vec::new(),
    };
    let mut at = 0;
    while let Some(start) = scan::next_record(reader.bytes, at, shape) {
        at = reader.record(start);
    }
    let columns = reader.columns.into_iter().map(Filling::done).collect();
    (Block { columns, rows: reader.rows, ..Block::default() }, reader.skipped_rows)
}

/// A column as it fills.
enum Filling<'t> {
    Numbers(Numbers),
    Texts { texts: Texts, known: HashMap<Cow<'t, str>, u32> },
    Nothing,
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    shape: &'t Shape,
    columns: Vec<Filling<'t>>,
    /// Whether every number is one, and none means "no value".
    plain: bool,
    rows: usize,
    skipped_rows: Vec<Fault>,
}

impl Reader<'_> {
    /// Reads the record at `start`; says where the next one may begin.
    #[inline]
    fn record(&mut self, start: usize) -> usize {
        let (delimiter, width) = (self.shape.delimiter, self.columns.len());
        let mut at = start;
        for i in 0..width {
            let end = self.field(i, at);
            let more = self.bytes.get(end) == Some(&delimiter);
            let last = i + 1 == width;
            if more == last {
                let (found, end) = self.count(start);
                // A blank line is no record.
                if found == 1 && self.is_blank(start, end) {
                    self.take_back();
                    return end;
                }
                self.skipped_rows.push(Fault { start, found });
                self.take_back();
                return end;
            }
            at = end + 1;
        }
        if width == 1 && self.is_blank(start, at - 1) {
            self.take_back();
            return at - 1;
        }
        self.rows += 1;
        at - 1
    }

    fn is_blank(&self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|line| line.trim().is_empty())
    }

    /// How many fields the record at `start` has, and where it ends.
    fn count(&self, start: usize) -> (usize, usize) {
        let fields = scan::record(self.bytes, start, self.shape.delimiter);
        (fields.len(), fields.last().map_or(start, |last| last.end))
    }

    /// Leaves out the cells of a record that is none.
    fn take_back(&mut self) {
        for column in &mut self.columns {
            column.cut(self.rows);
        }
    }

    /// Reads the field of column `i` that begins at `at`; says where it ends.
    #[inline(always)]
    fn field(&mut self, i: usize, at: usize) -> usize {
        if self.plain
            && let Filling::Numbers(numbers) = &mut self.columns[i]
            && let Some((value, length)) = number::plain(&self.bytes[at..], self.shape.delimiter)
        {
            numbers.values.push(value);
            return at + length;
        }
        self.any_field(i, at)
    }

    fn any_field(&mut self, i: usize, at: usize) -> usize {
        let field = scan::field(self.bytes, at, self.shape.delimiter);
        match &mut self.columns[i] {
            Filling::Nothing => {}
            column => column.push(cell(self.text, &field), &self.shape.missing, self.rows),
        }
        field.end
    }
}

/// What a field says: without the quotes around it, those inside single, and without blanks at its ends.
pub(super) fn cell<'t>(text: &'t str, field: &Field) -> Cow<'t, str> {
    // A delimiter that is no character of its own can cut one in two; such a piece says nothing.
    let raw = text.get(field.value..field.end).unwrap_or_default();
    if field.quote.is_none() {
        return Cow::Borrowed(raw.trim());
    }
    match raw.split_once('"') {
        Some((inside, after)) if after.trim().is_empty() => Cow::Borrowed(inside.trim()),
        _ => Cow::Owned(unquoted(raw).trim().to_string()),
    }
}

/// A quoted text after its first quote: two quotes are one, and the last closes it; what follows is taken as it is.
fn unquoted(raw: &str) -> String {
    let (mut out, mut rest) = (String::new(), raw);
    while let Some((before, after)) = rest.split_once('"') {
        out.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            out.push_str(after);
            return out;
        };
        out.push('"');
        rest = more;
    }
    out.push_str(rest);
    out
}

impl<'t> Filling<'t> {
    fn new(reading: Reading) -> Self {
        match reading {
            Reading::Numbers => Filling::Numbers(Numbers::default()),
            Reading::Texts => Filling::Texts { texts: Texts::default(), known: HashMap::new() },
            Reading::Nothing => Filling::Nothing,
        }
    }

    fn push(&mut self, cell: Cow<'t, str>, missing: &Missing, row: usize) {
        match self {
            Filling::Numbers(numbers) if missing.is(&cell) => numbers.values.push(f64::NAN),
            Filling::Numbers(numbers) => {
                let value = kind::number(&cell);
                numbers.values.push(value.unwrap_or(f64::NAN));
                if value.is_none() {
                    numbers.texts.push((row, cell.into_owned()));
                }
            }
            Filling::Texts { texts, .. } if missing.is(&cell) => texts.codes.push(Texts::MISSING),
            Filling::Texts { texts, known } => {
                if let Some(&code) = known.get(&cell) {
                    return texts.codes.push(code);
                }
                let code = texts.names.len() as u32;
                texts.codes.push(code);
                texts.names.push(cell.clone().into_owned());
                known.insert(cell, code);
            }
            Filling::Nothing => {}
        }
    }

    /// Keeps the first `rows` cells.
    fn cut(&mut self, rows: usize) {
        match self {
            Filling::Numbers(numbers) => {
                numbers.values.truncate(rows);
                while numbers.texts.last().is_some_and(|(row, _)| *row >= rows) {
                    numbers.texts.pop();
                }
            }
            // A name that no cell has any more does no harm.
            Filling::Texts { texts, .. } => texts.codes.truncate(rows),
            Filling::Nothing => {}
        }
    }

    fn done(self) -> Values {
        match self {
            Filling::Numbers(numbers) => Values::Numbers(numbers),
            Filling::Texts { texts, .. } => Values::Texts(texts),
            Filling::Nothing => Values::Texts(Texts::default()),
        }
    }
}
