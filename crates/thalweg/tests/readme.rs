//! The README's list of methods is the table of methods.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use thalweg::Method;

#[test]
fn the_list_of_methods_is_derived() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).expect("the README");
    let mut list = String::from("| name | update | source |\n| --- | --- | --- |\n");
    for method in Method::all() {
        // A bar would end the cell.
        let (name, formula, source) = (method.name(), method.formula().replace('|', "\\|"), method.source());
        writeln!(list, "| `{name}` | {formula} | {source} |").expect("a string");
    }
    assert!(!list.contains("| |"), "a method without a formula or a source");
    let parts: Vec<&str> = readme.split("<!-- methods -->\n").collect();
    let [before, found, after] = parts[..] else { panic!("two marks around the list of methods") };
    if std::env::var_os("THALWEG_BLESS").is_some() {
        let marked = format!("{before}<!-- methods -->\n{list}<!-- methods -->\n{after}");
        fs::write(&path, marked).expect("the README");
    } else {
        assert!(found == list, "between the marks of README.md must stand (THALWEG_BLESS=1 writes it):\n{list}");
    }
}
