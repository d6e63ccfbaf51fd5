//! Names of files that are not text, and sets of very many files.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::common::TestDir;

/// Returns a folder with tables `a.csv`, `sub/b.csv` and others whose names are not UTF-8; `None` if the file system
/// has no such names.
fn folder() -> Option<TestDir> {
    let folder = TestDir::new();
    fs::remove_dir_all(folder.path("data")).expect("the folder exists");
    let rows: String = (0..60).map(|i| format!("{i}.5,{}\n", 2 * i + i * i % 7)).collect();
    folder.write("a.csv", &format!("a,y\n{rows}"));
    fs::create_dir(folder.path("sub")).expect("the folder is created");
    fs::copy(folder.path("a.csv"), folder.path("sub/b.csv")).expect("the file is copied");
    let bad = |name: &[u8]| folder.path("sub").with_file_name(OsStr::from_bytes(name));
    fs::write(bad(b"bad\xff.txt"), "nothing").ok()?;
    fs::copy(folder.path("a.csv"), bad(b"good\xfe.tsv")).expect("the file is copied");
    Some(folder)
}

#[test]
fn patterns_leave_out_names_that_do_not_match_whatever_their_bytes() {
    let Some(folder) = folder() else {
        eprintln!("skipped: the file system has names of text only");
        return;
    };
    for pattern in ["*.csv", "?.csv", "[a-c].csv", "*/*.csv", "**/*.csv", "./*.csv", "s*/b.csv"] {
        let ran = folder.shell(&format!("thalweg fit '{pattern}' -t y -o m.model -q -e 1"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{pattern}");
        let rows = if pattern == "**/*.csv" { "120 rows" } else { "60 rows" };
        assert!(ran.out.contains(rows), "{pattern}: {}", ran.out);
    }
    assert_eq!(folder.shell("thalweg predict m.model '*.csv' -q").code, 0);
}

#[test]
fn names_and_patterns_that_are_not_utf8_are_read() {
    let Some(folder) = folder() else {
        eprintln!("skipped: the file system has names of text only");
        return;
    };
    for name in [r"good\376.tsv", r"*\376.tsv", r"g*\376.*", r"goo?\376.tsv"] {
        let name = format!("\"$(printf '{name}')\"");
        let fitted = folder.shell(&format!("thalweg fit {name} -t y -o m.model -q -e 1"));
        assert_eq!((fitted.code, fitted.err.as_str()), (0, ""), "{name}");
        let predicted = folder.shell(&format!("thalweg predict m.model {name} -q"));
        assert_eq!(predicted.out.lines().count(), 60, "{name}: {}", predicted.err);
        let methods = "--methods sgd,adam --protocol defaults --seeds 1 --epochs 1 -q --runs";
        let compared = folder.shell(&format!("thalweg compare {name} -t y {methods} r.jsonl && rm r.jsonl"));
        assert_eq!((compared.code, compared.err.as_str()), (0, ""), "{name}");
    }
    let unknown = folder.shell("thalweg compare \"$(printf 'x^2+\\376')\"");
    assert_eq!(unknown.code, 2, "{}", unknown.err);
}

#[test]
fn thousands_of_files_need_few_open_ones() {
    let folder = TestDir::new();
    fs::create_dir(folder.path("parts")).expect("the folder is created");
    for i in 0..2000 {
        folder.write(&format!("parts/{i:04}.csv"), &format!("a,y\n{i},{}\n{}.5,{i}\n", i % 7, i % 3));
    }
    let ran = folder.shell("ulimit -n 16; thalweg fit 'parts/*.csv' -t y -o m.model -q -e 1 --threads 2");
    assert!(ran.code == 0 && ran.out.contains("4,000 rows"), "{}{}", ran.out, ran.err);
    let all = folder.shell("thalweg fit parts/*.csv -t y -o n.model -q -e 1 --threads 2");
    assert_eq!(all.code, 0, "{}", all.err);
    assert!(folder.read("m.model") == folder.read("n.model"));
}
