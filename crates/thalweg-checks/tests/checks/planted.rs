//! Planted violations of the other rules.

use thalweg_checks::{docs, exports, length, names, skipped, text};

use crate::{assert_one, sources};

const LIB: &str = "crates/thalweg-learn/src/lib.rs";
const CORE: &str = "crates/thalweg/src/lib.rs";

#[test]
fn files_of_more_than_300_lines_are_found() {
    let (long, fits) = ("\n".repeat(301), "\n".repeat(300));
    assert_one(&length::check(&sources(&[(LIB, &long), (CORE, &fits)])), LIB, 301, "301 lines");
    assert_eq!(
        length::check(&sources(&[("crates/thalweg-problems/src/problem/table.rs", &long), ("a.md", &long)])),
        []
    );
}

#[test]
fn types_of_the_same_name_are_found() {
    let lib = (LIB, "\npub struct Same;\n");
    for other in ["pub enum Same {}", "m! { pub trait Same {} }", "mod inner { pub type Same = u8; }"] {
        assert_one(
            &names::public(&sources(&[lib, (CORE, other)])),
            LIB,
            2,
            "`Same` is defined again in crates/thalweg/",
        );
    }
    for other in
        ["struct Same;", "pub(crate) struct Same;", "pub use a::Same;", "#[cfg(test)]\nmod t { pub struct Same; }"]
    {
        assert_eq!(names::public(&sources(&[lib, (CORE, other)])), [], "{other}");
    }
    assert_eq!(names::public(&sources(&[(LIB, "pub enum Error {}"), (CORE, "pub enum Error {}")])), []);
    let twice = (LIB, "pub enum Error {}\npub(crate) mod a { pub enum Error {} }\n");
    assert_one(&names::public(&sources(&[twice])), LIB, 1, "`Error`");
    let restricted = sources(&[(LIB, "pub(crate) struct A;\npub(super) enum A {}\n")]);
    assert_one(&names::restricted(&restricted), LIB, 1, "`A`");
    assert_eq!(names::public(&restricted), []);
}

#[test]
fn documentation_of_three_words_or_fewer_is_found() {
    for code in ["/// ε.", "/// So far, so.", "m! {\n/// Its name.\n}", "//! A\n//! b.", "/** Its name. */"] {
        let found = docs::short(&sources(&[(LIB, code)]));
        assert_eq!(found.len(), 1, "{code}: {found:#?}");
    }
    for code in ["/// Name of the column.", "/// One\n/// two\n///\n/// three four", "// Short.", "\"/// Short.\"", ""]
    {
        assert_eq!(docs::short(&sources(&[(LIB, code)])), [], "{code}");
    }
    // Two items, two documentations.
    assert_eq!(docs::short(&sources(&[(LIB, "/// One.\nA,\n/// Two.\nB,\n")])).len(), 2);
}

#[test]
fn documentation_that_begins_with_a_question_word_is_found() {
    for code in ["/// What is wrong with it.", "/// Whether it is.", "fn f() {}\n/// How to do it.\n"] {
        assert_eq!(docs::indirect(&sources(&[(LIB, code)])).len(), 1, "{code}");
    }
    for code in ["/// Loss.\n/// What it is.", "/// Whatever is given.", "// What it is."] {
        assert_eq!(docs::indirect(&sources(&[(LIB, code)])), [], "{code}");
    }
}

#[test]
fn options_in_the_text_of_a_library_are_found() {
    for code in ["\n#[error(\"use --missing drop\")]", "\nf(r\"--loss\");"] {
        assert_one(&text::options(&sources(&[(LIB, code)])), LIB, 2, "command-line option `--");
    }
    for code in ["// --missing", "\"a -- b\"", "\"--- a\"", "\"var(--plot-axis)\"", "#[cfg(test)]\nmod t { \"--a\" }"] {
        assert_eq!(text::options(&sources(&[(LIB, code)])), [], "{code}");
    }
    assert_eq!(text::options(&sources(&[("crates/thalweg-cli/src/main.rs", "\"--missing\"")])), []);
}

