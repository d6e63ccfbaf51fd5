//! Operator-precedence parser from tokens to a tape. Its stack is on the heap, so that the depth of nesting is not
//! limited.

use std::collections::HashMap;

use super::lexer::{Token, error, tokens};
use super::symbols::{Callable, callable, constant, function_names};
use super::tape::Tape;
use super::tape_builder::{BinaryOperator, TapeBuilder};
use crate::error::{Error, Result};

/// Precedence of the operators, from the loosest up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Sum,
    Product,
    Negation,
    Power,
}

/// The kind of token that must come next.
#[derive(Clone, Copy)]
enum Expected {
    Operand,
    Operator,
}

/// An entry of the parser's stack: something whose last operand is not complete.
enum Pending<'a> {
    Binary(BinaryOperator, Precedence),
    Negation,
    Parenthesis(Parenthesis<'a>),
}

/// An opening parenthesis that is not closed yet.
struct Parenthesis<'a> {
    /// Position of the parenthesis, or of the name of its function, in bytes.
    at: usize,
    /// The function called, if any, and its name.
    function: Option<(&'a str, Callable)>,
    /// Number of commas so far.
    commas: usize,
}

/// Parses `text`, a formula of `variables`.
pub(super) fn parse(text: &str, variables: &[String]) -> Result<Tape> {
    let indices = variables.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let tokens = tokens(text)?;
    let mut parser =
        Parser { text, tokens: &tokens, indices, next: 0, stack: Vec::new(), tape: TapeBuilder::default() };
    let mut expected = Expected::Operand;
    while let Some(&(at, token)) = parser.tokens.get(parser.next) {
        parser.next += 1;
        expected = match expected {
            Expected::Operand => parser.operand(at, token)?,
            Expected::Operator => parser.operator(at, token)?,
        };
    }
    match expected {
        Expected::Operand => Err(parser.operand_missing(text.len(), &parser.found())),
        Expected::Operator => parser.finish(variables.len()),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(usize, Token<'a>)],
    /// Index of each variable.
    indices: HashMap<&'a str, usize>,
    /// Index of the token after the current one.
    next: usize,
    stack: Vec<Pending<'a>>,
    tape: TapeBuilder,
}

impl<'a> Parser<'a> {
    /// Takes a token where an operand must begin.
    fn operand(&mut self, at: usize, token: Token<'a>) -> Result<Expected> {
        match token {
            Token::Number(value) => {
                self.tape.constant(value);
                Ok(Expected::Operator)
            }
            Token::Sign('-') => {
                self.stack.push(Pending::Negation);
                Ok(Expected::Operand)
            }
            Token::Sign('+') => Ok(Expected::Operand),
            Token::Sign('(') => {
                self.open(at, None);
                Ok(Expected::Operand)
            }
            Token::Sign(_) => Err(self.operand_missing(at, &token.describe())),
            Token::Name(name) => self.name(at, name),
        }
    }

    /// Takes the name of a function with its parenthesis, or of a constant or variable.
    fn name(&mut self, at: usize, name: &'a str) -> Result<Expected> {
        let is_called = matches!(self.tokens.get(self.next), Some((_, Token::Sign('('))));
        if let Some(function) = callable(name) {
            if !is_called {
                return Err(error(self.text, at + name.len(), &format!("( after {name}"), &self.found()));
            }
            self.next += 1;
            self.open(at, Some((name, function)));
            return Ok(Expected::Operand);
        }
        let kind = if let Some(&index) = self.indices.get(name) {
            self.tape.variable(index);
            "variable"
        } else if let Some(value) = constant(name) {
            self.tape.constant(value);
            "constant"
        } else {
            return Err(self.unknown(at, name, is_called));
        };
        if is_called {
            let found = format!("the {kind} '{name}' (a product needs *)");
            return Err(error(self.text, at, "a function before (", &found));
        }
        Ok(Expected::Operator)
    }

    /// Takes a token after a complete operand.
    fn operator(&mut self, at: usize, token: Token<'a>) -> Result<Expected> {
        let (operator, precedence) = match token {
            Token::Sign('+') => (BinaryOperator::Add, Precedence::Sum),
            Token::Sign('-') => (BinaryOperator::Sub, Precedence::Sum),
            Token::Sign('*') => (BinaryOperator::Mul, Precedence::Product),
            Token::Sign('/') => (BinaryOperator::Div, Precedence::Product),
            Token::Sign('^') => (BinaryOperator::Pow, Precedence::Power),
            Token::Sign(')') => return self.close(at),
            Token::Sign(',') => return self.comma(at),
            _ => return Err(error(self.text, at, "an operator, such as * for a product", &token.describe())),
        };
        // Powers associate to the right: 2^3^2 is 2^(3^2).
        let binds_first = |pending: &Pending<'_>| match pending {
            Pending::Binary(_, earlier) => *earlier >= precedence && precedence != Precedence::Power,
            Pending::Negation => Precedence::Negation >= precedence,
            Pending::Parenthesis(_) => false,
        };
        while let Some(pending) = self.stack.pop_if(|pending| binds_first(pending)) {
            self.apply(&pending);
        }
        self.stack.push(Pending::Binary(operator, precedence));
        Ok(Expected::Operand)
    }

    fn open(&mut self, at: usize, function: Option<(&'a str, Callable)>) {
        self.stack.push(Pending::Parenthesis(Parenthesis { at, function, commas: 0 }));
    }

    fn comma(&mut self, at: usize) -> Result<Expected> {
        self.apply_inside_parenthesis();
        let Some(Pending::Parenthesis(Parenthesis { function: Some((name, function)), commas, .. })) =
            self.stack.last_mut()
        else {
            return Err(error(self.text, at, "an operator", "a comma outside the arguments of a function"));
        };
        if let Callable::Unary(_) = function {
            let found = format!("a second argument of {name}, which has one");
            return Err(error(self.text, at, ")", &found));
        }
        *commas += 1;
        Ok(Expected::Operand)
    }

    fn close(&mut self, at: usize) -> Result<Expected> {
        self.apply_inside_parenthesis();
        let Some(Pending::Parenthesis(Parenthesis { at: open, function, commas })) = self.stack.pop() else {
            return Err(error(self.text, at, "a ( for each )", "a ) that closes none"));
        };
        match function {
            None => {}
            Some((_, Callable::Unary(function))) => self.tape.apply(function),
            Some((name, Callable::Binary(operator))) => {
                let is_power = operator == BinaryOperator::Pow;
                if commas == 0 || is_power && commas > 1 {
                    let expected = if is_power { "two arguments" } else { "two or more arguments" };
                    return Err(error(self.text, open, &format!("{expected} of {name}"), &(commas + 1).to_string()));
                }
                (0..commas).for_each(|_| self.tape.binary(operator));
            }
        }
        Ok(Expected::Operator)
    }

    /// Applies everything that was opened after the innermost open parenthesis.
    fn apply_inside_parenthesis(&mut self) {
        while let Some(pending) = self.stack.pop_if(|pending| !matches!(pending, Pending::Parenthesis(_))) {
            self.apply(&pending);
        }
    }

    fn apply(&mut self, pending: &Pending<'_>) {
        match pending {
            Pending::Binary(operator, _) => self.tape.binary(*operator),
            Pending::Negation => self.tape.negate(),
            Pending::Parenthesis(_) => unreachable!("a parenthesis leaves the stack when it is closed"),
        }
    }

    /// Applies all that is left on the stack after the last token.
    fn finish(mut self, variables: usize) -> Result<Tape> {
        while let Some(pending) = self.stack.pop() {
            if let Pending::Parenthesis(Parenthesis { at, .. }) = pending {
                return Err(error(self.text, at, "a ) for each (", "a ( that is not closed"));
            }
            self.apply(&pending);
        }
        Ok(self.tape.finish(variables))
    }

    fn operand_missing(&self, at: usize, found: &str) -> Error {
        error(self.text, at, "a number, a variable, a function or (", found)
    }

    /// Describes the next token.
    fn found(&self) -> String {
        let next = self.tokens.get(self.next);
        next.map_or_else(|| "the end of the formula".into(), |(_, token)| token.describe())
    }

    fn unknown(&self, at: usize, name: &str, is_called: bool) -> Error {
        let (expected, known) = if is_called {
            ("a function", function_names())
        } else {
            let mut variables: Vec<_> = self.indices.iter().collect();
            variables.sort_by_key(|(_, index)| **index);
            ("a variable", variables.into_iter().map(|(name, _)| *name).collect())
        };
        error(self.text, at, expected, &format!("'{name}'; known: {}", known.join(", ")))
    }
}
