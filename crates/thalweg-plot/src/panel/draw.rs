//! Interface of all panels and their common header.

use crate::{
    data::geometry::Rect,
    layout::{
        legend::{LegendEntry, draw_legend},
        paragraph::{ParagraphStyle, TextBlock, paragraph},
        primitive::Primitive,
    },
};

/// Space between the content of a figure and its border, in pixels.
pub(crate) const FIGURE_MARGIN: f64 = 20.0;

/// Panel of a figure.
pub(crate) trait DrawPanel {
    fn title(&self) -> &str;
    /// Returns the remark below the title; may be empty.
    fn note(&self) -> &str;
    fn legend_entries(&self) -> Vec<LegendEntry>;
    /// Returns the preferred height of the panel without its header, in pixels, for a width in pixels.
    fn height(&self, width: f64) -> f64;
    /// Draws the panel without its header into `area`.
    fn draw(&self, area: Rect, out: &mut Vec<Primitive>);
}

/// Options of a panel header.
#[derive(Clone, Copy)]
pub(crate) struct HeaderOptions {
    /// If true, the header ends with the legend of the panel.
    pub(crate) legend: bool,
    /// Space to leave at the right of the title, in pixels.
    pub(crate) title_margin: f64,
}

/// Draws the title, the note and optionally the legend of a panel; returns the y coordinate below them.
pub(crate) fn draw_header(
    panel: &(impl DrawPanel + ?Sized),
    block: TextBlock,
    options: HeaderOptions,
    out: &mut Vec<Primitive>,
) -> f64 {
    let title_block = TextBlock { width: block.width - options.title_margin, ..block };
    let title = paragraph(panel.title(), title_block, ParagraphStyle::PanelTitle, out);
    let mut y = if options.title_margin > 0.0 {
        title.max(ParagraphStyle::PanelTitle.bottom_of_single_line(block.top))
    } else {
        title
    };
    y = paragraph(panel.note(), TextBlock { top: y, ..block }, ParagraphStyle::Note, out);
    if options.legend {
        y += draw_legend(&panel.legend_entries(), TextBlock { top: y, ..block }, out);
    }
    y + 4.0
}
