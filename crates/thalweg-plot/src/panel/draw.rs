//! What a panel of a figure can do, and its header.

use crate::{
    data::geometry::Rect,
    layout::font,
    layout::legend::{self, LegendEntry},
    layout::palette::ColorRole,
    layout::primitive::{Primitive, TextLabel},
};

/// The room around everything.
pub(crate) const MARGIN: f64 = 20.0;
/// The size of remarks and captions.
pub(crate) const NOTE: f64 = 12.0;
const SUBTITLE: f64 = 14.0;

/// What a panel can do.
pub(crate) trait DrawPanel {
    fn title(&self) -> &str;
    fn note(&self) -> &str;
    /// The entries of its legend.
    fn keys(&self) -> Vec<LegendEntry>;
    /// The height it wants at a width.
    fn height(&self, width: f64) -> f64;
    /// Draws itself into `area`, title and legend excepted.
    fn draw(&self, area: Rect, out: &mut Vec<Primitive>);
}

/// What a header holds besides title and note.
#[derive(Clone, Copy)]
pub(crate) struct HeaderOptions {
    pub(crate) legend: bool,
    /// The room to leave at the right of the title.
    pub(crate) aside: f64,
}

/// Lays a panel's title, note and legend; returns where its plot begins.
pub(crate) fn header(
    panel: &dyn DrawPanel,
    [x, y, width]: [f64; 3],
    with: HeaderOptions,
    out: &mut Vec<Primitive>,
) -> f64 {
    let title = paragraph(panel.title(), [x, y, width - with.aside], SUBTITLE, out);
    let mut y = if with.aside > 0.0 { title.max(y + 1.4 * SUBTITLE + 5.0) } else { title };
    y = paragraph(panel.note(), [x, y, width], NOTE, out);
    if with.legend {
        let (items, height) = legend::lay_out(&panel.keys(), [x, y], width);
        out.extend(items);
        y += height;
    }
    y + 4.0
}

/// Lays a text broken into lines below `y`; returns where it ends. Titles are bold, notes soft.
pub(crate) fn paragraph(text: &str, [x, mut y, width]: [f64; 3], size: f64, out: &mut Vec<Primitive>) -> f64 {
    let note = size <= NOTE;
    let lines = font::wrap(text, if note { size } else { 1.1 * size }, width);
    for line in &lines {
        y += 1.4 * size;
        let text = TextLabel::new([x, y - 0.3 * size], font::fit(line, size, width), size);
        out.push(if note { text.ink(ColorRole::SecondaryText) } else { text.bold() }.into());
    }
    if lines.is_empty() { y } else { y + 5.0 }
}
