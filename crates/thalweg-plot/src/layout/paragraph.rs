//! Titles and notes: text broken into lines.

use crate::layout::{
    font::Font,
    palette::ColorRole,
    primitive::{Primitive, TextLabel},
};

/// Most characters of a paragraph; a longer text is cut.
const MAX_CHARS: usize = 1000;
/// Height of a line relative to the font size.
const LINE_HEIGHT: f64 = 1.4;
/// Space below a paragraph in pixels.
const PARAGRAPH_SPACING: f64 = 5.0;

/// Position of a block of text or of a legend on the canvas, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextBlock {
    pub(crate) left: f64,
    pub(crate) top: f64,
    /// Width that no line may exceed.
    pub(crate) width: f64,
}

/// Style of a paragraph: titles are bold, notes use the secondary text color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParagraphStyle {
    FigureTitle,
    PanelTitle,
    Note,
}

impl ParagraphStyle {
    /// Returns the font size in pixels.
    pub(crate) fn size(self) -> f64 {
        match self {
            Self::FigureTitle => 17.0,
            Self::PanelTitle => 14.0,
            Self::Note => 12.0,
        }
    }

    /// Returns the y coordinate below a paragraph with one line that begins at `top`.
    pub(crate) fn bottom_of_single_line(self, top: f64) -> f64 {
        top + LINE_HEIGHT * self.size() + PARAGRAPH_SPACING
    }
}

/// Draws a text broken into lines and returns the y coordinate below it; an empty text takes no space.
pub(crate) fn paragraph(text: &str, block: TextBlock, style: ParagraphStyle, out: &mut Vec<Primitive>) -> f64 {
    let TextBlock { left, top, width } = block;
    let size = style.size();
    let text: String = if text.chars().nth(MAX_CHARS).is_some() {
        text.chars().take(MAX_CHARS - 1).chain(['…']).collect()
    } else {
        text.into()
    };
    let is_note = style == ParagraphStyle::Note;
    // Bold letters are wider than those of the font that the width is measured with.
    let lines = Font::regular(if is_note { size } else { 1.1 * size }).wrap(&text, width);
    let mut y = top;
    for line in &lines {
        y += LINE_HEIGHT * size;
        let text = TextLabel::new([left, y - 0.3 * size], Font::regular(size).truncate(line, width), size);
        out.push(if is_note { text.color(ColorRole::SecondaryText) } else { text.bold() }.into());
    }
    if lines.is_empty() { y } else { y + PARAGRAPH_SPACING }
}
