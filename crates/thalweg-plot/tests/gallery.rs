//! Figures of the gallery: no overlapping texts, well-formed and deterministic output, small files.

use std::io::Cursor;
use thalweg_plot::{Animation, Figure, FigureTexts, Theme, series_color};

#[path = "../examples/gallery/descent.rs"]
mod descent;
#[path = "../examples/gallery/figures.rs"]
mod figures;

/// Width of a text in the reader's font relative to the embedded font, which the layout is made for.
const FONT_WIDTH_TOLERANCE: f64 = 1.04;

#[test]
fn texts_are_inside_the_figure_and_do_not_overlap() {
    for (name, figure) in figures::all() {
        let FigureTexts { texts, width, height } = figure.text_boxes();
        assert!(texts.len() > 5, "{name} has only {} texts", texts.len());
        for (k, text) in texts.iter().enumerate() {
            let inside = text.left >= 0.0 && text.top >= 0.0 && text.right <= width && text.bottom <= height;
            assert!(inside, "{name}: {:?} is cut off", text.content);
            let center = f64::midpoint(text.left, text.right);
            let half = FONT_WIDTH_TOLERANCE * (text.right - text.left) / 2.0;
            for other in &texts[..k] {
                let apart = center + half <= other.left
                    || other.right <= center - half
                    || text.bottom <= other.top
                    || other.bottom <= text.top;
                assert!(apart, "{name}: {:?} overlaps {:?}", text.content, other.content);
            }
        }
    }
}

#[test]
fn every_svg_is_well_formed_and_small() {
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
fn names_with_special_characters_are_unchanged() {
    let svg = figures::report().svg(Theme::Light);
    let parsed = roxmltree::Document::parse(&svg).expect("the SVG is well-formed");
    assert!(parsed.descendants().any(|node| node.text() == Some("a < b & \"c\" > d")));
}

#[test]
fn with_the_page_theme_every_color_is_a_css_variable() {
    let svg = Figure::new(figures::saddle_surface()).svg(Theme::Page);
    assert!(!svg.contains("=\"#") && svg.contains("var(--plot-s3,#"));
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    for ((name, first), (_, second)) in figures::all().into_iter().zip(figures::all()) {
        assert!(first.svg(Theme::Light) == second.svg(Theme::Light), "{name}.svg");
        let png = |figure: &Figure<'_>| figure.png(Theme::Dark, 0.5).expect(name);
        assert!(png(&first) == png(&second), "{name}.png");
    }
    let gif = || {
        Animation { frames: 12, ..Animation::new(figures::saddle_surface()) }
            .gif()
            .expect("the animation can be encoded")
    };
    assert!(gif() == gif());
}

#[test]
fn an_animation_has_the_requested_frames_and_repeats_forever() {
    let gif = Animation::new(figures::rosenbrock_map()).gif().expect("the animation can be encoded");
    assert!(gif.len() < 700_000, "{} bytes", gif.len());
    let mut decoder = gif::DecodeOptions::new().read_info(Cursor::new(gif)).expect("the GIF has a valid header");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("the frame can be decoded") {
        delays.push(frame.delay);
    }
    assert_eq!(delays.len(), 150);
    assert!(delays[..149].iter().all(|&d| d == 6) && delays[149] > 100);
}

#[test]
fn the_last_frame_shows_every_path() {
    let gif = Animation { frames: 20, ..Animation::new(figures::saddle_surface()) }
        .gif()
        .expect("the animation can be encoded");
    let mut decoder = gif::DecodeOptions::new().read_info(Cursor::new(gif)).expect("the GIF has a valid header");
    let palette = decoder.global_palette().expect("the GIF has a global palette").to_vec();
    let width = usize::from(decoder.width());
    let mut picture = vec![0; width * usize::from(decoder.height())];
    while let Some(frame) = decoder.read_next_frame().expect("the frame can be decoded") {
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
