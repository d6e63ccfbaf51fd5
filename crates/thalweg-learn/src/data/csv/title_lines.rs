//! Lines before the header or the first row: titles, remarks, descriptions of the file.

use std::collections::HashSet;

use super::detect;
use super::header::{could_be_names, is_number};
use super::scan::{self, Field};
use crate::data::missing::MissingTokens;
use crate::data::read_options::{HeaderRow, ReadOptions};
use crate::data::text_syntax::Syntax;

/// Most lines with text that are skipped.
const MAX_LINES: usize = 20;

/// Record with its cells, without empty ones at its end.
struct Record {
    start: usize,
    cells: Vec<String>,
    /// Number of its fields.
    width: usize,
    is_remark: bool,
}

/// Returns the start of the header if lines before it have fewer fields than the rows, or begin with #; 0 if there are
/// none.
///
/// Such lines are skipped only if what follows is clearly a header: the names of columns, of which one is of numbers,
/// or one is expected. Remarks may also be followed by rows of numbers.
pub(super) fn header_start(text: &str, syntax: Syntax, options: &ReadOptions) -> usize {
    let records: Vec<Record> =
        detect::rows(text.as_bytes(), syntax, options.comment).iter().map(|fields| Record::new(text, fields)).collect();
    let width = detect::common_width(&records.iter().map(|record| record.width).collect::<Vec<_>>());
    let is_before =
        |record: &&Record| record.is_remark || record.width < width || (width > 1 && record.cells.len() < 2);
    let before = records.iter().take_while(is_before).count();
    if width < 2 || before == 0 || before > MAX_LINES || before >= records.len() {
        return 0;
    }
    let (first, below) = (&records[before], &records[before + 1..]);
    let missing = MissingTokens::of_options(options);
    let is_header = first.is_header(width, below, options, &missing);
    let last = &records[before - 1];
    if is_header {
        first.start
    } else if !records[..before].iter().all(|record| record.is_remark) || first.width != width {
        0
    } else if last.width == width {
        // The names themselves follow the #.
        last.start
    } else {
        first.start
    }
}

/// Returns `true` if a text begins with this number of lines before the header, or before the rows if there is none, as
/// files of the same kind do: the line after them has the name of an expected column; or the first of them is no row of
/// the table after them, having another width or no number where the rows have numbers.
pub(super) fn known_lines_precede(lines: usize, text: &[u8], options: &ReadOptions) -> bool {
    let text = String::from_utf8_lossy(text);
    let Some((last, _)) = text.match_indices('\n').nth(lines - 1) else { return false };
    let (before, after) = text.split_at(last + 1);
    let syntax = Syntax { delimiter: detect::delimiter(after.as_bytes(), options), quoting: options.quoting() };
    let records = |text: &str| -> Vec<Record> {
        let rows = detect::rows(text.as_bytes(), syntax, options.comment);
        rows.iter().map(|fields| Record::new(text, fields)).collect()
    };
    let (before, rows) = (records(before), records(after));
    let (Some(title), Some(first)) = (before.first(), rows.first()) else { return false };
    if options.header != HeaderRow::Absent {
        let expected = options.expected_columns();
        return first.cells.iter().any(|cell| expected.contains(cell.as_str()));
    }
    let missing = MissingTokens::of_options(options);
    let mut numeric = (0..first.width).filter(|column| is_numeric(&rows, *column, &missing)).peekable();
    let is_value = |cell: &String| is_number(cell) || missing.contains(cell);
    let has_number = numeric.peek().is_none() || numeric.any(|column| title.cells.get(column).is_some_and(is_value));
    title.width != first.width || !has_number
}

/// Returns `true` if a column of records has values, which all are numbers.
fn is_numeric(records: &[Record], column: usize, missing: &MissingTokens) -> bool {
    let cells = records.iter().filter_map(|record| record.cells.get(column));
    let mut values = cells.filter(|cell| !missing.contains(cell)).peekable();
    values.peek().is_some() && values.all(|cell| is_number(cell))
}

impl Record {
    fn new(text: &str, fields: &[Field]) -> Record {
        let mut cells: Vec<String> = fields.iter().map(|field| scan::unquote(text, field).into_owned()).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        let first = &fields[0];
        let is_remark = first.quote.is_none() && text[first.value..].starts_with('#');
        Record { start: first.quote.unwrap_or(first.value), width: fields.len(), cells, is_remark }
    }

    /// Returns `true` if this is clearly the header of the records below.
    fn is_header(&self, width: usize, below: &[Record], options: &ReadOptions, missing: &MissingTokens) -> bool {
        let distinct: HashSet<&String> = self.cells.iter().collect();
        if self.width != width || self.cells.len() != width || distinct.len() < 2 || below.is_empty() {
            return false;
        }
        let expected = options.expected_columns();
        self.cells.iter().any(|cell| expected.contains(cell.as_str()))
            || (could_be_names(&self.cells, missing) && (0..width).any(|column| is_numeric(below, column, missing)))
    }
}
