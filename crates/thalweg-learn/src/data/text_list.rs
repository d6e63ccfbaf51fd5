//! Lists of texts in one piece of memory, and codes of distinct texts.

use std::hash::BuildHasher;
use std::ops::Index;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// List of texts in one piece of memory: a column may have millions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextList {
    /// All texts, one after another.
    text: String,
    /// End of each text.
    ends: Vec<usize>,
}

impl TextList {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a text; `None` beyond the end of the list.
    pub(crate) fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        Some(&self.text[start..end])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| &self[i])
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Number of bytes of all texts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }
}

impl Index<usize> for TextList {
    type Output = str;

    fn index(&self, i: usize) -> &str {
        match self.get(i) {
            Some(text) => text,
            None => unreachable!("text {i} of {}", self.len()),
        }
    }
}

/// Index of a list of distinct texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    table: HashTable<Entry>,
    hasher: RandomState,
}

/// Text of a list, with its hash, by which most other texts differ and from which the table grows.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    code: u32,
}

impl Entry {
    /// The hash in the places of a hash of 64 bits that the table looks at: the first and the last ones.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl TextIndex {
    /// Returns the position of a text in `texts`, all of which have come through this index; appends a new text.
    pub(crate) fn code(&mut self, texts: &mut TextList, text: &str) -> u32 {
        let hash = (self.hasher.hash_one(text) >> 32) as u32;
        let is_text = |entry: &Entry| entry.hash == hash && texts[entry.code as usize] == *text;
        if let Some(entry) = self.table.find(Entry::spread(hash), is_text) {
            return entry.code;
        }
        let code = texts.len() as u32;
        texts.push(text);
        self.table.insert_unique(Entry::spread(hash), Entry { hash, code }, |entry| Entry::spread(entry.hash));
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_positions_of_first_occurrence() {
        let (mut texts, mut index) = (TextList::default(), TextIndex::default());
        let codes = ["b", "", "ä", "b", "", "c"].map(|text| index.code(&mut texts, text));
        assert_eq!(codes, [0, 1, 2, 0, 1, 3]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["b", "", "ä", "c"]);
        assert_eq!((texts.get(2), texts.get(4), texts.text_bytes()), (Some("ä"), None, 4));
        for round in 0..2 {
            for i in 0..10_000 {
                let code = index.code(&mut texts, &format!("text {i}"));
                assert_eq!((code, &texts[code as usize]), (i + 4, &*format!("text {i}")), "round {round}");
            }
        }
    }
}
