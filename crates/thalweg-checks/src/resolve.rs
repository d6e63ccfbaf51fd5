//! Names to files: follows imports, re-exports and globs to the file in which an item is defined.

use std::collections::BTreeSet;

use crate::modules::ModuleTree;

/// A module or item that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A module, by its index in the tree.
    Module(usize),
    /// An item, by the index of the module that defines it.
    Item(usize),
}

impl Resolved {
    /// The module itself, or the one that defines the item.
    pub fn module(self) -> usize {
        match self {
            Self::Module(module) | Self::Item(module) => module,
        }
    }
}

/// Modules and names that are being looked up: guards against declarations that refer to each other.
type Visited = BTreeSet<(usize, String)>;

impl ModuleTree {
    /// Resolves `path` as written in the module `from`; `None` if it leads out of the crate.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<Resolved> {
        self.resolve_guarded(from, path, &mut Visited::new())
    }

    fn resolve_guarded(&self, from: usize, path: &[String], visited: &mut Visited) -> Option<Resolved> {
        let (first, mut rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Resolved::Module(0),
            "self" => Resolved::Module(from),
            "super" => {
                let mut module = self.modules[from].parent?;
                while let Some(("super", after)) = rest.split_first().map(|(name, after)| (name.as_str(), after)) {
                    (module, rest) = (self.modules[module].parent?, after);
                }
                Resolved::Module(module)
            }
            name => self.lookup(from, name, visited)?,
        };
        for name in rest {
            let Resolved::Module(module) = target else { break };
            // A name that no declaration explains, as one made by a macro, belongs to the module it is looked up in.
            target = self.lookup(module, name, visited).unwrap_or(Resolved::Item(module));
        }
        Some(target)
    }

    fn lookup(&self, module: usize, name: &str, visited: &mut Visited) -> Option<Resolved> {
        if !visited.insert((module, name.to_owned())) {
            return None;
        }
        let found = &self.modules[module];
        if let Some(child) = found.children.get(name) {
            return Some(Resolved::Module(*child));
        }
        if found.items.contains(name) {
            return Some(Resolved::Item(module));
        }
        if let Some(import) = found.imports.iter().find(|import| import.name.as_deref() == Some(name)) {
            return self.resolve_guarded(module, &import.path, visited);
        }
        found.imports.iter().filter(|import| import.name.is_none()).find_map(|glob| {
            match self.resolve_guarded(module, &glob.path, visited)? {
                Resolved::Module(of) if of != module => self.lookup(of, name, visited),
                _ => None,
            }
        })
    }
}
