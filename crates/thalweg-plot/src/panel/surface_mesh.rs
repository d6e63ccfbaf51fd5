//! A surface placed on the canvas: which cells lie before which, what of a path is seen.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Point, Rect},
    data::grid::ScalarGrid,
    layout::palette::{ColorRole, SURFACE_SHADES},
    layout::primitive::{Paint, Primitive, lines, polygon},
    layout::projection::{HALF_HEIGHT, Point3, Projection},
    layout::simplify,
    panel::path::PlaneMapping,
};

/// Cells a side of the mesh that is painted.
pub(crate) const MESH: usize = 56;
/// Every how many cells the mesh shows a line.
const LINE: usize = 4;
/// How far paths float above the surface.
const LIFT: f64 = 0.012;

/// A surface placed on the canvas.
#[derive(Debug)]
pub(crate) struct SurfaceMesh {
    pub(crate) spans: [AxisRange; 3],
    pub(crate) view: Projection,
    pub(crate) outer: Rect,
    pub(crate) heights: ScalarGrid,
}

impl SurfaceMesh {
    /// The point on the surface above a place of the unit square.
    fn on(&self, u: f64, v: f64) -> Option<Point3> {
        Some([2.0 * u - 1.0, 2.0 * v - 1.0, self.heights.between(u, v)?])
    }

    /// The point just above the surface where the function is taken.
    fn lifted(&self, at: Point) -> Option<Point3> {
        let [u, v] = [self.spans[0].unit(at[0])?, self.spans[1].unit(at[1])?];
        self.on(u, v).map(|[x, y, z]| [x, y, z + LIFT])
    }

    fn node(&self, i: usize, j: usize) -> Point3 {
        let ground = |k: usize| 2.0 * k as f64 / MESH as f64 - 1.0;
        [ground(i), ground(j), self.heights.at(i, j)]
    }

    /// The cells from back to front, neighbours of one shade joined.
    pub(crate) fn paint(&self, out: &mut Vec<Primitive>) {
        let order = |back_is_high: bool| -> Vec<usize> {
            if back_is_high { (0..MESH).rev().collect() } else { (0..MESH).collect() }
        };
        let rows = order(self.view.depth([0.0, 1.0]) > 0.0);
        let columns = order(self.view.depth([1.0, 0.0]) > 0.0);
        for j in rows {
            let cells: Vec<(usize, Option<u8>)> = columns.iter().map(|&i| (i, self.shade(i, j))).collect();
            for strip in cells.chunk_by(|a, b| a.1 == b.1) {
                let (Some((_, Some(step))), Some((end, _))) = (strip.first(), strip.last()) else { continue };
                let (first, last) = (strip[0].0.min(*end), strip[0].0.max(*end) + 1);
                out.push(polygon(self.strip(j, first, last), Paint::fill(ColorRole::SurfaceShade(*step))));
            }
        }
    }

    /// The outline of some cells of a row, a little larger than they are: no hairline shows between neighbours.
    fn strip(&self, j: usize, first: usize, last: usize) -> Vec<Point> {
        let side = |j| (first..=last).map(|i| self.view.pixel(self.node(i, j))).collect::<Vec<_>>();
        let (mut near, mut far) = (side(j), side(j + 1));
        for (a, b) in near.iter_mut().zip(&mut far) {
            (*a, *b) = (beyond(*b, *a), beyond(*a, *b));
        }
        for row in [&mut near, &mut far] {
            let end = row.len() - 1;
            (row[0], row[end]) = (beyond(row[1], row[0]), beyond(row[end - 1], row[end]));
        }
        near.extend(far.into_iter().rev());
        near
    }

