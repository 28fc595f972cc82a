//! What `judge(run)` sees, and for each object of it the records behind it. Comes in: ledger, coverage, audit and which
//! lists the tests read. Goes out: [`RunFacts`]. One walk over the ledger collects for all lists together; a list that
//! no test reads is not made. Nothing here depends on the order of files.

pub mod about;
mod accounts;
pub(crate) mod bulk;
pub(crate) mod bursts;
mod classes;
mod configurations;
pub(crate) mod credentials;
mod failures;
mod identities;
mod leavers;
mod logging;
mod persons;
mod places;
mod reused;
mod reviews;
mod saved;
mod subjects;
pub(crate) mod walk;
mod witnesses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::TestPlace;
use crate::audit::Audit;
use crate::clock::rfc3339;
use crate::coverage::Coverage;
use crate::events::Kind;
use crate::gaps::GapKind;
use crate::ledger::Ledger;
use crate::rules::{self, List};
pub use about::About;
use accounts::AccountEvents;
use bulk::{Most, Touches};
use bursts::Refusals;
pub(super) use configurations::given as describes;
use logging::LoggingRows;
use walk::Collect;

/// Everything that lists are made from.
#[derive(Clone, Copy)]
struct Given<'a> {
    ledger: &'a Ledger,
    coverage: &'a Coverage,
    audit: &'a Audit,
}

/// The pauses that a pack sets for its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes {
    /// The pause that ends a cluster of refusals.
    pub burst: i64,
    /// The length of a stretch of reading, writing or deleting.
    pub bulk: i64,
}

impl Default for Minutes {
    fn default() -> Self {
        Minutes { burst: 60, bulk: 60 }
    }
}

impl Minutes {
    /// As the settings of a test's pack say; one hour where they say nothing.
    pub fn of(place: &TestPlace<'_>) -> Minutes {
        let usual = Minutes::default();
        let stated = |name: &str, usual: i64| match place.control.settings.get(name) {
            Some(rules::Setting::Number(minutes)) => (*minutes).max(1),
            _ => usual,
        };
        Minutes { burst: stated("burst_minutes", usual.burst), bulk: stated("bulk_minutes", usual.bulk) }
    }
}

/// A run as the tests of one pack see it.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// For rules.
    pub run: rules::Run,
    about: BTreeMap<List, Arc<[About]>>,
}

impl View {
    /// The records behind the objects of a list, in their order.
    pub fn about(&self, list: List) -> &[About] {
        self.about.get(&list).map_or(&[], |list| list)
    }
}

/// The run as rules see it: once for each pair of pauses that packs set.
#[derive(Debug, Default)]
pub struct RunFacts {
    base: View,
    views: BTreeMap<Minutes, View>,
}

impl RunFacts {
    /// The run as a test sees it.
    pub fn of(&self, place: &TestPlace<'_>) -> &View {
        self.views.get(&Minutes::of(place)).unwrap_or(&self.base)
    }

    /// What all tests see alike: everything but clusters and stretches.
    pub fn base(&self) -> &View {
        &self.base
    }
}

/// Puts the run together, with the lists that these tests read.
pub fn facts(ledger: &Ledger, coverage: &Coverage, audit: &Audit, tests: &[TestPlace<'_>]) -> RunFacts {
    let mut lists: BTreeSet<List> = tests.iter().flat_map(|place| place.test.lists()).copied().collect();
    let minutes = tests.iter().map(Minutes::of).collect();
    // The documents show these whatever the tests read.
    lists.extend([List::Coverage, List::LoggingChanges]);
    make(Given { ledger, coverage, audit }, &lists, &minutes)
}

/// What the walk collects; each part only where a list needs it.
struct Collected<'a> {
    logging: LoggingRows<'a>,
    refusals: Option<Refusals<'a>>,
    touches: Option<Touches<'a>>,
    files: Option<places::FilePlaces<'a>>,
    accounts: Option<AccountEvents<'a>>,
    uses: Option<leavers::UsesAfter<'a>>,
    identities: Option<identities::Uses<'a>>,
    credentials: Option<credentials::Uses<'a>>,
    persons: Option<persons::Acts<'a>>,
    witnesses: Option<witnesses::KeyUses<'a>>,
    subjects: Option<subjects::Touches<'a>>,
}

