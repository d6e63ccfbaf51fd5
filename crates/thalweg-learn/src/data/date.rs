//! Detection of dates and times of day.

use std::borrow::Cow;

/// Returns `true` if `text` is a date (YYYY-MM-DD, YYYY/MM/DD, DD/MM/YYYY, MM/DD/YYYY, DD.MM.YYYY, DD/MM/YY, YYYY-MM,
/// or with the month's English name), with or without a time of day, or a time of day alone.
pub(super) fn is_date(text: &str) -> bool {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if has_month_name(text) {
        return true;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    match text.split_once([' ', 'T']) {
        Some((day, time)) => is_day(day) && is_time(strip_time_suffix(time)),
        None => is_day(text) || is_month(text) || is_time(text),
    }
}

/// Returns the one spelling of a date YYYY-MM-DD and a time of day, or of a time of day alone: a blank between, with
/// seconds, without zeros at the end of their fraction, and Z for UTC; the date alone at midnight of no time zone.
/// `None` for other texts.
pub(super) fn datetime_key(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    if bytes.get(2) == Some(&b':') {
        return is_time(text).then(|| time_key(text).into());
    }
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    if bytes.len() == 10 {
        return is_day(text).then_some(text.into());
    }
    if bytes.len() < 16 || !matches!(bytes[10], b'T' | b' ') {
        return None;
    }
    let (day, time) = (text.get(..10)?, text.get(11..)?);
    if !is_day(day) || !is_time(time) || time.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let time = time_key(time);
    Some(if time == "00:00:00" { day.into() } else { format!("{day} {time}").into() })
}

/// Returns the one spelling of a time of day: with seconds, without zeros at the end of their fraction, and Z for UTC.
fn time_key(time: &str) -> String {
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let zone = if matches!(zone, "+00:00" | "+0000" | "+00") { "Z" } else { zone };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let (seconds, fraction) = (if clock.len() == 5 { ":00" } else { "" }, fraction.trim_end_matches('0'));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{clock}{seconds}{point}{fraction}{zone}")
}

/// Removes a suffix such as AM, PM or UTC from a time of day.
fn strip_time_suffix(text: &str) -> &str {
    let suffixes = [" AM", " PM", " am", " pm", "AM", "PM", "am", "pm", " UTC", " GMT"];
    suffixes.into_iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text)
}

/// Returns `true` for dates with the English name of the month: `02-Jan-2011`, `January 2, 2011`, `2 Jan 2011 10:00`.
fn has_month_name(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is_month = |word: &str| {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        word.len() >= 3 && MONTHS.iter().any(|month| is(month) || is(&month[..3]))
    };
    let mut words = text.split([' ', '-', ',', '/', '.']).filter(|word| !word.is_empty());
    let (Some(a), Some(b), Some(c)) = (words.next(), words.next(), words.next()) else { return false };
    let day = |word: &str| digits(word, 2).is_some_and(|day| (1..=31).contains(&day));
    let year = |word: &str| word.len() == 4 && digits(word, 4).is_some();
    let date = (is_month(a) && day(b) && year(c)) || (day(a) && is_month(b) && year(c));
    if !date {
        return false;
    }
    let time = words.collect::<Vec<_>>().join(" ");
    time.is_empty() || is_time(strip_time_suffix(&time))
}

/// Returns `true` for a year and month, YYYY-MM.
fn is_month(text: &str) -> bool {
    let parts = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    parts.is_some_and(|(year, month)| {
        digits(year, 4).is_some() && digits(month, 2).is_some_and(|month| (1..=12).contains(&month))
    })
}

