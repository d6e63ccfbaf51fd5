//! The experiments by which the family of methods is taught, run by thalweg itself.
//!
//! Each experiment is a program in `examples/` that makes a [`Page`]: prose, tables with *published* beside *measured*,
//! pictures, and claims. A claim is a sentence with a truth value that was computed: one that fails is printed as FAILED
//! and makes the program exit with 1, and the tests of this crate hold all claims of all pages.
//!
//! ```console
//! $ cargo run --release -p thalweg-experiments --example saddle        # one page, and its pictures
//! $ cargo run --release -p thalweg-experiments --example experiments   # all, into docs/experiments.md
//! ```

mod error;
mod number;
mod page;
mod show;
mod styles;
mod table;
mod trail;
mod tune;

pub use error::Result;
pub use number::{count, short};
pub use page::{Claim, Page, Picture};
pub use show::{docs, show};
pub use styles::style;
pub use table::Table;
pub use trail::{Trail, follow, follow_until, optimizer, steps_until};
pub use tune::{Tuned, grid, tune};
