//! The checks, with their names and limits.

use crate::layers::LAYERS;
use crate::source::Source;
use crate::violation::Violation;
use crate::{cycles, docs, exports, layering, length, names, skipped, text, vocabulary};

/// A rule of the project and the function that finds its violations.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Short name, as it is printed.
    pub name: &'static str,
    /// Greatest number of violations that passes, 0 for most rules.
    pub limit: usize,
    /// Finds all violations in the files of the repository.
    pub find: fn(&[Source]) -> Vec<Violation>,
}

/// All rules, in the order in which they are reported.
pub const CHECKS: [Check; 16] = [
    Check { name: "crate-order", limit: 0, find: |sources| layering::crates(sources, &LAYERS) },
    Check { name: "module-order", limit: 0, find: |sources| layering::modules(sources, &LAYERS) },
    Check {
        name: "import-cycles",
        limit: 0,
        find: |sources| cycles::check(sources, &LAYERS.map(|layers| layers.name)),
    },
    Check { name: "retired-names", limit: 0, find: vocabulary::names },
    Check { name: "retired-phrases", limit: 0, find: vocabulary::phrases },
    Check { name: "file-length", limit: 0, find: length::check },
    Check { name: "public-type-names", limit: 0, find: names::public },
    Check { name: "restricted-type-names", limit: usize::MAX, find: names::restricted },
    Check { name: "short-docs", limit: 49, find: docs::short },
    Check { name: "indirect-docs", limit: 29, find: docs::indirect },
    Check { name: "options-in-libraries", limit: 0, find: text::options },
    Check { name: "long-comments", limit: 0, find: text::long_comments },
    Check { name: "panic-hooks", limit: 0, find: text::hooks },
    Check { name: "pure-core", limit: 0, find: text::pure_core },
    Check { name: "exported-names", limit: 0, find: exports::check },
    Check { name: "silent-skips", limit: 0, find: skipped::check },
];
