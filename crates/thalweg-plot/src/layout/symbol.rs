//! Symbols: markers on maps and surfaces, and crosses for divergence.

use crate::{
    data::{annotation::MarkerKind, geometry::Point},
    layout::{
        palette::ColorRole,
        primitive::{Paint, Primitive, Stroke, polygon, polylines},
    },
};
use std::f64::consts::PI;

/// Radius of a marker symbol in pixels.
pub(crate) const MARKER_RADIUS: f64 = 5.0;
/// Half the width of a divergence cross in pixels.
const DIVERGENCE_CROSS_RADIUS: f64 = 3.2;

/// Draws the symbol of a marker, with an outline in the background color that separates it from lines below.
pub(crate) fn marker_symbol(kind: MarkerKind, center: Point) -> Vec<Primitive> {
    let solid = Paint::fill(ColorRole::PrimaryText).outlined(ColorRole::Background, 1.2);
    let circle = |radius: f64, paint: Paint| Primitive::Circle { center, radius, paint };
    match kind {
        MarkerKind::Start => vec![
            circle(MARKER_RADIUS + 0.7, Paint::fill(ColorRole::Background)),
            circle(MARKER_RADIUS - 1.0, Stroke::new(ColorRole::PrimaryText, 1.8).into()),
        ],
        MarkerKind::Minimum => vec![polygon(star(center), solid)],
        MarkerKind::Maximum => vec![polygon(regular_polygon(center, 3, MARKER_RADIUS + 1.0), solid)],
        MarkerKind::Saddle => {
            let lines = cross(center, MARKER_RADIUS - 1.0);
            vec![
                polylines(lines.clone(), Stroke::new(ColorRole::Background, 4.6)),
                polylines(lines, Stroke::new(ColorRole::PrimaryText, 2.2)),
            ]
        }
        MarkerKind::Degenerate => vec![polygon(regular_polygon(center, 4, MARKER_RADIUS + 0.5), solid)],
        MarkerKind::End => vec![circle(MARKER_RADIUS - 1.0, solid)],
    }
}

/// Draws the symbol ✕ of a point that diverged.
pub(crate) fn divergence_cross(center: Point, color: ColorRole) -> Primitive {
    polylines(cross(center, DIVERGENCE_CROSS_RADIUS), Stroke::new(color, 1.8))
}

fn cross([x, y]: Point, r: f64) -> Vec<Vec<Point>> {
    vec![vec![[x - r, y - r], [x + r, y + r]], vec![[x - r, y + r], [x + r, y - r]]]
}

/// Returns the corners of a regular polygon with one corner at the top.
fn regular_polygon(center: Point, sides: u32, r: f64) -> Vec<Point> {
    (0..sides).map(|k| point_on_circle(center, r, f64::from(k) / f64::from(sides))).collect()
}

/// Returns the corners of a star with five points.
fn star(center: Point) -> Vec<Point> {
    let radius = |k: u32| if k.is_multiple_of(2) { MARKER_RADIUS + 2.0 } else { 2.9 };
    (0..10).map(|k| point_on_circle(center, radius(k), f64::from(k) / 10.0)).collect()
}

/// Returns a point of a circle, `turns` full turns clockwise from the top.
fn point_on_circle(center: Point, r: f64, turns: f64) -> Point {
    let (sin, cos) = (2.0 * PI * turns).sin_cos();
    [center[0] + r * sin, center[1] - r * cos]
}
