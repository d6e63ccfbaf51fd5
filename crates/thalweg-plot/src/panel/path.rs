//! Paths and markers on a map or a surface.

use crate::{
    data::{
        annotation::{Marker, MarkerKind},
        geometry::{Point, Rect},
        series::Series,
    },
    layout::{
        axes2d::TICK_LABEL_SIZE,
        label_layout::LabelLayout,
        legend::{LegendEntry, merge_entries},
        palette::{ColorRole, series_dash},
        primitive::{Paint, Primitive, Stroke, TextAnchor, TextLabel, polylines},
        simplify::{reduce_dots, reduce_line},
        symbol::{MARKER_RADIUS, marker_symbol},
    },
};

/// Largest deviation of a simplified path from the original, in pixels.
const TOLERANCE: f64 = 0.25;

/// Mapping from the plane of the data to pixels, with visibility.
pub(crate) trait PlaneMapping {
    /// Returns the pixel of a point; `None` if the point is outside the plot area or hidden.
    fn pixel(&self, point: Point) -> Option<Point>;
    /// Maps a path to pixels and divides it into its visible and hidden parts.
    fn path_parts(&self, path: &[Point]) -> PathParts;
    /// Returns the area in which labels may be placed.
    fn label_area(&self) -> Rect;
}

/// Visible and hidden parts of a path in pixels.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathParts {
    pub(crate) visible: Vec<Vec<Point>>,
    pub(crate) hidden: Vec<Vec<Point>>,
}

/// Draws paths, each with an outline in the background color that separates it from the paths it crosses, and above all
/// of them a dot at the end of each.
pub(crate) fn draw_paths(paths: &[Series], mapping: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    for series in paths {
        draw_path(series, mapping, out);
    }
    let ends = paths.iter().filter_map(|s| Some((mapping.pixel(*s.points.last()?)?, ColorRole::Series(s.style))));
    out.extend(ends.map(|(pixel, color)| end_dot(pixel, color)));
}

fn draw_path(series: &Series, mapping: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    let color = ColorRole::Series(series.style);
    if series.dots {
        let dots: Vec<Point> = series.points.iter().filter_map(|&p| mapping.pixel(p)).collect();
        let paint = Paint::fill(color).outlined(ColorRole::Background, 0.6);
        out.extend(reduce_dots(&dots).into_iter().map(|center| Primitive::Circle { center, radius: 2.2, paint }));
    }
    if !series.line {
        return;
    }
    let parts = mapping.path_parts(&series.points);
    let reduce = |lines: &[Vec<Point>]| lines.iter().map(|line| reduce_line(line, TOLERANCE)).collect::<Vec<_>>();
    let visible = reduce(&parts.visible);
    out.push(polylines(reduce(&parts.hidden), hidden_stroke(color)));
    out.push(polylines(visible.clone(), Stroke::new(ColorRole::Background, 3.4).opacity(0.55)));
    out.push(polylines(visible, visible_stroke(series.style)));
}

/// Returns the stroke of the visible part of a path.
pub(crate) fn visible_stroke(style: usize) -> Stroke {
    Stroke::new(ColorRole::Series(style), 1.8).dashed(series_dash(style))
}

/// Returns the stroke of the part of a path that a surface hides.
pub(crate) fn hidden_stroke(color: ColorRole) -> Stroke {
    Stroke::new(color, 1.2).opacity(0.3)
}

/// Returns the dot at the current end of a path.
pub(crate) fn end_dot(center: Point, color: ColorRole) -> Primitive {
    Primitive::Circle { center, radius: 4.0, paint: Paint::fill(color).outlined(ColorRole::Background, 1.2) }
}

/// Draws the visible markers and their labels.
///
/// A label that would overlap a symbol or another label is moved or omitted.
pub(crate) fn draw_markers(markers: &[Marker], mapping: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    let visible: Vec<(&Marker, Point)> =
        markers.iter().filter_map(|marker| Some((marker, mapping.pixel(marker.position)?))).collect();
    let mut labels = LabelLayout::new(mapping.label_area());
    for (marker, pixel) in &visible {
        labels.reserve(Rect::new(pixel[0], pixel[1], 0.0, 0.0).expanded(MARKER_RADIUS));
        out.extend(marker_symbol(marker.kind, *pixel));
    }
    for (marker, [x, y]) in visible {
        let text = |dx: f64, dy: f64, anchor| {
            TextLabel::new([x + dx, y + dy], marker.label.as_str(), TICK_LABEL_SIZE).anchor(anchor).halo()
        };
        let (distance, half_height) = (MARKER_RADIUS + 5.0, 0.35 * TICK_LABEL_SIZE);
        let candidates = [
            text(distance, half_height, TextAnchor::Start),
            text(-distance, half_height, TextAnchor::End),
            text(0.0, -distance, TextAnchor::Middle),
            text(0.0, distance + 2.0 * half_height, TextAnchor::Middle),
            text(distance, -distance, TextAnchor::Start),
            text(-distance, -distance, TextAnchor::End),
        ];
        out.extend(labels.place_first_fit(candidates).map(Primitive::from));
    }
}

/// Returns the legend of paths and markers.
pub(crate) fn legend_entries(paths: &[Series], markers: &[Marker]) -> Vec<LegendEntry> {
    let mut kinds: Vec<MarkerKind> = markers.iter().map(|marker| marker.kind).collect();
    kinds.sort();
    let series = paths.iter().filter_map(LegendEntry::for_series);
    merge_entries(series.chain(kinds.into_iter().map(LegendEntry::for_marker)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mapping under which the coordinates of a point are its pixel.
    struct IdentityMapping;

    impl PlaneMapping for IdentityMapping {
        fn pixel(&self, point: Point) -> Option<Point> {
            Some(point)
        }

        fn path_parts(&self, path: &[Point]) -> PathParts {
            PathParts { visible: vec![path.to_vec()], hidden: Vec::new() }
        }

        fn label_area(&self) -> Rect {
            Rect::new(0.0, 0.0, 200.0, 100.0)
        }
    }

    fn marker(x: f64, label: &str) -> Marker {
        Marker { position: [x, 50.0], kind: MarkerKind::Minimum, label: label.into() }
    }

    #[test]
    fn no_label_overlaps_a_symbol() {
        let mut primitives = Vec::new();
        draw_markers(&[marker(100.0, "here"), marker(122.0, "there")], &IdentityMapping, &mut primitives);
        let bounds = |p: &Primitive| if let Primitive::Text(t) = p { Some(t.bounds()) } else { None };
        let texts: Vec<Rect> = primitives.iter().filter_map(bounds).collect();
        assert_eq!(texts.len(), 2);
        for x in [100.0, 122.0] {
            let symbol = Rect::new(x, 50.0, 0.0, 0.0).expanded(MARKER_RADIUS);
            assert!(!texts.iter().any(|text| text.overlaps(&symbol)));
        }
    }

    #[test]
    fn end_dots_are_drawn_above_all_lines() {
        let paths = [0, 1].map(|style| Series::line("", vec![[0.0, 0.0], [9.0, 9.0]], style));
        let mut primitives = Vec::new();
        draw_paths(&paths, &IdentityMapping, &mut primitives);
        let first_dot = primitives.iter().position(|p| matches!(p, Primitive::Circle { .. }));
        let last_line = primitives.iter().rposition(|p| matches!(p, Primitive::Path(_)));
        assert!(last_line < first_dot);
    }
}
