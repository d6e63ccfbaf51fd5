//! Which cells say that there is no value.

use std::collections::BTreeSet;

use super::kind::number;

/// Texts that mean "no value" in every file: those of pandas, R, SQL and the UCI repository.
const TOKENS: [&str; 13] = ["", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "-nan", "null", "NULL", "None", "?", "<NA>"];

/// The texts of a file that mean "no value".
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    tokens: Vec<String>,
    longest: usize,
    /// The first bytes of the tokens: most cells begin with none of them.
    first: Vec<u8>,
}

impl Missing {
    /// The usual ones and `more`.
    pub(crate) fn with(more: &[String]) -> Missing {
        let usual = TOKENS.iter().map(ToString::to_string);
        let more = more.iter().map(|token| token.trim().to_string());
        let tokens: Vec<String> = usual.chain(more).collect::<BTreeSet<_>>().into_iter().collect();
        let longest = tokens.iter().map(String::len).max().unwrap_or(0);
        let mut first: Vec<u8> = tokens.iter().filter_map(|token| token.bytes().next()).collect();
        first.dedup();
        Missing { tokens, longest, first }
    }

    /// Whether `cell` is one of them.
    pub(crate) fn is(&self, cell: &str) -> bool {
        let begins = cell.as_bytes().first().is_none_or(|byte| self.first.contains(byte));
        begins && cell.len() <= self.longest && self.tokens.iter().any(|token| token == cell)
    }

    /// Whether a number can be one of them.
    pub(crate) fn has_numbers(&self) -> bool {
        self.tokens.iter().any(|token| number(token).is_some())
    }

    /// All of them, sorted.
    pub(crate) fn tokens(&self) -> &[String] {
        &self.tokens
    }
}
