//! Formats of columns in which some cells have another one: that of other files, of a given mark, or of most cells.

use super::detect::ColumnCells;
use super::format::NumberFormat;
use super::given_marks::GivenMarks;
use super::parts::NumberParts;

/// Most units in a column whose numbers may have one of them.
const MAX_UNITS: usize = 16;

impl<'t> ColumnCells<'t> {
    /// Returns the format of the column in other files, if most cells have it, and at least as many as are plain.
    pub(super) fn known_format(&self) -> Option<NumberFormat> {
        self.known.filter(|format| self.is_of(format)).cloned()
    }

    /// Returns a format that was found, or that of the other files if it has another unit: the numbers have another
    /// meaning then, and are read as texts, which are no numbers.
    pub(super) fn with_known_unit(&self, found: Option<NumberFormat>) -> Option<NumberFormat> {
        let has_other_unit = |known: &&NumberFormat| {
            known.has_unit() && found.as_ref().is_some_and(|found| found.has_unit() && !found.has_unit_of(known))
        };
        self.known.filter(has_other_unit).cloned().or(found)
    }

    /// Returns the given format if most cells have it: the others are mistakes.
    pub(super) fn format_of_most(&self, given: GivenMarks) -> Option<NumberFormat> {
        let decimal = given.decimal.or(given.thousands.map(|_| '.'))?;
        let format = NumberFormat { decimal, thousands: given.thousands, ..NumberFormat::default() };
        (!self.is_plain() && self.is_of(&format)).then_some(format)
    }

    /// Returns the format of nine of ten cells, if the others have another unit or no number: they are mistakes.
    pub(super) fn format_of_nearly_all(&self, given: GivenMarks, decimal: Option<char>) -> Option<NumberFormat> {
        if self.plain * 2 > self.cells.len() {
            return None;
        }
        let around = |cell: &&'t str| NumberParts::of(cell).map(|parts| (parts.prefix, parts.suffix));
        let mut counts: Vec<((&str, &str), usize)> = Vec::new();
        for marks in self.cells.iter().filter_map(around) {
            match counts.iter().position(|(known, _)| *known == marks) {
                Some(at) => counts[at].1 += 1,
                None if counts.len() < MAX_UNITS => counts.push((marks, 1)),
                None => return None,
            }
        }
        let (marks, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        if count == self.cells.len() || count * 10 < self.cells.len() * 9 {
            return None;
        }
        let cells = self.cells.iter().copied().filter(|cell| around(cell) == Some(marks)).collect();
        let most = ColumnCells::new(cells, None, self.is_text);
        most.choose(most.candidates(given), decimal)
    }

    fn is_of(&self, format: &NumberFormat) -> bool {
        let fitting = self.numbers_of(Some(format));
        fitting >= self.plain && fitting * 2 > self.cells.len()
    }
}
