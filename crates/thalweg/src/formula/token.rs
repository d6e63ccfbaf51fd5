//! Text → tokens, each with its place.

use crate::error::{Error, Result};

/// A piece of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    /// `+ - * / ^ ( ) ,`
    Sign(char),
}

/// The tokens of `text` with the byte each begins at.
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
                let expected = "a number";
                let value = rest[..len]
                    .parse()
                    .map_err(|_| error(text, at, expected, &format!("'{}' is none", &rest[..len])))?;
                (Token::Number(value), len)
            }
            _ if c.is_alphabetic() || c == '_' => {
                let len = rest.find(|c: char| !in_name(c)).unwrap_or(rest.len());
                (Token::Name(&rest[..len]), len)
            }
            _ if c.is_numeric() => return Err(error(text, at, "a power written as ^2", &format!("there is '{c}'"))),
            '*' if rest.starts_with("**") => (Token::Sign('^'), 2),
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => (Token::Sign(c), 1),
            '\u{2212}' => (Token::Sign('-'), c.len_utf8()),
            '\u{b7}' | '\u{d7}' => (Token::Sign('*'), c.len_utf8()),
            _ => return Err(error(text, at, "a number, a name or one of + - * / ^ ( ) ,", &format!("there is '{c}'"))),
        };
        tokens.push((at, token));
        at += len;
    }
    Ok(tokens)
}

/// Letters, digits, and those below the line: x₁. Those above the line are powers, which are written as ^2.
fn in_name(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_' || ('\u{2080}'..='\u{2089}').contains(&c)
}

/// The length of 12, 1.5, .5, 2e-3 at the front of `text`.
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

/// The error at byte `at` of `text`.
pub(super) fn error(text: &str, at: usize, expected: &str, found: &str) -> Error {
    /// Characters shown on each side.
    const AROUND: usize = 40;
    let (before, after) = text.split_at(at);
    let skipped = before.chars().count().saturating_sub(AROUND);
    let before: String = before.chars().skip(skipped).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let after: String = after.chars().take(AROUND).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let dots = if skipped > 0 { "…" } else { "" };
    let caret = " ".repeat(dots.chars().count() + before.chars().count()) + "^";
    Error::Formula { expected: expected.into(), found: found.into(), shown: format!("{dots}{before}{after}"), caret }
}
