//! First access of a person to a declared table, after the span that shows what is usual.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::given::{Given, Proven, days};
use super::{Kind, Pattern, What};
use crate::audit::scope::Table;
use crate::events::{self, ObjectKind, Outcome, Plane};
use crate::verdicts::runs::about::{At, Kept};
use crate::verdicts::runs::walk::{Collect, Seen};

/// Item accesses of people that were done, by principal and table.
pub(super) struct Firsts<'a> {
    given: Given<'a>,
    of: FxHashMap<(u32, u32), (u64, Kept)>,
}

impl<'a> Firsts<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        Firsts { given, of: FxHashMap::default() }
    }

    pub(super) fn list(self) -> Vec<Pattern> {
        let given = self.given;
        let mut proven: BTreeMap<u32, Proven> = BTreeMap::new();
        let sorted: BTreeMap<(u32, u32), (u64, Kept)> = self.of.into_iter().collect();
        let told = sorted.into_iter().filter_map(|((_, object), (count, kept))| {
            let about = kept.about();
            let times = about.times.filter(|times| given.is_new(times.0))?;
            let raw = given.objects.raw(object)?;
            let table = Table {
                account: given.ledger.name(raw.object_account).to_owned(),
                region: given.ledger.name(raw.object_region).to_owned(),
                name: given.ledger.name(raw.object_name).to_owned(),
            };
            let proven = proven.entry(object).or_insert_with(|| Proven::of_table(given.coverage, &table));
            let (words, whole) =
                proven.words((given.audit.from, times.0), "reading and writing of this table");
            Some(Pattern {
                kind: Kind::FirstOnTable,
                what: What::Object(raw),
                count,
                times,
                rule: format!(
                    "reads, writes or deletes of items that were done, on a declared table, the first of them {} or more after the window begins",
                    days(given.baseline)
                ),
                baseline: format!(
                    "in the {} of this window before: 0 accesses to this table by this person; {words}",
                    given.before(times.0)
                ),
                proven: Some(whole),
                about,
            })
        });
        told.collect()
    }
}

impl<'a> Collect<'a> for Firsts<'a> {
    fn wants(&mut self, _: usize, seen: &Seen<'a>) -> bool {
        let (raw, ledger) = (seen.raw, self.given.ledger);
        let item = raw.plane == Plane::Data
            && raw.object_kind == ObjectKind::Table
            && matches!(raw.kind, events::Kind::Read | events::Kind::Write | events::Kind::Delete);
        let name = |place| ledger.name(place);
        item && raw.outcome == Outcome::Done && seen.human() && {
            let place = (name(raw.object_account), name(raw.object_region), name(raw.object_name));
            self.given.audit.scope.data_class(place.0, place.1, place.2).is_some()
        }
    }

    fn take(&mut self, at: At<'a>) {
        if at.time().is_some() {
            let seen = at.seen();
            let key = (seen.principal, self.given.objects.of(seen.shape));
            let (count, kept) = self.of.entry(key).or_default();
            *count += 1;
            kept.take(seen);
        }
    }
}
