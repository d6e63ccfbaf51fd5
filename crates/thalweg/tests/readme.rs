//! The README's list of methods is the table of methods.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use thalweg::Method;

#[test]
fn the_list_of_methods_is_derived() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(path).expect("the README");
    let mut list = String::from("| name | update | source |\n| --- | --- | --- |\n");
    for method in Method::all() {
        let (name, formula, source) = (method.name(), method.formula(), method.source());
        writeln!(list, "| `{name}` | {formula} | {source} |").expect("a string");
    }
    assert!(!list.contains("| |"), "a method without a formula or a source");
    let found = readme.split("<!-- methods -->\n").nth(1).expect("two marks");
    assert!(found == list, "between the marks of README.md must stand:\n{list}");
}
