//! Contour lines by marching squares.
//!
//! The function counts as +∞ outside the grid and wherever it has no finite value. The boundary of the region below a
//! level is therefore a set of closed rings, which can be filled. Each point of a ring records whether the function
//! takes the level there, so that only true contour lines are stroked, not the boundary of the domain.

use crate::data::{geometry::Point, scalar_grid::ScalarGrid};

/// Closed boundary curve of the region below a level.
#[derive(Clone, Debug)]
pub(crate) struct ContourRing {
    pub(crate) points: Vec<Point>,
    /// For each point, true if the function takes the level there, false if the domain ends there.
    on_level: Vec<bool>,
}

impl ContourRing {
    /// Returns the parts of the ring on which the function takes the level.
    pub(crate) fn level_lines(&self) -> Vec<Vec<Point>> {
        let n = self.points.len();
        let Some(gap) = self.on_level.iter().position(|&on| !on) else {
            let mut closed = self.points.clone();
            closed.extend(self.points.first());
            return vec![closed];
        };
        let from_gap: Vec<Option<Point>> =
            (0..n).map(|k| (gap + k) % n).map(|k| self.on_level[k].then_some(self.points[k])).collect();
        let runs = from_gap.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
        runs.filter(|run| run.len() > 1).collect()
    }
}

/// Marks an edge that no ring crosses.
const NO_EDGE: u32 = u32::MAX;

/// Ring segments through a cell, by the corners below the level: each from one edge to another, the region to the left.
///
/// Edges are numbered bottom, right, top, left. Bit k of the index is set if corner k lies below the level,
/// counterclockwise from the lower left. The last two rows are the ambiguous cells with two opposite corners below the
/// level and the center below it too.
const SEGMENTS: [&[(usize, usize)]; 18] = [
    &[],
    &[(0, 3)],
    &[(1, 0)],
    &[(1, 3)],
    &[(2, 1)],
    &[(0, 3), (2, 1)],
    &[(2, 0)],
    &[(2, 3)],
    &[(3, 2)],
    &[(0, 2)],
    &[(1, 0), (3, 2)],
    &[(1, 2)],
    &[(3, 1)],
    &[(0, 1)],
    &[(3, 0)],
    &[],
    &[(2, 3), (0, 1)],
    &[(3, 0), (1, 2)],
];

/// Traces the rings around the region where the function is below `level`, in coordinates of the unit square.
pub(crate) fn contour_rings(grid: &ScalarGrid, level: f64) -> Vec<ContourRing> {
    let padded = PaddedGrid { grid, width: grid.side + 2 };
    let mut next = padded.next_edges(level);
    let mut rings = Vec::new();
    for start in 0..next.len() {
        let mut ring = ContourRing { points: Vec::new(), on_level: Vec::new() };
        let mut edge = start;
        while next[edge] != NO_EDGE {
            let crossing = padded.crossing(edge, level);
            ring.points.push(crossing.point);
            ring.on_level.push(crossing.on_level);
            edge = std::mem::replace(&mut next[edge], NO_EDGE) as usize;
        }
        if ring.points.len() > 2 {
            rings.push(ring);
        }
    }
    rings
}

/// Point at which a ring crosses a grid edge.
struct EdgeCrossing {
    point: Point,
    /// If true, the function takes the level at the point; otherwise the domain ends there.
    on_level: bool,
}

/// Grid surrounded by one row of nodes with the value +∞ on every side.
struct PaddedGrid<'a> {
    grid: &'a ScalarGrid,
    /// Number of nodes on each side, padding included.
    width: usize,
}

