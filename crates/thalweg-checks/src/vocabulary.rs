//! Vocabulary: retired names and phrases, listed in `words.txt` and `phrases.txt`, do not come back.

use crate::lexer::{self, TokenCategory};
use crate::source::Source;
use crate::violation::Violation;

const WORDS: &str = include_str!("words.txt");
const PHRASES: &str = include_str!("phrases.txt");

/// Places where a retired name is needed, with the reason: the end of a path, the name.
const ALLOWED: [(&str, &str, &str); 0] = [];

/// Folder of the planted violations, which no rule of prose may find.
const PLANTED: &str = "crates/thalweg-checks/tests/";

/// File with the table of old and new names.
const TABLE_OF_NAMES: &str = "CHANGELOG.md";

/// Form in which a name is retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Word,
    Type,
    Function,
    Constant,
    File,
    Text,
}

/// A retired name: one line of `words.txt`.
struct Entry<'a> {
    form: Form,
    name: &'a str,
    /// Only crate in which the name is retired, if there is one.
    crate_name: Option<&'a str>,
    replacement: &'a str,
}

impl Entry<'_> {
    fn violation(&self, path: &str, line: usize) -> Option<Violation> {
        let is_allowed = ALLOWED.iter().any(|(end, name, _)| path.ends_with(end) && *name == self.name);
        let message = format!("`{}` is retired; instead: {}", self.name, self.replacement);
        (!is_allowed).then(|| Violation::new(path, line, message))
    }
}

fn entries(list: &str) -> Vec<Entry<'_>> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| entry(line).unwrap_or_else(|| panic!("expected `kind name replacement`, found `{line}`")))
        .collect()
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let (form, rest) = line.split_once(' ')?;
    let (name, replacement) = rest.trim().split_once(' ')?;
    let form = match form {
        "word" => Form::Word,
        "type" => Form::Type,
        "fn" => Form::Function,
        "const" => Form::Constant,
        "file" => Form::File,
        "string" => Form::Text,
        _ => return None,
    };
    let (name, crate_name) = name.split_once('@').map_or((name, None), |(name, scope)| (name, Some(scope)));
    Some(Entry { form, name, crate_name, replacement: replacement.trim() })
}

/// Finds retired names in code, in file names, and in backticks in comments and Markdown.
pub fn names(sources: &[Source]) -> Vec<Violation> {
    let all = entries(WORDS);
    let mut found = Vec::new();
    let names_retired = |source: &Source| source.path.starts_with(PLANTED) || source.path == TABLE_OF_NAMES;
    for source in sources.iter().filter(|source| !names_retired(source)) {
        let holds_here = |entry: &&Entry<'_>| entry.crate_name.is_none_or(|name| name == source.crate_name());
        let entries: Vec<&Entry<'_>> = all.iter().filter(holds_here).collect();
        let files = entries.iter().filter(|entry| entry.form == Form::File);
        let here = |end: &str| source.path.ends_with(end) || source.path.contains(&format!("{end}/"));
        found.extend(files.filter(|entry| here(entry.name)).filter_map(|entry| entry.violation(&source.path, 1)));
        if source.is_rust() {
            found.extend(in_code(source, &entries));
        }
        for (line, word) in quoted_words(source) {
            let retired = entries.iter().filter(|entry| entry.form == Form::Word && entry.name == word);
            found.extend(retired.filter_map(|entry| entry.violation(&source.path, line)));
        }
    }
    found
}

fn in_code(source: &Source, entries: &[&Entry<'_>]) -> Vec<Violation> {
    let code = lexer::code(&source.text);
    let mut found = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let form = match at.checked_sub(1).map_or("", |before| code[before].text) {
            "struct" | "enum" | "union" | "trait" | "type" => Form::Type,
            "fn" => Form::Function,
            "const" | "static" => Form::Constant,
            _ => Form::Word,
        };
        let text = token.text.trim_matches('"');
        let is_retired = |entry: &&&Entry<'_>| match token.category {
            TokenCategory::Ident => entry.name == token.text && (entry.form == Form::Word || entry.form == form),
            TokenCategory::Str => entry.name == text && entry.form == Form::Text,
            _ => false,
        };
        found.extend(entries.iter().filter(is_retired).filter_map(|entry| entry.violation(&source.path, token.line)));
    }
    found
}

