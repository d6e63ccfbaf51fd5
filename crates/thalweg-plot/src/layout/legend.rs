//! Legend: rows of symbols with their names.

use crate::{
    data::{
        annotation::MarkerKind,
        geometry::{Point, Rect},
        series::Series,
    },
    layout::{
        font::Font,
        palette::{ColorRole, series_dash},
        paragraph::TextBlock,
        primitive::{Paint, Primitive, Stroke, TextLabel, rectangle, segment},
        symbol::{MARKER_RADIUS, divergence_cross, marker_symbol},
    },
};

const FONT: Font = Font::regular(12.5);
/// Height of a row in pixels.
const ROW_HEIGHT: f64 = 21.0;
/// Horizontal space between two entries in pixels.
const ENTRY_SPACING: f64 = 18.0;
/// Length of the line that represents a series, in pixels.
const LINE_LENGTH: f64 = 28.0;

/// Symbol in front of the name of a legend entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegendSymbol {
    /// Series with the parts that are drawn of it.
    Series {
        style: usize,
        line: bool,
        dots: bool,
        band: bool,
    },
    Marker(MarkerKind),
    Divergence,
}

impl LegendSymbol {
    /// Returns a symbol with the parts of either series; other symbols stay as they are.
    fn merged_with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Series { style, line: l, dots: d, band: b }, Self::Series { line, dots, band, .. }) => {
                Self::Series { style, line: l || line, dots: d || dots, band: b || band }
            }
            _ => self,
        }
    }
}

/// Entry of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LegendEntry {
    pub(crate) name: String,
    pub(crate) symbol: LegendSymbol,
}

impl LegendEntry {
    /// Returns the entry of a series; `None` if the series has no name.
    pub(crate) fn for_series(series: &Series) -> Option<Self> {
        let &Series { style, line, dots, .. } = series;
        let symbol = LegendSymbol::Series { style, line, dots, band: series.band.is_some() };
        (!series.name.is_empty()).then(|| Self { name: series.name.clone(), symbol })
    }

    /// Returns the entry of all markers of one kind.
    pub(crate) fn for_marker(kind: MarkerKind) -> Self {
        Self { name: kind.name().into(), symbol: LegendSymbol::Marker(kind) }
    }

    /// Returns the entry that explains the symbol of divergence.
    pub(crate) fn for_divergence() -> Self {
        Self { name: "diverged".into(), symbol: LegendSymbol::Divergence }
    }

    /// Returns `true` if both entries have the same name and, for series, the same style.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        let style = |entry: &Self| match entry.symbol {
            LegendSymbol::Series { style, .. } => Some(style),
            LegendSymbol::Marker(_) | LegendSymbol::Divergence => None,
        };
        self.name == other.name && style(self) == style(other)
    }

    pub(crate) fn is_series(&self) -> bool {
        matches!(self.symbol, LegendSymbol::Series { .. })
    }

    /// Returns the width of the symbol in pixels.
    fn symbol_width(&self) -> f64 {
        if self.is_series() { LINE_LENGTH } else { 2.0 * MARKER_RADIUS + 4.0 }
    }

    /// Draws the symbol; `x` is its left end, `y` the baseline of the name.
    fn draw_symbol(&self, [x, y]: Point, out: &mut Vec<Primitive>) {
        let center = [x + self.symbol_width() / 2.0, y - 4.5];
        match self.symbol {
            LegendSymbol::Series { style, line, dots, band } => {
                let color = ColorRole::Series(style);
                let right = x + LINE_LENGTH;
                if band {
                    let area = Rect::new(x, center[1] - 5.0, LINE_LENGTH, 10.0);
                    out.push(rectangle(&area, Paint::translucent_fill(color, 0.15)));
                }
                if line {
                    let stroke = Stroke::new(color, 2.0).dashed(series_dash(style));
                    out.push(segment([x, center[1]], [right, center[1]], stroke));
                }
                if dots {
                    let paint = Paint::fill(color).outlined(ColorRole::Background, 0.8);
                    out.push(Primitive::Circle { center, radius: 2.8, paint });
                }
            }
            LegendSymbol::Marker(kind) => out.extend(marker_symbol(kind, center)),
            LegendSymbol::Divergence => out.push(divergence_cross(center, ColorRole::PrimaryText)),
        }
    }
}

/// Merges equivalent entries and puts series first.
///
/// The entry of a series shows every part that any of its panels draws.
pub(crate) fn merge_entries(entries: impl IntoIterator<Item = LegendEntry>) -> Vec<LegendEntry> {
    let mut merged: Vec<LegendEntry> = Vec::new();
    for entry in entries {
        match merged.iter_mut().find(|other| other.is_equivalent(&entry)) {
            Some(other) => other.symbol = other.symbol.merged_with(entry.symbol),
            None => merged.push(entry),
        }
    }
    merged.sort_by_key(|entry| !entry.is_series());
    merged
}

/// Draws a legend in as many rows as it needs and returns its height, 0 without entries.
pub(crate) fn draw_legend(entries: &[LegendEntry], block: TextBlock, out: &mut Vec<Primitive>) -> f64 {
    let TextBlock { left, top, width } = block;
    let (mut x, mut row) = (left, 0.0);
    for entry in entries {
        let name_offset = entry.symbol_width() + 7.0;
        let name = FONT.truncate(&entry.name, width - name_offset);
        let entry_width = name_offset + FONT.reserved_width(&name);
        if x > left && x + entry_width > left + width {
            (x, row) = (left, row + 1.0);
        }
        let baseline = top + ROW_HEIGHT * row + 15.0;
        entry.draw_symbol([x, baseline], out);
        out.push(TextLabel::new([x + name_offset, baseline], name, FONT.size).into());
        x += entry_width + ENTRY_SPACING;
    }
    if entries.is_empty() { 0.0 } else { ROW_HEIGHT * (row + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: TextBlock = TextBlock { left: 0.0, top: 0.0, width: 300.0 };

    #[test]
    fn a_long_legend_is_broken_into_rows() {
        let series = (0..8).map(|k| Series::line(format!("method {k}"), vec![], k));
        let entries: Vec<LegendEntry> = series.filter_map(|s| LegendEntry::for_series(&s)).collect();
        let mut primitives = Vec::new();
        let height = draw_legend(&entries, BLOCK, &mut primitives);
        assert!(height > 2.0 * ROW_HEIGHT);
        let bounds = |p: &Primitive| if let Primitive::Text(t) = p { Some(t.bounds()) } else { None };
        assert!(primitives.iter().filter_map(bounds).all(|b| b.right() <= 300.0 && b.bottom() <= height));
    }

    #[test]
    fn a_merged_entry_shows_every_part_that_a_panel_draws() {
        let plain = Series::line("sgd", vec![], 3);
        let rich = plain.clone().dots().band(vec![]);
        let entries = merge_entries([&plain, &rich].into_iter().filter_map(LegendEntry::for_series));
        assert_eq!(entries, [LegendEntry::for_series(&rich).unwrap()]);
    }

    #[test]
    fn a_series_without_a_name_has_no_entry() {
        assert!(LegendEntry::for_series(&Series::line("", vec![], 0)).is_none());
        assert_eq!(draw_legend(&[], BLOCK, &mut Vec::new()), 0.0);
    }
}
