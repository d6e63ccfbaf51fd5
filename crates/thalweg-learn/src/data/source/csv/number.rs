//! Numbers of a table, read where they stand.

/// Powers of ten that f64 holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The number at the start of `text` and the bytes that it takes, if it is a plain one (`-12.5`, `3e-4`) that ends at the
/// delimiter, at the end of the line or of the text, and comes out right in a single rounding: few enough digits, and a
/// small power of ten, are exact each (Clinger, "How to read floating point numbers accurately", PLDI 1990). `None` says
/// nothing but that somebody else must look.
#[inline(always)]
pub(super) fn plain(text: &[u8], delimiter: u8) -> Option<(f64, usize)> {
    let mut i = 0;
    let negative = text.first() == Some(&b'-');
    i += usize::from(negative || text.first() == Some(&b'+'));
    let (mut digits, start) = (0_u64, i);
    i = take_digits(text, i, &mut digits);
    let mut count = i - start;
    let mut exponent = 0_i32;
    if text.get(i) == Some(&b'.') {
        let point = i + 1;
        i = take_digits(text, point, &mut digits);
        count += i - point;
        exponent = -i32::try_from(i - point).ok()?;
    }
    if matches!(text.get(i), Some(b'e' | b'E')) {
        let (power, end) = power(text, i + 1)?;
        (exponent, i) = (exponent + power, end);
    }
    // 19 digits fit, and up to 2⁵³ they are exact.
    let ends = text.get(i).is_none_or(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
    if !ends || count == 0 || count > 19 || digits > 1 << 53 {
        return None;
    }
    let tens = TENS.get(exponent.unsigned_abs() as usize)?;
    let value = if exponent < 0 { digits as f64 / tens } else { digits as f64 * tens };
    // Adding 0 turns −0 into 0: they are one value.
    Some((if negative { -value } else { value } + 0.0, i))
}

/// Takes the digits from `i` on in; says where they end.
#[inline(always)]
fn take_digits(text: &[u8], mut i: usize, digits: &mut u64) -> usize {
    while let Some(digit) = text.get(i).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        // Too many are found out by their count.
        *digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
        i += 1;
    }
    i
}

/// The power of ten written after the e, and where it ends.
#[inline]
fn power(text: &[u8], start: usize) -> Option<(i32, usize)> {
    let negative = text.get(start) == Some(&b'-');
    let first = start + usize::from(negative || text.get(start) == Some(&b'+'));
    let mut digits = 0;
    let end = take_digits(text, first, &mut digits);
    let power = i32::try_from(digits).ok().filter(|_| (1..4).contains(&(end - first)))?;
    Some((if negative { -power } else { power }, end))
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the same bits are meant
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_library_reads() {
        let mut random = thalweg::Random::new(5);
        let (mut read, mut all) = (0, 0);
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
            if let Some((found, end)) = plain(text.as_bytes(), b',') {
                read += 1;
                assert_eq!((found, end), (text.parse::<f64>().expect("a number") + 0.0, text.len()), "{text}");
            }
        }
        assert!(read * 2 > all, "{read} of {all}");
    }

    #[test]
    fn only_whole_cells_are_numbers() {
        for (text, wanted) in [
            ("1,2", Some((1.0, 1))),
            ("-0.5\n", Some((-0.5, 4))),
            ("+7.\r\n", Some((7.0, 3))),
            (".5,", Some((0.5, 2))),
            ("1e3", Some((1000.0, 3))),
            ("-0,", Some((0.0, 2))),
            ("9007199254740993", None),
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
            assert_eq!(plain(text.as_bytes(), b','), wanted, "{text}");
        }
    }
}
