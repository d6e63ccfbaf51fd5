//! Layering: a crate uses only the crates below it, a module only the modules before it in its crate's list.

use crate::layers::CrateLayers;
use crate::lexer::{self, TokenCategory};
use crate::modules::ModuleTree;
use crate::source::Source;
use crate::violation::Violation;

/// Finds uses of modules that stand later in the list of their crate, and modules that stand in no list.
pub fn modules(sources: &[Source], layers: &[CrateLayers]) -> Vec<Violation> {
    layers.iter().flat_map(|layers| modules_of(sources, layers)).collect()
}

fn modules_of(sources: &[Source], layers: &CrateLayers) -> Vec<Violation> {
    let tree = ModuleTree::read(sources, layers.name);
    let mut found: Vec<_> = tree.errors.iter().map(|(file, error)| Violation::new(file, 1, error)).collect();
    let layer = |name: &str| layers.modules.iter().position(|module| *module == name);
    for module in tree.modules.iter().filter(|module| module.path.len() == 1 && !module.is_test) {
        if layer(&module.path[0]).is_none() {
            let message = format!("module `{}` has no layer: add it to LAYERS", module.path[0]);
            found.push(Violation::new(&module.file, 1, message));
        }
    }
    for unknown in layers.modules.iter().filter(|name| !tree.modules[..].iter().any(|m| m.path == [**name])) {
        let message = format!("LAYERS lists the module `{unknown}`, which does not exist");
        found.push(Violation::new(&format!("crates/{}/src", layers.name), 1, message));
    }
    for dependency in tree.dependencies().iter().filter(|dependency| !dependency.is_test) {
        let (from, to) = (&tree.modules[dependency.from], &tree.modules[dependency.to]);
        // The root of the crate may use all its modules.
        let Some(user) = from.path.first() else { continue };
        let problem = match to.path.first() {
            // Naming the root alone, as in `use crate::{self as root}`, uses nothing in it.
            None if dependency.is_module_only => None,
            None => Some("the root of the crate".to_owned()),
            Some(used) if layer(used) > layer(user) => Some(format!("`{used}`, a layer above")),
            Some(_) => None,
        };
        found.extend(problem.map(|problem| {
            let message = format!("module `{user}` uses {problem} (`{}`)", dependency.path);
            Violation::new(&from.file, dependency.line, message)
        }));
    }
    found
}

/// Finds uses of crates of the workspace that are not below the crate, in code and in `Cargo.toml`.
pub fn crates(sources: &[Source], layers: &[CrateLayers]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("crates/")) {
        let own = source.crate_name();
        let Some(this) = layers.iter().find(|layers| layers.name == own) else {
            let message = format!("crate `{own}` has no layer: add it to LAYERS");
            found.push(Violation::new(&source.path, 1, message));
            continue;
        };
        for other in layers.iter().filter(|other| other.name != own && !this.uses.contains(&other.name)) {
            let lines = if source.is_rust() {
                used_in_code(&source.text, &other.name.replace('-', "_"))
            } else {
                used_in_manifest(&source.text, other.name)
            };
            let message = format!("crate `{own}` uses `{}`, which is not below it", other.name);
            found.extend(lines.into_iter().map(|line| Violation::new(&source.path, line, message.clone())));
        }
    }
    found
}

/// Lines of code in which a path begins with the name of a crate, or `extern crate` or `use` names it.
fn used_in_code(text: &str, name: &str) -> Vec<usize> {
    let code = lexer::code(text);
    let at = |k: usize| code.get(k).map_or("", |token| token.text);
    let is_use = |k: usize| {
        let starts = k == 0 || !matches!(at(k - 1), ":" | ".") || (k >= 2 && at(k - 1) == ":" && at(k - 2) != ":");
        let leads = at(k + 1) == ":" && at(k + 2) == ":";
        code[k].category == TokenCategory::Ident
            && at(k) == name
            && starts
            && (leads || k > 0 && matches!(at(k - 1), "use" | "crate"))
    };
    (0..code.len()).filter(|k| is_use(*k)).map(|k| code[k].line).collect()
}

/// Lines of a manifest that make `name` a dependency.
fn used_in_manifest(text: &str, name: &str) -> Vec<usize> {
    let (mut in_dependencies, mut lines) = (false, Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(section) = line.strip_prefix('[') {
            in_dependencies = section.contains("dependencies");
        }
        let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if in_dependencies && key.trim() == name {
            lines.push(number);
        }
    }
    lines
}
