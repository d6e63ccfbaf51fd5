//! Bounds of the coordinates: a box onto which x is projected.

use crate::error::{Error, Result};
use crate::method::Goal;
use crate::real::Real;

/// Lower or upper bounds of all coordinates. An infinity stands for no bound.
///
/// A number is the bound of every coordinate; a slice, an array or a `Vec` has one for each:
///
/// ```
/// use thalweg::minimize::Bounds;
/// assert_eq!(Bounds::from(0.5), Bounds::Uniform(0.5));
/// assert_eq!(Bounds::from([0.0, 1.0]), Bounds::PerCoordinate(vec![0.0, 1.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Bounds<F> {
    /// The same bound for every coordinate.
    Uniform(F),
    /// A bound for each coordinate.
    PerCoordinate(Vec<F>),
}

impl<F: Real> From<F> for Bounds<F> {
    fn from(bound: F) -> Self {
        Self::Uniform(bound)
    }
}

impl<F> From<Vec<F>> for Bounds<F> {
    fn from(bounds: Vec<F>) -> Self {
        Self::PerCoordinate(bounds)
    }
}

impl<F: Clone> From<&[F]> for Bounds<F> {
    fn from(bounds: &[F]) -> Self {
        Self::PerCoordinate(bounds.to_vec())
    }
}

impl<F, const N: usize> From<[F; N]> for Bounds<F> {
    fn from(bounds: [F; N]) -> Self {
        Self::PerCoordinate(bounds.into())
    }
}

impl<F: Real> Bounds<F> {
    fn check_len(&self, what: &str, len: usize) -> Result<()> {
        match self {
            Self::Uniform(_) => Ok(()),
            Self::PerCoordinate(bounds) => Error::length(&what, len, bounds.len()),
        }
    }

    #[inline(always)]
    fn at(&self, i: usize) -> F {
        match self {
            Self::Uniform(bound) => *bound,
            Self::PerCoordinate(bounds) => bounds[i],
        }
    }

    /// Replaces each number of `x` by `clip` of its bound and itself.
    fn clip(&self, x: &mut [F], clip: impl Fn(F, F) -> F) {
        match self {
            Self::Uniform(bound) => x.iter_mut().for_each(|x| *x = clip(*bound, *x)),
            Self::PerCoordinate(bounds) => x.iter_mut().zip(bounds).for_each(|(x, bound)| *x = clip(*bound, *x)),
        }
    }
}

/// The feasible points lower ≤ x ≤ upper, and the projected gradient of the latest evaluation.
pub(super) struct FeasibleBox<F> {
    lower: Bounds<F>,
    upper: Bounds<F>,
    goal: Goal,
    /// The latest evaluation point, if it was outside of the box before its projection.
    point: Vec<F>,
    gradient: Vec<F>,
}

impl<F: Real> FeasibleBox<F> {
    /// The box of the bounds of `len` coordinates; `None` without bounds.
    pub(super) fn new([lower, upper]: [Option<&Bounds<F>>; 2], len: usize, goal: Goal) -> Result<Option<Self>> {
        if lower.is_none() && upper.is_none() {
            return Ok(None);
        }
        let unbounded = |sign: f64| Bounds::Uniform(F::of(sign * f64::INFINITY));
        let lower = lower.cloned().unwrap_or_else(|| unbounded(-1.0));
        let upper = upper.cloned().unwrap_or_else(|| unbounded(1.0));
        lower.check_len("the lower bounds", len)?;
        upper.check_len("the upper bounds", len)?;
        for index in 0..len {
            let (lower, upper) = (lower.at(index).to_f64(), upper.at(index).to_f64());
            if !(lower <= upper && lower < f64::INFINITY && upper > f64::NEG_INFINITY) {
                return Err(Error::Bounds { index, lower, upper });
            }
        }
        Ok(Some(Self { lower, upper, goal, point: Vec::new(), gradient: Vec::new() }))
    }

    /// Projects all of `x`. A NaN remains, so that the run ends there.
    pub(super) fn clip(&self, x: &mut [F]) {
        self.lower.clip(x, F::max);
        self.upper.clip(x, F::min);
    }

    /// Projects the listed coordinates of `x`.
    pub(super) fn clip_at(&self, x: &mut [F], indices: &[u32]) {
        for &i in indices {
            let i = i as usize;
            x[i] = self.clipped(x[i], i);
        }
    }

