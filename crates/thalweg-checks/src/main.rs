//! Prints the violations of all checks, and how many there are in each crate.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use thalweg_checks::Source;
use thalweg_checks::checks::CHECKS;

fn main() -> io::Result<ExitCode> {
    let below = std::env::args().nth(1).unwrap_or_default();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let sources = Source::read_all(root)?;
    let mut out = io::stdout().lock();
    let mut summary = Vec::new();
    let mut passes = true;
    for check in CHECKS {
        let found = (check.find)(&sources);
        passes &= found.len() <= check.limit;
        let mut crates: BTreeMap<String, usize> = BTreeMap::new();
        for violation in found.iter().filter(|violation| violation.path.starts_with(&below)) {
            writeln!(out, "{} [{}]", violation, check.name)?;
            *crates.entry(Source::new(&violation.path, "").crate_name().to_owned()).or_default() += 1;
        }
        let crates: Vec<String> = crates.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let limit = if check.limit == usize::MAX { "none".to_owned() } else { check.limit.to_string() };
        summary.push(format!("{:22} {:5} (limit {limit}): {}", check.name, found.len(), crates.join(", ")));
    }
    writeln!(out, "\n{}", summary.join("\n"))?;
    Ok(if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
