//! Hyperparameters by name: meanings, ranges, and access to the fields of a method's struct.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::{Choice, parse_number};

/// The range of a field, as its documentation continues.
macro_rules! range_doc {
    (NonNegative) => {
        ", at least 0"
    };
    (HalfOpen) => {
        ", in [0, 1)"
    };
    (Closed) => {
        ", in [0, 1]"
    };
    (AtLeastFour) => {
        ", at least 4"
    };
    (Count) => {
        ", a whole number from 1 to 1000"
    };
    (Choice) => {
        ""
    };
}
pub(super) use range_doc;

/// The meaning of each hyperparameter and its range: the one table behind field docs, [`HYPERPARAMETERS`], `check`
/// and help.
macro_rules! hyperparameter_table {
    ($($name:ident: $range:ident, $meaning:literal;)*) => {
        /// Documentation of the field `name`: its meaning and range.
        macro_rules! field_doc {
            $(($name) => { concat!($meaning, $crate::method::hyperparameter::range_doc!($range), ".") };)*
        }
        pub(super) use field_doc;

        /// All hyperparameters of all methods.
        ///
        /// ```
        /// let beta2 = thalweg::method::HYPERPARAMETERS.iter().find(|row| row.name == "beta2").expect("Adam's");
        /// assert_eq!(beta2.meaning, "Exponential decay rate of the second-moment estimate");
        /// assert_eq!(beta2.range(), "in [0, 1)");
        /// ```
        pub const HYPERPARAMETERS: &[Hyperparameter] =
            &[$(Hyperparameter { name: stringify!($name), meaning: $meaning, range: Range::$range }),*];
    };
}

hyperparameter_table! {
    lr: NonNegative, "Learning rate: factor of every update";
    weight_decay: NonNegative, "Weight decay λ: pull of the parameters towards 0";
    momentum: HalfOpen, "Momentum μ: decay rate of the velocity";
    dampening: Closed, "Dampening d: fraction of the gradient kept out of the velocity from the second step on";
    beta: NonNegative, "Offset β of the root of the sum of squared gradients: bounds the first steps";
    l1: NonNegative, "L1 penalty λ₁ of the method: a coordinate stays at 0 until the sum of its gradients exceeds it";
    l2: NonNegative, "L2 penalty λ₂ of the method";
    beta1: HalfOpen, "Exponential decay rate of the first-moment estimate";
    beta2: HalfOpen, "Exponential decay rate of the second-moment estimate";
    beta3: HalfOpen, "Exponential decay rate of the average of squared gradients with their differences";
    rho: HalfOpen, "Decay rate of the average of squared gradients";
    eps: NonNegative, "Stabilizer ε: bounds the update where the second-moment estimate is small";
    lr_decay: NonNegative, "Inverse-time decay of the learning rate: lr / (1 + (t−1)·lr_decay)";
    initial_accumulator: NonNegative, "Value of the accumulators before the first step";
    momentum_decay: NonNegative, "Speed ψ of the momentum warm-up";
    threshold: AtLeastFour, "Length ρₜ of the approximated average above which the step is adaptive";
    memory: Count, "Number of the latest steps that the curvature is estimated from";
    c1: HalfOpen, "Sufficient decrease of the line search, as a fraction of that by the slope";
    c2: HalfOpen, "Largest slope that ends the line search, as a fraction of the first one";
    trust: NonNegative, "Trust coefficient η: step length as a fraction of the tensor's norm";
    eps_form: Choice, "Position of ε relative to the square root and the bias correction";
    form: Choice, "Position of the learning rate relative to the velocity";
    nesterov: Choice, "Point at which the gradient is evaluated";
    variance: Choice, "Second-moment estimate: of the gradient, or of its deviation from the mean";
    maximum: Choice, "Average whose maximum is kept: the raw one or the bias-corrected one";
    correction: Choice, "Bias correction: division of the averages by 1 − βᵗ";
    mu: Choice, "Momentum schedule: warming up or constant";
    rectify: Choice, "Variance rectification of the step, as in RAdam";
    norm: Choice, "Norm that the tensor's norm is divided by";
}

/// Meaning and range of a hyperparameter; a name means the same in every method.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameter {
    /// Name as a struct field, in text, in JSON and in Python.
    pub name: &'static str,
    /// One-line description without a final period.
    pub meaning: &'static str,
    range: Range,
}

/// The ranges of hyperparameters.
#[derive(Clone, Copy, Debug)]
enum Range {
    NonNegative,
    HalfOpen,
    Closed,
    /// The variance that rectification divides by is not positive below 4.
    AtLeastFour,
    Count,
    Choice,
}

impl Hyperparameter {
    /// The range, as it follows "must be" in an error.
    pub fn range(&self) -> &'static str {
        match self.range {
            Range::NonNegative => "at least 0 and finite",
            Range::HalfOpen => "in [0, 1)",
            Range::Closed => "in [0, 1]",
            Range::AtLeastFour => "at least 4 and finite",
            Range::Count => "a whole number from 1 to 1000",
            Range::Choice => "one of the choices",
        }
    }

    fn contains(&self, value: f64) -> bool {
        match self.range {
            Range::NonNegative => value >= 0.0 && value.is_finite(),
            Range::HalfOpen => (0.0..1.0).contains(&value),
            Range::Closed => (0.0..=1.0).contains(&value),
            Range::AtLeastFour => value >= 4.0 && value.is_finite(),
            Range::Count => (1.0..=1000.0).contains(&value) && value.fract() == 0.0,
            Range::Choice => false,
        }
    }
}

