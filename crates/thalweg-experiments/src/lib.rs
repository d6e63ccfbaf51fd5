//! The published experiments that introduce the optimization methods, repeated with thalweg.
//!
//! Each experiment is a [`Page`]: text, tables of *published* and *measured* numbers, pictures, and claims. A [`Claim`]
//! is a sentence with a computed truth value. A claim that does not hold is printed as FAILED and makes the program
//! exit with code 1; the tests of this crate check all claims of all pages.
//!
//! ```console
//! $ cargo run --release -p thalweg-experiments   # all pages, to docs/experiments.md and docs/experiments/
//! ```

mod error;
mod number;
mod output;
mod page;
pub mod pages;
mod style;
mod table;
mod trajectory;
mod tune;

pub use error::Result;
pub use number::{format_count, format_number};
pub use output::{docs_folder, print_and_write};
pub use page::{Claim, Page, PageImage};
pub use style::method_style;
pub use table::TextTable;
pub use trajectory::{Trajectory, new_optimizer, run_method, run_until, steps_until};
pub use tune::{TunedRun, lr_grid, tune_lr};
