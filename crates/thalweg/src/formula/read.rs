//! Tokens → tape: operator precedence with stacks of its own, so that no nesting is too deep for the program's.

use std::collections::HashMap;

use super::function::{Function, Scalar};
use super::tape::{Operation, Tape, ValueIndex};
use super::token::{Token, error, tokens};
use crate::error::{Error, Result};

/// Signs in the order in which they bind.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const MINUS: u8 = 3;
const POWER: u8 = 4;

/// Constants by name.
const CONSTANTS: [(&str, f64); 3] =
    [("pi", std::f64::consts::PI), ("π", std::f64::consts::PI), ("e", std::f64::consts::E)];

/// What takes two numbers by name.
const MULTI_ARGUMENT: [&str; 3] = ["min", "max", "pow"];

/// The first place of a constant, and of a result, until it is known how many constants there are. Relative to the width
/// of a `usize`, which has 32 bits on some targets.
const CONSTANT: ValueIndex = 1 << (ValueIndex::BITS - 2);
const RESULT: ValueIndex = 1 << (ValueIndex::BITS - 1);

/// A text has at most `isize::MAX` bytes, and each constant or variable takes two of them with its operator: the ranges
/// do not overlap.
const _: () = assert!(isize::MAX as usize / 2 < CONSTANT, "variables reach the range of the constants");
const _: () = assert!(isize::MAX as usize / 2 < RESULT - CONSTANT, "constants reach the range of the results");

/// What an operation takes.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    Variable(usize),
    Constant(f64),
    Result(usize),
}

/// What waits for its operand.
enum Pending<'a> {
    Sign(char, u8),
    Minus,
    /// An opened parenthesis, with the function before it and how many commas came.
    Open {
        at: usize,
        name: Option<&'a str>,
        commas: usize,
    },
}

/// The names in `text` that are neither functions nor constants: its variables.
pub(super) fn names(text: &str) -> Result<Vec<String>> {
    let tokens = tokens(text)?;
    let mut names: Vec<String> = Vec::new();
    for (k, (_, token)) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let called = matches!(tokens.get(k + 1), Some((_, Token::Sign('('))));
        let constant = CONSTANTS.iter().any(|(constant, _)| constant == name);
        if !called && !constant && !is_function(name) {
            names.push((*name).to_owned());
        }
    }
    names.sort_by(|a, b| natural_order(a).cmp(&natural_order(b)));
    names.dedup();
    Ok(names)
}

/// So that x2 comes before x10.
fn natural_order(name: &str) -> (&str, usize, &str) {
    let digits = name.len() - name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (word, number) = name.split_at(digits);
    (word, number.parse().unwrap_or(0), name)
}

fn is_power(name: &str) -> bool {
    matches!(name, "^" | "pow")
}

fn is_function(name: &str) -> bool {
    MULTI_ARGUMENT.contains(&name) || Function::named(name).is_some()
}

/// Whether `name` can stand for a variable.
pub(super) fn check_variable(name: &str) -> Result<()> {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let good = starts && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let taken = is_function(name) || CONSTANTS.iter().any(|(constant, _)| *constant == name);
    if good && !taken {
        return Ok(());
    }
    let expected = "a name of letters, digits and _ that is no function and no constant";
    Err(Error::InvalidValue { what: "a variable".into(), expected: expected.into(), found: name.into() })
}

/// Reads `text`, a formula of `variables`.
pub(super) fn read(text: &str, variables: &[String]) -> Result<Tape> {
    let places = variables.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut reader = Reader { text, places, ..Reader::default() };
    let tokens = tokens(text)?;
    let mut wants_operand = true;
    let mut rest = tokens.iter().peekable();
    while let Some(&(at, token)) = rest.next() {
        wants_operand = if wants_operand {
            let called = matches!(rest.peek(), Some((_, Token::Sign('('))));
            reader.operand(at, token, called)?
        } else {
            reader.sign(at, token)?
        };
        if let (Token::Name(_), Some(Pending::Open { .. }), true) = (token, reader.pending.last(), wants_operand) {
            // The function has taken its parenthesis.
            rest.next();
        }
    }
    if wants_operand {
        return Err(reader.operand_missing(text.len(), "it ends"));
    }
    while let Some(pending) = reader.pending.pop() {
        if let Pending::Open { at, .. } = pending {
            return Err(error(text, at, "a ) for each (", "this one is not closed"));
        }
        reader.apply(&pending);
    }
    Ok(reader.tape(variables.len()))
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    places: HashMap<&'a str, usize>,
    constants: Vec<f64>,
    operations: Vec<Operation>,
    operands: Vec<Operand>,
    pending: Vec<Pending<'a>>,
}

