//! Tests that cannot run, as where data are absent, say so: they print a line that begins with `skipped:`.

use std::collections::BTreeSet;

use crate::lexer::{self, CodeToken, TokenCategory};
use crate::source::Source;
use crate::violation::Violation;

/// Methods that look for a file or folder.
const LOOKUPS: [&str; 2] = ["exists", "try_exists"];

/// A function of test code.
struct Function<'a> {
    path: &'a str,
    name: &'a str,
    is_test: bool,
    body: Vec<CodeToken<'a>>,
}

impl Function<'_> {
    fn says_skipped(&self) -> bool {
        self.body
            .iter()
            .any(|t| t.category == TokenCategory::Str && t.text.trim_start_matches('"').starts_with("skipped:"))
    }

    fn calls_one_of(&self, names: &BTreeSet<(&str, &str)>, crate_name: &str) -> bool {
        self.body.iter().any(|token| names.contains(&(crate_name, token.text)))
    }

    /// Line of the first `return` without a value, or with `Ok(())`.
    fn early_return(&self) -> Option<usize> {
        let texts: Vec<&str> = self.body.iter().map(|token| token.text).collect();
        let ends = |rest: &[&str]| {
            matches!(rest.first(), Some(&";" | &"}" | &",")) || rest.starts_with(&["Ok", "(", "(", ")", ")"])
        };
        let at = (0..texts.len()).find(|at| texts[*at] == "return" && ends(&texts[at + 1..]))?;
        Some(self.body[at].line)
    }

    /// Line of the first branch that depends on the presence of a file: `if path.exists()`, `path.exists().then(…)`.
    fn lookup(&self) -> Option<usize> {
        let texts: Vec<&str> = self.body.iter().map(|token| token.text).collect();
        let is_lookup = |at: usize| at > 0 && texts[at - 1] == "." && LOOKUPS.contains(&texts[at]);
        let decides = |at: usize| {
            let then = texts[at + 1..].starts_with(&["(", ")", ".", "then"])
                || texts[at + 1..].starts_with(&["(", ")", ".", "then_some"]);
            let statement = texts[..at].iter().rposition(|text| matches!(*text, ";" | "{" | "}")).map_or(0, |k| k + 1);
            then || texts[statement..at].contains(&"if")
        };
        (0..texts.len()).find(|at| is_lookup(*at) && decides(*at)).map(|at| self.body[at].line)
    }
}

/// Finds tests that end early, and functions of tests that look for a file, without a line that begins with `skipped:`.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let functions: Vec<(&str, Function<'_>)> = sources
        .iter()
        .filter(|source| source.is_rust())
        .flat_map(|source| functions(source).into_iter().map(|function| (source.crate_name(), function)))
        .collect();
    let mut speaking: BTreeSet<(&str, &str)> = BTreeSet::new();
    // Calls are followed as long as they add a function.
    loop {
        let before = speaking.len();
        for (name, function) in &functions {
            if function.says_skipped() || function.calls_one_of(&speaking, name) {
                speaking.insert((name, function.name));
            }
        }
        if speaking.len() == before {
            break;
        }
    }
    let mut found = Vec::new();
    for (name, function) in &functions {
        let is_silent = !speaking.contains(&(*name, function.name));
        if let Some(line) = function.early_return().filter(|_| function.is_test && is_silent) {
            let message = format!("the test `{}` can end early without a line `skipped: …`", function.name);
            found.push(Violation::new(function.path, line, message));
        }
        if let Some(line) = function.lookup().filter(|_| is_silent) {
            let message =
                format!("`{}` looks for a file without a line `skipped: …` where it is absent", function.name);
            found.push(Violation::new(function.path, line, message));
        }
    }
    found
}

/// All functions of test code: in `tests/`, and under `#[cfg(test)]`.
fn functions(source: &Source) -> Vec<Function<'_>> {
    let is_test_file = source.path.contains("/tests/") || source.module_name() == "tests";
    let test_lines = lexer::test_lines(&source.text);
    let code = lexer::code(&source.text);
    let mut found = Vec::new();
    for at in 0..code.len().saturating_sub(1) {
        let in_test = is_test_file || test_lines.iter().any(|range| range.contains(&code[at].line));
        if code[at].text != "fn" || code[at + 1].category != TokenCategory::Ident || !in_test {
            continue;
        }
        let Some(open) = code[at..].iter().position(|token| token.text == "{").map(|k| at + k) else { continue };
        let mut depth = 0_usize;
        let close = code[open..].iter().position(|token| {
            match token.text {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let body = code[open..close.map_or(code.len(), |k| open + k)].to_vec();
        let before: Vec<&str> = code[..at].iter().rev().take(4).map(|token| token.text).collect();
        let is_test = before == ["]", "test", "[", "#"];
        found.push(Function { path: &source.path, name: code[at + 1].text, is_test, body });
    }
    found
}
