//! What all patterns share: the run, the span that shows what is usual, objects by number, hours proven before a time.

use rustc_hash::FxHashMap;

use crate::audit::Audit;
use crate::audit::scope::Table;
use crate::audit::sections::PatternsSection;
use crate::clock::{DAY, HOUR, Seconds};
use crate::coverage::{Class, Coverage, Strip};
use crate::events::{ObjectKind, keys};
use crate::ledger::Ledger;
use crate::ledger::shape::RawShape;

/// No object, network or table.
pub(super) const NOTHING: u32 = u32::MAX;

/// Everything that patterns are found in.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) coverage: &'a Coverage,
    pub(super) audit: &'a Audit,
    pub(super) objects: &'a Objects,
    pub(super) settings: &'a PatternsSection,
    /// Length of the span at the start of the window that shows what is usual.
    pub(super) baseline: Seconds,
}

impl<'a> Given<'a> {
    pub(super) fn new(
        ledger: &'a Ledger,
        coverage: &'a Coverage,
        audit: &'a Audit,
        objects: &'a Objects,
    ) -> Self {
        let settings = &audit.file.patterns;
        let stated = i64::from(settings.baseline_days.get()) * DAY;
        let baseline = stated.min((audit.to - audit.from) / 2);
        Given { ledger, coverage, audit, objects, settings, baseline }
    }

    /// Whether a time lies behind the span that shows what is usual.
    pub(super) fn is_new(&self, first: Seconds) -> bool {
        first >= self.audit.from + self.baseline
    }

    /// Time from the start of the window.
    pub(super) fn before(&self, time: Seconds) -> String {
        days(time - self.audit.from)
    }
}

/// A length of time in days, in hours when they are not whole.
pub(super) fn days(length: Seconds) -> String {
    let plural = |number: i64, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    match (length / DAY, length % DAY / HOUR) {
        (0, 0) => "less than an hour".to_owned(),
        (0, hours) => plural(hours, "hour"),
        (days, 0) => plural(days, "day"),
        (days, hours) => format!("{} and {}", plural(days, "day"), plural(hours, "hour")),
    }
}

/// Objects by number: what shapes touch, whatever else tells them apart.
pub(super) struct Objects {
    of_shape: Vec<u32>,
    /// A shape that names each.
    first: Vec<RawShape>,
}

impl Objects {
    pub(super) fn new(ledger: &Ledger) -> Objects {
        let mut places: FxHashMap<(ObjectKind, [u32; 4]), u32> = FxHashMap::default();
        let mut objects = Objects { of_shape: Vec::with_capacity(ledger.shapes.len()), first: Vec::new() };
        for shape in &ledger.shapes {
            let place = ledger.raw(shape).filter(|raw| !keys::is_hidden(ledger.name(raw.object_name)));
            let place = place.map_or(NOTHING, |raw| {
                let nameless = ledger.name(raw.object_name).is_empty();
                let service = if nameless { raw.source } else { 0 };
                let key = [raw.object_account, raw.object_region, raw.object_name, service];
                *places.entry((raw.object_kind, key)).or_insert_with(|| {
                    objects.first.push(*raw);
                    u32::try_from(objects.first.len() - 1).unwrap_or(NOTHING)
                })
            });
            objects.of_shape.push(place);
        }
        objects
    }

    /// Object of a shape.
    pub(super) fn of(&self, shape: u32) -> u32 {
        self.of_shape.get(shape as usize).copied().unwrap_or(NOTHING)
    }

    /// A shape that names an object.
    pub(super) fn raw(&self, object: u32) -> Option<RawShape> {
        self.first.get(object as usize).copied()
    }
}

/// How many hours of some strips are proven up to each hour of the window.
pub(super) struct Proven {
    from: Seconds,
    strips: u64,
    up_to: Vec<u64>,
}

impl Proven {
    /// Over these strips.
    fn of<'s>(coverage: &Coverage, strips: impl Iterator<Item = &'s Strip>) -> Proven {
        let mut hours: Vec<u64> = Vec::new();
        let mut count = 0;
        for strip in strips {
            count += 1;
            hours.resize(hours.len().max(strip.states.len()), 0);
            hours
                .iter_mut()
                .zip(&strip.states)
                .for_each(|(hour, state)| *hour += u64::from(state.is_proven()));
        }
        let mut sum = 0;
        let up_to = std::iter::once(0).chain(hours.into_iter().map(|hour| {
            sum += hour;
            sum
        }));
        Proven { from: coverage.from, strips: count, up_to: up_to.collect() }
    }

    /// Over reads and writes of a table.
    pub(super) fn of_table(coverage: &Coverage, table: &Table) -> Proven {
        let here = |strip: &&Strip| {
            matches!(strip.class, Class::Read | Class::Write)
                && (&strip.account, &strip.region, &strip.table)
                    == (&table.account, &table.region, &table.name)
        };
        Proven::of(coverage, coverage.strips.iter().filter(here))
    }

    /// Over everything declared.
    pub(super) fn of_all(coverage: &Coverage) -> Proven {
        Proven::of(coverage, coverage.strips.iter())
    }

    /// Hours proven in a span and hours in all, in words, and whether they are all.
    pub(super) fn words(&self, (from, to): (Seconds, Seconds), of: &str) -> (String, bool) {
        let place = |time: Seconds| usize::try_from((time - self.from).div_euclid(HOUR)).unwrap_or(0);
        let (first, end) = (place(from), place(to + HOUR - 1));
        let at = |hour: usize| self.up_to.get(hour).or(self.up_to.last()).copied().unwrap_or(0);
        let proven = at(end).saturating_sub(at(first));
        let all = (end.saturating_sub(first)) as u64 * self.strips;
        let whole = proven == all && all > 0;
        let words = if whole { "" } else { ": the baseline is not proven" };
        (format!("{proven} of {all} hours of {of} in that time are proven to be logged{words}"), whole)
    }
}
