//! Every claim of every page holds, every picture is legible, and docs/experiments.md is up to date.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use thalweg_experiments::{Page, PageImage, docs_folder, pages};
use thalweg_plot::{FigureTexts, TextBox};

/// Factor by which a text may be wider in the reader's font than in ours.
const SLACK: f64 = 1.04;

/// Results of all pages, computed once.
static RESULTS: LazyLock<Results> = LazyLock::new(|| {
    let pages = pages::all().expect("every experiment can be run");
    let failed = |page: &Page| {
        let failed = page.claims().filter(|claim| !claim.holds);
        failed.map(|claim| format!("{}: {}", page.title(), claim.statement)).collect::<Vec<_>>()
    };
    Results {
        failed: pages.iter().flat_map(failed).collect(),
        claims: pages.iter().map(|page| page.claims().count()).sum(),
        document: pages::document(&pages),
        pictures: pages.iter().flat_map(Page::images).map(|(file, _)| file.to_owned()).collect(),
        illegible: pages
            .iter()
            .flat_map(Page::images)
            .flat_map(|(file, picture)| illegible_texts(file, picture))
            .collect(),
    }
});

struct Results {
    failed: Vec<String>,
    claims: usize,
    document: String,
    pictures: BTreeSet<String>,
    illegible: Vec<String>,
}

/// Returns the texts of a picture that are cut off or overlap others.
fn illegible_texts(file: &str, picture: &PageImage) -> Vec<String> {
    let PageImage::Figure(figure) = picture else { return Vec::new() };
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
    assert!(RESULTS.failed.is_empty(), "{:#?}", RESULTS.failed);
    assert!(RESULTS.claims > 60, "only {} claims", RESULTS.claims);
}

#[test]
fn every_picture_is_legible() {
    assert!(RESULTS.illegible.is_empty(), "{:#?}", RESULTS.illegible);
}

#[test]
fn the_folder_has_exactly_the_pictures_of_the_pages() {
    let folder = fs::read_dir(docs_folder().join("experiments")).expect("the folder of pictures exists");
    let found = folder.map(|entry| entry.expect("the entry can be read").file_name().to_string_lossy().into_owned());
    assert_eq!(found.collect::<BTreeSet<_>>(), RESULTS.pictures);
}

/// Returns a row of a table without its times, which differ from run to run.
fn without_times(line: &str) -> String {
    let is_time = |cell: &str| {
        let number = cell.strip_suffix(" ms").or_else(|| cell.strip_suffix(" s"));
        number.is_some_and(|number| number.parse::<f64>().is_ok())
    };
    line.split('|').map(|cell| if is_time(cell.trim()) { "_" } else { cell }).collect::<Vec<_>>().join("|")
}

#[test]
fn the_document_is_up_to_date() {
    let written = fs::read_to_string(docs_folder().join("experiments.md")).expect("the document exists");
    let command = "cargo run --release -p thalweg-experiments";
    for (n, (old, new)) in (1..).zip(written.lines().zip(RESULTS.document.lines())) {
        assert_eq!(without_times(old), without_times(new), "line {n} of docs/experiments.md is out of date: {command}");
    }
    assert_eq!(written.lines().count(), RESULTS.document.lines().count(), "{command}");
}
