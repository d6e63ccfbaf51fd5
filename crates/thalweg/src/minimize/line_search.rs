//! Line search for the strong Wolfe conditions: Nocedal & Wright 2006, algorithms 3.5 and 3.6.

use crate::error::Result;

/// Maximum number of evaluations of one search.
const MAX_TRIALS: u32 = 25;
/// Largest factor by which the step length grows from one trial to the next.
const MAX_GROWTH: f64 = 10.0;
/// Smallest distance of a new trial from the ends of its bracket, as a fraction of its length.
const MARGIN: f64 = 0.1;

/// The function along a search direction, at a step length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    /// Step length α along the direction.
    pub(super) alpha: f64,
    /// Value of the function.
    pub(super) value: f64,
    /// Derivative with respect to α.
    pub(super) slope: f64,
    /// Decrease that the slope at α = 0 promises for this point: −gᵀ(x(α) − x). Without a projection it is −α·slope.
    pub(super) promised: f64,
    /// How the point was found.
    pub(super) path: Path,
}

/// How the point of a trial was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// It lies on the line, where the slope is the derivative.
    Line,
    /// It was projected from the line.
    Projected,
}

/// Constants of the conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wolfe {
    /// Sufficient decrease, as a fraction of the promised one.
    pub(super) c1: f64,
    /// Largest slope, as a fraction of the first one.
    pub(super) c2: f64,
    /// Increase of the value that may be a rounding error.
    pub(super) noise: f64,
}

/// A search from the point at α = 0.
struct Search<'a, E> {
    start: Trial,
    wolfe: Wolfe,
    eval: &'a mut E,
    trials: u32,
}

/// Returns a step length that satisfies the strong Wolfe conditions, or at least lowers the value; `None` if there is
/// none. `eval` evaluates the function at a step length; its last call is that of the length returned.
pub(super) fn search<E: FnMut(f64) -> Result<Trial>>(
    start: Trial,
    first: f64,
    wolfe: Wolfe,
    eval: &mut E,
) -> Result<Option<Trial>> {
    Search { start, wolfe, eval, trials: 0 }.run(first)
}

impl<E: FnMut(f64) -> Result<Trial>> Search<'_, E> {
    /// Algorithm 3.5: lengthens the step until the conditions hold or a bracket is found.
    fn run(&mut self, first: f64) -> Result<Option<Trial>> {
        let (mut previous, mut alpha) = (self.start, first);
        while self.trials < MAX_TRIALS {
            let trial = self.eval(alpha)?;
            if !self.decreases(&trial) {
                return self.zoom(previous, trial);
            }
            if self.is_accepted(&trial) {
                return Ok(Some(trial));
            }
            if trial.value >= previous.value && previous.alpha > 0.0 {
                return self.zoom(previous, trial);
            }
            if trial.slope >= 0.0 {
                return self.zoom(trial, previous);
            }
            alpha = match cubic_minimizer(&previous, &trial) {
                Some(at) if at > trial.alpha => {
                    at.clamp(trial.alpha + MARGIN * (trial.alpha - previous.alpha), MAX_GROWTH * trial.alpha)
                }
                _ => MAX_GROWTH * trial.alpha,
            };
            previous = trial;
        }
        // The value decreases as far as the search went.
        Ok(Some(previous))
    }

    /// Algorithm 3.6: shortens a bracket. `low` has the lowest value so far, and its slope points into the bracket.
    fn zoom(&mut self, mut low: Trial, mut high: Trial) -> Result<Option<Trial>> {
        while self.trials < MAX_TRIALS {
            let alpha = between(&low, &high);
            // The bracket has no number inside.
            if alpha.to_bits() == low.alpha.to_bits() || alpha.to_bits() == high.alpha.to_bits() {
                break;
            }
            let trial = self.eval(alpha)?;
            if !self.decreases(&trial) || (trial.value > low.value + self.wolfe.noise) {
                high = trial;
                continue;
            }
            if self.is_accepted(&trial) {
                return Ok(Some(trial));
            }
            if trial.slope * (high.alpha - low.alpha) >= 0.0 {
                high = low;
            }
            low = trial;
        }
        // A decrease that may be a rounding error is none without the second condition.
        if low.value >= self.start.value {
            return Ok(None);
        }
        let alpha = low.alpha;
        self.eval(alpha).map(Some)
    }

    fn eval(&mut self, alpha: f64) -> Result<Trial> {
        self.trials += 1;
        (self.eval)(alpha)
    }

    /// The first condition: sufficient decrease, up to rounding. A value that is not finite is no decrease.
    fn decreases(&self, trial: &Trial) -> bool {
        let Wolfe { c1, noise, .. } = self.wolfe;
        trial.value <= self.start.value - c1 * trial.promised + noise && trial.slope.is_finite()
    }

    /// The second condition, for a trial that satisfies the first.
    fn is_accepted(&self, trial: &Trial) -> bool {
        trial.path == Path::Projected || trial.slope.abs() <= self.wolfe.c2 * self.start.slope.abs()
    }
}

