//! Use outside the hours that `[calendar]` declares, by person and object.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::given::{Given, NOTHING};
use super::{Kind, Pattern, What};
use crate::audit::sections::CalendarSection;
use crate::ledger::standing::Told;
use crate::verdicts::runs::about::{At, Kept};
use crate::verdicts::runs::walk::{Collect, Seen};

/// Accesses of people by principal and object: inside the hours as a number, outside with their records.
pub(super) struct Outside<'a> {
    given: Given<'a>,
    outside: Vec<bool>,
    of: FxHashMap<(u32, u32), Hours>,
}

#[derive(Default)]
struct Hours {
    inside: u64,
    count: u64,
    outside: Kept,
}

impl<'a> Outside<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        Outside { given, outside: vec![false; given.ledger.shapes.len()], of: FxHashMap::default() }
    }

    pub(super) fn list(self) -> Vec<Pattern> {
        let given = self.given;
        let Some(calendar) = &given.audit.file.calendar else { return Vec::new() };
        let declared = declared(calendar);
        let sorted: BTreeMap<(u32, u32), Hours> = self.of.into_iter().collect();
        let told = sorted.into_iter().filter_map(|((_, object), hours)| {
            let about = hours.outside.about();
            Some(Pattern {
                kind: Kind::OutsideHours,
                what: What::Object(given.objects.raw(object)?),
                count: hours.count,
                times: about.times?,
                rule: format!("accesses outside the declared hours: {declared}"),
                baseline: format!(
                    "inside the declared hours, in this window: {} accesses to this object by this person",
                    hours.inside
                ),
                proven: None,
                about,
            })
        });
        told.collect()
    }
}

/// The hours as audit.toml declares them.
fn declared(calendar: &CalendarSection) -> String {
    let days: Vec<&str> = calendar.days.iter().map(|day| day.as_ref().as_str()).collect();
    let texts = [&calendar.from, &calendar.to, &calendar.zone].map(|text| text.as_ref().as_str());
    let [from, to, zone] = texts;
    let holidays = match calendar.holidays.len() {
        0 => String::new(),
        1 => ", 1 holiday left out".to_owned(),
        some => format!(", {some} holidays left out"),
    };
    format!("{} from {from} to {to}, {zone}{holidays}", days.join(" "))
}

impl<'a> Collect<'a> for Outside<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let told = seen.shape.standing.hours;
        if let Some(slot) = self.outside.get_mut(number) {
            *slot = told == Told::Outside;
        }
        seen.human() && matches!(told, Told::Inside | Told::Outside)
    }

    fn take(&mut self, at: At<'a>) {
        let seen = at.seen();
        let object = self.given.objects.of(seen.shape);
        if object == NOTHING {
            return;
        }
        let hours = self.of.entry((seen.principal, object)).or_default();
        if self.outside.get(seen.shape as usize).copied().unwrap_or(false) {
            hours.count += 1;
            hours.outside.take(seen);
        } else {
            hours.inside += 1;
        }
    }
}
