use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, EpsForm, NesterovEma, RootEma};
use crate::kernel::BoxedRule;
use crate::real::Real;
use crate::text::choices;

choices! {
    /// Schedule of Nadam's momentum μₜ.
    pub enum MomentumSchedule {
        /// μₜ = β₁(1 − ½·0.96^(t·ψ)): from about β₁/2 up to β₁.
        WarmUp = "scheduled",
        /// μₜ = β₁ at every step.
        Constant = "constant",
    }
}

hyperparameters! {
    /// **Nadam**: Adam with Nesterov's momentum.
    ///
    /// m, v as [`Adam`](super::Adam);  μₜ = β₁(1 − ½·0.96^(t·ψ)), ψ = `momentum_decay`
    /// x ← x − lr·[ (1−μₜ)g / (1−∏ᵗμ) + μₜ₊₁m / (1−∏ᵗ⁺¹μ) ] / (√v̂ + ε)
    ///
    /// Slots `m` and `v`, initially 0; the product ∏μ is carried from step to step. `lr` has the unit of x. Not with
    /// very noisy gradients: the newest one weighs more than in Adam.
    ///
    /// Dozat 2016, ICLR workshop, Alg. 2, but for its factor β₂ in front of v̂, which no library has. As PyTorch
    /// (ψ = 0.004). Keras has ψ = 1, so its schedule ends after about 100 steps, and ε = 1e-7; Optax has no schedule
    /// (`mu=constant`).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Nadam;
    /// let mut opt = Optimizer::new(Nadam::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[1.0])?; // a little more than Adam's lr, because of the lookahead
    /// assert!((x[0] - (1.0 - 0.002 * 1.0565)).abs() < 1e-6);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Nadam;
    /// let Nadam { lr, beta1, beta2, eps, momentum_decay, .. } = Nadam::default();
    /// let mu = |t: i32| beta1 * (1.0 - 0.5 * 0.96_f64.powf(f64::from(t) * momentum_decay));
    /// let (mut m, mut v, mut product) = (0.0, 0.0, 1.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     product *= mu(t);
    ///     let of_g = (1.0 - mu(t)) * g / (1.0 - product);
    ///     let of_m = mu(t + 1) * m / (1.0 - product * mu(t + 1));
    ///     x - lr * (of_g + of_m) / ((v / (1.0 - beta2.powi(t))).sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(Nadam::default(), step);
    /// ```
    Nadam {
        lr: f64 = 2e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Outside,
        mu: MomentumSchedule = MomentumSchedule::WarmUp,
        momentum_decay: f64 = 4e-3,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Nadam {
    const FORMULA: &'static str = "x ← x − lr·[(1−μₜ)g/(1−∏ᵗμ) + μₜ₊₁m/(1−∏ᵗ⁺¹μ)] / (√v̂ + ε)";
    const SOURCE: &'static str = "Dozat 2016, ICLR workshop, Alg. 2";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta2, eps, eps_form, .. } = *self;
        let momentum_decay = (self.mu == MomentumSchedule::WarmUp).then_some(self.momentum_decay);
        let first = NesterovEma { beta: self.beta1, momentum_decay };
        Box::new(Adaptive(first, RootEma { beta: beta2, eps, eps_form, correction: BiasCorrection::On }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => Some(Self::default()),
            Preset::Paper => None,
            Preset::Keras => Some(Self { lr: 1e-3, eps: 1e-7, momentum_decay: 1.0, ..Self::default() }),
            Preset::Optax => Some(Self { mu: MomentumSchedule::Constant, ..Self::default() }),
        }
    }
}
