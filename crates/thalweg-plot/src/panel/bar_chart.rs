//! Horizontal bars: one result for each method, misses included.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Rect, clip_segment},
    data::series::Axis,
    layout::axes2d::Axes2d,
    layout::font,
    layout::legend::LegendEntry,
    layout::palette::ColorRole,
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, lines, rectangle, segment},
    panel::draw::DrawPanel,
};

const ROW: f64 = 27.0;
const SIZE: f64 = 12.5;
const GAP: f64 = 10.0;

/// One row of [`BarChart`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// What was measured; stands at the left.
    pub label: String,
    /// The result; `None` is a miss, drawn hatched across the whole width.
    pub value: Option<f64>,
    /// An interval around the result.
    pub interval: Option<[f64; 2]>,
    /// The result in words or digits; stands at the right.
    pub value_label: String,
    /// Its colour.
    pub style: usize,
}

/// Bars over one value axis, one below the other.
///
/// ```
/// use thalweg_plot::{Axis, Bar, BarChart, Figure, Theme};
/// let bars = BarChart {
///     title: "Steps to 10⁻⁶".into(),
///     x: Axis::log("steps"),
///     bars: vec![
///         Bar { label: "Adam".into(), value: Some(412.0), value_label: "412".into(), ..Bar::default() },
///         Bar { label: "SGD".into(), value: None, value_label: ">5,000".into(), ..Bar::default() },
///     ],
///     ..BarChart::default()
/// };
/// assert!(Figure::new(bars).svg(Theme::Light).contains("&gt;5,000"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// What is shown.
    pub title: String,
    /// One remark below the title; may be empty.
    pub note: String,
    /// The axis of the values.
    pub x: Axis,
    /// The bars from top to bottom.
    pub bars: Vec<Bar>,
}

impl BarChart {
    /// The range of the values; a linear one includes zero, from which its bars grow.
    fn span(&self) -> AxisRange {
        let values = self.bars.iter().flat_map(|row| row.value.into_iter().chain(row.interval.into_iter().flatten()));
        let zero = (self.x.scale == crate::AxisScale::Linear).then_some(0.0);
        let mut span = AxisRange::fit(&self.x, values.chain(zero));
        // The air around the data would lift the bars off the axis.
        if zero.is_some() && self.x.range.is_none() && self.bars.iter().all(|r| r.value.is_none_or(|v| v >= 0.0)) {
            span.low = span.low.max(0.0);
        }
        span
    }

    /// The widest of some texts, at most a share of the width.
    fn column<'a>(texts: impl Iterator<Item = &'a str>, most: f64) -> f64 {
        texts.map(|text| font::room(text, SIZE, false)).fold(0.0, f64::max).min(most)
    }
}

impl DrawPanel for BarChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn keys(&self) -> Vec<LegendEntry> {
        Vec::new()
    }

    fn height(&self, _: f64) -> f64 {
        ROW * self.bars.len().max(1) as f64 + 54.0
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let left = Self::column(self.bars.iter().map(|r| r.label.as_str()), 0.4 * area.w) + GAP;
        let right = Self::column(self.bars.iter().map(|r| r.value_label.as_str()), 0.35 * area.w) + GAP;
        let (nothing, span) = (Axis::default(), self.span());
        let frame = Axes2d::new(area, [&self.x, &nothing], [span, AxisRange::fit(&nothing, [])]);
        let plot = Rect::new(area.x + left, area.y + 6.0, (area.w - left - right).max(20.0), area.h - frame.around());
        let frame = frame.resized(plot).without_y();
        frame.grid(out);
        for (k, row) in self.bars.iter().enumerate() {
            let pitch = plot.h / self.bars.len() as f64;
            let lane = Rect::new(plot.x, plot.y + pitch * k as f64, plot.w, pitch);
            row.draw(&frame, &lane, out);
            let base = lane.y + lane.h / 2.0 + 0.35 * SIZE;
            let label = TextLabel::new([plot.x - GAP, base], font::fit(&row.label, SIZE, left - GAP), SIZE);
            let note = TextLabel::new([plot.right() + GAP, base], font::fit(&row.value_label, SIZE, right - GAP), SIZE);
            let texts = [label.anchor(TextAnchor::End), note.ink(ColorRole::SecondaryText)];
            out.extend(texts.into_iter().filter(|text| !text.content.is_empty()).map(Primitive::from));
        }
        frame.axes(out);
    }
}

impl Bar {
    fn draw(&self, frame: &Axes2d<'_>, lane: &Rect, out: &mut Vec<Primitive>) {
        let (ink, middle) = (ColorRole::Series(self.style), lane.y + lane.h / 2.0);
        let body = |from: f64, to: f64| Rect::new(from.min(to), lane.y + 0.2 * lane.h, (to - from).abs(), 0.6 * lane.h);
        let inside = |v: f64| frame.column(v).map(|x| x.clamp(lane.x, lane.right()));
        let Some(x) = self.value.and_then(inside) else {
            let area = body(lane.x, lane.right());
            out.push(lines(hatch(&area), Paint::line(ink, 0.9).faint(0.55)));
            out.push(rectangle(&area, Paint::line(ink, 0.9).faint(0.55)));
            return;
        };
        let zero = inside(0.0).unwrap_or(lane.x);
        out.push(rectangle(&body(zero, x), Paint::tint(ink, 0.22)));
        if let Some([low, high]) = self.interval.map(|ends| ends.map(inside)) {
            let (a, b) = (low.unwrap_or(lane.x), high.unwrap_or(lane.right()));
            let line = Paint::line(ink, 1.4);
            out.push(segment([a, middle], [b, middle], line));
            out.extend([a, b].map(|x| segment([x, middle - 4.0], [x, middle + 4.0], line)));
        }
        out.push(Primitive::Circle {
            at: [x, middle],
            radius: 4.0,
            paint: Paint::fill(ink).edge(ColorRole::Background, 1.0),
        });
    }
}

/// Slanted lines that fill a rectangle.
fn hatch(area: &Rect) -> Vec<Vec<[f64; 2]>> {
    let count = ((area.w + area.h) / 6.0).min(2000.0) as usize;
    let slants = (1..=count).map(|k| area.x + 6.0 * k as f64);
    slants
        .filter_map(|x| clip_segment([x, area.y], [x - area.h, area.bottom()], area))
        .map(|(a, b)| vec![a, b])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_hatched_to_the_edge() {
        let area = Rect::new(10.0, 10.0, 100.0, 16.0);
        let found = hatch(&area);
        assert!(found.len() > 15);
        assert!(found.iter().flatten().all(|&p| area.grown(1e-9).contains(p)));
        assert!(found.iter().flatten().any(|p| p[0] > 105.0));
    }

    #[test]
    fn linear_bars_grow_from_zero() {
        let bars = BarChart { bars: vec![Bar { value: Some(5.0), ..Bar::default() }], ..BarChart::default() };
        let span = bars.span();
        assert_eq!(span.unit(0.0), Some(0.0));
        assert!(span.unit(5.0).unwrap() < 1.0);
    }
}
