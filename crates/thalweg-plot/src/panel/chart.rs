//! Charts: curves over two axes.

use crate::{
    data::{
        annotation::{Orientation, ReferenceLine},
        axis::Axis,
        axis_range::AxisRange,
        geometry::{Point, Rect},
        series::Series,
    },
    layout::{
        axes2d::{Axes2d, TICK_LABEL_SIZE},
        label_layout::LabelLayout,
        legend::{LegendEntry, merge_entries},
        palette::ColorRole,
        primitive::{Paint, Primitive, Stroke, TextAnchor, TextLabel, rectangle, segment},
    },
    panel::{
        chart_series::{draw_band, draw_diverged_points, draw_series, is_diverged},
        draw::DrawPanel,
    },
};

/// Height of a row of diverged points in pixels.
const DIVERGED_ROW_HEIGHT: f64 = 10.0;
/// Largest number of rows of diverged points; further series share the rows.
const MAX_DIVERGED_ROWS: usize = 4;
/// Largest number of heights at which the label of a vertical reference line is tried.
const LABEL_HEIGHTS: u32 = 7;

/// Curves over two axes.
///
/// A value that a scale cannot show interrupts the line. A point with y = +∞ diverged and is shown as ✕ in a strip
/// above the plot area.
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
    /// Title above the chart.
    pub title: String,
    /// Remark below the title; may be empty.
    pub note: String,
    /// Horizontal axis; without a range it shows all points, bands and reference lines.
    pub x: Axis,
    /// Vertical axis; without a range it shows all points, bands and reference lines.
    pub y: Axis,
    /// Curves in the order in which they are drawn.
    pub series: Vec<Series>,
    /// Reference lines, drawn below the curves.
    pub reference_lines: Vec<ReferenceLine>,
}

impl Chart {
    /// Returns the ranges of both axes.
    pub(crate) fn ranges(&self) -> [AxisRange; 2] {
        let bands = || self.series.iter().filter_map(|s| s.band.as_ref()).flatten();
        let points = || self.series.iter().flat_map(|s| &s.points).filter(|p| !p[1].is_nan());
        let lines = |orientation| {
            self.reference_lines.iter().filter(move |line| line.orientation == orientation).map(|line| line.value)
        };
        let x = points().map(|p| p[0]).chain(bands().map(|b| b[0])).chain(lines(Orientation::Vertical));
        let y = points().map(|p| p[1]).chain(bands().flat_map(|b| [b[1], b[2]])).chain(lines(Orientation::Horizontal));
        [AxisRange::covering(&self.x, x), AxisRange::covering(&self.y, y)]
    }

    /// Returns the series that have a diverged point.
    fn diverged_series(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(|s| s.points.iter().any(|p| is_diverged(*p)))
    }

    /// Divides the area of the panel into axes and the strip above them for diverged points.
    fn layout(&self, outer: Rect) -> ChartLayout<'_> {
        let axes = Axes2d::new(outer, [&self.x, &self.y], self.ranges());
        let rows = self.diverged_series().count().min(MAX_DIVERGED_ROWS);
        let strip_height = if rows > 0 { DIVERGED_ROW_HEIGHT * rows as f64 + 6.0 } else { 0.0 };
        let Rect { x, y, w, h } = axes.plot_area;
        ChartLayout {
            axes: axes.with_plot_area(Rect::new(x, y + strip_height, w, (h - strip_height).max(1.0))),
            diverged_strip: Rect::new(x, y, w, strip_height),
        }
    }

    fn draw_reference_lines(&self, axes: &Axes2d<'_>, out: &mut Vec<Primitive>) {
        let area = axes.plot_area;
        let mut labels = LabelLayout::new(area.expanded(-3.0));
        let stroke = Stroke::new(ColorRole::SecondaryText, 1.0).dashed(&[3.0, 3.0]);
        for ReferenceLine { orientation, value, label } in &self.reference_lines {
            let ends = match orientation {
                Orientation::Vertical => axes.pixel_x(*value).map(|x| [[x, area.y], [x, area.bottom()]]),
                Orientation::Horizontal => axes.pixel_y(*value).map(|y| [[area.x, y], [area.right(), y]]),
            };
            let Some([a, b]) = ends.filter(|[a, b]| area.contains(*a) && area.contains(*b)) else { continue };
            out.push(segment(a, b, stroke));
            let text = |position: Point, anchor| {
                let text = TextLabel::new(position, label.as_str(), TICK_LABEL_SIZE);
                text.anchor(anchor).color(ColorRole::SecondaryText).halo()
            };
            let candidates = match orientation {
                Orientation::Vertical => (1..=LABEL_HEIGHTS)
                    .map(|k| area.y + 15.0 * f64::from(k))
                    .flat_map(|y| [text([a[0] + 5.0, y], TextAnchor::Start), text([a[0] - 5.0, y], TextAnchor::End)])
                    .collect(),
                Orientation::Horizontal => vec![
                    text([b[0] - 5.0, b[1] - 5.0], TextAnchor::End),
                    text([b[0] - 5.0, b[1] + 13.0], TextAnchor::End),
                    text([a[0] + 5.0, b[1] - 5.0], TextAnchor::Start),
                ],
            };
            out.extend(labels.place_first_fit(candidates).map(Primitive::from));
        }
    }
}

