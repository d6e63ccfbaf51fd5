//! Planted uses of upper layers.

use thalweg_checks::layering;
use thalweg_checks::layers::CrateLayers;

use crate::{assert_one, sources};

/// Layers of a crate with two modules: `high` may use `low`.
const LAYERS: [CrateLayers; 1] = [CrateLayers { name: "thing", uses: &[], modules: &["low", "high"] }];
const ROOT: (&str, &str) = ("crates/thing/src/lib.rs", "mod low;\nmod high;\npub use high::High;\npub struct Root;\n");
const HIGH: (&str, &str) = ("crates/thing/src/high/mod.rs", "mod inner;\npub use inner::High;\npub fn up() {}\n");
const INNER: (&str, &str) = ("crates/thing/src/high/inner.rs", "pub struct High;\n");
const LOW: &str = "crates/thing/src/low.rs";

#[test]
fn each_form_of_an_upward_use_is_found() {
    for code in [
        "use crate::high::up;",
        "use crate::{high::up};",
        "use crate::{self as root, high::{inner::High, up as renamed}};",
        "use super::high::up;",
        "use super::High;",
        "use crate::high::*;",
        "fn f() { crate::high::up(); }",
        "fn f() { super::high::up() }",
        "fn f() { use crate::high; }",
        "fn f() -> Option<crate::High> { None }",
        "fn f() { println!(\"{}\", crate::high::up()); }",
        "macro_rules! call { () => { $crate::high::up() } }",
        "mod nested { use super::super::high::up; }",
        "mod nested { fn f() { super::super::high::up() } }",
        "impl crate::High { fn f() {} }",
        "use crate as root;\nuse root::high::up;",
    ] {
        let line = code.lines().count();
        let found = layering::modules(&sources(&[ROOT, HIGH, INNER, (LOW, code)]), &LAYERS);
        let places: Vec<_> = found.iter().map(|violation| (violation.path.as_str(), violation.line)).collect();
        assert!(!found.is_empty() && places.iter().all(|place| *place == (LOW, line)), "{code}: {found:#?}");
        assert!(found[0].message.contains("module `low` uses `high`, a layer above"), "{}", found[0]);
    }
}

#[test]
fn an_upward_use_in_a_nested_module_file_is_found() {
    let low = ("crates/thing/src/low/mod.rs", "mod deep;\n");
    let deep = ("crates/thing/src/low/deep.rs", "// A comment.\nuse crate::high::up;\n");
    let found = layering::modules(&sources(&[ROOT, HIGH, INNER, low, deep]), &LAYERS);
    assert_one(&found, deep.0, 2, "module `low` uses `high`");
}

#[test]
fn downward_uses_comments_and_tests_are_fine() {
    let high =
        "pub fn up() { crate::low::down(); }\nuse crate::low::{down as renamed};\nmod inner;\npub use inner::High;\n";
    let low = "//! Not `crate::high`.\n// use crate::high::up;\npub fn down() {}\nconst TEXT: &str = \"crate::high\";\n\
               #[cfg(test)]\nmod tests { use crate::high::up; }\n";
    let files = sources(&[ROOT, (HIGH.0, high), INNER, (LOW, low)]);
    assert_eq!(layering::modules(&files, &LAYERS), []);
}

#[test]
fn items_of_the_root_are_above_all_modules() {
    let found = layering::modules(&sources(&[ROOT, HIGH, INNER, (LOW, "use crate::Root;\n")]), &LAYERS);
    assert_one(&found, LOW, 1, "uses the root of the crate");
}

#[test]
fn modules_and_layers_correspond() {
    let root = (ROOT.0, "mod low;\nmod high;\nmod other;\n");
    let other = ("crates/thing/src/other.rs", "");
    let found = layering::modules(&sources(&[root, HIGH, INNER, (LOW, ""), other]), &LAYERS);
    assert_one(&found, other.0, 1, "module `other` has no layer");
    let found = layering::modules(&sources(&[(ROOT.0, "mod high;\n"), HIGH, INNER]), &LAYERS);
    assert_one(&found, "crates/thing/src", 1, "`low`, which does not exist");
}

/// Layers of two crates: `upper-crate` may use `thing`.
const CRATES: [CrateLayers; 2] = [
    CrateLayers { name: "thing", uses: &[], modules: &[] },
    CrateLayers { name: "upper-crate", uses: &["thing"], modules: &[] },
];

#[test]
fn each_form_of_a_use_of_an_upper_crate_is_found() {
    for code in
        ["use upper_crate::X;", "use upper_crate as u;", "fn f() { upper_crate::f(); }", "extern crate upper_crate;"]
    {
        for path in [LOW, "crates/thing/tests/a.rs"] {
            assert_one(&layering::crates(&sources(&[(path, code)]), &CRATES), path, 1, "uses `upper-crate`");
        }
    }
    let manifest = "[package]\nname = \"thing\"\n[dev-dependencies]\nupper-crate.workspace = true\n";
    let found = layering::crates(&sources(&[("crates/thing/Cargo.toml", manifest)]), &CRATES);
    assert_one(&found, "crates/thing/Cargo.toml", 4, "uses `upper-crate`");
}

#[test]
fn uses_of_lower_crates_are_fine() {
    let code = "use thing::X;\nfn upper_crate() {}\n";
    assert_eq!(layering::crates(&sources(&[("crates/upper-crate/src/lib.rs", code)]), &CRATES), []);
    let found = layering::crates(&sources(&[("crates/new/src/lib.rs", "")]), &CRATES);
    assert_one(&found, "crates/new/src/lib.rs", 1, "crate `new` has no layer");
}
