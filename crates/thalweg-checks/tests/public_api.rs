//! Compares the public items of each published library with the list in `crates/NAME/public-api.txt`.
//!
//! A change of a list shows a change of the public interface. `.ci/check-public-api` runs this comparison, and with
//! `THALWEG_BLESS=1` writes the lists.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Published crates with a library.
const LIBRARIES: [&str; 5] = ["thalweg", "thalweg-problems", "thalweg-learn", "thalweg-compare", "thalweg-plot"];

/// Version of the rustdoc JSON that the crate `public-api` reads, that of the declared `rust-version`.
const FORMAT_VERSION: u64 = 57;

/// Greatest number of differences that a failure prints for each crate.
const MAX_SHOWN: usize = 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs rustdoc on a library; returns the file of its items.
fn rustdoc_json(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().nth(3).expect("a test is in target/PROFILE/deps");
    let output = Command::new(env!("CARGO"))
        .args(["rustdoc", "--package", name, "--lib", "--all-features", "--locked", "--target-dir"])
        .arg(target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", root().join(".ci/rustdoc"))
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "rustdoc of {name}: {}", String::from_utf8_lossy(&output.stderr));
    target.join(format!("doc/{}.json", name.replace('-', "_")))
}

/// Returns the version of the format of such a file.
fn format_version(path: &Path) -> u64 {
    let text = fs::read(path).expect("rustdoc has written its output");
    let items: Value = serde_json::from_slice(&text).expect("rustdoc writes JSON");
    items["format_version"].as_u64().expect("rustdoc JSON has a version")
}

/// Returns the public items, one a line; derived and automatic implementations are left out.
fn public_items(path: &Path) -> String {
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("the format of rustdoc's output is known");
    api.items().fold(String::new(), |mut text, item| {
        writeln!(text, "{item}").expect("a String accepts all writes");
        text
    })
}

/// Returns the lines of `found` that are not in `expected` and the reverse, or nothing.
fn differences(expected: &str, found: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(expected), lines(found));
    let removed = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    removed.chain(added).collect()
}

#[test]
#[ignore = "runs rustdoc on five crates; .ci/check-public-api includes it"]
fn the_public_items_of_each_library_are_those_of_its_list() {
    let mut wrong = String::new();
    for name in LIBRARIES {
        let json = rustdoc_json(name);
        let version = format_version(&json);
        if version != FORMAT_VERSION {
            eprintln!("skipped: rustdoc writes JSON of version {version}, public-api reads version {FORMAT_VERSION}");
            return;
        }
        let found = public_items(&json);
        let path = root().join(format!("crates/{name}/public-api.txt"));
        if env::var_os("THALWEG_BLESS").is_some() {
            fs::write(&path, &found).expect("the list is writable");
            continue;
        }
        let differences = differences(&fs::read_to_string(&path).unwrap_or_default(), &found);
        if !differences.is_empty() {
            let shown = differences.iter().take(MAX_SHOWN).map(|line| format!("{line}\n")).collect::<String>();
            writeln!(wrong, "{name}: {} differences from public-api.txt\n{shown}", differences.len())
                .expect("a String accepts all writes");
        }
    }
    assert!(wrong.is_empty(), "{wrong}THALWEG_BLESS=1 .ci/check-public-api writes the lists");
}

#[test]
fn a_removed_an_added_and_a_changed_item_are_differences() {
    let old = "pub fn a()\npub fn b()\npub fn c() -> u8\n";
    assert!(differences(old, old).is_empty());
    assert_eq!(differences(old, "pub fn a()\npub fn c() -> u8\n"), ["- pub fn b()"]);
    assert_eq!(differences(old, &format!("{old}pub fn d()\n")), ["+ pub fn d()"]);
    let changed = old.replace("u8", "u16");
    assert_eq!(differences(old, &changed), ["- pub fn c() -> u8", "+ pub fn c() -> u16"]);
}