impl<'a> Collected<'a> {
    fn new(given: Given<'a>, lists: &BTreeSet<List>) -> Self {
        let any = |wanted: &[List]| wanted.iter().any(|list| lists.contains(list));
        let (ledger, audit) = (given.ledger, given.audit);
        Collected {
            logging: LoggingRows::default(),
            refusals: any(&[List::Bursts]).then(|| Refusals::new(ledger, &audit.scope)),
            touches: any(&[List::BulkReads, List::BulkWrites]).then(|| Touches::new(ledger, &audit.scope)),
            files: any(&[List::Places, List::Failures]).then(|| places::FilePlaces::new(ledger)),
            accounts: any(&[List::Leavers, List::Identities, List::Reused])
                .then(|| AccountEvents::new(ledger)),
            uses: any(&[List::Leavers]).then(|| leavers::UsesAfter::new(given)),
            identities: any(&[List::Identities]).then(|| identities::Uses::new(given)),
            credentials: any(&[List::Credentials]).then(|| credentials::Uses::new(ledger)),
            persons: any(&[List::Persons]).then(|| persons::Acts::new(given)),
            witnesses: any(&[List::Witnesses]).then(|| witnesses::KeyUses::new(ledger)),
            subjects: any(&[List::Subjects]).then(|| subjects::Touches::new(given)),
        }
    }

