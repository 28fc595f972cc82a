//! A dossier and the hours that audit.toml states. Comes in: the calendar. Goes out: which hours of the strip are
//! without work, and what lay outside, in descriptive words.

use std::collections::BTreeMap;

use super::Maker;
use super::gathered::Gathered;
use crate::audit::Audit;
use crate::audit::calendar::{Calendar, DAYS};
use crate::bundle::model::OffHours;
use crate::bundle::sessions::Touch;
use crate::clock::{DAY, HOUR};

/// Days beyond which the strip of a window is not drawn in full.
pub(super) const MOST_DAYS: i64 = 400;

/// Hours (UTC) that lie wholly outside the working hours, by day; none where no hours are stated.
#[derive(Debug, Clone, Default)]
pub struct Closed(BTreeMap<i64, Vec<bool>>);

impl Closed {
    /// Those of a window.
    pub fn of(audit: &Audit) -> Closed {
        let Some(calendar) = &audit.scope.calendar else { return Closed::default() };
        let (from, to) = (audit.from.div_euclid(DAY), (audit.to - 1).div_euclid(DAY));
        let days = from..=to.min(from + MOST_DAYS);
        Closed(
            days.map(|day| (day, (0..24).map(|hour| is_closed(calendar, day * DAY + hour * HOUR)).collect()))
                .collect(),
        )
    }

    /// Hours of a day without work; empty where no hours are stated.
    pub(super) fn of_day(&self, day: i64) -> Vec<bool> {
        self.0.get(&day).cloned().unwrap_or_default()
    }
}

fn is_closed(calendar: &Calendar, start: i64) -> bool {
    let step = usize::try_from(calendar.step()).unwrap_or(60);
    !(start..start + HOUR).step_by(step).any(|time| calendar.inside(time))
}

/// `mon tue wed thu fri, 07:00 to 19:00, Europe/Dublin, 2 dates without work`.
fn calendar_words(calendar: &Calendar) -> String {
    let days: Vec<&str> =
        DAYS.iter().zip(calendar.days).filter(|(_, works)| *works).map(|(name, _)| *name).collect();
    let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let without = match calendar.holidays.len() {
        0 => "no dates without work".to_owned(),
        1 => "1 date without work".to_owned(),
        some => format!("{some} dates without work"),
    };
    format!(
        "{}, {} to {} {}, {without}",
        days.join(" "),
        clock(calendar.from),
        clock(calendar.to),
        calendar.zone.name()
    )
}

impl Maker<'_> {
    pub(super) fn off_hours(&self, gathered: &Gathered<'_>, place: u32) -> OffHours {
        let Some(calendar) = &self.inputs.audit.scope.calendar else {
            return OffHours {
                words:
                    "audit.toml states no working hours ([calendar]): accesses are not told apart by hours."
                        .to_owned(),
                ..OffHours::default()
            };
        };
        let touches: &[Touch<'_>] = self.sessions.touches_of(place);
        let outside = gathered.off_hours.total;
        OffHours {
            words: format!(
                "Declared hours: {}. An access is outside them when the time of its record is; no baseline of former behaviour is used.",
                calendar_words(calendar)
            ),
            inside: gathered.sums.all() - outside - gathered.untimed,
            outside,
            untimed: gathered.untimed,
            sessions: self.sessions.of_principal(place).filter(|(_, one)| one.off_hours > 0).count() as u64,
            accesses: self.citations(&gathered.off_hours, touches),
        }
    }
}
