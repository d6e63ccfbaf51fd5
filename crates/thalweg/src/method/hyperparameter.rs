//! Hyperparameters by name: their ranges, and reading them from text.

use serde_json::{Map, Value};

use super::MethodDef;
use crate::error::{Error, Result};
use crate::text::number;

/// A hyperparameter's range and meaning; the same name means the same in every method.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameter {
    /// The name, as a field, in text and in JSON.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    range: Range,
}

/// The intervals that hyperparameters live in.
#[derive(Clone, Copy, Debug)]
enum Range {
    NotNegative,
    Fraction,
    ClosedFraction,
}

impl Range {
    fn expected(self) -> &'static str {
        match self {
            Self::NotNegative => "at least 0 and finite",
            Self::Fraction => "in [0, 1)",
            Self::ClosedFraction => "in [0, 1]",
        }
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::NotNegative => value >= 0.0 && value.is_finite(),
            Self::Fraction => (0.0..1.0).contains(&value),
            Self::ClosedFraction => (0.0..=1.0).contains(&value),
        }
    }
}

const fn row(name: &'static str, range: Range, meaning: &'static str) -> Hyperparameter {
    Hyperparameter { name, meaning, range }
}

/// Every numeric hyperparameter of every method.
pub const HYPERPARAMETERS: &[Hyperparameter] = &[
    row("lr", Range::NotNegative, "learning rate"),
    row("weight_decay", Range::NotNegative, "λ, pull of the parameters towards 0"),
    row("momentum", Range::Fraction, "decay of the velocity"),
    row("dampening", Range::ClosedFraction, "share of a gradient that the velocity leaves out"),
    row("beta1", Range::Fraction, "decay of the first moment"),
    row("beta2", Range::Fraction, "decay of the second moment"),
    row("beta3", Range::Fraction, "decay of Adan's third average"),
    row("rho", Range::Fraction, "decay of the squared gradients"),
    row("eps", Range::NotNegative, "ε, what keeps a small root from making a large step"),
    row("lr_decay", Range::NotNegative, "how fast AdaGrad's rate slows"),
    row("initial_accumulator", Range::NotNegative, "the moments before the first step"),
    row("momentum_decay", Range::NotNegative, "ψ, how fast Nadam's momentum warms up"),
    row("threshold", Range::NotNegative, "ρₜ from which RAdam is adaptive"),
    row("trust", Range::NotNegative, "share of ‖x‖ that a layer moves by"),
];

pub(super) fn list<R: MethodDef>(recipe: &R) -> Vec<(String, Value)> {
    match serde_json::to_value(recipe) {
        Ok(Value::Object(map)) => map.into_iter().collect(),
        _ => Vec::new(),
    }
}

pub(super) fn set<R: MethodDef>(method: &str, recipe: &R, key: &str, text: &str) -> Result<R> {
    let mut map: Map<String, Value> = list(recipe).into_iter().collect();
    let Some(value) = map.get_mut(key) else {
        let known = map.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(Error::Unknown { what: format!("parameter of {method}"), name: key.into(), known });
    };
    if value.is_string() {
        *value = Value::from(text);
    } else {
        let number = number(key, text)?;
        check_number(key, number)?;
        *value = Value::from(number);
    }
    // Numbers always fit their fields, so this can only fail on a choice's name.
    serde_json::from_value(Value::Object(map)).map_err(|error| choice_error(key, text, &error.to_string()))
}

/// Serde lists a choice's names in backquotes: first what was found, then what could be.
fn choice_error(key: &str, text: &str, serde: &str) -> Error {
    let names = serde.rsplit_once(", expected").map_or("", |(_, names)| names);
    let known: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
    Error::Unknown { what: key.into(), name: text.into(), known: known.join(", ") }
}

pub(super) fn check(name: &str, value: &Value) -> Result<()> {
    if value.is_string() {
        return Ok(());
    }
    // JSON has no NaN and no infinity: they come as null.
    check_number(name, value.as_f64().unwrap_or(f64::NAN))
}

fn check_number(name: &str, found: f64) -> Result<()> {
    let range = HYPERPARAMETERS.iter().find(|row| row.name == name).map_or(Range::NotNegative, |row| row.range);
    Error::range(name, range.expected(), found, range.holds(found))
}
