//! All experiments, into docs/experiments.md and docs/experiments/.
//!
//! `cargo run --release -p thalweg-experiments --example experiments`

use std::fs;
use std::process::ExitCode;

use thalweg_experiments::{Page, Result, docs, show};

#[path = "averages.rs"]
#[allow(dead_code)]
mod averages;
#[path = "errors.rs"]
#[allow(dead_code)]
mod errors;
#[path = "hard/main.rs"]
#[allow(dead_code)]
mod hard;
#[path = "paths.rs"]
#[allow(dead_code)]
mod paths;
#[path = "regression/main.rs"]
#[allow(dead_code)]
mod regression;
#[path = "saddle.rs"]
#[allow(dead_code)]
mod saddle;

/// What stands before the pages.
const HEAD: &str = "\
# Experiments

The experiments by which the family of methods is taught, run by `thalweg`. *Published* is what the texts give, *measured*
what the programs in [`crates/thalweg-experiments/examples`](../crates/thalweg-experiments/examples) found; ⚠ marks what does not
follow from its own formulas or set-up. Every sentence with a ✓ is computed, and a test holds it. This page is the output of

```console
$ cargo run --release -p thalweg-experiments --example experiments
```

Numbers are in f64 and the same on each run; seconds are not. η is the learning rate, α the momentum, δ or ε the small constant.
";

/// All pages.
pub(crate) fn pages() -> Result<Vec<Page>> {
    Ok(vec![saddle::page()?, regression::page()?, paths::page()?, averages::page()?, hard::page()?, errors::page()?])
}

/// The whole of docs/experiments.md.
pub(crate) fn document(pages: &[Page]) -> String {
    let texts = pages.iter().map(|page| format!("\n{}\n", page.markdown().trim_end()));
    HEAD.to_owned() + &texts.collect::<String>()
}

fn main() -> Result<ExitCode> {
    let pages = pages()?;
    let codes = pages.iter().map(show).collect::<Result<Vec<_>>>()?;
    fs::write(docs().join("experiments.md"), document(&pages))?;
    Ok(codes.into_iter().find(|code| *code != ExitCode::SUCCESS).unwrap_or(ExitCode::SUCCESS))
}
