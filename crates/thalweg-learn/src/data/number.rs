//! Numbers written as text.

use std::io::Write as _;

/// Powers of ten that an `f64` holds exactly.
pub(super) const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Powers of ten by which the digits before up to eight others are multiplied.
const INTEGER_POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Largest power of two below which every integer is exact in an `f64`.
pub(super) const MAX_EXACT_INTEGER: u64 = 1 << 53;

/// Parses a whole text as a number, which may be infinite; returns `None` for NaN and for any other text.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let value = match parse_decimal_prefix(text.as_bytes(), |_| false) {
        Some((value, _)) => value,
        None => text.parse().ok().filter(|value: &f64| !value.is_nan())?,
    };
    // Adding 0 turns −0 into 0: they are one value.
    Some(value + 0.0)
}

/// Most bytes of a number as text: a sign, 0, a point, and the digits of the smallest number.
const MAX_TEXT: usize = 352;

/// Shortest text of a number that is read back as the same number, without memory of its own.
pub(super) struct NumberText {
    bytes: [u8; MAX_TEXT],
    len: usize,
}

impl NumberText {
    pub(super) fn new(value: f64) -> Self {
        let mut bytes = [0; MAX_TEXT];
        let mut unused = &mut bytes[..];
        write!(unused, "{value}").expect("room for the longest number");
        let len = MAX_TEXT - unused.len();
        Self { bytes, len }
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).expect("numbers are written in ASCII")
    }
}

/// Parses a decimal number (`-12.5`, `3e-4`) at the start of `text`; returns it with the number of bytes read.
///
/// The number must be followed by the end of the text or by a byte for which `is_end` holds. The result is correctly
/// rounded: few enough digits and a small power of ten are exact each, so that a single operation rounds once (Clinger,
/// "How to read floating point numbers accurately", PLDI 1990); others are parsed by the standard library. Returns
/// `None` where the text is no number, and for a number of at least 2⁵³, of which the caller may need the digits.
#[inline(always)]
pub(super) fn parse_decimal_prefix(text: &[u8], is_end: impl Fn(u8) -> bool) -> Option<(f64, usize)> {
    let mut i = 0;
    let negative = text.first() == Some(&b'-');
    i += usize::from(negative || text.first() == Some(&b'+'));
    let (mut mantissa, start) = (0_u64, i);
    i = read_digits(text, i, &mut mantissa);
    let mut count = i - start;
    let mut exponent = 0_i32;
    if text.get(i) == Some(&b'.') {
        let fraction = i + 1;
        i = read_many_digits(text, fraction, &mut mantissa);
        count += i - fraction;
        exponent = -i32::try_from(i - fraction).ok()?;
    }
    if matches!(text.get(i), Some(b'e' | b'E')) {
        let (power, end) = read_exponent(text, i + 1)?;
        (exponent, i) = (exponent + power, end);
    }
    let ended = text.get(i).is_none_or(|&byte| is_end(byte));
    if !ended || count == 0 {
        return None;
    }
    // 19 digits fit in 64 bits; more wrap around.
    let is_exact = count <= 19 && mantissa <= MAX_EXACT_INTEGER;
    let power = POWERS_OF_TEN.get(exponent.unsigned_abs() as usize).filter(|_| is_exact);
    let Some(power) = power else { return parse_rounded(&text[..i]).map(|value| (value, i)) };
    let magnitude = if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
    // Without a branch, since signs are as good as random.
    Some((f64::from_bits(magnitude.to_bits() | u64::from(negative) << 63), i))
}

/// Parses a decimal number that is below 2⁵³.
fn parse_rounded(number: &[u8]) -> Option<f64> {
    let value: f64 = str::from_utf8(number).ok()?.parse().ok()?;
    (value.abs() < MAX_EXACT_INTEGER as f64).then_some(value)
}

/// Appends the digits from `i` on to `value`, wrapping around on overflow; returns the position after them.
#[inline(always)]
fn read_digits(text: &[u8], mut i: usize, value: &mut u64) -> usize {
    while let Some(digit) = text.get(i).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        i += 1;
    }
    i
}

/// As [`read_digits`], eight bytes at a time: without branches that depend on the number of digits, which vary in
/// fractions and are predicted wrong.
#[inline(always)]
fn read_many_digits(text: &[u8], mut i: usize, value: &mut u64) -> usize {
    while let Some(bytes) = text.get(i..).and_then(|rest| rest.first_chunk()) {
        let (digits, count) = leading_digits(u64::from_le_bytes(*bytes));
        *value = value.wrapping_mul(INTEGER_POWERS_OF_TEN[count]).wrapping_add(digits);
        i += count;
        if count < 8 {
            return i;
        }
    }
    read_digits(text, i, value)
}

