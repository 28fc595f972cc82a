//! Times: the only place that reads the clock, and the one parser and printer of times.
//! A time is whole seconds since 1970 in UTC (`i64`); CloudTrail writes whole seconds (cloudtrail-records §2).

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// Seconds since 1970-01-01T00:00:00Z.
pub type Seconds = i64;

/// Seconds in an hour.
pub const HOUR: Seconds = 3_600;

/// Seconds in a day.
pub const DAY: Seconds = 86_400;

/// The wall clock. Only manifest.json may hold what this returns.
#[expect(clippy::disallowed_methods, reason = "the one reader of the clock")]
pub fn now() -> Seconds {
    Utc::now().timestamp()
}

/// `2026-03-02T14:03:22Z`.
pub fn rfc3339(time: Seconds) -> String {
    let mut text = String::with_capacity(20);
    push_rfc3339(&mut text, time);
    text
}

/// Appends `2026-03-02T14:03:22Z` without going through a formatter: this runs once a row.
pub fn push_rfc3339(text: &mut String, time: Seconds) {
    let (year, month, day) = civil(time.div_euclid(DAY));
    let second = time.rem_euclid(DAY);
    if !(0..=9999).contains(&year) {
        text.push_str("out-of-range");
        return;
    }
    digits(text, year, 4);
    text.push('-');
    digits(text, month, 2);
    text.push('-');
    digits(text, day, 2);
    text.push('T');
    digits(text, second / HOUR, 2);
    text.push(':');
    digits(text, second % HOUR / 60, 2);
    text.push(':');
    digits(text, second % 60, 2);
    text.push('Z');
}

/// `2026-03-02`.
pub fn day(time: Seconds) -> String {
    let mut text = rfc3339(time);
    text.truncate(10);
    text
}

fn digits(text: &mut String, value: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = (value / 10_i64.pow(place)) % 10;
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

/// Days since 1970 to year, month, day (proleptic Gregorian).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_index = (month + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads a time as records spell it: `2026-03-02T14:03:22Z` (fast path), `+0000` and `+01:00` offsets, a space for
/// the `T`, the basic form `20131102T010628Z`, fractions of a second (cut). `None` for anything else.
pub fn parse(text: &str) -> Option<Seconds> {
    fast(text.as_bytes()).or_else(|| slow(text))
}

/// How a time is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeForm {
    /// To the second, with its zone.
    Seconds,
    /// Finer than seconds, with its zone.
    Finer,
    /// Coarser than seconds: a date, or without seconds.
    Coarser,
    /// Without zone.
    NoZone,
    /// No time that can be read.
    #[default]
    None,
}

impl TimeForm {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            TimeForm::Seconds => "seconds",
            TimeForm::Finer => "finer",
            TimeForm::Coarser => "coarser",
            TimeForm::NoZone => "no-zone",
            TimeForm::None => "none",
        }
    }
}

