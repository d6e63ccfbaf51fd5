//! Paths in code, read from the tokens: the same in functions, types, and bodies of macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Item, ItemUse};

use super::{Module, imports};

/// A path in code, such as `crate::a::b` or `Vec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Names of the path, in order.
    pub path: Vec<String>,
    /// Line of the first name, counted from 1.
    pub line: usize,
    /// If true, the path is in test code.
    pub is_test: bool,
}

const DEFINING_KEYWORDS: [&str; 9] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static", "mod"];

/// Returns the names that an item defines in its module. For a macro invocation: all names after a defining keyword.
pub(super) fn defined_names(item: &Item, tokens: &TokenStream) -> Vec<String> {
    let one = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => match &item.ident {
            Some(ident) => ident,
            None => return names_after_keywords(tokens.clone()),
        },
        _ => return Vec::new(),
    };
    vec![one.to_string()]
}

fn names_after_keywords(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut after_keyword = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                let is_keyword = DEFINING_KEYWORDS.contains(&word.as_str());
                if after_keyword && !is_keyword {
                    found.push(word);
                }
                after_keyword = is_keyword;
            }
            TokenTree::Group(group) => {
                found.extend(names_after_keywords(group.stream()));
                after_keyword = false;
            }
            _ => after_keyword = false,
        }
    }
    found
}

/// Adds the paths in `tokens` to `module`, and the `use` declarations inside functions and macros to its mentions.
pub(super) fn collect(tokens: &TokenStream, is_test: bool, module: &mut Module) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at = match &tokens[at] {
            // Attributes name derives and helpers of other crates.
            TokenTree::Group(group) if is_attribute(&tokens[..at], group.delimiter()) => at + 1,
            TokenTree::Group(group) => {
                let tested = is_test || follows_cfg_test(&tokens[..at]);
                collect(&group.stream(), tested, module);
                at + 1
            }
            TokenTree::Ident(ident) if ident == "use" => inner_use(&tokens, at, is_test, module),
            TokenTree::Ident(_) => path_at(&tokens, at, is_test, module),
            _ => at + 1,
        };
    }
}

/// Returns `true` if a group after the tokens `before` is the bracket of an attribute.
fn is_attribute(before: &[TokenTree], delimiter: Delimiter) -> bool {
    let is_sign = |token: Option<&TokenTree>, expected: char| matches!(token, Some(TokenTree::Punct(sign)) if sign.as_char() == expected);
    let inner = is_sign(before.last(), '!') && is_sign(before.iter().rev().nth(1), '#');
    delimiter == Delimiter::Bracket && (inner || is_sign(before.last(), '#'))
}

/// Returns `true` if `#[cfg(test)]` stands before the current item of a list of items or statements.
fn follows_cfg_test(before: &[TokenTree]) -> bool {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        _ => false,
    };
    let item = before.iter().rev().take_while(|token| !ends(token));
    item.filter_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(group.stream().to_string()),
        _ => None,
    })
    .any(|attribute| attribute.split_whitespace().collect::<String>() == "cfg(test)")
}

/// Reads the `use` declaration at `at` and returns the place after it.
fn inner_use(tokens: &[TokenTree], at: usize, is_test: bool, module: &mut Module) -> usize {
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ';');
    let Some(length) = tokens[at..].iter().position(is_end) else { return at + 1 };
    let end = at + length + 1;
    let is_dollar = |token: &&TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == '$');
    let declared: TokenStream = tokens[at..end].iter().filter(|token| !is_dollar(token)).cloned().collect();
    let Ok(declared) = syn::parse2::<ItemUse>(declared) else { return at + 1 };
    let names = imports(&declared, is_test).into_iter();
    module.mentions.extend(names.map(|import| Mention { path: import.path, line: import.line, is_test }));
    end
}

/// Reads the path that begins at `at` and returns the place after it.
fn path_at(tokens: &[TokenTree], at: usize, is_test: bool, module: &mut Module) -> usize {
    let mut path = Vec::new();
    let mut next = at;
    while let Some(TokenTree::Ident(ident)) = tokens.get(next) {
        path.push(ident.to_string());
        next += 1;
        if !(is_colon(tokens.get(next)) && is_colon(tokens.get(next + 1))) {
            break;
        }
        next += 2;
    }
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let is_member = matches!(before, Some(TokenTree::Punct(sign)) if sign.as_char() == '.') && !is_range(tokens, at);
    let is_defined =
        matches!(before, Some(TokenTree::Ident(word)) if DEFINING_KEYWORDS.contains(&word.to_string().as_str()));
    let continues = at >= 2 && is_colon(tokens.get(at - 1)) && is_colon(tokens.get(at - 2));
    let is_called = match tokens.get(next) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Punct(sign)) => sign.as_char() == '!',
        _ => false,
    };
    let single = path.len() == 1;
    let is_name = path[0].starts_with(char::is_uppercase) || is_called;
    if !is_member && !is_defined && !continues && (!single || is_name) {
        let line = tokens[at].span().start().line;
        module.mentions.push(Mention { path, line, is_test });
    }
    next.max(at + 1)
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(sign)) if sign.as_char() == ':')
}

/// Returns `true` if the token before `at` ends a range `..`, not a member access.
fn is_range(tokens: &[TokenTree], at: usize) -> bool {
    matches!(at.checked_sub(2).map(|k| &tokens[k]), Some(TokenTree::Punct(sign)) if sign.as_char() == '.')
}
