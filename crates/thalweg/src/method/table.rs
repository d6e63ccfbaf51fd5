//! The table of methods, and what follows from it: the enum, access by name, constructors.

use super::{HyperparamValue, Hyperparameters as _, MethodDef as _, Preset, hyperparameter};
use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

/// Element type for which the methods are compiled in this crate, so that dependent crates do not compile them again.
pub trait Element: Real {
    /// Builds the rule of `method` for this element type.
    #[doc(hidden)]
    fn rule(method: &Method) -> BoxedRule<Self>;
}

macro_rules! methods {
    (
        steps: $($step:ident => $Step:ident,)*;
        solvers: $($solver:ident => $Solver:ident,)*;
    ) => {
        methods! { @all $($step => $Step,)* $($solver => $Solver,)* }

        impl Method {
            /// Names of the methods that step by a gradient alone, in the order of the table: those that an
            /// [`Optimizer`](crate::Optimizer) runs step by step.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($step)),*];

            /// Names of the solvers: methods that need more than a gradient for a step, and therefore run as a whole,
            /// by [`Minimize`](crate::Minimize).
            pub const SOLVER_NAMES: &'static [&'static str] = &[$(stringify!($solver)),*];

            /// The methods of [`NAMES`](Self::NAMES) with their default hyperparameters.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$Step(super::$Step::default())),*]
            }

            /// The solvers of [`SOLVER_NAMES`](Self::SOLVER_NAMES) with their default hyperparameters.
            pub fn solvers() -> Vec<Self> {
                vec![$(Self::$Solver(super::$Solver::default())),*]
            }

            /// Returns `true` for a solver, which runs by [`Minimize`](crate::Minimize) and not by
            /// [`Optimizer::step`](crate::Optimizer::step).
            pub fn is_solver(&self) -> bool {
                match self {
                    $(Self::$Step(_) => false,)*
                    $(Self::$Solver(_) => true,)*
                }
            }

            /// Weight decay λ, at least 0; 0 for a method that has none.
            pub fn weight_decay(&self) -> f64 {
                match self {
                    $(Self::$Step(method) => method.weight_decay,)*
                    $(Self::$Solver(_) => 0.0,)*
                }
            }
        }
    };
    (@all $($name:ident => $Method:ident,)*) => {
        /// One of the methods, with its hyperparameters.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Method {
            $(#[doc = concat!("`", stringify!($name), "`: [`", stringify!($Method), "`](super::", stringify!($Method), ").")] $Method(super::$Method),)*
        }

        impl Method {

            /// The method called `name` with its default hyperparameters.
            ///
            /// # Errors
            /// [`Error::Unknown`], with all known names.
            pub fn named(name: &str) -> Result<Self> {
                match name {
                    $(stringify!($name) => Ok(Self::$Method(super::$Method::default())),)*
                    _ => Err(Error::unknown("method", name, Self::NAMES.iter().chain(Self::SOLVER_NAMES).copied())),
                }
            }

            /// Returns the same method with the conventions and defaults of a library; `None` where it has no such
            /// method.
            pub fn preset(&self, preset: Preset) -> Option<Self> {
                match self { $(Self::$Method(_) => super::$Method::preset(preset).map(Self::$Method)),* }
            }

            /// Name of the method, as in text.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Method(_) => stringify!($name)),* }
            }

            /// The update in one line.
            pub fn formula(&self) -> &'static str {
                match self { $(Self::$Method(_) => super::$Method::FORMULA),* }
            }

            /// Author, year, and number of the algorithm in the paper.
            pub fn source(&self) -> &'static str {
                match self { $(Self::$Method(_) => super::$Method::SOURCE),* }
            }

            /// Form of weight decay used unless [`OptimizerOptions::decay`](super::OptimizerOptions::decay) says
            /// otherwise.
            pub fn decay(&self) -> Decay {
                match self { $(Self::$Method(_) => super::$Method::DECAY),* }
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

            /// Names and values of the hyperparameters, in the order of the struct.
            pub fn hyperparameters(&self) -> Vec<(&'static str, HyperparamValue)> {
                match self {
                    $(Self::$Method(method) => super::$Method::KEYS.iter().copied().zip(method.values()).collect()),*
                }
            }

            /// Returns the same method with the number `key` set.
            ///
            /// ```
            /// use thalweg::Method;
            /// use thalweg::method::Adam;
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

        $(impl From<super::$Method> for Method {
            fn from(method: super::$Method) -> Self {
                Self::$Method(method)
            }
        }

        #[doc = concat!(
            "[`", stringify!($Method), "`](super::", stringify!($Method), ") with this learning rate, at least 0, and \
             its other hyperparameters at their defaults."
        )]
        #[doc = concat!(
            "\n\n```\nuse thalweg::method::{", stringify!($Method), ", ", stringify!($name), "};\nassert_eq!(",
            stringify!($name), "(0.5), ", stringify!($Method), " { lr: 0.5, ..", stringify!($Method),
            "::default() });\n```"
        )]
        #[allow(clippy::needless_update, reason = "a method may have no other hyperparameter")]
        pub fn $name(lr: f64) -> super::$Method {
            super::$Method { lr, ..super::$Method::default() }
        })*
    };
}

// The table of methods. A new method is a file and a line here.
methods! {
    steps:
    sgd => Sgd,
    momentum => Momentum,
    nag => Nag,
    adagrad => AdaGrad,
    ftrl => Ftrl,
    rmsprop => RmsProp,
    adadelta => AdaDelta,
    adam => Adam,
    adamw => AdamW,
    amsgrad => AmsGrad,
    adamax => AdaMax,
    nadam => Nadam,
    radam => RAdam,
    lion => Lion,
    signsgd => SignSgd,
    adabelief => AdaBelief,
    yogi => Yogi,
    adan => Adan,
    lars => Lars,
    lamb => Lamb,
    ;
    solvers:
    lbfgs => Lbfgs,
    saga => Saga,
    ;
}