/// How a text writes the time that [`parse`] read in it. What lacks a zone alone is told so, also where nothing was read.
pub fn form(text: &str, time: Option<Seconds>) -> TimeForm {
    if time.is_none() {
        let text = text.trim();
        let minutes = ["%Y-%m-%dT%H:%MZ", "%Y-%m-%d %H:%MZ", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
        let without_zone = ["%Y-%m-%dT%H:%M:%S%.f", "%Y%m%dT%H%M%S"];
        if text.len() <= 40
            && without_zone.iter().any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
        {
            return TimeForm::NoZone;
        }
        let coarser = NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
            || minutes.iter().any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
            || DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z").is_ok();
        return if coarser && text.len() <= 40 { TimeForm::Coarser } else { TimeForm::None };
    }
    if text.len() == 20 && text.ends_with('Z') && !text.contains('.') {
        return TimeForm::Seconds;
    }
    // Behind the date, a zone begins with its sign.
    let clock = text.trim().get(10..).unwrap_or_default();
    if !text.trim().ends_with('Z') && !clock.contains(['+', '-']) {
        TimeForm::NoZone
    } else if clock.contains('.') {
        TimeForm::Finer
    } else {
        TimeForm::Seconds
    }
}

fn fast(text: &[u8]) -> Option<Seconds> {
    let [y0, y1, y2, y3, b'-', mo0, mo1, b'-', d0, d1, b'T', h0, h1, b':', mi0, mi1, b':', s0, s1, b'Z'] =
        <[u8; 20]>::try_from(text).ok()?
    else {
        return None;
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(mo0, mo1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(mi0, mi1)?, two(s0, s1)?);
    let valid = (1..=12).contains(&month)
        && (1..=month_length(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    valid.then(|| days(year, month, day) * DAY + hour * HOUR + minute * 60 + second.min(59))
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn two(tens: u8, units: u8) -> Option<i64> {
    (tens.is_ascii_digit() && units.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(units - b'0'))
}

fn slow(text: &str) -> Option<Seconds> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y%m%dT%H%M%S%#z"];
    let plain = ["%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S%.f", "%Y%m%dT%H%M%SZ"];
    let with_zone = zoned.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    with_zone.map(|time| time.timestamp()).or_else(|| {
        plain
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(|time| time.and_utc().timestamp())
    })
}

/// Reads a date (its first instant in UTC) or a full time, as audit.toml and flags spell it.
pub fn parse_date_or_time(text: &str) -> Option<Seconds> {
    match date(text) {
        Some(date) => date.and_hms_opt(0, 0, 0).map(|time| time.and_utc().timestamp()),
        None => parse(text),
    }
}

/// Reads a date.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The midnight that ends a day in a zone. Where a change of the clock leaves midnight out, the first time after it.
pub fn end_of_day(day: NaiveDate, zone: chrono_tz::Tz) -> Option<Seconds> {
    let midnight = day.succ_opt()?.and_hms_opt(0, 0, 0)?;
    let quarters = (0..=4 * 24).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
    let first = quarters.filter_map(|local| zone.from_local_datetime(&local).earliest()).next();
    first.map(|time| time.timestamp())
}

/// A time in a reporting zone, `2026-03-02 14:03 GMT`.
pub fn local(time: Seconds, zone: chrono_tz::Tz) -> String {
    match zone.timestamp_opt(time, 0) {
        chrono::LocalResult::Single(moment) => moment.format("%Y-%m-%d %H:%M %Z").to_string(),
        _ => "out-of-range".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_a_time_is_written_is_told() {
        let told = |text: &str| form(text, parse(text)).word();
        for (text, expected) in [
            ("2026-03-02T14:03:22Z", "seconds"),
            ("2026-03-02T14:03:22+0000", "seconds"),
            ("2026-03-02T14:03:22-05:00", "seconds"),
            ("20131102T010628Z", "seconds"),
            ("2026-03-02T14:03:22.123Z", "finer"),
            ("2026-03-02T14:03:22.5+01:00", "finer"),
            ("2023-01-10 21:04:02", "no-zone"),
            ("2023-01-10 21:04:02.5", "no-zone"),
            ("2026-02-02T09:30:00", "no-zone"),
            ("2026-02-02T09:30:00.25", "no-zone"),
            ("20260202T093000", "no-zone"),
            ("2026-02-02T09:30:61", "none"),
            ("2026-03-02T14:03Z", "coarser"),
            ("2026-03-02", "coarser"),
            ("", "none"),
            ("yesterday", "none"),
            ("2026-13-02T14:03:22Z", "none"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_ends_at_the_midnight_of_its_zone() {
        let end =
            |day: &str, zone: &str| rfc3339(end_of_day(date(day).unwrap(), zone.parse().unwrap()).unwrap());
        assert_eq!(end("2026-02-02", "UTC"), "2026-02-03T00:00:00Z");
        assert_eq!(end("2026-07-01", "Europe/Dublin"), "2026-07-01T23:00:00Z");
        assert_eq!(end("2026-02-02", "America/New_York"), "2026-02-03T05:00:00Z");
        // Midnight that is left out (Beirut, spring) or comes twice (Havana, autumn).
        assert_eq!(end("2022-03-26", "Asia/Beirut"), "2022-03-26T22:00:00Z");
        assert_eq!(end("2022-11-05", "America/Havana"), "2022-11-06T04:00:00Z");
        assert_eq!((date("2026-02-30"), date("2026-02-02T00:00:00Z")), (None, None));
    }

    #[test]
    fn times_survive_a_round_trip_and_agree_with_chrono() {
        for time in [-86_401, 0, 951_782_400, 1_709_164_800, 1_772_450_602, 4_102_444_799] {
            assert_eq!(parse(&rfc3339(time)), Some(time));
            let chrono = DateTime::from_timestamp(time, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            assert_eq!(rfc3339(time), chrono);
        }
    }

    #[test]
    fn odd_spellings_of_records_are_read() {
        let expected = parse("2023-01-10T21:04:02Z");
        assert!(expected.is_some());
        for text in [
            "2023-01-10T21:04:02+0000",
            "2023-01-10 21:04:02",
            "2023-01-10T22:04:02+01:00",
            "20230110T210402Z",
            "2023-01-10T21:04:02.500Z",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "{{now}}",
            "2023-13-10T21:04:02Z",
            "2023-02-30T21:04:02Z",
            "yesterday",
            "2023-01-10T24:04:02Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
