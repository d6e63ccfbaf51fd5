//! The README's table of methods, generated from the methods.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use thalweg::Method;

#[test]
fn the_table_of_methods_is_generated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).expect("README.md is readable");
    let mut list = String::from("| name | update | source |\n| --- | --- | --- |\n");
    for method in Method::all().into_iter().chain(Method::solvers()) {
        // An unescaped bar would end the cell.
        let (name, formula, source) = (method.name(), method.formula().replace('|', "\\|"), method.source());
        writeln!(list, "| `{name}` | {formula} | {source} |").expect("a String accepts all writes");
    }
    assert!(!list.contains("| |"), "every method has a formula and a source");
    let parts: Vec<&str> = readme.split("<!-- methods -->\n").collect();
    let [before, found, after] = parts[..] else { panic!("expected two marks around the table of methods") };
    if std::env::var_os("THALWEG_BLESS").is_some() {
        let marked = format!("{before}<!-- methods -->\n{list}<!-- methods -->\n{after}");
        fs::write(&path, marked).expect("README.md is writable");
    } else {
        assert!(
            found == list,
            "README.md is not up to date (THALWEG_BLESS=1 rewrites it); expected between the marks:\n{list}"
        );
    }
}
