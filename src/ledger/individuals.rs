//! How far accesses lead to individuals, and how they stand to the roster. Comes in: accesses by caller, resolutions, the
//! roster. Goes out: counts by grade that add up to all accesses, what of the roster matched what, who is on no roster.
//! It judges nothing.

use std::collections::BTreeMap;

use super::{Ledger, row::NO_TIME};
use crate::clock::Seconds;
use crate::identities::roster::{How, identities};
use crate::identities::{Grade, Reason, Resolution, Roster, Who};

/// Accesses of one caller, person or text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Accesses in the window.
    pub accesses: u64,
    /// First time.
    pub first: Option<Seconds>,
    /// Last time.
    pub last: Option<Seconds>,
    /// Before the day on which the person joined.
    pub before_joining: u64,
    /// After the last day of the person.
    pub after_leaving: u64,
}

impl Used {
    fn add(&mut self, other: &Used) {
        self.accesses += other.accesses;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.before_joining += other.before_joining;
        self.after_leaving += other.after_leaving;
    }
}

/// Accesses by caller, while they are counted.
pub struct Uses {
    used: Vec<Used>,
    /// When the person behind each caller joined and left.
    employed: Vec<(Seconds, Seconds)>,
}

impl Uses {
    /// None yet.
    pub fn new(resolutions: &[Resolution], roster: &Roster) -> Uses {
        let employed = |resolution: &Resolution| {
            let row = match resolution.who {
                Who::Person(row) => roster.row(row),
                _ => None,
            };
            let (joined, left) = row.map_or((None, None), |row| (row.joined, row.left));
            (joined.unwrap_or(Seconds::MIN), left.unwrap_or(Seconds::MAX))
        };
        Uses {
            used: vec![Used::default(); resolutions.len()],
            employed: resolutions.iter().map(employed).collect(),
        }
    }

    /// Counts an access.
    pub fn add(&mut self, caller: u32, time: Seconds) {
        let place = caller as usize;
        let (Some(used), Some((joined, left))) = (self.used.get_mut(place), self.employed.get(place)) else {
            return;
        };
        let known = (time != NO_TIME).then_some(time);
        used.add(&Used {
            accesses: 1,
            first: known,
            last: known,
            before_joining: u64::from(known.is_some_and(|time| time < *joined)),
            after_leaving: u64::from(known.is_some_and(|time| time > *left)),
        });
    }

    /// Accesses of each caller.
    pub fn finish(self) -> Vec<Used> {
        self.used
    }
}

/// A text of the logs that stands for a person of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Row of the roster.
    pub row: u32,
    /// The identity as the roster writes it.
    pub written: String,
    /// The text as logged; empty when the logs never name this identity.
    pub logged: String,
    /// How both are equal; nothing when the identity is not used.
    pub how: Option<How>,
    /// Accesses that lead to the person by it.
    pub used: Used,
}

/// How far accesses lead to individuals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Individuals {
    /// Accesses by grade.
    pub grades: BTreeMap<Grade, u64>,
    /// Accesses given to a person of the roster although only the caller's own claim names that person.
    pub guessed: u64,
    /// Accesses of each person of the roster, by row.
    pub people: Vec<Used>,
    /// Every identity of the roster and what it matched; rows in order.
    pub identities: Vec<Matched>,
    /// Names that are on no roster: place among the principals, and their accesses.
    pub unmatched: BTreeMap<u32, Used>,
}

impl Individuals {
    /// Counts what a ledger holds.
    pub fn of(ledger: &Ledger) -> Individuals {
        let roster = &ledger.roster;
        let mut found =
            Individuals { people: vec![Used::default(); roster.rows.len()], ..Individuals::default() };
        let mut by_text: BTreeMap<(u32, &str), Used> = BTreeMap::new();
        let callers = ledger.resolutions.iter().zip(&ledger.principal_of).zip(&ledger.used);
        for ((resolution, principal), used) in callers.filter(|(_, used)| used.accesses > 0) {
            *found.grades.entry(resolution.grade).or_insert(0) += used.accesses;
            found.guessed += if is_guess(resolution) { used.accesses } else { 0 };
            match &resolution.who {
                Who::Person(row) => {
                    by_text.entry((*row, &resolution.matched)).or_default().add(used);
                    if let Some(person) = found.people.get_mut(*row as usize) {
                        person.add(used);
                    }
                }
                Who::Named(_) if resolution.reason == Reason::NotOnRoster => {
                    found.unmatched.entry(*principal).or_default().add(used);
                }
                _ => {}
            }
        }
        found.identities = matches(roster, by_text);
        found
    }

    /// All accesses.
    pub fn accesses(&self) -> u64 {
        self.grades.values().sum()
    }

