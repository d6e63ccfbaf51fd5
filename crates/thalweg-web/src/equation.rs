//! Equations of the methods in LaTeX, once with symbols and once with the numbers of a step.
//!
//! The equations are those of the methods' documentation. Methods and conventions without one here have no lines; the
//! page then shows the slots alone.

use std::collections::BTreeMap;

use serde::Serialize;
use thalweg::OptimizerSpec;
use thalweg::method::{Clip, HyperparamValue};

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

/// Returns the equations of a step of a method.
pub(crate) fn lines(spec: &OptimizerSpec, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let method = &spec.method;
    // Clipping and weight decay change the gradient before the rule takes it.
    let is_plain = spec.options.clip == Clip::Off && method.weight_decay() == 0.0 && spec.options.accumulate == 1;
    let number = |key: &str| method.get(key).and_then(|value| value.as_number()).unwrap_or(f64::NAN);
    let choice = |key: &str| match method.get(key) {
        Some(HyperparamValue::Choice(name)) => name.into_owned(),
        _ => String::new(),
    };
    if !is_plain {
        return Vec::new();
    }
    let form = choice("form");
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
            vec![EquationLine { symbols, numbers, value: v }, step.over_root("g", step.g, v, number("eps"))]
        }
        "rmsprop" if choice("eps_form") == "outside" && choice("variance") == "raw" && number("momentum") == 0.0 => {
            let second = step.average("v", "\\rho", number("rho"), 2);
            vec![second, step.over_root("g", step.g, step.after("v"), number("eps"))]
        }
        "adadelta" => adadelta(step, number("rho"), number("eps")),
        "adam" if choice("eps_form") == "outside" => adam(step, number("beta1"), number("beta2"), number("eps")),
        _ => Vec::new(),
    }
}

fn adam(step: &StepNumbers<'_>, beta1: f64, beta2: f64, eps: f64) -> Vec<EquationLine> {
    let corrected = |name: &str, beta: f64, symbol: &str| {
        let correction = 1.0 - power(beta, step.t);
        let value = step.after(name) / correction;
        let symbols = format!("\\hat {name} = \\frac{{{name}}}{{1 - {symbol}^{{{}}}}}", step.t);
        let numbers = format!("{} = \\frac{{{}}}{{{}}}", tex_plain(value), tex(step.after(name)), tex(correction));
        EquationLine { symbols, numbers, value }
    };
    let (m, v) = (corrected("m", beta1, "\\beta_1"), corrected("v", beta2, "\\beta_2"));
    let update = step.over_root("\\hat m", m.value, v.value, eps);
    let update = EquationLine { symbols: update.symbols.replace("\\sqrt{v}", "\\sqrt{\\hat v}"), ..update };
    vec![step.average("m", "\\beta_1", beta1, 1), step.average("v", "\\beta_2", beta2, 2), m, v, update]
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
    fn over_root(&self, symbol: &str, numerator: f64, v: f64, eps: f64) -> EquationLine {
        let symbols = format!("\\frac{{{symbol}}}{{\\sqrt{{v}} + \\varepsilon}}");
        let numbers = format!("\\frac{{{}}}{{\\sqrt{{{}}} + {}}}", tex(numerator), tex(v), tex(eps));
        self.update(&symbols, &numbers, numerator / (v.sqrt() + eps))
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

/// The name of a variable in LaTeX: x1 is x with the index 1.
fn symbol_of(name: &str) -> String {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = if letters.chars().count() == 1 { letters.to_owned() } else { format!("\\mathit{{{letters}}}") };
    let index = &name[letters.len()..];
    if index.is_empty() { base } else { format!("{base}_{{{index}}}") }
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

/// A number with four significant digits in LaTeX; a negative one in parentheses.
fn tex(value: f64) -> String {
    let text = tex_plain(value);
    if text.starts_with('-') { format!("({text})") } else { text }
}

fn tex_plain(value: f64) -> String {
    if value.is_nan() {
        return "\\text{NaN}".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "\\infty".into() } else { "-\\infty".into() };
    }
    let text = format!("{value:.3e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if value == 0.0 {
        "0".into()
    } else if (-4..5).contains(&exponent) {
        trim(&format!("{value:.*}", (3 - exponent).max(0) as usize))
    } else {
        let digits = trim(digits);
        if digits == "1" { format!("10^{{{exponent}}}") } else { format!("{digits} \\cdot 10^{{{exponent}}}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "(-0.5)"),
            (0.001, "0.001"),
            (1e-8, "10^{-8}"),
            (-2.5e-7, "(-2.5 \\cdot 10^{-7})"),
            (123.456, "123.5"),
            (98765.4, "98765"),
            (1.234_56e7, "1.235 \\cdot 10^{7}"),
            (f64::NAN, "\\text{NaN}"),
        ] {
            assert_eq!(tex(value), expected, "{value}");
        }
    }
}
