//! Mesh of a surface on the canvas: painting order, shading, and visibility of paths.

use crate::{
    data::{
        axis_range::AxisRange,
        geometry::{Point, Rect},
        scalar_grid::ScalarGrid,
    },
    layout::{
        palette::{ColorRole, SURFACE_SHADES},
        primitive::{Paint, Primitive, Stroke, polygon, polylines},
        projection::{HALF_HEIGHT, Point3, Projection},
        simplify::simplify,
    },
    panel::path::{PathParts, PlaneMapping},
};

/// Number of painted cells on each side.
pub(crate) const CELLS_PER_SIDE: usize = 56;
/// Number of cells between two lines of the visible mesh.
const CELLS_PER_LINE: usize = 4;
/// Height of paths above the surface, in units of the box.
const PATH_LIFT: f64 = 0.012;
/// Largest number of parts that one step of a path is divided into.
const MAX_PARTS_PER_STEP: f64 = 200.0;

/// Surface projected onto the canvas.
#[derive(Debug)]
pub(crate) struct SurfaceMesh {
    /// Ranges of the axes x, y and z.
    pub(crate) ranges: [AxisRange; 3],
    pub(crate) projection: Projection,
    /// Area of the panel.
    pub(crate) outer: Rect,
    /// Height of the surface at each node, from −[`HALF_HEIGHT`] to [`HALF_HEIGHT`].
    pub(crate) heights: ScalarGrid,
}

impl SurfaceMesh {
    /// Returns the point of the surface above (u, v) of the unit square; `None` where the function has no value.
    fn surface_point(&self, u: f64, v: f64) -> Option<Point3> {
        Some([2.0 * u - 1.0, 2.0 * v - 1.0, self.heights.interpolate(u, v)?])
    }

    /// Returns the point at which a path over `point` is drawn, just above the surface.
    fn lifted_point(&self, point: Point) -> Option<Point3> {
        let [u, v] = [self.ranges[0].position(point[0])?, self.ranges[1].position(point[1])?];
        self.surface_point(u, v).map(|[x, y, z]| [x, y, z + PATH_LIFT])
    }

    fn node(&self, i: usize, j: usize) -> Point3 {
        let coordinate = |k: usize| 2.0 * k as f64 / CELLS_PER_SIDE as f64 - 1.0;
        [coordinate(i), coordinate(j), self.heights.node(i, j)]
    }

    /// Paints the cells from back to front; adjacent cells of one shade become one polygon.
    pub(crate) fn draw_cells(&self, out: &mut Vec<Primitive>) {
        let back_to_front = |depth: f64| -> Vec<usize> {
            if depth > 0.0 { (0..CELLS_PER_SIDE).rev().collect() } else { (0..CELLS_PER_SIDE).collect() }
        };
        let rows = back_to_front(self.projection.depth([0.0, 1.0]));
        let columns = back_to_front(self.projection.depth([1.0, 0.0]));
        for j in rows {
            let cells: Vec<(usize, Option<u8>)> = columns.iter().map(|&i| (i, self.shade(i, j))).collect();
            for strip in cells.chunk_by(|a, b| a.1 == b.1) {
                let (start, shade) = strip[0];
                let (end, _) = strip[strip.len() - 1];
                let Some(shade) = shade else { continue };
                let outline = self.strip_outline(j, start.min(end), start.max(end) + 1);
                out.push(polygon(outline, Paint::fill(ColorRole::SurfaceShade(shade))));
            }
        }
    }

    /// Returns the outline of the cells from `first` to `last` of row `j`, slightly enlarged: without that, gaps would
    /// be visible between adjacent polygons.
    fn strip_outline(&self, j: usize, first: usize, last: usize) -> Vec<Point> {
        let nodes = |j| (first..=last).map(|i| self.projection.pixel(self.node(i, j))).collect::<Vec<_>>();
        let (mut low, mut high) = (nodes(j), nodes(j + 1));
        for (a, b) in low.iter_mut().zip(&mut high) {
            (*a, *b) = (extend(*b, *a), extend(*a, *b));
        }
        for row in [&mut low, &mut high] {
            let end = row.len() - 1;
            (row[0], row[end]) = (extend(row[1], row[0]), extend(row[end - 1], row[end]));
        }
        low.extend(high.into_iter().rev());
        low
    }

