//! All checks, run on the workspace.

use std::path::Path;

use thalweg_checks::Source;
use thalweg_checks::checks::CHECKS;

#[test]
fn the_workspace_keeps_all_rules() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let sources = Source::read_all(root).expect("the repository is readable");
    assert!(sources.len() > 200, "only {} files in {}", sources.len(), root.display());
    let mut failures = Vec::new();
    for check in CHECKS {
        let found = (check.find)(&sources);
        if found.len() > check.limit {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            failures.push(format!("{} ({} > {}):\n{}", check.name, found.len(), check.limit, lines.join("\n")));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}
