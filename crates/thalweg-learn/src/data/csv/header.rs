//! Detection of the header and of the column types from the beginning of a delimited text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::dialect::{CsvDialect, ParseAs};
use super::scan;
use crate::data::missing::MissingTokens;
use crate::data::number::parse_number;
use crate::data::number_format::{ColumnCells, GivenMarks, NumberFormat, find_formats, is_formatted_number};
use crate::data::read_options::{HeaderRow, ReadOptions};
use crate::data::text_syntax::Syntax;
use crate::data::value_key::has_leading_zero;
use crate::pool;

/// Most records inspected to detect the types of columns.
const MAX_INSPECTED_RECORDS: usize = 10_000;

/// Cells of a record.
type Record<'t> = &'t [Cow<'t, str>];

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
        let missing = MissingTokens::of_options(options);
        let (mut cells, mut ends, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        let (mut field_starts, mut data_start) = (Vec::new(), 0);
        let mut at = 0;
        while let Some(start) =
            scan::next_record(bytes, at, options.comment).filter(|_| ends.len() < MAX_INSPECTED_RECORDS)
        {
            fields.clear();
            fields.extend(scan::fields(bytes, start, syntax));
            at = fields.last().map_or(bytes.len(), |last| last.end);
            if let [only] = &fields[..]
                && only.quote.is_none()
                && scan::unquote(text, only).is_empty()
            {
                continue;
            }
            if ends.is_empty() {
                field_starts = fields.iter().map(|field| field.value).collect();
                data_start = at;
            }
            cells.extend(fields.iter().map(|field| scan::unquote(text, field)));
            ends.push(cells.len());
        }
        let starts = std::iter::once(&0).chain(&ends);
        let records: Vec<Record<'_>> = starts.zip(&ends).map(|(start, end)| &cells[*start..*end]).collect();
        let first = records.first()?;
        let is_present = is_header(&records, options, &missing);
        let name = |(column, cell): (usize, &Cow<'_, str>)| {
            // pandas and R leave the name of their index column empty.
            let named = is_present && !cell.is_empty();
            if named { cell.to_string() } else { format!("c{}", column + 1) }
        };
        let names: Vec<String> = first.iter().enumerate().map(name).collect();
        let cells = column_cells(&records[usize::from(is_present)..], &names, options, &missing);
        let marks = GivenMarks { decimal: options.decimal, thousands: options.thousands };
        let formats = find_formats(&cells, marks);
        let columns = column_types(&cells, &formats, &names, options);
        if !is_present {
            data_start = scan::next_record(bytes, 0, options.comment).expect("there is a first record");
        }
        // Names and cells that were only inspected do not count for what the cells are equal to.
        let missing = MissingTokens::of_options(options);
        let dialect = CsvDialect { columns, formats, syntax, comment: options.comment, missing };
        Some(CsvHeader { dialect, names, is_present, data_start, field_starts })
    }
}

impl CsvHeader {
    /// Returns the formats of numbers by the names of their columns.
    pub(super) fn number_formats(&self) -> BTreeMap<String, NumberFormat> {
        let formats = self.names.iter().zip(&self.dialect.formats);
        formats.filter_map(|(name, format)| Some((name.clone(), format.clone()?))).collect()
    }
}

fn is_header(records: &[Record<'_>], options: &ReadOptions, missing: &MissingTokens) -> bool {
    let first = records[0];
    match options.header {
        HeaderRow::Auto if first.iter().any(|cell| options.known_columns.iter().any(|known| known == cell)) => true,
        HeaderRow::Auto => could_be_names(first, missing) && !recurs(records),
        HeaderRow::Present => true,
        HeaderRow::Absent => false,
    }
}

/// Returns `true` if a record has no number and no missing value, except for the empty name of an index column.
pub(super) fn could_be_names(record: &[impl AsRef<str>], missing: &MissingTokens) -> bool {
    record.iter().map(AsRef::as_ref).enumerate().all(|(column, cell)| {
        let index = column == 0 && record.len() > 1 && cell.is_empty();
        index || (!is_number(cell) && !missing.contains(cell))
    })
}

/// Returns `true` for a number, whatever marks are in it.
pub(super) fn is_number(cell: &str) -> bool {
    parse_number(cell).is_some() || is_formatted_number(cell)
}

/// Returns `true` if the table has only texts and every cell of the first record occurs again in its column.
fn recurs(records: &[Record<'_>]) -> bool {
    let text = records.get(1).is_some_and(|record| record.iter().all(|cell| !is_number(cell)));
    let again =
        |(column, first): (usize, &Cow<'_, str>)| records[1..].iter().any(|record| record.get(column) == Some(first));
    text && records[0].iter().enumerate().all(again)
}

/// Returns the cells of each column that is read.
fn column_cells<'t>(
    records: &'t [Record<'t>],
    names: &[String],
    options: &'t ReadOptions,
    missing: &MissingTokens,
) -> Vec<ColumnCells<'t>> {
    let text_columns: HashSet<&String> = options.text_columns.iter().collect();
    let selection = options.column_selection();
    let of_column = |(column, name): (usize, &String)| {
        let read = if selection.contains(name) { records } else { &[] };
        let cells = read.iter().filter_map(|record| record.get(column)).filter(|cell| !missing.contains(cell));
        let known = options.known_format.numbers.get(name);
        ColumnCells::new(cells.map(AsRef::as_ref).collect(), known, text_columns.contains(name))
    };
    pool::map(names.par_iter().enumerate(), of_column)
}

/// Returns the type of each column: numbers, unless most of its first values are texts or one has a leading zero.
fn column_types(
    columns: &[ColumnCells<'_>],
    formats: &[Option<NumberFormat>],
    names: &[String],
    options: &ReadOptions,
) -> Vec<ParseAs> {
    let selection = options.column_selection();
    let of_column = |((column, format), name): ((&ColumnCells<'_>, &Option<NumberFormat>), &String)| {
        if !selection.contains(name) {
            return ParseAs::Nothing;
        }
        let numbers = column.numbers_of(format.as_ref());
        // Leading zeros may be part of a code: inference decides.
        let has_codes = format.is_none() && column.cells.iter().any(|cell| has_leading_zero(cell));
        let are_texts = column.is_text || (column.cells.len() - numbers) * 2 > numbers || has_codes;
        if are_texts { ParseAs::Strings } else { ParseAs::Numbers }
    };
    columns.iter().zip(formats).zip(names).map(of_column).collect()
}
