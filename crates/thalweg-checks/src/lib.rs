//! Checks of the source code of the workspace: layering, vocabulary, documentation, file length,
//! number of exported names.
//!
//! Each check is a function of the files of the repository that returns its violations. The test `workspace` runs all
//! of them; each has planted violations in `tests/` that it must find. `cargo run -p thalweg-checks` prints all
//! violations, `cargo run -p thalweg-checks -- PATH` those below a path.
//!
//! | to change | edit |
//! | --- | --- |
//! | order of crates and modules | `layers.rs` |
//! | retired names and phrases | `words.txt`, `phrases.txt` |
//! | limits, checks that do not fail yet | `checks.rs` |

pub mod checks;
pub mod cycles;
pub mod docs;
pub mod exports;
pub mod imports;
pub mod layering;
pub mod layers;
pub mod length;
pub mod lexer;
pub mod modules;
pub mod names;
pub mod resolve;
pub mod skipped;
pub mod source;
pub mod text;
pub mod violation;
pub mod vocabulary;

pub use source::Source;
pub use violation::Violation;
