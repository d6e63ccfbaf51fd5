//! Bar charts: horizontal bars, one for each result, missing results included.

use crate::{
    data::{
        axis::{Axis, AxisScale},
        axis_range::AxisRange,
        geometry::{Point, Rect, clip_segment},
    },
    layout::{
        axes2d::Axes2d,
        font::Font,
        legend::LegendEntry,
        palette::ColorRole,
        primitive::{Paint, Primitive, Stroke, TextAnchor, TextLabel, polylines, rectangle, segment},
    },
    panel::draw::DrawPanel,
};

const FONT: Font = Font::regular(12.5);
/// Height of a row in pixels.
const ROW_HEIGHT: f64 = 27.0;
/// Space between the plot area and the texts on either side, in pixels.
const TEXT_SPACING: f64 = 10.0;
/// Horizontal distance of the lines of a hatched bar, in pixels.
const HATCH_DISTANCE: f64 = 6.0;
/// Largest number of lines of a hatched bar.
const MAX_HATCH_LINES: f64 = 2000.0;

/// Row of a [`BarChart`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// Name of the row, to the left of its bar.
    pub label: String,
    /// Value at the end of the bar; `None` is a missing result, drawn hatched across the whole width.
    pub value: Option<f64>,
    /// Interval around the value as [low, high], drawn as an error bar.
    pub interval: Option<[f64; 2]>,
    /// Value as text, to the right of the bar; may be empty.
    pub value_label: String,
    /// Index of the color: see [`series_color`](crate::series_color).
    pub style: usize,
}

/// Horizontal bars over one value axis.
///
/// ```
/// use thalweg_plot::{Axis, Bar, BarChart, Figure, Theme};
/// let chart = BarChart {
///     title: "Steps to 10⁻⁶".into(),
///     x: Axis::log("steps"),
///     bars: vec![
///         Bar { label: "Adam".into(), value: Some(412.0), value_label: "412".into(), ..Bar::default() },
///         Bar { label: "SGD".into(), value: None, value_label: ">5,000".into(), ..Bar::default() },
///     ],
///     ..BarChart::default()
/// };
/// assert!(Figure::new(chart).svg(Theme::Light).contains("&gt;5,000"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// Title above the bars.
    pub title: String,
    /// Remark below the title; may be empty.
    pub note: String,
    /// Axis of the values; without a range it shows all values and intervals, and zero if it is linear.
    pub x: Axis,
    /// Bars from top to bottom.
    pub bars: Vec<Bar>,
}

impl BarChart {
    /// Returns the range of the values; on a linear axis it includes zero, where the bars begin.
    fn range(&self) -> AxisRange {
        let values = self.bars.iter().flat_map(|bar| bar.value.into_iter().chain(bar.interval.into_iter().flatten()));
        let zero = (self.x.scale == AxisScale::Linear).then_some(0.0);
        let mut range = AxisRange::covering(&self.x, values.chain(zero));
        // Without negative values the bars begin at the axis: no margin below zero.
        if zero.is_some() && self.x.range.is_none() && self.bars.iter().all(|bar| bar.value.is_none_or(|v| v >= 0.0)) {
            range.low = range.low.max(0.0);
        }
        range
    }

    /// Returns the width of the widest text, at most `max_width`.
    fn column_width<'a>(texts: impl Iterator<Item = &'a str>, max_width: f64) -> f64 {
        texts.map(|text| FONT.reserved_width(text)).fold(0.0, f64::max).min(max_width)
    }
}

impl DrawPanel for BarChart {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn legend_entries(&self) -> Vec<LegendEntry> {
        Vec::new()
    }

