//! The last step: what was seen of log files against what digests list (cloudtrail-integrity §9 steps 8 to 10). Comes in:
//! hashes of files. Goes out: the [`Report`]. It reads nothing.

mod objects;

use std::collections::{BTreeMap, BTreeSet};

use super::chains::{Chain, Stream};
use super::hours::{self, Run, State};
use super::report::{
    ChainFacts, Coverage, Exception, HourFacts, Identity, KeyFacts, MissingSidecar, Report, SCHEMA,
    StreamFacts, Tool, Totals, WindowFacts,
};
use super::verdict::Scales;
use super::words::{self, Class, Code};
use super::{Attested, Finding, Inside, LogSeen, places};
use crate::clock::rfc3339;
use crate::sources::{Entry, names};
use objects::Row;

/// The report in the making.
struct Builder<'b> {
    attested: &'b Attested,
    entries: &'b [Entry],
    seen: Vec<Option<&'b LogSeen>>,
    rows: Vec<Row>,
    findings: Vec<Finding>,
    /// Digests that list a file that is not fine.
    unfine: BTreeSet<usize>,
    /// Sums by label of a stream; of log files that no digest lists, by account and region.
    sums: BTreeMap<String, Totals>,
    whole: Totals,
    scales: Scales<'b>,
}

impl Attested {
    /// The report over what was seen of the log files, in any order. `in_events` are accounts and regions that events
    /// speak of, where somebody parsed them; without digests of their own they are incomplete.
    pub fn conclude(&self, entries: &[Entry], logs: &[LogSeen], inside: &Inside) -> Report {
        let mut seen: Vec<Option<&LogSeen>> = vec![None; entries.len()];
        for log in logs {
            if let Some(slot) = seen.get_mut(log.entry) {
                *slot = Some(log);
            }
        }
        let builder = Builder {
            attested: self,
            entries,
            seen,
            rows: Vec::new(),
            findings: Vec::new(),
            unfine: BTreeSet::new(),
            sums: BTreeMap::new(),
            whole: Totals::default(),
            scales: Scales::new(&self.settings.accepted),
        };
        builder.report(inside)
    }
}

