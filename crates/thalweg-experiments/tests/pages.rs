//! Every claim of every page holds, every picture is legible, and docs/experiments.md is what the pages say.

#[path = "../examples/experiments.rs"]
#[allow(dead_code)]
mod experiments;

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use thalweg_experiments::{Page, Picture, docs};
use thalweg_plot::{FigureTexts, TextBox};

/// How wide a text may become in the reader's font, which is not ours.
const SLACK: f64 = 1.04;

/// What the pages say, worked out once.
static SAID: LazyLock<Said> = LazyLock::new(|| {
    let pages = experiments::pages().expect("the pages");
    let failed = |page: &Page| {
        let failed = page.claims().filter(|claim| !claim.holds);
        failed.map(|claim| format!("{}: {}", page.title(), claim.what)).collect::<Vec<_>>()
    };
    Said {
        failed: pages.iter().flat_map(failed).collect(),
        claims: pages.iter().map(|page| page.claims().count()).sum(),
        document: experiments::document(&pages),
        pictures: pages.iter().flat_map(Page::pictures).map(|(file, _)| file.to_owned()).collect(),
        illegible: pages.iter().flat_map(Page::pictures).flat_map(|(file, picture)| illegible(file, picture)).collect(),
    }
});

struct Said {
    failed: Vec<String>,
    claims: usize,
    document: String,
    pictures: BTreeSet<String>,
    illegible: Vec<String>,
}

/// Texts of a picture that are cut off or lie over others.
fn illegible(file: &str, picture: &Picture) -> Vec<String> {
    let Picture::Still(figure) = picture else { return Vec::new() };
    let FigureTexts { texts, width, height } = figure.text_boxes();
    let mut found = Vec::new();
    for (k, text) in texts.iter().enumerate() {
        let content = &text.content;
        if text.left < 0.0 || text.top < 0.0 || text.right > width || text.bottom > height {
            found.push(format!("{file}: {content} is cut off"));
        }
        let center = f64::midpoint(text.left, text.right);
        let half = SLACK * (text.right - text.left) / 2.0;
        let overlaps = |other: &&TextBox| {
            center + half > other.left
                && center - half < other.right
                && text.bottom > other.top
                && text.top < other.bottom
        };
        let overlapped = texts[..k].iter().filter(overlaps);
        found.extend(overlapped.map(|other| format!("{file}: {content:?} overlaps {:?}", other.content)));
    }
    found
}

#[test]
fn every_claim_holds() {
    assert!(SAID.failed.is_empty(), "{:#?}", SAID.failed);
    assert!(SAID.claims > 60, "only {} claims", SAID.claims);
}

#[test]
fn every_picture_is_legible() {
    assert!(SAID.illegible.is_empty(), "{:#?}", SAID.illegible);
}

#[test]
fn the_pictures_are_there_and_no_others() {
    let folder = fs::read_dir(docs().join("experiments")).expect("docs/experiments");
    let there = folder.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned());
    assert_eq!(there.collect::<BTreeSet<_>>(), SAID.pictures);
}

/// A row of a table without its seconds, which differ from run to run.
fn timeless(line: &str) -> String {
    let is_time = |cell: &str| {
        let number = cell.strip_suffix(" ms").or_else(|| cell.strip_suffix(" s"));
        number.is_some_and(|number| number.parse::<f64>().is_ok())
    };
    line.split('|').map(|cell| if is_time(cell.trim()) { "_" } else { cell }).collect::<Vec<_>>().join("|")
}

#[test]
fn the_document_is_what_the_pages_say() {
    let written = fs::read_to_string(docs().join("experiments.md")).expect("docs/experiments.md");
    let how = "cargo run --release -p thalweg-experiments --example experiments";
    for (n, (old, new)) in (1..).zip(written.lines().zip(SAID.document.lines())) {
        assert_eq!(timeless(old), timeless(new), "line {n} of docs/experiments.md is old: {how}");
    }
    assert_eq!(written.lines().count(), SAID.document.lines().count(), "{how}");
}
