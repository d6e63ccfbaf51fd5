//! Curves: values against steps, results against rates.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Point, Rect, clip_line, clip_polygon},
    data::series::{Axis, Orientation, ReferenceLine, Series},
    layout::axes2d::{Axes2d, TICK},
    layout::label_layout::LabelLayout,
    layout::legend::{LegendEntry, union},
    layout::palette::{ColorRole, series_dash},
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, lines, polygon, rectangle, segment},
    layout::simplify,
    layout::symbol,
    panel::draw::DrawPanel,
};

/// The height of a row of diverged points.
const ROW: f64 = 10.0;
/// The most rows; series beyond share them.
const ROWS: usize = 4;

/// Curves over two axes.
///
/// Values a scale cannot show break a line; a point with y = +∞ is shown as ✕ in a strip above the plot.
///
/// ```
/// use thalweg_plot::{Axis, Chart, Figure, Series, Theme};
/// let points = (0..50).map(|t| [f64::from(t), 0.8f64.powi(t)]).collect();
/// let chart = Chart {
///     title: "A parabola".into(),
///     x: Axis::linear("step"),
///     y: Axis::log("f − f*"),
///     series: vec![Series::line("gradient descent", points, 0)],
///     ..Chart::default()
/// };
/// let svg = Figure::new(chart).svg(Theme::Light);
/// assert!(svg.contains("10⁻²"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// One remark below the title; may be empty.
    pub note: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The curves.
    pub series: Vec<Series>,
    /// Reference lines.
    pub reference_lines: Vec<ReferenceLine>,
}

impl Chart {
    /// The ranges of both axes.
    pub(crate) fn spans(&self) -> [AxisRange; 2] {
        let bands = || self.series.iter().filter_map(|s| s.band.as_ref()).flatten();
        let points = || self.series.iter().flat_map(|s| &s.points).filter(|p| !p[1].is_nan());
        let marks = |across| self.reference_lines.iter().filter(move |m| m.orientation == across).map(|m| m.value);
        let x = points().map(|p| p[0]).chain(bands().map(|b| b[0])).chain(marks(Orientation::Vertical));
        let y = points().map(|p| p[1]).chain(bands().flat_map(|b| [b[1], b[2]])).chain(marks(Orientation::Horizontal));
        [AxisRange::fit(&self.x, x), AxisRange::fit(&self.y, y)]
    }

    /// The series with points that diverged.
    fn diverged(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(|s| s.points.iter().any(|p| is_diverged(*p)))
    }

    /// The axes, and above them the strip for what diverged: no value belongs to it.
    fn frame(&self, outer: Rect) -> (Axes2d<'_>, Rect) {
        let frame = Axes2d::new(outer, [&self.x, &self.y], self.spans());
        let rows = self.diverged().count().min(ROWS);
        let height = if rows > 0 { ROW * rows as f64 + 6.0 } else { 0.0 };
        let Rect { x, y, w, h } = frame.area;
        (frame.resized(Rect::new(x, y + height, w, (h - height).max(1.0))), Rect::new(x, y, w, height))
    }

    fn draw_marks(&self, frame: &Axes2d<'_>, out: &mut Vec<Primitive>) {
        let area = frame.area;
        let mut places = LabelLayout::new(area.grown(-3.0));
        for ReferenceLine { orientation: across, value: at, label } in &self.reference_lines {
            let line = Paint::line(ColorRole::SecondaryText, 1.0).dashed(&[3.0, 3.0]);
            let ends = match across {
                Orientation::Vertical => frame.column(*at).map(|x| [[x, area.y], [x, area.bottom()]]),
                Orientation::Horizontal => frame.row(*at).map(|y| [[area.x, y], [area.right(), y]]),
            };
            let Some([a, b]) = ends.filter(|[a, b]| area.contains(*a) && area.contains(*b)) else { continue };
            out.push(segment(a, b, line));
            let text = |at, anchor| {
                TextLabel::new(at, label.as_str(), TICK).anchor(anchor).ink(ColorRole::SecondaryText).halo()
            };
            let tries = match across {
                Orientation::Vertical => (1..8)
                    .flat_map(|k| [(5.0, TextAnchor::Start), (-5.0, TextAnchor::End)].map(|(dx, side)| (k, dx, side)))
                    .map(|(k, dx, side)| text([a[0] + dx, area.y + 15.0 * f64::from(k)], side))
                    .collect(),
                Orientation::Horizontal => vec![
                    text([b[0] - 5.0, b[1] - 5.0], TextAnchor::End),
                    text([b[0] - 5.0, b[1] + 13.0], TextAnchor::End),
                    text([a[0] + 5.0, b[1] - 5.0], TextAnchor::Start),
                ],
            };
            out.extend(places.put(tries).map(Primitive::from));
        }
    }
}

