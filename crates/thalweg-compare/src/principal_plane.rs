//! Projection of the path of a run onto the plane of its two principal components.

use thalweg::optimizer::{dot, square_sum};

/// Largest number of points whose Gram matrix is computed.
const MAX_POINTS: usize = 300;
const POWER_ITERATIONS: usize = 200;

/// A plane in the space of the parameters.
#[derive(Clone, Debug)]
pub struct PrincipalPlane {
    origin: Vec<f64>,
    /// Two orthogonal unit vectors.
    axes: [Vec<f64>; 2],
    explained_fraction: f64,
}

impl PrincipalPlane {
    /// Returns the plane of a space of two dimensions.
    pub fn identity() -> Self {
        Self { origin: vec![0.0; 2], axes: [vec![1.0, 0.0], vec![0.0, 1.0]], explained_fraction: 1.0 }
    }

    /// Returns the plane through `origin` along the first two principal components of `points` around it (Li et al.
    /// 2018, arXiv:1712.09913, section 7), by power iteration.
    ///
    /// ```
    /// use thalweg_compare::PrincipalPlane;
    /// let points: Vec<[f64; 3]> = (0..50_i32).map(|i| [f64::from(i), 0.0, f64::from(i % 5)]).collect();
    /// let points: Vec<&[f64]> = points.iter().map(|point| &point[..]).collect();
    /// let plane = PrincipalPlane::fit(&points, &[0.0; 3]);
    /// assert!((plane.explained_fraction() - 1.0).abs() < 1e-12);
    /// let [a, b] = plane.project(&[3.0, 7.0, 4.0]);
    /// assert!((a * a + b * b - 25.0).abs() < 1e-9, "the distance from the origin within the plane");
    /// ```
    pub fn fit(points: &[&[f64]], origin: &[f64]) -> Self {
        let stride = points.len().div_ceil(MAX_POINTS).max(1);
        let centered = |x: &&[f64]| x.iter().zip(origin).map(|(x, o)| x - o).collect::<Vec<f64>>();
        let rows: Vec<Vec<f64>> = points.iter().step_by(stride).map(centered).collect();
        let gram: Vec<Vec<f64>> = rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect();
        let total: f64 = (0..rows.len()).map(|i| gram[i][i]).sum();
        let first = first_component(&rows, &gram, origin.len());
        let second = second_component(&rows, &first);
        let explained: f64 = rows.iter().map(|row| dot(row, &first).powi(2) + dot(row, &second).powi(2)).sum();
        let explained_fraction = if total > 0.0 { (explained / total).min(1.0) } else { 1.0 };
        Self { origin: origin.to_vec(), axes: [first, second], explained_fraction }
    }

    /// Returns the fraction of the sum of squared distances from the origin that lies within the plane, in [0, 1].
    pub fn explained_fraction(&self) -> f64 {
        self.explained_fraction
    }

    /// Returns the number of dimensions of the space.
    pub fn dimension(&self) -> usize {
        self.origin.len()
    }

    /// Returns the coordinates of the orthogonal projection of `x` onto the plane.
    pub fn project(&self, x: &[f64]) -> [f64; 2] {
        let along = |axis: &Vec<f64>| x.iter().zip(&self.origin).zip(axis).map(|((x, o), a)| (x - o) * a).sum();
        [along(&self.axes[0]), along(&self.axes[1])]
    }

    /// Returns the point of the space at these coordinates of the plane.
    pub fn point_at(&self, [a, b]: [f64; 2]) -> Vec<f64> {
        let axes = self.axes[0].iter().zip(&self.axes[1]);
        self.origin.iter().zip(axes).map(|(o, (u, v))| o + a * u + b * v).collect()
    }
}

/// Returns the first principal component of the rows, whose inner products are in `gram`.
fn first_component(rows: &[Vec<f64>], gram: &[Vec<f64>], dimension: usize) -> Vec<f64> {
    let direction_of = |weights: &[f64]| weighted_sum(rows, weights, dimension);
    let weights = iterate(rows.len(), direction_of, |_, weights, size| {
        // The rows times the direction are the Gram matrix times the weights.
        gram.iter().map(|row| row.iter().zip(weights).map(|(p, w)| p * w).sum::<f64>() / size).collect()
    });
    let mut direction = direction_of(&weights);
    if !is_positive(square_sum(&direction).sqrt()) {
        direction = unit_vector(dimension, 0);
    }
    normalize(direction)
}

