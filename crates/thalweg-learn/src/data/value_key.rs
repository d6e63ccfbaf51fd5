//! Identity of values, however they are written: 3, 3.0 and +3 are one number, TRUE and true are one truth value,
//! 2020-01-02T03:04:05 and 2020-01-02 03:04:05 are one moment.

use std::borrow::Cow;

use super::date::datetime_key;
use super::number::{NumberText, parse_number};

/// Returns the text that stands for all spellings of a number, a truth value or a moment; `None` for any other text.
///
/// Integers of any size are exact; other numbers are those of double precision in their shortest form.
pub(super) fn value_key(text: &str) -> Option<Cow<'_, str>> {
    truth_value(text).map(Cow::Borrowed).or_else(|| number_key(text)).or_else(|| datetime_key(text))
}

/// Returns `true` or `false` for a truth value in small, capital or initial capital letters; `None` for other texts.
pub(super) fn truth_value(text: &str) -> Option<&'static str> {
    match text {
        "true" | "True" | "TRUE" => Some("true"),
        "false" | "False" | "FALSE" => Some("false"),
        _ => None,
    }
}

/// Returns the text that stands for all spellings of a number; `None` for other texts.
pub(super) fn number_key(text: &str) -> Option<Cow<'_, str>> {
    let value = parse_number(text)?;
    Some(integer_key(text).unwrap_or_else(|| Cow::Owned(NumberText::new(value).as_str().to_string())))
}

/// Returns an integer without a sign of +, leading zeros and decimals of 0; `None` for any other number.
fn integer_key(number: &str) -> Option<Cow<'_, str>> {
    let unsigned = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (integer, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if integer.is_empty() || !integer.bytes().all(|digit| digit.is_ascii_digit()) || decimals.bytes().any(|d| d != b'0')
    {
        return None;
    }
    let digits = integer.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".into());
    }
    Some(if number.starts_with('-') {
        let is_key = digits.len() + 1 == number.len();
        if is_key { number.into() } else { format!("-{digits}").into() }
    } else {
        digits.into()
    })
}

/// Returns `true` for an integer whose digits are not those of `value`, the number that was parsed: the digits identify
/// it.
#[inline]
pub(super) fn is_inexact_integer(text: &str, value: f64) -> bool {
    value.abs() >= super::number::MAX_EXACT_INTEGER as f64
        && value.is_finite()
        && integer_key(text).is_some_and(|key| key != NumberText::new(value).as_str())
}

/// Returns `true` for a number with a leading zero, such as 007: codes are written so.
pub(super) fn has_leading_zero(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned.as_bytes(), [b'0', digit, ..] if digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_value_have_one_key() {
        for (texts, key) in [
            (&["3", "+3", "3.0", "3.", "03", "3e0", "0.3e1"][..], Some("3")),
            (&["-3", "-3.00", "-03"], Some("-3")),
            (&["0", "-0", "0.0", "-0.0", "00", "0e5"], Some("0")),
            (&["0.5", ".5", "+0.50", "5e-1"], Some("0.5")),
            (&["9007199254740993", "9007199254740993.0", "+09007199254740993"], Some("9007199254740993")),
            (&["-18446744073709551615"], Some("-18446744073709551615")),
            (&["1e3", "1000"], Some("1000")),
            (&["true", "True", "TRUE"], Some("true")),
            (&["2020-01-02T03:04:05", "2020-01-02 03:04:05.0"], Some("2020-01-02 03:04:05")),
            (&["03:04", "03:04:00", "03:04:00.000000"], Some("03:04:00")),
            (&["01:02:03.5", "01:02:03.500000000"], Some("01:02:03.5")),
            (&["tRUE", "yes", "", "nan", "1x", "-", ".", "1.2.3"], None),
        ] {
            for text in texts {
                assert_eq!(value_key(text).as_deref(), key, "{text}");
            }
        }
    }

    #[test]
    fn integers_that_are_rounded_are_inexact() {
        let is_inexact = |text: &str| is_inexact_integer(text, text.parse().expect("a number"));
        for (text, inexact) in [
            ("9007199254740992", false),
            ("9007199254740993", true),
            ("-9007199254740993.0", true),
            ("9007199254740994", false),
            ("18446744073709551615", true),
            // Exact, but the shortest form of the number has other digits.
            ("9223372036854775808", true),
            ("0.1234567890123456789", false),
            ("1e300", false),
            ("1e400", false),
        ] {
            assert_eq!(is_inexact(text), inexact, "{text}");
        }
    }

    #[test]
    fn codes_have_leading_zeros() {
        assert!(["007", "-01", "00"].into_iter().all(has_leading_zero));
        assert!(!["0", "0.5", "-0", "10", "", "a0", "0x1"].into_iter().any(has_leading_zero));
    }
}
