//! The figures of the gallery: laid out without overlaps, well formed, the same every time, small enough.

use std::io::Cursor;
use thalweg_plot::{Animation, Theme, series_color};

#[path = "../examples/gallery/descent.rs"]
mod descent;
#[path = "../examples/gallery/figures.rs"]
mod figures;

/// How wide a text may become in the reader's font, which is not ours.
const SLACK: f64 = 1.04;

#[test]
fn texts_keep_apart_and_inside() {
    for (name, figure) in figures::all() {
        let mut boxes = figure.text_boxes();
        let (_, [_, _, width, height]) = boxes.pop().expect("the canvas is last");
        assert!(boxes.len() > 5, "{name} has hardly a text");
        for (k, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
            assert!(*left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height, "{name}: {text} is cut off");
            let middle = f64::midpoint(*left, *right);
            let half = SLACK * (right - left) / 2.0;
            for (other, [l, t, r, b]) in &boxes[..k] {
                let apart = middle + half <= *l || *r <= middle - half || bottom <= t || b <= top;
                assert!(apart, "{name}: {text:?} lies over {other:?}");
            }
        }
    }
}

#[test]
fn every_svg_is_well_formed_and_light() {
    for (name, figure) in figures::all() {
        for theme in [Theme::Light, Theme::Dark, Theme::Page] {
            let svg = figure.svg(theme);
            let parsed = roxmltree::Document::parse(&svg).expect(name);
            assert_eq!(parsed.root_element().tag_name().name(), "svg");
            let mut values = parsed.descendants().flat_map(|node| node.attributes()).map(|a| a.value());
            assert!(!values.any(|v| v.contains("NaN") || v.contains("inf")), "{name}");
            assert!(svg.len() < 300_000, "{name}: {} bytes", svg.len());
        }
    }
}

#[test]
fn names_reach_the_reader_as_they_were() {
    let svg = figures::report().svg(Theme::Light);
    let parsed = roxmltree::Document::parse(&svg).expect("well formed");
    assert!(parsed.descendants().any(|node| node.text() == Some("a < b & \"c\" > d")));
}

#[test]
fn a_page_gives_the_colours() {
    let svg = figures::landscape();
    let svg = thalweg_plot::Figure::new(svg).svg(Theme::Page);
    assert!(!svg.contains("=\"#") && svg.contains("var(--plot-s3,#"));
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    for ((name, first), (_, second)) in figures::all().into_iter().zip(figures::all()) {
        assert!(first.svg(Theme::Light) == second.svg(Theme::Light), "{name}.svg");
        let png = |figure: &thalweg_plot::Figure<'_>| figure.png(Theme::Dark, 0.5).expect(name);
        assert!(png(&first) == png(&second), "{name}.png");
    }
    let gif = || Animation { frames: 12, ..Animation::new(figures::landscape()) }.gif().expect("a gif");
    assert!(gif() == gif());
}

#[test]
fn a_race_is_a_film_of_so_many_frames() {
    let gif = Animation::new(figures::valley()).gif().expect("a gif");
    assert!(gif.len() < 700_000, "{} bytes", gif.len());
    let mut decoder = gif::DecodeOptions::new().read_info(Cursor::new(gif)).expect("a gif");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        delays.push(frame.delay);
    }
    assert_eq!(delays.len(), 150);
    assert!(delays[..149].iter().all(|&d| d == 6) && delays[149] > 100);
}

#[test]
fn the_last_frame_shows_every_runner() {
    let gif = Animation { frames: 20, ..Animation::new(figures::landscape()) }.gif().expect("a gif");
    let mut decoder = gif::DecodeOptions::new().read_info(Cursor::new(gif)).expect("a gif");
    let palette = decoder.global_palette().expect("one palette for all").to_vec();
    let width = usize::from(decoder.width());
    let mut picture = vec![0; width * usize::from(decoder.height())];
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        for (k, &index) in frame.buffer.iter().enumerate() {
            let (x, y) = (k % usize::from(frame.width), k / usize::from(frame.width));
            if Some(index) != frame.transparent {
                picture[(usize::from(frame.top) + y) * width + usize::from(frame.left) + x] = index;
            }
        }
    }
    for style in 0..8 {
        let near = |&&index: &&u8| {
            let at = 3 * usize::from(index);
            palette[at..at + 3].iter().zip(series_color(style)).all(|(&a, b)| a.abs_diff(b) <= 4)
        };
        let found = picture.iter().filter(near).count();
        assert!(found >= 40, "style {style} has {found} pixels");
    }
}
