//! Working hours that audit.toml states, in their own time zone: is an instant inside them?

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike};

use crate::clock::Seconds;

/// Days of the week as audit.toml writes them, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Minutes in a day.
const DAY: u32 = 24 * 60;

/// Working hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Their zone.
    pub zone: chrono_tz::Tz,
    /// Working days, Monday first.
    pub days: [bool; 7],
    /// First minute of the day.
    pub from: u32,
    /// Minute that ends the hours, not part of them; before `from` when they end on the next day.
    pub to: u32,
    /// Dates without work.
    pub holidays: BTreeSet<NaiveDate>,
}

/// `07:30` as minutes of the day; `24:00` is the end of the day.
pub fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())?
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}

impl Calendar {
    /// Whether an instant lies inside the hours. Hours that end on the next day belong to the day they begin on.
    pub fn inside(&self, time: Seconds) -> bool {
        let Some(time) = DateTime::from_timestamp(time, 0) else { return false };
        let local = time.with_timezone(&self.zone);
        let (date, minute) = (local.date_naive(), local.hour() * 60 + local.minute());
        if self.from < self.to {
            return (self.from..self.to).contains(&minute) && self.works(date);
        }
        let before = date.checked_sub_days(Days::new(1));
        (minute >= self.from && self.works(date))
            || (minute < self.to && before.is_some_and(|day| self.works(day)))
    }

    fn works(&self, date: NaiveDate) -> bool {
        let day = date.weekday().num_days_from_monday() as usize;
        self.days.get(day).copied().unwrap_or(false) && !self.holidays.contains(&date)
    }

    /// Seconds within which the answer cannot change, counted from 1970: a quarter of an hour where the hours begin and
    /// end on one, as offsets of zones do.
    pub fn step(&self) -> Seconds {
        if self.from.is_multiple_of(15) && self.to.is_multiple_of(15) { 15 * 60 } else { 60 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn calendar(zone: &str, from: &str, to: &str) -> Calendar {
        Calendar {
            zone: zone.parse().unwrap(),
            days: [true, true, true, true, true, false, false],
            from: minutes(from).unwrap(),
            to: minutes(to).unwrap(),
            holidays: ["2026-01-01".parse().unwrap()].into(),
        }
    }

    fn inside(calendar: &Calendar, time: &str) -> bool {
        calendar.inside(clock::parse(time).unwrap())
    }

    #[test]
    fn hours_are_those_of_the_zone_in_summer_and_winter() {
        let dublin = calendar("Europe/Dublin", "07:00", "19:00");
        // Winter: local time is UTC. Summer (from 29 March 2026): one hour ahead.
        assert!(!inside(&dublin, "2026-03-27T06:59:59Z") && inside(&dublin, "2026-03-27T07:00:00Z"));
        assert!(!inside(&dublin, "2026-03-30T05:59:59Z") && inside(&dublin, "2026-03-30T06:00:00Z"));
        assert!(inside(&dublin, "2026-03-30T17:59:59Z") && !inside(&dublin, "2026-03-30T18:00:00Z"));
        assert!(!inside(&dublin, "2026-03-28T10:00:00Z"), "Saturday");
        assert!(!inside(&dublin, "2026-01-01T10:00:00Z"), "holiday");
    }

    #[test]
    fn the_day_is_that_of_the_zone_across_midnight() {
        let tokyo = calendar("Asia/Tokyo", "07:00", "19:00");
        // Monday 2 March 08:00 in Tokyo is Sunday 23:00 UTC; Saturday 08:00 there is Friday 23:00 UTC.
        assert!(inside(&tokyo, "2026-03-01T23:00:00Z"));
        assert!(!inside(&tokyo, "2026-03-06T23:00:00Z"));
        let kathmandu = calendar("Asia/Kathmandu", "07:00", "19:00");
        assert!(inside(&kathmandu, "2026-03-02T01:15:00Z") && !inside(&kathmandu, "2026-03-02T01:14:59Z"));
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_it_begins_on() {
        let night = calendar("UTC", "22:00", "06:00");
        assert!(inside(&night, "2026-03-06T23:00:00Z"), "Friday night");
        assert!(inside(&night, "2026-03-07T05:59:59Z"), "its end on Saturday");
        assert!(!inside(&night, "2026-03-07T22:00:00Z"), "Saturday night");
        assert!(!inside(&night, "2026-03-09T05:00:00Z"), "Monday before the shift");
        assert!(
            !inside(&night, "2026-01-01T23:00:00Z") && !inside(&night, "2026-01-02T05:00:00Z"),
            "holiday"
        );
    }

    #[test]
    fn the_whole_day_and_minutes() {
        let whole = calendar("UTC", "00:00", "24:00");
        assert!(inside(&whole, "2026-03-02T23:59:59Z") && inside(&whole, "2026-03-02T00:00:00Z"));
        assert_eq!(
            [minutes("7:00"), minutes("24:01"), minutes("12:60"), minutes("+1:00"), minutes("12")],
            [None; 5]
        );
        assert_eq!(
            (calendar("UTC", "07:15", "19:00").step(), calendar("UTC", "07:10", "19:00").step()),
            (900, 60)
        );
    }
}
