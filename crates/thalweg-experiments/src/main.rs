//! Writes all experiments to docs/experiments.md and their pictures to docs/experiments/.

use std::fs;
use std::process::ExitCode;

use thalweg_experiments::{Result, docs_folder, pages, print_and_write};

fn main() -> Result<ExitCode> {
    let pages = pages::all()?;
    let codes = pages.iter().map(print_and_write).collect::<Result<Vec<_>>>()?;
    fs::write(docs_folder().join("experiments.md"), pages::document(&pages))?;
    Ok(codes.into_iter().find(|code| *code != ExitCode::SUCCESS).unwrap_or(ExitCode::SUCCESS))
}
