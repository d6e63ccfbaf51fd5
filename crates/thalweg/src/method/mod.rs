//! Optimization methods, and the options that any of them takes.
//!
//! A method is a struct of hyperparameters whose defaults are those of PyTorch. The function of its name sets the
//! learning rate:
//!
//! ```
//! use thalweg::method::{Adam, Clip, adam};
//! use thalweg::{Optimizer, OptimizerOptions, OptimizerSpec};
//! let method = Adam { beta1: 0.8, ..adam(0.01) };
//! let options = OptimizerOptions { clip: Clip::Norm(1.0), ..OptimizerOptions::default() };
//! let optimizer = Optimizer::<f32>::new(OptimizerSpec { method: method.into(), options }, 1000)?;
//! assert_eq!(optimizer.lr(), 0.01);
//! # Ok::<(), thalweg::Error>(())
//! ```
//!
//! [`Method`] is any of them, with access by name; [`OptimizerSpec`] adds the options and parses `adam:lr=0.01`.

#[macro_use]
mod macros;

mod adabelief;
mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod adan;
mod amsgrad;
mod definition;
mod ftrl;
mod hyperparameter;
mod lamb;
mod lars;
mod lbfgs;
mod lion;
mod momentum;
mod nadam;
mod nag;
mod options;
mod preset;
mod radam;
mod rmsprop;
mod saga;
mod sgd;
mod signsgd;
mod spec;
mod table;
mod yogi;

#[doc(inline)]
pub use crate::algebra::{AmsGradForm, BiasCorrection, EpsForm, MomentumForm, NesterovForm, Variance};
pub use crate::kernel::{Decay, StateType};
pub use adabelief::{AdaBelief, Rectification};
pub use adadelta::AdaDelta;
pub use adagrad::AdaGrad;
pub use adam::Adam;
pub use adamax::AdaMax;
pub use adamw::AdamW;
pub use adan::Adan;
pub use amsgrad::AmsGrad;
pub use definition::MethodDef;
pub use ftrl::Ftrl;
pub use hyperparameter::{HYPERPARAMETERS, HyperparamValue, Hyperparameter, Hyperparameters};
pub use lamb::Lamb;
pub use lars::{Lars, LarsNorm};
pub use lbfgs::Lbfgs;
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::{MomentumSchedule, Nadam};
pub use nag::Nag;
pub use options::{Average, Clip, Goal, NonFinite, OptimizerOptions, OptionKey};
pub use preset::Preset;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use saga::Saga;
pub use sgd::Sgd;
pub use signsgd::SignSgd;
pub use spec::OptimizerSpec;
pub use table::*;
pub use yogi::Yogi;

use std::fmt;

use crate::error::{Error, Result};

impl Method {
    /// Returns the same method with the conventions of `preset`.
    ///
    /// # Errors
    /// [`Error::NoPreset`] where the library has no such method.
    pub fn with_preset(&self, preset: Preset) -> Result<Self> {
        self.preset(preset).ok_or_else(|| Error::NoPreset {
            method: self.name(),
            preset: preset.name(),
            known: self.presets(),
        })
    }

    /// Names of the presets that this method has.
    pub fn presets(&self) -> Vec<&'static str> {
        Preset::ALL.iter().filter(|(_, preset)| self.preset(*preset).is_some()).map(|(name, _)| *name).collect()
    }

    /// The value of hyperparameter `key`; `None` where the method does not have it.
    pub fn get(&self, key: &str) -> Option<HyperparamValue> {
        self.hyperparameters().into_iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Returns the same method with hyperparameter `key` set to a number or a choice.
    ///
    /// # Errors
    /// As [`set_text`](Self::set_text).
    pub fn set_value(self, key: &str, value: &HyperparamValue) -> Result<Self> {
        match value {
            HyperparamValue::Number(number) => self.set(key, *number),
            HyperparamValue::Choice(name) => self.set_text(key, name),
        }
    }

    /// The same method with a learning rate and a weight decay of 0, which no rule depends on.
    pub(crate) fn without_rates(self) -> Self {
        let method = self.with_lr(0.0);
        method.set("weight_decay", 0.0).unwrap_or(method)
    }

    /// Returns `true` for a solver that draws terms of a [`LinearFiniteSum`](crate::LinearFiniteSum), and runs by
    /// [`Minimize::run_finite_sum`](crate::Minimize::run_finite_sum) alone.
    pub fn needs_finite_sum(&self) -> bool {
        matches!(self, Self::Saga(_))
    }

    /// Checks every hyperparameter against its range in [`HYPERPARAMETERS`].
    ///
    /// # Errors
    /// [`Error::Range`] with the first one outside its range.
    pub fn check(&self) -> Result<()> {
        self.hyperparameters().into_iter().try_for_each(|(name, value)| hyperparameter::check(name, &value))
    }

    /// Returns `true` if [`set_text`](Self::set_text) knows `key`, which may be one of an earlier version.
    fn has_key(&self, key: &str, text: &str) -> bool {
        self.get(hyperparameter::present_key(self.name(), key, text)).is_some()
    }

    /// The error for a key that is neither a hyperparameter nor one of `others`.
    fn unknown_key(&self, key: &str, others: impl IntoIterator<Item = &'static str>) -> Error {
        let known = self.hyperparameters().into_iter().map(|(name, _)| name).chain(others);
        Error::unknown(format!("parameter of {}", self.name()), key, known)
    }
}

/// Name, learning rate, and every hyperparameter that differs from its default: a text that is parsed to the same
/// method.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let default = Self::named(self.name()).map_err(|_| fmt::Error)?;
        let changed = self.hyperparameters().into_iter().zip(default.hyperparameters());
        let changed = changed.filter(|(value, default)| value != default || value.0 == "lr");
        for (i, ((name, value), _)) in changed.enumerate() {
            write!(f, "{}{name}={value}", if i == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}
