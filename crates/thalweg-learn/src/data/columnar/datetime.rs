//! Formatting of dates and times by ISO 8601.

const SECONDS_PER_DAY: i64 = 86_400;

/// Formats days since 1970-01-01 as a date, `2001-02-03`, in the proleptic Gregorian calendar.
///
/// Counts in eras of 400 years = 146,097 days whose years begin in March, so that the leap day comes last (Hinnant,
/// "chrono-compatible low-level date algorithms").
pub(super) fn format_date(days: i64) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Formats ticks since midnight as a time, `04:05:06`, with a fraction if it is not 0.
pub(super) fn format_time(ticks: i64, per_second: i64) -> String {
    let (seconds, rest) = (ticks.div_euclid(per_second), ticks.rem_euclid(per_second));
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if rest == 0 {
        return clock;
    }
    let places = per_second.ilog10() as usize;
    format!("{clock}.{}", format!("{rest:0places$}").trim_end_matches('0'))
}

/// Formats ticks since 1970-01-01 as `2001-02-03T04:05:06`, with a final `Z` if `utc`.
pub(super) fn format_timestamp(ticks: i64, per_second: i64, utc: bool) -> String {
    let (days, rest) = (ticks.div_euclid(SECONDS_PER_DAY * per_second), ticks.rem_euclid(SECONDS_PER_DAY * per_second));
    format!("{}T{}{}", format_date(days), format_time(rest, per_second), if utc { "Z" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let (mut year, mut month, mut day) = (1599, 12, 31);
        for days in -135_140..200_000 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = [31, 28 + i32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
            (year, month, day) = match (day == last, month) {
                (false, _) => (year, month, day + 1),
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
            };
            assert_eq!(format_date(days), format!("{year:04}-{month:02}-{day:02}"));
        }
        assert_eq!([format_date(0), format_date(-1)], ["1970-01-01", "1969-12-31"]);
    }

    #[test]
    fn times_have_the_fraction_they_need() {
        assert_eq!(format_timestamp(981_173_106, 1, false), "2001-02-03T04:05:06");
        assert_eq!(format_timestamp(981_173_106_070, 1000, true), "2001-02-03T04:05:06.07Z");
        assert_eq!(format_timestamp(-1, 1_000_000_000, false), "1969-12-31T23:59:59.999999999");
        assert_eq!(format_time(45_296_000_001, 1_000_000), "12:34:56.000001");
        for extreme in [i64::MIN, i64::MAX] {
            assert!(format_timestamp(extreme, 1, false).contains('T'));
        }
    }
}
