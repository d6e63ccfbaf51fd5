//! Numbers as text: decimal and scientific notation with typographic signs.

/// Formats a number with about three significant digits, in scientific notation where that is shorter.
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
        _ if v.abs() >= 1e5 || v.abs() < 1e-3 => trim_factor(&scientific(v, 2)),
        _ => {
            let text = format!("{v:.*}", decimals(2 - v.abs().log10().floor() as i32));
            with_minus_sign(if text.contains('.') { trim_zeros(&text).into() } else { text })
        }
    }
}

/// Formats a tick value with the digits that ticks at a distance of `step` need.
///
/// `max_magnitude` is the largest magnitude on the axis, which selects decimal or scientific notation for all ticks.
pub(crate) fn tick_label(v: f64, step: f64, max_magnitude: f64) -> String {
    let exponent = step.abs().log10().floor() as i32;
    if v.abs() < step * 1e-6 {
        return "0".into();
    }
    if !(1e-3..1e6).contains(&max_magnitude) {
        let leading = v.abs().log10().floor() as i32;
        return scientific(v, decimals(leading - exponent).min(14));
    }
    with_minus_sign(format!("{v:.*}", decimals(-exponent).min(17)))
}

/// Formats a power of ten in decimal notation: 0.001, 1, 1000.
pub(crate) fn decimal_power_of_ten(exponent: i32) -> String {
    format!("{:.*}", decimals(-exponent), 10f64.powi(exponent))
}

/// Formats a power of ten as 10 with a superscript exponent.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = exponent.to_string();
    let raised = text.chars().map(|c| c.to_digit(10).map_or('⁻', |digit| SUPERSCRIPTS[digit as usize]));
    "10".chars().chain(raised).collect()
}

/// Formats a finite number as 1.2×10⁻⁵, or as 10⁻⁵ if the factor is one.
fn scientific(v: f64, decimals: usize) -> String {
    let text = format!("{v:.decimals$e}");
    let (factor, exponent) = text.split_once('e').expect("the exponential format of a finite number has an exponent");
    let power = power_of_ten(exponent.parse().expect("the exponent of an f64 is an integer"));
    match factor {
        "1" => power,
        "-1" => format!("−{power}"),
        _ => with_minus_sign(format!("{factor}×{power}")),
    }
}

/// Returns a number of decimals, none if the count is negative.
fn decimals(count: i32) -> usize {
    count.max(0) as usize
}

/// Replaces a leading hyphen by the typographic minus sign.
fn with_minus_sign(text: String) -> String {
    if text.starts_with('-') { text.replacen('-', "−", 1) } else { text }
}

/// Removes trailing zeros after a decimal point, and the point if nothing follows it.
fn trim_zeros(text: &str) -> &str {
    text.trim_end_matches('0').trim_end_matches('.')
}

/// Removes trailing zeros of the factor in scientific notation: `1.20×10⁵` becomes `1.2×10⁵`.
fn trim_factor(text: &str) -> String {
    let Some((factor, power)) = text.split_once('×') else { return text.into() };
    let factor = if factor.contains('.') { trim_zeros(factor) } else { factor };
    match factor {
        "1" => power.into(),
        "−1" => format!("−{power}"),
        _ => format!("{factor}×{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_superscripts() {
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!(power_of_ten(0), "10⁰");
        assert_eq!(scientific(-2.5e7, 1), "−2.5×10⁷");
    }

    #[test]
    fn extreme_finite_numbers_have_a_text() {
        for v in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -f64::MIN_POSITIVE, 1e300, -1e-300] {
            assert!(format_number(v).contains("10"), "{v:e}");
        }
    }
}