/// Returns `true` if the text is a date YYYYMMDD from 1900 to 2100, which looks like an integer.
pub(super) fn is_packed_day(text: &str) -> bool {
    let Some(day) = digits(text, 8).filter(|_| text.len() == 8) else { return false };
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn is_day(text: &str) -> bool {
    ['-', '/', '.'].into_iter().any(|mark| {
        let mut parts = text.split(mark);
        let (Some(first), Some(second), Some(third), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let (a, b) = match (first.len(), third.len()) {
            (4, _) if digits(first, 4).is_some() => (second, third),
            (_, 4) if digits(third, 4).is_some() => (first, second),
            // With dots, every version number would be a date.
            (_, 2) if mark == '/' && digits(third, 2).is_some() => (first, second),
            _ => return false,
        };
        let (Some(a), Some(b)) = (digits(a, 2), digits(b, 2)) else { return false };
        a.min(b) >= 1 && a.min(b) <= 12 && a.max(b) <= 31
    })
}

/// Returns `true` for HH:MM, HH:MM:SS and HH:MM:SS.f, with an optional suffix Z or ±hh:mm.
fn is_time(text: &str) -> bool {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let zone = zone.strip_prefix('Z').or_else(|| zone.strip_prefix(['+', '-'])).unwrap_or(zone);
    let mut parts = clock.split(':');
    let hour = parts.next().and_then(|part| digits(part, 2)).is_some_and(|hour| hour < 24);
    let minute = parts.next().and_then(|part| digits(part, 2)).is_some_and(|minute| minute < 60);
    let second = parts.next().is_none_or(|second| {
        let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
        let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        fraction && digits(whole, 2).is_some_and(|second| second <= 60)
    });
    let zone = zone.is_empty() || zone.split(':').all(|part| digits(part, 4).is_some());
    hour && minute && second && zone && parts.next().is_none()
}

/// Parses a number of at most `max_digits` digits.
fn digits(text: &str, max_digits: usize) -> Option<u32> {
    let fits = text.len() <= max_digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_detected() {
        for text in [
            "2011-01-31",
            "2011/1/31",
            "31/01/2011",
            "01/31/2011",
            "31.1.2011",
            "2011-01-31 12:30",
            "2011-01-31T12:30:59",
            "2011-01-31T12:30:59.123Z",
            "2011-01-31 12:30:59+02:00",
            "2011-01-31T12:30:59-0800",
            "23:59:59",
            "7:05:00",
            "1/2/11",
            "01/02/2011 12:00:00 AM",
            "2011-01-31 12:30:59 UTC",
            "02-Jan-2011",
            "January 02, 2011",
            "Jan 5 2024",
            "5 May 2024 10:30",
            "2011-01",
        ] {
            assert!(is_date(text), "{text}");
        }
    }

    #[test]
    fn all_spellings_of_a_moment_have_one_key() {
        for (texts, key) in [
            (
                &["2020-01-02T03:04:05", "2020-01-02 03:04:05", "2020-01-02T03:04:05.000"][..],
                Some("2020-01-02 03:04:05"),
            ),
            (&["2020-01-02T03:04", "2020-01-02 03:04:00"], Some("2020-01-02 03:04:00")),
            (&["2020-01-02T03:04:05.250", "2020-01-02 03:04:05.25"], Some("2020-01-02 03:04:05.25")),
            (&["2020-01-02T00:00:00", "2020-01-02 00:00", "2020-01-02 00:00:00.000"], Some("2020-01-02")),
            (&["2020-01-02T00:00:00Z", "2020-01-02 00:00:00+00:00"], Some("2020-01-02 00:00:00Z")),
            (&["2020-01-02T03:04:05+02:00"], Some("2020-01-02 03:04:05+02:00")),
            (&["2020-01-02"], Some("2020-01-02")),
            (&["2020-13-32", "2020-13-32T03:04:05", "2020-01-02T25:00", "2020-01-02 noon o'clock", "a-b"], None),
            (&["2020-01-02 é 03:04", "2020-01-02T03:04:05:06", "9999-99-99 99:99"], None),
        ] {
            for text in texts {
                assert_eq!(datetime_key(text).as_deref(), key, "{text}");
            }
        }
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "2011",
            "2011-13-13",
            "32/01/2011",
            "0/1/2011",
            "1.2.3",
            "10.0.0.1",
            "192.168.2011",
            "a-b-c",
            "2011-01-31 noon",
            "2011-13",
            "may be 2011",
            "Mayor 5 2024",
            "5 Jan",
            "25:00:00",
            "12:60:00",
            "12",
            "12:30:",
            "1:2:3:4",
            "2011-01-31T",
            "20011-01-31",
            "+1-02-2011",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
