//! Optimization methods: one file each, and the table from which everything else about them is derived.

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
mod hyperparameter;
mod lamb;
mod lars;
mod lion;
mod momentum;
mod nadam;
mod nag;
mod options;
mod preset;
mod radam;
mod rmsprop;
mod sgd;
mod signsgd;
mod spec;
mod yogi;

pub use adabelief::{AdaBelief, AdaBeliefRule, AdaBeliefScalars, Rectification};
pub use adadelta::{AdaDelta, AdaDeltaRule, AdaDeltaScalars};
pub use adagrad::AdaGrad;
pub use adam::Adam;
pub use adamax::AdaMax;
pub use adamw::AdamW;
pub use adan::{Adan, AdanRule, AdanScalars};
pub use amsgrad::AmsGrad;
pub use hyperparameter::{HYPERPARAMETERS, HyperparamValue, Hyperparameter, Hyperparameters};
pub use lamb::{Lamb, LambRule, LambScalars};
pub use lars::{Lars, LarsNorm, LarsRule, LarsScalars};
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::{MomentumSchedule, Nadam};
pub use nag::Nag;
pub use options::{Average, Clip, Goal, NonFinite, OptimizerOptions, OptionKey};
pub use preset::Preset;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;
pub use signsgd::SignSgd;
pub use spec::OptimizerSpec;
pub use yogi::Yogi;

use std::fmt;

use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

/// Definition of a method: a struct of hyperparameters that builds its rule.
pub trait MethodDef: Copy + fmt::Debug + Default + PartialEq + Hyperparameters {
    /// The update in one line.
    const FORMULA: &'static str;
    /// Author, year, and number of the algorithm in the paper.
    const SOURCE: &'static str;
    /// Form of weight decay used unless [`OptimizerOptions::decay`] says otherwise.
    const DECAY: Decay = Decay::Coupled;

    /// Builds the rule with these hyperparameters.
    fn rule<F: Real>(&self) -> BoxedRule<F>;

    /// Returns the conventions and defaults of a library or of the paper; `None` where it has no such method.
    fn preset(preset: Preset) -> Option<Self>;
}

/// Element type for which the methods are compiled in this crate, so that dependent crates do not compile them again.
pub trait Element: Real {
    /// Builds the rule of `method` for this element type.
    fn rule(method: &Method) -> BoxedRule<Self>;
}

