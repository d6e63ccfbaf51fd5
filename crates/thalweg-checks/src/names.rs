//! Names of types: each is defined once in the workspace.

use std::collections::BTreeMap;

use crate::lexer;
use crate::source::Source;
use crate::violation::Violation;

/// Visibility of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    /// Visible wherever its module is: `pub`.
    Public,
    /// Visible in a part of the crate: `pub(crate)`, `pub(super)` or `pub(in …)`.
    Restricted,
}

/// A definition of a type.
struct Definition<'a> {
    name: &'a str,
    crate_name: &'a str,
    path: &'a str,
    line: usize,
    visibility: Visibility,
}

/// Names that each crate defines for itself, as is usual in Rust: unique inside a crate only.
const ONE_PER_CRATE: [&str; 3] = ["Error", "ErrorKind", "Result"];

/// Finds names of more than one `pub` type in the workspace, re-exported or not.
pub fn public(sources: &[Source]) -> Vec<Violation> {
    let definitions = definitions(sources);
    let public = definitions.iter().filter(|definition| definition.visibility == Visibility::Public);
    let mut groups: BTreeMap<(&str, &str), Vec<&Definition<'_>>> = BTreeMap::new();
    for definition in public {
        let scope = if ONE_PER_CRATE.contains(&definition.name) { definition.crate_name } else { "" };
        groups.entry((definition.name, scope)).or_default().push(definition);
    }
    groups.values().filter_map(|same| violation(same)).collect()
}

/// Finds names of more than one type in one crate, `pub(crate)` and `pub(super)` types included.
pub fn restricted(sources: &[Source]) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, Vec<Definition<'_>>> = BTreeMap::new();
    for source in sources {
        crates.entry(source.crate_name()).or_default().extend(definitions(std::slice::from_ref(source)));
    }
    let public_only = |definitions: &[&Definition<'_>]| definitions.iter().all(|d| d.visibility == Visibility::Public);
    let mut found = Vec::new();
    for definitions in crates.values() {
        for same in by_name(definitions.iter()).into_values().filter(|same| !public_only(same)) {
            found.extend(violation(&same));
        }
    }
    found
}

fn by_name<'a>(definitions: impl Iterator<Item = &'a Definition<'a>>) -> BTreeMap<&'a str, Vec<&'a Definition<'a>>> {
    let mut names: BTreeMap<&str, Vec<&Definition<'_>>> = BTreeMap::new();
    definitions.for_each(|definition| names.entry(definition.name).or_default().push(definition));
    names
}

fn violation(same: &[&Definition<'_>]) -> Option<Violation> {
    let [first, others @ ..] = same else { return None };
    let others: Vec<String> = others.iter().map(|other| format!("{}:{}", other.path, other.line)).collect();
    let message = format!("type `{}` is defined again in {}", first.name, others.join(", "));
    (!others.is_empty()).then(|| Violation::new(first.path, first.line, message))
}

/// All `pub` and `pub(…)` types outside tests, those in macro invocations included.
fn definitions(sources: &[Source]) -> Vec<Definition<'_>> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && !source.is_outside_src()) {
        let tests = lexer::test_lines(&source.text);
        let code = lexer::code(&source.text);
        for at in (0..code.len()).filter(|at| code[*at].text == "pub") {
            let mut next = at + 1;
            let restricted = code.get(next).is_some_and(|token| token.text == "(");
            if restricted {
                next += code[next..].iter().position(|token| token.text == ")").map_or(1, |end| end + 1);
            }
            let visibility = if restricted { Visibility::Restricted } else { Visibility::Public };
            let [keyword, name, ..] = &code[next.min(code.len())..] else { continue };
            let is_type = matches!(keyword.text, "struct" | "enum" | "union" | "trait" | "type");
            if is_type
                && name.category == lexer::TokenCategory::Ident
                && !tests.iter().any(|range| range.contains(&name.line))
            {
                let (crate_name, path) = (source.crate_name(), source.path.as_str());
                found.push(Definition { name: name.text, crate_name, path, line: name.line, visibility });
            }
        }
    }
    found
}
