//! Classification of critical points by the eigenvalues of the Hessian.

use serde::Serialize;
use thalweg::Error;

use crate::error::Result;

/// Kind of a point, by its gradient and the signs of the Hessian's eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CriticalPointKind {
    /// The gradient vanishes and all eigenvalues are positive: a strict local minimum.
    Minimum,
    /// The gradient vanishes and all eigenvalues are negative: a strict local maximum.
    Maximum,
    /// The gradient vanishes and there are eigenvalues of both signs: a strict saddle.
    Saddle,
    /// The gradient and an eigenvalue vanish, and no two other eigenvalues have opposite signs: second derivatives do
    /// not determine the kind.
    Degenerate,
    /// The gradient does not vanish.
    NotCritical,
    /// The point, the gradient or the Hessian is not finite.
    Undefined,
}

/// Kind of a point, and the eigenvalues of the Hessian.
///
/// ```
/// use thalweg::Objective;
/// use thalweg_problems::{CriticalPoint, CriticalPointKind, Formula};
/// let mut saddle = Formula::parse("(x^2 - y^2)/2")?;
/// let (x, mut g) = ([0.0, 0.0], [0.0, 0.0]);
/// saddle.eval(&x, &mut g)?;
/// let point = CriticalPoint::classify(&x, &g, &saddle.hessian(&x)?)?;
/// assert_eq!((point.kind, &point.eigenvalues[..]), (CriticalPointKind::Saddle, &[-1.0, 1.0][..]));
/// assert_eq!(point.negative_curvature_directions[0], [0.0, 1.0]);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalPoint {
    /// Kind of the point.
    pub kind: CriticalPointKind,
    /// Eigenvalues of the Hessian in ascending order; empty for an undefined point.
    pub eigenvalues: Vec<f64>,
    /// Unit eigenvectors of the negative eigenvalues, along which f falls on both sides of a critical point. That of
    /// the smallest eigenvalue comes first, and the largest component of each is positive.
    pub negative_curvature_directions: Vec<Vec<f64>>,
}

/// Absolute value, relative to the largest eigenvalue, up to which an eigenvalue counts as 0.
const EIGENVALUE_TOLERANCE: f64 = 1e-8;
/// Length of Newton's step along each eigenvector, relative to 1 + ‖x‖, up to which the gradient counts as 0.
const GRADIENT_TOLERANCE: f64 = 1e-5;

impl CriticalPoint {
    /// Classifies the point `x` by the gradient and the Hessian (in row-major order) there.
    ///
    /// # Errors
    /// [`Error::Length`] if the lengths do not fit together.
    pub fn classify(x: &[f64], gradient: &[f64], hessian: &[f64]) -> Result<Self> {
        let n = x.len();
        Error::length(&"the gradient", n, gradient.len())?;
        Error::length(&"the Hessian", n * n, hessian.len())?;
        if x.iter().chain(gradient).chain(hessian).any(|v| !v.is_finite()) {
            return Ok(Self {
                kind: CriticalPointKind::Undefined,
                eigenvalues: Vec::new(),
                negative_curvature_directions: Vec::new(),
            });
        }
        let mut pairs = symmetric_eigen(n, hessian);
        pairs.sort_by(|a, b| a.value.total_cmp(&b.value));
        let largest = pairs.iter().fold(0.0_f64, |largest, pair| largest.max(pair.value.abs()));
        let zero = EIGENVALUE_TOLERANCE * largest;
        let short = GRADIENT_TOLERANCE * (1.0 + norm(x));
        let gradient_vanishes = pairs.iter().all(|Eigenpair { value, vector }| {
            let component: f64 = vector.iter().zip(gradient).map(|(v, g)| v * g).sum();
            component.abs() <= short * value.abs().max(zero).max(f64::MIN_POSITIVE)
        });
        let has_negative = pairs.iter().any(|pair| pair.value < -zero);
        let has_positive = pairs.iter().any(|pair| pair.value > zero);
        let has_zero = pairs.iter().any(|pair| pair.value.abs() <= zero);
        let kind = match (gradient_vanishes, has_negative, has_positive) {
            (false, ..) => CriticalPointKind::NotCritical,
            (_, true, true) => CriticalPointKind::Saddle,
            _ if has_zero => CriticalPointKind::Degenerate,
            (_, true, _) => CriticalPointKind::Maximum,
            _ => CriticalPointKind::Minimum,
        };
        let negative = pairs.iter().filter(|pair| pair.value < -zero);
        let negative_curvature_directions = negative.map(|pair| oriented(&pair.vector)).collect();
        let eigenvalues = pairs.into_iter().map(|pair| pair.value).collect();
        Ok(Self { kind, eigenvalues, negative_curvature_directions })
    }
}

/// Returns the Euclidean norm ‖v‖, scaled so that no square overflows; NaN if a component is NaN.
pub fn norm(v: &[f64]) -> f64 {
    // The maximum of numbers leaves NaN out.
    if v.iter().any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let largest = v.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * v.iter().map(|v| (v / largest) * (v / largest)).sum::<f64>().sqrt()
}

/// Returns the one of v and −v whose largest component is positive.
fn oriented(v: &[f64]) -> Vec<f64> {
    let largest = v.iter().fold(0.0_f64, |largest, v| if v.abs() > largest.abs() { *v } else { largest });
    v.iter().map(|v| if largest < 0.0 { -v } else { *v } + 0.0).collect()
}

/// An eigenvalue and its unit eigenvector.
struct Eigenpair {
    value: f64,
    vector: Vec<f64>,
}

