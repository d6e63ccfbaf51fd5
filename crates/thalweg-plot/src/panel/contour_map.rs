//! Contour maps: the level lines of a function of two variables, with paths on them.

use crate::{
    data::{
        annotation::Marker,
        axis::{Axis, AxisScale},
        axis_range::AxisRange,
        contour_levels::ContourLevels,
        contours::Contours,
        geometry::{Point, Rect, clip_polyline},
        scalar_grid::ScalarGrid,
        series::{ScalarField, Series},
    },
    layout::{
        axes2d::{Axes2d, TICK_LABEL_SIZE},
        font::Font,
        palette::{ColorRole, MAP_SHADES},
        primitive::{Paint, PathShape, Primitive, Stroke, TextLabel, polylines, rectangle},
        simplify::simplify,
    },
    panel::{
        path::{PathParts, PlaneMapping},
        plane::{PlaneContent, PlanePanel},
    },
};

/// Default number of grid nodes on each side.
const DEFAULT_NODES_PER_SIDE: usize = 301;
/// Width of the color bar with its labels, in pixels.
const COLOR_BAR_WIDTH: f64 = 78.0;
/// Width of the colored part of the color bar, in pixels.
const COLOR_BAR_SWATCH_WIDTH: f64 = 10.0;
/// Font size of the labels of the color bar, in pixels.
const COLOR_BAR_LABEL_SIZE: f64 = TICK_LABEL_SIZE - 0.5;

/// Contour lines of a function of two variables, with paths and markers.
///
/// The levels have equal ratios above the smallest value if the function has a deep minimum, so that there are lines
/// near the minimum too; otherwise equal differences. The map is blank where the function has no finite value. The
/// function is evaluated on a grid, once for each drawing.
pub struct ContourMap<'a> {
    /// Title above the map.
    pub title: String,
    /// Remark below the title; may be empty.
    pub note: String,
    /// Horizontal axis; without a range it shows all paths and markers.
    pub x: Axis,
    /// Vertical axis; without a range it shows all paths and markers.
    pub y: Axis,
    /// Function whose contour lines are drawn.
    pub field: ScalarField<'a>,
    /// Paths in the order in which they are drawn.
    pub paths: Vec<Series>,
    /// Points of interest, drawn above the paths.
    pub markers: Vec<Marker>,
    /// Number of grid nodes on each side at which the function is evaluated, from 11 to 1001; 301 by default. Reduce it
    /// for a function that is slow to evaluate.
    pub nodes_per_side: usize,
}

impl<'a> ContourMap<'a> {
    /// Returns a map of a function without title, paths and markers.
    pub fn new(field: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Self {
            title: String::new(),
            note: String::new(),
            x: Axis::default(),
            y: Axis::default(),
            field: Box::new(field),
            paths: Vec::new(),
            markers: Vec::new(),
            nodes_per_side: DEFAULT_NODES_PER_SIDE,
        }
    }

    fn ranges(&self) -> [AxisRange; 2] {
        let markers = || self.markers.iter().map(|marker| &marker.position);
        let points = || self.paths.iter().flat_map(|s| &s.points).chain(markers());
        [(&self.x, 0), (&self.y, 1)].map(|(axis, k)| AxisRange::covering(axis, points().map(|p| p[k])))
    }

    /// Returns width over height of the data if both axes are linear and can have one unit of length; `None` if the
    /// picture would be too long or too flat.
    fn aspect_ratio(&self) -> Option<f64> {
        let [x, y] = self.ranges();
        let size = |range: AxisRange| range.high - range.low;
        let ratio = size(x) / size(y);
        let linear = self.x.scale == AxisScale::Linear && self.y.scale == AxisScale::Linear;
        (linear && (0.4..=2.5).contains(&ratio)).then_some(ratio)
    }
}

