//! Identities of the roster, of [principals] and of the log, with the days on which they were used.

use std::collections::{BTreeMap, BTreeSet};

use super::Given;
use super::about::{About, At, Kept};
use super::accounts::{AccountEvent, Done, normal};
use super::walk::{Collect, Seen};
use crate::audit::Audit;
use crate::clock::{DAY, HOUR, Seconds};
use crate::events::{Outcome, arn};
use crate::identities::{Caller, CallerType, Grade, Resolution, Who};
use crate::rules;

/// One identity.
#[derive(Default)]
struct Known {
    name: String,
    kind: &'static str,
    /// Who stands behind it: empty texts and several are nobody in particular.
    people: BTreeSet<String>,
    human: bool,
    /// Spellings under which calls name it.
    spellings: BTreeSet<String>,
    joined: Option<Seconds>,
    times: Vec<Seconds>,
    /// Times of the uses that were not refused.
    accepted: Vec<Seconds>,
    uses: i64,
    kept: Kept,
}

/// Identities and their uses.
pub(super) struct Uses<'a> {
    given: Given<'a>,
    known: Vec<Known>,
    places: BTreeMap<String, u32>,
    of_caller: Vec<u32>,
    /// Shapes of refused calls.
    refused: Vec<bool>,
}

impl<'a> Uses<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        let mut uses = Uses {
            given,
            known: Vec::new(),
            places: BTreeMap::new(),
            of_caller: Vec::new(),
            refused: vec![false; given.ledger.shapes.len()],
        };
        uses.of_roster();
        uses.of_lists();
        for (caller, resolution) in given.ledger.callers.iter().zip(&given.ledger.resolutions) {
            let place = uses.of_caller(caller, resolution).unwrap_or(u32::MAX);
            uses.of_caller.push(place);
        }
        uses
    }

    fn add(&mut self, key: String, name: &str, kind: &'static str) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(key.clone()).or_insert(next);
        if place == next {
            let spellings = BTreeSet::from([key, normal(name)]);
            self.known.push(Known { name: name.to_owned(), kind, spellings, ..Known::default() });
        }
        place
    }

    /// People of the roster; who left before the window is past having an identity.
    fn of_roster(&mut self) {
        let from = self.given.audit.from;
        for row in self.given.ledger.roster.rows.iter().filter(|row| row.left.is_none_or(|left| left > from))
        {
            let (arns, names): (Vec<&String>, Vec<&String>) =
                row.identities.iter().partition(|identity| identity.starts_with("arn:"));
            let mut places: Vec<u32> =
                arns.into_iter().map(|arn| self.add(normal(arn), arn, kind_of(arn))).collect();
            if let Some(first) = names.first() {
                let place = self.add(person_key(&row.id), first, "identity-center");
                let spellings = names.iter().map(|name| normal(name));
                if let Some(known) = self.known.get_mut(place as usize) {
                    known.spellings.extend(spellings);
                }
                places.push(place);
            }
            for place in places {
                if let Some(known) = self.known.get_mut(place as usize) {
                    known.people.insert(row.id.clone());
                    known.human = true;
                    known.joined = row.joined;
                }
            }
        }
    }

    /// ARNs of [principals] that name one identity.
    fn of_lists(&mut self) {
        let Some(lists) = &self.given.audit.file.principals else {
            return;
        };
        let all = [
            &lists.privileged,
            &lists.break_glass,
            &lists.shared,
            &lists.log_readers,
            &lists.log_admins,
            &lists.key_admins,
            &lists.direct_query,
            &lists.dual_duty,
            &lists.watched,
        ];
        for arn in all.into_iter().flatten().flatten() {
            let one = !arn.contains('*') && matches!(kind_of(arn), "iam-user" | "role");
            if one {
                let new = !self.places.contains_key(&normal(arn));
                let place = self.add(normal(arn), arn, kind_of(arn));
                let human = self.given.audit.scope.workload(arn).is_none();
                if let Some(known) = self.known.get_mut(place as usize).filter(|_| new) {
                    known.human = human;
                }
            }
        }
    }

    /// The identity of a caller; `None` for services, root, other accounts and names that were only claimed.
    fn of_caller(&mut self, caller: &Caller, resolution: &Resolution) -> Option<u32> {
        if resolution.grade == Grade::S || caller.is_root() || caller.service().is_some() {
            return None;
        }
        let place = match caller.kind {
            CallerType::RoleSession if caller.is_identity_center_role() => {
                self.directory(resolution, caller.session_name())
            }
            CallerType::RoleSession => {
                let role = caller.role_or_user();
                role.starts_with("arn:").then(|| self.add(normal(&role), &role, "role"))?
            }
            CallerType::IamUser if !caller.arn.is_empty() => {
                self.add(normal(&caller.arn), &caller.arn, "iam-user")
            }
            CallerType::Saml | CallerType::WebIdentity | CallerType::IdentityCenter => {
                let name =
                    if caller.on_behalf_of.is_empty() { caller.subject() } else { &caller.on_behalf_of };
                self.directory(resolution, name)
            }
            CallerType::Federated if !caller.arn.is_empty() => {
                self.add(normal(&caller.arn), &caller.arn, "other")
            }
            _ => return None,
        };
        let person = crate::verdicts::fields::who_id(self.given.ledger, &resolution.who);
        let known = self.known.get_mut(place as usize)?;
        known.people.insert(person);
        known.human |= !matches!(resolution.who, Who::Workload(_)) || resolution.interactive;
        Some(place)
    }

    /// The directory identity of a person of the roster, or of a name that is on none.
    fn directory(&mut self, resolution: &Resolution, name: &str) -> u32 {
        match resolution.who {
            Who::Person(row) => {
                let id = self.given.ledger.roster.row(row).map(|row| row.id.clone()).unwrap_or_default();
                self.add(person_key(&id), name, "identity-center")
            }
            _ => self.add(normal(name), name, "identity-center"),
        }
    }

    /// All of them, by name.
    pub(super) fn list(&mut self, accounts: &[AccountEvent<'a>]) -> Vec<(rules::Identity, About)> {
        let mut by_spelling: BTreeMap<String, Vec<&AccountEvent<'a>>> = BTreeMap::new();
        for event in accounts {
            by_spelling.entry(normal(event.object)).or_default().push(event);
        }
        let given = self.given;
        let mut list: Vec<(rules::Identity, About)> = self
            .known
            .iter_mut()
            .map(|known| {
                let mine = known.spellings.iter().filter_map(|spelling| by_spelling.get(spelling)).flatten();
                let mut mine: Vec<&AccountEvent<'a>> = mine.copied().collect();
                mine.sort_by_key(|event| event.time);
                identity(given, known, &mine)
            })
            .collect();
        list.sort_by(|a, b| (&a.0.name, &a.0.person).cmp(&(&b.0.name, &b.0.person)));
        list
    }
}

