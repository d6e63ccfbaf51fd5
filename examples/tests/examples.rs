//! Runs every example and compares its output with `expected/`; `THALWEG_BLESS=1` writes the expected files.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest number of lines of an example.
const MAX_LINES: usize = 25;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names of the files with this extension, without it.
fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths.map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned()).collect()
}

/// The program of an example, which `cargo test` has built next to the folder of this test.
fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let built = test.parent().and_then(Path::parent).expect("a test is in target/PROFILE/deps");
    let path = built.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let source = folder().join(format!("{name}.rs"));
    assert!(
        modified(&path) >= modified(&source),
        "the example {name} is not built: declare it in examples/Cargo.toml, and run `cargo test -p thalweg-examples` \
         without --test"
    );
    path
}

#[test]
fn every_example_prints_what_is_expected() {
    let examples = names(folder(), "rs");
    assert!(examples.len() >= 3, "expected at least 3 examples, found {}", examples.len());
    let bless = env::var_os("THALWEG_BLESS").is_some();
    let mut wrong = Vec::new();
    for name in &examples {
        let output = Command::new(program(name)).output().expect("the example can be started");
        assert!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr));
        let found = String::from_utf8(output.stdout).expect("examples print UTF-8");
        assert!(!found.is_empty(), "{name} prints nothing");
        let path = folder().join(format!("expected/{name}.txt"));
        if bless {
            fs::write(&path, &found).expect("expected/ is writable");
        } else if fs::read_to_string(&path).unwrap_or_default() != found {
            wrong.push(format!("{name} prints\n{found}expected is examples/expected/{name}.txt"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(names(&folder().join("expected"), "txt"), examples, "each expected output belongs to an example");
}

#[test]
fn every_example_has_at_most_25_lines() {
    for name in names(folder(), "rs") {
        let text = fs::read_to_string(folder().join(format!("{name}.rs"))).expect("the example is readable");
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{name}.rs has {lines} lines, expected at most {MAX_LINES}");
        assert!(text.starts_with("//! "), "{name}.rs begins with a line about its purpose");
    }
}
