//! Where an axis has ticks, and what they are called.

use crate::{data::axis_range::AxisRange, data::series::AxisScale};

/// The ticks of one axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    /// Positions from 0 to 1 with their labels.
    pub(crate) major: Vec<(f64, String)>,
    /// Positions of the small ticks between.
    pub(crate) minor: Vec<f64>,
}

/// The most ticks, up to `most` labels, for which `fits` is content.
pub(crate) fn ticks(span: &AxisRange, most: usize, fits: impl Fn(&Ticks) -> bool) -> Ticks {
    let most = most.clamp(1, 12);
    let tries = (1..=most).rev().map(|count| match span.scale {
        AxisScale::Linear => linear(span, count),
        AxisScale::Log => log(span, count),
    });
    let mut last = Ticks::default();
    for found in tries {
        if fits(&found) {
            return found;
        }
        last = found;
    }
    last.major.truncate(1);
    last
}

/// Ticks at round numbers: 1, 2 or 5 times a power of ten apart.
fn linear(span: &AxisRange, count: usize) -> Ticks {
    let [low, high] = [span.low, span.high];
    let step = round_step((high - low) / count as f64);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let named = (0..=count + 1).map(|k| first + k as f64).take_while(|&k| k <= last);
    let major = named.map(|k| (k * step, number(k * step, step, low.abs().max(high.abs()))));
    Ticks { major: placed(span, major), minor: Vec::new() }
}

/// The smallest of 1, 2, 5, 10 … times a power of ten that is at least `least`.
pub(crate) fn round_step(least: f64) -> f64 {
    let power = 10f64.powi(least.log10().floor() as i32);
    // Below the normal numbers the power of ten vanishes: any positive step will do there.
    let power = if power > 0.0 { power } else { f64::MIN_POSITIVE };
    [1.0, 2.0, 5.0].into_iter().map(|m| m * power).find(|&s| s >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

fn placed(span: &AxisRange, ticks: impl Iterator<Item = (f64, String)>) -> Vec<(f64, String)> {
    let inside = |u: &f64| (-1e-9..=1.0 + 1e-9).contains(u);
    ticks.filter_map(|(v, name)| span.unit(v).filter(inside).map(|u| (u, name))).collect()
}

/// Ticks at powers of ten, so many apart that there are at most `count`.
fn log(span: &AxisRange, count: usize) -> Ticks {
    let [low, high] = span.ends();
    let (first, last) = ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32);
    let decades = usize::try_from(last - first + 1).unwrap_or(0);
    if decades < 2 {
        return within_a_decade(span, count);
    }
    let least = i32::try_from(decades.div_ceil(count)).unwrap_or(1);
    let stride = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200].into_iter().find(|&s| s >= least).unwrap_or(500);
    let plain = first >= -3 && last <= 3;
    let major = (first..=last)
        .filter(|k| k.rem_euclid(stride) == 0)
        .map(|k| (10f64.powi(k), if plain { plain_number(k) } else { power_of_ten(k) }));
    Ticks { major: placed(span, major), minor: minor(span, first, last, stride) }
}

/// Small ticks: 2 … 9 inside each decade if decades are labelled one by one, else the decades without label.
fn minor(span: &AxisRange, first: i32, last: i32, stride: i32) -> Vec<f64> {
    let at: Vec<f64> = match stride {
        1 if last - first <= 10 => {
            (first - 1..=last).flat_map(|k| (2..=9).map(move |m| f64::from(m) * 10f64.powi(k))).collect()
        }
        2..=10 => (first..=last).filter(|k| k.rem_euclid(stride) != 0).map(|k| 10f64.powi(k)).collect(),
        _ => Vec::new(),
    };
    at.into_iter().filter_map(|v| span.unit(v)).filter(|u| (0.0..=1.0).contains(u)).collect()
}

/// A range with fewer than two powers of ten: 1, 2, 5 of each decade, or, closer still, round numbers.
fn within_a_decade(span: &AxisRange, count: usize) -> Ticks {
    let decade = span.ends()[0].floor() as i32;
    for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 5.0]] {
        let coarse = (decade..=decade + 2).flat_map(|k| steps.iter().map(move |m| m * 10f64.powi(k)));
        let major = placed(span, coarse.map(|v| (v, number(v, v, v))));
        if (2..=count).contains(&major.len()) {
            return Ticks { major, minor: Vec::new() };
        }
    }
    let fine = linear(&AxisRange { scale: AxisScale::Linear, ..*span }, count);
    let value = |u: f64| span.low + u * (span.high - span.low);
    let major = fine.major.into_iter().filter_map(|(u, name)| Some((span.unit(value(u))?, name))).collect();
    Ticks { major, minor: Vec::new() }
}