    /// Returns the shade of a cell by its height and by light from the upper left; `None` if it is a hole.
    fn shade(&self, i: usize, j: usize) -> Option<u8> {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
        let [a, b, c, d] = corners.map(|(i, j)| self.heights.node(i, j));
        let height = (a + b + c + d) / 4.0;
        if !height.is_finite() {
            return None;
        }
        let slope = CELLS_PER_SIDE as f64 / 4.0;
        let normal = [-(b - a + c - d) * slope, -(d - a + c - b) * slope, 1.0];
        let [x, y, _] = self.projection.eye_direction();
        let light = [0.55 * (x + y), 0.55 * (y - x), 0.9];
        let norm = |v: [f64; 3]| v.iter().map(|c| c * c).sum::<f64>().sqrt();
        let dot: f64 = normal.iter().zip(light).map(|(n, l)| n * l).sum();
        let illumination = (dot / norm(normal) / norm(light)).clamp(0.0, 1.0);
        let relative_height = f64::midpoint(height / HALF_HEIGHT, 1.0);
        let brightest = f64::from(SURFACE_SHADES - 1);
        Some(((0.62 * illumination + 0.38 * relative_height) * brightest).round().clamp(0.0, brightest) as u8)
    }

    /// Draws the visible parts of the mesh lines.
    pub(crate) fn draw_lines(&self, out: &mut Vec<Primitive>) {
        let mut lines = Vec::new();
        for k in (0..=CELLS_PER_SIDE).step_by(CELLS_PER_LINE) {
            let fixed = k as f64 / CELLS_PER_SIDE as f64;
            let samples = || (0..=2 * CELLS_PER_SIDE).map(|t| t as f64 / (2 * CELLS_PER_SIDE) as f64);
            let along_x = samples().map(|t| self.surface_point(t, fixed)).collect();
            let along_y = samples().map(|t| self.surface_point(fixed, t)).collect();
            for line in [along_x, along_y] {
                lines.extend(self.divide(line).visible.iter().map(|part| simplify(part, 0.1)));
            }
        }
        out.push(polylines(lines, Stroke::new(ColorRole::PrimaryText, 0.5).opacity(0.22)));
    }

    /// Projects a line and divides it into visible and hidden parts; each part begins where the one before ends.
    fn divide(&self, line: Vec<Option<Point3>>) -> PathParts {
        let mut parts = PathParts::default();
        let mut previous: Option<LinePoint> = None;
        for point in line {
            let Some(p) = point else {
                previous = None;
                continue;
            };
            let current =
                LinePoint { visible: self.projection.is_visible(&self.heights, p), pixel: self.projection.pixel(p) };
            let side = if current.visible { &mut parts.visible } else { &mut parts.hidden };
            match (previous, side.last_mut()) {
                (Some(before), Some(part)) if before.visible == current.visible => part.push(current.pixel),
                (Some(before), _) => side.push(vec![before.pixel, current.pixel]),
                (None, _) => side.push(vec![current.pixel]),
            }
            previous = Some(current);
        }
        parts
    }
}

/// Projected point of a line.
#[derive(Clone, Copy)]
struct LinePoint {
    visible: bool,
    pixel: Point,
}

/// Moves `to` away from `from` by a fraction of a pixel.
fn extend(from: Point, to: Point) -> Point {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let fraction = 0.4 / dx.hypot(dy).max(0.4);
    [to[0] + fraction * dx, to[1] + fraction * dy]
}

impl PlaneMapping for SurfaceMesh {
    fn pixel(&self, point: Point) -> Option<Point> {
        let lifted = self.lifted_point(point).filter(|&p| self.projection.is_visible(&self.heights, p));
        lifted.map(|p| self.projection.pixel(p))
    }

    fn path_parts(&self, path: &[Point]) -> PathParts {
        // Long steps are divided, so that they follow the surface instead of cutting through it.
        let mut points: Vec<Option<Point3>> = Vec::new();
        for pair in path.windows(2) {
            let [du, dv] = [0, 1].map(|k| {
                // A point that the scale cannot show has no lifted point either: its position only affects the number
                // of parts.
                let position = |p: Point| self.ranges[k].position(p[k]).unwrap_or(0.0);
                position(pair[1]) - position(pair[0])
            });
            let parts = (du.hypot(dv) * CELLS_PER_SIDE as f64).ceil().clamp(1.0, MAX_PARTS_PER_STEP);
            let point = |t: f64| [0, 1].map(|k| pair[0][k] + t * (pair[1][k] - pair[0][k]));
            points.extend((0..parts as usize).map(|k| self.lifted_point(point(k as f64 / parts))));
        }
        points.extend(path.last().map(|&p| self.lifted_point(p)));
        self.divide(points)
    }

    fn label_area(&self) -> Rect {
        self.outer
    }
}
