//! Contour lines by marching squares.
//!
//! Around the grid, and wherever the function has no value, it counts as infinite. So the border of every region below
//! a level is a set of closed rings, which can be filled; and the parts of a ring along such a border are known, so
//! that only true contour lines are drawn.

use crate::{data::geometry::Point, data::grid::ScalarGrid};

/// A closed border of the region below a level.
#[derive(Clone, Debug)]
pub(crate) struct ContourRing {
    pub(crate) points: Vec<Point>,
    /// Whether the function takes the level at the point; otherwise the region ends there.
    on_level: Vec<bool>,
}

impl ContourRing {
    /// The parts of the ring on which the function takes the level.
    pub(crate) fn lines(&self) -> Vec<Vec<Point>> {
        let n = self.points.len();
        let Some(gap) = self.on_level.iter().position(|&on| !on) else {
            let mut closed = self.points.clone();
            closed.extend(self.points.first());
            return vec![closed];
        };
        let around: Vec<Option<Point>> =
            (0..n).map(|k| (gap + k) % n).map(|k| self.on_level[k].then_some(self.points[k])).collect();
        let runs = around.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
        runs.filter(|run| run.len() > 1).collect()
    }
}

const NONE: u32 = u32::MAX;

/// How rings cross a cell, for each way its corners can lie: from which edge to which, the region at the left.
///
/// Edges are bottom, right, top, left. The index has a bit for each corner below the level, counterclockwise from the
/// lower left; the last two rows are the cells of which opposite corners and also the middle lie below.
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

/// The rings around the region where the function is below `level`, in the coordinates of the unit square.
pub(crate) fn rings(grid: &ScalarGrid, level: f64) -> Vec<ContourRing> {
    let padded = PaddedGrid { grid, width: grid.side + 2 };
    let mut next = padded.steps(level);
    let mut rings = Vec::new();
    for start in 0..next.len() {
        let mut ring = ContourRing { points: Vec::new(), on_level: Vec::new() };
        let mut edge = start;
        while next[edge] != NONE {
            let (point, on_level) = padded.crossing(edge, level);
            ring.points.push(point);
            ring.on_level.push(on_level);
            edge = std::mem::replace(&mut next[edge], NONE) as usize;
        }
        if ring.points.len() > 2 {
            rings.push(ring);
        }
    }
    rings
}

/// The grid with a rim of infinite nodes.
struct PaddedGrid<'a> {
    grid: &'a ScalarGrid,
    width: usize,
}

impl PaddedGrid<'_> {
    fn value(&self, i: usize, j: usize) -> f64 {
        let inside = 1..=self.grid.side;
        if inside.contains(&i) && inside.contains(&j) { self.grid.at(i - 1, j - 1) } else { f64::INFINITY }
    }

    /// Where a node lies; the rim lies on the border of the square.
    fn position(&self, i: usize, j: usize) -> Point {
        let last = self.grid.side - 1;
        [i, j].map(|k| k.saturating_sub(1).min(last) as f64 / last as f64)
    }

    /// For each edge that a ring crosses, the next edge it crosses, the region at its left.
    ///
    /// Edges are numbered by their lower left node: twice its index to the right, one more upwards.
    fn steps(&self, level: f64) -> Vec<u32> {
        let mut next = vec![NONE; 2 * self.width * self.width];
        for j in 0..self.width - 1 {
            for i in 0..self.width - 1 {
                let node = j * self.width + i;
                let [bottom, right, top, left] = [2 * node, 2 * (node + 1) + 1, 2 * (node + self.width), 2 * node + 1];
                let edges = [bottom, right, top, left];
                for (from, to) in SEGMENTS[self.case(i, j, level)] {
                    next[edges[*from]] = edges[*to] as u32;
                }
            }
        }
        next
    }

    /// The row of [`SEGMENTS`] for a cell.
    fn case(&self, i: usize, j: usize, level: f64) -> usize {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map(|(i, j)| self.value(i, j));
        let below = corners.iter().zip([1, 2, 4, 8]).filter(|(v, _)| **v < level).map(|(_, bit)| bit).sum();
        let middle = corners.iter().map(|v| v / 4.0).sum::<f64>();
        match below {
            5 if middle < level => 16,
            10 if middle < level => 17,
            _ => below,
        }
    }

    /// Where a ring crosses an edge, and whether the function takes the level there.
    fn crossing(&self, edge: usize, level: f64) -> (Point, bool) {
        let (i, j) = (edge / 2 % self.width, edge / 2 / self.width);
        let (k, l) = if edge.is_multiple_of(2) { (i + 1, j) } else { (i, j + 1) };
        let (a, b) = (self.value(i, j), self.value(k, l));
        let (p, q) = (self.position(i, j), self.position(k, l));
        if !a.is_finite() || !b.is_finite() {
            return (if a.is_finite() { p } else { q }, false);
        }
        let t = ((level - a) / (b - a)).clamp(0.0, 1.0);
        ([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])], true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_square(f: impl Fn(f64, f64) -> f64) -> ScalarGrid {
        ScalarGrid::sample(201, move |u, v| f(4.0 * u - 2.0, 4.0 * v - 2.0))
    }

    #[test]
    fn the_circle_is_round() {
        let found = rings(&on_square(|x, y| x * x + y * y), 1.0);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].lines().len(), 1);
        for [u, v] in &found[0].points {
            let radius = (4.0 * u - 2.0).hypot(4.0 * v - 2.0);
            assert!((radius - 1.0).abs() < 2e-4, "{radius}");
        }
    }

    #[test]
    fn the_region_is_at_the_left_of_its_ring() {
        let found = rings(&on_square(|x, y| x * x + y * y), 1.0);
        let ring = &found[0].points;
        let area: f64 = (0..ring.len())
            .map(|k| (ring[k], ring[(k + 1) % ring.len()]))
            .map(|(a, b)| a[0] * b[1] - a[1] * b[0])
            .sum();
        assert!((area / 2.0 * 16.0 - std::f64::consts::PI).abs() < 1e-3);
    }

    #[test]
    fn lines_end_at_the_border_but_rings_close() {
        let found = rings(&on_square(|x, _| x), 0.5);
        assert_eq!(found.len(), 1);
        let lines = found[0].lines();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|p| (p[0] - 0.625).abs() < 1e-12));
        assert!(found[0].points.iter().any(|p| p[0].abs() < 1e-12));
    }

    #[test]
    fn a_saddle_has_two_arms() {
        let lines: Vec<_> = rings(&on_square(|x, y| x * x - y * y), 0.5).iter().flat_map(ContourRing::lines).collect();
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_hole_has_no_line() {
        let found = rings(&on_square(|x, y| if x.hypot(y) < 0.5 { f64::NAN } else { 0.0 }), 1.0);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|ring| ring.lines().is_empty()));
    }
}
