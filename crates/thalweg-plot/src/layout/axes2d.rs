//! Axes of a plane plot: tick marks, grid lines, labels, and the mapping from values to pixels.

use crate::{
    data::{
        axis::Axis,
        axis_range::AxisRange,
        geometry::{Point, Rect},
        ticks::{MajorTick, Ticks},
    },
    layout::{
        font::Font,
        palette::ColorRole,
        primitive::{Primitive, Stroke, TextAnchor, TextLabel, polyline, rectangle, segment},
    },
};

/// Font size of tick labels in pixels.
pub(crate) const TICK_LABEL_SIZE: f64 = 11.5;
/// Font size of axis labels in pixels.
pub(crate) const AXIS_LABEL_SIZE: f64 = 12.5;
/// Space to the right of the plot area for half of the last tick label of the x axis, in pixels.
const RIGHT_MARGIN: f64 = 18.0;
/// Shortest distance between two labels of the x axis, in pixels.
const MIN_LABEL_SPACING: f64 = 10.0;

/// Axes x and y around a plot area.
#[derive(Debug)]
pub(crate) struct Axes2d<'a> {
    pub(crate) plot_area: Rect,
    /// Upper left corner of the label of the y axis.
    y_label_corner: Point,
    axes: [&'a Axis; 2],
    ranges: [AxisRange; 2],
    ticks: [Ticks; 2],
}

