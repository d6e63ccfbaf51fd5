//! The plane in which a path is drawn.

use thalweg::square_sum;

/// Points that the directions are found from, at most: their products are a matrix.
const MOST: usize = 300;
/// Rounds of the power iteration.
const ROUNDS: usize = 200;

/// A plane in the space of x.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    /// A point in it.
    pub(crate) origin: Vec<f64>,
    /// Two unit vectors that are perpendicular to each other.
    pub(crate) along: [Vec<f64>; 2],
    /// The share of the motion that lies in it: of the sum of squared distances from the origin.
    pub(crate) share: f64,
}

impl Plane {
    /// The plane of x and y itself.
    pub(crate) fn of_two() -> Self {
        Self { origin: vec![0.0; 2], along: [vec![1.0, 0.0], vec![0.0, 1.0]], share: 1.0 }
    }

    /// The plane through `end` along the two main directions of the points around it (Li et al. 2018, arXiv:1712.09913,
    /// section 7): the first two principal components, by power iteration on the matrix of their products.
    pub(crate) fn main(points: &[&[f64]], end: &[f64]) -> Self {
        let every = points.len().div_ceil(MOST).max(1);
        let off = |x: &&[f64]| x.iter().zip(end).map(|(x, end)| x - end).collect::<Vec<f64>>();
        let rows: Vec<Vec<f64>> = points.iter().step_by(every).map(off).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let products: Vec<Vec<f64>> = rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect();
        let all: f64 = (0..rows.len()).map(|i| products[i][i]).sum();
        let first = component(&rows, &products, &[], end.len(), 0);
        let second = component(&rows, &products, std::slice::from_ref(&first), end.len(), 1);
        let inside: f64 = rows.iter().map(|row| dot(row, &first).powi(2) + dot(row, &second).powi(2)).sum();
        let share = if all > 0.0 { (inside / all).min(1.0) } else { 1.0 };
        Self { origin: end.to_vec(), along: [first, second], share }
    }

    /// The coordinates of the point of the plane that is nearest to x.
    pub(crate) fn project(&self, x: &[f64]) -> [f64; 2] {
        let along = |way: &Vec<f64>| x.iter().zip(&self.origin).zip(way).map(|((x, o), w)| (x - o) * w).sum();
        [along(&self.along[0]), along(&self.along[1])]
    }

    /// The point at these coordinates.
    pub(crate) fn at(&self, [a, b]: [f64; 2]) -> Vec<f64> {
        let ways = self.along[0].iter().zip(&self.along[1]);
        self.origin.iter().zip(ways).map(|(o, (u, v))| o + a * u + b * v).collect()
    }
}

/// A unit vector along the next principal component; a coordinate direction where the rows leave none.
fn component(rows: &[Vec<f64>], products: &[Vec<f64>], found: &[Vec<f64>], n: usize, place: usize) -> Vec<f64> {
    let mut weights: Vec<f64> = (0..rows.len()).map(|i| 1.0 + (i % 7) as f64).collect();
    let direction = |weights: &[f64]| {
        let mut way = vec![0.0; n];
        for (row, weight) in rows.iter().zip(weights) {
            way.iter_mut().zip(row).for_each(|(way, x)| *way += weight * x);
        }
        without(&mut way, found);
        way
    };
    for _ in 0..ROUNDS {
        let way = direction(&weights);
        let size = square_sum(&way).sqrt();
        if size <= 0.0 || !size.is_finite() {
            break;
        }
        // Where nothing was found before, the rows times the direction are the products times the weights.
        weights = match found {
            [] => products.iter().map(|row| row.iter().zip(&weights).map(|(p, w)| p * w).sum::<f64>() / size).collect(),
            _ => rows.iter().map(|row| row.iter().zip(&way).map(|(x, way)| x * way).sum::<f64>() / size).collect(),
        };
    }
    let mut way = direction(&weights);
    let size = square_sum(&way).sqrt();
    if size <= 0.0 || size.is_nan() {
        way = vec![0.0; n];
        way[place % n] = 1.0;
        without(&mut way, found);
    }
    let size = square_sum(&way).sqrt();
    // The largest component is positive, so that the picture does not depend on where the iteration began.
    let largest = way.iter().copied().fold(0.0, |most: f64, v| if v.abs() > most.abs() { v } else { most });
    let size = if largest < 0.0 { -size } else { size };
    for v in &mut way {
        *v = if size == 0.0 { 0.0 } else { *v / size };
    }
    way
}

/// Takes out what lies along the unit vectors that were found.
fn without(way: &mut [f64], found: &[Vec<f64>]) {
    for other in found {
        let along: f64 = way.iter().zip(other).map(|(a, b)| a * b).sum();
        way.iter_mut().zip(other).for_each(|(way, other)| *way -= along * other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_of_flat_motion_shows_all_of_it() {
        // Motion along (3, 0, 4)/5 and (0, 1, 0), ten times as far along the first.
        let points: Vec<Vec<f64>> = (0..50)
            .map(|i| {
                let (a, b) = (f64::from(i) * 0.2, (f64::from(i) * 0.7).sin());
                vec![1.0 + 0.6 * a, b, 0.8 * a]
            })
            .collect();
        let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let plane = Plane::main(&points, &[1.0, 0.0, 0.0]);
        assert!((plane.share - 1.0).abs() < 1e-12, "{plane:?}");
        assert!((plane.along[0][0] - 0.6).abs() < 0.05 && (plane.along[0][2] - 0.8).abs() < 0.05, "{plane:?}");
        let perpendicular: f64 = plane.along[0].iter().zip(&plane.along[1]).map(|(a, b)| a * b).sum();
        assert!(perpendicular.abs() < 1e-12);
        let there = plane.project(&plane.at([0.3, -0.7]));
        assert!((there[0] - 0.3).abs() < 1e-12 && (there[1] + 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_share_is_that_of_the_variances() {
        // Deviations 3, 2 and 1 along three directions: (9 + 4)/14 lies in the plane of the first two.
        let mut random = thalweg::Random::new(2);
        let points: Vec<Vec<f64>> =
            (0..300).map(|_| [3.0, 2.0, 1.0].map(|size: f64| size * random.normal()).to_vec()).collect();
        let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let share = Plane::main(&points, &[0.0; 3]).share;
        assert!((share - 13.0 / 14.0).abs() < 0.03, "{share}");
        // One point that never moved, and one variable: still two directions.
        assert!((Plane::main(&[&[1.0, 2.0][..]], &[1.0, 2.0]).share - 1.0).abs() < 1e-12);
        assert_eq!(Plane::main(&[&[1.0][..]], &[0.0]).along[1], [0.0]);
    }
}