impl PaddedGrid<'_> {
    fn value(&self, i: usize, j: usize) -> f64 {
        let inside = 1..=self.grid.side;
        if inside.contains(&i) && inside.contains(&j) { self.grid.node(i - 1, j - 1) } else { f64::INFINITY }
    }

    /// Returns the position of a node in the unit square; padding nodes lie on its border.
    fn position(&self, i: usize, j: usize) -> Point {
        let last = self.grid.side - 1;
        [i, j].map(|k| k.saturating_sub(1).min(last) as f64 / last as f64)
    }

    /// Returns, for each grid edge that a ring crosses, the next edge along the ring, with the region to the left.
    ///
    /// The edge from node n to the right has index 2n, the edge from node n upwards 2n + 1.
    fn next_edges(&self, level: f64) -> Vec<u32> {
        let mut next = vec![NO_EDGE; 2 * self.width * self.width];
        for j in 0..self.width - 1 {
            for i in 0..self.width - 1 {
                let node = j * self.width + i;
                let [bottom, right, top, left] = [2 * node, 2 * (node + 1) + 1, 2 * (node + self.width), 2 * node + 1];
                let edges = [bottom, right, top, left];
                for (from, to) in SEGMENTS[self.segment_case(i, j, level)] {
                    next[edges[*from]] = edges[*to] as u32;
                }
            }
        }
        next
    }

    /// Returns the index into [`SEGMENTS`] of the cell with lower left node (i, j).
    fn segment_case(&self, i: usize, j: usize, level: f64) -> usize {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map(|(i, j)| self.value(i, j));
        let below = corners.iter().zip([1, 2, 4, 8]).filter(|(v, _)| **v < level).map(|(_, bit)| bit).sum();
        let center = corners.iter().map(|v| v / 4.0).sum::<f64>();
        match below {
            5 if center < level => 16,
            10 if center < level => 17,
            _ => below,
        }
    }

    /// Interpolates linearly the point at which a ring crosses an edge.
    fn crossing(&self, edge: usize, level: f64) -> EdgeCrossing {
        let (i, j) = (edge / 2 % self.width, edge / 2 / self.width);
        let (k, l) = if edge.is_multiple_of(2) { (i + 1, j) } else { (i, j + 1) };
        let (a, b) = (self.value(i, j), self.value(k, l));
        let (p, q) = (self.position(i, j), self.position(k, l));
        if !a.is_finite() || !b.is_finite() {
            return EdgeCrossing { point: if a.is_finite() { p } else { q }, on_level: false };
        }
        let t = ((level - a) / (b - a)).clamp(0.0, 1.0);
        EdgeCrossing { point: [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])], on_level: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_on_square(f: impl Fn(f64, f64) -> f64) -> ScalarGrid {
        ScalarGrid::sample(201, move |u, v| f(4.0 * u - 2.0, 4.0 * v - 2.0))
    }

    #[test]
    fn the_circle_is_round() {
        let rings = contour_rings(&sample_on_square(|x, y| x * x + y * y), 1.0);
        assert_eq!(rings.len(), 1);
        assert_eq!(rings[0].level_lines().len(), 1);
        for [u, v] in &rings[0].points {
            let radius = (4.0 * u - 2.0).hypot(4.0 * v - 2.0);
            assert!((radius - 1.0).abs() < 2e-4, "{radius}");
        }
    }

    #[test]
    fn the_region_lies_to_the_left_of_its_ring() {
        let rings = contour_rings(&sample_on_square(|x, y| x * x + y * y), 1.0);
        let ring = &rings[0].points;
        let area: f64 = (0..ring.len())
            .map(|k| (ring[k], ring[(k + 1) % ring.len()]))
            .map(|(a, b)| a[0] * b[1] - a[1] * b[0])
            .sum();
        assert!((area / 2.0 * 16.0 - std::f64::consts::PI).abs() < 1e-3);
    }

    #[test]
    fn lines_end_at_the_border_but_rings_close() {
        let rings = contour_rings(&sample_on_square(|x, _| x), 0.5);
        assert_eq!(rings.len(), 1);
        let lines = rings[0].level_lines();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|p| (p[0] - 0.625).abs() < 1e-12));
        assert!(rings[0].points.iter().any(|p| p[0].abs() < 1e-12));
    }

    #[test]
    fn a_saddle_has_two_arms() {
        let lines: Vec<_> = contour_rings(&sample_on_square(|x, y| x * x - y * y), 0.5)
            .iter()
            .flat_map(ContourRing::level_lines)
            .collect();
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_hole_has_no_line() {
        let rings = contour_rings(&sample_on_square(|x, y| if x.hypot(y) < 0.5 { f64::NAN } else { 0.0 }), 1.0);
        assert_eq!(rings.len(), 2);
        assert!(rings.iter().all(|ring| ring.level_lines().is_empty()));
    }
}
