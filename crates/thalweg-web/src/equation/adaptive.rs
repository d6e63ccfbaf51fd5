//! Equations of the methods that average the gradient and divide by a root or a maximum of past ones: Adam's kind.

use thalweg::algebra::{power, rectification};

use super::denominator::{Denominator, corrected_root, over};
use super::{EquationLine, Hyperparameters, StepNumbers};
use crate::latex::{tex, tex_plain};

/// m and v as in Adam.
fn averages(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [beta1, beta2] = ["beta1", "beta2"].map(|key| of.number(key));
    vec![step.average("m", "\\beta_1", beta1, 1), step.average("v", "\\beta_2", beta2, 2)]
}

pub(super) fn adam(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let m = step.corrected("m", "m", of.number("beta1"), "\\beta_1");
    let (v, root) = corrected_root(of, step, "v", "v");
    let update = over(step, "\\hat m", &tex(m.value), m.value, &root);
    averages(of, step).into_iter().chain([m]).chain(v).chain([update]).collect()
}

/// AMSGrad: the maximum is of v, or of v̂ without a correction afterwards.
pub(super) fn amsgrad(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let (is_corrected, is_of_corrected) = (of.choice("correction") == "on", of.choice("maximum") == "corrected");
    if (is_of_corrected || !is_corrected) && of.choice("eps_form") == "hat" {
        return Vec::new();
    }
    let mut lines = averages(of, step);
    let mut largest_of = ("v", step.after("v"));
    if is_of_corrected && is_corrected {
        let v = step.corrected("v", "v", of.number("beta2"), "\\beta_2");
        largest_of = ("\\hat v", v.value);
        lines.push(v);
    }
    let [before, w] = step.slot("v_max");
    let numbers = format!("{} = \\max({}, {})", tex_plain(w), tex_plain(before), tex_plain(largest_of.1));
    lines.push(EquationLine { symbols: format!("w \\leftarrow \\max(w, {})", largest_of.0), numbers, value: w });
    if !is_corrected {
        let m = step.after("m");
        lines.push(over(step, "m", &tex(m), m, &Denominator::root("w", w, of)));
        return lines;
    }
    let m = step.corrected("m", "m", of.number("beta1"), "\\beta_1");
    let (w, root) =
        if is_of_corrected { (None, Denominator::root("w", w, of)) } else { corrected_root(of, step, "v_max", "w") };
    let update = over(step, "\\hat m", &tex(m.value), m.value, &root);
    lines.into_iter().chain([m]).chain(w).chain([update]).collect()
}

pub(super) fn adabelief(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [beta1, beta2, eps] = ["beta1", "beta2", "eps"].map(|key| of.number(key));
    let ([before, s], [rate, rest]) = (step.slot("s"), [tex(beta2), tex(1.0 - beta2)]);
    let deviation = format!("({} - {})^2", tex(step.g), tex(step.after("m")));
    let numbers =
        format!("{} = {rate} \\cdot {} + {rest} \\cdot {deviation} + {}", tex_plain(s), tex(before), tex(eps));
    let symbols = "s \\leftarrow \\beta_2 s + (1 - \\beta_2)(g - m)^2 + \\varepsilon".to_owned();
    let second = EquationLine { symbols, numbers, value: s };
    let m = step.corrected("m", "m", beta1, "\\beta_1");
    let (s, root) = corrected_root(of, step, "s", "s");
    let update = over(step, "\\hat m", &tex(m.value), m.value, &root);
    [step.average("m", "\\beta_1", beta1, 1), second, m].into_iter().chain(s).chain([update]).collect()
}

pub(super) fn adamax(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [beta1, beta2, eps] = ["beta1", "beta2", "eps"].map(|key| of.number(key));
    let ([before, u], is_inside) = (step.slot("u"), of.choice("eps_form") == "inside");
    let (symbol, number) =
        if is_inside { (" + \\varepsilon", format!(" + {}", tex(eps))) } else { ("", String::new()) };
    let other = format!("|{}|{number}", tex_plain(step.g));
    let numbers = format!("{} = \\max({} \\cdot {}, {other})", tex_plain(u), tex(beta2), tex(before));
    let symbols = format!("u \\leftarrow \\max(\\beta_2 u, |g|{symbol})");
    let largest = EquationLine { symbols, numbers, value: u };
    let m = step.corrected("m", "m", beta1, "\\beta_1");
    let below = if is_inside {
        Denominator("u".into(), tex(u), u)
    } else {
        Denominator("u + \\varepsilon".into(), format!("{} + {}", tex(u), tex(eps)), u + eps)
    };
    let update = over(step, "\\hat m", &tex(m.value), m.value, &below);
    vec![step.average("m", "\\beta_1", beta1, 1), largest, m, update]
}

