//! Parsers of option values.

use std::fmt::Display;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use thalweg_learn::data::Delimiter;
use thalweg_learn::fit::parse_bytes;

use crate::hints;

/// Parses a value of the library; an unknown name comes with the nearest known one.
pub(crate) fn with_suggestion<T: FromStr<Err = thalweg::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| hints::describe(&error))
}

/// Returns a parser for the values of a library's enum, each with its name and a line of help.
pub(crate) fn one_of<T>(values: &'static [(&'static str, &'static str, T)]) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let names = values.iter().map(|(name, help, _)| PossibleValue::new(*name).help(*help));
    PossibleValuesParser::new(names).map(move |name| {
        let found = values.iter().find(|(known, ..)| *known == name);
        found.map(|(.., value)| *value).expect("clap admits the listed names only")
    })
}

/// Parses a number that satisfies a condition; the error states `expected`.
fn number<T: FromStr>(text: &str, expected: &str, holds: impl FnOnce(&T) -> bool) -> Result<T, String> {
    text.parse().ok().filter(holds).ok_or_else(|| expected_value(expected))
}

fn expected_value(expected: impl Display) -> String {
    format!("expected {expected}")
}

/// Parses a number of epochs, at least 1.
pub(crate) fn epochs(text: &str) -> Result<u64, String> {
    number(text, "a whole number of at least 1", |epochs| *epochs > 0)
}

/// Parses a bound on a norm, at least 0.
pub(crate) fn norm(text: &str) -> Result<f64, String> {
    number(text, "a number of at least 0", |norm| *norm >= 0.0)
}

/// Parses a target value; infinities are allowed, NaN is not.
pub(crate) fn target_value(text: &str) -> Result<f64, String> {
    number(text, "a number", |target: &f64| !target.is_nan())
}

/// Parses a positive, finite number.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    number(text, "a positive number", |value: &f64| *value > 0.0 && value.is_finite())
}

/// Parses LOW,HIGH with LOW < HIGH.
pub(crate) fn interval(text: &str) -> Result<[f64; 2], String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some([low.trim().parse().ok()?, high.trim().parse().ok()?]));
    let is_interval = |ends: &[f64; 2]| ends[0] < ends[1] && ends.iter().all(|end| end.is_finite());
    ends.filter(is_interval).ok_or_else(|| expected_value("two finite numbers in ascending order, for example -5,5"))
}

/// Parses a number of bytes with an optional unit: 1000, 512K, 512M, 2G (powers of 1024).
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    parse_bytes(text).ok_or_else(|| expected_value("a number of bytes, for example 512M or 2G"))
}

/// Parses the delimiter of fields: a character, or `whitespace`, which pandas writes as `\s+`.
pub(crate) fn delimiter(text: &str) -> Result<Delimiter, String> {
    match text {
        "whitespace" | "\\s+" => Ok(Delimiter::Whitespace),
        _ => character(text).map(Delimiter::Character).map_err(|error| format!("{error}, or whitespace")),
    }
}

/// Parses a mark in numbers: a character, or `space`.
pub(crate) fn mark(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        _ if text == "space" => Ok(' '),
        (Some(mark), None) if !mark.is_alphanumeric() => Ok(mark),
        _ => Err(expected_value("one character that is no letter or digit, or space")),
    }
}

/// Parses a single character that separates fields or begins a comment; `tab` and `\t` mean the tab character.
pub(crate) fn character(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && *one != b'"' => Ok(*one),
        _ => Err(expected_value("one ASCII character other than a letter, a digit or a quote, for example ';' or tab")),
    }
}
