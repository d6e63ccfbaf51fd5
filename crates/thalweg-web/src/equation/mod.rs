//! Equations of the methods in LaTeX, once with symbols and once with the numbers of a step.
//!
//! The equations are those of the methods' documentation. Methods and conventions without one here have no lines; the
//! page then shows the slots alone.

mod adaptive;
mod denominator;
mod layerwise;
mod momentum;
mod scaled_gradient;

use std::collections::BTreeMap;

use serde::Serialize;
use thalweg::algebra::power;
use thalweg::method::{Clip, Decay, HyperparamValue};
use thalweg::{Method, OptimizerSpec};

use crate::latex::{symbol_of, tex, tex_plain};

/// An equation of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EquationLine {
    /// With symbols, in LaTeX.
    pub symbols: String,
    /// With numbers, in LaTeX.
    pub numbers: String,
    /// Value of the left side.
    pub value: f64,
}

/// The numbers of a step in one coordinate.
#[derive(Clone)]
pub(crate) struct StepNumbers<'a> {
    /// Name of the variable.
    pub(crate) variable: &'a str,
    /// Number of the step, from 1.
    pub(crate) t: u64,
    /// Coordinate before the step.
    pub(crate) x: f64,
    /// Component of the gradient.
    pub(crate) g: f64,
    /// Learning rate of the step.
    pub(crate) lr: f64,
    /// Index of the coordinate.
    pub(crate) coordinate: usize,
    /// All coordinates before the step, and their gradient.
    pub(crate) whole: [&'a [f64]; 2],
    /// Slots of all coordinates by name, before and after the step.
    pub(crate) slots: BTreeMap<&'a str, [&'a [f64]; 2]>,
}

/// Returns the equations of a step of a method, those of weight decay first.
pub(crate) fn lines(spec: &OptimizerSpec, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    // Clipping depends on the other coordinates too.
    if spec.options.clip != Clip::Off || spec.options.accumulate != 1 {
        return Vec::new();
    }
    let (lambda, decay) = (spec.method.weight_decay(), spec.decay());
    if lambda == 0.0 {
        return rule(&spec.method, step);
    }
    let mut decayed = step.clone();
    let first = match decay {
        Decay::Coupled => {
            decayed.g = step.g + lambda * step.x;
            let numbers =
                format!("{} = {} + {} \\cdot {}", tex_plain(decayed.g), tex(step.g), tex(lambda), tex(step.x));
            let symbols = format!("g \\leftarrow g + \\lambda {}", symbol_of(step.variable));
            EquationLine { symbols, numbers, value: decayed.g }
        }
        Decay::Decoupled => {
            decayed.x = step.x - step.lr * lambda * step.x;
            let x = symbol_of(step.variable);
            let [value, before, lr] = [tex_plain(decayed.x), tex(step.x), tex(step.lr)];
            let numbers = format!("{value} = {before} - {lr} \\cdot {} \\cdot {before}", tex(lambda));
            let symbols = format!("{x} \\leftarrow {x} - \\eta \\lambda {x}");
            EquationLine { symbols, numbers, value: decayed.x }
        }
        Decay::Proximal => {
            let mut lines = rule(&spec.method, step);
            let last = lines.last().map(|line| step.shrunk(line.value, lambda));
            lines.extend(last);
            return lines;
        }
        Decay::Own => return rule(&spec.method, step),
    };
    let rule = rule(&spec.method, &decayed);
    if rule.is_empty() { rule } else { std::iter::once(first).chain(rule).collect() }
}

/// Hyperparameters of a method by name.
struct Hyperparameters<'a>(&'a Method);

impl Hyperparameters<'_> {
    /// Returns a number; NaN if the method has none of this name.
    fn number(&self, key: &str) -> f64 {
        self.0.get(key).and_then(|value| value.as_number()).unwrap_or(f64::NAN)
    }

    /// Returns the name of a choice; empty if the method has none of this name.
    fn choice(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(HyperparamValue::Choice(name)) => name.into_owned(),
            _ => String::new(),
        }
    }
}