impl<'a> Axes2d<'a> {
    /// Returns axes that fill `outer`, labels included.
    pub(crate) fn new(outer: Rect, axes: [&'a Axis; 2], ranges: [AxisRange; 2]) -> Self {
        let Margins { top, bottom } = Margins::of(axes);
        let height = (outer.h - top - bottom).max(1.0);
        let y = y_ticks(&ranges[1], height);
        let left = y.major.iter().map(|tick| reserved_width(&tick.label)).fold(0.0, f64::max) + 9.0;
        let plot_area = Rect::new(outer.x + left, outer.y + top, (outer.w - left - RIGHT_MARGIN).max(1.0), height);
        let ticks = [x_ticks(&ranges[0], plot_area.w), y];
        Self { plot_area, y_label_corner: [outer.x, outer.y], axes, ranges, ticks }
    }

    /// Moves the axes to another plot area.
    pub(crate) fn with_plot_area(self, plot_area: Rect) -> Self {
        let ticks = [x_ticks(&self.ranges[0], plot_area.w), y_ticks(&self.ranges[1], plot_area.h)];
        Self { plot_area, ticks, ..self }
    }

    /// Removes the ticks and grid lines of the y axis.
    pub(crate) fn without_y_ticks(mut self) -> Self {
        self.ticks[1] = Ticks::default();
        self
    }

    /// Returns the height of everything above and below the plot area, in pixels.
    pub(crate) fn vertical_margin(&self) -> f64 {
        let Margins { top, bottom } = Margins::of(self.axes);
        top + bottom
    }

    /// Returns the pixel of a point, inside or outside the plot area; `None` if a scale cannot show it.
    pub(crate) fn pixel(&self, p: Point) -> Option<Point> {
        Some([self.pixel_x(p[0])?, self.pixel_y(p[1])?])
    }

    pub(crate) fn pixel_x(&self, x: f64) -> Option<f64> {
        self.ranges[0].position(x).map(|u| self.plot_area.x + u * self.plot_area.w)
    }

    pub(crate) fn pixel_y(&self, y: f64) -> Option<f64> {
        self.ranges[1].position(y).map(|u| self.plot_area.bottom() - u * self.plot_area.h)
    }

    /// Draws the grid lines, which belong below the data.
    pub(crate) fn draw_grid(&self, out: &mut Vec<Primitive>) {
        let Rect { x: left, y: top, w, h } = self.plot_area;
        let (right, bottom) = (self.plot_area.right(), self.plot_area.bottom());
        let stroke = Stroke::new(ColorRole::GridLine, 1.0);
        for tick in &self.ticks[0].major {
            let x = left + tick.position * w;
            out.push(segment([x, top], [x, bottom], stroke));
        }
        for tick in &self.ticks[1].major {
            let y = bottom - tick.position * h;
            out.push(segment([left, y], [right, y], stroke));
        }
    }

    /// Draws the axis lines, tick marks and labels, which belong above the data.
    pub(crate) fn draw_axes(&self, out: &mut Vec<Primitive>) {
        let Rect { x, y, w, h } = self.plot_area;
        let bottom = self.plot_area.bottom();
        out.push(polyline(vec![[x, y], [x, bottom], [x + w, bottom]], Stroke::new(ColorRole::AxisLine, 1.0)));
        self.draw_tick_marks(out);
        let tick_label = |position: Point, tick: &MajorTick, anchor: TextAnchor| {
            let text = TextLabel::new(position, tick.label.as_str(), TICK_LABEL_SIZE);
            Primitive::from(text.anchor(anchor).color(ColorRole::SecondaryText))
        };
        for tick in &self.ticks[0].major {
            let position = [x + tick.position * w, bottom + TICK_LABEL_SIZE + 7.0];
            out.push(tick_label(position, tick, TextAnchor::Middle));
        }
        for tick in &self.ticks[1].major {
            let position = [x - 8.0, bottom - tick.position * h + 0.35 * TICK_LABEL_SIZE];
            out.push(tick_label(position, tick, TextAnchor::End));
        }
        self.draw_axis_labels(out);
    }

    fn draw_tick_marks(&self, out: &mut Vec<Primitive>) {
        let Rect { x, w, h, .. } = self.plot_area;
        let bottom = self.plot_area.bottom();
        let stroke = Stroke::new(ColorRole::AxisLine, 1.0);
        let [x_ticks, y_ticks] = [&self.ticks[0], &self.ticks[1]].map(|ticks| {
            let major = ticks.major.iter().map(|tick| TickMark { position: tick.position, length: 5.0 });
            major.chain(ticks.minor.iter().map(|&position| TickMark { position, length: 2.5 }))
        });
        for TickMark { position: u, length } in x_ticks {
            out.push(segment([x + u * w, bottom], [x + u * w, bottom + length], stroke));
        }
        for TickMark { position: u, length } in y_ticks {
            out.push(segment([x - length, bottom - u * h], [x, bottom - u * h], stroke));
        }
    }

    fn draw_axis_labels(&self, out: &mut Vec<Primitive>) {
        let Rect { x, w, .. } = self.plot_area;
        let [x_label, y_label] = self.axes.map(|axis| axis.label.as_str());
        let font = Font::regular(AXIS_LABEL_SIZE);
        if !x_label.is_empty() {
            let position = [x + w / 2.0, self.plot_area.bottom() + TICK_LABEL_SIZE + AXIS_LABEL_SIZE + 16.0];
            let text = TextLabel::new(position, font.truncate(x_label, w), AXIS_LABEL_SIZE);
            out.push(text.anchor(TextAnchor::Middle).into());
        }
        if !y_label.is_empty() {
            // Above the axis rather than rotated to its left: horizontal text is easier to read.
            let [left, top] = self.y_label_corner;
            let content = font.truncate(y_label, x + w - left);
            out.push(TextLabel::new([left, top + AXIS_LABEL_SIZE + 1.0], content, AXIS_LABEL_SIZE).into());
        }
    }

    /// Returns a thin line around the plot area.
    pub(crate) fn border(&self) -> Primitive {
        rectangle(&self.plot_area, Stroke::new(ColorRole::AxisLine, 1.0))
    }
}

/// Mark of a major or minor tick.
struct TickMark {
    /// Normalized position on the axis.
    position: f64,
    /// Length of the mark in pixels.
    length: f64,
}

/// Space above and below a plot area for labels, in pixels.
struct Margins {
    top: f64,
    bottom: f64,
}

impl Margins {
    fn of([x, y]: [&Axis; 2]) -> Self {
        let top = if y.label.is_empty() { 8.0 } else { AXIS_LABEL_SIZE + 13.0 };
        let bottom = TICK_LABEL_SIZE + 12.0 + if x.label.is_empty() { 0.0 } else { AXIS_LABEL_SIZE + 8.0 };
        Self { top, bottom }
    }
}

/// Returns the width in pixels to reserve for a tick label.
fn reserved_width(label: &str) -> f64 {
    Font::regular(TICK_LABEL_SIZE).reserved_width(label)
}

/// Returns the ticks of an x axis of the given width, whose labels do not overlap.
fn x_ticks(range: &AxisRange, width: f64) -> Ticks {
    Ticks::new(range, (width / 70.0) as usize, |ticks| {
        let label_ends = |tick: &MajorTick| {
            let half = reserved_width(&tick.label) / 2.0;
            [tick.position * width - half, tick.position * width + half]
        };
        let pairs = ticks.major.windows(2);
        let apart = pairs.map(|pair| [label_ends(&pair[0])[1], label_ends(&pair[1])[0]]);
        let separate = apart.into_iter().all(|[end, start]| end + MIN_LABEL_SPACING < start);
        separate && ticks.major.last().is_none_or(|last| label_ends(last)[1] <= width + RIGHT_MARGIN)
    })
}

/// Returns the ticks of a y axis of the given height, whose labels do not overlap.
fn y_ticks(range: &AxisRange, height: f64) -> Ticks {
    Ticks::new(range, (height / 42.0) as usize, |ticks| {
        let distance = |pair: &[MajorTick]| (pair[1].position - pair[0].position) * height;
        ticks.major.windows(2).all(|pair| distance(pair) > 1.6 * TICK_LABEL_SIZE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_ranges_are_the_corners_of_the_plot_area() {
        let (x, y) = (Axis::linear("x").range(0.0, 2.0), Axis::log("y").range(1e-3, 1e3));
        let ranges = [AxisRange::covering(&x, []), AxisRange::covering(&y, [])];
        let axes = Axes2d::new(Rect::new(10.0, 20.0, 400.0, 300.0), [&x, &y], ranges);
        let [left, bottom] = axes.pixel([0.0, 1e-3]).unwrap();
        let [right, top] = axes.pixel([2.0, 1e3]).unwrap();
        let area = axes.plot_area;
        assert!((left - area.x).abs() < 1e-9 && (bottom - area.bottom()).abs() < 1e-9);
        assert!((right - area.right()).abs() < 1e-9 && (top - area.y).abs() < 1e-9);
        assert!(axes.pixel([1.0, 0.0]).is_none());
    }

    #[test]
    fn no_label_exceeds_the_outer_rectangle() {
        let outer = Rect::new(0.0, 0.0, 260.0, 200.0);
        let (x, y) = (Axis::linear("steps").range(0.0, 1e6), Axis::log("f").range(1e-300, 1e300));
        let axes = Axes2d::new(outer, [&x, &y], [AxisRange::covering(&x, []), AxisRange::covering(&y, [])]);
        let mut primitives = Vec::new();
        axes.draw_axes(&mut primitives);
        for primitive in primitives {
            if let Primitive::Text(text) = primitive {
                assert!(outer.encloses(&text.bounds()), "{text:?}");
            }
        }
    }
}
