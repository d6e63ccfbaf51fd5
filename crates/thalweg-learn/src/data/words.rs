//! Words of texts, and their weights.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Number of hash bits of words unless another one is requested.
pub(crate) const DEFAULT_TEXT_HASH_BITS: u8 = 18;

/// Value of a word in a text, before the values of the text are divided by the root of the sum of their squares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextWeighting {
    /// Number of occurrences in the text.
    Count,
    /// One, however often the word occurs.
    Binary,
    /// Count · (ln((1 + n)/(1 + d)) + 1), where d of n training rows contain the word: tf-idf with a smooth idf, as in
    /// scikit-learn.
    #[default]
    Tfidf,
}

/// Number of training rows that contain each word, for tf-idf.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentFrequencies {
    /// Number of training rows.
    pub documents: f64,
    /// Number of training rows with a word of each hash, by ascending hash; 0 for other words.
    pub frequencies: Vec<(u32, f64)>,
}

impl TextWeighting {
    /// Name of the weighting: `count`, `binary` or `tfidf`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Binary => "binary",
            Self::Tfidf => "tfidf",
        }
    }
}

impl DocumentFrequencies {
    /// Returns `true` if these are numbers of rows by ascending hashes of this number of bits.
    pub(crate) fn are_consistent(&self, hash_bits: u8) -> bool {
        let most = self.documents;
        most.is_finite()
            && self.frequencies.is_sorted_by(|a, b| a.0 < b.0)
            && self.frequencies.iter().all(|(hash, count)| {
                hash.checked_shr(u32::from(hash_bits)).unwrap_or(0) == 0 && (0.0..=most).contains(count)
            })
    }
}

/// Calls `visit` with each word of a text in lower case, in order.
///
/// Words are those of Unicode (UAX #29) that have a letter or a digit, such as `can't`, `3.5` and `naïve`. Ideographs
/// are words of their own.
pub(super) fn for_each_word(text: &str, mut visit: impl FnMut(&str)) {
    let mut lower = String::new();
    for word in text.unicode_words() {
        if word.is_ascii() {
            lower.clear();
            lower.push_str(word);
            lower.make_ascii_lowercase();
        } else {
            lower = word.to_lowercase();
        }
        visit(&lower);
    }
}

/// Number of words of a text.
pub(super) fn count_words(text: &str) -> usize {
    text.unicode_words().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_unicode_in_lower_case() {
        let words = |text: &str| {
            let mut words = Vec::new();
            for_each_word(text, |word| words.push(word.to_string()));
            words
        };
        for (text, expected) in [
            ("Free entry: WIN £1,000 now!!", &["free", "entry", "win", "1,000", "now"][..]),
            ("I can't, e.g. 3.5% — naïve ÜBER-Fluß", &["i", "can't", "e.g", "3.5", "naïve", "über", "fluß"]),
            ("ΟΔΟΣ Straße 東京 x_1", &["οδος", "straße", "東", "京", "x_1"]),
            (" \t … ?! ", &[]),
            ("", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
            assert_eq!(count_words(text), expected.len());
        }
    }
}