/// Returns the integer of the decimal digits that eight characters begin with, and their number. The first character is
/// in the lowest byte.
#[inline(always)]
fn leading_digits(text: u64) -> (u64, usize) {
    const ONES: u64 = u64::MAX / 255;
    const EVERY_FOURTH: u64 = 0x0000_00ff_0000_00ff;
    // The highest bit of a byte is set if the character is above '9', which the sum carries into it, or below '0', for
    // which the difference borrows. Bytes after the first such one may be wrong.
    let others =
        (text.wrapping_add(ONES * u64::from(0x7f - b'9')) | text.wrapping_sub(ONES * u64::from(b'0'))) & (ONES << 7);
    let count = others.trailing_zeros() / 8;
    // The digits become the last ones, after zeros.
    let digits = (text ^ (ONES * u64::from(b'0'))).checked_shl(64 - 8 * count).unwrap_or(0);
    // Neighbours are joined: digits to numbers below 100, these to ones below 10,000, and these to one.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & EVERY_FOURTH).wrapping_mul(100 + (1_000_000 << 32));
    let low = (pairs >> 16 & EVERY_FOURTH).wrapping_mul(1 + (10_000 << 32));
    (high.wrapping_add(low) >> 32, count as usize)
}

/// Reads the exponent after the `e`, of at most three digits; returns it with the position after it.
#[inline]
fn read_exponent(text: &[u8], start: usize) -> Option<(i32, usize)> {
    let negative = text.get(start) == Some(&b'-');
    let first = start + usize::from(negative || text.get(start) == Some(&b'+'));
    let mut digits = 0;
    let end = read_digits(text, first, &mut digits);
    let power = i32::try_from(digits).ok().filter(|_| (1..4).contains(&(end - first)))?;
    Some((if negative { -power } else { power }, end))
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the same bits are meant
mod tests {
    use super::*;

    fn csv(text: &str) -> Option<(f64, usize)> {
        parse_decimal_prefix(text.as_bytes(), |byte| matches!(byte, b',' | b'\n' | b'\r'))
    }

    #[test]
    fn decimals_are_those_of_the_standard_library() {
        let mut random = thalweg::random::Random::new(5);
        let (mut fast, mut all) = (0, 0);
        for _ in 0..200_000 {
            let x = random.normal() * 10_f64.powi((random.bits() % 30) as i32 - 15);
            let text = match random.bits() % 5 {
                0 => format!("{x}"),
                1 => format!("{x:e}"),
                2 => format!("{x:.3}"),
                3 => format!("{x:+.8e}"),
                _ => format!("{:.6}", x * 1e-3),
            };
            all += 1;
            if let Some((found, end)) = csv(&text) {
                fast += 1;
                let expected = text.parse::<f64>().expect("a formatted number parses");
                assert_eq!((found.to_bits(), end), (expected.to_bits(), text.len()), "{text}");
            }
        }
        assert!(fast * 4 > all * 3, "{fast} of {all}");
    }

    #[test]
    fn leading_digits_end_at_any_other_byte() {
        for count in 0..=8 {
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = *b"90817264";
                text[count..].fill(byte);
                let expected = text[..count].iter().fold(0, |value, digit| 10 * value + u64::from(digit - b'0'));
                assert_eq!(leading_digits(u64::from_le_bytes(text)), (expected, count), "{count} digits, then {byte}");
            }
        }
    }

    #[test]
    fn the_text_of_a_number_is_that_of_the_standard_library() {
        let smallest = f64::from_bits(1);
        let denormal = -2.225_073_858_507_201e-308;
        for value in [0.0, 7.0, -0.1, 1e300, f64::MAX, f64::MIN, smallest, -smallest, denormal, f64::INFINITY] {
            assert_eq!(NumberText::new(value).as_str(), value.to_string());
        }
    }

    #[test]
    fn a_number_must_be_followed_by_an_end() {
        for (text, wanted) in [
            ("1,2", Some((1.0, 1))),
            ("-0.5\n", Some((-0.5, 4))),
            ("+7.\r\n", Some((7.0, 3))),
            (".5,", Some((0.5, 2))),
            ("1e3", Some((1000.0, 3))),
            ("-0,", Some((0.0, 2))),
            ("9007199254740993", None),
            ("0.12345678901234567,", Some((0.123_456_789_012_345_67, 19))),
            ("-1234.5678901234567891\n", Some((-1_234.567_890_123_457, 22))),
            ("7e-30,", Some((7e-30, 5))),
            ("1e-400,", Some((0.0, 6))),
            ("9.007199254740993e15,", None),
            ("", None),
            ("-", None),
            (".", None),
            ("1e", None),
            ("1 ,", None),
            ("1x,", None),
            ("1e400,", None),
            ("inf,", None),
            ("12345678901234567890,", None),
        ] {
            assert_eq!(csv(text), wanted, "{text}");
        }
    }
}
