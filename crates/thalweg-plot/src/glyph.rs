//! Small signs: spots on a map and points that diverged.

use crate::{
    data::MarkerKind,
    geometry::Point,
    item::{Item, Paint, lines, polygon},
    palette::Ink,
};
use std::f64::consts::PI;

/// Half the size of a spot.
pub(crate) const RADIUS: f64 = 5.0;

/// The sign of a spot, with a rim of paper so that it stands out from what lies below.
pub(crate) fn spot(kind: MarkerKind, at: Point) -> Vec<Item> {
    let solid = Paint::fill(Ink::Text).edge(Ink::Paper, 1.2);
    match kind {
        MarkerKind::Start => vec![
            Item::Circle { at, radius: RADIUS + 0.7, paint: Paint::fill(Ink::Paper) },
            Item::Circle { at, radius: RADIUS - 1.0, paint: Paint::line(Ink::Text, 1.8) },
        ],
        MarkerKind::Minimum => vec![polygon(star(at), solid)],
        MarkerKind::Maximum => vec![polygon(regular(at, 3, RADIUS + 1.0), solid)],
        MarkerKind::Saddle => {
            let arms = cross(at, RADIUS - 1.0);
            vec![lines(arms.clone(), Paint::line(Ink::Paper, 4.6)), lines(arms, Paint::line(Ink::Text, 2.2))]
        }
        MarkerKind::Degenerate => vec![polygon(regular(at, 4, RADIUS + 0.5), solid)],
        MarkerKind::End => vec![Item::Circle { at, radius: RADIUS - 1.0, paint: solid }],
    }
}

/// ✕: a point that left every scale.
pub(crate) fn diverged(at: Point, ink: Ink) -> Item {
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
