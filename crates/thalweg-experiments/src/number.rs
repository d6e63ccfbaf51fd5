//! Formatting of numbers for readers.

/// Formats a count with a comma before every three digits: `12,345`.
///
/// ```
/// assert_eq!(thalweg_experiments::format_count(1_234_567), "1,234,567");
/// assert_eq!(thalweg_experiments::format_count(12), "12");
/// ```
pub fn format_count(n: u64) -> String {
    let digits = n.to_string();
    let with_comma = |(i, digit): (usize, char)| {
        let comma = i > 0 && (digits.len() - i).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(with_comma).collect()
}

/// Formats a number with four significant digits, with a power of ten if it is below 1e-3 or at least 1e6.
///
/// ```
/// use thalweg_experiments::format_number;
/// assert_eq!([0.0, 0.25, -1234.6, 1.5e-9].map(format_number), ["0", "0.25", "-1235", "1.5e-9"]);
/// ```
pub fn format_number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return if v == 0.0 { "0".into() } else { v.to_string() };
    }
    if !(1e-3..1e6).contains(&v.abs()) {
        let text = format!("{v:.3e}");
        let (digits, power) = text.split_once('e').expect("the format has an exponent");
        return format!("{}e{power}", trim_zeros(digits));
    }
    let exponent = v.abs().log10().floor() as i32;
    trim_zeros(&format!("{v:.*}", usize::try_from(3 - exponent).unwrap_or(0))).to_owned()
}

/// Removes trailing zeros after the decimal point.
fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}
