//! Contour maps: a function of the plane seen from above, with the paths taken on it.

use crate::{
    data::axis_range::AxisRange,
    data::contour_levels::ContourLevels,
    data::contour_rings::{ContourRing, rings},
    data::geometry::{Point, Rect, clip_line},
    data::grid::ScalarGrid,
    data::series::{Axis, AxisScale, Marker, ScalarField, Series},
    layout::axes2d::{Axes2d, TICK},
    layout::font,
    layout::legend::LegendEntry,
    layout::palette::{ColorRole, MAP_SHADES},
    layout::primitive::{Paint, PathShape, Primitive, TextLabel, lines, rectangle},
    layout::simplify,
    panel::draw::DrawPanel,
    panel::path::{self, PlaneMapping},
};

/// Nodes a side on which the function is asked for, unless said otherwise.
const SIDE: usize = 301;
/// The width of the scale bar with its labels.
const BAR: f64 = 78.0;

/// Contour lines of a function, with paths and points of interest.
///
/// Levels are spaced by ratios above the least value seen if the function has a deep place, so that there are lines
/// near the minimum too. Where the function has no finite value the map is blank. Values of the function are asked for
/// on a grid, once for each drawing.
pub struct ContourMap<'a> {
    /// What is shown.
    pub title: String,
    /// One remark below the title; may be empty.
    pub note: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The function.
    pub field: ScalarField<'a>,
    /// Paths over it.
    pub paths: Vec<Series>,
    /// Points of interest.
    pub markers: Vec<Marker>,
    /// Nodes a side on which the function is asked for: fewer for a function that takes long.
    pub nodes_per_side: usize,
}

impl<'a> ContourMap<'a> {
    /// A map of a function, everything else empty: the axes show what the paths and spots need.
    pub fn new(field: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Self {
            title: String::new(),
            note: String::new(),
            x: Axis::default(),
            y: Axis::default(),
            field: Box::new(field),
            paths: Vec::new(),
            markers: Vec::new(),
            nodes_per_side: SIDE,
        }
    }

    fn spans(&self) -> [AxisRange; 2] {
        let points = || self.paths.iter().flat_map(|s| &s.points).chain(self.markers.iter().map(|s| &s.position));
        [(&self.x, 0), (&self.y, 1)].map(|(axis, k)| AxisRange::fit(axis, points().map(|p| p[k])))
    }

    /// Width over height of the data, if both axes can have one unit and the picture is not too long for it.
    fn aspect(&self) -> Option<f64> {
        let [x, y] = self.spans();
        let size = |span: AxisRange| span.high - span.low;
        let ratio = size(x) / size(y);
        let linear = self.x.scale == AxisScale::Linear && self.y.scale == AxisScale::Linear;
        (linear && (0.4..=2.5).contains(&ratio)).then_some(ratio)
    }

    /// Draws everything but the paths; returns where they would go.
    pub(crate) fn ground(&self, outer: Rect, out: &mut Vec<Primitive>) -> Axes2d<'_> {
        let spans = self.spans();
        let grid = ScalarGrid::sample(self.nodes_per_side.clamp(11, 1001), |u, v| {
            (self.field)(spans[0].value(u), spans[1].value(v))
        });
        let levels = ContourLevels::of(&grid);
        let frame = Axes2d::new(Rect { w: outer.w - BAR, ..outer }, [&self.x, &self.y], spans);
        let area = self.aspect().map_or(frame.area, |ratio| {
            let Rect { x, y, w, h } = frame.area;
            Rect::new(x, y, w.min(h * ratio), h.min(w / ratio))
        });
        let frame = frame.resized(area);
        fill(&grid, &levels, &area, out);
        out.push(frame.border());
        frame.axes(out);
        scale_bar(&levels, &area, out);
        frame
    }
}

impl DrawPanel for ContourMap<'_> {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn keys(&self) -> Vec<LegendEntry> {
        path::legend_entries(&self.paths, &self.markers)
    }

    fn height(&self, width: f64) -> f64 {
        // The plot is as wide as the panel without the scale bar and the labels of the y axis.
        let plot = width - BAR - 52.0;
        plot / self.aspect().unwrap_or(1.3) + 66.0
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let frame = self.ground(area, out);
        path::draw_paths(&self.paths, &frame, out);
        path::draw_markers(&self.markers, &frame, out);
    }
}

impl PlaneMapping for Axes2d<'_> {
    fn pixel(&self, at: Point) -> Option<Point> {
        self.at(at).filter(|&p| self.area.contains(p))
    }

    fn runs(&self, path: &[Point]) -> [Vec<Vec<Point>>; 2] {
        let pixels: Vec<Option<Point>> = path.iter().map(|&p| self.at(p)).collect();
        let whole = pixels.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
        [whole.flat_map(|run| clip_line(&run, &self.area)).collect(), Vec::new()]
    }

    fn area(&self) -> Rect {
        self.area
    }
}

/// Soft shades between the levels, thin lines on them.
fn fill(grid: &ScalarGrid, levels: &ContourLevels, area: &Rect, out: &mut Vec<Primitive>) {
    let place = |points: &[Point]| -> Vec<Point> {
        let placed: Vec<Point> =
            points.iter().map(|p| [area.x + p[0] * area.w, area.bottom() - p[1] * area.h]).collect();
        simplify::simplify(&placed, 0.2)
    };
    let bands = levels.values.len();
    let region = |rings: &[ContourRing], ink| {
        let runs = rings.iter().map(|ring| place(&ring.points)).filter(|run| run.len() > 2).collect();
        Primitive::Path(PathShape { runs, closed: true, paint: Paint::fill(ink) })
    };
    out.push(region(&rings(grid, f64::MAX), shade(bands, bands)));
    for (band, &level) in levels.values.iter().enumerate().rev() {
        let rings = rings(grid, level);
        out.push(region(&rings, shade(band, bands)));
        let strokes: Vec<_> = rings.iter().flat_map(ContourRing::lines).map(|line| place(&line)).collect();
        out.push(lines(strokes, Paint::line(ColorRole::ContourLine, 0.6).faint(0.7)));
    }
}

/// The shade of a band, of which there is one more than levels.
fn shade(band: usize, levels: usize) -> ColorRole {
    ColorRole::MapShade((band as f64 / levels.max(1) as f64 * f64::from(MAP_SHADES - 1)).round() as u8)
}

/// The shades at the right of the map with the values between them.
fn scale_bar(levels: &ContourLevels, area: &Rect, out: &mut Vec<Primitive>) {
    let bands = levels.values.len();
    if bands == 0 {
        return;
    }
    let (x, height) = (area.right() + 14.0, area.h.min(260.0));
    let step = height / (bands + 1) as f64;
    let edge = |band: usize| area.y + height - step * band as f64;
    for band in 0..=bands {
        out.push(rectangle(&Rect::new(x, edge(band + 1), 10.0, step), Paint::fill(shade(band, bands))));
    }
    out.push(rectangle(&Rect::new(x, area.y, 10.0, height), Paint::line(ColorRole::AxisLine, 0.6)));
    let mut free = f64::INFINITY;
    for (band, name) in levels.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let y = edge(band + 1);
        if free - y >= 1.5 * TICK {
            free = y;
            let name = font::fit(name, TICK - 0.5, BAR - 30.0);
            out.push(
                TextLabel::new([x + 15.0, y + 0.35 * TICK], name, TICK - 0.5).ink(ColorRole::SecondaryText).into(),
            );
        }
    }
    out.push(TextLabel::new([x, area.y - 8.0], levels.what, TICK - 0.5).ink(ColorRole::SecondaryText).into());
}
