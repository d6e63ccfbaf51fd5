//! Distinct values of a column.

use foldhash::HashSet;

use super::profile::ColumnProfile;
use crate::data::cell::Cell;
use crate::data::number::parse_number;
use crate::error::Result;

/// Binary logarithm of the number of places for numbers that are remembered.
const PLACE_BITS: u32 = 6;

/// 2⁶⁴ divided by the golden ratio: multiplied by it, similar numbers are far apart.
const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bits of some of the numbers seen lately, so that the values of a column with few are not hashed again and again.
struct RecentNumbers([u64; 1 << PLACE_BITS]);

impl Default for RecentNumbers {
    fn default() -> Self {
        // No value is NaN.
        Self([f64::NAN.to_bits(); 1 << PLACE_BITS])
    }
}

impl RecentNumbers {
    /// Remembers a number; returns `false` if it was remembered already.
    fn insert(&mut self, number: f64) -> bool {
        // Only the highest bits of the product depend on all bits of a number: the lowest ones of 1, 2 and 3 are zeros.
        let bits = number.to_bits();
        let place = (bits.wrapping_mul(GOLDEN_RATIO) >> (u64::BITS - PLACE_BITS)) as usize;
        std::mem::replace(&mut self.0[place], bits) != bits
    }
}

/// Distinct value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DistinctValue<'t> {
    /// Bits of a number.
    Number(u64),
    /// Text, which may be the text of a number.
    Text(&'t str),
}

impl<'t> DistinctValue<'t> {
    pub(super) fn of(cell: Cell<'t>) -> Option<Self> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => Some(Self::Number(value.to_bits())),
            Cell::Text(text) => Some(Self::Text(text)),
        }
    }

    /// Returns the number, parsing a text; `None` for other texts.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Number(bits) => Some(f64::from_bits(bits)),
            Self::Text(text) => parse_number(text),
        }
    }

    /// Returns the value as text.
    pub(super) fn text(self) -> String {
        match self {
            Self::Number(bits) => f64::from_bits(bits).to_string(),
            Self::Text(text) => text.to_string(),
        }
    }
}

impl<'t> ColumnProfile<'t> {
    /// Calls `visit` with each distinct value at least once.
    fn for_each_distinct_value(&self, mut visit: impl FnMut(Cell<'t>)) -> Result<()> {
        // Whether a text was visited, by its code.
        let mut visited = Vec::new();
        let (mut recent, mut buffer) = (RecentNumbers::default(), Vec::new());
        self.table.for_each_run(&[self.column], |_, run| {
            if let Some((codes, texts)) = run.codes() {
                visited.resize(texts.len(), false);
                for &code in codes {
                    // A missing cell has no text.
                    if visited.get(code as usize) == Some(&false) {
                        visited[code as usize] = true;
                        visit(Cell::Text(&texts[code as usize]));
                    }
                }
            } else if let Some(numbers) = run.numbers(&mut buffer) {
                // Adding 0 turns −0 into 0: they are one value.
                let numbers = numbers.iter().map(|number| number + 0.0).filter(|number| !number.is_nan());
                numbers.filter(|number| recent.insert(*number)).for_each(|number| visit(Cell::Number(number)));
            } else {
                run.filter(|(_, cell)| *cell != Cell::Missing).for_each(|(_, cell)| visit(cell));
            }
        })
    }

    /// Returns the distinct values: texts, and numbers by their bits.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn distinct_values(&self) -> Result<HashSet<DistinctValue<'t>>> {
        let mut values = HashSet::default();
        self.for_each_distinct_value(|cell| values.extend(DistinctValue::of(cell)))?;
        Ok(values)
    }

    /// Returns `true` if the texts of all values satisfy a condition.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn all_values(&self, condition: impl Fn(&str) -> bool) -> Result<bool> {
        let mut all = true;
        self.for_each_distinct_value(|cell| {
            all = all
                && match cell {
                    Cell::Missing => unreachable!("only cells with a value are visited"),
                    Cell::Number(value) => condition(&value.to_string()),
                    Cell::Text(text) => condition(text),
                };
        })?;
        Ok(all)
    }
}

#[cfg(test)]
#[test]
fn small_integers_are_remembered_side_by_side() {
    let mut recent = RecentNumbers::default();
    for round in 0..3 {
        let new = [0.0, 1.0, 2.0, 3.0].map(|number| recent.insert(number));
        assert_eq!(new, [round == 0; 4]);
    }
    assert!(recent.insert(0.5) && recent.insert(-1.0) && !recent.insert(0.5));
}
