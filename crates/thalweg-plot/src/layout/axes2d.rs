//! The frame of a plot: two axes with ticks, grid and labels, and the way from values to pixels.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Point, Rect},
    data::series::Axis,
    data::ticks::{Ticks, ticks},
    layout::font,
    layout::palette::ColorRole,
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, rectangle, segment},
};

/// Letters of tick labels.
pub(crate) const TICK: f64 = 11.5;
/// Letters of axis labels.
pub(crate) const LABEL: f64 = 12.5;
/// Room for half a tick label beyond the right end of the x axis.
const RIGHT: f64 = 18.0;

/// Two axes around an area of the canvas.
#[derive(Debug)]
pub(crate) struct Axes2d<'a> {
    pub(crate) area: Rect,
    /// Where the label of the vertical axis begins.
    corner: Point,
    axes: [&'a Axis; 2],
    spans: [AxisRange; 2],
    ticks: [Ticks; 2],
}

impl<'a> Axes2d<'a> {
    /// The frame that fills `outer`, labels included.
    pub(crate) fn new(outer: Rect, axes: [&'a Axis; 2], spans: [AxisRange; 2]) -> Self {
        let (top, bottom) = margins(axes);
        let height = (outer.h - top - bottom).max(1.0);
        let y = y_ticks(&spans[1], height);
        let left = y.major.iter().map(|(_, name)| font::room(name, TICK, false)).fold(0.0, f64::max) + 9.0;
        let area = Rect::new(outer.x + left, outer.y + top, (outer.w - left - RIGHT).max(1.0), height);
        Self { area, corner: [outer.x, outer.y], axes, spans, ticks: [x_ticks(&spans[0], area.w), y] }
    }

    /// The same axes around another area.
    pub(crate) fn resized(self, area: Rect) -> Self {
        let ticks = [x_ticks(&self.spans[0], area.w), y_ticks(&self.spans[1], area.h)];
        Self { area, ticks, ..self }
    }

    /// The same frame without anything on its vertical axis.
    pub(crate) fn without_y(mut self) -> Self {
        self.ticks[1] = Ticks::default();
        self
    }

    /// How much a frame takes above and below its area.
    pub(crate) fn around(&self) -> f64 {
        let (top, bottom) = margins(self.axes);
        top + bottom
    }

    /// The pixel of a point, if both scales can show it; it may lie outside the area.
    pub(crate) fn at(&self, p: Point) -> Option<Point> {
        Some([self.column(p[0])?, self.row(p[1])?])
    }

    pub(crate) fn column(&self, x: f64) -> Option<f64> {
        self.spans[0].unit(x).map(|u| self.area.x + u * self.area.w)
    }

    pub(crate) fn row(&self, y: f64) -> Option<f64> {
        self.spans[1].unit(y).map(|u| self.area.bottom() - u * self.area.h)
    }

    /// The grid, to lie below the data.
    pub(crate) fn grid(&self, out: &mut Vec<Primitive>) {
        let Rect { x, y, .. } = self.area;
        let (right, bottom) = (self.area.right(), self.area.bottom());
        let line = Paint::line(ColorRole::GridLine, 1.0);
        for (u, _) in &self.ticks[0].major {
            let at = x + u * self.area.w;
            out.push(segment([at, y], [at, bottom], line));
        }
        for (u, _) in &self.ticks[1].major {
            let at = bottom - u * self.area.h;
            out.push(segment([x, at], [right, at], line));
        }
    }

    /// Axis lines, ticks and labels, to lie over the data.
    pub(crate) fn axes(&self, out: &mut Vec<Primitive>) {
        let Rect { x, y, w, h } = self.area;
        let bottom = self.area.bottom();
        let line = Paint::line(ColorRole::AxisLine, 1.0);
        out.push(crate::layout::primitive::polyline(vec![[x, y], [x, bottom], [x + w, bottom]], line));
        self.tick_lines(out);
        for (u, name) in &self.ticks[0].major {
            let at = [x + u * w, bottom + TICK + 7.0];
            out.push(
                TextLabel::new(at, name.as_str(), TICK).anchor(TextAnchor::Middle).ink(ColorRole::SecondaryText).into(),
            );
        }
        for (u, name) in &self.ticks[1].major {
            let at = [x - 8.0, bottom - u * h + 0.35 * TICK];
            out.push(
                TextLabel::new(at, name.as_str(), TICK).anchor(TextAnchor::End).ink(ColorRole::SecondaryText).into(),
            );
        }
        self.labels(out);
    }

    fn tick_lines(&self, out: &mut Vec<Primitive>) {
        let Rect { x, w, h, .. } = self.area;
        let bottom = self.area.bottom();
        let line = Paint::line(ColorRole::AxisLine, 1.0);
        let sizes = |ticks: &Ticks| -> Vec<(f64, f64)> {
            let major = ticks.major.iter().map(|&(u, _)| (u, 5.0));
            major.chain(ticks.minor.iter().map(|&u| (u, 2.5))).collect()
        };
        for (u, length) in sizes(&self.ticks[0]) {
            out.push(segment([x + u * w, bottom], [x + u * w, bottom + length], line));
        }
        for (u, length) in sizes(&self.ticks[1]) {
            out.push(segment([x - length, bottom - u * h], [x, bottom - u * h], line));
        }
    }

    fn labels(&self, out: &mut Vec<Primitive>) {
        let Rect { x, w, .. } = self.area;
        let [across, up] = self.axes.map(|axis| axis.label.as_str());
        if !across.is_empty() {
            let at = [x + w / 2.0, self.area.bottom() + TICK + LABEL + 16.0];
            out.push(TextLabel::new(at, font::fit(across, LABEL, w), LABEL).anchor(TextAnchor::Middle).into());
        }
        if !up.is_empty() {
            // Above the axis rather than turned beside it: it can be read without tilting the head.
            let [left, top] = self.corner;
            out.push(TextLabel::new([left, top + LABEL + 1.0], font::fit(up, LABEL, x + w - left), LABEL).into());
        }
    }

    /// A thin line around the area.
    pub(crate) fn border(&self) -> Primitive {
        rectangle(&self.area, Paint::line(ColorRole::AxisLine, 1.0))
    }
}

/// The room above and below the area.
fn margins([x, y]: [&Axis; 2]) -> (f64, f64) {
    let top = if y.label.is_empty() { 8.0 } else { LABEL + 13.0 };
    let bottom = TICK + 12.0 + if x.label.is_empty() { 0.0 } else { LABEL + 8.0 };
    (top, bottom)
}

fn x_ticks(span: &AxisRange, width: f64) -> Ticks {
    ticks(span, (width / 70.0) as usize, |ticks| {
        let ends = |(u, name): &(f64, String)| {
            let half = font::room(name, TICK, false) / 2.0;
            [u * width - half, u * width + half]
        };
        let apart = ticks.major.windows(2).all(|pair| ends(&pair[0])[1] + 10.0 < ends(&pair[1])[0]);
        apart && ticks.major.last().is_none_or(|last| ends(last)[1] <= width + RIGHT)
    })
}

fn y_ticks(span: &AxisRange, height: f64) -> Ticks {
    ticks(span, (height / 42.0) as usize, |ticks| {
        ticks.major.windows(2).all(|pair| (pair[1].0 - pair[0].0) * height > 1.6 * TICK)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_the_ranges_are_corners_of_the_area() {
        let (x, y) = (Axis::linear("x").range(0.0, 2.0), Axis::log("y").range(1e-3, 1e3));
        let spans = [AxisRange::fit(&x, []), AxisRange::fit(&y, [])];
        let frame = Axes2d::new(Rect::new(10.0, 20.0, 400.0, 300.0), [&x, &y], spans);
        let [left, bottom] = frame.at([0.0, 1e-3]).unwrap();
        let [right, top] = frame.at([2.0, 1e3]).unwrap();
        assert!((left - frame.area.x).abs() < 1e-9 && (bottom - frame.area.bottom()).abs() < 1e-9);
        assert!((right - frame.area.right()).abs() < 1e-9 && (top - frame.area.y).abs() < 1e-9);
        assert!(frame.at([1.0, 0.0]).is_none());
    }

    #[test]
    fn nothing_is_wider_than_the_outer_box() {
        let outer = Rect::new(0.0, 0.0, 260.0, 200.0);
        let (x, y) = (Axis::linear("steps").range(0.0, 1e6), Axis::log("f").range(1e-300, 1e300));
        let frame = Axes2d::new(outer, [&x, &y], [AxisRange::fit(&x, []), AxisRange::fit(&y, [])]);
        let mut items = Vec::new();
        frame.axes(&mut items);
        for item in items {
            if let Primitive::Text(text) = item {
                assert!(outer.holds(&text.bounds()), "{text:?}");
            }
        }
    }
}
