//! Equations of the methods in LaTeX, once with symbols and once with the numbers of a step.
//!
//! The equations are those of the methods' documentation. Methods and conventions without one here have no lines; the
//! page then shows the slots alone.

use std::collections::BTreeMap;

use serde::Serialize;
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
    /// Slots by name, before and after the step.
    pub(crate) slots: BTreeMap<&'a str, [f64; 2]>,
}

/// Returns the equations of a step of a method, those of weight decay first.
pub(crate) fn lines(spec: &OptimizerSpec, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    // Clipping depends on the other coordinates too.
    if spec.options.clip != Clip::Off || spec.options.accumulate != 1 {
        return Vec::new();
    }
    let lambda = spec.method.weight_decay();
    if lambda == 0.0 {
        return rule(&spec.method, step);
    }
    let mut decayed = step.clone();
    let first = match spec.decay() {
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
        _ => return Vec::new(),
    };
    let rule = rule(&spec.method, &decayed);
    if rule.is_empty() { rule } else { std::iter::once(first).chain(rule).collect() }
}

/// Returns the equations of the rule of a method.
fn rule(method: &Method, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let number = |key: &str| method.get(key).and_then(|value| value.as_number()).unwrap_or(f64::NAN);
    let choice = |key: &str| match method.get(key) {
        Some(HyperparamValue::Choice(name)) => name.into_owned(),
        _ => String::new(),
    };
    let form = choice("form");
    let [beta1, beta2, eps] = ["beta1", "beta2", "eps"].map(number);
    match method.name() {
        "sgd" => vec![step.update("g", &tex(step.g), step.g)],
        "momentum" if form == "lr_outside" && number("dampening") == 0.0 => {
            vec![step.velocity(number("momentum")), step.along_velocity()]
        }
        "nag" if form == "lr_outside" && choice("nesterov") == "lookahead" => {
            vec![step.velocity(number("momentum")), step.along_velocity()]
        }
        "nag" if form == "lr_outside" => {
            let (mu, v) = (number("momentum"), step.after("velocity"));
            let direction = format!("({} + {} \\cdot {})", tex(step.g), tex(mu), tex(v));
            vec![step.velocity(mu), step.update("(g + \\mu v)", &direction, step.g + mu * v)]
        }
        "adagrad" if choice("eps_form") == "outside" && number("lr_decay") == 0.0 => {
            let [before, v] = step.slot("v");
            let symbols = "v \\leftarrow v + g^2".to_owned();
            let numbers = format!("{} = {} + ({})^2", tex_plain(v), tex(before), tex(step.g));
            vec![EquationLine { symbols, numbers, value: v }, step.over_root("g", step.g, "v", v, eps)]
        }
        "rmsprop" if choice("eps_form") == "outside" && choice("variance") == "raw" && number("momentum") == 0.0 => {
            let second = step.average("v", "\\rho", number("rho"), 2);
            vec![second, step.over_root("g", step.g, "v", step.after("v"), eps)]
        }
        "adadelta" => adadelta(step, number("rho"), eps),
        "adam" | "adamw" if choice("eps_form") == "outside" => adam(step, beta1, beta2, eps),
        "amsgrad" if choice("eps_form") == "outside" && choice("maximum") == "raw" && choice("correction") == "on" => {
            amsgrad(step, beta1, beta2, eps)
        }
        "adabelief" if choice("rectify") == "off" => adabelief(step, beta1, beta2, eps),
        "adamax" if choice("eps_form") == "inside" => adamax(step, beta1, beta2, eps),
        "signsgd" if number("momentum") == 0.0 => vec![step.sign("g", step.g)],
        "lion" => {
            let (m, c) = (step.slot("m")[0], beta1 * step.slot("m")[0] + (1.0 - beta1) * step.g);
            let numbers = mix_of(c, beta1, m, step.g);
            let symbols = "c = \\beta_1 m + (1 - \\beta_1)\\, g".to_owned();
            let mixed = EquationLine { symbols, numbers, value: c };
            vec![mixed, step.average("m", "\\beta_2", beta2, 1), step.sign("c", c)]
        }
        _ => Vec::new(),
    }
}

fn adam(step: &StepNumbers<'_>, beta1: f64, beta2: f64, eps: f64) -> Vec<EquationLine> {
    let (m, v) = (step.corrected("m", "m", beta1, "\\beta_1"), step.corrected("v", "v", beta2, "\\beta_2"));
    let update = step.over_root("\\hat m", m.value, "\\hat v", v.value, eps);
    vec![step.average("m", "\\beta_1", beta1, 1), step.average("v", "\\beta_2", beta2, 2), m, v, update]
}

fn amsgrad(step: &StepNumbers<'_>, beta1: f64, beta2: f64, eps: f64) -> Vec<EquationLine> {
    let [before, w] = step.slot("v_max");
    let numbers = format!("{} = \\max({}, {})", tex_plain(w), tex_plain(before), tex_plain(step.after("v")));
    let largest = EquationLine { symbols: "w \\leftarrow \\max(w, v)".into(), numbers, value: w };
    let (m, w) = (step.corrected("m", "m", beta1, "\\beta_1"), step.corrected("v_max", "w", beta2, "\\beta_2"));
    let update = step.over_root("\\hat m", m.value, "\\hat w", w.value, eps);
    vec![step.average("m", "\\beta_1", beta1, 1), step.average("v", "\\beta_2", beta2, 2), largest, m, w, update]
}

