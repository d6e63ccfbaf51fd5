//! Numbers as text, to be written.

/// Appends the shortest text of a number that is read back as the same number, without an exponent. Of two such texts
/// that are equally close it is the one with an even last digit, as in Python and in JSON; `to_string` takes the larger
/// one, and three times as long.
///
/// ```
/// use thalweg_learn::data::append_number;
/// let mut text = String::new();
/// for number in [0.1, -3.0, 1e-7, 1e20, f64::INFINITY, 575_660_881_087_331.25] {
///     append_number(number, &mut text);
///     text.push(' ');
/// }
/// assert_eq!(text, "0.1 -3 0.0000001 100000000000000000000 inf 575660881087331.2 ");
/// ```
pub fn append_number(number: f64, text: &mut String) {
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format(number);
    match shortest.split_once('e') {
        Some((mantissa, exponent)) if number.is_finite() => append_plain(mantissa, exponent, text),
        _ => text.push_str(shortest.strip_suffix(".0").unwrap_or(shortest)),
    }
}

/// Appends a number of the form d.ddd·10ᵉ without an exponent.
fn append_plain(mantissa: &str, exponent: &str, text: &mut String) {
    let exponent: i32 = exponent.parse().unwrap_or_else(|_| unreachable!("an exponent is an integer: {exponent}"));
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (first, others) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    text.push_str(&mantissa[..mantissa.len() - unsigned.len()]);
    let zeros = |count: usize| std::iter::repeat_n('0', count);
    let distance = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        text.push_str("0.");
        text.extend(zeros(distance - 1));
        text.extend([first, others]);
    } else {
        // Only integers are so large that they have an exponent.
        text.extend([first, others]);
        text.extend(zeros(distance - others.len()));
    }
}

#[cfg(test)]
mod tests {
    use thalweg::random::Random;

    use super::*;

    #[track_caller]
    fn assert_text(value: f64) {
        let mut text = String::from("x");
        append_number(value, &mut text);
        let (text, other) = (&text[1..], value.to_string());
        // Only the last digit may differ, where both are equally close.
        let is_tie = text.len() == other.len() && text[..text.len() - 1] == other[..text.len() - 1];
        assert!(text == other || (is_tie && text.parse() == Ok(value)), "{text}, not {other}");
    }

    #[test]
    fn the_text_of_a_number_is_the_shortest_without_an_exponent() {
        let denormal = 2.225_073_858_507_201e-308;
        let (smallest, largest) = (f64::from_bits(1), f64::MAX);
        for value in [0.0, 7.0, 0.1, 1e-5, 9.999e-6, 123_456_789_012_345_680.0, 1e300, smallest, denormal, largest] {
            assert_text(value);
            assert_text(-value);
        }
        // As Python writes it: 7.867813110351562e-06 is as close as 7.867813110351563e-06.
        let mut tie = String::new();
        append_number(33.0 / 4_194_304.0, &mut tie);
        assert_eq!(tie, "0.000007867813110351562");
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().for_each(assert_text);
        let mut random = Random::new(0);
        for _ in 0..20_000 {
            assert_text(f64::from_bits(random.bits()));
            let uniform = random.uniform();
            for power in -8..20 {
                assert_text(uniform * 10_f64.powi(power));
            }
            assert_text((uniform * 1e4).round() / 1e4);
            assert_text(f64::from((uniform as f32) * 8.0));
        }
    }
}
