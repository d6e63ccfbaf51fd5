//! Names in formulas: functions, constants and variables.

use std::f64::consts::{E, PI};

use super::function::Function;
use super::lexer::{Token, tokens};
use super::tape_builder::BinaryOperator;
use crate::error::Result;

/// Constants with their names.
const CONSTANTS: [(&str, f64); 3] = [("pi", PI), ("π", PI), ("e", E)];

/// Functions of two arguments by name.
const BINARY_FUNCTIONS: [(&str, BinaryOperator); 3] =
    [("min", BinaryOperator::Min), ("max", BinaryOperator::Max), ("pow", BinaryOperator::Pow)];

/// A function that can be called by name.
#[derive(Clone, Copy)]
pub(super) enum Callable {
    Unary(Function),
    /// `min` and `max` take two or more arguments, `pow` takes two.
    Binary(BinaryOperator),
}

/// Returns the function of this name.
pub(super) fn callable(name: &str) -> Option<Callable> {
    let binary = BINARY_FUNCTIONS.iter().find(|(known, _)| *known == name);
    binary.map(|&(_, operator)| Callable::Binary(operator)).or_else(|| Function::named(name).map(Callable::Unary))
}

/// Returns the constant of this name.
pub(super) fn constant(name: &str) -> Option<f64> {
    CONSTANTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

/// Returns the names of all functions.
pub(super) fn function_names() -> Vec<&'static str> {
    let unary = Function::ALL.iter().map(|(name, _)| *name);
    unary.chain(BINARY_FUNCTIONS.iter().map(|(name, _)| *name)).collect()
}

/// Returns the variables of a formula: its names that are neither functions nor constants, in natural order.
pub(super) fn variables(text: &str) -> Result<Vec<String>> {
    let tokens = tokens(text)?;
    let mut names: Vec<String> = Vec::new();
    for (k, (_, token)) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let is_called = matches!(tokens.get(k + 1), Some((_, Token::Sign('('))));
        if !is_called && !is_reserved(name) {
            names.push((*name).to_owned());
        }
    }
    names.sort_by(|a, b| natural_order(a).cmp(&natural_order(b)));
    names.dedup();
    Ok(names)
}

/// Checks that `name` can be the name of a variable.
pub(super) fn check_variable(name: &str) -> Result<()> {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if starts && name.chars().all(|c| c.is_alphanumeric() || c == '_') && !is_reserved(name) {
        return Ok(());
    }
    let expected = "a name of letters, digits and _ that is neither a function nor a constant";
    Err(thalweg::Error::InvalidValue { what: "a variable".into(), expected: expected.into(), found: name.into() }
        .into())
}

fn is_reserved(name: &str) -> bool {
    callable(name).is_some() || constant(name).is_some()
}

/// Sort key by which x2 precedes x10.
fn natural_order(name: &str) -> (&str, usize, &str) {
    let digits = name.len() - name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (word, number) = name.split_at(digits);
    (word, number.parse().unwrap_or(0), name)
}
