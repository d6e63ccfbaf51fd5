//! The methods: one file each, and THE table that everything about them is derived from.

/// A method's hyperparameters with their defaults, as a plain struct with public fields.
macro_rules! hyperparameters {
    ($(#[$doc:meta])* $Method:ident { $($(#[$field_doc:meta])* $field:ident: $Type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Method {
            $($(#[$field_doc])* pub $field: $Type,)*
        }

        impl Default for $Method {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
}

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
mod radam;
mod rmsprop;
mod sgd;
mod signsgd;
mod spec;
mod yogi;

pub use adabelief::AdaBelief;
pub use adadelta::AdaDelta;
pub use adagrad::AdaGrad;
pub use adam::Adam;
pub use adamax::AdaMax;
pub use adamw::AdamW;
pub use adan::Adan;
pub use amsgrad::AmsGrad;
pub use hyperparameter::{HYPERPARAMETERS, Hyperparameter};
pub use lamb::Lamb;
pub use lars::Lars;
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::{Mu, Nadam};
pub use nag::Nag;
pub use options::{Average, Clip, Goal, NonFinite, OptimizerOptions};
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;
pub use signsgd::SignSgd;
pub use spec::OptimizerSpec;
pub use yogi::Yogi;

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;
use crate::text;

/// What a method says of itself: a struct of hyperparameters with public fields and a `Default`.
pub trait MethodDef: Copy + fmt::Debug + Default + PartialEq + Serialize + DeserializeOwned {
    /// The update in one line.
    const FORMULA: &'static str;
    /// Author, year, algorithm.
    const SOURCE: &'static str;
    /// How weight decay enters unless something else is asked for.
    const DECAY: Decay = Decay::Coupled;

    /// The method's rule, ready to run.
    fn fused<F: Real>(&self) -> BoxedRule<F>;

    /// The conventions of a library or of the paper, with its defaults; `None` where it has no such method.
    fn preset(preset: Preset) -> Option<Self>;
}

/// An element type that the methods are compiled for, here and once: the crates that use them need not do it again.
pub trait Element: Real {
    /// The method's rule, ready to run.
    fn fused(method: &Method) -> BoxedRule<Self>;
}

/// Whose conventions a method follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// PyTorch: the defaults.
    Torch,
    /// Keras 3.
    Keras,
    /// Optax.
    Optax,
    /// The paper that introduced the method.
    Paper,
}

impl Preset {
    /// All presets by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("torch", Self::Torch), ("keras", Self::Keras), ("optax", Self::Optax), ("paper", Self::Paper)];

    /// The preset's name.
    pub fn name(self) -> &'static str {
        text::name_of(&self, &Self::ALL)
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text::choice("preset", text, &Self::ALL)
    }
}

macro_rules! methods {
    ($($name:literal => $Method:ident,)*) => {
        /// Any of the methods, with its hyperparameters.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Method {
            $(#[doc = concat!("`", $name, "`: [`", stringify!($Method), "`].")] $Method($Method),)*
        }

        impl Method {
            /// The names of all methods, in the table's order.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// All methods with their default hyperparameters.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$Method($Method::default())),*]
            }

            /// The method called `name` with its default hyperparameters.
            ///
            /// # Errors
            /// [`Error::Unknown`], with the nearest name.
            pub fn named(name: &str) -> Result<Self> {
                match name {
                    $($name => Ok(Self::$Method($Method::default())),)*
                    _ => Err(Error::Unknown {
                        what: "method".into(),
                        name: name.into(),
                        known: Self::NAMES.join(", "),
                    }),
                }
            }

            /// The same method with the conventions and defaults of a library, if it has the method.
            pub fn preset(&self, preset: Preset) -> Option<Self> {
                match self { $(Self::$Method(_) => $Method::preset(preset).map(Self::$Method)),* }
            }

            /// The method's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Method(_) => $name),* }
            }

            /// The update in one line.
            pub fn formula(&self) -> &'static str {
                match self { $(Self::$Method(_) => $Method::FORMULA),* }
            }

            /// Author, year, algorithm.
            pub fn source(&self) -> &'static str {
                match self { $(Self::$Method(_) => $Method::SOURCE),* }
            }

            /// How weight decay enters unless something else is asked for.
            pub fn decay(&self) -> Decay {
                match self { $(Self::$Method(_) => $Method::DECAY),* }
            }

            /// The learning rate.
            pub fn lr(&self) -> f64 {
                match self { $(Self::$Method(method) => method.lr),* }
            }

            /// The same method at another learning rate.
            #[must_use]
            pub fn with_lr(mut self, lr: f64) -> Self {
                match &mut self { $(Self::$Method(method) => method.lr = lr),* }
                self
            }

            /// The weight decay λ.
            pub fn weight_decay(&self) -> f64 {
                match self { $(Self::$Method(method) => method.weight_decay),* }
            }

            /// The method's rule, ready to run.
            pub fn fused<F: Element>(&self) -> BoxedRule<F> {
                F::fused(self)
            }

            /// The hyperparameters by name, in the struct's order: numbers and choices as JSON.
            pub fn parameters(&self) -> Vec<(String, serde_json::Value)> {
                match self { $(Self::$Method(method) => hyperparameter::list(method)),* }
            }

            /// The same method with hyperparameter `key` set from text.
            ///
            /// # Errors
            /// An unknown key, or a value that is no number or none of the key's choices.
            pub fn set(self, key: &str, value: &str) -> Result<Self> {
                match self {
                    $(Self::$Method(method) => hyperparameter::set($name, &method, key, value).map(Self::$Method)),*
                }
            }
        }

        impl Element for f32 {
            fn fused(method: &Method) -> BoxedRule<Self> {
                match method { $(Method::$Method(method) => method.fused()),* }
            }
        }

        impl Element for f64 {
            fn fused(method: &Method) -> BoxedRule<Self> {
                match method { $(Method::$Method(method) => method.fused()),* }
            }
        }

        $(impl From<$Method> for Method {
            fn from(method: $Method) -> Self {
                Self::$Method(method)
            }
        })*
    };
}

// THE table. A new method is a file, a line here, and nothing else.
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
    /// The same method with the conventions of `preset`.
    ///
    /// # Errors
    /// [`Error::NoPreset`] where the library has no such method.
    pub fn with_preset(&self, preset: Preset) -> Result<Self> {
        self.preset(preset).ok_or_else(|| Error::NoPreset {
            method: self.name(),
            preset: preset.name(),
            known: self.presets().join(", "),
        })
    }

    /// The names of the presets that this method has.
    pub fn presets(&self) -> Vec<&'static str> {
        Preset::ALL.into_iter().filter(|(_, preset)| self.preset(*preset).is_some()).map(|(name, _)| name).collect()
    }

    /// Checks every hyperparameter against its range in [`HYPERPARAMETERS`].
    ///
    /// # Errors
    /// Names the hyperparameter, its range, and what was found.
    pub fn check(&self) -> Result<()> {
        self.parameters().iter().try_for_each(|(name, value)| hyperparameter::check(name, value))
    }
}

/// The name, the rate, and every other hyperparameter that is off its default: a text that parses to the same method.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let defaults = Self::named(self.name()).map_err(|_| fmt::Error)?.parameters();
        let pairs = self.parameters().into_iter().zip(defaults);
        let changed = pairs.filter(|(scalars, default)| scalars != default || scalars.0 == "lr");
        for (i, ((name, value), _)) in changed.enumerate() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            write!(f, "{}{name}={value}", if i == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}
