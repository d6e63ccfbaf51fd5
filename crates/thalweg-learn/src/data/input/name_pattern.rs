//! Patterns of file names, which need not be UTF-8.

use std::ffi::OsStr;

/// Pattern of one file name: `*`, `?`, `[…]` and `[!…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamePattern(Vec<Token>);

/// Part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(Symbol),
    /// One symbol.
    Any,
    /// Any number of symbols.
    AnySequence,
    /// One symbol within the ranges, or outside of all of them.
    Class {
        ranges: Vec<(Symbol, Symbol)>,
        is_negated: bool,
    },
}

/// Symbol of a name: a character, or a byte that is not part of one.
type Symbol = u32;

/// First symbol of a byte that is not part of a character.
const FIRST_BYTE: Symbol = 0x11_0000;

const STAR: Symbol = '*' as Symbol;
const QUESTION: Symbol = '?' as Symbol;
const OPEN: Symbol = '[' as Symbol;
const CLOSE: Symbol = ']' as Symbol;
const NOT: Symbol = '!' as Symbol;
const DASH: Symbol = '-' as Symbol;
const DOT: Symbol = '.' as Symbol;

/// Returns `true` if a text has a character with a meaning in patterns.
pub(super) fn has_wildcards(text: &OsStr) -> bool {
    text.as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

fn symbols(text: &OsStr) -> Vec<Symbol> {
    let chunks = text.as_encoded_bytes().utf8_chunks();
    let of_chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let characters: Vec<Symbol> = chunk.valid().chars().map(Symbol::from).collect();
        let bytes: Vec<Symbol> = chunk.invalid().iter().map(|&byte| FIRST_BYTE + Symbol::from(byte)).collect();
        [characters, bytes].concat()
    };
    chunks.flat_map(of_chunk).collect()
}

impl NamePattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// The reason in words.
    pub(super) fn parse(text: &OsStr) -> Result<NamePattern, &'static str> {
        let text = symbols(text);
        let (mut tokens, mut at) = (Vec::new(), 0);
        while let Some(&symbol) = text.get(at) {
            at += 1;
            tokens.push(match symbol {
                STAR if text.get(at) == Some(&STAR) => {
                    return Err("'**' must be the whole name of a folder");
                }
                STAR => Token::AnySequence,
                QUESTION => Token::Any,
                OPEN => {
                    let is_negated = text.get(at) == Some(&NOT);
                    let first = at + usize::from(is_negated);
                    // A bracket that closes nothing yet is part of the class.
                    let length = text.iter().skip(first + 1).position(|&symbol| symbol == CLOSE);
                    let end = length.map(|length| first + 1 + length).ok_or("'[' without ']'")?;
                    at = end + 1;
                    Token::Class { ranges: ranges(&text[first..end]), is_negated }
                }
                literal => Token::Literal(literal),
            });
        }
        Ok(NamePattern(tokens))
    }

    /// Returns `true` if the whole name matches. The dot of a hidden file matches no wildcard.
    pub(super) fn matches(&self, name: &OsStr) -> bool {
        let (name, tokens) = (symbols(name), &self.0);
        if name.first() == Some(&DOT) && tokens.first() != Some(&Token::Literal(DOT)) {
            return false;
        }
        let (mut at, mut token) = (0, 0);
        // Last `*`, and the end of what it matches: if the rest does not match, it takes one symbol more.
        let mut star: Option<(usize, usize)> = None;
        loop {
            match tokens.get(token) {
                Some(Token::AnySequence) => {
                    star = Some((token, at));
                    token += 1;
                    continue;
                }
                Some(one) if name.get(at).is_some_and(|&symbol| one.matches(symbol)) => {
                    (at, token) = (at + 1, token + 1);
                    continue;
                }
                None if at == name.len() => return true,
                _ => {}
            }
            match star {
                Some((place, end)) if end < name.len() => {
                    star = Some((place, end + 1));
                    (at, token) = (end + 1, place + 1);
                }
                _ => return false,
            }
        }
    }
}

/// Parses the inside of a class: symbols, and ranges with a dash.
fn ranges(mut text: &[Symbol]) -> Vec<(Symbol, Symbol)> {
    let mut ranges = Vec::new();
    loop {
        match text {
            [first, DASH, last, rest @ ..] => {
                ranges.push((*first, *last));
                text = rest;
            }
            [only, rest @ ..] => {
                ranges.push((*only, *only));
                text = rest;
            }
            [] => return ranges,
        }
    }
}

impl Token {
    /// Returns `true` for a symbol that the token matches; a sequence matches none by itself.
    fn matches(&self, symbol: Symbol) -> bool {
        match self {
            Token::Literal(literal) => *literal == symbol,
            Token::Any => true,
            Token::AnySequence => false,
            Token::Class { ranges, is_negated } => {
                ranges.iter().any(|&(first, last)| (first..=last).contains(&symbol)) != *is_negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        NamePattern::parse(OsStr::new(pattern)).expect("the pattern is valid").matches(OsStr::new(name))
    }

    #[test]
    fn names_match_as_in_a_shell() {
        for (pattern, name) in [
            ("*", "a"),
            ("*.csv", "a.csv"),
            ("a*b*c", "a-b-b-c"),
            ("?.csv", "ä.csv"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]]", "]"),
            ("[!]]", "a"),
            ("[a-]", "-"),
            ("[*?]", "?"),
            (".*", ".hidden"),
            ("*a*a*a*", "aaa"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", ".hidden"),
            ("?hidden", ".hidden"),
            ("[.]hidden", ".hidden"),
            ("*.csv", "a.CSV"),
            ("?.csv", ".csv"),
            ("[a-c]x", "dx"),
            ("[!a-c]x", "bx"),
            ("a*b", "a-b-c"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        let stars = "*a".repeat(30);
        assert!(!matches(&stars, &"a".repeat(10_000).replace("aaaa", "aaab")[..29]), "few steps for many stars");
        for invalid in ["a**", "[", "[]", "[!]", "[a"] {
            assert!(NamePattern::parse(OsStr::new(invalid)).is_err(), "{invalid}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_matched_as_they_are() {
        use std::os::unix::ffi::OsStrExt;
        let name = OsStr::from_bytes(b"bad\xff\xfe.csv");
        for (pattern, is_match) in [
            (&b"*.csv"[..], true),
            (b"bad??.csv", true),
            (b"bad?.csv", false),
            (b"bad\xff*", true),
            (b"bad[\xfe-\xff]\xfe.csv", true),
            (b"*\xff.csv", false),
            (b"*.txt", false),
        ] {
            let pattern = NamePattern::parse(OsStr::from_bytes(pattern)).expect("the pattern is valid");
            assert_eq!(pattern.matches(name), is_match, "{pattern:?}");
        }
    }
}
