//! Format of the numbers of a column.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::marks::{is_currency, is_space, is_unit};
use super::parts::NumberParts;

/// Format of the numbers of a column of text. Negative numbers have a sign on either side, or parentheses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NumberFormat {
    /// Decimal mark: a point or a comma.
    pub decimal: char,
    /// Mark between groups of digits; a space stands for all spaces, and ' for both apostrophes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thousands: Option<char>,
    /// Currency before every number; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Currency or unit after every number, such as % or kg; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, prefix: String::new(), suffix: String::new() }
    }
}

impl NumberFormat {
    /// Returns the number in a cell as other programs write it, with a point and without other marks; `None` if the
    /// cell has another format.
    pub(in crate::data) fn plain(&self, cell: &str) -> Option<String> {
        let parts = NumberParts::of(cell)?;
        if parts.prefix != self.prefix || parts.suffix != self.suffix {
            return None;
        }
        self.convert(&parts)
    }

    /// As [`NumberFormat::plain`], whatever is around the number.
    pub(super) fn convert(&self, parts: &NumberParts<'_>) -> Option<String> {
        let (integer, decimals) = match parts.digits.split_once(self.decimal) {
            Some((integer, decimals)) => (integer, Some(decimals)),
            None => (parts.digits, None),
        };
        let is_grouped = integer.bytes().any(|byte| !byte.is_ascii_digit());
        if is_grouped && !parts.exponent.is_empty() {
            return None; // 1,234e2 has a decimal comma
        }
        let integer = self.without_thousands(integer)?;
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals_are_valid = decimals.is_none_or(are_digits);
        if !decimals_are_valid || integer.len() + decimals.map_or(0, str::len) == 0 {
            return None;
        }
        let (sign, point) = (if parts.is_negative { "-" } else { "" }, if decimals.is_some() { "." } else { "" });
        Some(format!("{sign}{integer}{point}{}{}", decimals.unwrap_or_default(), parts.exponent))
    }

    /// Returns the digits of an integer; `None` if it has other marks, or groups of other lengths.
    fn without_thousands(&self, integer: &str) -> Option<String> {
        if integer.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(integer.to_string());
        }
        let mark = self.thousands?;
        let groups: Vec<&str> = integer.split(|c| is_same_mark(mark, c)).collect();
        let are_digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
        let [first, middle @ .., last] = &groups[..] else { return None };
        let all_have = |length: usize| middle.iter().all(|group| group.len() == length);
        // Lakhs and crores: 12,34,567.
        let is_indian = mark == ',' && !middle.is_empty() && all_have(2) && (1..=2).contains(&first.len());
        let is_valid = last.len() == 3 && (is_indian || (all_have(3) && (1..=3).contains(&first.len())));
        (are_digits && is_valid && !first.starts_with('0')).then(|| groups.concat())
    }

    /// Returns `true` if marks around the numbers say what they count.
    pub(super) fn has_unit(&self) -> bool {
        !self.prefix.is_empty() || !self.suffix.is_empty()
    }

    /// Returns `true` if the marks around the numbers are those of another format.
    pub(super) fn has_unit_of(&self, other: &Self) -> bool {
        (&self.prefix, &self.suffix) == (&other.prefix, &other.suffix)
    }

    /// Returns `true` if the numbers are amounts of money.
    pub(super) fn is_money(&self) -> bool {
        is_currency(&self.prefix) || is_currency(&self.suffix)
    }

    /// Returns `true` if the marks around the numbers are a currency or a unit.
    pub(super) fn is_known(&self) -> bool {
        (self.prefix.is_empty() || is_currency(&self.prefix))
            && (self.suffix.is_empty() || is_unit(&self.suffix) || is_currency(&self.suffix))
    }
}

/// Returns `true` if a character of a number is the given mark.
fn is_same_mark(mark: char, c: char) -> bool {
    match mark {
        ' ' => is_space(c),
        '\'' => matches!(c, '\'' | '\u{2019}'),
        mark => c == mark,
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.decimal != '.' {
            parts.push(format!("decimal mark '{}'", self.decimal));
        }
        match self.thousands {
            Some(' ') => parts.push("spaces between thousands".into()),
            Some(mark) => parts.push(format!("'{mark}' between thousands")),
            None => {}
        }
        for (place, unit) in [("before", &self.prefix), ("after", &self.suffix)] {
            if !unit.is_empty() {
                parts.push(format!("'{unit}' {place} each number"));
            }
        }
        if parts.is_empty() {
            parts.push("signs in other places or parentheses".into());
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_converted_by_their_format() {
        let format = |decimal, thousands, prefix: &str, suffix: &str| NumberFormat {
            decimal,
            thousands,
            prefix: prefix.into(),
            suffix: suffix.into(),
        };
        for (format, cell, plain) in [
            (format(',', None, "", ""), "1,5", Some("1.5")),
            (format(',', None, "", ""), "-12", Some("-12")),
            (format(',', None, "", ""), "1.5", None),
            (format(',', None, "", ""), "1,5e3", Some("1.5e3")),
            (format(',', Some('.'), "", ""), "1.161,8", Some("1161.8")),
            (format(',', Some('.'), "", ""), "1.16,8", None),
            (format(',', Some('.'), "", ""), "0.161,8", None),
            (format('.', Some(','), "$", ""), "$1,234,567.50", Some("1234567.50")),
            (format('.', Some(','), "", ""), "12,34,567", Some("1234567")),
            (format('.', Some(','), "", ""), "1,234,56", None),
            (format('.', Some(','), "", ""), "1,234E+02", None),
            (format(',', None, "", ""), "1,234E+02", Some("1.234E+02")),
            (format('.', Some(' '), "", ""), "1\u{202f}234", Some("1234")),
            (format('.', Some('\''), "", ""), "1\u{2019}234.5", Some("1234.5")),
            (format('.', None, "", "%"), "12 %", Some("12")),
            (format('.', None, "", "%"), "12", None),
            (format('.', None, "", "kg"), ".5kg", Some(".5")),
            (format('.', None, "", ""), "(3)", Some("-3")),
        ] {
            assert_eq!(format.plain(cell).as_deref(), plain, "{cell} as {format}");
        }
    }
}
