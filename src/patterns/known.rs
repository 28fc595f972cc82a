//! Patterns that rules know as lists of the run: bursts of refusals, stretches of reading, keys used from several
//! networks. What gathers them is the same; the thresholds are those of `[patterns]`.

use super::collect::{FromAddresses, People};
use super::given::Given;
use super::{Kind, Pattern, What};
use crate::events;
use crate::rules;
use crate::verdicts::runs::About;
use crate::verdicts::runs::bulk::{Most, Touches};
use crate::verdicts::runs::bursts::Refusals;
use crate::verdicts::runs::credentials::Uses;
use crate::verdicts::runs::walk::Collect;

/// The three gatherings.
pub(super) struct Known<'a> {
    given: Given<'a>,
    refusals: Refusals<'a>,
    reads: People<Touches<'a>>,
    keys: FromAddresses<Uses<'a>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        let (ledger, scope) = (given.ledger, &given.audit.scope);
        Known {
            given,
            refusals: Refusals::new(ledger, scope),
            reads: People(Touches::new(ledger, scope)),
            keys: FromAddresses(Uses::new(ledger)),
        }
    }

    /// As parts of the walk.
    pub(super) fn parts(&mut self) -> [&mut dyn Collect<'a>; 3] {
        [&mut self.refusals, &mut self.reads, &mut self.keys]
    }

    pub(super) fn list(mut self) -> Vec<Pattern> {
        let mut list = self.bursts();
        list.extend(self.stretches());
        list.extend(self.networks());
        list
    }

    fn bursts(&self) -> Vec<Pattern> {
        let (most, minutes) = (self.given.settings.burst_refusals, self.given.settings.burst_minutes);
        let bursts = self.refusals.list(i64::from(minutes.get()) * 60).into_iter();
        let enough = bursts.filter(|(burst, _)| burst.count >= i64::from(most.get()));
        let pattern = |(burst, about): (rules::Burst, About)| {
            Some(Pattern {
                kind: Kind::BurstOfRefusals,
                what: What::Anything,
                count: burst.count.unsigned_abs(),
                times: about.times?,
                rule: format!("{most} or more refused events with no pause of more than {minutes} minutes"),
                baseline: format!(
                    "no baseline: the rule counts within the burst, here {} in {} minutes",
                    burst.count, burst.minutes
                ),
                proven: None,
                about,
            })
        };
        enough.filter_map(pattern).collect()
    }

    /// Of each run of reads the stretch with the most keys, else the one with the most calls.
    fn stretches(&self) -> Vec<Pattern> {
        let settings = self.given.settings;
        let list = |most| {
            let length = i64::from(settings.bulk_minutes.get()) * 60;
            self.reads.0.list(length, &[events::Kind::Read], most)
        };
        let (keys, calls) = (i64::from(settings.bulk_keys.get()), i64::from(settings.bulk_calls.get()));
        let enough = |(by_keys, by_calls): ((rules::Bulk, About), (rules::Bulk, About))| {
            if by_keys.0.keys >= keys {
                Some((by_keys, "keys"))
            } else {
                (by_calls.0.events >= calls).then_some((by_calls, "calls"))
            }
        };
        // Both lists tell one stretch of each run, runs in the same order.
        let told = list(Most::Keys).into_iter().zip(list(Most::Calls)).filter_map(enough);
        told.filter_map(|((bulk, about), most)| self.stretch(&bulk, about, most)).collect()
    }

    fn stretch(&self, bulk: &rules::Bulk, about: About, most: &str) -> Option<Pattern> {
        let settings = self.given.settings;
        let raw = about.cited(self.given.ledger).first().and_then(|cited| {
            let (_, raw, _) = self.given.ledger.shape(&cited.row.0)?;
            Some(*raw)
        })?;
        Some(Pattern {
            kind: Kind::BulkReads,
            what: What::Object(raw),
            count: bulk.events.unsigned_abs(),
            times: about.times?,
            rule: format!(
                "reads of {} or more keys, or {} or more read calls, of one declared table by one person within {} minutes; told of each run of reads is the stretch with the most {most}",
                settings.bulk_keys, settings.bulk_calls, settings.bulk_minutes
            ),
            baseline: format!(
                "no baseline: the rule counts within the stretch, here {} keys named in {} calls within {} minutes; queries and scans do not list the items they return",
                bulk.keys, bulk.events, bulk.minutes
            ),
            proven: None,
            about,
        })
    }

    fn networks(&mut self) -> Vec<Pattern> {
        let least = self.given.settings.key_networks;
        let keys = self.keys.0.list().into_iter();
        let enough = keys.filter(|(key, _)| key.networks >= i64::from(least.get()));
        let pattern = |(key, about): (rules::Credential, About)| {
            Some(Pattern {
                kind: Kind::KeyNetworks,
                what: What::Key(key.name.clone()),
                count: key.uses.unsigned_abs(),
                times: about.times?,
                rule: format!(
                    "one access key used from {least} or more networks (IPv4 /24, IPv6 /48) by people; calls that services made with it are left out"
                ),
                baseline: format!(
                    "no baseline: the rule counts over the window, here {} networks, {} addresses, {} {}",
                    key.networks,
                    key.addresses,
                    key.people,
                    if key.people == 1 { "principal" } else { "principals" }
                ),
                proven: None,
                about,
            })
        };
        enough.filter_map(pattern).collect()
    }
}
