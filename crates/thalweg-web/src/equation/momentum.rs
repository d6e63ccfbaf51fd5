//! Equations of momentum and of Nesterov's accelerated gradient.

use super::{EquationLine, Hyperparameters, StepNumbers};
use crate::latex::{symbol_of, tex, tex_plain};

/// Returns v and x: of momentum, or of Nesterov's simplified or original form.
pub(super) fn lines(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let dampening = of.number("dampening");
    if dampening > 0.0 {
        return Vec::new();
    }
    let (mu, form, g) = (of.number("momentum"), of.choice("form"), tex(step.g));
    let [before, v] = step.slot("velocity");
    let (gain, of_gain) = match form.as_str() {
        "lr_inside" => ("\\eta\\, g".to_owned(), format!("{} \\cdot {g}", tex(step.lr))),
        "ema" => ("(1 - \\mu)\\, g".into(), format!("{} \\cdot {g}", tex(1.0 - mu))),
        _ => ("g".into(), g.clone()),
    };
    let velocity = EquationLine {
        symbols: format!("v \\leftarrow \\mu v + {gain}"),
        numbers: format!("{} = {} \\cdot {} + {of_gain}", tex_plain(v), tex(mu), tex(before)),
        value: v,
    };
    let is_simplified = of.choice("nesterov") == "simplified";
    let update = match (is_simplified, form == "lr_inside") {
        (false, false) => step.update("v", &tex(v), v),
        (true, false) => {
            step.update("(g + \\mu v)", &format!("({g} + {} \\cdot {})", tex(mu), tex(v)), step.g + mu * v)
        }
        (false, true) => along(step, "v", &tex(v), v),
        (true, true) => {
            let numbers = format!("({} \\cdot {g} + {} \\cdot {})", tex(step.lr), tex(mu), tex(v));
            along(step, "(\\eta\\, g + \\mu v)", &numbers, step.lr * step.g + mu * v)
        }
    };
    vec![velocity, update]
}

/// x ← x − direction, which has the learning rate in it.
fn along(step: &StepNumbers<'_>, symbols: &str, numbers: &str, direction: f64) -> EquationLine {
    let (x, value) = (symbol_of(step.variable), step.x - direction);
    EquationLine {
        symbols: format!("{x} \\leftarrow {x} - {symbols}"),
        numbers: format!("{} = {} - {numbers}", tex_plain(value), tex(step.x)),
        value,
    }
}
