//! Equations of the methods whose step is a fraction of the norm of all coordinates.

use thalweg::algebra::power;

use super::{EquationLine, Hyperparameters, StepNumbers};
use crate::latex::{symbol_of, tex, tex_plain};

/// LAMB: Adam's direction u, scaled to the norm of x.
pub(super) fn lamb(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    if of.choice("eps_form") != "outside" {
        return Vec::new();
    }
    let [beta1, beta2, eps, lambda] = ["beta1", "beta2", "eps", "weight_decay"].map(|key| of.number(key));
    let direction = |i: usize| {
        let numbers = StepNumbers { coordinate: i, ..step.clone() };
        let [m, v] = [("m", beta1), ("v", beta2)].map(|(slot, beta)| numbers.after(slot) / (1.0 - power(beta, step.t)));
        m / (v.sqrt() + eps) + lambda * step.whole[0][i]
    };
    let all: Vec<f64> = (0..step.whole[0].len()).map(direction).collect();
    let (of_x, of_u, u) = (norm(step.whole[0]), norm(&all), all[step.coordinate]);
    let ratio = if of_x > 0.0 && of_u > 0.0 { of_x / of_u } else { 1.0 };
    let m = step.corrected("m", "m", beta1, "\\beta_1");
    let v = step.corrected("v", "v", beta2, "\\beta_2");
    let (mut symbols, mut numbers) = (
        "u = \\frac{\\hat m}{\\sqrt{\\hat v} + \\varepsilon}".to_owned(),
        format!("{} = \\frac{{{}}}{{\\sqrt{{{}}} + {}}}", tex_plain(u), tex(m.value), tex(v.value), tex(eps)),
    );
    if lambda > 0.0 {
        symbols.push_str(&format!(" + \\lambda {}", symbol_of(step.variable)));
        numbers.push_str(&format!(" + {} \\cdot {}", tex(lambda), tex(step.x)));
    }
    let scale = EquationLine {
        symbols: "r = \\lVert x \\rVert / \\lVert u \\rVert".into(),
        numbers: format!("{} = {} / {}", tex_plain(ratio), tex(of_x), tex(of_u)),
        value: ratio,
    };
    let update = step.update("r u", &format!("{} \\cdot {}", tex(ratio), tex(u)), ratio * u);
    let averages = [step.average("m", "\\beta_1", beta1, 1), step.average("v", "\\beta_2", beta2, 2)];
    averages.into_iter().chain([m, v, EquationLine { symbols, numbers, value: u }, scale, update]).collect()
}

/// LARS: momentum at a rate that is a fraction of the norm of x over that of the gradient.
pub(super) fn lars(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [mu, trust, eps, lambda] = ["momentum", "trust", "eps", "weight_decay"].map(|key| of.number(key));
    let [of_x, of_g] = step.whole.map(norm);
    let ratio = if of_x > 0.0 && of_g > 0.0 { trust * of_x / (of_g + lambda * of_x + eps) } else { 1.0 };
    let [before, v] = step.slot("velocity");
    let scale = EquationLine {
        symbols: "r = \\frac{\\tau \\lVert x \\rVert}{\\lVert g \\rVert + \\lambda \\lVert x \\rVert + \\varepsilon}"
            .into(),
        numbers: format!(
            "{} = \\frac{{{} \\cdot {}}}{{{} + {} \\cdot {} + {}}}",
            tex_plain(ratio),
            tex(trust),
            tex(of_x),
            tex(of_g),
            tex(lambda),
            tex(of_x),
            tex(eps)
        ),
        value: ratio,
    };
    let x = symbol_of(step.variable);
    let velocity = EquationLine {
        symbols: format!("v \\leftarrow \\mu v + \\eta\\, r\\, (g + \\lambda {x})"),
        numbers: format!(
            "{} = {} \\cdot {} + {} \\cdot {} \\cdot ({} + {} \\cdot {})",
            tex_plain(v),
            tex(mu),
            tex(before),
            tex(step.lr),
            tex(ratio),
            tex(step.g),
            tex(lambda),
            tex(step.x)
        ),
        value: v,
    };
    let after = step.x - v;
    let update = EquationLine {
        symbols: format!("{x} \\leftarrow {x} - v"),
        numbers: format!("{} = {} - {}", tex_plain(after), tex(step.x), tex(v)),
        value: after,
    };
    vec![scale, velocity, update]
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}
