//! Numbers as a reader wants them.

/// A count with a comma before every three digits: `12,345`.
///
/// ```
/// assert_eq!(thalweg_experiments::count(1_234_567), "1,234,567");
/// assert_eq!(thalweg_experiments::count(12), "12");
/// ```
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let commas = |(i, digit): (usize, char)| {
        let comma = i > 0 && (digits.len() - i).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(commas).collect()
}

/// Four significant digits, with a power of ten where the number is very small or large.
///
/// ```
/// use thalweg_experiments::short;
/// assert_eq!([short(0.0), short(0.25), short(-1234.6), short(1.5e-9)], ["0", "0.25", "-1235", "1.5e-9"]);
/// ```
pub fn short(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return if v == 0.0 { "0".into() } else { v.to_string() };
    }
    if !(1e-3..1e6).contains(&v.abs()) {
        let text = format!("{v:.3e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", trim(digits));
    }
    let before = v.abs().log10().floor() as i32;
    trim(&format!("{v:.*}", usize::try_from(3 - before).unwrap_or(0))).to_owned()
}

/// Without the zeros that say nothing.
fn trim(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}
