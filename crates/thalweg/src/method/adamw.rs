use super::{Adam, MethodDef, Preset};
use crate::algebra::EpsForm;
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;
hyperparameters! {
    /// **AdamW**: Adam whose weight decay stands beside the step instead of inside the moments.
    ///
    /// x ← x − lr·λx − lr·m̂ / (√v̂ + ε)
    ///
    /// Slots and unit of `lr` as [`Adam`]; λ is multiplied by lr, so a schedule fades both. With λ = 0 it is Adam.
    ///
    /// Not as a way to L2 regularization: it is no penalty of the loss, so there is no loss whose minimum it finds.
    ///
    /// Loshchilov & Hutter 2019, arXiv:1711.05101, Alg. 2, whose decay is multiplied by the schedule alone, not by lr. As PyTorch (λ = 0.01; Optax 1e-4, Keras 0.004 with ε-hat).
    ///
    /// ```
    /// use thalweg::{AdamW, Optimizer};
    /// let mut opt = Optimizer::new(AdamW { lr: 0.1, weight_decay: 0.5, ..AdamW::default() }, 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[0.0])?; // decay alone
    /// assert_eq!(x, [1.0 - 0.1 * 0.5]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    AdamW {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-8,
        /// Where ε stands.
        eps_form: EpsForm = EpsForm::Outside,
        /// λ.
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

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { lr, beta1, beta2, eps, eps_form, weight_decay } = *self;
        Adam { lr, beta1, beta2, eps, eps_form, weight_decay }.fused()
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
