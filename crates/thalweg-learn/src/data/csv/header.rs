//! Detection of the header and of the column types from the beginning of a delimited text.

use std::collections::HashSet;

use super::dialect::{CsvDialect, ParseAs};
use super::scan;
use crate::data::missing::MissingTokens;
use crate::data::number::parse_number;
use crate::data::read_options::{HeaderRow, ReadOptions};
use crate::data::text_syntax::Syntax;
use crate::data::value_key::has_leading_zero;

/// Most records inspected to detect the types of columns.
const MAX_INSPECTED_RECORDS: usize = 10_000;

/// Properties detected from the beginning of a delimited text.
#[derive(Clone, Debug)]
pub(super) struct CsvHeader {
    pub(super) dialect: CsvDialect,
    /// Column names: those of the first record, or c1, c2, …
    pub(super) names: Vec<String>,
    /// If true, the first record contains the column names.
    pub(super) is_present: bool,
    /// Position of the first data record.
    pub(super) data_start: usize,
    /// Position of each field of the first record.
    pub(super) field_starts: Vec<usize>,
}

impl CsvHeader {
    /// Inspects `text`, which begins and ends with a whole record; returns `None` if it has no record.
    pub(super) fn detect(text: &str, syntax: Syntax, options: &ReadOptions) -> Option<CsvHeader> {
        let bytes = text.as_bytes();
        let missing = MissingTokens::with(&options.missing_tokens);
        let (mut records, mut field_starts, mut data_start) = (Vec::new(), Vec::new(), 0);
        let mut at = 0;
        while let Some(start) =
            scan::next_record(bytes, at, options.comment).filter(|_| records.len() < MAX_INSPECTED_RECORDS)
        {
            let fields = scan::record(bytes, start, syntax);
            at = fields.last().map_or(bytes.len(), |last| last.end);
            let cells: Vec<String> = fields.iter().map(|field| scan::unquote(text, field).into_owned()).collect();
            if let [only] = &cells[..]
                && only.is_empty()
                && fields.iter().all(|field| field.quote.is_none())
            {
                continue;
            }
            if records.is_empty() {
                field_starts = fields.iter().map(|field| field.value).collect();
                data_start = at;
            }
            records.push(cells);
        }
        let first = records.first()?;
        let is_present = is_header(&records, options, &missing);
        let name = |(column, cell): (usize, &String)| {
            // pandas and R leave the name of their index column empty.
            let named = is_present && !cell.is_empty();
            if named { cell.clone() } else { format!("c{}", column + 1) }
        };
        let names: Vec<String> = first.iter().enumerate().map(name).collect();
        let columns = column_types(&records[usize::from(is_present)..], &names, options, &missing);
        if !is_present {
            data_start = scan::next_record(bytes, 0, options.comment).expect("there is a first record");
        }
        let dialect = CsvDialect { columns, syntax, comment: options.comment, missing };
        Some(CsvHeader { dialect, names, is_present, data_start, field_starts })
    }
}

fn is_header(records: &[Vec<String>], options: &ReadOptions, missing: &MissingTokens) -> bool {
    let first = &records[0];
    match options.header {
        HeaderRow::Auto if first.iter().any(|cell| options.known_columns.contains(cell)) => true,
        HeaderRow::Auto => could_be_names(first, missing) && !recurs(records),
        HeaderRow::Present => true,
        HeaderRow::Absent => false,
    }
}

/// Returns `true` if a record has no number and no missing value, except for the empty name of an index column.
fn could_be_names(record: &[String], missing: &MissingTokens) -> bool {
    record.iter().enumerate().all(|(column, cell)| {
        let index = column == 0 && record.len() > 1 && cell.is_empty();
        index || (parse_number(cell).is_none() && !missing.contains(cell))
    })
}

/// Returns `true` if the table has only texts and every cell of the first record occurs again in its column.
fn recurs(records: &[Vec<String>]) -> bool {
    let text = records.get(1).is_some_and(|record| record.iter().all(|cell| parse_number(cell).is_none()));
    let again = |(column, first): (usize, &String)| records[1..].iter().any(|record| record.get(column) == Some(first));
    text && records[0].iter().enumerate().all(again)
}

/// Returns the type of each column: numbers, unless most of its first values are texts or one has a leading zero.
fn column_types(
    records: &[Vec<String>],
    names: &[String],
    options: &ReadOptions,
    missing: &MissingTokens,
) -> Vec<ParseAs> {
    let text_columns: HashSet<&String> = options.text_columns.iter().collect();
    let of_column = |(column, name): (usize, &String)| {
        if !options.reads(name) {
            return ParseAs::Nothing;
        }
        let values = records.iter().filter_map(|record| record.get(column)).filter(|cell| !missing.contains(cell));
        let (mut numbers, mut others, mut leading_zeros) = (0, 0, false);
        for value in values {
            *if parse_number(value).is_some() { &mut numbers } else { &mut others } += 1;
            leading_zeros |= has_leading_zero(value);
        }
        // Leading zeros may be part of a code: inference decides.
        let are_texts = text_columns.contains(name) || others * 2 > numbers || leading_zeros;
        if are_texts { ParseAs::Strings } else { ParseAs::Numbers }
    };
    names.iter().enumerate().map(of_column).collect()
}