fn person_key(id: &str) -> String {
    format!("person {id}")
}

fn kind_of(identity: &str) -> &'static str {
    match arn::parse(identity).map(|arn| arn.resource) {
        Some(resource) if resource.starts_with("user/") => "iam-user",
        Some(resource) if resource.starts_with("role/") => "role",
        Some(_) => "other",
        None => "identity-center",
    }
}

fn identity<'a>(
    given: Given<'a>,
    known: &mut Known,
    events: &[&AccountEvent<'a>],
) -> (rules::Identity, About) {
    let (audit, scope) = (given.audit, &given.audit.scope);
    known.times.sort_unstable();
    known.accepted.sort_unstable();
    let first = known.times.first().copied();
    let created = events.iter().filter(|event| event.done == Done::Created).map(|event| event.time);
    // A use before the creation was one of another identity of the same name, and could have been seen.
    let created = created.max().filter(|created| first.is_none_or(|first| first >= *created));
    let reach = Reach::new(
        audit.from.max(known.joined.unwrap_or(audit.from)).max(created.unwrap_or(audit.from)),
        audit.to,
    );
    let last = known.times.last().copied();
    let ends = || events.iter().filter(|event| matches!(event.done, Done::Removed | Done::Disabled));
    let closed: Vec<Seconds> = ends().map(|event| event.time).collect();
    let end =
        ends().filter(|event| last.is_none_or(|last| event.time >= last)).min_by_key(|event| event.time);
    let since = last.unwrap_or(reach.start);
    let mut people = known.people.iter();
    let person = people.next().filter(|_| people.next().is_none()).cloned().unwrap_or_default();
    let identity = rules::Identity {
        name: known.name.clone(),
        person,
        kind: known.kind.to_owned(),
        human: known.human,
        privileged: scope.privileged.holds(&known.name),
        break_glass: scope.break_glass.holds(&known.name),
        uses: known.uses,
        last_use_days: last.map_or(-1, |last| (audit.to - last) / DAY),
        longest_gap_days: reach.longest_gap(&known.times),
        reach_days: reach.days(),
        disabled: end.is_some(),
        disabled_after_hours: end.map_or(-1, |end| ((end.time - since).max(0) + HOUR - 1) / HOUR),
        open_pause_hours: open_pause(&known.accepted, &closed),
        reviewed: known.uses == 0 || reviewed(audit, last),
    };
    let about = known.kept.about().with_things(vec![known.name.clone()]);
    let about = about.or_times((reach.start, audit.to));
    (identity, about)
}