#[test]
fn comments_of_more_than_120_columns_are_found() {
    let (long, fits) = (format!("\n// {}\n", "é".repeat(118)), format!("// {}\n", "é".repeat(117)));
    assert_one(&text::long_comments(&sources(&[(LIB, &long), (CORE, &fits)])), LIB, 2, "121 columns");
    let string = format!("\"{}\"", "x".repeat(200));
    assert_eq!(text::long_comments(&sources(&[(LIB, &string)])), []);
}

#[test]
fn panic_hooks_are_found() {
    assert_one(&text::hooks(&sources(&[(LIB, "fn f() {\n panic::set_hook(h); }")])), LIB, 2, "`set_hook`");
    assert_eq!(text::hooks(&sources(&[(LIB, "// set_hook\nfn f() { catch_unwind(g); }")])), []);
}

#[test]
fn files_clocks_and_output_in_the_core_are_found() {
    for code in ["use std::fs;", "fn f() { std::time::Instant::now(); }", "println!(\"\");", "unsafe {}"] {
        assert_one(&text::pure_core(&sources(&[(CORE, code), (LIB, code)])), CORE, 1, "in a crate that computes only");
    }
    assert_eq!(text::pure_core(&sources(&[(CORE, "//! use std::fs;\nuse std::fmt;\n")])), []);
}

#[test]
fn more_names_than_allowed_are_found() {
    let names = |count: usize| (0..count).map(|i| format!("A{i}, ")).collect::<String>();
    let prelude = "crates/thalweg/src/prelude.rs";
    let fits = format!("pub use a::{{{}B as A0, b::c}};\npub mod c;\npub(crate) mod d;\nuse e::f;\n", names(39));
    assert_eq!(
        exports::check(&sources(&[
            (CORE, &fits),
            ("crates/thalweg-plot/src/lib.rs", &format!("pub use a::{{{}}};", names(50)))
        ])),
        []
    );
    for more in ["pub use g as h;", "pub mod h;", "pub fn h() {}", "pub struct H;", "pub const H: u8 = 0;"] {
        assert_one(&exports::check(&sources(&[(CORE, &format!("{fits}{more}"))])), CORE, 1, "41 public names");
    }
    let found = exports::check(&sources(&[(prelude, &format!("pub use a::{{{}}};", names(17)))]));
    assert_one(&found, prelude, 1, "17 public names; at most 16");
    assert_one(&exports::check(&sources(&[(prelude, "pub use a::*;")])), prelude, 1, "a glob");
}

#[test]
fn tests_that_pass_silently_without_data_are_found() {
    let test = "#[test]\nfn reads() {\n let Some(path) = file() else { return };\n assert!(path.is_file());\n}\n";
    let file = "crates/thing/tests/a.rs";
    let helper = "fn file() -> Option<PathBuf> {\n let path = folder();\n path.exists().then_some(path)\n}\n";
    let found = skipped::check(&sources(&[(file, &format!("{test}{helper}"))]));
    let lines: Vec<usize> = found.iter().map(|violation| violation.line).collect();
    assert_eq!(lines, [3, 8], "{found:#?}");
    let inline = "#[test]\nfn reads() {\n if data().exists() { check(); }\n}\n";
    assert_one(&skipped::check(&sources(&[(file, inline)])), file, 3, "skipped");
    let says = "fn file() -> Option<PathBuf> {\n if path.exists() { return Some(path) }\n println!(\"skipped: no data\"); None\n}\n";
    assert_eq!(skipped::check(&sources(&[(file, &format!("{test}{says}"))])), []);
    assert_eq!(skipped::check(&sources(&[(file, "#[test]\nfn f() { assert!(!path.exists()); }\n")])), []);
}