/// Returns the second principal component of the rows, orthogonal to the first.
fn second_component(rows: &[Vec<f64>], first: &[f64]) -> Vec<f64> {
    let dimension = first.len();
    let direction_of = |weights: &[f64]| orthogonalize(weighted_sum(rows, weights, dimension), first);
    let weights = iterate(rows.len(), direction_of, |direction, _, size| {
        rows.iter().map(|row| dot(row, direction) / size).collect()
    });
    let mut direction = direction_of(&weights);
    if !is_positive(square_sum(&direction).sqrt()) {
        direction = orthogonalize(unit_vector(dimension, 1 % dimension), first);
    }
    normalize(direction)
}

/// Power iteration on the weights of the rows.
fn iterate(
    rows: usize,
    direction_of: impl Fn(&[f64]) -> Vec<f64>,
    weights_of: impl Fn(&[f64], &[f64], f64) -> Vec<f64>,
) -> Vec<f64> {
    let mut weights: Vec<f64> = (0..rows).map(|i| 1.0 + (i % 7) as f64).collect();
    for _ in 0..POWER_ITERATIONS {
        let direction = direction_of(&weights);
        let size = square_sum(&direction).sqrt();
        if size <= 0.0 || !size.is_finite() {
            break;
        }
        weights = weights_of(&direction, &weights, size);
    }
    weights
}

fn weighted_sum(rows: &[Vec<f64>], weights: &[f64], dimension: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dimension];
    for (row, weight) in rows.iter().zip(weights) {
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

/// Subtracts the component along the unit vector `axis`.
fn orthogonalize(mut v: Vec<f64>, axis: &[f64]) -> Vec<f64> {
    let along = dot(&v, axis);
    v.iter_mut().zip(axis).for_each(|(v, axis)| *v -= along * axis);
    v
}

fn unit_vector(dimension: usize, index: usize) -> Vec<f64> {
    (0..dimension).map(|i| if i == index { 1.0 } else { 0.0 }).collect()
}

/// Returns `true` if the number is positive; infinity is, NaN is not.
fn is_positive(value: f64) -> bool {
    value > 0.0
}

/// Scales a vector to length 1 with its largest component positive, so that the result does not depend on the start of
/// the iteration. The zero vector remains zero.
fn normalize(mut v: Vec<f64>) -> Vec<f64> {
    let size = square_sum(&v).sqrt();
    let largest = v.iter().copied().fold(0.0, |most: f64, v| if v.abs() > most.abs() { v } else { most });
    let size = if largest < 0.0 { -size } else { size };
    for v in &mut v {
        *v = if size == 0.0 { 0.0 } else { *v / size };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_motion_lies_entirely_within_the_plane() {
        // Motion along (3, 0, 4)/5 and (0, 1, 0), ten times as far along the first.
        let points: Vec<Vec<f64>> = (0..50)
            .map(|i| {
                let (a, b) = (f64::from(i) * 0.2, (f64::from(i) * 0.7).sin());
                vec![1.0 + 0.6 * a, b, 0.8 * a]
            })
            .collect();
        let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let plane = PrincipalPlane::fit(&points, &[1.0, 0.0, 0.0]);
        assert!((plane.explained_fraction - 1.0).abs() < 1e-12, "{plane:?}");
        assert!((plane.axes[0][0] - 0.6).abs() < 0.05 && (plane.axes[0][2] - 0.8).abs() < 0.05, "{plane:?}");
        assert!(dot(&plane.axes[0], &plane.axes[1]).abs() < 1e-12);
        let projected = plane.project(&plane.point_at([0.3, -0.7]));
        assert!((projected[0] - 0.3).abs() < 1e-12 && (projected[1] + 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_explained_fraction_is_that_of_the_variances() {
        // Standard deviations 3, 2 and 1 along three directions: (9 + 4)/14 lies in the plane of the first two.
        let mut random = thalweg::random::Random::new(2);
        let points: Vec<Vec<f64>> =
            (0..300).map(|_| [3.0, 2.0, 1.0].map(|size: f64| size * random.normal()).to_vec()).collect();
        let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let fraction = PrincipalPlane::fit(&points, &[0.0; 3]).explained_fraction;
        assert!((fraction - 13.0 / 14.0).abs() < 0.03, "{fraction}");
        // A single point, and a space of one dimension, still give two axes.
        assert!((PrincipalPlane::fit(&[&[1.0, 2.0][..]], &[1.0, 2.0]).explained_fraction - 1.0).abs() < 1e-12);
        assert_eq!(PrincipalPlane::fit(&[&[1.0][..]], &[0.0]).axes[1], [0.0]);
    }
}
