//! Fonts: text widths for the layout and glyph outlines for raster images.

use std::sync::LazyLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Embedded font `DejaVu Sans`, which has Greek letters, superscripts and mathematical signs.
static FACE: LazyLock<Face<'static>> =
    LazyLock::new(|| Face::parse(dejavu::sans::regular(), 0).expect("the embedded font is valid"));

/// Width of bold text relative to regular text.
const BOLD_WIDTH: f64 = 1.08;
/// Width to reserve for a text relative to its width in the embedded font: the reader's font may be wider.
const RESERVED_WIDTH: f64 = 1.1;

/// Size and weight of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Font {
    /// Size of the em square in pixels.
    pub(crate) size: f64,
    pub(crate) weight: FontWeight,
}

/// Weight of a font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FontWeight {
    Regular,
    Bold,
}

impl Font {
    pub(crate) const fn regular(size: f64) -> Self {
        Self { size, weight: FontWeight::Regular }
    }

    /// Returns the width of a text in pixels.
    pub(crate) fn width(self, text: &str) -> f64 {
        self.pixels(units(text))
    }

    /// Returns the width in pixels to reserve for a text whose font the reader chooses.
    pub(crate) fn reserved_width(self, text: &str) -> f64 {
        self.reserved_pixels(units(text))
    }

    fn pixels(self, units: u64) -> f64 {
        units as f64 / f64::from(FACE.units_per_em()) * self.size * self.width_factor()
    }

    fn reserved_pixels(self, units: u64) -> f64 {
        RESERVED_WIDTH * self.pixels(units)
    }

    /// Breaks a text between words into lines that fit `width`; a longer word gets a line of its own.
    pub(crate) fn wrap(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line_units = 0;
        for word in text.split_whitespace() {
            let word_units = units(word);
            let longer = line_units + units(" ") + word_units;
            match lines.last_mut() {
                Some(line) if self.reserved_pixels(longer) <= width => {
                    line.push(' ');
                    line.push_str(word);
                    line_units = longer;
                }
                _ => {
                    lines.push(word.into());
                    line_units = word_units;
                }
            }
        }
        lines
    }

    /// Shortens a text that is wider than `width` and ends it with an ellipsis.
    pub(crate) fn truncate(self, text: &str, width: f64) -> String {
        // A width that was added to a sum and subtracted again differs from the original by rounding.
        let width = width + 1e-6;
        if self.reserved_width(text) <= width {
            return text.into();
        }
        let (mut kept, mut kept_units) = (String::new(), units("…"));
        for c in text.chars() {
            kept_units += u64::from(advance(glyph(c)));
            if self.reserved_pixels(kept_units) > width {
                break;
            }
            kept.push(c);
        }
        kept + "…"
    }

    /// Sends the outlines of a text to `sink`, in pixels with y pointing down; `start` is the left end of its baseline.
    pub(crate) fn outline(self, text: &str, start: [f64; 2], sink: &mut dyn OutlineBuilder) {
        let scale = self.size / f64::from(FACE.units_per_em());
        let mut x = start[0];
        for c in text.chars() {
            let id = glyph(c);
            let mut pen = PositionedPen { x: x as f32, y: start[1] as f32, scale: scale as f32, sink: &mut *sink };
            FACE.outline_glyph(id, &mut pen);
            x += f64::from(advance(id)) * scale * self.width_factor();
        }
    }

    fn width_factor(self) -> f64 {
        match self.weight {
            FontWeight::Regular => 1.0,
            FontWeight::Bold => BOLD_WIDTH,
        }
    }
}

/// Returns the width of a text in font units.
fn units(text: &str) -> u64 {
    text.chars().map(|c| u64::from(advance(glyph(c)))).sum()
}

/// Returns the glyph of a character, or the replacement character if the font has none.
fn glyph(c: char) -> GlyphId {
    let replacement = || FACE.glyph_index('\u{FFFD}').expect("the embedded font has the replacement character");
    FACE.glyph_index(c).unwrap_or_else(replacement)
}

/// Returns the advance width of a glyph in font units.
fn advance(id: GlyphId) -> u16 {
    FACE.glyph_hor_advance(id).expect("every glyph of the embedded font has an advance width")
}

/// Pen that scales and translates outlines and flips the y axis.
struct PositionedPen<'a> {
    x: f32,
    y: f32,
    /// Pixels per font unit.
    scale: f32,
    sink: &'a mut dyn OutlineBuilder,
}

impl PositionedPen<'_> {
    fn pixel(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + self.scale * x, self.y - self.scale * y)
    }
}

impl OutlineBuilder for PositionedPen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.pixel(x, y);
        self.sink.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.pixel(x, y);
        self.sink.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.pixel(x1, y1), self.pixel(x, y));
        self.sink.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.pixel(x1, y1), self.pixel(x2, y2), self.pixel(x, y));
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
    fn the_font_has_the_characters_of_mathematics() {
        for c in "azAZ09αβεη∇‖⁰¹²³⁴⁵⁶⁷⁸⁹⁻×–≤≥−✕…√".chars() {
            assert!(FACE.glyph_index(c).is_some(), "{c}");
        }
    }

    #[test]
    fn characters_without_a_glyph_have_the_width_of_the_replacement_character() {
        let font = Font::regular(10.0);
        assert_eq!(font.width("\u{10FFFD}"), font.width("\u{FFFD}"));
    }

    #[test]
    fn wide_letters_are_wider() {
        assert!(Font::regular(10.0).width("mmm") > Font::regular(10.0).width("iii"));
        assert!((Font::regular(20.0).width("abc") - 2.0 * Font::regular(10.0).width("abc")).abs() < 1e-9);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "the plane shows 93.1 % of the motion of all eight methods";
        let font = Font::regular(12.0);
        let lines = font.wrap(text, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| font.reserved_width(line) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn long_texts_take_time_in_proportion_to_their_length() {
        // With the square of the length, minutes.
        let font = Font::regular(12.0);
        let words = "word ".repeat(200_000);
        assert!(font.wrap(&words, 1e9).iter().map(|line| line.split(' ').count()).sum::<usize>() == 200_000);
        assert_eq!(font.truncate(&words, 60.0), font.truncate(&words[..100], 60.0));
    }

    #[test]
    fn a_truncated_text_fits() {
        let font = Font::regular(12.0);
        let truncated = font.truncate("a rather long label", 60.0);
        assert!(truncated.ends_with('…') && font.reserved_width(&truncated) <= 60.0);
        assert_eq!(font.truncate("short", 60.0), "short");
    }
}
