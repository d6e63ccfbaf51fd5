use serde::{Deserialize, Serialize};

use super::{Preset, Recipe};
use crate::algebra::{Direct, HeavyBall, Nesterov, Raw, Velocity};
use crate::kernel::Fused;
use crate::real::Real;

/// Where the rate stands in the velocity.
pub type Rate = Velocity;

/// **Momentum** (the heavy ball): a velocity gathers the directions that agree and cancels those that alternate.
///
/// v ← μv + (1−d)g,  x ← x − lr·v   (`rate=outside`; the first step takes g whole)
/// v ← μv + (1−d)lr·g,  x ← x − v   (`rate=inside`)
/// v ← μv + (1−d)(1−μ)g,  x ← x − lr·v   (`rate=average`)
///
/// Slot velocity = 0. `lr` as for gradient descent, but steps grow up to 1/(1−μ) of it. Not where the
/// valley turns sharply: it overshoots.
///
/// Polyak 1964. As PyTorch's SGD with `momentum` and `dampening`; Keras has the rate inside.
///
/// ```
/// use thalweg::{Momentum, Optimizer};
/// let mut ball = Optimizer::new(Momentum { lr: 0.1, ..Momentum::default() }, 1)?;
/// let mut x = [1.0];
/// ball.tell(&mut x, &[1.0])?; // v = 1
/// ball.tell(&mut x, &[1.0])?; // v = 1.9
/// assert!((x[0] - (1.0 - 0.1 - 0.19_f64)).abs() < 1e-15);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Momentum {
    /// Learning rate.
    pub lr: f64,
    /// μ.
    pub momentum: f64,
    /// d.
    pub dampening: f64,
    /// Where the rate stands.
    pub rate: Rate,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Momentum {
    fn default() -> Self {
        Self { lr: 1e-3, momentum: 0.9, dampening: 0.0, rate: Rate::Outside, weight_decay: 0.0 }
    }
}

impl Recipe for Momentum {
    const FORMULA: &'static str = "v ← μv + (1−d)g, x ← x − lr·v";
    const SOURCE: &'static str = "Polyak 1964";

    fn fused<F: Real>(&self) -> Fused<F> {
        let Self { momentum, dampening, rate, .. } = *self;
        Box::new(HeavyBall { inner: Direct(Raw), momentum, dampening, rate, nesterov: Nesterov::Off })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, rate: Rate::Inside, ..Self::default() }),
            Preset::Paper => Some(Self { rate: Rate::Inside, ..Self::default() }),
        }
    }
}

/// Where Nesterov's gradient is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NagForm {
    /// At x: the step is rewritten so that no look-ahead is needed (PyTorch, Keras, Optax).
    LookaheadFree,
    /// At the shifted point x − μv: [`Optimizer::ask`](crate::Optimizer::ask) says where (the classical form).
    Shifted,
}

/// **Nesterov's accelerated gradient**: momentum that looks where it is going before it corrects itself.
///
/// `form=shifted`: g = ∇f(x − lr·μv),  v ← μv + g,  x ← x − lr·v
/// `form=lookahead_free`: g = ∇f(x),  v ← μv + g,  x ← x − lr·(g + μv)
///
/// (`rate=inside` has lr in the velocity, as [`Momentum`].) Slot velocity = 0. `lr` as for momentum.
/// Not with very noisy gradients: the correction then corrects noise.
///
/// Nesterov 1983; Sutskever et al. 2013, eq. 3–4. As PyTorch's `SGD(nesterov=True)`; Keras has the rate inside.
///
/// ```
/// use thalweg::{Nag, NagForm, Optimizer};
/// let shifted = Nag { lr: 0.1, form: NagForm::Shifted, ..Nag::default() };
/// let mut nag = Optimizer::new(shifted, 1)?;
/// let mut x = [1.0];
/// for _ in 0..100 {
///     let g = nag.ask(&x)?.to_vec(); // f = x²/2, at the shifted point
///     nag.tell(&mut x, &g)?;
/// }
/// assert!(x[0].abs() < 1e-2);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nag {
    /// Learning rate.
    pub lr: f64,
    /// μ.
    pub momentum: f64,
    /// Where the gradient is taken.
    pub form: NagForm,
    /// Where the rate stands.
    pub rate: Rate,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Nag {
    fn default() -> Self {
        Self { lr: 1e-3, momentum: 0.9, form: NagForm::LookaheadFree, rate: Rate::Outside, weight_decay: 0.0 }
    }
}

impl Recipe for Nag {
    const FORMULA: &'static str = "v ← μv + g, x ← x − lr·(g + μv); shifted: g = ∇f(x − lr·μv), x ← x − lr·v";
    const SOURCE: &'static str = "Nesterov 1983; Sutskever et al. 2013, eq. 3–4";

    fn fused<F: Real>(&self) -> Fused<F> {
        let nesterov = match self.form {
            NagForm::LookaheadFree => Nesterov::LookaheadFree,
            NagForm::Shifted => Nesterov::Shifted,
        };
        let Self { momentum, rate, .. } = *self;
        Box::new(HeavyBall { inner: Direct(Raw), momentum, dampening: 0.0, rate, nesterov })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, rate: Rate::Inside, ..Self::default() }),
            Preset::Paper => Some(Self { form: NagForm::Shifted, rate: Rate::Inside, ..Self::default() }),
        }
    }
}