/// A step length in the inner part of a bracket: the minimizer of the cubic through both ends, where there is one.
fn between(low: &Trial, high: &Trial) -> f64 {
    let length = high.alpha - low.alpha;
    let fraction = if !high.value.is_finite() || !high.slope.is_finite() {
        MARGIN
    } else if high.path == Path::Projected || low.path == Path::Projected {
        0.5
    } else {
        cubic_minimizer(low, high).map_or(0.5, |at| ((at - low.alpha) / length).clamp(MARGIN, 1.0 - MARGIN))
    };
    low.alpha + fraction * length
}

/// Minimizer of the cubic with the values and slopes of two trials: Nocedal & Wright 2006, eq. 3.59.
fn cubic_minimizer(a: &Trial, b: &Trial) -> Option<f64> {
    let distance = b.alpha - a.alpha;
    let d1 = a.slope + b.slope - 3.0 * (b.value - a.value) / distance;
    let square = d1 * d1 - a.slope * b.slope;
    let d2 = distance.signum() * square.max(0.0).sqrt();
    let at = b.alpha - distance * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    (square >= 0.0 && at.is_finite()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along f from 0; returns the length and the number of evaluations.
    fn run(f: impl Fn(f64) -> (f64, f64), first: f64) -> Option<(f64, u32)> {
        let slope = f(0.0).1;
        let mut count = 0;
        let mut eval = |alpha| {
            count += 1;
            let (value, derivative) = f(alpha);
            Ok(Trial { alpha, value, slope: derivative, promised: -alpha * slope, path: Path::Line })
        };
        let start = Trial { alpha: 0.0, value: f(0.0).0, slope, promised: 0.0, path: Path::Line };
        let found = search(start, first, Wolfe { c1: 1e-4, c2: 0.1, noise: 0.0 }, &mut eval);
        found.expect("no errors").map(|trial| (trial.alpha, count))
    }

    #[test]
    fn the_minimum_of_a_parabola_is_found_from_steps_of_any_length() {
        for first in [1e-6, 0.1, 1.0, 3.0, 1e6] {
            let (alpha, evaluations) = run(|x| ((x - 1.0) * (x - 1.0), 2.0 * (x - 1.0)), first).expect("a length");
            assert!((alpha - 1.0).abs() <= 0.1 && evaluations <= 12, "{alpha} after {evaluations}");
        }
    }

    #[test]
    fn more_and_thuentes_functions_end_within_the_conditions() {
        // Moré & Thuente 1994, eq. 5.1 to 5.3.
        let first = |a: f64| (-a / (a * a + 2.0), (a * a - 2.0) / ((a * a + 2.0) * (a * a + 2.0)));
        let second = |a: f64| {
            let b = a + 0.004;
            let b4 = b * b * b * b;
            (b4 * b - 2.0 * b4, 5.0 * b4 - 8.0 * b * b * b)
        };
        for start in [1e-3, 0.1, 10.0, 1e3] {
            for (f, name) in [(&first as &dyn Fn(f64) -> (f64, f64), "5.1"), (&second, "5.2")] {
                let (alpha, _) = run(f, start).unwrap_or_else(|| panic!("{name} from {start}"));
                assert!(f(alpha).1.abs() <= 0.1 * f(0.0).1.abs(), "{name} from {start}: {alpha}");
                assert!(f(alpha).0 <= f(0.0).0 + 1e-4 * alpha * f(0.0).1, "{name} from {start}: {alpha}");
            }
        }
    }

    #[test]
    fn a_domain_that_ends_before_the_first_trial_shortens_the_step() {
        let barrier = |a: f64| {
            if a < 0.01 { (-libm::log(0.01 - a) - 200.0 * a, 1.0 / (0.01 - a) - 200.0) } else { (f64::NAN, f64::NAN) }
        };
        let (alpha, _) = run(barrier, 1.0).expect("a length");
        assert!((alpha - 0.005).abs() < 1e-3, "{alpha}");
    }

    #[test]
    fn there_is_no_length_where_the_slope_is_wrong() {
        assert_eq!(run(|x| (x, -1.0), 1.0), None);
    }
}
