//! Planted retired names and phrases.

use thalweg_checks::vocabulary;

use crate::{assert_one, sources};

const LIB: &str = "crates/thing/src/lib.rs";

#[test]
fn retired_names_are_found_in_each_form() {
    for (code, name) in [
        ("let x = optimizer.tell(&mut x, &g);", "`tell`"),
        ("pub struct Dress;", "`Dress`"),
        ("m! { Legs }", "`Legs`"),
        ("enum Kind {}", "`Kind`"),
        ("fn unbias() {}", "`unbias`"),
        ("const MOST: usize = 3;", "`MOST`"),
        ("x.expect(\"good\")", "`good`"),
        ("/// See `Told`.", "`Told`"),
    ] {
        assert_one(&vocabulary::names(&sources(&[(LIB, code)])), LIB, 1, name);
    }
    let readme = "Call\n\n```rust\nfn f() {}\n```\nthe method `tell`.\n";
    assert_one(&vocabulary::names(&sources(&[("README.md", readme)])), "README.md", 6, "`tell`");
    let file = "crates/thalweg/src/kernel/dress.rs";
    assert_one(&vocabulary::names(&sources(&[(file, "")])), file, 1, "kernel/modifiers.rs");
    let folder = "crates/thalweg-compare/src/arena/mod.rs";
    assert_one(&vocabulary::names(&sources(&[(folder, "")])), folder, 1, "benchmark");
}

#[test]
fn retired_names_in_other_forms_and_files_are_fine() {
    for code in
        ["let kind = x.fold(0, f);", "// We tell it.", "fn teller() {}", "use std::time::Instant; Instant::now();"]
    {
        assert_eq!(vocabulary::names(&sources(&[(LIB, code)])), []);
    }
    let touch = "fn touch() {}";
    assert_one(
        &vocabulary::names(&sources(&[("crates/thalweg/src/a.rs", touch), (LIB, touch)])),
        "crates/thalweg/src/a.rs",
        1,
        "`touch`",
    );
    assert_eq!(vocabulary::names(&sources(&[("CHANGELOG.md", "| `tell` | `step` |")])), []);
}

#[test]
fn retired_phrases_are_found_in_prose() {
    for (code, line) in [
        ("/// The format is told by its bytes.", 1),
        ("fn f() {}\n//! What is\n//! wrong with a score.", 2),
        ("const HELP: &str = \"what is wrong with it\";", 1),
        ("#[error(\"is Left \\\n  out\")]", 1),
        ("/* so\n many */", 1),
    ] {
        assert_one(&vocabulary::phrases(&sources(&[(LIB, code)])), LIB, line, "private language");
    }
    assert_one(&vocabulary::phrases(&sources(&[("docs/a.md", "It is\nworked\nout.")])), "docs/a.md", 2, "computed");
}

#[test]
fn phrases_do_not_reach_over_code_and_punctuation() {
    for code in [
        "fn told() {}",
        "// so\nlet x = 1;\n// many",
        "// It is so, many say.",
        "// The old `Told`.",
        "// so `x` many",
        "// besides",
    ] {
        assert_eq!(vocabulary::phrases(&sources(&[(LIB, code)])), []);
    }
}
