//! Planted import cycles, and uses that look like cycles.

use thalweg_checks::{Violation, cycles};

use crate::{assert_one, sources};

const ROOT: &str = "crates/thing/src/lib.rs";
const A: &str = "crates/thing/src/a.rs";
const B: &str = "crates/thing/src/b.rs";
const C: &str = "crates/thing/src/c.rs";

fn check(files: &[(&str, &str)]) -> Vec<Violation> {
    cycles::check(&sources(files), &["thing"])
}

#[test]
fn two_files_that_use_each_other_are_a_cycle() {
    for (a, b) in [
        ("use crate::b::B;\npub struct A;", "use crate::a::A;\npub struct B;"),
        ("use crate::{b::B as Renamed};\npub struct A;", "fn f() { super::a::A; }\npub struct B;"),
        ("use super::b::*;\npub struct A(B);", "use super::{a};\npub struct B(a::A);"),
        ("pub struct A(crate::b::B);", "macro_rules! m { () => { $crate::a::A } }\npub struct B;"),
    ] {
        let found = check(&[(ROOT, "mod a;\nmod b;\n"), (A, a), (B, b)]);
        assert_eq!(found.len(), 1, "{a} / {b}: {found:#?}");
        assert!(found[0].message.contains("a.rs:") && found[0].message.contains("b.rs:"), "{}", found[0]);
    }
}

#[test]
fn a_cycle_of_three_files_is_reported_once_with_its_lines() {
    let a = "\nuse crate::b::B;\npub struct A;\n";
    let found = check(&[
        (ROOT, "mod a;\nmod b;\nmod c;\n"),
        (A, a),
        (B, "use crate::c::C;\npub struct B;\n"),
        (C, "use crate::a::A;\npub struct C;\n"),
    ]);
    assert_one(&found, A, 2, "a.rs:2 (crate::b::B) → crates/thing/src/b.rs:1 (crate::c::C) → crates/thing/src/c.rs:1");
}

#[test]
fn a_reexport_leads_to_the_file_that_defines_the_item() {
    let root = (ROOT, "mod a;\nmod b;\npub use a::A;\npub use b::B;\n");
    let found = check(&[root, (A, "use super::B;\npub struct A;\n"), (B, "use crate::A;\npub struct B;\n")]);
    assert_one(&found, A, 1, "import cycle");
    // The re-exports alone, used from one side, are none.
    assert_eq!(check(&[root, (A, "use super::B;\npub struct A;\n"), (B, "pub struct B;\n")]), []);
}

#[test]
fn code_of_a_parent_that_uses_its_child_counts() {
    // `a/x` uses `b`, and `b` uses the code of `a` that uses `a/x`.
    let parent = "mod x;\npub use x::X;\npub fn make() -> X { X }\n";
    let declared = "mod x;\npub use x::X;\npub fn make() {}\n";
    let x = ("crates/thing/src/a/x.rs", "use crate::b::B;\npub struct X;\n");
    let b = (B, "fn f() { crate::a::make(); }\npub struct B;\n");
    let root = (ROOT, "mod a;\nmod b;\n");
    assert_eq!(check(&[root, ("crates/thing/src/a/mod.rs", parent), x, b]).len(), 1);
    assert_eq!(check(&[root, ("crates/thing/src/a/mod.rs", declared), x, b]), []);
}

#[test]
fn a_child_may_use_its_parents_and_tests_may_use_all() {
    let parent = "mod x;\npub struct P;\nfn f() { x::g(); }\n";
    let x = "use super::P;\npub fn g() {}\n";
    let files = [(ROOT, "mod a;\n"), ("crates/thing/src/a/mod.rs", parent), ("crates/thing/src/a/x.rs", x)];
    assert_eq!(check(&files), []);
    let a = "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }\n";
    assert_eq!(check(&[(ROOT, "mod a;\nmod b;\n"), (A, a), (B, "use crate::a::A;\npub struct B;\n")]), []);
}

#[test]
fn cycles_inside_nested_modules_are_found() {
    let folder = |name: &str| format!("crates/thing/src/a/{name}.rs");
    let files = [
        (ROOT.to_owned(), "mod a;"),
        (folder("mod"), "mod x;\nmod y;"),
        (folder("x"), "use super::y::Y;\npub struct X;"),
        (folder("y"), "pub struct Y(super::x::X);"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_one(&check(&files), "crates/thing/src/a/x.rs", 1, "import cycle");
}
