//! The critical points of a function of two variables, found by Newton's method from a grid.

use thalweg::{CriticalPoint, CriticalPointKind, Formula, Objective};
use thalweg_plot::{Marker, MarkerKind};

/// Starts along each side.
const SIDE: usize = 11;
const ROUNDS: usize = 40;
/// More points than this are a clutter: then only minima are shown, or none.
const MOST: usize = 24;

/// The critical points inside the range, by kind.
pub(super) fn find(formula: &Formula, range: [[f64; 2]; 2]) -> Vec<Marker> {
    let mut formula = formula.clone();
    let mut spots: Vec<Marker> = Vec::new();
    let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 + 0.5) / SIDE as f64;
    for i in 0..SIDE * SIDE {
        let start = [place(i % SIDE, range[0]), place(i / SIDE, range[1])];
        let Some((at, kind)) = newton(&mut formula, start, range) else { continue };
        let near = |spot: &&Marker| {
            let apart = |axis: usize| (spot.position[axis] - at[axis]).abs() / (range[axis][1] - range[axis][0]);
            apart(0) < 1e-3 && apart(1) < 1e-3
        };
        if !spots.iter().any(|spot| near(&spot)) {
            spots.push(Marker { position: at, kind, label: String::new() });
        }
    }
    if spots.len() > MOST {
        spots.retain(|spot| spot.kind == MarkerKind::Minimum);
    }
    if spots.len() > MOST {
        spots.clear();
    }
    spots
}

/// The critical point that Newton's method ends at, if that is inside.
fn newton(formula: &mut Formula, mut x: [f64; 2], range: [[f64; 2]; 2]) -> Option<([f64; 2], MarkerKind)> {
    let mut g = [0.0; 2];
    for _ in 0..ROUNDS {
        formula.eval(&x, &mut g).ok()?;
        let h = formula.hessian(&x).ok()?;
        let determinant = h[0] * h[3] - h[1] * h[2];
        if determinant == 0.0 || !determinant.is_finite() {
            break;
        }
        let step = [(h[3] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[2] * g[0]) / determinant];
        // No farther than the picture is wide.
        let size = (0..2).map(|i| step[i].abs() / (range[i][1] - range[i][0])).fold(0.0_f64, f64::max);
        let scale = if size > 0.5 { 0.5 / size } else { 1.0 };
        x = [x[0] - scale * step[0], x[1] - scale * step[1]];
        if size < 1e-12 {
            break;
        }
    }
    formula.eval(&x, &mut g).ok()?;
    let inside = (0..2).all(|i| x[i] >= range[i][0] && x[i] <= range[i][1]);
    let kind = spot_kind(CriticalPoint::classify(&x, &g, &formula.hessian(&x).ok()?).ok()?.kind)?;
    inside.then_some((x, kind))
}

/// How a kind of point is marked; none where it is no critical point.
fn spot_kind(kind: CriticalPointKind) -> Option<MarkerKind> {
    match kind {
        CriticalPointKind::Minimum => Some(MarkerKind::Minimum),
        CriticalPointKind::Maximum => Some(MarkerKind::Maximum),
        CriticalPointKind::Saddle => Some(MarkerKind::Saddle),
        CriticalPointKind::Degenerate => Some(MarkerKind::Degenerate),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn himmelblau_has_four_minima_four_saddles_and_a_maximum() {
        let formula = Formula::parse("(x^2+y-11)^2+(x+y^2-7)^2").expect("a formula");
        let spots = find(&formula, [[-5.0, 5.0], [-5.0, 5.0]]);
        let count = |kind: MarkerKind| spots.iter().filter(|spot| spot.kind == kind).count();
        assert_eq!([MarkerKind::Minimum, MarkerKind::Saddle, MarkerKind::Maximum].map(count), [4, 4, 1], "{spots:?}");
    }
}