/// Parts of a chart panel.
struct ChartLayout<'a> {
    axes: Axes2d<'a>,
    /// Strip above the plot area; its height is 0 if no series diverged.
    diverged_strip: Rect,
}

impl DrawPanel for Chart {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn legend_entries(&self) -> Vec<LegendEntry> {
        let divergence = self.diverged_series().next().map(|_| LegendEntry::for_divergence());
        merge_entries(self.series.iter().filter_map(LegendEntry::for_series).chain(divergence))
    }

    fn height(&self, width: f64) -> f64 {
        (0.62 * width).clamp(230.0, 430.0)
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let ChartLayout { axes, diverged_strip: strip } = self.layout(area);
        axes.draw_grid(out);
        for series in &self.series {
            draw_band(series, &axes, out);
        }
        self.draw_reference_lines(&axes, out);
        for series in &self.series {
            draw_series(series, &axes, out);
        }
        if strip.h > 0.0 {
            out.push(rectangle(&strip, Paint::translucent_fill(ColorRole::GridLine, 0.6)));
        }
        for (k, series) in self.diverged_series().enumerate() {
            let row = (k % MAX_DIVERGED_ROWS) as f64;
            let y = strip.y + DIVERGED_ROW_HEIGHT * row + DIVERGED_ROW_HEIGHT / 2.0 + 3.0;
            draw_diverged_points(series, &axes, y, out);
        }
        axes.draw_axes(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0.0, 0.0, 600.0, 400.0);

    /// Draws a chart of one series and returns the lines in its color.
    fn draw_lines(points: Vec<Point>) -> (Vec<Vec<Point>>, Rect) {
        let chart = Chart { series: vec![Series::line("s", points, 2)], ..Chart::default() };
        let mut primitives = Vec::new();
        chart.draw(AREA, &mut primitives);
        let color = |shape: &crate::layout::primitive::PathShape| shape.paint.stroke.map(|s| s.color);
        let lines = primitives.into_iter().filter_map(|primitive| match primitive {
            Primitive::Path(shape) if color(&shape) == Some(ColorRole::Series(2)) => Some(shape.polylines),
            _ => None,
        });
        (lines.flatten().collect(), chart.layout(AREA).axes.plot_area)
    }

    #[test]
    fn a_line_is_interrupted_where_it_has_no_value() {
        let (lines, area) = draw_lines(vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::NAN], [3.0, 0.0], [4.0, 5.0]]);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert!(lines.into_iter().flatten().all(|p| area.contains(p)));
    }

    #[test]
    fn diverged_points_are_drawn_above_the_plot_area() {
        let diverging = vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::INFINITY], [3.0, f64::INFINITY]];
        let (lines, area) = draw_lines(diverging);
        let above = lines.iter().filter(|line| line.iter().all(|p| p[1] < area.y)).count();
        assert_eq!(above, 4, "two crosses of two strokes");
        let (_, finite_area) = draw_lines(vec![[0.0, 1.0], [1.0, 2.0]]);
        assert!(finite_area.y < area.y && (finite_area.bottom() - area.bottom()).abs() < 1e-9);
    }

    #[test]
    fn a_spike_among_a_million_points_is_drawn() {
        let mut points: Vec<Point> = (0..1_000_000).map(|k| [f64::from(k), 1.0]).collect();
        points[400_001][1] = 7.0;
        let (lines, area) = draw_lines(points);
        let ys = lines.into_iter().flatten().map(|p| p[1]);
        let (top, bottom) = ys.fold((f64::MAX, f64::MIN), |(a, b), y| (a.min(y), b.max(y)));
        assert!(bottom - top > 0.8 * area.h, "{top} {bottom}");
    }
}
