//! The legend: one row of samples with their names, broken into as many rows as it needs.

use crate::{
    data::geometry::Point,
    data::series::{MarkerKind, Series},
    layout::font,
    layout::palette::{ColorRole, series_dash},
    layout::primitive::{Paint, Primitive, TextLabel, rectangle, segment},
    layout::symbol,
};

const SIZE: f64 = 12.5;
const ROW: f64 = 21.0;
const GAP: f64 = 18.0;
const SAMPLE: f64 = 28.0;

/// What a legend shows of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegendSymbol {
    Line { style: usize, line: bool, dots: bool, band: bool },
    Marker(MarkerKind),
    Diverged,
}

impl LegendSymbol {
    /// A sample with what either has.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Line { style, line: l, dots: m, band: b }, Self::Line { line, dots, band, .. }) => {
                Self::Line { style, line: l || line, dots: m || dots, band: b || band }
            }
            _ => self,
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LegendEntry {
    pub(crate) name: String,
    pub(crate) sample: LegendSymbol,
}

impl LegendEntry {
    /// The entry of a series, unless it is nameless.
    pub(crate) fn of(series: &Series) -> Option<Self> {
        let &Series { style, line, dots, .. } = series;
        let sample = LegendSymbol::Line { style, line, dots, band: series.band.is_some() };
        (!series.name.is_empty()).then(|| Self { name: series.name.clone(), sample })
    }

    pub(crate) fn spot(kind: MarkerKind) -> Self {
        Self { name: kind.name().into(), sample: LegendSymbol::Marker(kind) }
    }

    pub(crate) fn diverged() -> Self {
        Self { name: "diverged".into(), sample: LegendSymbol::Diverged }
    }

    /// Whether both name the same thing.
    pub(crate) fn means(&self, other: &Self) -> bool {
        let style = |key: &Self| if let LegendSymbol::Line { style, .. } = key.sample { Some(style) } else { None };
        self.name == other.name && self.is_series() == other.is_series() && style(self) == style(other)
    }

    pub(crate) fn is_series(&self) -> bool {
        matches!(self.sample, LegendSymbol::Line { .. })
    }

    fn sample_width(&self) -> f64 {
        if self.is_series() { SAMPLE } else { 2.0 * symbol::RADIUS + 4.0 }
    }

    fn draw(&self, [x, y]: Point, out: &mut Vec<Primitive>) {
        let middle = [x + self.sample_width() / 2.0, y - 4.5];
        match self.sample {
            LegendSymbol::Line { style, line, dots, band } => {
                let ink = ColorRole::Series(style);
                let right = x + SAMPLE;
                if band {
                    let area = crate::data::geometry::Rect::new(x, middle[1] - 5.0, SAMPLE, 10.0);
                    out.push(rectangle(&area, Paint::tint(ink, 0.15)));
                }
                if line {
                    let stroke = Paint::line(ink, 2.0).dashed(series_dash(style));
                    out.push(segment([x, middle[1]], [right, middle[1]], stroke));
                }
                if dots {
                    out.push(Primitive::Circle {
                        at: middle,
                        radius: 2.8,
                        paint: Paint::fill(ink).edge(ColorRole::Background, 0.8),
                    });
                }
            }
            LegendSymbol::Marker(kind) => out.extend(symbol::marker(kind, middle)),
            LegendSymbol::Diverged => out.push(symbol::divergence_cross(middle, ColorRole::PrimaryText)),
        }
    }
}

/// Keys without repetition, series first; a series that has a band or dots in one panel has them in its one entry.
pub(crate) fn union(keys: impl IntoIterator<Item = LegendEntry>) -> Vec<LegendEntry> {
    let mut all: Vec<LegendEntry> = Vec::new();
    for key in keys {
        match all.iter_mut().find(|other| other.means(&key)) {
            Some(other) => other.sample = other.sample.with(key.sample),
            None => all.push(key),
        }
    }
    all.sort_by_key(|key| !key.is_series());
    all
}

/// Lays the legend below `at`; returns its items and its height.
pub(crate) fn lay_out(keys: &[LegendEntry], at: Point, width: f64) -> (Vec<Primitive>, f64) {
    let (mut items, mut x, mut row) = (Vec::new(), at[0], 0.0);
    for key in keys {
        let text_at = key.sample_width() + 7.0;
        let name = font::fit(&key.name, SIZE, width - text_at);
        let needed = text_at + font::room(&name, SIZE, false);
        if x > at[0] && x + needed > at[0] + width {
            (x, row) = (at[0], row + 1.0);
        }
        let base = at[1] + ROW * row + 15.0;
        key.draw([x, base], &mut items);
        items.push(TextLabel::new([x + text_at, base], name, SIZE).into());
        x += needed + GAP;
    }
    (items, if keys.is_empty() { 0.0 } else { ROW * (row + 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_legend_breaks_into_rows() {
        let keys: Vec<LegendEntry> =
            (0..8).filter_map(|k| LegendEntry::of(&Series::line(format!("method {k}"), vec![], k))).collect();
        let (items, height) = lay_out(&keys, [0.0, 0.0], 300.0);
        assert!(height > 2.0 * ROW);
        let texts = items.iter().filter_map(|item| if let Primitive::Text(t) = item { Some(t.bounds()) } else { None });
        assert!(texts.into_iter().all(|b| b.right() <= 300.0 && b.bottom() <= height));
    }

    #[test]
    fn one_entry_shows_what_any_panel_shows() {
        let plain = Series::line("sgd", vec![], 3);
        let rich = plain.clone().dots().band(vec![]);
        let keys = union([&plain, &rich].into_iter().filter_map(LegendEntry::of));
        assert_eq!(keys, [LegendEntry::of(&rich).unwrap()]);
    }

    #[test]
    fn nameless_series_have_no_key() {
        assert!(LegendEntry::of(&Series::line("", vec![], 0)).is_none());
        assert_eq!(lay_out(&[], [0.0, 0.0], 100.0).1, 0.0);
    }
}
