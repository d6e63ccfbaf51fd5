//! Figures: panels in rows under one title, with one legend if the panels share it.

use crate::{
    data::geometry::Rect,
    error::PlotError,
    layout::{
        legend::{LegendEntry, draw_legend, merge_entries},
        palette::Theme,
        paragraph::{ParagraphStyle, TextBlock, paragraph},
        primitive::{DisplayList, Primitive},
    },
    panel::{
        bar_chart::BarChart,
        chart::Chart,
        contour_map::ContourMap,
        draw::{DrawPanel, FIGURE_MARGIN, HeaderOptions, draw_header},
        surface::Surface,
    },
    render::{
        raster::render_png,
        svg::{Description, render_svg},
    },
};

/// Horizontal space between two panels in pixels.
const PANEL_SPACING: f64 = 30.0;
/// Vertical space between two rows of panels in pixels.
const ROW_SPACING: f64 = PANEL_SPACING / 2.0;

/// Panel of a [`Figure`].
#[non_exhaustive]
pub enum Panel<'a> {
    /// Curves over two axes.
    Chart(Chart),
    /// Contour lines of a function of two variables.
    ContourMap(ContourMap<'a>),
    /// Surface of a function of two variables.
    Surface(Surface<'a>),
    /// Horizontal bars over one axis.
    BarChart(BarChart),
}

impl Panel<'_> {
    fn inner(&self) -> &dyn DrawPanel {
        match self {
            Self::Chart(chart) => chart,
            Self::ContourMap(map) => map,
            Self::Surface(surface) => surface,
            Self::BarChart(bars) => bars,
        }
    }
}

macro_rules! impl_from_panel {
    ($($variant:ident: $panel:ty),*) => {$(
        impl<'a> From<$panel> for Panel<'a> {
            fn from(panel: $panel) -> Self {
                Self::$variant(panel)
            }
        }
    )*};
}

impl_from_panel!(Chart: Chart, ContourMap: ContourMap<'a>, Surface: Surface<'a>, BarChart: BarChart);

/// Panels in rows, with a title above and a caption below.
#[derive(Default)]
pub struct Figure<'a> {
    /// Title above all panels; may be empty.
    pub title: String,
    /// Caption below all panels; may be empty.
    pub caption: String,
    /// Panels row by row, from left to right.
    pub panels: Vec<Panel<'a>>,
    /// Number of panels in a row; 0 has the same effect as 1.
    pub columns: usize,
    /// Width of each panel in pixels; `None`, the default, follows from the number of columns.
    pub panel_width: Option<f64>,
}

impl<'a> Figure<'a> {
    /// Returns a figure with one panel and no title and caption besides those of the panel.
    pub fn new(panel: impl Into<Panel<'a>>) -> Self {
        Self { panels: vec![panel.into()], columns: 1, ..Self::default() }
    }

    /// Renders the figure as an SVG document or, with [`Theme::Page`], as an element to include in an HTML page.
    pub fn svg(&self, theme: Theme) -> String {
        let title = if self.title.is_empty() {
            self.panels.first().map_or("", |panel| panel.inner().title())
        } else {
            &self.title
        };
        render_svg(&self.display_list(), theme, Description { title, text: &self.caption })
    }

    /// Renders the figure as a PNG file, `scale` pixels per pixel of the SVG; [`Theme::Page`] has the colors of
    /// [`Theme::Light`].
    ///
    /// # Errors
    /// Returns [`PlotError::Size`] if the image would be too small or too large, [`PlotError::Png`] if encoding fails.
    pub fn png(&self, theme: Theme, scale: f32) -> Result<Vec<u8>, PlotError> {
        render_png(&self.display_list(), theme, scale)
    }

    /// Returns every text with its bounding box, and the size of the figure, for tests of the layout.
    pub fn text_boxes(&self) -> FigureTexts {
        let list = self.display_list();
        let texts = list.primitives.iter().filter_map(|primitive| match primitive {
            Primitive::Text(text) => {
                let Rect { x, y, w, h } = text.bounds();
                Some(TextBox { content: text.content.clone(), left: x, top: y, right: x + w, bottom: y + h })
            }
            Primitive::Path(_) | Primitive::Circle { .. } => None,
        });
        let [width, height] = list.size;
        FigureTexts { texts: texts.collect(), width, height }
    }

