//! The pages, one module each.

mod averages;
mod errors;
mod hard;
mod paths;
mod regression;
mod saddle;
mod shared;

use crate::error::Result;
use crate::page::Page;

/// Introduction at the top of docs/experiments.md.
const INTRODUCTION: &str = "\
# Experiments

The published experiments that introduce the optimization methods, repeated with `thalweg`. *Published* numbers are those
of the texts; *measured* numbers come from the programs in
[`crates/thalweg-experiments/src/pages`](../crates/thalweg-experiments/src/pages). ⚠ marks a published result that does not
follow from its own formulas or set-up. Every sentence with a ✓ is computed and checked by a test. This page is the output of

```console
$ cargo run --release -p thalweg-experiments
```

Numbers are in f64 and the same on each run, except for times. η is the learning rate, α the momentum, δ or ε the small
constant in a denominator.
";

/// Computes all pages, in the order of the document.
///
/// # Errors
/// An experiment that cannot be run.
pub fn all() -> Result<Vec<Page>> {
    Ok(vec![saddle::page()?, regression::page()?, paths::page()?, averages::page()?, hard::page()?, errors::page()?])
}

/// Returns the text of docs/experiments.md.
pub fn document(pages: &[Page]) -> String {
    let texts = pages.iter().map(|page| format!("\n{}\n", page.markdown().trim_end()));
    INTRODUCTION.to_owned() + &texts.collect::<String>()
}