impl<'a> Reader<'a> {
    fn operand_missing(&self, at: usize, found: &str) -> Error {
        error(self.text, at, "a number, a variable, a function or (", found)
    }

    /// Takes a token where a number is to begin; says whether one is still wanted.
    fn operand(&mut self, at: usize, token: Token<'a>, called: bool) -> Result<bool> {
        match token {
            Token::Number(value) => self.operands.push(Operand::Constant(value)),
            Token::Sign('-') => {
                self.pending.push(Pending::Minus);
                return Ok(true);
            }
            Token::Sign('+') => return Ok(true),
            Token::Sign('(') => {
                self.pending.push(Pending::Open { at, name: None, commas: 0 });
                return Ok(true);
            }
            Token::Sign(sign) => return Err(self.operand_missing(at, &format!("there is '{sign}'"))),
            Token::Name(name) => {
                if is_function(name) {
                    if !called {
                        return Err(error(self.text, at + name.len(), &format!("( after {name}"), "there is none"));
                    }
                    self.pending.push(Pending::Open { at, name: Some(name), commas: 0 });
                    return Ok(true);
                }
                let constant = CONSTANTS.iter().find(|(constant, _)| *constant == name);
                let variable = self.places.get(name).map(|place| Operand::Variable(*place));
                let Some(operand) = variable.or(constant.map(|(_, value)| Operand::Constant(*value))) else {
                    return Err(self.unknown(at, name, called));
                };
                if called {
                    return Err(error(
                        self.text,
                        at,
                        "a function before (",
                        &format!("'{name}' is none; a product needs *"),
                    ));
                }
                self.operands.push(operand);
            }
        }
        Ok(false)
    }

    fn unknown(&self, at: usize, name: &str, called: bool) -> Error {
        let functions = Function::ALL.iter().map(|(name, _)| *name).chain(MULTI_ARGUMENT);
        let (what, known): (_, Vec<_>) = if called {
            ("a function", functions.collect())
        } else {
            let mut variables: Vec<_> = self.places.iter().collect();
            variables.sort_by_key(|(_, place)| **place);
            ("a variable", variables.into_iter().map(|(name, _)| *name).collect())
        };
        error(self.text, at, what, &format!("there is '{name}'; known: {}", known.join(", ")))
    }