    fn height(&self, _: f64) -> f64 {
        ROW_HEIGHT * self.bars.len().max(1) as f64 + 54.0
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let labels = self.bars.iter().map(|bar| bar.label.as_str());
        let value_labels = self.bars.iter().map(|bar| bar.value_label.as_str());
        let left = Self::column_width(labels, 0.4 * area.w) + TEXT_SPACING;
        let right = Self::column_width(value_labels, 0.35 * area.w) + TEXT_SPACING;
        let y = Axis::default();
        let axes = Axes2d::new(area, [&self.x, &y], [self.range(), AxisRange::covering(&y, [])]);
        let (width, height) = ((area.w - left - right).max(20.0), area.h - axes.vertical_margin());
        let plot_area = Rect::new(area.x + left, area.y + 6.0, width, height);
        let axes = axes.with_plot_area(plot_area).without_y_ticks();
        axes.draw_grid(out);
        let row_height = plot_area.h / self.bars.len() as f64;
        for (k, bar) in self.bars.iter().enumerate() {
            let row = Rect::new(plot_area.x, plot_area.y + row_height * k as f64, plot_area.w, row_height);
            bar.draw(&axes, &row, out);
            let baseline = row.y + row.h / 2.0 + 0.35 * FONT.size;
            let text = |x: f64, content: &str, width: f64| {
                TextLabel::new([x, baseline], FONT.truncate(content, width - TEXT_SPACING), FONT.size)
            };
            let label = text(plot_area.x - TEXT_SPACING, &bar.label, left).anchor(TextAnchor::End);
            let value_label =
                text(plot_area.right() + TEXT_SPACING, &bar.value_label, right).color(ColorRole::SecondaryText);
            let texts = [label, value_label].into_iter().filter(|text| !text.content.is_empty());
            out.extend(texts.map(Primitive::from));
        }
        axes.draw_axes(out);
    }
}

impl Bar {
    /// Draws the bar, its interval and a dot at its value into a row of the plot area.
    fn draw(&self, axes: &Axes2d<'_>, row: &Rect, out: &mut Vec<Primitive>) {
        let (color, center) = (ColorRole::Series(self.style), row.y + row.h / 2.0);
        let body = |from: f64, to: f64| Rect::new(from.min(to), row.y + 0.2 * row.h, (to - from).abs(), 0.6 * row.h);
        let clamped_pixel = |v: f64| axes.pixel_x(v).map(|x| x.clamp(row.x, row.right()));
        let Some(x) = self.value.and_then(clamped_pixel) else {
            let area = body(row.x, row.right());
            let stroke = Stroke::new(color, 0.9).opacity(0.55);
            out.push(polylines(hatch(&area), stroke));
            out.push(rectangle(&area, stroke));
            return;
        };
        // A logarithmic axis has no zero: its bars begin at the low end.
        let start = clamped_pixel(0.0).unwrap_or(row.x);
        out.push(rectangle(&body(start, x), Paint::translucent_fill(color, 0.22)));
        if let Some([low, high]) = self.interval.map(|ends| ends.map(clamped_pixel)) {
            let (low, high) = (low.unwrap_or(row.x), high.unwrap_or(row.right()));
            let stroke = Stroke::new(color, 1.4);
            out.push(segment([low, center], [high, center], stroke));
            out.extend([low, high].map(|x| segment([x, center - 4.0], [x, center + 4.0], stroke)));
        }
        let paint = Paint::fill(color).outlined(ColorRole::Background, 1.0);
        out.push(Primitive::Circle { center: [x, center], radius: 4.0, paint });
    }
}

/// Returns diagonal lines that fill a rectangle.
fn hatch(area: &Rect) -> Vec<Vec<Point>> {
    let count = ((area.w + area.h) / HATCH_DISTANCE).min(MAX_HATCH_LINES) as usize;
    let upper_ends = (1..=count).map(|k| area.x + HATCH_DISTANCE * k as f64);
    let lines = upper_ends.filter_map(|x| clip_segment([x, area.y], [x - area.h, area.bottom()], area));
    lines.map(|(a, b)| vec![a, b]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_result_is_hatched_across_the_whole_width() {
        let area = Rect::new(10.0, 10.0, 100.0, 16.0);
        let lines = hatch(&area);
        assert!(lines.len() > 15);
        assert!(lines.iter().flatten().all(|&p| area.expanded(1e-9).contains(p)));
        assert!(lines.iter().flatten().any(|p| p[0] > 105.0));
    }

    #[test]
    fn bars_on_a_linear_axis_begin_at_zero() {
        let chart = BarChart { bars: vec![Bar { value: Some(5.0), ..Bar::default() }], ..BarChart::default() };
        let range = chart.range();
        assert_eq!(range.position(0.0), Some(0.0));
        assert!(range.position(5.0).unwrap() < 1.0);
    }
}