    /// Accesses of some grades.
    pub fn of_grades(&self, grades: &[Grade]) -> u64 {
        grades.iter().filter_map(|grade| self.grades.get(grade)).sum()
    }

    /// People of the roster with accesses in the window.
    pub fn seen(&self) -> u64 {
        self.people.iter().filter(|used| used.accesses > 0).count() as u64
    }
}

/// A person whom no record or directory names.
fn is_guess(resolution: &Resolution) -> bool {
    let claim = matches!(resolution.reason, Reason::SessionNameOnly | Reason::ClaimedName);
    matches!(resolution.who, Who::Person(_)) && (claim || resolution.grade > Grade::B)
}

/// Every identity of the roster, with each text that stands for it or as unused.
fn matches(roster: &Roster, by_text: BTreeMap<(u32, &str), Used>) -> Vec<Matched> {
    let mut list = Vec::new();
    for ((row, logged), used) in by_text {
        let spelt = roster.spelt(row, logged);
        let written = spelt.map_or_else(String::new, |(written, _)| written.to_owned());
        list.push(Matched { row, written, logged: logged.to_owned(), how: spelt.map(|(_, how)| how), used });
    }
    let mut all = list.clone();
    for (row, person) in (0_u32..).zip(&roster.rows) {
        for written in identities(person) {
            if !list.iter().any(|matched| matched.row == row && matched.written == written) {
                let (written, logged) = (written.to_owned(), String::new());
                all.push(Matched { row, written, logged, how: None, used: Used::default() });
            }
        }
    }
    all.sort_by(|a, b| (a.row, &a.written, &a.logged).cmp(&(b.row, &b.written, &b.logged)));
    all.dedup_by(|a, b| (a.row, &a.written, &a.logged) == (b.row, &b.written, &b.logged));
    all
}

/// Tenths of a percent that add up to a thousand: largest remainders are rounded up, and nothing that is there is shown
/// as nothing. All zero when there is nothing.
pub fn tenths<const N: usize>(counts: [u64; N]) -> [u64; N] {
    let all: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    let mut shares = [0_u64; N];
    if all == 0 {
        return shares;
    }
    let mut remainders = Vec::new();
    for (place, (share, count)) in shares.iter_mut().zip(counts).enumerate() {
        let exact = u128::from(count) * 1_000;
        let whole = u64::try_from(exact / all).unwrap_or(1_000);
        *share = whole.max(u64::from(count > 0));
        remainders.push((std::cmp::Reverse(exact % all), place));
    }
    remainders.sort();
    let sum: u64 = shares.iter().sum();
    let short = usize::try_from(1_000_u64.saturating_sub(sum)).unwrap_or(0);
    for (_, place) in remainders.iter().filter(|(rest, _)| rest.0 > 0).take(short) {
        if let Some(share) = shares.get_mut(*place) {
            *share += 1;
        }
    }
    let over = shares.iter().sum::<u64>().saturating_sub(1_000);
    if let Some(largest) = shares.iter_mut().max() {
        *largest -= over;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_hide_nothing() {
        assert_eq!(tenths([982, 11, 7]), [982, 11, 7]);
        assert_eq!(tenths([1, 1, 1]), [334, 333, 333]);
        assert_eq!(tenths([1_000_000, 1, 0]), [999, 1, 0], "one access is not nothing");
        assert_eq!(tenths([999_996, 2, 2]), [998, 1, 1]);
        assert_eq!(tenths([0, 0, 5]), [0, 0, 1_000]);
        assert_eq!(tenths([0, 0, 0]), [0, 0, 0]);
        assert_eq!(tenths([u64::MAX, u64::MAX]), [500, 500]);
        for seed in 0..2_000_u64 {
            let part = |by: u64| (seed * 2_654_435_761 / by) % 977;
            let counts = [part(7), part(31), part(113)];
            if counts.iter().sum::<u64>() > 0 {
                assert_eq!(tenths(counts).iter().sum::<u64>(), 1_000, "{counts:?}");
            }
        }
    }

    #[test]
    fn a_person_whom_only_a_claim_names_would_count_as_guessed() {
        let caller = crate::identities::Caller::default();
        let of = |who, grade, reason| Resolution::of(who, grade, reason, &caller);
        assert!(is_guess(&of(Who::Person(0), Grade::A, Reason::SessionNameOnly)));
        assert!(is_guess(&of(Who::Person(0), Grade::E, Reason::IssuanceNotFound)));
        assert!(!is_guess(&of(Who::Person(0), Grade::A, Reason::Issuance)));
        assert!(!is_guess(&of(Who::Named("x".to_owned()), Grade::B, Reason::SessionNameOnly)));
    }
}
