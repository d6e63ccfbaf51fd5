use super::{Adam, MethodDef, Preset};
use crate::algebra::EpsForm;
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **AdamW**: Adam with decoupled weight decay, outside the moments.
    ///
    /// x ← x − lr·λx − lr·m̂ / (√v̂ + ε)
    ///
    /// Slots and unit of `lr` as [`Adam`]; λ is multiplied by lr, so a schedule scales both. With λ = 0 it is Adam.
    /// Not as L2 regularization: decoupled decay is no penalty of the loss, so there is no loss whose minimum it
    /// finds.
    ///
    /// Loshchilov & Hutter 2019, arXiv:1711.05101, Alg. 2, whose decay is multiplied by the schedule alone and not by
    /// lr. As PyTorch (λ = 0.01; Optax 1e-4, Keras 0.004 with ε-hat).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::AdamW;
    /// let mut opt = Optimizer::new(AdamW { lr: 0.1, weight_decay: 0.5, ..AdamW::default() }, 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[0.0])?; // decay alone
    /// assert_eq!(x, [1.0 - 0.1 * 0.5]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AdamW;
    /// let AdamW { lr, beta1, beta2, eps, weight_decay, .. } = AdamW::default();
    /// let (mut m, mut v) = (0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     let (m_hat, v_hat) = (m / (1.0 - beta1.powi(t)), v / (1.0 - beta2.powi(t)));
    ///     x - lr * weight_decay * x - lr * m_hat / (v_hat.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(AdamW::default(), step);
    /// ```
    AdamW {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Outside,
        weight_decay: f64 = 0.01,
    }
}

impl From<Adam> for AdamW {
    fn from(adam: Adam) -> Self {
        let Adam { lr, beta1, beta2, eps, eps_form, weight_decay } = adam;
        Self { lr, beta1, beta2, eps, eps_form, weight_decay }
    }
}

impl MethodDef for AdamW {
    const FORMULA: &'static str = "x ← x − lr·λx − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Loshchilov & Hutter 2019, Alg. 2, arXiv:1711.05101";
    const DECAY: Decay = Decay::Decoupled;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { lr, beta1, beta2, eps, eps_form, weight_decay } = *self;
        Adam { lr, beta1, beta2, eps, eps_form, weight_decay }.rule()
    }

    fn preset(preset: Preset) -> Option<Self> {
        let weight_decay = match preset {
            Preset::Torch => 0.01,
            Preset::Optax => 1e-4,
            Preset::Keras => 0.004,
            Preset::Paper => return None,
        };
        Adam::preset(preset).map(|adam| Self { weight_decay, ..adam.into() })
    }
}
