//! Equations of the methods that divide the gradient itself by a root of past gradients.

use super::denominator::{Denominator, over};
use super::{EquationLine, Hyperparameters, StepNumbers};
use crate::latex::{symbol_of, tex, tex_plain};

pub(super) fn adagrad(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [before, v] = step.slot("v");
    let symbols = "v \\leftarrow v + g^2".to_owned();
    let numbers = format!("{} = {} + ({})^2", tex_plain(v), tex(before), tex_plain(step.g));
    let sum = EquationLine { symbols, numbers, value: v };
    let (decay, root) = (of.number("lr_decay"), Denominator::root("v", v, of));
    if decay == 0.0 {
        return vec![sum, over(step, "g", &tex(step.g), step.g, &root)];
    }
    let before = step.t - 1;
    let lr = step.lr / (1.0 + before as f64 * decay);
    let numbers = format!("{} = \\frac{{{}}}{{1 + {before} \\cdot {}}}", tex_plain(lr), tex(step.lr), tex(decay));
    let symbols = format!("\\eta \\leftarrow \\frac{{\\eta}}{{1 + {before} \\delta}}");
    let decayed = StepNumbers { lr, ..step.clone() };
    let update = over(&decayed, "g", &tex(step.g), step.g, &root);
    vec![sum, EquationLine { symbols, numbers, value: lr }, update]
}

/// FTRL-Proximal. A coordinate whose gradient is 0 does not move.
pub(super) fn ftrl(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let ([z_before, z], [n_before, n]) = (step.slot("z"), step.slot("n"));
    let (x, x_before) = (symbol_of(step.variable), tex(step.x));
    let [lr, beta, l1, l2] = ["lr", "beta", "l1", "l2"].map(|key| of.number(key));
    let d = n.sqrt() - n_before.sqrt();
    let difference = EquationLine {
        symbols: r"d = \sqrt{n + g^2} - \sqrt n".into(),
        numbers: format!(r"{} = \sqrt{{{}}} - \sqrt{{{}}}", tex_plain(d), tex_plain(n), tex_plain(n_before)),
        value: d,
    };
    let sum = EquationLine {
        symbols: r"n \leftarrow n + g^2".into(),
        numbers: format!("{} = {} + ({})^2", tex_plain(n), tex(n_before), tex_plain(step.g)),
        value: n,
    };
    let gradients = format!(r"{} + {} \cdot {}", tex(z_before), tex(step.lr), tex(step.g));
    let linear = EquationLine {
        symbols: format!(r"z \leftarrow z + \eta\, g - d\, {x}"),
        numbers: format!(r"{} = {gradients} - {} \cdot {x_before}", tex_plain(z), tex(d)),
        value: z,
    };
    let (threshold, offset) = (lr * l1, beta + lr * l2);
    let above = (z.abs() - threshold).max(0.0) * z.signum();
    let value = if step.g == 0.0 { step.x } else { -above / (n.sqrt() + offset) };
    let (symbols, numbers) = if step.g == 0.0 {
        (format!(r"{x} \leftarrow {x}"), x_before)
    } else if above == 0.0 {
        (
            format!(r"{x} \leftarrow 0, \; |z| \le \eta \lambda_1"),
            format!(r"0, \; {} \le {}", tex(z.abs()), tex(threshold)),
        )
    } else {
        (
            format!(
                r"{x} \leftarrow -\frac{{z - \operatorname{{sign}}(z)\, \eta \lambda_1}}{{\sqrt n + \beta + \eta \lambda_2}}"
            ),
            format!(r"-\frac{{{}}}{{\sqrt{{{}}} + {}}}", tex_plain(above), tex_plain(n), tex_plain(offset)),
        )
    };
    let update = EquationLine { symbols, numbers: format!("{} = {numbers}", tex_plain(value)), value };
    vec![difference, sum, linear, update]
}

/// RMSProp, centered or not, with momentum or without.
pub(super) fn rmsprop(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let (rho, mu) = (of.number("rho"), of.number("momentum"));
    let (mut lines, root) = if of.choice("variance") == "centered" {
        let ([before, c], mean) = (step.slot("c"), step.slot("g_mean")[0]);
        let [rate, rest] = [tex(rho), tex(1.0 - rho)];
        let deviation = format!("({} - {})^2", tex(step.g), tex(mean));
        let variance = EquationLine {
            symbols: "c \\leftarrow \\rho\\, (c + (1 - \\rho)(g - \\bar g)^2)".into(),
            numbers: format!("{} = {rate} \\cdot ({} + {rest} \\cdot {deviation})", tex_plain(c), tex(before)),
            value: c,
        };
        let average = step.average("g_mean", "\\rho", rho, 1);
        let average = EquationLine { symbols: average.symbols.replace("g_mean", "\\bar g"), ..average };
        (vec![variance, average], Denominator::root("c", c, of))
    } else {
        let v = step.average("v", "\\rho", rho, 2);
        let root = Denominator::root("v", v.value, of);
        (vec![v], root)
    };
    if mu == 0.0 {
        lines.push(over(step, "g", &tex(step.g), step.g, &root));
        return lines;
    }
    // With momentum, the rate is at its place in the velocity.
    if of.choice("form") != "lr_outside" {
        return Vec::new();
    }
    let Denominator(symbols, numbers, below) = &root;
    let (direction, [before, u]) = (step.g / below, step.slot("velocity"));
    lines.push(EquationLine {
        symbols: format!("d = \\frac{{g}}{{{symbols}}}"),
        numbers: format!("{} = \\frac{{{}}}{{{numbers}}}", tex_plain(direction), tex(step.g)),
        value: direction,
    });
    lines.push(EquationLine {
        symbols: "u \\leftarrow \\mu u + d".into(),
        numbers: format!("{} = {} \\cdot {} + {}", tex_plain(u), tex(mu), tex(before), tex(direction)),
        value: u,
    });
    lines.push(step.update("u", &tex(u), u));
    lines
}

pub(super) fn adadelta(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [rho, eps] = ["rho", "eps"].map(|key| of.number(key));
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
