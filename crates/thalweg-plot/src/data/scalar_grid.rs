//! Function of two variables sampled on a square grid.

/// Values of a function at the nodes of a regular grid over the unit square.
#[derive(Clone, Debug)]
pub(crate) struct ScalarGrid {
    /// Number of nodes on each side, at least 2.
    pub(crate) side: usize,
    values: Vec<f64>,
}

/// Largest finite magnitude of a value; larger ones are clamped, so that the difference of any two is finite.
const MAX_MAGNITUDE: f64 = f64::MAX / 4.0;

impl ScalarGrid {
    /// Samples `f` once at each of `side` × `side` nodes from (0, 0) to (1, 1); a value that is not finite becomes +∞.
    pub(crate) fn sample(side: usize, f: impl Fn(f64, f64) -> f64) -> Self {
        let side = side.max(2);
        let coordinate = |k: usize| k as f64 / (side - 1) as f64;
        let bounded = |v: f64| if v.is_finite() { v.clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE) } else { f64::INFINITY };
        let values = (0..side * side).map(|k| bounded(f(coordinate(k % side), coordinate(k / side)))).collect();
        Self { side, values }
    }

    /// Returns the value at node (i, j), or +∞ if the function has no finite value there.
    pub(crate) fn node(&self, i: usize, j: usize) -> f64 {
        self.values[j * self.side + i]
    }

    /// Returns the finite values in rising order.
    pub(crate) fn sorted_values(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// Interpolates bilinearly at (u, v); `None` outside the unit square or next to a node without a finite value.
    pub(crate) fn interpolate(&self, u: f64, v: f64) -> Option<f64> {
        let locate = |t: f64| {
            let scaled = t * (self.side - 1) as f64;
            let node = (scaled.floor() as usize).min(self.side - 2);
            (node, scaled - node as f64)
        };
        if !((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)) {
            return None;
        }
        let ((i, s), (j, t)) = (locate(u), locate(v));
        let row = |j| (1.0 - s) * self.node(i, j) + s * self.node(i + 1, j);
        let value = (1.0 - t) * row(j) + t * row(j + 1);
        value.is_finite().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_is_exact_for_a_plane() {
        let grid = ScalarGrid::sample(5, |u, v| 2.0 * u - v);
        assert!((grid.interpolate(0.3, 0.9).unwrap() + 0.3).abs() < 1e-12);
        assert!((grid.interpolate(1.0, 1.0).unwrap() - 1.0).abs() < 1e-12);
        assert!(grid.interpolate(1.01, 0.5).is_none() && grid.interpolate(f64::NAN, 0.5).is_none());
    }

    #[test]
    fn values_that_are_not_finite_stay_holes() {
        let grid = ScalarGrid::sample(3, |u, _| if u > 0.9 { f64::NAN } else { u });
        assert!(grid.interpolate(0.8, 0.5).is_none() && grid.interpolate(0.4, 0.5).is_some());
        assert_eq!(grid.sorted_values().len(), 6);
    }
}
