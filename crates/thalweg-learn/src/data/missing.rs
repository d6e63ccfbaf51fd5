//! Texts that stand for a missing value.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::number::parse_number;
use super::read_options::ReadOptions;

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
    /// Tokens that are given for this file and are no default ones. Copies of the set share them.
    given: Arc<[GivenToken]>,
}

/// Token of which it is counted if a cell is equal to it.
#[derive(Debug)]
struct GivenToken {
    text: String,
    number: Option<f64>,
    is_matched: AtomicBool,
}

impl GivenToken {
    fn new(text: String) -> GivenToken {
        GivenToken { number: parse_number(&text), text, is_matched: AtomicBool::new(false) }
    }

    fn is_number(&self, value: f64) -> bool {
        self.number.is_some_and(|number| number.total_cmp(&value).is_eq())
    }
}

impl MissingTokens {
    /// The default tokens, those of files of the same kind, and those that are given.
    pub(crate) fn of_options(options: &ReadOptions) -> MissingTokens {
        let given = given_tokens(options);
        let all = MissingTokens::with(&[&options.known_missing_tokens[..], &given].concat());
        MissingTokens { given: given.into_iter().map(GivenToken::new).collect(), ..all }
    }

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
        MissingTokens { tokens, max_length, first_bytes, numbers, given: Arc::default() }
    }

    /// Returns `true` if `cell` is one of the tokens.
    pub(crate) fn contains(&self, cell: &str) -> bool {
        let begins = cell.as_bytes().first().is_none_or(|byte| self.first_bytes.contains(byte));
        let is_token = begins && cell.len() <= self.max_length && self.tokens.iter().any(|token| token == cell);
        if is_token {
            self.match_given(|given| given.text == cell);
        }
        is_token || (self.has_numbers() && parse_number(cell).is_some_and(|value| self.is_number(value)))
    }

    /// Returns `true` if one of the tokens is the text of this number.
    pub(crate) fn is_number(&self, value: f64) -> bool {
        let is_token = self.numbers.iter().any(|missing| missing.total_cmp(&value).is_eq());
        if is_token {
            self.match_given(|given| given.is_number(value));
        }
        is_token
    }

    /// Notes that a cell is equal to some of the given tokens.
    fn match_given(&self, is_equal: impl Fn(&GivenToken) -> bool) {
        for given in self.given.iter().filter(|given| is_equal(given)) {
            given.is_matched.store(true, Ordering::Relaxed);
        }
    }

    /// Returns `true` for a given token that no cell has been equal to.
    pub(crate) fn is_unmatched(&self, token: &str) -> bool {
        let number = parse_number(token);
        let is_same = |given: &&GivenToken| given.text == token || number.is_some_and(|value| given.is_number(value));
        self.given.iter().filter(is_same).all(|given| !given.is_matched.load(Ordering::Relaxed))
    }

    /// Returns `true` if one of the tokens is the text of a number, such as -999.
    pub(crate) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Numbers among the tokens.
    pub(crate) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// All tokens in ascending order.
    pub(crate) fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

/// Returns the tokens that are given for a file, without default ones and those of files of the same kind.
pub(crate) fn given_tokens(options: &ReadOptions) -> Vec<String> {
    let is_known = |token: &str| {
        let mut known = options.known_missing_tokens.iter().map(|token| token.trim());
        DEFAULT_TOKENS.contains(&token) || known.any(|known| known == token)
    };
    let mut given: Vec<String> = Vec::new();
    for token in options.missing_tokens.iter().map(|token| token.trim()) {
        if !is_known(token) && !given.iter().any(|other| other == token) {
            given.push(token.to_string());
        }
    }
    given
}
