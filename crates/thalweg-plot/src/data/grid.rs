//! A function of the plane, known on a grid.

/// Values at the nodes of the unit square; every node is asked for once.
#[derive(Clone, Debug)]
pub(crate) struct ScalarGrid {
    /// Nodes a side.
    pub(crate) side: usize,
    values: Vec<f64>,
}

/// Values are kept within these bounds, so that the difference of two is finite.
const HUGE: f64 = f64::MAX / 4.0;

impl ScalarGrid {
    /// Samples `f` on `side` × `side` nodes from (0, 0) to (1, 1).
    pub(crate) fn sample(side: usize, f: impl Fn(f64, f64) -> f64) -> Self {
        let side = side.max(2);
        let unit = |k: usize| k as f64 / (side - 1) as f64;
        let keep = |v: f64| if v.is_finite() { v.clamp(-HUGE, HUGE) } else { f64::INFINITY };
        let values = (0..side * side).map(|k| keep(f(unit(k % side), unit(k / side)))).collect();
        Self { side, values }
    }

    /// The value at a node; infinite where the function has none.
    pub(crate) fn at(&self, i: usize, j: usize) -> f64 {
        self.values[j * self.side + i]
    }

    /// The finite values in rising order.
    pub(crate) fn sorted(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The value between nodes, if all four around are finite.
    pub(crate) fn between(&self, u: f64, v: f64) -> Option<f64> {
        let locate = |t: f64| {
            let place = t * (self.side - 1) as f64;
            let node = (place.floor() as usize).min(self.side - 2);
            (node, place - node as f64)
        };
        if !((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)) {
            return None;
        }
        let ((i, s), (j, t)) = (locate(u), locate(v));
        let row = |j| (1.0 - s) * self.at(i, j) + s * self.at(i + 1, j);
        let value = (1.0 - t) * row(j) + t * row(j + 1);
        value.is_finite().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_met_between_nodes() {
        let grid = ScalarGrid::sample(5, |u, v| 2.0 * u - v);
        assert!((grid.between(0.3, 0.9).unwrap() + 0.3).abs() < 1e-12);
        assert!((grid.between(1.0, 1.0).unwrap() - 1.0).abs() < 1e-12);
        assert!(grid.between(1.01, 0.5).is_none() && grid.between(f64::NAN, 0.5).is_none());
    }

    #[test]
    fn holes_stay_holes() {
        let grid = ScalarGrid::sample(3, |u, _| if u > 0.9 { f64::NAN } else { u });
        assert!(grid.between(0.8, 0.5).is_none() && grid.between(0.4, 0.5).is_some());
        assert_eq!(grid.sorted().len(), 6);
    }
}
