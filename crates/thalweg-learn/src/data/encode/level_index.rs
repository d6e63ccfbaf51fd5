//! Coefficients of the levels of a category.

use std::borrow::Borrow;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use foldhash::HashMap;

use crate::data::cell::Cell;
use crate::data::missing::MISSING_LEVEL;
use crate::data::number::NumberText;
use crate::data::value_key::value_key;

/// Coefficient of each level of a category. A level matches a cell of the same text, or else of the same value: 3 and
/// 3.0, true and TRUE.
#[derive(Clone, Debug)]
pub(super) struct LevelIndex<S> {
    by_text: HashMap<S, u32>,
    /// Coefficient of the level with the value of each key that is no level; `None` if several levels have the value.
    by_key: HashMap<String, Option<u32>>,
}

impl<S: Borrow<str> + Eq + Hash> LevelIndex<S> {
    pub(super) fn new(levels: impl IntoIterator<Item = (S, u32)>) -> Self {
        let by_text: HashMap<S, u32> = levels.into_iter().collect();
        let mut by_key = HashMap::default();
        for (level, &code) in &by_text {
            let Some(key) = value_key(level.borrow()).filter(|key| !by_text.contains_key(&**key)) else { continue };
            match by_key.entry(key.into_owned()) {
                Entry::Vacant(entry) => drop(entry.insert(Some(code))),
                Entry::Occupied(mut entry) => *entry.get_mut() = None,
            }
        }
        Self { by_text, by_key }
    }

    /// Returns the coefficient of a cell's level; `None` for a level not seen in training.
    pub(super) fn code(&self, cell: Cell<'_>) -> Option<u32> {
        let by_key = |key: &str| self.by_text.get(key).copied().or_else(|| self.by_key.get(key).copied().flatten());
        match cell {
            Cell::Missing => self.by_text.get(MISSING_LEVEL).copied(),
            Cell::Number(value) => by_key(NumberText::new(value).as_str()),
            Cell::Text(text) => {
                let known = self.by_text.get(text).copied();
                known.or_else(|| value_key(text).and_then(|key| by_key(&key)))
            }
        }
    }
}

impl LevelIndex<&str> {
    /// Returns the same index with levels of its own.
    pub(super) fn into_owned(self) -> LevelIndex<String> {
        let by_text = self.by_text.into_iter().map(|(level, code)| (level.to_string(), code)).collect();
        LevelIndex { by_text, by_key: self.by_key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_match_by_text_and_else_by_value() {
        let index = LevelIndex::new([("3.0", 0), ("01", 1), ("1", 2), ("False", 3), ("9007199254740993", 4)]);
        for (text, code) in [
            ("3.0", Some(0)),
            ("3", Some(0)),
            ("03", Some(0)),
            ("01", Some(1)),
            ("1", Some(2)),
            ("1.0", Some(2)),
            ("false", Some(3)),
            ("9007199254740993.0", Some(4)),
            ("9007199254740992", None),
            ("True", None),
            ("4", None),
        ] {
            assert_eq!(index.code(Cell::Text(text)), code, "{text}");
        }
        assert_eq!((index.code(Cell::Number(3.0)), index.code(Cell::Missing)), (Some(0), None));
        let ambiguous = LevelIndex::new([("1.0", 0), ("01", 1)]);
        assert_eq!((ambiguous.code(Cell::Text("1")), ambiguous.code(Cell::Text("01"))), (None, Some(1)));
    }
}
