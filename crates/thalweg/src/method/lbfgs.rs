use super::{MethodDef, Preset};
use crate::algebra::{Identity, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Limited-memory BFGS**: a quasi-Newton method with a line search, for smooth functions whose value and gradient
    /// are exact.
    ///
    /// d = −Hg,  x ← x + α·d, where H approximates the inverse Hessian from the last `memory` pairs s = xₖ₊₁ − xₖ,
    /// y = gₖ₊₁ − gₖ, starting from (sᵀy/yᵀy)·I, and α satisfies the strong Wolfe conditions
    /// f(x + αd) ≤ f(x) + c1·α·gᵀd and |∇f(x + αd)ᵀd| ≤ c2·|gᵀd|.
    ///
    /// A step evaluates the function at least once, and again until the conditions hold. The first trial is α = `lr`;
    /// before there are pairs, `lr`·min(1, 1/‖g‖). A pair without positive curvature sᵀy is dropped. With bounds, and
    /// where the objective projects x, the points of the search are projected, the coordinates at a bound that −g
    /// leaves by stay there, and the first condition alone is required of a projected point.
    ///
    /// It needs the value of the function, so that it runs by [`Minimize`](crate::Minimize) and not by single steps of
    /// an [`Optimizer`](crate::Optimizer). Not for mini-batches, whose gradients are of different functions. The memory
    /// is 2·`memory` numbers for each parameter.
    ///
    /// Nocedal 1980; Liu & Nocedal 1989; line search: Nocedal & Wright 2006, algorithms 3.5 and 3.6; two-loop
    /// recursion: algorithm 7.4.
    ///
    /// ```
    /// use thalweg::prelude::*;
    /// use thalweg::method::lbfgs;
    /// let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
    ///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    ///     (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
    ///     a * a + 100.0 * b * b
    /// };
    /// let outcome = Minimize::new(lbfgs(1.0)).run(&mut rosenbrock, &[-1.2, 1.0])?;
    /// assert_eq!(outcome.reason, StopReason::GradientTolerance);
    /// assert!(outcome.evaluations < 60);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Lbfgs {
        lr: f64 = 1.0,
        memory: u32 = 10,
        c1: f64 = 1e-4,
        c2: f64 = 0.9,
    }
}

impl MethodDef for Lbfgs {
    const FORMULA: &'static str = "x ← x + α·d, d = −H·g; H from the last `memory` steps, α by a strong Wolfe search";
    const SOURCE: &'static str = "Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 3.5, 3.6, 7.4";

    /// The rule of one coordinate is that of gradient descent, along the direction of the search.
    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(Plain(Identity))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => Some(Self { memory: 100, ..Self::default() }),
            Preset::Optax | Preset::Paper => Some(Self::default()),
            Preset::Keras => None,
        }
    }
}
