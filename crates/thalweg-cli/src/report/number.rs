//! Numbers as people read them.

/// Four significant figures: 0.05123, 54.32, 2904, 1.234e-5.
pub(crate) fn figures(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = size.log10().floor() as i32;
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(3 - exponent).unwrap_or(0);
        return format!("{value:.decimals$}");
    }
    format!("{value:.3e}")
}

/// A count with its thousands: 1.2 M, 34 k, 870.
pub(crate) fn count(value: f64) -> String {
    match value {
        v if v >= 9.995e8 => format!("{:.1} G", v / 1e9),
        v if v >= 9.995e5 => format!("{:.1} M", v / 1e6),
        v if v >= 9_995.0 => format!("{:.0} k", v / 1e3),
        v => format!("{v:.0}"),
    }
}

/// A duration: 0.05 s, 12 s, 3 min 20 s, 2 h 5 min.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2} s"),
        v if v < 99.5 => format!("{v:.0} s"),
        v if v < 3600.0 => format!("{:.0} min {:.0} s", (v / 60.0).floor(), (v % 60.0).floor()),
        v => format!("{:.0} h {:.0} min", (v / 3600.0).floor(), (v % 3600.0 / 60.0).floor()),
    }
}

/// Four significant figures with their sign: +0.05123, -54.32.
pub(crate) fn signed(value: f64) -> String {
    let text = figures(value);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// 1 row, 32,561 rows.
pub(crate) fn plural(count: u64, unit: &str) -> String {
    format!("{} {unit}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A whole number with its thousands: 32,561.
pub(crate) fn grouped(value: u64) -> String {
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
        assert_eq!([0.051_234, 54.321, 2904.4, 0.0].map(figures), ["0.05123", "54.32", "2904", "0"]);
        assert_eq!([1.234_56e-5, -1.5, 1e7].map(figures), ["1.235e-5", "-1.500", "1.000e7"]);
        assert_eq!([870.0, 34_200.0, 1_234_567.0].map(count), ["870", "34 k", "1.2 M"]);
        assert_eq!([0.049, 12.3, 200.0, 7500.0].map(seconds), ["0.05 s", "12 s", "3 min 20 s", "2 h 5 min"]);
        assert_eq!([(1, "row"), (32_561, "row")].map(|(n, unit)| plural(n, unit)), ["1 row", "32,561 rows"]);
        assert_eq!([0.5, -0.5].map(signed), ["+0.5000", "-0.5000"]);
        assert_eq!([7, 999, 1000, 32_561, 1_000_000].map(grouped), ["7", "999", "1,000", "32,561", "1,000,000"]);
    }
}