/// The longest time in hours between two of these uses that follow each other, without a call between them that closes
/// the identity; both sorted.
fn open_pause(uses: &[Seconds], closed: &[Seconds]) -> i64 {
    let open = uses.iter().zip(uses.iter().skip(1)).filter(|(from, to)| {
        let place = closed.partition_point(|time| time < *from);
        closed.get(place).is_none_or(|time| time > *to)
    });
    open.map(|(from, to)| (to - from + HOUR - 1) / HOUR).max().unwrap_or(-1)
}

/// Whether somebody reviewed after the last use.
fn reviewed(audit: &Audit, last: Option<Seconds>) -> bool {
    let dates = audit.reviews.iter().flatten().map(|review| review.date);
    last.is_some_and(|last| dates.filter(|date| *date <= audit.as_of).any(|date| date > last))
}

/// The days in which an identity could have been used and seen.
struct Reach {
    start: Seconds,
    first: i64,
    end: i64,
}

impl Reach {
    fn new(start: Seconds, to: Seconds) -> Reach {
        let end = (to + DAY - 1).div_euclid(DAY);
        Reach { start: start.min(to), first: start.div_euclid(DAY).min(end), end }
    }

    fn days(&self) -> i64 {
        self.end - self.first
    }

    /// The longest run of days without any of these times, which are sorted.
    fn longest_gap(&self, times: &[Seconds]) -> i64 {
        let mut next = self.first;
        let mut longest = 0;
        for time in times {
            let day = time.div_euclid(DAY);
            longest = longest.max(day - next);
            next = next.max(day + 1);
        }
        longest.max(self.end - next)
    }
}

impl<'a> Collect<'a> for Uses<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        if let Some(slot) = self.refused.get_mut(number) {
            *slot = seen.raw.outcome == Outcome::Refused;
        }
        seen.who.grade != Grade::S
    }

    fn take(&mut self, at: At<'a>) {
        let place = self.of_caller.get(at.row.caller as usize).copied().unwrap_or(u32::MAX);
        if let Some(known) = self.known.get_mut(place as usize) {
            known.uses += 1;
            known.times.extend(at.time());
            if self.refused.get(at.row.shape as usize) == Some(&false) {
                known.accepted.extend(at.time());
            }
            known.kept.take(at.seen());
        }
    }
}
