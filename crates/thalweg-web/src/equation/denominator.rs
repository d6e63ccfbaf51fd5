//! Denominators of updates, with ε at the place of each convention.

use thalweg::algebra::power;

use super::{EquationLine, Hyperparameters, StepNumbers};
use crate::latex::tex;

/// Denominator of an update, with symbols, with numbers, and its value.
pub(super) struct Denominator(pub(super) String, pub(super) String, pub(super) f64);

impl Denominator {
    /// √v + ε, or √(v + ε) for ε inside.
    pub(super) fn root(symbol: &str, v: f64, of: &Hyperparameters<'_>) -> Self {
        let eps = of.number("eps");
        let [number, stabilizer] = [v, eps].map(tex);
        if of.choice("eps_form") == "inside" {
            let symbols = format!("\\sqrt{{{symbol} + \\varepsilon}}");
            return Self(symbols, format!("\\sqrt{{{number} + {stabilizer}}}"), (v + eps).sqrt());
        }
        let symbols = format!("\\sqrt{{{symbol}}} + \\varepsilon");
        Self(symbols, format!("\\sqrt{{{number}}} + {stabilizer}"), v.sqrt() + eps)
    }
}

/// Returns the bias-corrected second moment in a slot called `name`, and the denominator: √v̂ + ε, √(v̂ + ε), or for ε
/// before the correction (√v + ε) / √(1 − β₂ᵗ), which needs no v̂.
pub(super) fn corrected_root(
    of: &Hyperparameters<'_>,
    step: &StepNumbers<'_>,
    slot: &str,
    name: &str,
) -> (Option<EquationLine>, Denominator) {
    let beta2 = of.number("beta2");
    if of.choice("eps_form") == "hat" {
        let (v, eps, correction) = (step.after(slot), of.number("eps"), (1.0 - power(beta2, step.t)).sqrt());
        let symbols = format!("(\\sqrt{{{name}}} + \\varepsilon) / \\sqrt{{1 - \\beta_2^{{{}}}}}", step.t);
        let numbers = format!("(\\sqrt{{{}}} + {}) / {}", tex(v), tex(eps), tex(correction));
        return (None, Denominator(symbols, numbers, (v.sqrt() + eps) / correction));
    }
    let hat = step.corrected(slot, name, beta2, "\\beta_2");
    let root = Denominator::root(&format!("\\hat {name}"), hat.value, of);
    (Some(hat), root)
}

/// x ← x − lr · numerator / denominator.
pub(super) fn over(
    step: &StepNumbers<'_>,
    symbol: &str,
    number: &str,
    value: f64,
    below: &Denominator,
) -> EquationLine {
    let Denominator(symbols, numbers, root) = below;
    let symbols = format!("\\frac{{{symbol}}}{{{symbols}}}");
    step.update(&symbols, &format!("\\frac{{{number}}}{{{numbers}}}"), value / root)
}
