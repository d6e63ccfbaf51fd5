//! Texts that stand for a missing value.

use std::collections::BTreeSet;

use super::number::parse_number;

/// Level of a categorical column for cells without a value; part of coefficient names.
pub(crate) const MISSING_LEVEL: &str = "(missing)";

/// Texts that mean a missing value in every file: those of pandas, R, SQL and the UCI repository, and the errors of
/// spreadsheets.
const DEFAULT_TOKENS: [&str; 28] = [
    "", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL", "None", "?", "<NA>", "1.#IND",
    "-1.#IND", "1.#QNAN", "-1.#QNAN", "#N/A", "#N/A N/A", "#NA", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!",
    "#VALUE!", "#ERROR!",
];

/// Set of texts that mean a missing value in a file.
#[derive(Clone, Debug)]
pub(crate) struct MissingTokens {
    tokens: Vec<String>,
    /// Length of the longest token in bytes.
    max_length: usize,
    /// First bytes of the tokens: most cells begin with none of them, which is quick to see.
    first_bytes: Vec<u8>,
    /// Numbers among the tokens, such as -999: a cell of the same number is missing, however it is written.
    numbers: Vec<f64>,
}

impl MissingTokens {
    /// The default tokens and `additional` ones.
    pub(crate) fn with(additional: &[String]) -> MissingTokens {
        let default = DEFAULT_TOKENS.iter().map(ToString::to_string);
        let additional = additional.iter().map(|token| token.trim().to_string());
        MissingTokens::of(default.chain(additional))
    }

    /// The given tokens alone.
    pub(crate) fn of(tokens: impl Iterator<Item = String>) -> MissingTokens {
        let tokens: Vec<String> = tokens.collect::<BTreeSet<_>>().into_iter().collect();
        let max_length = tokens.iter().map(String::len).max().unwrap_or(0);
        let mut first_bytes: Vec<u8> = tokens.iter().filter_map(|token| token.bytes().next()).collect();
        first_bytes.dedup();
        let numbers = tokens.iter().filter_map(|token| parse_number(token)).collect();
        MissingTokens { tokens, max_length, first_bytes, numbers }
    }

    /// Returns `true` if `cell` is one of the tokens.
    pub(crate) fn contains(&self, cell: &str) -> bool {
        let begins = cell.as_bytes().first().is_none_or(|byte| self.first_bytes.contains(byte));
        let is_token = begins && cell.len() <= self.max_length && self.tokens.iter().any(|token| token == cell);
        is_token || (self.has_numbers() && parse_number(cell).is_some_and(|value| self.is_number(value)))
    }

    /// Returns `true` if one of the tokens is the text of this number.
    pub(crate) fn is_number(&self, value: f64) -> bool {
        self.numbers.iter().any(|missing| missing.total_cmp(&value).is_eq())
    }

    /// Returns `true` if one of the tokens is the text of a number, such as -999.
    pub(crate) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// All tokens in ascending order.
    pub(crate) fn tokens(&self) -> &[String] {
        &self.tokens
    }
}
