//! Encoding of texts as bags of words.

use foldhash::HashMap;

use super::known_missing::MissingValues;
use crate::data::cell::Cell;
use crate::data::interaction::LevelHash;
use crate::data::number::NumberText;
use crate::data::sparse_rows::SparseRows;
use crate::data::table::Table;
use crate::data::words::{DocumentFrequencies, TextWeighting, for_each_word};
use crate::error::Result;

/// Column of texts and the coefficients of its words.
#[derive(Debug)]
pub(super) struct TextFeature {
    pub(super) column: usize,
    /// Hash of the column's name.
    name: LevelHash,
    words: WordCoefficients,
    weighting: TextWeighting,
    idf: InverseDocumentFrequencies,
}

/// The 2^`bits` coefficients from `first` on, selected by the hash of a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordCoefficients {
    pub(super) first: u32,
    pub(super) bits: u8,
}

/// Factors of words by their rarity in the training rows.
#[derive(Debug)]
struct InverseDocumentFrequencies {
    by_hash: HashMap<u32, f64>,
    /// Factor of words that did not occur in training.
    of_others: f64,
}

impl InverseDocumentFrequencies {
    /// ln((1 + n)/(1 + d)) + 1 for a word in d of n training rows; 1 without frequencies.
    fn new(frequencies: Option<&DocumentFrequencies>) -> Self {
        let Some(DocumentFrequencies { documents, frequencies }) = frequencies else {
            return Self { by_hash: HashMap::default(), of_others: 1.0 };
        };
        let idf = |frequency: f64| libm::log((1.0 + documents) / (1.0 + frequency)) + 1.0;
        let by_hash = frequencies.iter().map(|&(hash, frequency)| (hash, idf(frequency))).collect();
        Self { by_hash, of_others: idf(0.0) }
    }
}

impl TextFeature {
    pub(super) fn new(
        column: usize,
        name: &str,
        words: WordCoefficients,
        weighting: TextWeighting,
        frequencies: Option<&DocumentFrequencies>,
    ) -> Self {
        let (name, idf) = (LevelHash::of_feature(name), InverseDocumentFrequencies::new(frequencies));
        Self { column, name, words, weighting, idf }
    }

    /// Encodes the given rows of a table.
    pub(super) fn encode(&self, table: &Table<'_>, rows: &[usize], missing: &MissingValues) -> Result<SparseRows> {
        let (mut encoded, mut hashes) = (SparseRows::default(), Vec::new());
        table.gather(self.column, rows, |_, cell| {
            let cell = if missing.contains(cell) { Cell::Missing } else { cell };
            self.append(cell, &mut hashes, &mut encoded);
            encoded.ends.push(encoded.index.len());
        })?;
        Ok(encoded)
    }

    /// Appends the words of a cell to the row that has no end yet, ascending; `hashes` is scratch memory.
    pub(super) fn append(&self, cell: Cell<'_>, hashes: &mut Vec<u32>, row: &mut SparseRows) {
        hashes.clear();
        for_each_word_hash(cell, self.name, |hash| hashes.push(hash.coefficient(self.words.bits)));
        hashes.sort_unstable();
        let word = |equal: &[u32]| (equal[0], self.value(equal[0], equal.len() as f64));
        let words = || hashes.chunk_by(|a, b| a == b).map(word);
        let norm = words().map(|(_, value)| value * value).sum::<f64>().sqrt();
        words().for_each(|(hash, value)| row.push(self.words.first + hash, (value / norm) as f32));
    }

    /// Returns the value of a word that occurs `count` times in a text, before the text is normalized.
    fn value(&self, hash: u32, count: f64) -> f64 {
        match self.weighting {
            TextWeighting::Count => count,
            TextWeighting::Binary => 1.0,
            TextWeighting::Tfidf => count * self.idf.by_hash.get(&hash).copied().unwrap_or(self.idf.of_others),
        }
    }
}

/// Calls `visit` with the hash of each word of a cell, in the column whose name has the hash `name`; a missing text
/// has no words.
pub(in crate::data) fn for_each_word_hash(cell: Cell<'_>, name: LevelHash, mut visit: impl FnMut(LevelHash)) {
    let mut visit = |text: &str| for_each_word(text, |word| visit(name.with_level(word)));
    match cell {
        Cell::Missing => {}
        Cell::Number(value) => visit(NumberText::new(value).as_str()),
        Cell::Text(text) => visit(text),
    }
}