/// The value of a hyperparameter: a number, or the name of a choice.
///
/// ```
/// use thalweg::Method;
/// use thalweg::method::{Adam, HyperparamValue};
/// let adam = Method::from(Adam::default());
/// assert_eq!(adam.get("beta1"), Some(HyperparamValue::Number(0.9)));
/// assert_eq!(adam.get("eps_form"), Some("outside".into()));
/// assert_eq!(adam.get("rho"), None);
/// ```
///
/// Serialized as a number or a string.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HyperparamValue {
    /// A number such as a learning rate or a decay rate.
    Number(f64),
    /// The name of one of the choices that the hyperparameter has.
    Choice(Cow<'static, str>),
}

impl HyperparamValue {
    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Choice(_) => None,
        }
    }

    /// The number, which `key` needs.
    pub(crate) fn to_number(&self, key: &str) -> Result<f64> {
        let invalid = || Error::InvalidValue { what: key.into(), expected: "a number".into(), found: self.to_string() };
        self.as_number().ok_or_else(invalid)
    }
}

impl From<f64> for HyperparamValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for HyperparamValue {
    fn from(choice: &'static str) -> Self {
        Self::Choice(Cow::Borrowed(choice))
    }
}

impl From<String> for HyperparamValue {
    fn from(choice: String) -> Self {
        Self::Choice(Cow::Owned(choice))
    }
}

/// The text that is parsed to the same value.
impl fmt::Display for HyperparamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // As JSON writes numbers: with a decimal point, and an exponent below 1e-5 (1e-7) and from 1e16 on (1e+16).
            Self::Number(number) if (1e-5..1e-4).contains(&number.abs()) => write!(f, "{number}"),
            Self::Number(number) if number.abs() >= 1e16 => f.write_str(&format!("{number:e}").replace('e', "e+")),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Choice(name) => f.write_str(name),
        }
    }
}

/// A type of hyperparameter fields: `f64`, or an enum of choices.
pub(super) trait Field: Copy {
    fn value(self) -> HyperparamValue;
    fn from_number(key: &str, number: f64) -> Result<Self>;
    fn from_text(key: &str, text: &str) -> Result<Self>;
}

impl Field for f64 {
    fn value(self) -> HyperparamValue {
        HyperparamValue::Number(self)
    }

    fn from_number(key: &str, number: f64) -> Result<Self> {
        check_number(key, number).map(|()| number)
    }

    fn from_text(key: &str, text: &str) -> Result<Self> {
        Self::from_number(key, parse_number(key, text)?)
    }
}

impl Field for u32 {
    fn value(self) -> HyperparamValue {
        HyperparamValue::Number(self.into())
    }

    fn from_number(key: &str, number: f64) -> Result<Self> {
        check_number(key, number).map(|()| number as Self)
    }

    fn from_text(key: &str, text: &str) -> Result<Self> {
        Self::from_number(key, parse_number(key, text)?)
    }
}

impl<C: Choice> Field for C {
    fn value(self) -> HyperparamValue {
        self.choice_name().into()
    }

    fn from_number(key: &str, number: f64) -> Result<Self> {
        Self::from_text(key, &number.to_string())
    }

    fn from_text(key: &str, text: &str) -> Result<Self> {
        Self::parse_choice(key, text)
    }
}

/// Access to the hyperparameters of a method by name; implemented by the macro `hyperparameters!`.
pub trait Hyperparameters: Sized {
    /// The names, in the order of the struct.
    const KEYS: &'static [&'static str];

    /// The values, in the order of [`KEYS`](Self::KEYS).
    fn values(&self) -> Vec<HyperparamValue>;

    /// Sets the number `key`; returns `false` where there is no such key.
    ///
    /// # Errors
    /// A number outside the range of `key`, or a key that takes a choice.
    fn set_number(&mut self, key: &str, number: f64) -> Result<bool>;

    /// Sets `key` from text; returns `false` where there is no such key.
    ///
    /// # Errors
    /// A text that is no number in the range of `key`, or none of its choices.
    fn set_text(&mut self, key: &str, text: &str) -> Result<bool>;
}

/// The present key for a key of an earlier version: `rate=inside` is `form=lr_inside`, and NAG's `form=shifted` is
/// `nesterov=lookahead`. (The choices themselves are read by their old names too.)
pub(super) fn present_key<'a>(method: &str, key: &'a str, text: &str) -> &'a str {
    match (method, key, text) {
        ("momentum" | "rmsprop" | "nag", "rate", _) => "form",
        ("nag", "form", "shifted" | "lookahead_free") => "nesterov",
        _ => key,
    }
}

pub(super) fn check(key: &str, value: &HyperparamValue) -> Result<()> {
    match value {
        HyperparamValue::Number(number) => check_number(key, *number),
        HyperparamValue::Choice(_) => Ok(()),
    }
}

fn check_number(key: &str, found: f64) -> Result<()> {
    let row = HYPERPARAMETERS.iter().find(|row| row.name == key);
    let row = row.unwrap_or_else(|| unreachable!("the macro takes no field that is not in the table"));
    Error::range(key, row.range(), found, row.contains(found))
}