    /// How bright a cell is: by its height and by the light on it from the upper left.
    fn shade(&self, i: usize, j: usize) -> Option<u8> {
        let [a, b, c, d] = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map(|(i, j)| self.heights.at(i, j));
        let height = (a + b + c + d) / 4.0;
        if !height.is_finite() {
            return None;
        }
        let slope = MESH as f64 / 4.0;
        let normal = [-(b - a + c - d) * slope, -(d - a + c - b) * slope, 1.0];
        let [x, y, _] = self.view.eye();
        // The light comes from the left of the eye and from above.
        let light = [0.55 * (x + y), 0.55 * (y - x), 0.9];
        let norm = |v: [f64; 3]| v.iter().map(|c| c * c).sum::<f64>().sqrt();
        let dot: f64 = normal.iter().zip(light).map(|(n, l)| n * l).sum();
        let bright = (dot / norm(normal) / norm(light)).clamp(0.0, 1.0);
        let level = f64::midpoint(height / HALF_HEIGHT, 1.0);
        Some(
            ((0.62 * bright + 0.38 * level) * f64::from(SURFACE_SHADES - 1))
                .round()
                .clamp(0.0, f64::from(SURFACE_SHADES - 1)) as u8,
        )
    }

    /// Every few cells a thin line where it can be seen.
    pub(crate) fn mesh(&self, out: &mut Vec<Primitive>) {
        let mut runs = Vec::new();
        for k in (0..=MESH).step_by(LINE) {
            let fixed = k as f64 / MESH as f64;
            let along = || (0..=2 * MESH).map(|t| t as f64 / (2 * MESH) as f64);
            for line in [along().map(|t| self.on(t, fixed)).collect(), along().map(|t| self.on(fixed, t)).collect()] {
                let [seen, _] = self.split(line);
                runs.extend(seen.iter().map(|run| simplify::simplify(run, 0.1)));
            }
        }
        out.push(lines(runs, Paint::line(ColorRole::PrimaryText, 0.5).faint(0.22)));
    }

    /// The pixels of a line in space: runs that are seen, and runs that are hidden.
    fn split(&self, line: Vec<Option<Point3>>) -> [Vec<Vec<Point>>; 2] {
        let mut runs: [Vec<Vec<Point>>; 2] = [Vec::new(), Vec::new()];
        let mut last: Option<(usize, Point)> = None;
        for place in line {
            let Some(p) = place else {
                last = None;
                continue;
            };
            let (kind, pixel) = (usize::from(!self.view.sees(&self.heights, p)), self.view.pixel(p));
            match last {
                Some((before, _)) if before == kind => {}
                Some((_, joint)) => runs[kind].push(vec![joint]),
                None => runs[kind].push(Vec::new()),
            }
            if let Some(run) = runs[kind].last_mut() {
                run.push(pixel);
            }
            last = Some((kind, pixel));
        }
        runs
    }
}

/// `to`, moved on by a part of a pixel on the way from `from`.
fn beyond(from: Point, to: Point) -> Point {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let more = 0.4 / dx.hypot(dy).max(0.4);
    [to[0] + more * dx, to[1] + more * dy]
}

impl PlaneMapping for SurfaceMesh {
    fn pixel(&self, at: Point) -> Option<Point> {
        self.lifted(at).filter(|&p| self.view.sees(&self.heights, p)).map(|p| self.view.pixel(p))
    }

    fn runs(&self, path: &[Point]) -> [Vec<Vec<Point>>; 2] {
        // Long steps follow the surface instead of cutting through it.
        let mut fine: Vec<Option<Point3>> = Vec::new();
        for pair in path.windows(2) {
            let [du, dv] = [0, 1].map(|k| {
                let unit = |p: Point| self.spans[k].unit(p[k]).unwrap_or(0.0);
                unit(pair[1]) - unit(pair[0])
            });
            let parts = (du.hypot(dv) * MESH as f64).ceil().clamp(1.0, 200.0);
            let between = |t: f64| [0, 1].map(|k| pair[0][k] + t * (pair[1][k] - pair[0][k]));
            fine.extend((0..parts as usize).map(|k| self.lifted(between(k as f64 / parts))));
        }
        fine.extend(path.last().map(|&p| self.lifted(p)));
        self.split(fine)
    }

    fn area(&self) -> Rect {
        self.outer
    }
}
