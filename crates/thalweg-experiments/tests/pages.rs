//! Every claim of every page holds, every picture is legible.

#[path = "../examples/averages.rs"]
#[allow(dead_code)]
mod averages;
#[path = "../examples/paths.rs"]
#[allow(dead_code)]
mod paths;
#[path = "../examples/saddle.rs"]
#[allow(dead_code)]
mod saddle;

#[path = "../examples/regression/main.rs"]
#[allow(dead_code)]
mod regression;

use thalweg_experiments::{Page, Picture};

/// How wide a text may become in the reader's font, which is not ours.
const SLACK: f64 = 1.04;

fn check(page: &Page) {
    let failed: Vec<_> = page.claims().filter(|claim| !claim.holds).map(|claim| claim.what.as_str()).collect();
    assert!(failed.is_empty(), "{}: {failed:#?}", page.title());
    assert!(page.claims().count() > 4, "{}: hardly a claim", page.title());
    for (file, picture) in page.pictures() {
        let Picture::Still(figure) = picture else { continue };
        let mut boxes = figure.text_boxes();
        let (_, [_, _, width, height]) = boxes.pop().expect("the canvas is last");
        for (k, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
            assert!(*left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height, "{file}: {text} is cut off");
            let (middle, half) = (f64::midpoint(*left, *right), SLACK * (right - left) / 2.0);
            for (other, [l, t, r, b]) in &boxes[..k] {
                let apart = middle + half <= *l || *r <= middle - half || bottom <= t || b <= top;
                assert!(apart, "{file}: {text:?} lies over {other:?}");
            }
        }
    }
}

#[test]
fn saddles_hold() {
    check(&saddle::page().expect("a page"));
}

#[test]
fn regressions_hold() {
    check(&regression::page().expect("a page"));
}

#[test]
fn averages_hold() {
    check(&averages::page().expect("a page"));
}

#[test]
fn paths_hold() {
    check(&paths::page().expect("a page"));
}
