//! Number of names that a user meets first: at the roots of the libraries, and in the prelude of the core.

use std::collections::BTreeSet;

use syn::{Item, UseTree, Visibility};

use crate::source::Source;
use crate::violation::Violation;

/// Files whose public names are counted, with the greatest number of them.
const LIMITS: [(&str, usize); 3] =
    [("crates/thalweg/src/lib.rs", 40), ("crates/thalweg/src/prelude.rs", 16), ("crates/thalweg-learn/src/lib.rs", 40)];

/// Finds files that export more names than they may, public modules included.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in sources {
        let Some(&(path, limit)) = LIMITS.iter().find(|(path, _)| *path == source.path) else { continue };
        let names = match names(&source.text) {
            Ok(names) => names,
            Err(error) => {
                found.push(Violation::new(path, 1, format!("expected Rust code, found {error}")));
                continue;
            }
        };
        if names.contains("*") {
            found.push(Violation::new(path, 1, "a glob exports names that cannot be counted: list them"));
        }
        if names.len() > limit {
            let message = format!("{} public names; at most {limit}: export less, or from a module", names.len());
            found.push(Violation::new(path, 1, message));
        }
    }
    found
}

/// All names that a file exports. A function and a module may share one; `*` stands for a glob.
fn names(text: &str) -> syn::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for item in &syn::parse_file(text)?.items {
        let (visibility, name) = match item {
            Item::Use(item) => {
                if is_public(&item.vis) {
                    collect(&item.tree, &mut names);
                }
                continue;
            }
            Item::Mod(item) => (&item.vis, &item.ident),
            Item::Fn(item) => (&item.vis, &item.sig.ident),
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Trait(item) => (&item.vis, &item.ident),
            Item::Type(item) => (&item.vis, &item.ident),
            Item::Const(item) => (&item.vis, &item.ident),
            Item::Static(item) => (&item.vis, &item.ident),
            _ => continue,
        };
        if is_public(visibility) {
            names.insert(name.to_string());
        }
    }
    Ok(names)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Adds the names that a `use` declaration brings.
fn collect(tree: &UseTree, names: &mut BTreeSet<String>) {
    let name = match tree {
        UseTree::Path(path) => return collect(&path.tree, names),
        UseTree::Group(group) => return group.items.iter().for_each(|tree| collect(tree, names)),
        UseTree::Name(name) => name.ident.to_string(),
        UseTree::Rename(rename) => rename.rename.to_string(),
        UseTree::Glob(_) => "*".into(),
    };
    names.insert(name);
}
