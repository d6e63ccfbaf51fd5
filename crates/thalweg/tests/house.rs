//! The arrows of ARCHITECTURE.md: every module uses only what stands above it, every crate only what is nearer to
//! the mathematics. Read from the sources, so that the plan cannot rot.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of each crate, from the mathematics outwards, and the crates it may use.
const HOUSE: [(&str, &[&str], &[&str]); 6] = [
    (
        "thalweg",
        &[
            "real",
            "error",
            "text",
            "random",
            "algebra",
            "schedule",
            "objective",
            "formula",
            "problem",
            "kernel",
            "method",
            "optimizer",
            "minimize",
            "critical",
        ],
        &[],
    ),
    ("thalweg-learn", &["error", "destination", "data", "model", "metrics", "train", "fit", "predict"], &["thalweg"]),
    (
        "thalweg-compare",
        &["curve", "arena", "run", "record", "score", "space", "plan", "report"],
        &["thalweg", "thalweg_learn"],
    ),
    ("thalweg-plot", &["error", "data", "layout", "panel", "render", "figure", "animation"], &[]),
    (
        "thalweg-cli",
        &[
            "commands",
            "exit",
            "interrupt",
            "threads",
            "report",
            "progress",
            "start",
            "pose",
            "picture",
            "fit",
            "predict",
            "minimize",
            "compare",
            "problems",
            "methods",
            "inspect",
            "main",
        ],
        &["thalweg", "thalweg_learn", "thalweg_compare", "thalweg_plot"],
    ),
    (
        "thalweg-experiments",
        &["number", "styles", "table", "trail", "tune", "page", "show"],
        &["thalweg", "thalweg_plot"],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The first name after each `marker` in the code, comments aside.
fn named_after<'a>(text: &'a str, marker: &'a str) -> impl Iterator<Item = &'a str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(move |line| line.split(marker).skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
}

/// The first names of the paths in `use crate::{a::…, b, …}`.
fn braced(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in text.split("use crate::{").skip(1) {
        let (mut depth, mut path) = (0, String::new());
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' | ';' if depth == 0 => {
                    names.extend(path.trim().split("::").next().map(str::to_owned));
                    path.clear();
                    if c != ',' {
                        break;
                    }
                }
                _ => path.push(c),
            }
        }
    }
    names
}

#[test]
fn arrows_point_to_the_mathematics() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of crates");
    let mut wrong = Vec::new();
    for (name, rooms, may_use) in HOUSE {
        let root = crates.join(name).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        assert!(files.len() > rooms.len(), "{name}: only {} files", files.len());
        for file in files {
            let text = fs::read_to_string(&file).expect("a source");
            let inside = file.strip_prefix(&root).expect("a file of this crate");
            let first = inside.components().next().expect("a room").as_os_str().to_string_lossy();
            let room = first.trim_end_matches(".rs");
            if room == "lib" || room == "main" {
                continue;
            }
            let place = |room: &str| rooms.iter().position(|other| *other == room);
            let Some(here) = place(room) else {
                wrong.push(format!("{name}/{room} is in no plan: add it to ARCHITECTURE.md and to this test"));
                continue;
            };
            for used in named_after(&text, "crate::") {
                // A name that is no room is re-exported by the crate's root; a room below is an arrow backwards.
                if place(used).is_some_and(|there| there > here) {
                    wrong.push(format!("{name}/{}: uses {used}, which stands below {room}", inside.display()));
                }
            }
            for other in ["thalweg", "thalweg_learn", "thalweg_compare", "thalweg_plot"]
                .into_iter()
                .filter(|other| !may_use.contains(other))
            {
                let arrow = |line: &str| line.trim_start().starts_with(&format!("use {other}::"));
                if text.lines().any(|line| arrow(line) && !line.trim_start().starts_with("//")) {
                    wrong.push(format!("{name}/{}: uses the crate {other}", inside.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_in_braces_are_read() {
    let text = "use crate::{report, threads};\nuse crate::{a::{b, c}, d::e};\n";
    assert_eq!(braced(text), ["report", "threads", "a", "d"]);
}

#[test]
fn the_mathematics_knows_no_file_clock_argument_or_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for forbidden in ["std::fs", "std::time", "std::env", "std::io", "println!", "eprintln!", "unsafe"] {
            let found = code.iter().find(|line| line.contains(forbidden));
            assert!(found.is_none(), "{}: {forbidden} in {}", file.display(), found.unwrap_or(&""));
        }
    }
}