impl DrawPanel for Chart {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn keys(&self) -> Vec<LegendEntry> {
        union(
            self.series
                .iter()
                .filter_map(LegendEntry::of)
                .chain(self.diverged().next().map(|_| LegendEntry::diverged())),
        )
    }

    fn height(&self, width: f64) -> f64 {
        (0.62 * width).clamp(230.0, 430.0)
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let (frame, strip) = self.frame(area);
        frame.grid(out);
        self.series.iter().for_each(|series| draw_band(series, &frame, out));
        self.draw_marks(&frame, out);
        for series in &self.series {
            draw_line(series, &frame, out);
        }
        if strip.h > 0.0 {
            out.push(rectangle(&strip, Paint::tint(ColorRole::GridLine, 0.6)));
        }
        for (row, series) in self.diverged().enumerate() {
            draw_diverged(series, &frame, strip.y + ROW * (row % ROWS) as f64 + ROW / 2.0 + 3.0, out);
        }
        frame.axes(out);
    }
}

fn is_diverged([x, y]: Point) -> bool {
    x.is_finite() && y.is_infinite() && y > 0.0
}

/// The pixels of a series, a new run after each point that cannot be shown.
fn runs(points: &[Point], frame: &Axes2d<'_>) -> Vec<Vec<Point>> {
    let pixels: Vec<Option<Point>> = points.iter().map(|&p| frame.at(p)).collect();
    pixels
        .split(Option::is_none)
        .map(|run| run.iter().flatten().copied().collect())
        .filter(|r: &Vec<_>| !r.is_empty())
        .collect()
}

fn draw_line(series: &Series, frame: &Axes2d<'_>, out: &mut Vec<Primitive>) {
    let ink = ColorRole::Series(series.style);
    let all = runs(&series.points, frame);
    if series.line {
        let visible: Vec<_> =
            all.iter().flat_map(|run| clip_line(&simplify::line(&simplify::columns(run), 0.15), &frame.area)).collect();
        let (dots, strokes): (Vec<_>, Vec<_>) = visible.into_iter().partition(|run| run.len() == 1);
        out.push(lines(strokes, Paint::line(ink, 1.8).dashed(series_dash(series.style))));
        // A lone point has no line to be seen by.
        out.extend(dots.iter().map(|dot| Primitive::Circle { at: dot[0], radius: 1.8, paint: Paint::fill(ink) }));
    }
    if series.dots {
        let inside: Vec<Point> = all.into_iter().flatten().filter(|&p| frame.area.contains(p)).collect();
        let paint = Paint::fill(ink).edge(ColorRole::Background, 0.8);
        out.extend(simplify::dots(&inside).into_iter().map(|at| Primitive::Circle { at, radius: 2.8, paint }));
    }
}

fn draw_band(series: &Series, frame: &Axes2d<'_>, out: &mut Vec<Primitive>) {
    let Some(band) = &series.band else { return };
    let edge = |v: f64| match frame.row(v) {
        _ if v.is_nan() => None,
        // What lies beyond the scale, zero on a logarithmic one, reaches to the edge.
        None => Some(if v > 0.0 { frame.area.y } else { frame.area.bottom() }),
        found => found,
    };
    let pixels: Vec<Option<[f64; 3]>> =
        band.iter().map(|&[x, low, high]| Some([frame.column(x)?, edge(low)?, edge(high)?])).collect();
    for run in pixels.split(Option::is_none) {
        let side = |k: usize| {
            simplify::line(&simplify::columns(&run.iter().flatten().map(|p| [p[0], p[k]]).collect::<Vec<_>>()), 0.15)
        };
        let mut ring = side(1);
        ring.extend(side(2).into_iter().rev());
        let ring = clip_polygon(ring, &frame.area);
        if ring.len() > 2 {
            out.push(polygon(ring, Paint::tint(ColorRole::Series(series.style), 0.13)));
        }
    }
}

