//! Any spelling of a time that records use gives the same second.

use proptest::prelude::*;
use trailwitness::clock;

/// A second between 1970 and 2100, by its civil parts.
fn second() -> impl Strategy<Value = (i32, u32, u32, u32, u32, u32)> {
    (1970..2100_i32, 1..=12_u32, 1..=28_u32, 0..24_u32, 0..60_u32, 0..60_u32)
}

fn timestamp((year, month, day, hour, minute, second): (i32, u32, u32, u32, u32, u32)) -> i64 {
    let date = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
    date.and_hms_opt(hour, minute, second).unwrap().and_utc().timestamp()
}

proptest! {
    #[test]
    fn every_spelling_of_the_specification_is_the_same_second(parts in second(), fraction in 0..1000_u32) {
        let (y, mo, d, h, mi, s) = parts;
        let spellings = [
            format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z"),
            format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}+0000"),
            format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}+00:00"),
            format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}"),
            format!("{y:04}{mo:02}{d:02}T{h:02}{mi:02}{s:02}Z"),
            format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{fraction:03}Z"),
        ];
        for text in spellings {
            prop_assert_eq!(clock::parse(&text), Some(timestamp(parts)), "{}", text);
        }
    }

    #[test]
    fn an_offset_is_taken_off(parts in second(), hours in -12..=14_i64, half in any::<bool>()) {
        let (y, mo, d, h, mi, s) = parts;
        let minutes = if half { 30 } else { 0 };
        let sign = if hours < 0 { '-' } else { '+' };
        let text = format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}{sign}{:02}:{minutes:02}", hours.abs());
        let offset = (hours.abs() * 60 + minutes) * 60 * if hours < 0 { -1 } else { 1 };
        prop_assert_eq!(clock::parse(&text), Some(timestamp(parts) - offset), "{}", text);
    }

    #[test]
    fn a_printed_time_is_read_back_and_sorts_like_its_second(one in second(), other in second()) {
        let (a, b) = (timestamp(one), timestamp(other));
        let (x, y) = (clock::rfc3339(a), clock::rfc3339(b));
        prop_assert_eq!(clock::parse(&x), Some(a));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
    }

    #[test]
    fn no_text_makes_the_parser_stumble(text in "[0-9TZ:+. -]{0,30}|\\PC{0,20}") {
        if let Some(time) = clock::parse(&text) {
            prop_assert_eq!(clock::parse(&clock::rfc3339(time)), Some(time), "{}", text);
        }
    }
}
