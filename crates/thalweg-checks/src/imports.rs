//! Dependencies between the modules of a crate.

use std::collections::BTreeSet;

use crate::modules::ModuleTree;
use crate::resolve::Resolved;

/// A use of one module by another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// Module whose code contains the use.
    pub from: usize,
    /// Module that defines what is used.
    pub to: usize,
    /// Line of the use, counted from 1.
    pub line: usize,
    /// Path of the used item, as it is written.
    pub path: String,
    /// If true, only the module is named, not an item in it.
    pub is_module_only: bool,
    /// If true, the use is in test code.
    pub is_test: bool,
}

impl ModuleTree {
    /// Returns all dependencies between modules, ordered by module and line.
    ///
    /// A re-export (`pub use child::Name`) of an item that lies inside the module is a declaration, not a use. Names
    /// are followed through re-exports to the module that defines the item.
    pub fn dependencies(&self) -> Vec<Dependency> {
        let mut found = BTreeSet::new();
        for (from, module) in self.modules.iter().enumerate() {
            for import in &module.imports {
                let Some(target) = self.resolve(from, &import.path) else { continue };
                if !(import.is_reexport && self.is_inside(target.module(), from)) {
                    let is_module_only = import.name.is_none() || matches!(target, Resolved::Module(_));
                    let is_test = module.is_test || import.is_test;
                    found.extend(self.dependency(from, target, &import.path, import.line, is_test, is_module_only));
                }
            }
            for mention in &module.mentions {
                // The import of a path's first name is a dependency already; names from re-exports and globs are not.
                let Some(target) = self.resolve(from, &mention.path) else { continue };
                let is_module_only = matches!(target, Resolved::Module(_));
                if !(is_module_only && mention.path.len() == 1) {
                    let is_test = module.is_test || mention.is_test;
                    found.extend(self.dependency(from, target, &mention.path, mention.line, is_test, is_module_only));
                }
            }
        }
        found.into_iter().collect()
    }

    fn dependency(
        &self,
        from: usize,
        target: Resolved,
        path: &[String],
        line: usize,
        is_test: bool,
        is_module_only: bool,
    ) -> Option<Dependency> {
        let to = target.module();
        let differ = self.modules[from].file != self.modules[to].file;
        differ.then(|| Dependency { from, to, line, path: path.join("::"), is_module_only, is_test })
    }
}
