//! The settings of a run.

use std::ops::ControlFlow;

use super::{Bounds, Minimize, Progress, StopCriteria, TrackBest};
use crate::real::Real;

/// Settings. Criteria are numbers, or `None` to switch one off.
impl<F: Real, O, C> Minimize<F, O, C> {
    /// Sets all stopping criteria at once, in place of the defaults.
    #[must_use]
    pub fn criteria(mut self, criteria: StopCriteria) -> Self {
        self.settings.criteria = criteria;
        self
    }

    /// Ends the run where the gradient's Euclidean norm ‖∇f‖ is at most `tolerance`, at least 0. Default: 1e-8, and
    /// 1e-4 in `f32`. With bounds, it is the norm of the projected gradient.
    #[must_use]
    pub fn gradient_tolerance(mut self, tolerance: impl Into<Option<f64>>) -> Self {
        self.settings.criteria.gradient_tolerance = tolerance.into();
        self
    }

    /// Ends the run after a step of length ‖Δx‖ at most `tolerance`, at least 0. Default: none.
    #[must_use]
    pub fn step_tolerance(mut self, tolerance: impl Into<Option<f64>>) -> Self {
        self.settings.criteria.step_tolerance = tolerance.into();
        self
    }

    /// Ends the run at a value of at most `target`, or of at least `target` when maximizing. Default: none.
    #[must_use]
    pub fn target(mut self, target: impl Into<Option<f64>>) -> Self {
        self.settings.criteria.target = target.into();
        self
    }

    /// Ends the run after `steps` steps without a new best value. Default: none.
    #[must_use]
    pub fn patience(mut self, steps: impl Into<Option<u64>>) -> Self {
        self.settings.criteria.patience = steps.into();
        self
    }

    /// Sets the maximum number of steps. Default: 10,000.
    #[must_use]
    pub fn max_steps(mut self, steps: impl Into<Option<u64>>) -> Self {
        self.settings.criteria.max_steps = steps.into();
        self
    }

    /// Sets the maximum number of evaluations of the objective. Default: none.
    #[must_use]
    pub fn max_evaluations(mut self, evaluations: impl Into<Option<u64>>) -> Self {
        self.settings.criteria.max_evaluations = evaluations.into();
        self
    }

    /// Switches the tracking of the best point on (the default) or off.
    #[must_use]
    pub fn track_best(mut self, track_best: TrackBest) -> Self {
        self.settings.criteria.track_best = track_best;
        self
    }

    /// Sets lower bounds: one number for all coordinates, or a slice, an array or a `Vec` with one for each.
    ///
    /// The start and x after each step are projected onto the box lower ≤ x ≤ upper; the state of the method is
    /// unchanged by that. A method with lookahead evaluates the objective at the projection of its evaluation point,
    /// so that the objective never sees a point outside. The gradient tolerance and
    /// [`Outcome::gradient_norm`](super::Outcome::gradient_norm) use the projected gradient: coordinates at a bound
    /// that a step along −∇f would leave the box by count as 0.
    ///
    /// ```
    /// use thalweg::prelude::*;
    /// let mut distance = |x: &[f64], g: &mut [f64]| {
    ///     (g[0], g[1]) = (x[0] - 2.0, x[1] + 3.0);
    ///     (g[0] * g[0] + g[1] * g[1]) / 2.0
    /// };
    /// let mut run = Minimize::new(sgd(0.1)).lower_bounds(0.0).upper_bounds([5.0, 1.0]);
    /// let outcome = run.run(&mut distance, &[1.0, 1.0])?;
    /// assert_eq!(outcome.reason, StopReason::GradientTolerance);
    /// assert!((outcome.x[0] - 2.0).abs() < 1e-8 && outcome.x[1] == 0.0);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    #[must_use]
    pub fn lower_bounds(mut self, bounds: impl Into<Bounds<F>>) -> Self {
        self.settings.lower = Some(bounds.into());
        self
    }

    /// Sets upper bounds, as [`lower_bounds`](Self::lower_bounds).
    #[must_use]
    pub fn upper_bounds(mut self, bounds: impl Into<Bounds<F>>) -> Self {
        self.settings.upper = Some(bounds.into());
        self
    }

    /// Sets a function that is called before each step and once more at the end; the run ends if it returns
    /// [`ControlFlow::Break`].
    ///
    /// The element type must be known by then: in `Minimize::<f64>::new`, or in the callback's argument.
    ///
    /// ```
    /// use std::ops::ControlFlow::{Break, Continue};
    /// use thalweg::prelude::*;
    /// let mut bowl = |x: &[f64], g: &mut [f64]| {
    ///     g[0] = x[0];
    ///     x[0] * x[0] / 2.0
    /// };
    /// let mut path = Vec::new();
    /// let outcome = Minimize::<f64>::new(sgd(0.5))
    ///     .callback(|progress| {
    ///         path.push(progress.x[0]);
    ///         if progress.step < 3 { Continue(()) } else { Break(()) }
    ///     })
    ///     .run(&mut bowl, &[8.0])?;
    /// assert_eq!(outcome.reason, StopReason::Callback);
    /// assert_eq!(path, [8.0, 4.0, 2.0, 1.0]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn callback<D: FnMut(&mut Progress<'_, F>) -> ControlFlow<()>>(self, callback: D) -> Minimize<F, O, D> {
        let Self { optimizer, settings, callback: _ } = self;
        Minimize { optimizer, settings, callback: Some(callback) }
    }
}
