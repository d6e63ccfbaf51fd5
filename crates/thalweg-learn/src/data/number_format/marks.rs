//! Marks in and around numbers: spaces, currencies, units.

/// Symbols of currencies.
const SYMBOLS: &str = "$€£¥₹₽₩₪₺฿₫₴₦₱₡₲₸₼₾₿¢";

/// Words for currencies.
const CURRENCIES: [&str; 38] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "RMB", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "ISK", "PLN",
    "CZK", "HUF", "RON", "BGN", "RUB", "UAH", "TRY", "BRL", "MXN", "ARS", "CLP", "ZAR", "KRW", "SGD", "HKD", "ILS",
    "THB", "kr", "Kč", "zł", "Fr", "Rs",
];

/// Most characters of a unit.
const MAX_UNIT_CHARACTERS: usize = 20;

/// Returns `true` for a space that may separate groups of digits, also one that does not break or is thin.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// Returns `true` if a text is a currency: a symbol, alone or after letters (US$), or a word (EUR).
pub(super) fn is_currency(text: &str) -> bool {
    let word = text.strip_suffix('.').unwrap_or(text);
    let letters = word.strip_suffix(|c: char| SYMBOLS.contains(c));
    letters.is_some_and(|letters| letters.len() <= 3 && letters.bytes().all(|byte| byte.is_ascii_uppercase()))
        || CURRENCIES.contains(&word)
}

/// Returns `true` if a text may be a unit after a number: letters and signs such as kg, °C, km/h, m² and %, with digits
/// as exponents only.
pub(super) fn is_unit(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphabetic() || "%‰°\"′″".contains(c));
    let (mut after_letter, mut are_exponents) = (false, true);
    for c in text.chars() {
        are_exponents &= !c.is_ascii_digit() || after_letter;
        after_letter = c.is_alphabetic();
    }
    begins && are_exponents && text.chars().count() <= MAX_UNIT_CHARACTERS && !text.contains([',', ';', ':', '(', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_and_units_are_told_from_codes_and_dates() {
        assert!(["€", "US$", "R$", "USD", "CHF", "kr.", "zł", "¥"].into_iter().all(is_currency));
        assert!(!["", "A", "No", "#", "item", "B$C", "usd"].into_iter().any(is_currency));
        assert!(["%", "kg", "km/h", "m2", "m²", "°C", "sq ft", "\"", "μm", "CO2 eq"].into_iter().all(is_unit));
        assert!(!["", "-05", ":30", "/12", "°12'", "1b", "a 5", "a very long remark on it"].into_iter().any(is_unit));
    }
}