    /// Takes a token after a number; says whether another number is wanted.
    fn sign(&mut self, at: usize, token: Token<'a>) -> Result<bool> {
        let (sign, binds) = match token {
            Token::Sign(sign @ ('+' | '-')) => (sign, SUM),
            Token::Sign(sign @ ('*' | '/')) => (sign, PRODUCT),
            Token::Sign('^') => ('^', POWER),
            Token::Sign(')') => return self.close(at).map(|()| false),
            Token::Sign(',') => {
                self.apply_to_open();
                let Some(Pending::Open { name: Some(name), commas, .. }) = self.pending.last_mut() else {
                    return Err(error(self.text, at, "an operator", "a comma is only for functions of more numbers"));
                };
                if !MULTI_ARGUMENT.contains(name) {
                    let found = format!("{name} takes one number");
                    return Err(error(self.text, at, ")", &found));
                }
                *commas += 1;
                return Ok(true);
            }
            _ => return Err(error(self.text, at, "an operator, as * for a product,", "there is none")),
        };
        // Powers bind from the right: 2^3^2 is 2^(3^2).
        let earlier = |pending: &Pending<'_>| match pending {
            Pending::Sign(_, before) => *before >= binds && binds != POWER,
            Pending::Minus => MINUS >= binds,
            Pending::Open { .. } => false,
        };
        while let Some(pending) = self.pending.pop_if(|pending| earlier(pending)) {
            self.apply(&pending);
        }
        self.pending.push(Pending::Sign(sign, binds));
        Ok(true)
    }

    fn apply_to_open(&mut self) {
        while let Some(pending) = self.pending.pop_if(|pending| !matches!(pending, Pending::Open { .. })) {
            self.apply(&pending);
        }
    }

    fn close(&mut self, at: usize) -> Result<()> {
        self.apply_to_open();
        let Some(Pending::Open { at: open, name, commas }) = self.pending.pop() else {
            return Err(error(self.text, at, "a ( for each )", "this one closes none"));
        };
        match name {
            Some(name) if MULTI_ARGUMENT.contains(&name) => {
                if commas == 0 || name == "pow" && commas > 1 {
                    let found = format!("{name} has {}", commas + 1);
                    let expected = if name == "pow" { "two numbers" } else { "two numbers or more" };
                    return Err(error(self.text, open, expected, &found));
                }
                (0..commas).for_each(|_| self.pair(name));
            }
            Some(name) => {
                if let (Some(function), Some(a)) = (Function::named(name), self.operands.pop()) {
                    self.unary(function, a);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn apply(&mut self, pending: &Pending<'_>) {
        match pending {
            Pending::Sign(sign, _) => self.pair(sign.encode_utf8(&mut [0; 4])),
            Pending::Minus => {
                if let Some(a) = self.operands.pop() {
                    let place = self.place(a);
                    match a {
                        Operand::Constant(c) => self.operands.push(Operand::Constant(-c)),
                        _ => self.push(Operation::Neg(place)),
                    }
                }
            }
            Pending::Open { .. } => {}
        }
    }

    /// An operation of the last two operands.
    fn pair(&mut self, name: &str) {
        let (Some(b), Some(a)) = (self.operands.pop(), self.operands.pop()) else { return };
        if let (Operand::Constant(a), Operand::Constant(b)) = (a, b) {
            let value = match name {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                "min" => a.min(b),
                "max" => a.max(b),
                _ => a.power(b),
            };
            return self.operands.push(Operand::Constant(value));
        }
        let square = is_power(name) && b == Operand::Constant(2.0);
        match (name, a, b) {
            // The exponent needs no place.
            (_, a, Operand::Constant(1.0)) if is_power(name) => return self.operands.push(a),
            (_, a, Operand::Constant(0.5)) if is_power(name) => return self.unary(Function::Sqrt, a),
            (_, a, Operand::Constant(c)) if is_power(name) && !square => return self.unary(Function::Power(c), a),
            (_, Operand::Constant(std::f64::consts::E), b) if is_power(name) => return self.unary(Function::Exp, b),
            _ => {}
        }
        let (a, b) = (self.place(a), if square { 0 } else { self.place(b) });
        self.push(match name {
            "+" => Operation::Add(a, b),
            "-" => Operation::Sub(a, b),
            "*" => Operation::Mul(a, b),
            "/" => Operation::Div(a, b),
            "min" => Operation::Min(a, b),
            "max" => Operation::Max(a, b),
            _ if square => Operation::Mul(a, a),
            _ => Operation::Pow(a, b),
        });
    }

    fn unary(&mut self, function: Function, a: Operand) {
        match a {
            Operand::Constant(c) => self.operands.push(Operand::Constant(function.at(c))),
            a => {
                let place = self.place(a);
                self.push(Operation::Of(function, place));
            }
        }
    }

    fn place(&mut self, operand: Operand) -> ValueIndex {
        match operand {
            Operand::Variable(place) => place,
            Operand::Result(k) => RESULT + k,
            Operand::Constant(c) => {
                let same = self.constants.iter().position(|constant| constant.to_bits() == c.to_bits());
                CONSTANT
                    + same.unwrap_or_else(|| {
                        self.constants.push(c);
                        self.constants.len() - 1
                    })
            }
        }
    }

    /// Once all is read: one operand is left.
    fn tape(mut self, variables: usize) -> Tape {
        let result = self.operands.pop().unwrap_or(Operand::Constant(0.0));
        let result = self.place(result);
        let constants = self.constants.len();
        let settled = |place: ValueIndex| match place {
            place if place >= RESULT => place - RESULT + variables + constants,
            place if place >= CONSTANT => place - CONSTANT + variables,
            place => place,
        };
        let operations = self.operations.iter().map(|operation| operation.map_indices(settled)).collect();
        Tape { variables, constants: self.constants, operations, result: settled(result) }
    }

    fn push(&mut self, operation: Operation) {
        self.operands.push(Operand::Result(self.operations.len()));
        self.operations.push(operation);
    }
}
