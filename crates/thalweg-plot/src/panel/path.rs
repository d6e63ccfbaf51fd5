//! Paths and spots over a ground, flat or raised.

use crate::{
    data::geometry::{Point, Rect},
    data::series::{Marker, MarkerKind, Series},
    layout::axes2d::TICK,
    layout::label_layout::LabelLayout,
    layout::legend::{LegendEntry, union},
    layout::palette::{ColorRole, series_dash},
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, lines},
    layout::simplify,
    layout::symbol::{self, RADIUS},
};

/// What paths and spots can be drawn over.
pub(crate) trait PlaneMapping {
    /// The pixel of a point of the plane, if it can be seen.
    fn pixel(&self, at: Point) -> Option<Point>;
    /// The visible runs of a path, and the hidden ones.
    fn runs(&self, path: &[Point]) -> [Vec<Vec<Point>>; 2];
    /// Where labels may stand.
    fn area(&self) -> Rect;
}

/// How far a simplified path may leave the true one, in pixels.
const TOLERANCE: f64 = 0.25;

/// Paths with a rim of paper, so that crossing ones can be told apart, and over all of them the dots at their ends.
pub(crate) fn draw_paths(list: &[Series], ground: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    for series in list {
        draw_path(series, ground, out);
    }
    let ends = list.iter().filter_map(|s| Some((ground.pixel(*s.points.last()?)?, ColorRole::Series(s.style))));
    out.extend(ends.map(|(at, ink)| end_dot(at, ink)));
}

fn draw_path(series: &Series, ground: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    let ink = ColorRole::Series(series.style);
    let [seen, hidden] = ground
        .runs(&series.points)
        .map(|runs| runs.iter().map(|run| simplify::line(run, TOLERANCE)).collect::<Vec<_>>());
    if series.dots {
        let dots: Vec<Point> = series.points.iter().filter_map(|&p| ground.pixel(p)).collect();
        let paint = Paint::fill(ink).edge(ColorRole::Background, 0.6);
        out.extend(simplify::dots(&dots).into_iter().map(|at| Primitive::Circle { at, radius: 2.2, paint }));
    }
    if !series.line {
        return;
    }
    out.push(lines(hidden, Paint::line(ink, 1.2).faint(0.3)));
    out.push(lines(seen.clone(), Paint::line(ColorRole::Background, 3.4).faint(0.55)));
    out.push(lines(seen, Paint::line(ink, 1.8).dashed(series_dash(series.style))));
}

/// The dot where a path is now.
pub(crate) fn end_dot(at: Point, ink: ColorRole) -> Primitive {
    Primitive::Circle { at, radius: 4.0, paint: Paint::fill(ink).edge(ColorRole::Background, 1.2) }
}

/// Spots with their labels, which keep out of each other's way.
pub(crate) fn draw_markers(list: &[Marker], ground: &dyn PlaneMapping, out: &mut Vec<Primitive>) {
    let seen: Vec<(&Marker, Point)> =
        list.iter().filter_map(|spot| Some((spot, ground.pixel(spot.position)?))).collect();
    let mut places = LabelLayout::new(ground.area());
    for (spot, at) in &seen {
        places.take(Rect::new(at[0], at[1], 0.0, 0.0).grown(RADIUS));
        out.extend(symbol::marker(spot.kind, *at));
    }
    for (spot, [x, y]) in seen {
        let text = |dx: f64, dy: f64, anchor| {
            TextLabel::new([x + dx, y + dy], spot.label.as_str(), TICK).anchor(anchor).halo()
        };
        let (far, middle) = (RADIUS + 5.0, 0.35 * TICK);
        let tries = [
            text(far, middle, TextAnchor::Start),
            text(-far, middle, TextAnchor::End),
            text(0.0, -far, TextAnchor::Middle),
            text(0.0, far + 2.0 * middle, TextAnchor::Middle),
            text(far, -far, TextAnchor::Start),
            text(-far, -far, TextAnchor::End),
        ];
        out.extend(places.put(tries).map(Primitive::from));
    }
}

/// The legend of paths and spots.
pub(crate) fn legend_entries(paths: &[Series], spots: &[Marker]) -> Vec<LegendEntry> {
    let mut kinds: Vec<MarkerKind> = spots.iter().map(|spot| spot.kind).collect();
    kinds.sort();
    // A band means nothing on a map: its sample would promise one.
    let plain = paths.iter().filter_map(LegendEntry::of);
    union(plain.chain(kinds.into_iter().map(LegendEntry::spot)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ground on which points are pixels.
    struct Flat;

    impl PlaneMapping for Flat {
        fn pixel(&self, at: Point) -> Option<Point> {
            Some(at)
        }

        fn runs(&self, path: &[Point]) -> [Vec<Vec<Point>>; 2] {
            [vec![path.to_vec()], Vec::new()]
        }

        fn area(&self) -> Rect {
            Rect::new(0.0, 0.0, 200.0, 100.0)
        }
    }

    fn spot(x: f64, label: &str) -> Marker {
        Marker { position: [x, 50.0], kind: MarkerKind::Minimum, label: label.into() }
    }

    #[test]
    fn a_label_lies_over_no_sign() {
        let mut items = Vec::new();
        draw_markers(&[spot(100.0, "here"), spot(122.0, "there")], &Flat, &mut items);
        let texts: Vec<Rect> =
            items.iter().filter_map(|i| if let Primitive::Text(t) = i { Some(t.bounds()) } else { None }).collect();
        assert_eq!(texts.len(), 2);
        for x in [100.0, 122.0] {
            let sign = Rect::new(x, 50.0, 0.0, 0.0).grown(RADIUS);
            assert!(!texts.iter().any(|text| text.overlaps(&sign)));
        }
    }

    #[test]
    fn heads_lie_over_all_lines() {
        let list = [0, 1].map(|style| Series::line("", vec![[0.0, 0.0], [9.0, 9.0]], style));
        let mut items = Vec::new();
        draw_paths(&list, &Flat, &mut items);
        let first_head = items.iter().position(|i| matches!(i, Primitive::Circle { .. }));
        let last_line = items.iter().rposition(|i| matches!(i, Primitive::Path(_)));
        assert!(last_line < first_head);
    }
}
