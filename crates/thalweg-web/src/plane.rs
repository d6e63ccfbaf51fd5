//! The plane in which a function of more than two variables is shown.

use serde::{Deserialize, Serialize};
use thalweg::optimizer::dot;
use thalweg_compare::PrincipalPlane;

/// A plane in the space of the variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// The point with coordinates (0, 0).
    pub origin: Vec<f64>,
    /// Two orthogonal unit vectors.
    pub axes: [Vec<f64>; 2],
    /// Fraction of the squared distances of the paths from the origin within the plane.
    pub explained: f64,
}

impl Plane {
    /// Returns the plane of a function of two variables.
    pub fn identity() -> Self {
        Self { origin: vec![0.0; 2], axes: [vec![1.0, 0.0], vec![0.0, 1.0]], explained: 1.0 }
    }

    /// Returns the plane through `origin` along the first two principal components of points around it (Li et al. 2018,
    /// arXiv:1712.09913, section 7).
    pub fn fit(origin: Vec<f64>, points: &[Vec<f64>]) -> Self {
        let centered: Vec<Vec<f64>> = points.iter().map(|point| difference(point, &origin)).collect();
        let slices: Vec<&[f64]> = centered.iter().map(Vec::as_slice).collect();
        let plane = PrincipalPlane::fit(&slices, &vec![0.0; origin.len()]);
        let axes = [plane.point_at([1.0, 0.0]), plane.point_at([0.0, 1.0])];
        Self { origin, axes, explained: plane.explained_fraction() }
    }

    /// True if the plane lies in a space of this number of dimensions.
    pub fn fits(&self, dimension: usize) -> bool {
        [&self.origin, &self.axes[0], &self.axes[1]].iter().all(|v| v.len() == dimension)
    }

    /// Returns the coordinates of the orthogonal projection of a point.
    pub fn project(&self, x: &[f64]) -> [f64; 2] {
        self.direction(&difference(x, &self.origin))
    }

    /// Returns the components of a vector along the axes.
    pub fn direction(&self, v: &[f64]) -> [f64; 2] {
        [dot(v, &self.axes[0]), dot(v, &self.axes[1])]
    }

    /// Returns the point of the space at these coordinates.
    pub fn point_at(&self, [a, b]: [f64; 2]) -> Vec<f64> {
        let axes = self.axes[0].iter().zip(&self.axes[1]);
        self.origin.iter().zip(axes).map(|(o, (u, v))| o + a * u + b * v).collect()
    }
}

fn difference(x: &[f64], origin: &[f64]) -> Vec<f64> {
    x.iter().zip(origin).map(|(x, o)| x - o).collect()
}
