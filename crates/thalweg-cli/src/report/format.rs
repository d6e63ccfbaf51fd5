//! Numbers formatted for people.

/// Formats a number with four significant digits: 0.05123, 54.32, 2904, 1.234e-5.
pub(crate) fn format_significant(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = size.log10().floor() as i32;
    if !(-4..6).contains(&exponent) {
        return format!("{value:.3e}");
    }
    let decimals = (3 - exponent).max(0) as usize;
    format!("{value:.decimals$}")
}

/// Formats a number with ten significant digits, without trailing zeros: 0.9999999889, 12, 1.244511135e-16.
pub(crate) fn format_precise(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-4..10).contains(&exponent) {
        return format!("{value:.9e}");
    }
    let decimals = (9 - exponent) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Formats a four-digit number with its sign: +0.05123, -54.32.
pub(crate) fn format_signed(value: f64) -> String {
    let text = format_significant(value);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// Formats a large number with a unit prefix: 1.2 M, 34 k, 870.
pub(crate) fn format_compact(value: f64) -> String {
    match value {
        v if v >= 9.995e8 => format!("{:.1} G", v / 1e9),
        v if v >= 9.995e5 => format!("{:.1} M", v / 1e6),
        v if v >= 9_995.0 => format!("{:.0} k", v / 1e3),
        v => format!("{v:.0}"),
    }
}

/// Formats a duration given in seconds: 0.05 s, 12 s, 3 min 20 s, 2 h 5 min.
pub(crate) fn format_duration(seconds: f64) -> String {
    match seconds {
        v if v < 9.995 => format!("{v:.2} s"),
        v if v < 99.5 => format!("{v:.0} s"),
        v if v < 3600.0 => format!("{:.0} min {:.0} s", (v / 60.0).floor(), (v % 60.0).floor()),
        v => format!("{:.0} h {:.0} min", (v / 3600.0).floor(), (v % 3600.0 / 60.0).floor()),
    }
}

/// Formats a short duration given in seconds: 250 µs, 3.1 ms, 1.25 s.
pub(crate) fn format_short_duration(seconds: f64) -> String {
    match seconds {
        v if v < 1e-3 => format!("{:.0} µs", v * 1e6),
        v if v < 1.0 => format!("{:.1} ms", v * 1e3),
        v => format!("{v:.2} s"),
    }
}

/// Formats a ratio: 1.52, 120, 2e4, ∞.
pub(crate) fn format_ratio(value: f64) -> String {
    match value {
        v if !v.is_finite() => "∞".into(),
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 9_999.5 => format!("{v:.0}"),
        v => format!("{v:.0e}"),
    }
}

/// Formats a number exactly and without unneeded digits: 0.001, 1e300.
pub(crate) fn format_exact(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= 20 { plain } else { format!("{value:e}") }
}

/// Formats a count with its unit: 1 row, 32,561 rows.
pub(crate) fn pluralize(count: u64, unit: &str) -> String {
    format!("{} {unit}{}", group_digits(count), if count == 1 { "" } else { "s" })
}

/// Formats a whole number with thousands separators: 32,561.
pub(crate) fn group_digits(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let significant = [0.051_234, 54.321, 2904.4, 0.0, 123_456.7].map(format_significant);
        assert_eq!(significant, ["0.05123", "54.32", "2904", "0", "123457"]);
        assert_eq!([1.234_56e-5, -1.5, 1e7].map(format_significant), ["1.235e-5", "-1.500", "1.000e7"]);
        assert_eq!([0.5, 12.0, 1e10, -1e-5].map(format_precise), ["0.5", "12", "1.000000000e10", "-1.000000000e-5"]);
        assert_eq!([870.0, 34_200.0, 1_234_567.0].map(format_compact), ["870", "34 k", "1.2 M"]);
        assert_eq!([0.049, 12.3, 200.0, 7500.0].map(format_duration), ["0.05 s", "12 s", "3 min 20 s", "2 h 5 min"]);
        assert_eq!([2.5e-4, 0.0031, 1.25].map(format_short_duration), ["250 µs", "3.1 ms", "1.25 s"]);
        assert_eq!([1.523, 120.4, 2e4, f64::INFINITY].map(format_ratio), ["1.52", "120", "2e4", "∞"]);
        assert_eq!([0.001, 1e300].map(format_exact), ["0.001", "1e300"]);
        assert_eq!([(1, "row"), (32_561, "row")].map(|(n, unit)| pluralize(n, unit)), ["1 row", "32,561 rows"]);
        assert_eq!([0.5, -0.5].map(format_signed), ["+0.5000", "-0.5000"]);
        assert_eq!([7, 999, 1000, 32_561, 1_000_000].map(group_digits), ["7", "999", "1,000", "32,561", "1,000,000"]);
    }
}
