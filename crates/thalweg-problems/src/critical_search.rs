//! Search for the critical points of a function of two variables.

use thalweg::Objective;

use crate::critical_point::{CriticalPoint, CriticalPointKind};
use crate::formula::Formula;

/// Starting points of Newton's method along each axis.
const GRID_SIDE: usize = 11;
const MAX_NEWTON_STEPS: usize = 40;
/// Two results closer than this fraction of the range, along both axes, are the same point.
const SAME_POINT: f64 = 1e-3;

/// A critical point of a function of two variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocatedCriticalPoint {
    /// Coordinates of the point.
    pub x: [f64; 2],
    /// Minimum, maximum, saddle or degenerate point.
    pub kind: CriticalPointKind,
}

/// Finds critical points of a function of two variables in the rectangle `range` by Newton's method from a grid of
/// starting points.
///
/// The search is a heuristic: it may miss points. Where a derivative is not finite, nothing is found.
///
/// ```
/// use thalweg_problems::{CriticalPointKind, Formula, find_critical_points};
/// let himmelblau = Formula::parse("(x^2+y-11)^2+(x+y^2-7)^2")?;
/// let points = find_critical_points(&himmelblau, [[-5.0, 5.0], [-5.0, 5.0]]);
/// let count = |kind| points.iter().filter(|point| point.kind == kind).count();
/// use CriticalPointKind::{Maximum, Minimum, Saddle};
/// assert_eq!([Minimum, Saddle, Maximum].map(count), [4, 4, 1]);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
///
/// # Panics
/// If the formula does not have two variables.
pub fn find_critical_points(formula: &Formula, range: [[f64; 2]; 2]) -> Vec<LocatedCriticalPoint> {
    assert_eq!(formula.variables().len(), 2, "the search is for functions of two variables");
    let mut formula = formula.clone();
    let mut points: Vec<LocatedCriticalPoint> = Vec::new();
    let node = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 + 0.5) / GRID_SIDE as f64;
    for i in 0..GRID_SIDE * GRID_SIDE {
        let start = [node(i % GRID_SIDE, range[0]), node(i / GRID_SIDE, range[1])];
        let Some(found) = newton(&mut formula, start, range) else { continue };
        let is_same = |point: &LocatedCriticalPoint| {
            let distance = |axis: usize| (point.x[axis] - found.x[axis]).abs() / (range[axis][1] - range[axis][0]);
            distance(0) < SAME_POINT && distance(1) < SAME_POINT
        };
        if !points.iter().any(is_same) {
            points.push(found);
        }
    }
    points
}

/// Follows Newton's method to a critical point; `None` if it ends elsewhere or outside the range.
fn newton(formula: &mut Formula, mut x: [f64; 2], range: [[f64; 2]; 2]) -> Option<LocatedCriticalPoint> {
    let mut g = [0.0; 2];
    for _ in 0..MAX_NEWTON_STEPS {
        formula.eval(&x, &mut g).ok()?;
        let h = formula.hessian(&x).ok()?;
        let determinant = h[0] * h[3] - h[1] * h[2];
        if determinant == 0.0 || !determinant.is_finite() {
            break;
        }
        let step = [(h[3] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[2] * g[0]) / determinant];
        // A step is at most half as long as the range.
        let size = (0..2).map(|i| step[i].abs() / (range[i][1] - range[i][0])).fold(0.0_f64, f64::max);
        let scale = if size > 0.5 { 0.5 / size } else { 1.0 };
        x = [x[0] - scale * step[0], x[1] - scale * step[1]];
        if size < 1e-12 {
            break;
        }
    }
    formula.eval(&x, &mut g).ok()?;
    let inside = (0..2).all(|i| x[i] >= range[i][0] && x[i] <= range[i][1]);
    let kind = CriticalPoint::classify(&x, &g, &formula.hessian(&x).ok()?).ok()?.kind;
    let is_critical = !matches!(kind, CriticalPointKind::NotCritical | CriticalPointKind::Undefined);
    (inside && is_critical).then_some(LocatedCriticalPoint { x, kind })
}
