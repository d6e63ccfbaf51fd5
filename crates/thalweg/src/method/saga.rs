use super::{MethodDef, Preset};
use crate::algebra::{Identity, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **SAGA**: stochastic gradient steps for a mean of losses of linear scores, whose noise vanishes at the minimum,
    /// so that they converge linearly at a constant step length.
    ///
    /// x ← prox(x − γ·(∇φᵢ(x) − αᵢ + ᾱ + l2·x)),  αᵢ ← ∇φᵢ(x), where αᵢ is the latest gradient of term i, ᾱ the mean
    /// of all αᵢ, and prox the soft threshold at γ·l1, which gives exact zeros. γ = lr/(2L + min(2n·l2, L)), where L is
    /// the largest curvature of a term, max φ″·‖aᵢ‖² + l2 for a row aᵢ, whose norm includes the 1 of an intercept.
    ///
    /// A step reads one row. An epoch draws every term once, in a new random order, which takes fewer epochs than
    /// drawing with replacement, or about as many. Since the gradient of a term is its derivative by the score times
    /// its row, the memory is one number for each term and output. In a sparse row, the coordinates without an entry
    /// take their steps when they are next needed, in closed form. After each epoch, the full gradient is evaluated,
    /// whose norm is a stopping criterion; with an L1 penalty, it is the gradient mapping (x − prox(x − γ∇f))/γ.
    ///
    /// It needs the terms of the sum, a [`LinearFiniteSum`](crate::LinearFiniteSum), and runs by
    /// [`Minimize::run_finite_sum`](crate::Minimize::run_finite_sum). Steps follow one another, so that the bits do not
    /// depend on threads. `lr` is the factor of γ: 1 is the step length of the theory, and a few times as much may be
    /// faster or diverge.
    ///
    /// Defazio, Bach & Lacoste-Julien 2014, arXiv:1407.0202; step length: section 2; delayed updates: Schmidt, Le Roux
    /// & Bach 2017, section 4.1.
    ///
    /// ```
    /// use thalweg::prelude::*;
    /// use thalweg::LinearFiniteSum;
    /// use thalweg::method::saga;
    /// /// Half the mean squared error of the line through a number of points.
    /// struct Line<'a> { x: &'a [f64], y: &'a [f64] }
    /// impl LinearFiniteSum for Line<'_> {
    ///     fn terms(&self) -> usize { self.x.len() }
    ///     fn features(&self) -> usize { 1 }
    ///     fn dense_features(&self) -> usize { 1 }
    ///     fn has_intercept(&self) -> bool { true }
    ///     fn write_dense(&self, term: usize, numbers: &mut [f64]) { numbers[0] = self.x[term]; }
    ///     fn loss(&self, term: usize, scores: &[f64], derivatives: &mut [f64]) -> f64 {
    ///         derivatives[0] = scores[0] - self.y[term];
    ///         derivatives[0] * derivatives[0] / 2.0
    ///     }
    ///     fn max_curvature(&self) -> f64 { 1.0 }
    /// }
    /// let line = Line { x: &[-1.0, 0.0, 1.0, 2.0], y: &[-1.0, 1.0, 3.0, 5.0] };
    /// let outcome = Minimize::new(saga(1.0)).run_finite_sum(&line, &[0.0_f64, 0.0])?;
    /// assert_eq!(outcome.reason, StopReason::GradientTolerance);
    /// let [slope, intercept] = outcome.x[..] else { unreachable!("there are two parameters") };
    /// assert!((slope - 2.0).abs() < 1e-7 && (intercept - 1.0).abs() < 1e-7);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Saga {
        lr: f64 = 1.0,
    }
}

impl MethodDef for Saga {
    const FORMULA: &'static str =
        "x ← prox(x − γ·(∇φᵢ(x) − αᵢ + ᾱ + l2·x)); αᵢ ← ∇φᵢ(x), ᾱ = mean(α), γ = lr/(2L + min(2n·l2, L))";
    const SOURCE: &'static str =
        "Defazio, Bach & Lacoste-Julien 2014, equations 1 and 2; for sums of losses of linear scores";

    /// The rule of one coordinate is that of gradient descent, along the corrected gradient of a term.
    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(Plain(Identity))
    }

    fn preset(preset: Preset) -> Option<Self> {
        (preset == Preset::Paper).then(Self::default)
    }
}
