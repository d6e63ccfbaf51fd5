//! A figure: panels under one title, with one legend where the panels share it.

use crate::{
    data::geometry::Rect,
    error::PlotError,
    layout::legend::{self, LegendEntry, union},
    layout::palette::Theme,
    layout::primitive::DisplayList,
    layout::primitive::Primitive,
    panel::bar_chart::BarChart,
    panel::chart::Chart,
    panel::contour_map::ContourMap,
    panel::draw::{DrawPanel, HeaderOptions, MARGIN, NOTE, header, paragraph},
    panel::surface::Surface,
};

const GUTTER: f64 = 30.0;
const TITLE: f64 = 17.0;

/// One picture of a figure.
#[non_exhaustive]
pub enum Panel<'a> {
    /// Curves.
    Chart(Chart),
    /// Contour lines with paths.
    ContourMap(ContourMap<'a>),
    /// A surface in space with paths.
    Surface(Surface<'a>),
    /// Horizontal bars.
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

macro_rules! panels {
    ($($kind:ident: $from:ty),*) => {$(
        impl<'a> From<$from> for Panel<'a> {
            fn from(panel: $from) -> Self {
                Self::$kind(panel)
            }
        }
    )*};
}

panels!(Chart: Chart, ContourMap: ContourMap<'a>, Surface: Surface<'a>, BarChart: BarChart);

/// Panels in rows, under one title, over one caption.
#[derive(Default)]
pub struct Figure<'a> {
    /// The title; may be empty.
    pub title: String,
    /// A text below; may be empty.
    pub caption: String,
    /// The panels, row by row.
    pub panels: Vec<Panel<'a>>,
    /// How many panels a row has; 0 is taken as 1.
    pub columns: usize,
}

impl<'a> Figure<'a> {
    /// A figure of one panel, without title and caption of its own.
    pub fn new(panel: impl Into<Panel<'a>>) -> Self {
        Self { panels: vec![panel.into()], columns: 1, ..Self::default() }
    }

    /// The figure as an SVG document, or, with [`Theme::Page`], as an element to inline into a page.
    pub fn svg(&self, theme: Theme) -> String {
        let title = if self.title.is_empty() {
            self.panels.first().map_or("", |panel| panel.inner().title())
        } else {
            &self.title
        };
        self.sheet().svg(theme, title, &self.caption)
    }

    /// The figure as a PNG, `scale` pixels for each pixel of the SVG; [`Theme::Page`] is taken as light.
    pub fn png(&self, theme: Theme, scale: f32) -> Result<Vec<u8>, PlotError> {
        self.sheet().png(theme, scale)
    }

    /// Every text with the box it fills (left, top, right, bottom) and last the canvas itself: for tests of layout.
    pub fn text_boxes(&self) -> Vec<(String, [f64; 4])> {
        let sheet = self.sheet();
        let texts = sheet.items.iter().filter_map(|item| match item {
            Primitive::Text(text) => Some((text.content.clone(), text.bounds())),
            _ => None,
        });
        let canvas = (String::new(), Rect::new(0.0, 0.0, sheet.size[0], sheet.size[1]));
        texts.chain([canvas]).map(|(text, r)| (text, [r.x, r.y, r.right(), r.bottom()])).collect()
    }

    /// Everything there is to draw.
    pub(crate) fn sheet(&self) -> DisplayList {
        let (width, panel) = self.widths();
        let inner = width - 2.0 * MARGIN;
        let mut items = Vec::new();
        let mut y = MARGIN;
        y = paragraph(&self.title, [MARGIN, y, inner], TITLE, &mut items);
        // One panel alone has its legend below its own title.
        let shared = if self.panels.len() > 1 { self.shared_keys() } else { None };
        let (legend, height) = legend::lay_out(shared.as_deref().unwrap_or(&[]), [MARGIN, y], inner);
        items.extend(legend);
        y += if height > 0.0 { height + 8.0 } else { 0.0 };
        for row in self.panels.chunks(self.columns.max(1)) {
            y = lay_row(row, [MARGIN, y, panel], shared.is_none(), &mut items) + GUTTER / 2.0;
        }
        y = paragraph(&self.caption, [MARGIN, y, inner], NOTE, &mut items);
        DisplayList { size: [width, (y + MARGIN - GUTTER / 2.0).ceil()], items }
    }

    /// The widths of the figure and of each panel.
    fn widths(&self) -> (f64, f64) {
        let columns = self.columns.clamp(1, self.panels.len().max(1)) as f64;
        let square = self.panels.iter().all(|panel| matches!(panel, Panel::ContourMap(_) | Panel::Surface(_)));
        let panel = match columns as usize {
            1 if square => 600.0,
            1 => 720.0,
            2 => 450.0,
            _ => 390.0,
        };
        (columns * panel + (columns - 1.0) * GUTTER + 2.0 * MARGIN, panel)
    }

    /// The one legend, if all panels that name series name the same.
    fn shared_keys(&self) -> Option<Vec<LegendEntry>> {
        let keys: Vec<Vec<LegendEntry>> = self.panels.iter().map(|panel| panel.inner().keys()).collect();
        let named = |keys: &[LegendEntry]| keys.iter().filter(|key| key.is_series()).cloned().collect::<Vec<_>>();
        let lists: Vec<Vec<LegendEntry>> =
            keys.iter().map(|keys| named(keys)).filter(|list| !list.is_empty()).collect();
        let within = |a: &[LegendEntry], b: &[LegendEntry]| a.iter().all(|key| b.iter().any(|other| other.means(key)));
        let same = lists.windows(2).all(|pair| within(&pair[0], &pair[1]) && within(&pair[1], &pair[0]));
        same.then(|| union(keys.into_iter().flatten()))
    }
}

/// Lays the panels of one row below `y`; returns where the row ends.
fn lay_row(row: &[Panel<'_>], [left, y, width]: [f64; 3], own_legends: bool, out: &mut Vec<Primitive>) -> f64 {
    let lefts = (0..row.len()).map(|k| left + k as f64 * (width + GUTTER));
    let mut top = y;
    for (panel, x) in row.iter().map(Panel::inner).zip(lefts.clone()) {
        top = top.max(header(panel, [x, y, width], HeaderOptions { legend: own_legends, aside: 0.0 }, out));
    }
    let mut bottom = top;
    for (panel, x) in row.iter().map(Panel::inner).zip(lefts) {
        let height = panel.height(width);
        panel.draw(Rect::new(x, top, width, height), out);
        bottom = bottom.max(top + height);
    }
    bottom
}