/// Returns the eigenpairs of a symmetric n×n matrix, by Jacobi rotations (Jacobi 1846; Golub & Van Loan 2013, Alg.
/// 8.5.3): slower than other algorithms for large matrices, and among the most accurate.
fn symmetric_eigen(n: usize, matrix: &[f64]) -> Vec<Eigenpair> {
    /// Convergence is quadratic: five or six sweeps usually suffice.
    const MAX_SWEEPS: usize = 60;
    let mut a = matrix.to_vec();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let small = f64::EPSILON * norm(&a) / (n.max(1) as f64);
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[p * n + q];
                if off.abs() <= small {
                    continue;
                }
                rotated = true;
                let half = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
                let t = half.signum() / (half.abs() + (1.0 + half * half).sqrt());
                let c = 1.0 / (1.0 + t * t).sqrt();
                let s = t * c;
                for k in 0..n {
                    let (kp, kq) = (a[k * n + p], a[k * n + q]);
                    (a[k * n + p], a[k * n + q]) = (c * kp - s * kq, s * kp + c * kq);
                }
                for k in 0..n {
                    let (pk, qk) = (a[p * n + k], a[q * n + k]);
                    (a[p * n + k], a[q * n + k]) = (c * pk - s * qk, s * pk + c * qk);
                    let (vp, vq) = (vectors[p][k], vectors[q][k]);
                    (vectors[p][k], vectors[q][k]) = (c * vp - s * vq, s * vp + c * vq);
                }
            }
        }
        if !rotated {
            break;
        }
    }
    vectors.into_iter().enumerate().map(|(i, vector)| Eigenpair { value: a[i * n + i], vector }).collect()
}

#[cfg(test)]
mod tests {
    use thalweg::Objective;

    use super::*;
    use crate::formula::Formula;

    #[test]
    fn the_norm_keeps_nan_and_sizes() {
        assert!([&[f64::NAN, f64::NAN][..], &[f64::NAN, 1.0], &[0.0, f64::NAN]].into_iter().all(|v| norm(v).is_nan()));
        let large = 2.0_f64.powi(700);
        assert_eq!(norm(&[3.0 * large, -4.0 * large]), 5.0 * large);
        assert_eq!((norm(&[0.0; 2]), norm(&[f64::INFINITY, 1.0])), (0.0, f64::INFINITY));
    }

    fn classify(text: &str, x: &[f64]) -> CriticalPoint {
        let mut formula = Formula::parse(text).expect(text);
        let mut g = vec![0.0; x.len()];
        formula.eval(x, &mut g).expect("x of the right length");
        CriticalPoint::classify(x, &g, &formula.hessian(x).expect("x of the right length"))
            .expect("lengths that fit together")
    }

    #[test]
    fn points_are_classified() {
        for (text, x, kind) in [
            ("x^2+3*y^2", [0.0, 0.0], CriticalPointKind::Minimum),
            ("-x^2-y^2", [0.0, 0.0], CriticalPointKind::Maximum),
            ("x*y", [0.0, 0.0], CriticalPointKind::Saddle),
            ("x^3-3*x*y^2", [0.0, 0.0], CriticalPointKind::Degenerate),
            ("x^2+y^4", [0.0, 0.0], CriticalPointKind::Degenerate),
            ("x^2+y^2", [1.0, 0.0], CriticalPointKind::NotCritical),
            ("x+y", [1.0, 0.0], CriticalPointKind::NotCritical),
            ("1000*x^2+1e-3*y^2", [0.0, 0.5], CriticalPointKind::NotCritical),
            ("1000*x^2+1e-3*y^2", [0.0, 1e-6], CriticalPointKind::Minimum),
            ("sqrt(x)+y", [0.0, 0.0], CriticalPointKind::Undefined),
        ] {
            assert_eq!(classify(text, &x).kind, kind, "{text} at {x:?}");
        }
    }

    #[test]
    fn eigenpairs_satisfy_their_equation() {
        let n = 7;
        let entry = |i: usize, j: usize| libm::sin((i * j + i + j) as f64) + if i == j { i as f64 - 3.0 } else { 0.0 };
        let matrix: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
        let pairs = symmetric_eigen(n, &matrix);
        for Eigenpair { value, vector } in &pairs {
            assert!((norm(vector) - 1.0).abs() < 1e-14);
            for i in 0..n {
                let product: f64 = (0..n).map(|j| matrix[i * n + j] * vector[j]).sum();
                assert!((product - value * vector[i]).abs() < 1e-13, "row {i} of eigenvalue {value}");
            }
        }
        let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
        assert!((pairs.iter().map(|pair| pair.value).sum::<f64>() - trace).abs() < 1e-13);
    }

    #[test]
    fn negative_curvature_directions_begin_with_the_smallest_eigenvalue() {
        let point = classify("x^2 - y^2 - 2*(y+z)^2", &[0.0, 0.0, 0.0]);
        assert_eq!((point.kind, point.negative_curvature_directions.len()), (CriticalPointKind::Saddle, 2));
        // The Hessian of y and z is −(6 4; 4 4): eigenvalues −5 ± √17.
        let root = 17.0_f64.sqrt();
        for (found, expected) in point.eigenvalues.iter().zip([-5.0 - root, -5.0 + root, 2.0]) {
            assert!((found - expected).abs() < 1e-13);
        }
        assert!(
            point.negative_curvature_directions[0][1] > 0.7 && point.negative_curvature_directions[0][2] > 0.6,
            "{:?}",
            point.negative_curvature_directions
        );
    }
}
