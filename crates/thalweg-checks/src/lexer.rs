//! Tokens of a Rust file with their line numbers, comments included.

use rustc_lexer::{DocStyle, FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// Category of a token, as far as the checks need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCategory {
    /// `//` or `/* */` comment that documents nothing.
    Comment,
    /// Documentation of the item that follows: `///`.
    OuterDoc,
    /// Documentation of the enclosing item: `//!`.
    InnerDoc,
    /// String literal of any form, with its quotes.
    Str,
    /// Identifier or keyword, raw identifiers included.
    Ident,
    /// Punctuation, numbers, lifetimes and the rest of the code.
    Other,
    /// Space, tab and line break.
    Space,
}

/// A token with its place in the file.
#[derive(Clone, Copy, Debug)]
pub struct CodeToken<'a> {
    /// Category of the token.
    pub category: TokenCategory,
    /// Text of the token as written.
    pub text: &'a str,
    /// Line of its first character, counted from 1.
    pub line: usize,
    /// Byte offset of its first character.
    pub start: usize,
}

/// Returns all tokens of a Rust file. Their texts, joined, are the file.
pub fn tokens(text: &str) -> Vec<CodeToken<'_>> {
    let (mut start, mut line) = (0, 1);
    let mut found = Vec::new();
    for token in tokenize(text, FrontmatterAllowed::No) {
        let end = start + token.len as usize;
        let part = &text[start..end];
        found.push(CodeToken { category: category(token.kind), text: part, line, start });
        line += part.matches('\n').count();
        start = end;
    }
    found
}

/// Returns the tokens of code alone: no comments, no documentation, no space.
pub fn code(text: &str) -> Vec<CodeToken<'_>> {
    let is_code = |token: &CodeToken<'_>| {
        matches!(token.category, TokenCategory::Str | TokenCategory::Ident | TokenCategory::Other)
    };
    tokens(text).into_iter().filter(is_code).collect()
}

fn category(kind: TokenKind) -> TokenCategory {
    match kind {
        TokenKind::LineComment { doc_style } | TokenKind::BlockComment { doc_style, .. } => match doc_style {
            Some(DocStyle::Outer) => TokenCategory::OuterDoc,
            Some(DocStyle::Inner) => TokenCategory::InnerDoc,
            None => TokenCategory::Comment,
        },
        TokenKind::Whitespace => TokenCategory::Space,
        TokenKind::Ident | TokenKind::RawIdent => TokenCategory::Ident,
        TokenKind::Literal { kind, .. } => match kind {
            LiteralKind::Int { .. }
            | LiteralKind::Float { .. }
            | LiteralKind::Char { .. }
            | LiteralKind::Byte { .. } => TokenCategory::Other,
            _ => TokenCategory::Str,
        },
        _ => TokenCategory::Other,
    }
}

/// A documentation comment: consecutive lines of the same style.
#[derive(Clone, Debug)]
pub struct Doc {
    /// Line of its first token, counted from 1.
    pub line: usize,
    /// Text of all its lines, without comment signs, joined by line breaks.
    pub text: String,
}

/// Returns all documentation comments of a Rust file, those in macro bodies included.
pub fn docs(text: &str) -> Vec<Doc> {
    let mut docs: Vec<Doc> = Vec::new();
    let mut open: Option<TokenCategory> = None;
    for token in tokens(text) {
        match token.category {
            TokenCategory::OuterDoc | TokenCategory::InnerDoc => {
                let line = without_signs(token.text);
                match docs.last_mut().filter(|_| open == Some(token.category)) {
                    Some(doc) => doc.text = format!("{}\n{line}", doc.text),
                    None => docs.push(Doc { line: token.line, text: line.to_owned() }),
                }
                open = Some(token.category);
            }
            TokenCategory::Space if token.text.matches('\n').count() < 2 => {}
            _ => open = None,
        }
    }
    docs
}

fn without_signs(comment: &str) -> &str {
    let comment = comment.strip_suffix("*/").unwrap_or(comment);
    ["///", "//!", "/**", "/*!"].iter().find_map(|sign| comment.strip_prefix(sign)).unwrap_or(comment).trim()
}

/// Returns the ranges of lines that are test code: the bodies of items under `#[cfg(test)]`.
pub fn test_lines(text: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let code = code(text);
    let texts: Vec<&str> = code.iter().map(|token| token.text).collect();
    let mut ranges = Vec::new();
    for at in 0..texts.len() {
        if !texts[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            continue;
        }
        let (mut depth, mut end) = (0_usize, at + 7);
        while let Some(sign) = texts.get(end) {
            match *sign {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(*sign, ";" | "}") {
                break;
            }
            end += 1;
        }
        let last = code.get(end).or(code.last()).map_or(1, |token| token.line);
        ranges.push(code[at].line..=last);
    }
    ranges
}