fn adabelief(step: &StepNumbers<'_>, beta1: f64, beta2: f64, eps: f64) -> Vec<EquationLine> {
    let ([before, s], [rate, rest]) = (step.slot("s"), [tex(beta2), tex(1.0 - beta2)]);
    let deviation = format!("({} - {})^2", tex(step.g), tex(step.after("m")));
    let numbers =
        format!("{} = {rate} \\cdot {} + {rest} \\cdot {deviation} + {}", tex_plain(s), tex(before), tex(eps));
    let symbols = "s \\leftarrow \\beta_2 s + (1 - \\beta_2)(g - m)^2 + \\varepsilon".to_owned();
    let second = EquationLine { symbols, numbers, value: s };
    let (m, s) = (step.corrected("m", "m", beta1, "\\beta_1"), step.corrected("s", "s", beta2, "\\beta_2"));
    let update = step.over_root("\\hat m", m.value, "\\hat s", s.value, eps);
    vec![step.average("m", "\\beta_1", beta1, 1), second, m, s, update]
}

fn adamax(step: &StepNumbers<'_>, beta1: f64, beta2: f64, eps: f64) -> Vec<EquationLine> {
    let [before, u] = step.slot("u");
    let other = format!("|{}| + {}", tex_plain(step.g), tex(eps));
    let numbers = format!("{} = \\max({} \\cdot {}, {other})", tex_plain(u), tex(beta2), tex(before));
    let symbols = "u \\leftarrow \\max(\\beta_2 u, |g| + \\varepsilon)".to_owned();
    let largest = EquationLine { symbols, numbers, value: u };
    let m = step.corrected("m", "m", beta1, "\\beta_1");
    let numbers = format!("\\frac{{{}}}{{{}}}", tex(m.value), tex(u));
    let update = step.update("\\frac{\\hat m}{u}", &numbers, m.value / u);
    vec![step.average("m", "\\beta_1", beta1, 1), largest, m, update]
}

/// The numbers of β a + (1 − β) b.
fn mix_of(value: f64, beta: f64, a: f64, b: f64) -> String {
    format!("{} = {} \\cdot {} + {} \\cdot {}", tex_plain(value), tex(beta), tex(a), tex(1.0 - beta), tex(b))
}

fn adadelta(step: &StepNumbers<'_>, rho: f64, eps: f64) -> Vec<EquationLine> {
    let (u, v) = (step.slot("u")[0], step.after("v"));
    let delta = (u + eps).sqrt() / (v + eps).sqrt() * step.g;
    let ratio = format!(
        "{} = \\frac{{\\sqrt{{{} + {}}}}}{{\\sqrt{{{} + {}}}}} \\cdot {}",
        tex_plain(delta),
        tex(u),
        tex(eps),
        tex(v),
        tex(eps),
        tex(step.g)
    );
    let symbols = "\\Delta = \\frac{\\sqrt{u + \\varepsilon}}{\\sqrt{v + \\varepsilon}}\\, g".to_owned();
    let delta_line = EquationLine { symbols, numbers: ratio, value: delta };
    vec![step.average("v", "\\rho", rho, 2), delta_line, step.update("\\Delta", &tex(delta), delta)]
}

impl StepNumbers<'_> {
    fn slot(&self, name: &str) -> [f64; 2] {
        self.slots.get(name).copied().unwrap_or([f64::NAN; 2])
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

    /// x ← x − lr · v.
    fn along_velocity(&self) -> EquationLine {
        let v = self.after("velocity");
        self.update("v", &tex(v), v)
    }

    /// x ← x − lr · numerator / (√v + ε).
    fn over_root(&self, symbol: &str, numerator: f64, root: &str, v: f64, eps: f64) -> EquationLine {
        let symbols = format!("\\frac{{{symbol}}}{{\\sqrt{{{root}}} + \\varepsilon}}");
        let numbers = format!("\\frac{{{}}}{{\\sqrt{{{}}} + {}}}", tex(numerator), tex(v), tex(eps));
        self.update(&symbols, &numbers, numerator / (v.sqrt() + eps))
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

    /// v ← μv + g, of momentum and NAG.
    fn velocity(&self, mu: f64) -> EquationLine {
        let [before, after] = self.slot("velocity");
        let numbers = format!("{} = {} \\cdot {} + {}", tex_plain(after), tex(mu), tex(before), tex(self.g));
        EquationLine { symbols: "v \\leftarrow \\mu v + g".into(), numbers, value: after }
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

/// βᵗ by repeated squaring.
fn power(beta: f64, mut t: u64) -> f64 {
    let (mut result, mut square) = (1.0, beta);
    while t > 0 {
        if t & 1 == 1 {
            result *= square;
        }
        square *= square;
        t >>= 1;
    }
    result
}