/// Crosses in a row at `y`, tied to the last point that was finite.
fn draw_diverged(series: &Series, frame: &Axes2d<'_>, y: f64, out: &mut Vec<Primitive>) {
    let ink = ColorRole::Series(series.style);
    let mut free = f64::NEG_INFINITY;
    let mut before: Option<Point> = None;
    for &p in &series.points {
        if !is_diverged(p) {
            before = frame.at(p).filter(|&p| frame.area.contains(p));
            continue;
        }
        let Some(x) = frame.column(p[0]).filter(|&x| frame.area.contains([x, frame.area.y])) else { continue };
        if let Some(last) = before.take().filter(|_| series.line) {
            out.push(segment(last, [x, y], Paint::line(ink, 1.0).dashed(&[1.0, 2.5])));
        }
        if (x - free).abs() >= 9.0 {
            out.push(symbol::divergence_cross([x, y], ink));
            free = x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Figure;

    const AREA: Rect = Rect::new(0.0, 0.0, 600.0, 400.0);

    fn drawn(points: Vec<Point>) -> (Vec<Primitive>, Rect) {
        let chart = Chart { series: vec![Series::line("s", points, 2)], ..Chart::default() };
        let mut items = Vec::new();
        chart.draw(AREA, &mut items);
        (items, chart.frame(AREA).0.area)
    }

    /// The lines in the colour of the series.
    fn strokes(items: &[Primitive]) -> Vec<&Vec<Point>> {
        let ours = |item: &&Primitive| matches!(item, Primitive::Path(s) if s.paint.stroke.is_some_and(|s| s.ink == ColorRole::Series(2)));
        let runs = items.iter().filter(ours).map(|item| if let Primitive::Path(s) = item { &s.runs[..] } else { &[] });
        runs.flatten().collect()
    }

    #[test]
    fn a_line_breaks_where_it_has_no_value() {
        let (items, area) = drawn(vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::NAN], [3.0, 0.0], [4.0, 5.0]]);
        let lines = strokes(&items);
        assert_eq!(lines.iter().map(|run| run.len()).collect::<Vec<_>>(), [2, 2]);
        assert!(lines.into_iter().flatten().all(|&p| area.contains(p)));
    }

    #[test]
    fn what_diverged_lies_above_the_plot() {
        let (items, area) = drawn(vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::INFINITY], [3.0, f64::INFINITY]]);
        let above: Vec<_> = strokes(&items).into_iter().filter(|run| run.iter().all(|p| p[1] < area.y)).collect();
        assert_eq!(above.len(), 4, "two crosses of two strokes");
        let calm = drawn(vec![[0.0, 1.0], [1.0, 2.0]]).1;
        assert!(calm.y < area.y && (calm.bottom() - area.bottom()).abs() < 1e-9);
    }

    #[test]
    fn a_spike_of_a_million_points_is_in_the_svg() {
        let mut points: Vec<Point> = (0..1_000_000).map(|k| [f64::from(k), 1.0]).collect();
        points[400_001][1] = 7.0;
        let chart = Chart { series: vec![Series::line("", points, 2)], ..Chart::default() };
        let sheet = Figure::new(chart.clone()).sheet();
        let height = strokes(&sheet.items).into_iter().flatten().map(|p| p[1]);
        let (top, bottom) = height.fold((f64::MAX, f64::MIN), |(a, b), y| (a.min(y), b.max(y)));
        let expected = chart.height(680.0) / 2.0;
        assert!(bottom - top > expected, "{top} {bottom}");
    }
}
