//! What kind of point is this: the eigenvalues of the Hessian say it.

use serde::Serialize;

use crate::error::{Error, Result};

/// The kind of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CriticalPointKind {
    /// The gradient vanishes and all eigenvalues are positive: a strict local minimum.
    Minimum,
    /// The gradient vanishes and all eigenvalues are negative: a strict local maximum.
    Maximum,
    /// The gradient vanishes and there are eigenvalues of both signs: a strict saddle, with ways down.
    Saddle,
    /// The gradient vanishes, and so does an eigenvalue, the others having one sign: second derivatives do not tell.
    Degenerate,
    /// The gradient does not vanish (yet).
    NotCritical,
    /// The gradient or the Hessian is not finite.
    Undefined,
}

/// A point seen through its second derivatives.
///
/// ```
/// use thalweg::{CriticalPoint, Formula, CriticalPointKind, Objective};
/// let mut saddle = Formula::parse("(x^2 - y^2)/2")?;
/// let (x, mut g) = ([0.0, 0.0], [0.0, 0.0]);
/// saddle.eval(&x, &mut g)?;
/// let point = CriticalPoint::classify(&x, &g, &saddle.hessian(&x)?)?;
/// assert_eq!((point.kind, &point.eigenvalues[..]), (CriticalPointKind::Saddle, &[-1.0, 1.0][..]));
/// assert_eq!(point.negative_curvature_directions[0], [0.0, 1.0]);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalPoint {
    /// Its kind.
    pub kind: CriticalPointKind,
    /// The eigenvalues of the Hessian, from the smallest up; none where it is undefined.
    pub eigenvalues: Vec<f64>,
    /// Unit vectors along which f falls on both sides of a critical point: the eigenvectors of the negative eigenvalues,
    /// steepest first, each with its largest component positive.
    pub negative_curvature_directions: Vec<Vec<f64>>,
}

/// Eigenvalues are taken for 0 below this share of the largest size.
const ZERO_EIGENVALUE: f64 = 1e-8;
/// The gradient vanishes where Newton's step along each eigenvector is at most this share of 1 + ‖x‖.
const CRITICAL_STEP: f64 = 1e-5;

impl CriticalPoint {
    /// The kind of point `x`, where the gradient and the Hessian (row after row) are those given.
    ///
    /// # Errors
    /// [`Error::Length`] where these do not fit together.
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
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let most = pairs.iter().fold(0.0_f64, |most, (value, _)| most.max(value.abs()));
        let flat = ZERO_EIGENVALUE * most;
        let near = CRITICAL_STEP * (1.0 + norm(x));
        let vanishes = pairs.iter().all(|(value, vector)| {
            let along: f64 = vector.iter().zip(gradient).map(|(v, g)| v * g).sum();
            along.abs() <= near * value.abs().max(flat).max(f64::MIN_POSITIVE)
        });
        let (down, up) = (pairs.iter().any(|pair| pair.0 < -flat), pairs.iter().any(|pair| pair.0 > flat));
        let flats = pairs.iter().any(|pair| pair.0.abs() <= flat);
        let kind = match (vanishes, down, up) {
            (false, ..) => CriticalPointKind::NotCritical,
            (_, true, true) => CriticalPointKind::Saddle,
            _ if flats => CriticalPointKind::Degenerate,
            (_, true, _) => CriticalPointKind::Maximum,
            _ => CriticalPointKind::Minimum,
        };
        let negative_curvature_directions =
            pairs.iter().filter(|pair| pair.0 < -flat).map(|pair| oriented(&pair.1)).collect();
        Ok(Self { kind, eigenvalues: pairs.into_iter().map(|pair| pair.0).collect(), negative_curvature_directions })
    }
}

/// ‖v‖, scaled so that squares do not overflow.
pub fn norm(v: &[f64]) -> f64 {
    let most = v.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    if most == 0.0 || !most.is_finite() {
        return most;
    }
    most * v.iter().map(|v| (v / most) * (v / most)).sum::<f64>().sqrt()
}

/// An eigenvector has two directions: the one whose largest component is positive.
fn oriented(v: &[f64]) -> Vec<f64> {
    let largest = v.iter().fold(0.0_f64, |most, v| if v.abs() > most.abs() { *v } else { most });
    v.iter().map(|v| if largest < 0.0 { -v } else { *v } + 0.0).collect()
}

/// Eigenvalues and unit eigenvectors of a symmetric matrix, by Jacobi's rotations (Jacobi 1846; Golub & Van Loan 2013,
/// Alg. 8.5.3): slower than others for large matrices, and as exact as any.
fn symmetric_eigen(n: usize, matrix: &[f64]) -> Vec<(f64, Vec<f64>)> {
    /// Convergence is quadratic: five or six sweeps are the rule.
    const SWEEPS: usize = 60;
    let mut a = matrix.to_vec();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let small = f64::EPSILON * norm(&a) / (n.max(1) as f64);
    for _ in 0..SWEEPS {
        let mut turned = false;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[p * n + q];
                if off.abs() <= small {
                    continue;
                }
                turned = true;
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
        if !turned {
            break;
        }
    }
    vectors.into_iter().enumerate().map(|(i, vector)| (a[i * n + i], vector)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::Formula;
    use crate::objective::Objective;

    fn critical(text: &str, x: &[f64]) -> CriticalPoint {
        let mut formula = Formula::parse(text).expect(text);
        let mut g = vec![0.0; x.len()];
        formula.eval(x, &mut g).expect("x of the right length");
        CriticalPoint::classify(x, &g, &formula.hessian(x).expect("x of the right length")).expect("all of one length")
    }

    #[test]
    fn points_are_of_their_kind() {
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
            assert_eq!(critical(text, &x).kind, kind, "{text} at {x:?}");
        }
    }

    #[test]
    fn eigenpairs_satisfy_their_equation() {
        let n = 7;
        let entry = |i: usize, j: usize| libm::sin((i * j + i + j) as f64) + if i == j { i as f64 - 3.0 } else { 0.0 };
        let matrix: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
        let pairs = symmetric_eigen(n, &matrix);
        for (value, vector) in &pairs {
            assert!((norm(vector) - 1.0).abs() < 1e-14);
            for i in 0..n {
                let product: f64 = (0..n).map(|j| matrix[i * n + j] * vector[j]).sum();
                assert!((product - value * vector[i]).abs() < 1e-13, "row {i} of eigenvalue {value}");
            }
        }
        let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
        assert!((pairs.iter().map(|pair| pair.0).sum::<f64>() - trace).abs() < 1e-13);
    }

    #[test]
    fn ways_down_are_named_steepest_first() {
        let point = critical("x^2 - y^2 - 2*(y+z)^2", &[0.0, 0.0, 0.0]);
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