macro_rules! methods {
    ($($name:literal => $Method:ident,)*) => {
        /// One of the methods, with its hyperparameters.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Method {
            $(#[doc = concat!("`", $name, "`: [`", stringify!($Method), "`].")] $Method($Method),)*
        }

        impl Method {
            /// Names of all methods, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// All methods with their default hyperparameters.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$Method($Method::default())),*]
            }

            /// The method called `name` with its default hyperparameters.
            ///
            /// # Errors
            /// [`Error::Unknown`], with all known names.
            pub fn named(name: &str) -> Result<Self> {
                match name {
                    $($name => Ok(Self::$Method($Method::default())),)*
                    _ => Err(Error::unknown("method", name, Self::NAMES.iter().copied())),
                }
            }

            /// Returns the same method with the conventions and defaults of a library; `None` where it has no such
            /// method.
            pub fn preset(&self, preset: Preset) -> Option<Self> {
                match self { $(Self::$Method(_) => $Method::preset(preset).map(Self::$Method)),* }
            }

            /// Name of the method, as in text.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Method(_) => $name),* }
            }

            /// The update in one line.
            pub fn formula(&self) -> &'static str {
                match self { $(Self::$Method(_) => $Method::FORMULA),* }
            }

            /// Author, year, and number of the algorithm in the paper.
            pub fn source(&self) -> &'static str {
                match self { $(Self::$Method(_) => $Method::SOURCE),* }
            }

            /// Form of weight decay used unless [`OptimizerOptions::decay`] says otherwise.
            pub fn decay(&self) -> Decay {
                match self { $(Self::$Method(_) => $Method::DECAY),* }
            }

            /// Learning rate, before the schedule.
            pub fn lr(&self) -> f64 {
                match self { $(Self::$Method(method) => method.lr),* }
            }

            /// The same method at another learning rate.
            #[must_use]
            pub fn with_lr(mut self, lr: f64) -> Self {
                match &mut self { $(Self::$Method(method) => method.lr = lr),* }
                self
            }

            /// Weight decay λ, at least 0.
            pub fn weight_decay(&self) -> f64 {
                match self { $(Self::$Method(method) => method.weight_decay),* }
            }

            /// Builds the rule for element type `F`.
            pub fn rule<F: Element>(&self) -> BoxedRule<F> {
                F::rule(self)
            }

            /// Names and values of the hyperparameters, in the order of the struct.
            pub fn hyperparameters(&self) -> Vec<(&'static str, HyperparamValue)> {
                match self {
                    $(Self::$Method(method) => $Method::KEYS.iter().copied().zip(method.values()).collect()),*
                }
            }

            /// Returns the same method with the number `key` set.
            ///
            /// ```
            /// use thalweg::{Adam, Method};
            /// let adam = Method::from(Adam::default()).set("beta1", 0.8)?;
            /// assert_eq!(adam, Method::from(Adam { beta1: 0.8, ..Adam::default() }));
            /// # Ok::<(), thalweg::Error>(())
            /// ```
            ///
            /// # Errors
            /// [`Error::Unknown`] for a key that the method does not have, [`Error::Range`] for a number outside its
            /// range.
            pub fn set(mut self, key: &str, number: f64) -> Result<Self> {
                let known = match &mut self { $(Self::$Method(method) => method.set_number(key, number)?),* };
                if known { Ok(self) } else { Err(self.unknown_key(key, [])) }
            }

            /// Returns the same method with the hyperparameter `key` set from text: a number or the name of a choice.
            ///
            /// # Errors
            /// As [`set`](Self::set); [`Error::InvalidValue`] for a text that is no number, [`Error::Unknown`] for a
            /// name that is none of the choices.
            pub fn set_text(mut self, key: &str, text: &str) -> Result<Self> {
                let present = hyperparameter::present_key(self.name(), key, text);
                let known = match &mut self { $(Self::$Method(method) => method.set_text(present, text)?),* };
                if known { Ok(self) } else { Err(self.unknown_key(key, [])) }
            }
        }

        impl Element for f32 {
            fn rule(method: &Method) -> BoxedRule<Self> {
                match method { $(Method::$Method(method) => method.rule()),* }
            }
        }

        impl Element for f64 {
            fn rule(method: &Method) -> BoxedRule<Self> {
                match method { $(Method::$Method(method) => method.rule()),* }
            }
        }

        $(impl From<$Method> for Method {
            fn from(method: $Method) -> Self {
                Self::$Method(method)
            }
        })*
    };
}

// The table of methods. A new method is a file and a line here.
methods! {
    "sgd" => Sgd,
    "momentum" => Momentum,
    "nag" => Nag,
    "adagrad" => AdaGrad,
    "rmsprop" => RmsProp,
    "adadelta" => AdaDelta,
    "adam" => Adam,
    "adamw" => AdamW,
    "amsgrad" => AmsGrad,
    "adamax" => AdaMax,
    "nadam" => Nadam,
    "radam" => RAdam,
    "lion" => Lion,
    "signsgd" => SignSgd,
    "adabelief" => AdaBelief,
    "yogi" => Yogi,
    "adan" => Adan,
    "lars" => Lars,
    "lamb" => Lamb,
}

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

    /// Checks every hyperparameter against its range in [`HYPERPARAMETERS`].
    ///
    /// # Errors
    /// [`Error::Range`] with the first one outside its range.
    pub fn check(&self) -> Result<()> {
        self.hyperparameters().into_iter().try_for_each(|(name, value)| hyperparameter::check(name, value))
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
