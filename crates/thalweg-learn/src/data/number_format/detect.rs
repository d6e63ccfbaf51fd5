//! Detection of the formats of numbers in the first rows of a text.

use std::collections::HashSet;

use super::format::NumberFormat;
use super::given_marks::GivenMarks;
use super::parts::NumberParts;
use crate::data::date::is_date;
use crate::data::number::parse_number;
use crate::data::value_key::has_leading_zero;

/// Least number of distinct values in a column for marks in it to be no parts of names.
const MIN_DISTINCT: usize = 4;

/// Marks between thousands that are detected for either decimal mark.
const MARKS: [(char, [Option<char>; 4]); 2] =
    [('.', [None, Some(','), Some(' '), Some('\'')]), (',', [None, Some('.'), Some(' '), Some('\'')])];

/// Cells with a value of a column whose numbers may have a format of their own.
#[derive(Clone, Debug)]
pub(in crate::data) struct ColumnCells<'t> {
    pub(in crate::data) cells: Vec<&'t str>,
    /// Format that the column has in other files.
    pub(super) known: Option<&'t NumberFormat>,
    /// If true, units are parts of the texts.
    pub(in crate::data) is_text: bool,
    /// Number of cells that are plain numbers.
    pub(super) plain: usize,
}

/// Format that fits all cells of a column.
pub(super) struct Candidate {
    format: NumberFormat,
    /// If true, the cells tell the decimal mark from the other one.
    has_decimal: bool,
}