impl Builder<'_> {
    fn report(mut self, inside: &Inside) -> Report {
        self.digests();
        let verified = self.listed();
        self.unlisted(&verified);
        self.other_paths();
        self.loose_records(inside);
        self.all_findings();
        let absent = self.no_digests(&inside.places);
        let findings = self.weighed_findings();
        let mut streams: Vec<StreamFacts> =
            self.attested.streams.iter().map(|stream| self.stream(stream)).collect();
        streams.extend(absent.into_iter().map(|(account, region)| self.absent(account, region)));
        let order = |facts: &StreamFacts| (facts.identity.account.clone(), facts.identity.region.clone());
        streams.sort_by_key(|facts| (order(facts), facts.label.clone()));
        for sums in self.sums.values() {
            self.whole.plus(sums);
        }
        let (verdict, exit) = self.scales.verdict(self.whole.digests.valid);
        Report {
            schema: SCHEMA,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            generated_at: None,
            source: Vec::new(),
            window: self.window(),
            keys: self.keys(),
            streams,
            findings,
            missing_sidecars: self.missing_sidecars(),
            exceptions: self.exceptions(),
            objects: self.objects(),
            totals: self.whole,
            verdict,
            exit,
        }
    }

    fn window(&self) -> WindowFacts {
        let window = self.attested.window;
        WindowFacts {
            from: rfc3339(window.from),
            to: rfc3339(window.to),
            from_given: window.from_given,
            to_given: window.to_given,
            allowance_minutes: (window.until - window.to) / 60,
        }
    }

    /// What chains, lists and keys told, with what was found here.
    fn all_findings(&mut self) {
        let attested = self.attested;
        self.findings.extend(attested.streams.iter().flat_map(|stream| stream.findings.iter().cloned()));
        self.findings.extend(attested.index.findings.iter().cloned());
        let unusable: BTreeSet<&str> = attested
            .streams
            .iter()
            .flat_map(|stream| stream.hourly.iter().chain(&stream.backfill))
            .filter(|number| {
                let fault = attested.checked.get(**number).and_then(|checked| checked.fault.as_ref());
                fault.is_some_and(|fault| fault.reason == words::KEY_UNUSABLE)
            })
            .filter_map(|number| Some(attested.nodes.get(*number)?.digest()?.fingerprint.as_str()))
            .collect();
        for key in attested.settings.keys.all() {
            let add = |code, text| Finding::new(code, String::new(), key.window, text);
            if key.der.is_none() && unusable.contains(key.fingerprint.as_str()) {
                let text =
                    format!("key {} of {} is no RSA key of 2048 to 8192 bits", key.fingerprint, key.source);
                self.findings.push(add(Code::KeyUnusable, text));
            } else if key.der.is_some() && !key.fingerprint_fits {
                let text = format!("key {} of {} has another MD5 than its name", key.fingerprint, key.source);
                self.findings.push(add(Code::KeyFingerprintMismatch, text));
            }
        }
    }

    /// Expected accounts and regions without an hourly digest of the window; returns those without any stream.
    fn no_digests(&mut self, in_events: &[(String, String)]) -> Vec<(String, String)> {
        let attested = self.attested;
        let place = |stream: &Stream| (stream.id.account.clone(), stream.id.region.clone());
        let hourly: BTreeSet<_> =
            attested.streams.iter().filter(|stream| !stream.hourly.is_empty()).map(place).collect();
        let any: BTreeSet<_> = attested.streams.iter().map(place).collect();
        let mut seen: BTreeSet<(String, String)> = in_events.iter().cloned().chain(any.clone()).collect();
        for (number, entry) in self.entries.iter().enumerate() {
            let weighed = attested.unlisted.get(number).copied().flatten();
            let counts = attested.wants(number) && weighed.is_some();
            seen.extend(
                places::of_entry(entry)
                    .filter(|_| counts)
                    .map(|place| (place.account.to_owned(), place.region.to_owned())),
            );
        }
        let expected: BTreeSet<(String, String)> = if attested.settings.expected.is_empty() {
            places::everywhere(&seen)
        } else {
            attested.settings.expected.iter().cloned().collect()
        };
        let window = attested.window;
        for (account, region) in expected.iter().filter(|place| !hourly.contains(*place)) {
            let text = if any.contains(&(account.clone(), region.clone())) {
                "only backfill digests are here: no hour is attested"
            } else {
                "no digest is here; CloudTrail delivers digests every hour, also when nothing happened"
            };
            let stream = format!("{account}/{region}");
            let span = Some((window.from, window.to));
            self.findings.push(Finding::new(Code::NoDigests, stream, span, text.to_owned()));
        }
        let all: BTreeSet<(String, String)> = expected.union(&seen).cloned().collect();
        all.into_iter().filter(|place| !any.contains(place)).collect()
    }

    /// Findings weighed and in order: by stream, time, word.
    fn weighed_findings(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.findings);
        for finding in &mut findings {
            let class =
                [Class::Failure, Class::Incomplete].into_iter().find(|class| class.word() == finding.class);
            let class = self.scales.put(class.unwrap_or(Class::Warning), finding.id, "");
            finding.class = class.word();
            self.sums.entry(finding.stream.clone()).or_default().class(class);
        }
        findings.sort_by(|a, b| {
            (&a.stream, &a.from, a.id, &a.text, &a.to).cmp(&(&b.stream, &b.from, b.id, &b.text, &b.to))
        });
        findings
    }

    fn stream(&self, stream: &Stream) -> StreamFacts {
        let attested = self.attested;
        let runs = hours::runs(stream, &attested.nodes, &attested.checked, attested.window, &self.unfine);
        let label = stream.id.label();
        let mut totals = self.sums.get(&label).cloned().unwrap_or_default();
        // What no digest lists names no trail: it is told with the first stream of its account and region.
        let same =
            |other: &&Stream| other.id.account == stream.id.account && other.id.region == stream.id.region;
        if attested.streams.iter().find(same).is_some_and(|first| first.id == stream.id) {
            let place = format!("{}/{}", stream.id.account, stream.id.region);
            totals.plus(&self.sums.get(&place).cloned().unwrap_or_default());
        }
        StreamFacts {
            identity: Identity::of(&stream.id),
            chains: stream.chains.iter().map(chain).collect(),
            attested_from: stream.span.map(|(first, _)| rfc3339(first)),
            attested_to: stream.span.map(|(_, last)| rfc3339(last)),
            coverage: coverage(&runs),
            totals,
            label,
        }
    }

    /// An account and region without any digest of the window.
    fn absent(&self, account: String, region: String) -> StreamFacts {
        let label = format!("{account}/{region}");
        let totals = self.sums.get(&label).cloned().unwrap_or_default();
        let logs = totals.uncovered() + totals.unlisted + totals.duplicates > 0;
        let state = if logs { State::NotAttested } else { State::Absent };
        StreamFacts {
            identity: Identity { organization: None, account, region, trail: None, home_region: None },
            label,
            chains: Vec::new(),
            attested_from: None,
            attested_to: None,
            coverage: coverage(&hours::all(self.attested.window, state)),
            totals,
        }
    }

    fn keys(&self) -> Vec<KeyFacts> {
        let attested = self.attested;
        let mut verified: BTreeMap<usize, u64> = BTreeMap::new();
        for stream in &attested.streams {
            for number in stream.hourly.iter().chain(&stream.backfill) {
                let checked = attested.checked.get(*number).filter(|checked| checked.is_valid());
                if let Some(proof) = checked.and_then(|checked| checked.proof.as_ref()) {
                    *verified.entry(proof.key).or_default() += 1;
                }
            }
        }
        let facts = |(number, key): (usize, &super::Key)| KeyFacts {
            fingerprint: key.fingerprint.clone(),
            sha256: key.sha256.clone(),
            valid_from: key.window.map(|(from, _)| rfc3339(from)),
            valid_to: key.window.map(|(_, to)| rfc3339(to)),
            region: key.region.clone(),
            source: key.source.clone(),
            source_sha256: key.source_sha256.clone(),
            usable: key.der.is_some(),
            verified: verified.get(&number).copied().unwrap_or(0),
        };
        attested.settings.keys.all().iter().enumerate().map(facts).collect()
    }

    fn missing_sidecars(&self) -> Vec<MissingSidecar> {
        let attested = self.attested;
        let mut missing = Vec::new();
        let judged = attested.streams.iter().flat_map(|stream| stream.hourly.iter().chain(&stream.backfill));
        for number in judged {
            let (node, checked) = (attested.nodes.get(*number), attested.checked.get(*number));
            let unsigned = checked.and_then(|checked| checked.fault.as_ref());
            let Some(node) =
                node.filter(|_| unsigned.is_some_and(|fault| fault.reason == words::NO_SIGNATURE))
            else {
                continue;
            };
            let digest = self.path(node.copies.first().copied()).unwrap_or_default();
            let logs = node.digest().map(|digest| digest.logs.iter().map(|log| log.object.clone()).collect());
            let sidecar = format!("{digest}{}", names::SIDECAR);
            missing.push(MissingSidecar { digest, sidecar, logs: logs.unwrap_or_default() });
        }
        missing
    }

    fn exceptions(&self) -> Vec<Exception> {
        let accepted = self.attested.settings.accepted.iter().zip(&self.scales.used);
        let exception = |(accepted, count): (&super::Acceptance, &u64)| {
            let reason = accepted.reason.iter().map(|reason| format!(":{reason}")).collect::<String>();
            Exception {
                accepts: format!("{}{reason}", accepted.class),
                text: accepted.text.clone(),
                count: *count,
            }
        };
        accepted.map(exception).collect()
    }
}

fn chain(chain: &Chain) -> ChainFacts {
    ChainFacts {
        kind: if chain.backfill { "backfill" } else { "hourly" },
        first: rfc3339(chain.first),
        last: rfc3339(chain.last),
        digests: chain.digests,
        restart: chain.restart,
    }
}

fn coverage(runs: &[Run]) -> Coverage {
    Coverage {
        days: hours::days(runs).into_iter().map(|(day, state)| (day, state.word())).collect(),
        hours: runs
            .iter()
            .map(|run| HourFacts { from: rfc3339(run.from), to: rfc3339(run.to), state: run.state.word() })
            .collect(),
    }
}