impl PlanePanel for ContourMap<'_> {
    fn content(&self) -> PlaneContent<'_> {
        PlaneContent { title: &self.title, note: &self.note, paths: &self.paths, markers: &self.markers }
    }

    fn height(&self, width: f64) -> f64 {
        // The plot area is as wide as the panel without the color bar and the labels of the y axis.
        let plot_width = width - COLOR_BAR_WIDTH - 52.0;
        plot_width / self.aspect_ratio().unwrap_or(1.3) + 66.0
    }

    fn draw_background(&self, outer: Rect, out: &mut Vec<Primitive>) -> Box<dyn PlaneMapping + '_> {
        let ranges = self.ranges();
        let value = |u: f64, v: f64| (self.field)(ranges[0].value(u), ranges[1].value(v));
        let grid = ScalarGrid::sample(self.nodes_per_side.clamp(11, 1001), value);
        let levels = ContourLevels::new(&grid);
        let axes = Axes2d::new(Rect { w: outer.w - COLOR_BAR_WIDTH, ..outer }, [&self.x, &self.y], ranges);
        let area = self.aspect_ratio().map_or(axes.plot_area, |ratio| {
            let Rect { x, y, w, h } = axes.plot_area;
            Rect::new(x, y, w.min(h * ratio), h.min(w / ratio))
        });
        let axes = axes.with_plot_area(area);
        draw_contours(&grid, &levels, &area, out);
        out.push(axes.border());
        axes.draw_axes(out);
        draw_color_bar(&levels, &area, out);
        Box::new(axes)
    }
}

impl PlaneMapping for Axes2d<'_> {
    fn pixel(&self, point: Point) -> Option<Point> {
        Axes2d::pixel(self, point).filter(|&p| self.plot_area.contains(p))
    }

    fn path_parts(&self, path: &[Point]) -> PathParts {
        let pixels: Vec<Option<Point>> = path.iter().map(|&p| Axes2d::pixel(self, p)).collect();
        let runs = pixels.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
        let visible = runs.flat_map(|run| clip_polyline(&run, &self.plot_area)).collect();
        PathParts { visible, hidden: Vec::new() }
    }

    fn label_area(&self) -> Rect {
        self.plot_area
    }
}

/// Draws the shades between the levels and the contour lines.
fn draw_contours(grid: &ScalarGrid, levels: &ContourLevels, area: &Rect, out: &mut Vec<Primitive>) {
    let to_pixels = |points: &[Point]| -> Vec<Point> {
        let pixels: Vec<Point> =
            points.iter().map(|p| [area.x + p[0] * area.w, area.bottom() - p[1] * area.h]).collect();
        simplify(&pixels, 0.2)
    };
    for band in Contours::of_grid(grid, levels).bands {
        let polygons = band.regions.iter().map(|ring| to_pixels(ring)).filter(|ring| ring.len() > 2).collect();
        let color = shade(band.position);
        out.push(Primitive::Path(PathShape { polylines: polygons, closed: true, paint: Paint::fill(color) }));
        if band.level.is_finite() {
            let lines = band.lines.iter().map(|line| to_pixels(line)).collect();
            out.push(polylines(lines, Stroke::new(ColorRole::ContourLine, 0.6).opacity(0.7)));
        }
    }
}

/// Returns the shade of the band at a position from 0 for the lowest to 1 for the highest.
fn shade(position: f64) -> ColorRole {
    ColorRole::MapShade((position * f64::from(MAP_SHADES - 1)).round() as u8)
}

/// Draws the shades to the right of the map with the levels between them; nothing without levels.
fn draw_color_bar(levels: &ContourLevels, area: &Rect, out: &mut Vec<Primitive>) {
    let count = levels.values.len();
    if count == 0 {
        return;
    }
    let (left, height) = (area.right() + 14.0, area.h.min(260.0));
    let band_height = height / (count + 1) as f64;
    let bottom_of = |band: usize| area.y + height - band_height * band as f64;
    for band in 0..=count {
        let swatch = Rect::new(left, bottom_of(band + 1), COLOR_BAR_SWATCH_WIDTH, band_height);
        out.push(rectangle(&swatch, Paint::fill(shade(band as f64 / count as f64))));
    }
    let outline = Rect::new(left, area.y, COLOR_BAR_SWATCH_WIDTH, height);
    out.push(rectangle(&outline, Stroke::new(ColorRole::AxisLine, 0.6)));
    let label = |x: f64, y: f64, content: &str| {
        Primitive::from(TextLabel::new([x, y], content, COLOR_BAR_LABEL_SIZE).color(ColorRole::SecondaryText))
    };
    let font = Font::regular(COLOR_BAR_LABEL_SIZE);
    let mut last_label = f64::INFINITY;
    for (band, name) in levels.labels.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let y = bottom_of(band + 1);
        if last_label - y >= 1.5 * TICK_LABEL_SIZE {
            last_label = y;
            let name = font.truncate(name, COLOR_BAR_WIDTH - 30.0);
            out.push(label(left + 15.0, y + 0.35 * TICK_LABEL_SIZE, &name));
        }
    }
    out.push(label(left, area.y - 8.0, levels.quantity));
}