/// Returns the equations of the rule of a method.
fn rule(method: &Method, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let of = Hyperparameters(method);
    match method.name() {
        "sgd" => vec![step.update("g", &tex(step.g), step.g)],
        "momentum" | "nag" => momentum::lines(&of, step),
        "adagrad" => scaled_gradient::adagrad(&of, step),
        "ftrl" => scaled_gradient::ftrl(&of, step),
        "rmsprop" => scaled_gradient::rmsprop(&of, step),
        "adadelta" => scaled_gradient::adadelta(&of, step),
        "adam" | "adamw" => adaptive::adam(&of, step),
        "nadam" => adaptive::nadam(&of, step),
        "radam" => adaptive::radam(&of, step),
        "yogi" => adaptive::yogi(&of, step),
        "adan" => adaptive::adan(&of, step),
        "amsgrad" => adaptive::amsgrad(&of, step),
        "adabelief" if of.choice("rectify") == "off" => adaptive::adabelief(&of, step),
        "adamax" => adaptive::adamax(&of, step),
        "signsgd" if of.number("momentum") == 0.0 => vec![step.sign("g", step.g)],
        "signsgd" => {
            let m = step.average("m", "\\mu", of.number("momentum"), 1);
            let update = step.sign("m", m.value);
            vec![m, update]
        }
        "lion" => {
            let [beta1, beta2] = ["beta1", "beta2"].map(|key| of.number(key));
            let (m, c) = (step.slot("m")[0], beta1 * step.slot("m")[0] + (1.0 - beta1) * step.g);
            let numbers = mix_of(c, beta1, m, step.g);
            let symbols = "c = \\beta_1 m + (1 - \\beta_1)\\, g".to_owned();
            let mixed = EquationLine { symbols, numbers, value: c };
            vec![mixed, step.average("m", "\\beta_2", beta2, 1), step.sign("c", c)]
        }
        "lamb" => layerwise::lamb(&of, step),
        "lars" if of.choice("norm") == "sum" || of.number("weight_decay") == 0.0 => layerwise::lars(&of, step),
        _ => Vec::new(),
    }
}

/// The numbers of β a + (1 − β) b.
fn mix_of(value: f64, beta: f64, a: f64, b: f64) -> String {
    format!("{} = {} \\cdot {} + {} \\cdot {}", tex_plain(value), tex(beta), tex(a), tex(1.0 - beta), tex(b))
}

impl StepNumbers<'_> {
    fn slot(&self, name: &str) -> [f64; 2] {
        self.slots.get(name).map_or([f64::NAN; 2], |slot| slot.map(|values| values[self.coordinate]))
    }

    fn after(&self, name: &str) -> f64 {
        self.slot(name)[1]
    }

    /// x ← x − lr · direction.
    fn update(&self, symbols: &str, numbers: &str, direction: f64) -> EquationLine {
        let (x, value) = (symbol_of(self.variable), self.x - self.lr * direction);
        EquationLine {
            symbols: format!("{x} \\leftarrow {x} - \\eta\\, {symbols}"),
            numbers: format!("{} = {} - {} \\cdot {numbers}", tex_plain(value), tex(self.x), tex(self.lr)),
            value,
        }
    }

    /// x ← x / (1 + lr·λ), of proximal weight decay.
    fn shrunk(&self, before: f64, lambda: f64) -> EquationLine {
        let (x, value) = (symbol_of(self.variable), before / (1.0 + self.lr * lambda));
        let [before, lr, lambda] = [before, self.lr, lambda].map(tex);
        let numbers = format!("{} = \\frac{{{before}}}{{1 + {lr} \\cdot {lambda}}}", tex_plain(value));
        EquationLine { symbols: format!("{x} \\leftarrow \\frac{{{x}}}{{1 + \\eta \\lambda}}"), numbers, value }
    }

    /// x ← x − lr · sign(direction).
    fn sign(&self, symbol: &str, direction: f64) -> EquationLine {
        let sign = if direction == 0.0 { 0.0 } else { direction.signum() };
        self.update(&format!("\\operatorname{{sign}}({symbol})"), &tex(sign), sign)
    }

    /// The average of a slot, called `name`, without its start: divided by 1 − βᵗ.
    fn corrected(&self, slot: &str, name: &str, beta: f64, symbol: &str) -> EquationLine {
        let correction = 1.0 - power(beta, self.t);
        let value = self.after(slot) / correction;
        let symbols = format!("\\hat {name} = \\frac{{{name}}}{{1 - {symbol}^{{{}}}}}", self.t);
        let numbers = format!("{} = \\frac{{{}}}{{{}}}", tex_plain(value), tex(self.after(slot)), tex(correction));
        EquationLine { symbols, numbers, value }
    }

    /// m ← β m + (1 − β) gᵖ.
    fn average(&self, name: &str, symbol: &str, beta: f64, exponent: u32) -> EquationLine {
        let [before, after] = self.slot(name);
        let (power, g) = if exponent == 1 { ("", tex(self.g)) } else { ("^2", format!("({})^2", tex_plain(self.g))) };
        EquationLine {
            symbols: format!("{name} \\leftarrow {symbol} {name} + (1 - {symbol})\\, g{power}"),
            numbers: format!(
                "{} = {} \\cdot {} + {} \\cdot {g}",
                tex_plain(after),
                tex(beta),
                tex(before),
                tex(1.0 - beta)
            ),
            value: after,
        }
    }
}
