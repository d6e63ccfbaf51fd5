//! Division of a cell into a sign, a number, and the marks around it.

use super::marks::is_space;

/// Parts of a cell that contains a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumberParts<'t> {
    pub(super) is_negative: bool,
    /// Text before the number, such as a currency.
    pub(super) prefix: &'t str,
    /// Digits, and marks between them.
    pub(super) digits: &'t str,
    /// Exponent with its `e`, or nothing.
    pub(super) exponent: &'t str,
    /// Text after the number, such as a unit.
    pub(super) suffix: &'t str,
}

/// Signs of negative numbers: besides the hyphen, the minus sign and the dash that is typed in place of it.
const MINUS_SIGNS: [char; 3] = ['-', '\u{2212}', '\u{2013}'];

impl<'t> NumberParts<'t> {
    /// Divides a cell; `None` if it has no digits.
    pub(super) fn of(cell: &'t str) -> Option<NumberParts<'t>> {
        let cell = cell.trim();
        // Accountants write negative numbers in parentheses.
        let (text, in_parentheses) = match cell.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) => (inside.trim(), true),
            None => (cell, false),
        };
        let (text, leading) = strip_sign(text);
        let first = text.find(|c: char| c.is_ascii_digit())?;
        let before = text[..first].chars().next_back().filter(|c| matches!(c, '.' | ','));
        let start = first - before.map_or(0, char::len_utf8);
        let (prefix, inner) = strip_last_sign(text[..start].trim());
        let length = digits_length(&text[start..]);
        let (digits, rest) = text[start..].split_at(length);
        let (exponent, rest) = rest.split_at(exponent_length(rest));
        let (suffix, trailing) = strip_last_sign(rest.trim());
        let signs = [leading, inner, trailing].into_iter().flatten();
        let is_negative = match signs.collect::<Vec<_>>()[..] {
            [] => in_parentheses,
            [sign] if !in_parentheses => sign,
            _ => return None,
        };
        Some(NumberParts { is_negative, prefix, digits, exponent, suffix })
    }
}

/// Removes a sign from the beginning; returns `true` for a negative one.
fn strip_sign(text: &str) -> (&str, Option<bool>) {
    if let Some(rest) = text.strip_prefix('+') {
        return (rest.trim_start(), Some(false));
    }
    text.strip_prefix(MINUS_SIGNS).map_or((text, None), |rest| (rest.trim_start(), Some(true)))
}

/// Removes a minus sign from the end.
fn strip_last_sign(text: &str) -> (&str, Option<bool>) {
    text.strip_suffix(MINUS_SIGNS).map_or((text, None), |rest| (rest.trim_end(), Some(true)))
}

/// Returns the length of the digits and the marks between them; a last point or comma belongs to them.
fn digits_length(text: &str) -> usize {
    let mut end = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let is_mark = matches!(c, '.' | ',' | '\'' | '\u{2019}') || is_space(c);
        let follows_digit = characters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !(c.is_ascii_digit() || is_mark && follows_digit) {
            let is_last_mark = matches!(c, '.' | ',') && end == at && end > 0;
            return if is_last_mark { at + c.len_utf8() } else { end };
        }
        end = at + c.len_utf8();
    }
    end
}

/// Returns the length of an exponent at the beginning, such as `e-3`; 0 if there is none.
fn exponent_length(text: &str) -> usize {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return 0 };
    let digits = after.strip_prefix(['+', '-']).unwrap_or(after);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 { 0 } else { text.len() - digits.len() + count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_divided() {
        for (cell, is_negative, prefix, digits, exponent, suffix) in [
            ("1,5", false, "", "1,5", "", ""),
            ("€ 1,200", false, "€", "1,200", "", ""),
            ("-$3.50", true, "$", "3.50", "", ""),
            ("$-3.50", true, "$", "3.50", "", ""),
            ("(3.50)", true, "", "3.50", "", ""),
            ("\u{2212}7 %", true, "", "7", "", "%"),
            ("+7", false, "", "7", "", ""),
            ("5 kg", false, "", "5", "", "kg"),
            ("12 m2", false, "", "12", "", "m2"),
            ("1\u{a0}234,5-", true, "", "1\u{a0}234,5", "", ""),
            ("1,5e-3 V", false, "", "1,5", "e-3", "V"),
            ("5 eV", false, "", "5", "", "eV"),
            (",5", false, "", ",5", "", ""),
            ("7.", false, "", "7.", "", ""),
            ("1'234", false, "", "1'234", "", ""),
            ("5' 7", false, "", "5", "", "' 7"),
        ] {
            let expected = NumberParts { is_negative, prefix, digits, exponent, suffix };
            assert_eq!(NumberParts::of(cell), Some(expected), "{cell}");
        }
        for cell in ["", "abc", "-", "()", "(-5)", "-5-", "€"] {
            assert_eq!(NumberParts::of(cell), None, "{cell}");
        }
    }
}
