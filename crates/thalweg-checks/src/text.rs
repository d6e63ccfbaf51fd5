//! Rules about single lines and tokens: command-line options in libraries, long comments, process-wide hooks, and
//! files, clocks and output in the core.

use crate::lexer::{self, TokenCategory};
use crate::source::Source;
use crate::violation::Violation;

/// Maximum number of columns of a line with a comment.
pub const MAX_COLUMNS: usize = 120;

/// Crates whose text must not name an option of the command line.
const LIBRARIES: [&str; 4] = ["thalweg", "thalweg-learn", "thalweg-plot", "thalweg-compare"];

/// Finds options of the command line (`--name`) in the string literals of the libraries: errors carry data, the program
/// adds the hint.
pub fn options(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && !source.is_outside_src()) {
        if !LIBRARIES.contains(&source.crate_name()) {
            continue;
        }
        let tests = lexer::test_lines(&source.text);
        for token in lexer::tokens(&source.text).iter().filter(|token| token.category == TokenCategory::Str) {
            let option = option_in(token.text).filter(|_| !tests.iter().any(|range| range.contains(&token.line)));
            found.extend(option.map(|option| {
                let message = format!("command-line option `{option}` in the text of a library");
                Violation::new(&source.path, token.line, message)
            }));
        }
    }
    found
}

/// Prefixes of CSS custom properties, which are written like options.
const CSS_PREFIXES: [&str; 1] = ["--plot-"];

/// Returns the first `--name` in a string literal that is no CSS property.
fn option_in(literal: &str) -> Option<&str> {
    literal.match_indices("--").find_map(|(at, dashes)| {
        let name = &literal[at + dashes.len()..];
        let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(name.len());
        let starts = !literal[..at].ends_with('-') && name.starts_with(|c: char| c.is_ascii_lowercase());
        let is_css = CSS_PREFIXES.iter().any(|prefix| literal[at..].starts_with(prefix));
        (starts && !is_css).then(|| &literal[at..at + dashes.len() + end])
    })
}

/// Finds lines of more than 120 columns that contain a comment: rustfmt does not wrap these.
pub fn long_comments(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let comments = lexer::tokens(&source.text);
        let comments = comments.iter().filter(|t| {
            matches!(t.category, TokenCategory::Comment | TokenCategory::OuterDoc | TokenCategory::InnerDoc)
        });
        let lines: Vec<&str> = source.text.lines().collect();
        for comment in comments {
            for line in comment.line..=comment.line + comment.text.matches('\n').count() {
                let columns = lines.get(line - 1).map_or(0, |line| line.chars().count());
                if columns > MAX_COLUMNS {
                    let message = format!("a comment of {columns} columns; a line has at most {MAX_COLUMNS}");
                    found.push(Violation::new(&source.path, line, message));
                }
            }
        }
    }
    found
}

/// Folders of programs, to which the panic hook of their process belongs.
const PROGRAMS: [&str; 2] = ["crates/thalweg-cli/", "fuzz/"];

/// Finds calls in libraries that change the panic hook of the whole process.
pub fn hooks(sources: &[Source]) -> Vec<Violation> {
    let is_library = |source: &&Source| !PROGRAMS.iter().any(|folder| source.path.starts_with(folder));
    let rust = sources.iter().filter(|source| source.is_rust()).filter(is_library);
    identifiers(rust, |word| {
        matches!(word, "set_hook" | "take_hook")
            .then(|| format!("`{word}` changes the panic hook of the whole process"))
    })
}

/// Crates that compute only.
const PURE_CRATES: [&str; 2] = ["thalweg", "thalweg-problems"];

/// Files, clocks, environment and output, which these crates must not use, as token sequences.
const FORBIDDEN_IN_CORE: [&[&str]; 9] = [
    &["std", "::", "fs"],
    &["std", "::", "time"],
    &["std", "::", "env"],
    &["std", "::", "io"],
    &["std", "::", "net"],
    &["std", "::", "process"],
    &["println", "!"],
    &["eprintln", "!"],
    &["unsafe"],
];

/// Finds files, clocks, arguments, output and `unsafe` in the crates that compute only.
pub fn pure_core(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && is_pure(&source.path)) {
        let code = lexer::code(&source.text);
        for at in 0..code.len() {
            for forbidden in FORBIDDEN_IN_CORE.iter().filter(|forbidden| starts_with(&code[at..], forbidden)) {
                let message = format!("`{}` in a crate that computes only", forbidden.concat());
                found.push(Violation::new(&source.path, code[at].line, message));
            }
        }
    }
    found
}

fn is_pure(path: &str) -> bool {
    PURE_CRATES.iter().any(|name| path.starts_with(&format!("crates/{name}/src/")))
}

/// Returns `true` if the tokens begin with `pattern`, in which `::` stands for two colons.
fn starts_with(code: &[lexer::CodeToken<'_>], pattern: &[&str]) -> bool {
    let parts = pattern.iter().flat_map(|part| if *part == "::" { vec![":", ":"] } else { vec![*part] });
    let mut texts = code.iter().map(|token| token.text);
    parts.into_iter().all(|part| texts.next() == Some(part))
}

fn identifiers<'a>(
    sources: impl Iterator<Item = &'a Source>,
    judge: impl Fn(&str) -> Option<String>,
) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources {
        let words = lexer::code(&source.text).into_iter().filter(|token| token.category == TokenCategory::Ident);
        found.extend(words.filter_map(|token| Some(Violation::new(&source.path, token.line, judge(token.text)?))));
    }
    found
}