/// `v` with the digits that ticks `step` apart need, on an axis that reaches to `large`.
fn number(v: f64, step: f64, large: f64) -> String {
    let exponent = step.abs().log10().floor() as i32;
    if v.abs() < step * 1e-6 {
        return "0".into();
    }
    if !(1e-3..1e6).contains(&large) {
        let top = v.abs().log10().floor() as i32;
        return scientific(v, usize::try_from(top - exponent).unwrap_or(0).min(14));
    }
    minus(format!("{v:.*}", usize::try_from(-exponent).unwrap_or(0).min(17)))
}

/// `v` as 1.2×10⁻⁵, or 10⁻⁵ when the factor is one.
pub(crate) fn scientific(v: f64, decimals: usize) -> String {
    let text = format!("{v:.decimals$e}");
    let Some((factor, exponent)) = text.split_once('e') else { return text };
    let power = power_of_ten(exponent.parse().unwrap_or(0));
    match factor {
        "1" => power,
        "-1" => format!("−{power}"),
        _ => minus(format!("{factor}×{power}")),
    }
}

/// The typographic minus instead of the hyphen.
fn minus(text: String) -> String {
    if text.starts_with('-') { text.replacen('-', "−", 1) } else { text }
}

/// 0.001 … 1000.
fn plain_number(k: i32) -> String {
    format!("{:.*}", usize::try_from(-k).unwrap_or(0), 10f64.powi(k))
}

/// 10 with a raised exponent.
pub(crate) fn power_of_ten(k: i32) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = k.to_string();
    let raised = digits.chars().map(|c| c.to_digit(10).map_or('⁻', |d| RAISED[d as usize]));
    "10".chars().chain(raised).collect()
}

/// A value for people: about three digits, powers of ten where they are shorter.
///
/// ```
/// assert_eq!(thalweg_plot::format_number(0.0), "0");
/// assert_eq!(thalweg_plot::format_number(1234.0), "1234");
/// assert_eq!(thalweg_plot::format_number(-0.000_012_3), "−1.23×10⁻⁵");
/// assert_eq!(thalweg_plot::format_number(1e-8), "10⁻⁸");
/// assert_eq!(thalweg_plot::format_number(f64::INFINITY), "∞");
/// ```
pub fn format_number(v: f64) -> String {
    match v {
        _ if v.is_nan() => "NaN".into(),
        _ if v.is_infinite() => if v > 0.0 { "∞" } else { "−∞" }.into(),
        _ if v.abs() < f64::MIN_POSITIVE => "0".into(),
        _ if v.abs() >= 1e5 || v.abs() < 1e-3 => trimmed(&scientific(v, 2)),
        _ => {
            let decimals = (2 - v.abs().log10().floor() as i32).max(0);
            let text = format!("{v:.*}", usize::try_from(decimals).unwrap_or(0));
            minus(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text })
        }
    }
}

/// `1.20×10⁵` without the zeros that say nothing.
fn trimmed(text: &str) -> String {
    let Some((factor, power)) = text.split_once('×') else { return text.into() };
    let factor = if factor.contains('.') { factor.trim_end_matches('0').trim_end_matches('.') } else { factor };
    match factor {
        "1" => power.into(),
        "−1" => format!("−{power}"),
        _ => format!("{factor}×{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::series::Axis;

    fn names(axis: &Axis, most: usize) -> Vec<String> {
        ticks(&AxisRange::fit(axis, []), most, |_| true).major.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn exponents_are_raised() {
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!(power_of_ten(0), "10⁰");
        assert_eq!(scientific(-2.5e7, 1), "−2.5×10⁷");
    }

    #[test]
    fn few_decades_are_plain_many_are_powers() {
        assert_eq!(names(&Axis::log("").range(1e-3, 1e3), 9), ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(names(&Axis::log("").range(1e-4, 1.0), 9), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(names(&Axis::log("").range(1e-8, 1e8), 5), ["10⁻⁸", "10⁻⁴", "10⁰", "10⁴", "10⁸"]);
        assert_eq!(names(&Axis::log("").range(1.0, 6.0), 5), ["1", "2", "5"]);
        assert_eq!(names(&Axis::log("").range(200.0, 5000.0), 4), ["500", "1000", "5000"]);
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(names(&Axis::linear("").range(-2.0, 2.0), 5), ["−2", "−1", "0", "1", "2"]);
        assert_eq!(
            names(&Axis::linear("").range(0.0, 0.5), 5),
            ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"].map(|s| if s == "0.0" { "0" } else { s })
        );
        assert_eq!(names(&Axis::linear("").range(0.0, 4e7), 4), ["0", "10⁷", "2×10⁷", "3×10⁷", "4×10⁷"]);
    }

    #[test]
    fn fewer_ticks_where_they_do_not_fit() {
        let span = AxisRange::fit(&Axis::linear("").range(0.0, 1.0), []);
        assert_eq!(ticks(&span, 10, |t| t.major.len() <= 3).major.len(), 3);
    }

    #[test]
    fn minor_ticks_lie_between() {
        let found = ticks(&AxisRange::fit(&Axis::log("").range(1.0, 100.0), []), 9, |_| true);
        assert_eq!(found.minor.len(), 16);
    }
}
