//! Lexer: from text to tokens with their positions.

use crate::error::{Error, Result};

/// A token of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    /// An operator, a parenthesis or a comma: one of `+ - * / ^ ( ) ,`.
    Sign(char),
}

impl Token<'_> {
    /// Returns the token as error messages name it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(_) => "a number".into(),
            Self::Name(name) => format!("'{name}'"),
            Self::Sign(sign) => format!("'{sign}'"),
        }
    }
}

/// Returns the tokens of `text`, each with the byte at which it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, len) = match c {
            _ if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '0'..='9' | '.' => {
                let len = number_len(rest);
                let invalid = |_| error(text, at, "a number", &format!("'{}'", &rest[..len]));
                (Token::Number(rest[..len].parse().map_err(invalid)?), len)
            }
            _ if c.is_alphabetic() || c == '_' => {
                let len = rest.find(|c: char| !is_name_character(c)).unwrap_or(rest.len());
                (Token::Name(&rest[..len]), len)
            }
            _ if c.is_numeric() => return Err(error(text, at, "a power written as ^2", &format!("'{c}'"))),
            '*' if rest.starts_with("**") => (Token::Sign('^'), 2),
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => (Token::Sign(c), 1),
            '\u{2212}' => (Token::Sign('-'), c.len_utf8()),
            '\u{b7}' | '\u{d7}' => (Token::Sign('*'), c.len_utf8()),
            _ => return Err(error(text, at, "a number, a name or one of + - * / ^ ( ) ,", &format!("'{c}'"))),
        };
        tokens.push((at, token));
        at += len;
    }
    Ok(tokens)
}

/// Returns `true` for letters, digits, underscores and subscript digits, as in x₁. Superscript digits are not part of
/// names, because they could be taken for powers.
fn is_name_character(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_' || ('\u{2080}'..='\u{2089}').contains(&c)
}

/// Returns the length of the number at the front of `text`: 12, 1.5, .5 or 2e-3.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// Returns the error at byte `at` of `text`, with the surrounding text and a caret.
pub(super) fn error(text: &str, at: usize, expected: &str, found: &str) -> Error {
    /// Number of characters shown on each side.
    const CONTEXT: usize = 40;
    let (before, after) = text.split_at(at);
    let skipped = before.chars().count().saturating_sub(CONTEXT);
    let before: String = before.chars().skip(skipped).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let after: String = after.chars().take(CONTEXT).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let dots = if skipped > 0 { "…" } else { "" };
    let caret = " ".repeat(dots.chars().count() + before.chars().count()) + "^";
    Error::Syntax { expected: expected.into(), found: found.into(), shown: format!("{dots}{before}{after}"), caret }
}