    fn walk(&mut self, ledger: &'a Ledger) {
        let mut all: Vec<&mut dyn Collect<'a>> = vec![&mut self.logging];
        all.extend(self.refusals.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.touches.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.files.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.accounts.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.uses.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.identities.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.credentials.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.persons.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.witnesses.as_mut().map(|part| part as &mut dyn Collect<'a>));
        all.extend(self.subjects.as_mut().map(|part| part as &mut dyn Collect<'a>));
        walk::walk(ledger, &mut all);
    }
}

/// A list with the records behind its objects.
struct Made<T>(Arc<[T]>, Arc<[About]>);

impl<T> From<Vec<(T, About)>> for Made<T> {
    fn from(pairs: Vec<(T, About)>) -> Self {
        let (objects, about): (Vec<T>, Vec<About>) = pairs.into_iter().unzip();
        Made(objects.into(), about.into())
    }
}

impl View {
    fn put<T>(&mut self, list: List, made: Vec<(T, About)>, slot: fn(&mut rules::Run) -> &mut Arc<[T]>) {
        let Made(objects, about) = made.into();
        *slot(&mut self.run) = objects;
        self.about.insert(list, about);
    }
}

fn make(given: Given<'_>, lists: &BTreeSet<List>, minutes: &BTreeSet<Minutes>) -> RunFacts {
    let mut collected = Collected::new(given, lists);
    collected.walk(given.ledger);
    let mut base = View { run: totals(given), about: BTreeMap::new() };
    for list in lists {
        fill(&mut base, *list, given, &mut collected);
    }
    let mut views = BTreeMap::new();
    for pauses in minutes {
        let mut view = base.clone();
        if let Some(refusals) = &collected.refusals {
            view.put(List::Bursts, refusals.list(pauses.burst * 60), |run| &mut run.bursts);
        }
        if let Some(touches) = &collected.touches {
            let list = |kinds: &[Kind]| touches.list(pauses.bulk * 60, kinds, Most::Keys);
            view.put(List::BulkReads, list(&[Kind::Read]), |run| &mut run.bulk_reads);
            view.put(List::BulkWrites, list(&[Kind::Write, Kind::Delete]), |run| &mut run.bulk_writes);
        }
        views.insert(*pauses, view);
    }
    RunFacts { base, views }
}

/// Makes one list from what was collected.
fn fill<'a>(view: &mut View, list: List, given: Given<'a>, from: &mut Collected<'a>) {
    let accounts = || from.accounts.as_ref().map_or(&[][..], |events| &events.list);
    match list {
        List::Coverage => view.put(list, logging::strips(given), |run| &mut run.coverage),
        List::LoggingChanges => {
            view.put(list, logging::changes(given, &from.logging), |run| &mut run.logging_changes);
        }
        // They depend on the pauses of a pack.
        List::Bursts | List::BulkReads | List::BulkWrites => {}
        List::Places => view.put(list, places::list(given, from.files.as_ref()), |run| &mut run.places),
        List::Failures => {
            let made = failures::list(given, &from.logging, from.files.as_ref());
            view.put(list, made, |run| &mut run.failures);
        }
        List::Reviews => view.put(list, reviews::list(given.audit), |run| &mut run.reviews),
        List::ReviewPeriods => {
            view.put(list, reviews::periods(given.audit), |run| &mut run.review_periods);
        }
        List::Leavers => {
            let made = from.uses.as_ref().map(|uses| uses.list(accounts())).unwrap_or_default();
            view.put(list, made, |run| &mut run.leavers);
        }
        List::Identities => {
            let events = from.accounts.take();
            let known = events.as_ref().map_or(&[][..], |events| &events.list);
            let made = from.identities.as_mut().map(|uses| uses.list(known)).unwrap_or_default();
            from.accounts = events;
            view.put(list, made, |run| &mut run.identities);
        }
        List::Credentials => {
            let made = from.credentials.as_mut().map(credentials::Uses::list).unwrap_or_default();
            view.put(list, made, |run| &mut run.credentials);
        }
        List::Persons => {
            let made = from.persons.as_ref().map(persons::Acts::list).unwrap_or_default();
            view.put(list, made, |run| &mut run.persons);
        }
        List::Witnesses => {
            let made = from.witnesses.as_mut().map(|uses| uses.list(given)).unwrap_or_default();
            view.put(list, made, |run| &mut run.witnesses);
        }
        List::Configurations => {
            view.put(list, configurations::list(given.audit), |run| &mut run.configurations);
        }
        List::Subjects => {
            let made = from.subjects.as_ref().map(subjects::Touches::list).unwrap_or_default();
            view.put(list, made, |run| &mut run.subjects);
        }
        List::EventClasses => view.put(list, classes::list(given), |run| &mut run.event_classes),
        List::Reused => {
            view.put(list, reused::list(given.ledger, accounts()), |run| &mut run.reused);
        }
    }
}

fn totals(given: Given<'_>) -> rules::Run {
    let (ledger, audit) = (given.ledger, given.audit);
    let kind = |kind: &str| count(ledger.principals.iter().filter(|one| one.kind == kind).count());
    let conflicts = ledger.gaps.iter().filter(|gap| gap.kind == GapKind::Conflict).map(|gap| gap.count);
    rules::Run {
        from: rfc3339(audit.from),
        to: rfc3339(audit.to),
        as_of: rfc3339(audit.as_of),
        hours: number(audit.hours()),
        records: number(ledger.boxes.parsed),
        accesses: number(ledger.accesses()),
        people: kind("person"),
        workloads: kind("workload"),
        lost: number(ledger.lost()),
        conflicts: number(conflicts.sum()),
        files: count(ledger.files.len()),
        whole_second_times: number(ledger.boxes.whole_seconds),
        retention_days: days(audit.scope.retention_days),
        online_days: days(audit.scope.online_days),
        ..rules::Run::default()
    }
}

/// A count as rules hold it.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A number of days that audit.toml may state.
fn days(stated: Option<u32>) -> i64 {
    stated.map_or(-1, i64::from)
}

/// A length as rules hold it.
fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
