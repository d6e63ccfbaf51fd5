//! Names and numbers in LaTeX.

/// The name of a variable in LaTeX: x1 is x with the index 1.
pub(crate) fn symbol_of(name: &str) -> String {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = if letters.chars().count() == 1 { letters.to_owned() } else { format!("\\mathit{{{letters}}}") };
    let index = &name[letters.len()..];
    if index.is_empty() { base } else { format!("{base}_{{{index}}}") }
}

/// A number with four significant digits in LaTeX; a negative one in parentheses.
pub(crate) fn tex(value: f64) -> String {
    let text = tex_plain(value);
    if text.starts_with('-') { format!("({text})") } else { text }
}

/// As [`tex`], a negative number without parentheses.
pub(crate) fn tex_plain(value: f64) -> String {
    if value.is_nan() {
        return "\\text{NaN}".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "\\infty".into() } else { "-\\infty".into() };
    }
    let text = format!("{value:.3e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if value == 0.0 {
        "0".into()
    } else if (-4..5).contains(&exponent) {
        trim(&format!("{value:.*}", (3 - exponent).max(0) as usize))
    } else {
        let digits = trim(digits);
        if digits == "1" { format!("10^{{{exponent}}}") } else { format!("{digits} \\cdot 10^{{{exponent}}}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "(-0.5)"),
            (0.001, "0.001"),
            (1e-8, "10^{-8}"),
            (-2.5e-7, "(-2.5 \\cdot 10^{-7})"),
            (123.456, "123.5"),
            (98765.4, "98765"),
            (1.234_56e7, "1.235 \\cdot 10^{7}"),
            (f64::NAN, "\\text{NaN}"),
        ] {
            assert_eq!(tex(value), expected, "{value}");
        }
    }
}
