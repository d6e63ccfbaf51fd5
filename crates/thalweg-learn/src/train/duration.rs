//! Text form of durations.

use std::time::Duration;

/// Units of time with their seconds; a number alone is one of seconds.
const UNITS: [(&str, f64); 5] = [("", 1.0), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// Splits a text at its first letter into a number and a unit.
pub(super) fn split_unit(text: &str) -> (&str, &str) {
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    (text[..unit].trim(), text[unit..].trim())
}

/// Parses a time of more than 0, such as `90s`, `5m`, `1.5h`, or a number of seconds.
///
/// ```
/// use std::time::Duration;
/// use thalweg_learn::train::parse_duration;
/// assert_eq!(parse_duration("1.5h")?, Duration::from_secs(5400));
/// assert_eq!(parse_duration("90")?, parse_duration("90s")?);
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// A text of another form.
pub fn parse_duration(text: &str) -> thalweg::Result<Duration> {
    let (number, unit) = split_unit(text);
    let duration = || {
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok().filter(|duration| !duration.is_zero())
    };
    duration().ok_or_else(|| thalweg::Error::InvalidValue {
        what: "the time".into(),
        expected: "a time of more than 0 such as 90s, 5m or 1.5h, or a number of seconds".into(),
        found: text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, milliseconds) in
            [("90s", 90_000), ("5m", 300_000), ("1.5h", 5_400_000), ("250ms", 250), (" 2 ", 2000)]
        {
            assert_eq!(parse_duration(text).ok(), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "0", "0s", "-1s", "5d", "nan", "inf", "1e400s", "é5s", "5 m h"] {
            let error = parse_duration(text).expect_err("no duration");
            assert!(error.to_string().contains("must be a time of more than 0 such as 90s"), "{text}: {error}");
        }
    }
}
