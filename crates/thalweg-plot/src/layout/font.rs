//! Letters: their widths for the layout, their outlines for pixels.

use std::sync::LazyLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// The one embedded face: `DejaVu Sans`, which has the Greek, the superscripts and the signs of mathematics.
static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(dejavu::sans::regular(), 0).ok());

/// What a bold letter is wider by.
const BOLD: f64 = 1.08;

/// The glyph of a character, or of the replacement character.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).or_else(|| face.glyph_index('\u{FFFD}')).unwrap_or_default()
}

/// The width of `text` in pixels at `size` pixels.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let em = FACE.as_ref().map_or(0.6 * text.chars().count() as f64, |face| {
        let units: u32 = text.chars().map(|c| u32::from(face.glyph_hor_advance(glyph(face, c)).unwrap_or(0))).sum();
        f64::from(units) / f64::from(face.units_per_em())
    });
    em * size * if bold { BOLD } else { 1.0 }
}

/// The width to reserve for `text`: the reader's font may be a tenth wider than ours.
pub(crate) fn room(text: &str, size: f64, bold: bool) -> f64 {
    1.1 * width(text, size, bold)
}

/// `text` broken between words into lines that fit `width`; a longer word keeps its line to itself.
pub(crate) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if room(&format!("{line} {word}"), size, false) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// `text` cut with an ellipsis where it would be wider than `width`.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    // Widths that were added and taken away again differ by rounding.
    let width = width + 1e-6;
    if room(text, size, false) <= width {
        return text.into();
    }
    let mut kept: Vec<char> = text.chars().collect();
    loop {
        let short: String = kept.iter().chain(['…'].iter()).collect();
        if kept.pop().is_none() || room(&short, size, false) <= width {
            return short;
        }
    }
}

/// Draws `text` from `pen`, the left end of its baseline, at `size` pixels into `sink`.
pub(crate) fn outline(text: &str, pen: [f64; 2], (size, bold): (f64, bool), sink: &mut dyn OutlineBuilder) {
    let Some(face) = FACE.as_ref() else { return };
    let scale = size / f64::from(face.units_per_em());
    let mut x = pen[0];
    for c in text.chars() {
        let id = glyph(face, c);
        let mut placed = Placed { x: x as f32, y: pen[1] as f32, scale: scale as f32, sink: &mut *sink };
        face.outline_glyph(id, &mut placed);
        let advance = f64::from(face.glyph_hor_advance(id).unwrap_or(0)) * scale;
        x += advance * if bold { BOLD } else { 1.0 };
    }
}

/// A pen that scales and moves what passes through it, and turns y down.
struct Placed<'a> {
    x: f32,
    y: f32,
    scale: f32,
    sink: &'a mut dyn OutlineBuilder,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + self.scale * x, self.y - self.scale * y)
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.sink.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.sink.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.sink.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.sink.curve_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.sink.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_face_has_the_letters_of_mathematics() {
        let face = FACE.as_ref().unwrap();
        for c in "azAZ09αβεη∇‖⁰¹²³⁴⁵⁶⁷⁸⁹⁻×–≤≥−✕…√".chars() {
            assert!(face.glyph_index(c).is_some(), "{c}");
        }
    }

    #[test]
    fn wide_letters_are_wider() {
        assert!(width("mmm", 10.0, false) > width("iii", 10.0, false));
        assert!((width("abc", 20.0, false) - 2.0 * width("abc", 10.0, false)).abs() < 1e-9);
    }

    #[test]
    fn lines_fit_and_lose_no_word() {
        let text = "the plane shows 93.1 % of the motion of all eight methods";
        let lines = wrap(text, 12.0, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| room(line, 12.0, false) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_cut_text_fits() {
        let cut = fit("a rather long label", 12.0, 60.0);
        assert!(cut.ends_with('…') && room(&cut, 12.0, false) <= 60.0);
        assert_eq!(fit("short", 12.0, 60.0), "short");
    }
}