/// Returns the format of each column; `None` for plain numbers and for texts.
pub(in crate::data) fn find_formats(columns: &[ColumnCells<'_>], given: GivenMarks) -> Vec<Option<NumberFormat>> {
    let given = given.completed();
    let candidates: Vec<Vec<Candidate>> = columns.iter().map(|column| column.candidates(given)).collect();
    let decimal = given.decimal.or_else(|| decimal_of_file(columns, &candidates));
    let find = |(column, candidates): (&ColumnCells<'_>, Vec<Candidate>)| {
        let found = column.known_format().or_else(|| column.choose(candidates, decimal));
        let found =
            found.or_else(|| column.format_of_most(given)).or_else(|| column.format_of_nearly_all(given, decimal));
        column.with_known_unit(found)
    };
    columns.iter().zip(candidates).map(find).collect()
}

/// Returns the decimal mark that columns have whose numbers have no other meaning; `None` if they disagree.
fn decimal_of_file(columns: &[ColumnCells<'_>], candidates: &[Vec<Candidate>]) -> Option<char> {
    if candidates.iter().all(Vec::is_empty) {
        return None;
    }
    let is_evident = |decimal| {
        let has_decimal = |one: &Candidate| one.format.decimal == decimal && one.has_decimal;
        let is_evident = |(column, all): (&ColumnCells<'_>, &Vec<Candidate>)| {
            !all.is_empty() && all.iter().all(has_decimal) && column.is_varied()
        };
        columns.iter().zip(candidates).any(is_evident)
    };
    match (is_evident(','), is_evident('.') || columns.iter().any(ColumnCells::has_decimal_points)) {
        (true, false) => Some(','),
        (false, true) => Some('.'),
        _ => None,
    }
}

impl<'t> ColumnCells<'t> {
    pub(in crate::data) fn new(cells: Vec<&'t str>, known: Option<&'t NumberFormat>, is_text: bool) -> Self {
        let plain = cells.iter().filter(|cell| parse_number(cell).is_some()).count();
        Self { cells, known, is_text, plain }
    }

    /// Returns the number of cells that are numbers in a format; `None` is that of plain numbers.
    pub(in crate::data) fn numbers_of(&self, format: Option<&NumberFormat>) -> usize {
        format.map_or(self.plain, |format| self.cells.iter().filter(|cell| format.plain(cell).is_some()).count())
    }

    pub(super) fn is_plain(&self) -> bool {
        self.plain == self.cells.len()
    }

    /// Returns `true` if there are enough distinct values for marks in them to be no parts of names.
    fn is_varied(&self) -> bool {
        let mut distinct = HashSet::new();
        self.cells.iter().any(|cell| distinct.insert(cell) && distinct.len() >= MIN_DISTINCT)
    }

    /// Returns the formats that fit all cells; none for plain numbers.
    pub(super) fn candidates(&self, given: GivenMarks) -> Vec<Candidate> {
        if self.is_plain() {
            return Vec::new();
        }
        let mut parts = Vec::new();
        for cell in &self.cells {
            let Some(part) = NumberParts::of(cell).filter(|part| !has_leading_zero(part.digits)) else {
                return Vec::new();
            };
            parts.push(part);
        }
        let Some(first) = parts.first() else { return Vec::new() };
        let around =
            NumberFormat { prefix: first.prefix.into(), suffix: first.suffix.into(), ..NumberFormat::default() };
        let is_same = |part: &NumberParts<'_>| part.prefix == first.prefix && part.suffix == first.suffix;
        let is_unit = around.has_unit();
        if !parts.iter().all(is_same)
            || !around.is_known()
            || (is_unit && (self.is_text || !self.is_varied()))
            || self.cells.iter().all(|cell| is_date(cell))
        {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        for (decimal, thousands) in MARKS {
            if given.decimal.is_some_and(|given| given != decimal) {
                continue;
            }
            let known = |mark: &Option<char>| mark.is_none() || given.thousands.is_none() || *mark == given.thousands;
            for thousands in thousands.into_iter().chain([given.thousands]).filter(known) {
                let format = NumberFormat { decimal, thousands, ..around.clone() };
                let is_new = candidates.iter().all(|one: &Candidate| one.format != format);
                if is_new && let Some(has_decimal) = fits(&format, &parts) {
                    candidates.push(Candidate { format, has_decimal });
                }
            }
        }
        // Without decimals, a space between thousands leaves the decimal mark open.
        let is_open = |one: &Candidate| one.format.decimal == ',' && !one.has_decimal;
        if candidates.len() > 1 {
            candidates.retain(|one| !is_open(one));
        }
        candidates
    }

    /// Returns the format that remains if the decimal mark is known; `None` if several do.
    pub(super) fn choose(&self, mut candidates: Vec<Candidate>, decimal: Option<char>) -> Option<NumberFormat> {
        if self.is_plain() {
            return self.format_of_points().filter(|_| decimal == Some(','));
        }
        let fits = |one: &Candidate| decimal.is_none_or(|decimal| one.format.decimal == decimal || !one.has_decimal);
        if candidates.iter().any(fits) {
            candidates.retain(fits);
        }
        // The smallest amount of money has two decimals: three digits are thousands.
        if candidates.len() > 1 && candidates.iter().all(|one| one.format.is_money()) {
            candidates.retain(|one| one.format.thousands.is_some());
        }
        let is_certain = decimal.is_some() || self.is_varied();
        let [Candidate { format, has_decimal }] = &candidates[..] else { return None };
        let decimal = if *has_decimal { format.decimal } else { decimal.unwrap_or(format.decimal) };
        is_certain.then(|| NumberFormat { decimal, ..format.clone() })
    }

    /// Returns `true` for plain numbers with points that are decimal marks.
    fn has_decimal_points(&self) -> bool {
        self.has_points() && self.is_plain() && self.format_of_points().is_none()
    }

    fn has_points(&self) -> bool {
        self.cells.iter().any(|cell| cell.contains('.'))
    }

    /// Returns the format of plain numbers whose points may separate thousands.
    fn format_of_points(&self) -> Option<NumberFormat> {
        let format = NumberFormat { decimal: ',', thousands: Some('.'), ..NumberFormat::default() };
        let fits = |cell: &&str| format.plain(cell).is_some();
        // Most often, the first cell with a point tells that it is a decimal mark.
        let first = self.cells.iter().find(|cell| cell.contains('.'));
        (first.is_some_and(fits) && self.cells.iter().all(fits)).then_some(format)
    }
}

/// Returns `true` for a number with other marks than a decimal point, without a currency or unit.
pub(in crate::data) fn is_formatted_number(cell: &str) -> bool {
    let Some(parts) = NumberParts::of(cell).filter(|parts| parts.prefix.is_empty() && parts.suffix.is_empty()) else {
        return false;
    };
    let formats = MARKS.into_iter().flat_map(|(decimal, marks)| marks.map(|thousands| (decimal, thousands)));
    let mut formats =
        formats.map(|(decimal, thousands)| NumberFormat { decimal, thousands, ..NumberFormat::default() });
    formats.any(|format| format.convert(&parts).is_some())
}

/// Returns `true` if all numbers have a format whose marks occur, and tell the decimal mark; `None` if not all have it.
fn fits(format: &NumberFormat, parts: &[NumberParts<'_>]) -> Option<bool> {
    let (mut has_decimals, mut has_thousands) = (false, false);
    for part in parts {
        format.convert(part)?;
        let (integer, decimals) = part.digits.split_once(format.decimal).unwrap_or((part.digits, ""));
        has_decimals |= !decimals.is_empty();
        has_thousands |= integer.bytes().any(|byte| !byte.is_ascii_digit());
    }
    let are_used =
        (format.thousands.is_none() || has_thousands) && (format.decimal == '.' || has_decimals || has_thousands);
    are_used.then_some(has_decimals || matches!(format.thousands, Some('.' | ',')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the formats of columns, of which each is a text with cells separated by bars.
    fn found(columns: &[&'static str], given: (Option<char>, Option<char>)) -> Vec<String> {
        let cells = |column: &&'static str| ColumnCells::new(column.split('|').collect(), None, false);
        let columns: Vec<ColumnCells<'_>> = columns.iter().map(cells).collect();
        let formats = find_formats(&columns, GivenMarks { decimal: given.0, thousands: given.1 });
        formats.iter().map(|format| format.as_ref().map_or_else(String::new, ToString::to_string)).collect()
    }

    #[test]
    fn formats_are_found_where_all_cells_have_them() {
        for (column, format) in [
            ("1|2.5|3|4", ""),
            ("1,5|2,25|10,5|3", "decimal mark ','"),
            ("1.161,8|838,2|713,3|9", "decimal mark ',', '.' between thousands"),
            ("1,234,567|950|1,000|7", "',' between thousands"),
            ("1,234.5|950.25|1,000|7", "',' between thousands"),
            ("1 234|950|1 000|7", "spaces between thousands"),
            ("1'234.50|950|1'000|7", "''' between thousands"),
            ("€ 1,200|€ 950|€ 2,100|€ 7", "',' between thousands, '€' before each number"),
            ("$3.50|-$4.25|$12|$0.5", "'$' before each number"),
            ("12 %|7 %|8.5 %|9%", "'%' after each number"),
            ("5 kg|6 kg|7,5 kg|8 kg", "decimal mark ',', 'kg' after each number"),
            ("(5)|6|7|8", "signs in other places or parentheses"),
            // Ambiguous, too few, several units, codes, dates, lists.
            ("1,234|2,345|3,456|4,567", ""),
            ("1,234 kg|2,345 kg|3,456 kg|4,567 kg", ""),
            ("1,5|2,5|1,5|2,5", ""),
            ("5 %|10 %|15 %|10 %", ""),
            ("5 kg|6 lb|7 kg|8 kg", ""),
            ("A12|A13|A14|A15", ""),
            ("01 %|02 %|03 %|04 %", ""),
            ("5 May 2020|6 May 2020|7 May 2020|8 May 2020", ""),
            ("1,2,3|2,3,4|3,4,5|4,5,6", ""),
            ("1-2|3-2|4-2|5-2", ""),
            ("1,5|2,25|10,5|x", ""),
            // One of ten may be a mistake.
            ("1 kg|2 kg|3 kg|4 kg|5 kg|6 kg|7 kg|8 kg|9 kg|3 lb", "'kg' after each number"),
            ("$1|$2.5|$3|$4|$5|$6|$7|$8|$9|-", "'$' before each number"),
            ("1,5|2,5|3,5|4,5|5,5|6,5|7,5|8,5|9,5|n.a.", "decimal mark ','"),
            ("1 kg|2 kg|3 kg|4 kg|5 kg|6 kg|7 kg|8 kg|3 lb|4 lb", ""),
            ("1|2|3|4|5|6|7|8|9|3 lb", ""),
        ] {
            assert_eq!(found(&[column], (None, None)), [format], "{column}");
        }
    }

    #[test]
    fn other_columns_tell_the_decimal_mark() {
        let (ambiguous, comma, point) = ("1,234|2,345|3,456|4,567", "1,5|2,25|10,5|3", "1.5|2.25|10.5|3");
        let thousands = "',' between thousands";
        assert_eq!(found(&[ambiguous, comma], (None, None)), ["decimal mark ','", "decimal mark ','"]);
        assert_eq!(found(&[ambiguous, point], (None, None)), [thousands, ""]);
        assert_eq!(found(&[ambiguous, comma, point], (None, None)), ["", "decimal mark ','", ""]);
        // Points separate thousands in a file with decimal commas, and few values are numbers too.
        let found_points = found(&["1.234|12.500|7", "0,5|1,5|0,5", comma], (None, None));
        assert_eq!(found_points, ["decimal mark ',', '.' between thousands", "decimal mark ','", "decimal mark ','"]);
    }

    #[test]
    fn given_marks_decide() {
        let ambiguous = "1,234|2,345|3,456|4,567";
        assert_eq!(found(&[ambiguous], (Some(','), None)), ["decimal mark ','"]);
        assert_eq!(found(&[ambiguous], (None, Some(','))), ["',' between thousands"]);
        assert_eq!(found(&["1.234|2.345"], (None, Some('.'))), ["decimal mark ',', '.' between thousands"]);
        assert_eq!(found(&["1,5|2,5|x|3,5"], (Some(','), None)), ["decimal mark ','"]);
        assert_eq!(found(&["1.5|2.5"], (Some(','), None)), [""]);
        assert_eq!(found(&["a|b|1,5"], (Some(','), None)), [""]);
    }
}
