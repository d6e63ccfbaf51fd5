//! Interaction features of several columns, and the hashes of their levels.

use std::borrow::Cow;
use std::str::FromStr;

use foldhash::HashSet;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::date::datetime_key;
use super::missing::MISSING_LEVEL;
use super::murmur::murmur3;
use super::number::NumberText;
use super::value_key::{number_key, truth_value};

/// Maximum number of hash bits: a weight and two optimizer slots for each coefficient then take three gigabytes.
pub(crate) const MAX_HASH_BITS: u8 = 27;

/// Interaction of several columns: the product of its numbers, with one coefficient for each combination of the levels
/// of its categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Columns of the interaction, each of which is a feature of its own too.
    pub columns: Vec<InteractionColumn>,
    /// Encoding of the interaction.
    pub encoding: InteractionEncoding,
}

/// Column of an interaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionColumn {
    /// Name of the column.
    pub name: String,
    /// If true, the levels of the category are numbers, so that 7 and 7.0 are the same level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub numeric: bool,
}

/// Encoding of an interaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InteractionEncoding {
    /// Interaction of numbers only: the product of the scaled numbers, standardized, with one coefficient.
    Number {
        /// Mean of the product over the training rows.
        mean: f64,
        /// Population standard deviation of the product over the training rows.
        deviation: f64,
    },
    /// One coefficient for each combination of levels seen in training, times the product of the scaled numbers.
    Levels(Vec<Vec<String>>),
    /// As `Levels`, but the coefficient is found by hashing the levels.
    Hashed,
}

/// Statistics of hashed levels and words, and their collisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashingStats {
    /// Number of hash bits: there are 2^`bits` coefficients.
    pub bits: u8,
    /// Number of distinct levels in training, over all hashed columns and interactions.
    pub levels: usize,
    /// Number of distinct words in training, over all columns of texts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub words: usize,
    /// Number of levels and words that share their coefficient with another one.
    pub collisions: usize,
}

/// Column names of a requested interaction, parsed from `a*b`; at least two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionSpec(pub Vec<String>);

impl FromStr for InteractionSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let columns: Vec<String> = text.split('*').map(|name| name.trim().to_string()).collect();
        if columns.len() < 2 || columns.iter().any(String::is_empty) {
            return Err(format!("expected an interaction COLUMN*COLUMN, found '{text}'"));
        }
        Ok(Self(columns))
    }
}

impl Interaction {
    /// Name of the interaction, `a*b`.
    pub fn name(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join("*")
    }
}

/// 64-bit hash of a feature and its levels; the low half gives the coefficient of a hashed feature.
///
/// `MurmurHash3` of each level, seeded with the hash of what precedes it, beginning with the feature's name: as Vowpal
/// Wabbit hashes a feature within its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LevelHash {
    low: u32,
    high: u32,
}

impl LevelHash {
    /// Hash of a feature's name.
    pub(super) fn of_feature(name: &str) -> LevelHash {
        LevelHash { low: 0, high: 1 }.with_level(name)
    }

    /// Hash of this followed by `level`.
    pub(super) fn with_level(self, level: &str) -> LevelHash {
        LevelHash { low: murmur3(level.as_bytes(), self.low), high: murmur3(level.as_bytes(), self.high) }
    }

    /// Hash of this followed by the level of a cell, which [`level_text`] describes.
    pub(super) fn with_cell(self, cell: Cell<'_>, numeric: bool) -> LevelHash {
        let with_number = |value| self.with_level(NumberText::new(value).as_str());
        match cell {
            Cell::Missing => self.with_level(MISSING_LEVEL),
            Cell::Number(value) => with_number(value),
            Cell::Text(text) => self.with_level(&text_level(text, numeric)),
        }
    }

    /// Index of the coefficient among 2^`bits`.
    pub(super) fn coefficient(self, bits: u8) -> u32 {
        self.low & ((1 << bits) - 1)
    }
}

/// Returns the text of a cell's level; if `numeric`, numbers are formatted uniformly.
pub(super) fn level_text(cell: Cell<'_>, numeric: bool) -> Cow<'_, str> {
    match cell {
        Cell::Missing => MISSING_LEVEL.into(),
        Cell::Number(value) => value.to_string().into(),
        Cell::Text(text) => text_level(text, numeric),
    }
}

/// Returns the level of a text; if `numeric`, numbers are formatted uniformly.
fn text_level(text: &str, numeric: bool) -> Cow<'_, str> {
    number_key(text).filter(|_| numeric).unwrap_or_else(|| level_spelling(text))
}

/// Returns the one spelling of a level that is a truth value or a moment, and other levels as they are.
pub(super) fn level_spelling(level: &str) -> Cow<'_, str> {
    truth_value(level).map(Cow::Borrowed).or_else(|| datetime_key(level)).unwrap_or(level.into())
}

#[allow(clippy::trivially_copy_pass_by_ref)] // required by serde
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl HashingStats {
    /// Counts levels, words and collisions of the given hashes.
    pub(super) fn new(bits: u8, levels: &HashSet<LevelHash>, words: &HashSet<LevelHash>) -> HashingStats {
        let mut coefficients: Vec<u32> = levels.iter().chain(words).map(|hash| hash.coefficient(bits)).collect();
        coefficients.sort_unstable();
        let shared = coefficients.chunk_by(|a, b| a == b).map(<[u32]>::len).filter(|levels| *levels > 1);
        HashingStats { bits, levels: levels.len(), words: words.len(), collisions: shared.sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactions_are_parsed_at_asterisks() {
        assert_eq!("a * b*c".parse(), Ok(InteractionSpec(vec!["a".into(), "b".into(), "c".into()])));
        for invalid in ["a", "", "a*", "*b", "a**b"] {
            let message = invalid.parse::<InteractionSpec>().expect_err(invalid);
            assert!(message.contains("COLUMN*COLUMN"), "{message}");
        }
    }

    #[test]
    fn levels_are_hashed_within_their_feature() {
        let hash = |name: &str, level: &str| LevelHash::of_feature(name).with_level(level);
        assert_eq!(hash("colour", "red").low, murmur3(b"red", murmur3(b"colour", 0)));
        assert_ne!(hash("colour", "red"), hash("roof", "red"));
        assert!(hash("colour", "red").coefficient(3) < 8);
        assert_eq!(level_text(Cell::Text("07"), true), "7");
        assert_eq!(level_text(Cell::Text("07"), false), "07");
        assert_eq!(level_text(Cell::Number(7.0), false), "7");
        assert_eq!(level_text(Cell::Missing, true), MISSING_LEVEL);
        let feature = LevelHash::of_feature("roof");
        for cell in [Cell::Text("07"), Cell::Text("red"), Cell::Number(0.5), Cell::Missing] {
            for numeric in [false, true] {
                assert_eq!(feature.with_cell(cell, numeric), feature.with_level(&level_text(cell, numeric)));
            }
        }
    }

    #[test]
    fn levels_with_a_common_coefficient_are_counted() {
        let hash = |low, high| LevelHash { low, high };
        let hashes = HashSet::from_iter([hash(1, 0), hash(9, 0), hash(17, 0), hash(2, 0), hash(1, 1)]);
        let words = HashSet::from_iter([hash(2, 7)]);
        let stats = |bits| HashingStats::new(bits, &hashes, &words);
        assert_eq!(stats(3), HashingStats { bits: 3, levels: 5, words: 1, collisions: 6 });
        assert_eq!(stats(8), HashingStats { bits: 8, levels: 5, words: 1, collisions: 4 });
    }
}
