//! Module tree of a crate: files, items, imports, and the paths that code mentions.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Item, ItemUse, UseTree, Visibility};

use crate::source::Source;

mod mentions;

pub use mentions::Mention;

/// A name that a `use` declaration brings into a module.
#[derive(Clone, Debug)]
pub struct Import {
    /// Path as written, such as `["super", "a", "B"]`; without the `*` of a glob.
    pub path: Vec<String>,
    /// Name that it gets in the module, `None` for a glob.
    pub name: Option<String>,
    /// Line of the name, counted from 1.
    pub line: usize,
    /// If true, the declaration is `pub` in any form: a re-export.
    pub is_reexport: bool,
    /// If true, the declaration is test code.
    pub is_test: bool,
}

/// A module: a file, or a `mod name { … }` in one.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Module that declares this one, `None` for the root of the crate.
    pub parent: Option<usize>,
    /// Path of names from the root of the crate, empty for the root.
    pub path: Vec<String>,
    /// Path of the file that holds the module.
    pub file: String,
    /// If true, the module is test code.
    pub is_test: bool,
    /// Modules declared in this one, by name.
    pub children: BTreeMap<String, usize>,
    /// Names of the items defined in this module, those of macro invocations included.
    pub items: BTreeSet<String>,
    /// All `use` declarations, one entry for each name.
    pub imports: Vec<Import>,
    /// Paths that occur in the code of the module.
    pub mentions: Vec<Mention>,
}

/// The modules of a crate; the first one is the root.
#[derive(Clone, Debug, Default)]
pub struct ModuleTree {
    /// All modules, parents before their children.
    pub modules: Vec<Module>,
    /// Files that could not be parsed or found, with the reason.
    pub errors: Vec<(String, String)>,
}

impl ModuleTree {
    /// Reads the modules of the crate in the folder `crates/NAME`, from its `lib.rs` or `main.rs`.
    pub fn read(sources: &[Source], name: &str) -> Self {
        let mut tree = Self::default();
        let roots = ["lib.rs", "main.rs"].map(|file| format!("crates/{name}/src/{file}"));
        match roots.iter().find(|root| find(sources, root).is_some()) {
            Some(root) => tree.add_file(sources, root, None, Vec::new(), false),
            None => tree.errors.push((format!("crates/{name}/src"), "no lib.rs or main.rs".to_owned())),
        }
        tree
    }

    fn add_file(&mut self, sources: &[Source], file: &str, parent: Option<usize>, path: Vec<String>, is_test: bool) {
        let Some(source) = find(sources, file) else {
            return self.errors.push((file.to_owned(), "no such file".to_owned()));
        };
        match syn::parse_file(&source.text) {
            Ok(parsed) => {
                let module = Module { parent, path, file: file.to_owned(), is_test, ..Module::default() };
                self.add_module(sources, module, &parsed.items);
            }
            Err(error) => self.errors.push((file.to_owned(), error.to_string())),
        }
    }

    fn add_module(&mut self, sources: &[Source], module: Module, items: &[Item]) {
        let this = self.modules.len();
        if let (Some(parent), Some(name)) = (module.parent, module.path.last()) {
            self.modules[parent].children.insert(name.clone(), this);
        }
        let (file, path, in_test) = (module.file.clone(), module.path.clone(), module.is_test);
        self.modules.push(module);
        for item in items {
            let is_test = in_test || is_test_item(item);
            match item {
                Item::Mod(declared) => {
                    let name = declared.ident.to_string();
                    let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
                    if let Some((_, items)) = &declared.content {
                        let inline =
                            Module { parent: Some(this), path, file: file.clone(), is_test, ..Module::default() };
                        self.add_module(sources, inline, items);
                    } else {
                        let file = self.child_file(sources, this, &name);
                        self.add_file(sources, &file, Some(this), path, is_test);
                    }
                }
                Item::Use(declared) => self.modules[this].imports.extend(imports(declared, is_test)),
                item => {
                    let tokens = item.to_token_stream();
                    let module = &mut self.modules[this];
                    module.items.extend(mentions::defined_names(item, &tokens));
                    mentions::collect(&tokens, is_test, module);
                }
            }
        }
    }

    /// File of the module `name` that the module `parent` declares by `mod name;`.
    fn child_file(&self, sources: &[Source], parent: usize, name: &str) -> String {
        let module = &self.modules[parent];
        let stem = module.file.strip_suffix(".rs").unwrap_or(&module.file);
        let (folder, last) = stem.rsplit_once('/').unwrap_or(("", stem));
        let folder = if matches!(last, "mod" | "lib" | "main") { folder } else { stem };
        let flat = format!("{folder}/{name}.rs");
        if find(sources, &flat).is_some() { flat } else { format!("{folder}/{name}/mod.rs") }
    }

    /// Returns `true` if `module` is `ancestor` or lies inside it.
    pub fn is_inside(&self, module: usize, ancestor: usize) -> bool {
        self.modules[module].path.starts_with(&self.modules[ancestor].path)
    }
}

fn find<'a>(sources: &'a [Source], path: &str) -> Option<&'a Source> {
    sources.iter().find(|source| source.path == path)
}

/// Returns the names that a `use` declaration brings in, one entry for each.
pub(crate) fn imports(declared: &ItemUse, is_test: bool) -> Vec<Import> {
    let is_reexport = !matches!(declared.vis, Visibility::Inherited);
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), &declared.tree)];
    while let Some((path, tree)) = open.pop() {
        let mut add = |path: Vec<String>, name: Option<String>, span: Span| {
            found.push(Import { path, name, line: span.start().line, is_reexport, is_test });
        };
        match tree {
            UseTree::Path(step) => open.push((joined(&path, &step.ident), &step.tree)),
            // `use a::{self}` imports `a` itself.
            UseTree::Name(name) if name.ident == "self" && !path.is_empty() => {
                add(path.clone(), path.last().cloned(), name.ident.span());
            }
            UseTree::Name(name) => add(joined(&path, &name.ident), Some(name.ident.to_string()), name.ident.span()),
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { path } else { joined(&path, &rename.ident) };
                add(path, Some(rename.rename.to_string()), rename.ident.span());
            }
            UseTree::Glob(glob) => add(path, None, glob.star_token.spans[0]),
            UseTree::Group(group) => open.extend(group.items.iter().map(|tree| (path.clone(), tree))),
        }
    }
    found.sort_by_key(|import| import.line);
    found
}

fn joined(path: &[String], ident: &syn::Ident) -> Vec<String> {
    path.iter().cloned().chain([ident.to_string()]).collect()
}

/// Returns `true` for an item under `#[cfg(test)]` or `#[test]`.
fn is_test_item(item: &Item) -> bool {
    let attributes = match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        let text: String = attribute.meta.to_token_stream().to_string().split_whitespace().collect();
        text == "test" || text == "cfg(test)"
    })
}