    /// Lays out the figure.
    pub(crate) fn display_list(&self) -> DisplayList {
        let Widths { figure, panel } = self.widths();
        let mut primitives = Vec::new();
        let block = |top: f64| TextBlock { left: FIGURE_MARGIN, top, width: figure - 2.0 * FIGURE_MARGIN };
        let mut y = paragraph(&self.title, block(FIGURE_MARGIN), ParagraphStyle::FigureTitle, &mut primitives);
        // The legend of a single panel belongs below the title of the panel.
        let shared = if self.panels.len() > 1 { self.shared_legend() } else { None };
        let height = draw_legend(shared.as_deref().unwrap_or(&[]), block(y), &mut primitives);
        y += if height > 0.0 { height + 8.0 } else { 0.0 };
        for row in self.panels.chunks(self.columns.max(1)) {
            let first = TextBlock { left: FIGURE_MARGIN, top: y, width: panel };
            y = draw_row(row, first, shared.is_none(), &mut primitives) + ROW_SPACING;
        }
        y = paragraph(&self.caption, block(y), ParagraphStyle::Note, &mut primitives);
        DisplayList { size: [figure, (y + FIGURE_MARGIN - ROW_SPACING).ceil()], primitives }
    }

    fn widths(&self) -> Widths {
        let columns = self.columns.clamp(1, self.panels.len().max(1));
        let nearly_square = |panel: &Panel<'_>| matches!(panel, Panel::ContourMap(_) | Panel::Surface(_));
        let panel = match columns {
            _ if self.panel_width.is_some_and(|width| width > 0.0) => self.panel_width.unwrap_or_default(),
            1 if self.panels.iter().all(nearly_square) => 600.0,
            1 => 720.0,
            2 => 450.0,
            _ => 390.0,
        };
        let columns = columns as f64;
        Widths { figure: columns * panel + (columns - 1.0) * PANEL_SPACING + 2.0 * FIGURE_MARGIN, panel }
    }

    /// Returns the common legend if all panels with named series have the same ones.
    fn shared_legend(&self) -> Option<Vec<LegendEntry>> {
        let entries: Vec<Vec<LegendEntry>> = self.panels.iter().map(|panel| panel.inner().legend_entries()).collect();
        let series = |entries: &[LegendEntry]| entries.iter().filter(|e| e.is_series()).cloned().collect::<Vec<_>>();
        let lists: Vec<Vec<LegendEntry>> =
            entries.iter().map(|entries| series(entries)).filter(|list| !list.is_empty()).collect();
        let is_subset = |a: &[LegendEntry], b: &[LegendEntry]| {
            a.iter().all(|entry| b.iter().any(|other| other.is_equivalent(entry)))
        };
        let same = lists.windows(2).all(|pair| is_subset(&pair[0], &pair[1]) && is_subset(&pair[1], &pair[0]));
        same.then(|| merge_entries(entries.into_iter().flatten()))
    }
}

/// Texts of a figure with their positions.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureTexts {
    /// Texts in the order in which they are drawn.
    pub texts: Vec<TextBox>,
    /// Width of the figure in pixels.
    pub width: f64,
    /// Height of the figure in pixels.
    pub height: f64,
}

/// Text of a figure with its bounding box in pixels, y pointing down.
#[derive(Clone, Debug, PartialEq)]
pub struct TextBox {
    /// Characters of the text.
    pub content: String,
    /// Left edge of the box.
    pub left: f64,
    /// Top edge of the box.
    pub top: f64,
    /// Right edge of the box.
    pub right: f64,
    /// Bottom edge of the box.
    pub bottom: f64,
}

/// Widths of a figure and of each of its panels in pixels.
struct Widths {
    figure: f64,
    panel: f64,
}

/// Draws the panels of one row, the first of them below `first`; returns the y coordinate below the row.
fn draw_row(row: &[Panel<'_>], first: TextBlock, own_legends: bool, out: &mut Vec<Primitive>) -> f64 {
    let TextBlock { left, top, width } = first;
    let lefts = (0..row.len()).map(|k| left + k as f64 * (width + PANEL_SPACING));
    // The plot areas of a row begin at the same height, below the highest header.
    let mut headers_bottom = top;
    for (panel, left) in row.iter().map(Panel::inner).zip(lefts.clone()) {
        let options = HeaderOptions { legend: own_legends, title_margin: 0.0 };
        headers_bottom = headers_bottom.max(draw_header(panel, TextBlock { left, top, width }, options, out));
    }
    let mut bottom = headers_bottom;
    for (panel, left) in row.iter().map(Panel::inner).zip(lefts) {
        let height = panel.height(width);
        panel.draw(Rect::new(left, headers_bottom, width, height), out);
        bottom = bottom.max(headers_bottom + height);
    }
    bottom
}
