//! What the beginning of a text tells: its delimiter, its names, and what its columns hold.

use std::collections::HashSet;

use super::chunk::{Reading, Shape, cell};
use super::scan;
use crate::data::kind::number;
use crate::data::missing::Missing;
use crate::data::source::options::{HeaderRow, ReadOptions};

/// Records looked at to tell what a column holds.
const RECORDS: usize = 10_000;

/// The beginning of a text.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) shape: Shape,
    /// The names of the columns: those of the first record, or c1, c2, …
    pub(super) names: Vec<String>,
    /// Whether the first record names the columns.
    pub(super) had_header: bool,
    /// Where the first record of data begins.
    pub(super) data: usize,
    /// Where each field of the first record stands.
    pub(super) places: Vec<usize>,
}

impl Head {
    /// Looks at `text`, which begins with a record and ends with one; `None` if there is none.
    pub(super) fn look(text: &str, delimiter: u8, options: &ReadOptions) -> Option<Head> {
        let bytes = text.as_bytes();
        let missing = Missing::with(&options.missing_tokens);
        let mut shape = Shape { columns: Vec::new(), delimiter, comment: options.comment, missing };
        let (mut records, mut places, mut data) = (Vec::new(), Vec::new(), 0);
        let mut at = 0;
        while let Some(start) = scan::next_record(bytes, at, &shape).filter(|_| records.len() < RECORDS) {
            let fields = scan::record(bytes, start, delimiter);
            at = fields.last().map_or(bytes.len(), |last| last.end);
            let cells: Vec<String> = fields.iter().map(|field| cell(text, field).into_owned()).collect();
            if let [only] = &cells[..]
                && only.is_empty()
                && fields.iter().all(|field| field.quote.is_none())
            {
                continue;
            }
            if records.is_empty() {
                places = fields.iter().map(|field| field.value).collect();
                data = at;
            }
            records.push(cells);
        }
        let first = records.first()?;
        let had_header = is_header(&records, options, &shape.missing);
        let name = |(column, cell): (usize, &String)| {
            // pandas and R leave the name of their index column empty.
            let named = had_header && !cell.is_empty();
            if named { cell.clone() } else { format!("c{}", column + 1) }
        };
        let names: Vec<String> = first.iter().enumerate().map(name).collect();
        shape.columns = readings(&records[usize::from(had_header)..], &names, options, &shape.missing);
        if !had_header {
            data = scan::next_record(bytes, 0, &shape).unwrap_or(0);
        }
        Some(Head { shape, names, had_header, data, places })
    }
}

fn is_header(records: &[Vec<String>], options: &ReadOptions, missing: &Missing) -> bool {
    let first = &records[0];
    match options.header {
        HeaderRow::Auto if first.iter().any(|cell| options.known_columns.contains(cell)) => true,
        HeaderRow::Auto => names(first, missing) && !recurs(records),
        HeaderRow::Present => true,
        HeaderRow::Absent => false,
    }
}

/// Whether a record could name columns: no number and no gap, but for the empty name of an index.
fn names(record: &[String], missing: &Missing) -> bool {
    record.iter().enumerate().all(|(column, cell)| {
        let index = column == 0 && record.len() > 1 && cell.is_empty();
        index || (number(cell).is_none() && !missing.is(cell))
    })
}

/// Whether, in a table of text, every cell of the first record comes up again in its column: then it names nothing.
fn recurs(records: &[Vec<String>]) -> bool {
    let text = records.get(1).is_some_and(|record| record.iter().all(|cell| number(cell).is_none()));
    let again = |(column, first): (usize, &String)| records[1..].iter().any(|record| record.get(column) == Some(first));
    text && records[0].iter().enumerate().all(again)
}

/// A column is read as numbers where most of its first values are numbers, or there are none: what else comes is kept too.
fn readings(records: &[Vec<String>], names: &[String], options: &ReadOptions, missing: &Missing) -> Vec<Reading> {
    let texts: HashSet<&String> = options.text_columns.iter().collect();
    let of_column = |(column, name): (usize, &String)| {
        if !options.reads(name) {
            return Reading::Nothing;
        }
        let values = records.iter().filter_map(|record| record.get(column)).filter(|cell| !missing.is(cell));
        let (mut numbers, mut others) = (0, 0);
        for value in values {
            *if number(value).is_some() { &mut numbers } else { &mut others } += 1;
        }
        if texts.contains(name) || others * 2 > numbers { Reading::Texts } else { Reading::Numbers }
    };
    names.iter().enumerate().map(of_column).collect()
}
