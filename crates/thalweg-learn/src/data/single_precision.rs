//! Numbers of single and half precision as the decimal numbers that they stand for.

/// Number of decimals up to which the shortest decimal number is looked for by arithmetic.
const MAX_DECIMALS: usize = 15;

/// Magnitude from which on the digits before the point may be more than single precision tells apart.
const MAX_EXACT: f64 = 16_777_216.0;

/// Returns the number of the shortest decimal text that reads as `value` again: 0.1 in single precision is 0.1, as all
/// programs write it, and not 0.10000000149011612. So a table has the same numbers in a text file and in one of numbers
/// of fewer bits.
pub(super) fn decimal_of_f32(value: f32) -> f64 {
    let exact = f64::from(value);
    if exact.abs() < MAX_EXACT {
        if exact.fract() == 0.0 {
            return exact;
        }
        if let Some(decimal) = short_decimal(exact, |decimal| (decimal as f32).to_bits() == value.to_bits()) {
            return decimal;
        }
    }
    // Very small and very large numbers, and those that are none.
    if exact.is_finite() { shortest(&format!("{value:e}")) } else { exact }
}

/// As [`decimal_of_f32`] for half precision; `of` rounds a number to it, and `exact` is its value.
pub(super) fn decimal_of_half(exact: f64, is_same: impl Fn(f64) -> bool) -> f64 {
    if !exact.is_finite() || exact.fract() == 0.0 {
        return exact;
    }
    short_decimal(exact, is_same).unwrap_or(exact)
}

/// Returns the number with the fewest decimals that is the same in fewer bits; `None` if it has more of them.
fn short_decimal(exact: f64, is_same: impl Fn(f64) -> bool) -> Option<f64> {
    let candidate = |power: &f64| {
        let digits = (exact * power).round_ties_even();
        // Both are exact, and so their quotient is the number of this text.
        let decimal = digits / power;
        is_same(decimal).then_some(decimal)
    };
    super::number::POWERS_OF_TEN[1..=MAX_DECIMALS].iter().find_map(candidate)
}

fn shortest(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| unreachable!("the text of a number is a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_their_shortest_text() {
        let mut bits = 1_u32;
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // All magnitudes, and those that tables have.
            for value in [f32::from_bits(bits), (bits % 2_000_000) as f32 / 997.0, bits as f32 / 4e9] {
                let text = format!("{value}");
                let expected: f64 = text.parse().expect("a number");
                let found = decimal_of_f32(value);
                // Of two texts of the same length that are equally near, this is the even one, as numpy writes it.
                let distance = |decimal: f64| (decimal - f64::from(value)).abs();
                let is_tie = distance(found).to_bits() == distance(expected).to_bits();
                let is_same = is_tie && (found as f32).to_bits() == value.to_bits();
                assert!(is_same || value.is_nan() && found.is_nan(), "{text}: {found}");
            }
        }
        for (value, decimal) in [
            (0.1_f32, 0.1),
            (1.1, 1.1),
            (-2.5, -2.5),
            (1e-30, 1e-30),
            (3e38, 3e38),
            (-0.0, 0.0),
            (8_388_609.0 / 4.0, 2_097_152.2),
        ] {
            assert!((decimal_of_f32(value) - decimal).abs() <= 0.0, "{value}");
        }
        assert!(decimal_of_f32(f32::INFINITY).is_infinite());
    }
}
