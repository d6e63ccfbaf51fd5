//! Texts that are dates or times of the day.

/// Whether `text` is a date (YYYY-MM-DD, YYYY/MM/DD, DD/MM/YYYY, MM/DD/YYYY, DD.MM.YYYY), with or without a time of
/// the day, or such a time alone.
pub(super) fn is_date(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    match text.split_once([' ', 'T']) {
        Some((day, time)) => is_day(day) && is_time(time),
        None => is_day(text) || is_time(text),
    }
}

fn is_day(text: &str) -> bool {
    ['-', '/', '.'].into_iter().any(|mark| {
        let parts: Vec<&str> = text.split(mark).collect();
        let [first, second, third] = parts[..] else { return false };
        let (a, b) = match (first.len(), third.len()) {
            (4, _) if digits(first, 4).is_some() => (second, third),
            (_, 4) if digits(third, 4).is_some() => (first, second),
            _ => return false,
        };
        let (Some(a), Some(b)) = (digits(a, 2), digits(b, 2)) else { return false };
        a.min(b) >= 1 && a.min(b) <= 12 && a.max(b) <= 31
    })
}

/// HH:MM, HH:MM:SS, HH:MM:SS.f, each with Z or ±hh:mm or nothing behind.
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

/// The number that at most `most` digits write.
fn digits(text: &str, most: usize) -> Option<u32> {
    let fits = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_told() {
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
        ] {
            assert!(is_date(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "2011",
            "2011-01",
            "2011-13-13",
            "32/01/2011",
            "0/1/2011",
            "1.2.3",
            "10.0.0.1",
            "192.168.2011",
            "a-b-c",
            "2011-01-31 noon",
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
