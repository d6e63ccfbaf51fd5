//! Small signs: spots on a map and points that diverged.

use crate::{
    data::geometry::Point,
    data::series::MarkerKind,
    layout::palette::ColorRole,
    layout::primitive::{Paint, Primitive, lines, polygon},
};
use std::f64::consts::PI;

/// Half the size of a spot.
pub(crate) const RADIUS: f64 = 5.0;

/// The sign of a spot, with a rim of paper so that it stands out from what lies below.
pub(crate) fn marker(kind: MarkerKind, at: Point) -> Vec<Primitive> {
    let solid = Paint::fill(ColorRole::PrimaryText).edge(ColorRole::Background, 1.2);
    match kind {
        MarkerKind::Start => vec![
            Primitive::Circle { at, radius: RADIUS + 0.7, paint: Paint::fill(ColorRole::Background) },
            Primitive::Circle { at, radius: RADIUS - 1.0, paint: Paint::line(ColorRole::PrimaryText, 1.8) },
        ],
        MarkerKind::Minimum => vec![polygon(star(at), solid)],
        MarkerKind::Maximum => vec![polygon(regular(at, 3, RADIUS + 1.0), solid)],
        MarkerKind::Saddle => {
            let arms = cross(at, RADIUS - 1.0);
            vec![
                lines(arms.clone(), Paint::line(ColorRole::Background, 4.6)),
                lines(arms, Paint::line(ColorRole::PrimaryText, 2.2)),
            ]
        }
        MarkerKind::Degenerate => vec![polygon(regular(at, 4, RADIUS + 0.5), solid)],
        MarkerKind::End => vec![Primitive::Circle { at, radius: RADIUS - 1.0, paint: solid }],
    }
}

/// ✕: a point that left every scale.
pub(crate) fn divergence_cross(at: Point, ink: ColorRole) -> Primitive {
    lines(cross(at, 3.2), Paint::line(ink, 1.8))
}

fn cross([x, y]: Point, r: f64) -> Vec<Vec<Point>> {
    vec![vec![[x - r, y - r], [x + r, y + r]], vec![[x - r, y + r], [x + r, y - r]]]
}

/// The corners of a regular polygon that stands on its side, or of a diamond.
fn regular(at: Point, sides: u32, r: f64) -> Vec<Point> {
    (0..sides).map(|k| on_circle(at, r, f64::from(k) / f64::from(sides))).collect()
}

fn star(at: Point) -> Vec<Point> {
    (0..10u32).map(|k| on_circle(at, if k % 2 == 0 { RADIUS + 2.0 } else { 2.9 }, f64::from(k) / 10.0)).collect()
}

/// A point of the circle, `turn` turns clockwise from the top.
fn on_circle(at: Point, r: f64, turn: f64) -> Point {
    let (sin, cos) = (2.0 * PI * turn).sin_cos();
    [at[0] + r * sin, at[1] - r * cos]
}