pub(super) fn nadam(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let (beta1, is_warming) = (of.number("beta1"), of.choice("mu") == "scheduled");
    let warming = |t: u64| if is_warming { 0.96_f64.powf(t as f64 * of.number("momentum_decay")) } else { 0.0 };
    let mu = |t: u64| beta1 * (1.0 - 0.5 * warming(t));
    let product: f64 = if is_warming { (1..=step.t).map(mu).product() } else { power(beta1, step.t) };
    let (now, next) = (mu(step.t), mu(step.t + 1));
    let m = step.after("m");
    let ahead = (1.0 - now) * step.g / (1.0 - product) + next * m / (1.0 - product * next);
    let terms = |a: f64, b: f64, below: f64| format!("\\frac{{{} \\cdot {}}}{{{}}}", tex(a), tex(b), tex(below));
    let lookahead = EquationLine {
        symbols: format!(
            "\\bar m = \\frac{{(1 - \\mu_{{{t}}})\\, g}}{{1 - \\mu_1 \\cdots \\mu_{{{t}}}}} \
             + \\frac{{\\mu_{{{next}}}\\, m}}{{1 - \\mu_1 \\cdots \\mu_{{{next}}}}}",
            t = step.t,
            next = step.t + 1
        ),
        numbers: format!(
            "{} = {} + {}",
            tex_plain(ahead),
            terms(1.0 - now, step.g, 1.0 - product),
            terms(next, m, 1.0 - product * next)
        ),
        value: ahead,
    };
    let (v, root) = corrected_root(of, step, "v", "v");
    let update = over(step, "\\bar m", &tex(ahead), ahead, &root);
    averages(of, step).into_iter().chain([lookahead]).chain(v).chain([update]).collect()
}

pub(super) fn radam(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let m = step.corrected("m", "m", of.number("beta1"), "\\beta_1");
    let mut lines = averages(of, step);
    let Some(r) = rectification(of.number("beta2"), of.number("threshold"), step.t) else {
        let update = step.update("\\hat m", &tex(m.value), m.value);
        lines.extend([m, update]);
        return lines;
    };
    let (v, root) = corrected_root(of, step, "v", "v");
    let number = format!("{} \\cdot {}", tex(r), tex(m.value));
    let update = over(step, &format!("r_{{{}}}\\, \\hat m", step.t), &number, r * m.value, &root);
    lines.into_iter().chain([m]).chain(v).chain([update]).collect()
}

pub(super) fn yogi(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let ([before, v], beta2) = (step.slot("v"), of.number("beta2"));
    let square = format!("({})^2", tex_plain(step.g));
    let sign = tex(if before > step.g * step.g { 1.0 } else { -1.0 });
    let numbers = format!("{} = {} - {} \\cdot {sign} \\cdot {square}", tex_plain(v), tex(before), tex(1.0 - beta2));
    let symbols = "v \\leftarrow v - (1 - \\beta_2) \\operatorname{sign}(v - g^2)\\, g^2".to_owned();
    let m = step.average("m", "\\beta_1", of.number("beta1"), 1);
    let second = EquationLine { symbols, numbers, value: v };
    if of.choice("correction") == "off" {
        let update = over(step, "m", &tex(m.value), m.value, &Denominator::root("v", v, of));
        return vec![m, second, update];
    }
    let m_hat = step.corrected("m", "m", of.number("beta1"), "\\beta_1");
    let v_hat = step.corrected("v", "v", beta2, "\\beta_2");
    let root = Denominator::root("\\hat v", v_hat.value, of);
    let update = over(step, "\\hat m", &tex(m_hat.value), m_hat.value, &root);
    vec![m, second, m_hat, v_hat, update]
}

pub(super) fn adan(of: &Hyperparameters<'_>, step: &StepNumbers<'_>) -> Vec<EquationLine> {
    let [beta1, beta2, beta3] = ["beta1", "beta2", "beta3"].map(|key| of.number(key));
    let (before, is_first) = (step.slot("g_before")[0], step.t == 1);
    let d = if is_first { 0.0 } else { step.g - before };
    let numbers =
        if is_first { "0 = 0".into() } else { format!("{} = {} - {}", tex_plain(d), tex(step.g), tex(before)) };
    let difference = EquationLine { symbols: "d = g - g_{-1}".into(), numbers, value: d };
    let average = |name: &str, symbol: &str, beta: f64, of: String, term: String| {
        let [before, after] = step.slot(name);
        EquationLine {
            symbols: format!("{name} \\leftarrow {symbol} {name} + (1 - {symbol})\\, {of}"),
            numbers: format!(
                "{} = {} \\cdot {} + {} \\cdot {term}",
                tex_plain(after),
                tex(beta),
                tex(before),
                tex(1.0 - beta)
            ),
            value: after,
        }
    };
    let v = average("v", "\\beta_2", beta2, "d".into(), tex(d));
    let ahead = format!("({} + {} \\cdot {})^2", tex(step.g), tex(beta2), tex(d));
    let n = average("n", "\\beta_3", beta3, "(g + \\beta_2 d)^2".into(), ahead);
    let mut lines = vec![difference, step.average("m", "\\beta_1", beta1, 1), v, n];
    let mut hat = "";
    let mut averages = [step.after("m"), step.after("v"), step.after("n")];
    if of.choice("correction") == "on" {
        let hats = [("m", beta1, "\\beta_1"), ("v", beta2, "\\beta_2"), ("n", beta3, "\\beta_3")];
        let hats = hats.map(|(slot, beta, symbol)| step.corrected(slot, slot, beta, symbol));
        averages = hats.each_ref().map(|line| line.value);
        hat = "\\hat ";
        lines.extend(hats);
    }
    let [m, v, n] = averages;
    let number = format!("{} + {} \\cdot {}", tex(m), tex(beta2), tex(v));
    let root = Denominator::root(&format!("{hat}n"), n, of);
    lines.push(over(step, &format!("{hat}m + \\beta_2 {hat}v"), &number, m + beta2 * v, &root));
    lines
}
