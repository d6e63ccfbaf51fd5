//! Crosses: features of several columns together, and features found by a hash instead of a list of levels.

use std::borrow::Cow;
use std::collections::HashSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kind::number;
use super::murmur::murmur3;
use super::schema::MISSING_LEVEL;
use super::source::block::Cell;
use super::table::Table;

/// Bits of a hash at most: a weight and two slots of each coefficient are three gigabytes then.
pub(crate) const MAX_HASH_BITS: u8 = 27;

/// A feature of several columns together: the product of its numbers, one for each combination of levels of its categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Its columns, each a feature of its own too.
    pub columns: Vec<InteractionColumn>,
    /// How it becomes numbers.
    pub encoding: InteractionEncoding,
}

/// A column of a cross.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionColumn {
    /// Its name.
    pub name: String,
    /// Whether its levels are numbers: 7 and 7.0 are one then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub numeric: bool,
}

/// How a cross becomes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InteractionEncoding {
    /// Of numbers alone: the product of the scaled numbers, scaled in its turn; one coefficient.
    Number {
        /// Mean of the product.
        mean: f64,
        /// Its population standard deviation.
        deviation: f64,
    },
    /// One coefficient for each combination of levels seen in training, times the product of the scaled numbers.
    Levels(Vec<Vec<String>>),
    /// The same, of the coefficient that the hash of the levels falls on.
    Hashed,
}

/// What was hashed, and how well the coefficients were enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashingStats {
    /// There are 2^bits coefficients.
    pub bits: u8,
    /// Levels seen in training, of all columns and crosses.
    pub levels: usize,
    /// Those that share their coefficient with another.
    pub collisions: usize,
}

/// The columns of a cross as they are asked for: `a*b`, of two columns or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionSpec(pub Vec<String>);

impl FromStr for InteractionSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let columns: Vec<String> = text.split('*').map(|name| name.trim().to_string()).collect();
        if columns.len() < 2 || columns.iter().any(String::is_empty) {
            return Err(format!("an interaction must be COLUMN*COLUMN, but is '{text}'"));
        }
        Ok(Self(columns))
    }
}

impl Interaction {
    /// What it is called: `a*b`.
    pub fn name(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join("*")
    }
}

/// What levels of a feature fall on: 64 bits that tell them apart, of which the lower ones say where.
///
/// `MurmurHash3` of each level, with the hash of what comes before it for a seed, and the feature's name before all: as Vowpal
/// Wabbit hashes a feature within its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u32, u32);

impl Key {
    pub(super) fn of_feature(name: &str) -> Key {
        Key(0, 1).then(name)
    }

    pub(super) fn then(self, level: &str) -> Key {
        Key(murmur3(level.as_bytes(), self.0), murmur3(level.as_bytes(), self.1))
    }

    /// The coefficient, of so many bits.
    pub(super) fn slot(self, bits: u8) -> u32 {
        self.0 & ((1 << bits) - 1)
    }
}

/// The level of a cell, as text.
pub(super) fn level(cell: Cell<'_>, missing: bool, numeric: bool) -> Cow<'_, str> {
    match cell {
        _ if missing => MISSING_LEVEL.into(),
        Cell::Missing => MISSING_LEVEL.into(),
        Cell::Number(value) => value.to_string().into(),
        Cell::Text(text) => match number(text) {
            Some(value) if numeric => value.to_string().into(),
            _ => text.into(),
        },
    }
}

/// Whether none of the rows has a text in the column.
pub(super) fn is_numeric(table: &Table, index: usize, rows: &[usize]) -> bool {
    let gathered: Result<(), ()> =
        table.gather(index, rows, |_, cell| if matches!(cell, Cell::Text(_)) { Err(()) } else { Ok(()) });
    gathered.is_ok()
}

impl HashingStats {
    /// Counts levels by their keys.
    pub(super) fn count(bits: u8, keys: &HashSet<Key>) -> HashingStats {
        let mut on = vec![0_u32; 1 << bits];
        for key in keys {
            on[key.slot(bits) as usize] += 1;
        }
        let collisions = on.iter().filter(|levels| **levels > 1).map(|levels| *levels as usize).sum();
        HashingStats { bits, levels: keys.len(), collisions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactions_are_columns_between_stars() {
        assert_eq!("a * b*c".parse(), Ok(InteractionSpec(vec!["a".into(), "b".into(), "c".into()])));
        for wrong in ["a", "", "a*", "*b", "a**b"] {
            let message = wrong.parse::<InteractionSpec>().expect_err(wrong);
            assert!(message.contains("COLUMN*COLUMN"), "{message}");
        }
    }

    #[test]
    fn levels_are_hashed_within_their_feature() {
        let of = |name: &str, level: &str| Key::of_feature(name).then(level);
        assert_eq!(of("colour", "red").0, murmur3(b"red", murmur3(b"colour", 0)));
        assert_ne!(of("colour", "red"), of("roof", "red"));
        assert!(of("colour", "red").slot(3) < 8);
        assert_eq!(level(Cell::Text("07"), false, true), "7");
        assert_eq!(level(Cell::Text("07"), false, false), "07");
        assert_eq!(level(Cell::Number(7.0), false, false), "7");
        assert_eq!(level(Cell::Number(-1.0), true, true), MISSING_LEVEL);
    }

    #[test]
    fn levels_on_one_coefficient_are_counted() {
        let keys = HashSet::from([Key(1, 0), Key(9, 0), Key(17, 0), Key(2, 0), Key(1, 1)]);
        assert_eq!(HashingStats::count(3, &keys), HashingStats { bits: 3, levels: 5, collisions: 4 });
        assert_eq!(HashingStats::count(8, &keys), HashingStats { bits: 8, levels: 5, collisions: 2 });
    }
}