    #[inline(always)]
    fn clipped(&self, x: F, i: usize) -> F {
        self.upper.at(i).min(self.lower.at(i).max(x))
    }

    /// Evaluates the objective at the projection of `point`, whose number k is coordinate `index(k)`.
    pub(super) fn eval(
        &mut self,
        point: &[F],
        index: impl Fn(usize) -> usize,
        gradient: &mut [F],
        objective: impl FnOnce(&[F], &mut [F]) -> Result<F>,
    ) -> Result<F> {
        let is_outside = |(k, x): (usize, &F)| *x < self.lower.at(index(k)) || *x > self.upper.at(index(k));
        let point = if point.iter().enumerate().any(is_outside) {
            let mut clipped = std::mem::take(&mut self.point);
            clipped.clear();
            clipped.extend(point.iter().enumerate().map(|(k, x)| self.clipped(*x, index(k))));
            self.point = clipped;
            &self.point
        } else {
            point
        };
        let value = objective(point, gradient)?;
        let mut projected = std::mem::take(&mut self.gradient);
        projected.clear();
        projected.extend(
            point.iter().zip(&*gradient).enumerate().map(
                |(k, (x, g))| {
                    if self.is_active(index(k), *x, *g) { F::ZERO } else { *g }
                },
            ),
        );
        self.gradient = projected;
        Ok(value)
    }

    /// Sets the numbers of `direction` to 0 at the coordinates of `x` at a bound that a step would leave the box by.
    pub(super) fn fix_active(&self, x: &[F], gradient: &[F], direction: &mut [F]) {
        for (i, d) in direction.iter_mut().enumerate() {
            if self.is_active(i, x[i], gradient[i]) {
                *d = F::ZERO;
            }
        }
    }

    /// Returns `true` if coordinate `i` is at a bound that a step would leave the box by.
    #[inline(always)]
    fn is_active(&self, i: usize, x: F, g: F) -> bool {
        let descent = if self.goal == Goal::Minimize { -g } else { g };
        let leaves_below = x <= self.lower.at(i) && descent < F::ZERO;
        let leaves_above = x >= self.upper.at(i) && descent > F::ZERO;
        leaves_below || leaves_above
    }

    /// The gradient of the latest evaluation, with 0 for coordinates at a bound that a step would leave the box by.
    pub(super) fn projected_gradient(&self) -> &[F] {
        &self.gradient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(lower: impl Into<Bounds<f64>>, upper: impl Into<Bounds<f64>>) -> String {
        let bounds = [Some(&lower.into()), Some(&upper.into())];
        FeasibleBox::new(bounds, 2, Goal::Minimize).err().expect("invalid bounds").to_string()
    }

    #[test]
    fn bounds_without_a_finite_number_between_them_are_refused() {
        let expected = |found: &str| format!("the bounds of coordinate {found}");
        assert!(
            error([0.0, 2.0], 1.0).ends_with(&expected("1 must have a finite number between them, but are 2 and 1"))
        );
        for (lower, upper) in [(f64::NAN, 1.0), (0.0, f64::NAN), (f64::INFINITY, f64::INFINITY)] {
            assert!(error(lower, upper).starts_with(&expected("0 ")));
        }
        assert!(error(f64::NEG_INFINITY, f64::NEG_INFINITY).starts_with(&expected("0 ")));
        assert_eq!(error([0.0], 1.0), "the lower bounds must have 2 numbers, but has 1");
        assert_eq!(error(0.0, vec![1.0; 3]), "the upper bounds must have 2 numbers, but has 3");
        assert!(FeasibleBox::new([Some(&Bounds::from(1.0)), Some(&Bounds::from(1.0))], 2, Goal::Minimize).is_ok());
    }

    #[test]
    fn a_clipped_nan_stays_a_nan() {
        let unit = FeasibleBox::new([Some(&Bounds::from(0.0)), Some(&Bounds::from(1.0))], 3, Goal::Minimize);
        let unit = unit.expect("valid bounds").expect("bounds");
        let mut x = [f64::NAN, -1.0, f64::INFINITY];
        unit.clip_at(&mut x, &[0]);
        unit.clip(&mut x);
        assert!(x[0].is_nan());
        assert_eq!(x[1..], [0.0, 1.0]);
    }
}