/// Words in backticks in the comments of a Rust file or in a Markdown file, with their lines.
fn quoted_words(source: &Source) -> Vec<(usize, String)> {
    let text = prose(source);
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for quoted in line.split('`').skip(1).step_by(2) {
            let words = quoted.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            found.extend(words.map(|word| (number, word.to_owned())));
        }
    }
    found
}

/// A retired phrase: one line of `phrases.txt`.
struct Phrase<'a> {
    words: Vec<String>,
    text: &'a str,
    plain: &'a str,
}

fn retired_phrases(list: &str) -> Vec<Phrase<'_>> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (text, plain) =
                line.split_once('=').unwrap_or_else(|| panic!("expected `phrase = plain English`, found `{line}`"));
            let words = text.split_whitespace().map(str::to_lowercase).collect();
            Phrase { words, text: text.trim(), plain: plain.trim() }
        })
        .collect()
}

/// Finds retired phrases in comments, documentation, strings and Markdown.
pub fn phrases(sources: &[Source]) -> Vec<Violation> {
    let phrases = retired_phrases(PHRASES);
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with(PLANTED)) {
        let words = words(&prose(source));
        for at in 0..words.len() {
            for phrase in phrases.iter().filter(|phrase| begins_with(&words[at..], &phrase.words)) {
                let message = format!("\"{}\" is private language; in plain English: {}", phrase.text, phrase.plain);
                found.push(Violation::new(&source.path, words[at].line, message));
            }
        }
    }
    found
}

/// Returns `true` if the words begin with the phrase, with nothing but space between them.
fn begins_with(words: &[Word], phrase: &[String]) -> bool {
    let is_part =
        |(k, (word, part)): (usize, (&Word, &String))| word.text == *part && (k == 0 || word.follows_directly);
    words.len() >= phrase.len() && words.iter().zip(phrase).enumerate().all(is_part)
}

/// The prose of a file with its line breaks: Markdown as it is; of Rust code the comments and strings, without signs.
fn prose(source: &Source) -> String {
    if source.is_markdown() {
        return source.text.clone();
    }
    if !source.is_rust() {
        return String::new();
    }
    let mut text = String::new();
    for token in lexer::tokens(&source.text) {
        match token.category {
            TokenCategory::Comment | TokenCategory::OuterDoc | TokenCategory::InnerDoc => {
                text.push_str(&token.text.replace(['/', '!', '*'], " "));
            }
            TokenCategory::Str => text.push_str(&format!("|{}|", token.text.replace("\\\n", "\n"))),
            TokenCategory::Space => text.push_str(token.text),
            // Code separates the comments around it.
            TokenCategory::Ident | TokenCategory::Other => text.push('|'),
        }
    }
    text
}

/// A word of prose with its place.
struct Word {
    text: String,
    line: usize,
    /// If true, only space separates it from the word before it.
    follows_directly: bool,
}

/// All words of a text but those in backticks, which are names in code.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut line, mut is_open, mut only_space, mut is_code) = (1, false, true, false);
    for c in text.chars() {
        is_code = c != '\n' && (is_code != (c == '`'));
        if !is_code && (c.is_alphanumeric() || matches!(c, '_' | '\'')) {
            match words.last_mut().filter(|_| is_open) {
                Some(word) => word.text.extend(c.to_lowercase()),
                None => words.push(Word { text: c.to_lowercase().collect(), line, follows_directly: only_space }),
            }
            (is_open, only_space) = (true, true);
        } else {
            is_open = false;
            only_space &= c.is_whitespace();
            line += usize::from(c == '\n');
        }
    }
    words
}
