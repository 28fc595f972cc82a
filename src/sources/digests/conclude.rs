//! The last step: what was seen of log files against what digests list (cloudtrail-integrity §9 steps 8 to 10). Comes in:
//! hashes of files. Goes out: the [`Report`]. It reads nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::chains::{Chain, Stream, StreamId};
use super::hours::{self, Run, State};
use super::report::{
    ChainFacts, Coverage, Exception, HourFacts, Identity, KeyFacts, MissingSidecar, Object, Report, SCHEMA,
    StreamFacts, Tool, Totals, WindowFacts,
};
use super::verdict::Scales;
use super::words::{self, Class, Code, Status};
use super::{Attested, Fate, Finding, LogSeen, SignatureSource, compare, in_scope, places};
use crate::clock::{Seconds, rfc3339};
use crate::sources::{Entry, Obstacle, hex, names};

/// An object with what it is sorted by.
struct Row {
    account: String,
    region: String,
    time: Option<Seconds>,
    status: Status,
    object: Object,
}

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
    pub fn conclude(&self, entries: &[Entry], logs: &[LogSeen], in_events: &[(String, String)]) -> Report {
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
        builder.report(in_events)
    }
}

impl Builder<'_> {
    fn report(mut self, in_events: &[(String, String)]) -> Report {
        self.digests();
        let verified = self.listed();
        self.unlisted(&verified);
        self.other_paths();
        self.all_findings();
        let absent = self.no_digests(in_events);
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

    fn label(&self, node: usize) -> String {
        self.attested.ids.get(node).map(StreamId::label).unwrap_or_default()
    }

    fn path(&self, entry: Option<usize>) -> Option<String> {
        entry.and_then(|entry| self.entries.get(entry)).map(|entry| entry.name.clone())
    }

    /// Weighs a row, sums it up, and keeps it where it is not plainly fine.
    fn put(&mut self, mut row: Row) {
        let class = row.status.class(row.object.reason);
        let class = self.scales.put(class, row.status.word(), row.object.reason);
        row.object.class = class.word();
        self.sums.entry(row.object.stream.clone()).or_default().class(class);
        if class != Class::Fine || self.attested.settings.all_objects {
            self.rows.push(row);
        }
    }

    /// Every digest of the window, and those that are missing.
    fn digests(&mut self) {
        let attested = self.attested;
        for stream in &attested.streams {
            for number in stream.hourly.iter().chain(&stream.backfill) {
                self.digest(*number);
            }
            for missing in &stream.missing {
                let label = stream.id.label();
                let sums = self.sums.entry(label.clone()).or_default();
                let counts = if missing.backfill { &mut sums.backfill_digests } else { &mut sums.digests };
                counts.add(Status::Missing, false);
                let mut object =
                    object(kind(missing.backfill), label, missing.key.clone(), Status::Missing, "");
                object.time = Some(rfc3339(missing.end));
                object.detail = "the digest behind it names it".to_owned();
                self.put(row(&stream.id, Some(missing.end), Status::Missing, object));
            }
        }
    }

    fn digest(&mut self, number: usize) {
        let attested = self.attested;
        let (Some(node), Some(checked)) = (attested.nodes.get(number), attested.checked.get(number)) else {
            return;
        };
        let status = checked.status();
        let source = checked.proof.as_ref().filter(|_| checked.is_valid()).map(|proof| proof.source);
        let (label, backfill) = (self.label(number), node.name.backfill);
        let sums = self.sums.entry(label.clone()).or_default();
        sums.relocated += u64::from(node.relocated);
        let counts = if backfill { &mut sums.backfill_digests } else { &mut sums.digests };
        counts.add(status, source == Some(SignatureSource::Successor));
        let fault = checked.fault.as_ref();
        let mut object = object(
            kind(backfill),
            label,
            node.key().to_owned(),
            status,
            fault.map_or("", |fault| fault.reason),
        );
        object.path = self.path(node.copies.first().copied());
        object.time = Some(rfc3339(node.span().1));
        object.actual_sha256 = node.sha256.as_ref().map(|sha256| hex(sha256));
        object.signature_source = source.map(SignatureSource::word);
        object.detail = fault.map(|fault| fault.detail.clone()).unwrap_or_default();
        if let Some(id) = attested.ids.get(number) {
            self.put(row(id, Some(node.span().1), status, object));
        }
    }

    /// Log files that digests of the window list; returns the hashes of those that were verified.
    fn listed(&mut self) -> BTreeSet<[u8; 32]> {
        let attested = self.attested;
        let mut here: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for entry in 0..self.entries.len() {
            for (listing, _) in attested.index.of(entry) {
                here.entry(listing).or_default().push(entry);
            }
        }
        let mut verified = BTreeSet::new();
        for (number, listing) in attested.index.all.iter().enumerate() {
            let Some(listed) = listing.of(&attested.nodes) else { continue };
            let candidates = here.get(&number).map(Vec::as_slice).unwrap_or_default();
            let mut fates: Vec<(usize, Status, &'static str)> = Vec::new();
            for entry in candidates {
                let (status, reason) = self.fate(*entry, listed.sha256.as_ref());
                if status == Status::Valid {
                    verified.extend(listed.sha256);
                }
                fates.push((*entry, status, reason));
            }
            if listing.selected {
                self.listed_row(listing.node, listed, &fates);
            }
        }
        verified
    }

    fn fate(&self, entry: usize, expected: Option<&[u8; 32]>) -> (Status, &'static str) {
        match self.seen.get(entry).copied().flatten() {
            Some(seen) => compare(expected, &seen.fate),
            None => (Status::Unverified, words::UNREADABLE),
        }
    }

    /// One listed file: counted once by its worst copy, and a row for each copy that came out otherwise.
    fn listed_row(
        &mut self,
        node: usize,
        listed: &super::file::Listed,
        fates: &[(usize, Status, &'static str)],
    ) {
        let worst = fates.iter().map(|fate| fate.1).max_by_key(|status| status.class(""));
        let worst = worst.unwrap_or(Status::Missing);
        let label = self.label(node);
        self.sums.entry(label.clone()).or_default().logs.add(worst, false);
        if worst != Status::Valid {
            self.unfine.insert(node);
        }
        let Some(id) = self.attested.ids.get(node) else { return };
        let digest = self.attested.nodes.get(node).map(|node| node.key().to_owned());
        let stamp = names::log(&listed.object).map(|name| name.stamp);
        let expected = listed.sha256.as_ref().map(|sha256| hex(sha256));
        let mut told: Vec<(Option<usize>, Status, &'static str)> = self.told(fates, &listed.object);
        if told.is_empty() {
            told.push((None, Status::Missing, ""));
        }
        for (entry, status, reason) in told {
            let mut object = object("log", label.clone(), listed.object.clone(), status, reason);
            object.path = self.path(entry);
            object.time = stamp.map(rfc3339);
            object.expected_sha256.clone_from(&expected);
            object.digest.clone_from(&digest);
            self.seen_of(entry, &mut object);
            self.notes(entry, node, &object);
            self.put(row(id, stamp, status, object));
        }
    }

    /// Copies whose bytes are the same count once: the one whose folder fits the key best.
    fn told(
        &self,
        fates: &[(usize, Status, &'static str)],
        key: &str,
    ) -> Vec<(Option<usize>, Status, &'static str)> {
        let mut best: BTreeMap<(Option<[u8; 32]>, &'static str), (usize, usize, Status)> = BTreeMap::new();
        for (entry, status, reason) in fates {
            let sha256 = match self.seen.get(*entry).copied().flatten().map(|seen| &seen.fate) {
                Some(Fate::Read { sha256, .. }) => Some(*sha256),
                _ => None,
            };
            let name = self.entries.get(*entry).map(|entry| entry.name.as_str()).unwrap_or_default();
            let shared = names::shared_end(name, key);
            let slot = best.entry((sha256, reason)).or_insert((shared, *entry, *status));
            let chosen = self.entries.get(slot.1).map(|entry| entry.name.as_str()).unwrap_or_default();
            if shared > slot.0 || (shared == slot.0 && name < chosen) {
                *slot = (shared, *entry, *status);
            }
        }
        best.into_iter().map(|((_, reason), (_, entry, status))| (Some(entry), status, reason)).collect()
    }

    fn seen_of(&self, entry: Option<usize>, object: &mut Object) {
        let seen = entry.and_then(|entry| self.seen.get(entry).copied().flatten());
        match seen.map(|seen| &seen.fate) {
            Some(Fate::Read { sha256, .. }) => object.actual_sha256 = Some(hex(sha256)),
            Some(Fate::Unreadable(detail)) => object.detail.clone_from(detail),
            Some(Fate::TooLarge) => {}
            None if entry.is_some() => object.detail = "it was not read".to_owned(),
            None => {}
        }
    }

    /// Warnings about a listed file.
    fn notes(&mut self, entry: Option<usize>, node: usize, object: &Object) {
        let seen = entry.and_then(|entry| self.seen.get(entry).copied().flatten());
        let Some(seen) = seen else { return };
        let span = self.attested.nodes.get(node).map(|node| node.span());
        let label = self.label(node);
        if object.status == "valid" && matches!(seen.fate, Fate::Read { gzip: false, .. }) {
            let text = format!("stored without gzip: {}", names::base(&object.key));
            self.findings.push(Finding::new(Code::StoredUncompressed, label.clone(), span, text));
        }
        if seen.outside > 0 {
            let text = format!(
                "{} events lie outside the times, the account or the region that its digest states: {}",
                seen.outside,
                names::base(&object.key)
            );
            self.findings.push(Finding::new(Code::EventOutside, label, span, text));
        }
    }

    /// Log files that no valid digest lists.
    fn unlisted(&mut self, verified: &BTreeSet<[u8; 32]>) {
        for number in 0..self.entries.len() {
            let Some(weighed) = self.attested.unlisted.get(number).copied().flatten() else { continue };
            if self.attested.index.of(number).next().is_some() {
                continue;
            }
            if in_scope(&weighed) {
                self.unlisted_row(number, verified);
            } else if weighed.reason == words::OUTSIDE_WINDOW {
                self.whole.outside_window += 1;
            } else {
                self.whole.other_files += 1;
            }
        }
    }

    fn unlisted_row(&mut self, number: usize, verified: &BTreeSet<[u8; 32]>) {
        let weighed = self.attested.unlisted.get(number).copied().flatten();
        let (Some(weighed), Some(entry)) = (weighed, self.entries.get(number)) else { return };
        let Some(place) = places::of_entry(entry) else { return };
        let (mut status, mut reason) = (weighed.status, weighed.reason);
        let fate = self.seen.get(number).copied().flatten().map(|seen| &seen.fate);
        if let Some(Fate::Read { sha256, fault: None, .. }) = fate
            && verified.contains(sha256)
        {
            (status, reason) = (Status::Unlisted, words::DUPLICATE);
        }
        let stream = format!("{}/{}", place.account, place.region);
        let sums = self.sums.entry(stream.clone()).or_default();
        match (status, reason) {
            (Status::Unlisted, words::DUPLICATE) => sums.duplicates += 1,
            (Status::Unlisted, _) => sums.unlisted += 1,
            _ => *sums.uncovered.entry(reason).or_default() += 1,
        }
        let base = names::base(&entry.name).to_owned();
        let mut object = object("log", stream, base, status, reason);
        object.path = Some(entry.name.clone());
        object.time = place.stamp.map(rfc3339);
        self.seen_of(Some(number), &mut object);
        if object.detail.is_empty() {
            object.detail = explained(status, reason).to_owned();
        }
        let (account, region) = (place.account.to_owned(), place.region.to_owned());
        self.put(Row { account, region, time: place.stamp, status, object });
    }

    /// What could not be listed may hold anything; what is neither log file nor digest is counted.
    fn other_paths(&mut self) {
        for (number, entry) in self.entries.iter().enumerate() {
            let known = self.attested.index.of(number).next().is_some()
                || self.attested.unlisted.get(number).copied().flatten().is_some()
                || names::digest(&entry.name).is_some()
                || entry.name.ends_with(names::SIDECAR);
            match &entry.obstacle {
                _ if known => {}
                Some(Obstacle::Lost(_, detail)) => {
                    self.whole.unreadable_paths += 1;
                    let base = names::base(&entry.name).to_owned();
                    let mut object =
                        object("path", String::new(), base, Status::Unverified, words::UNREADABLE);
                    object.path = Some(entry.name.clone());
                    object.detail.clone_from(detail);
                    let (account, region) = (String::new(), String::new());
                    self.put(Row { account, region, time: None, status: Status::Unverified, object });
                }
                _ => self.whole.other_files += 1,
            }
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
        let accounts: BTreeSet<&String> = seen.iter().map(|(account, _)| account).collect();
        let regions: BTreeSet<&String> = seen.iter().map(|(_, region)| region).collect();
        let expected: BTreeSet<(String, String)> = if attested.settings.expected.is_empty() {
            let of = |account: &&String| {
                let account = (*account).clone();
                regions.iter().map(move |region| (account.clone(), (*region).clone())).collect::<Vec<_>>()
            };
            accounts.iter().flat_map(of).collect()
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

    /// Rows by account, region, time, kind and key.
    fn objects(&mut self) -> Vec<Object> {
        self.rows.sort_by(|a, b| {
            let order = |row: &Row| (row.time, row.status);
            (&a.account, &a.region, order(a).0, a.object.kind, &a.object.key, order(a).1, &a.object.path).cmp(
                &(
                    &b.account,
                    &b.region,
                    order(b).0,
                    b.object.kind,
                    &b.object.key,
                    order(b).1,
                    &b.object.path,
                ),
            )
        });
        std::mem::take(&mut self.rows).into_iter().map(|row| row.object).collect()
    }
}

fn kind(backfill: bool) -> &'static str {
    if backfill { "backfill-digest" } else { "digest" }
}

fn object(kind: &'static str, stream: String, key: String, status: Status, reason: &'static str) -> Object {
    Object {
        kind,
        stream,
        key,
        path: None,
        time: None,
        status: status.word(),
        reason,
        class: "",
        expected_sha256: None,
        actual_sha256: None,
        digest: None,
        signature_source: None,
        detail: String::new(),
    }
}

fn row(id: &StreamId, time: Option<Seconds>, status: Status, object: Object) -> Row {
    Row { account: id.account.clone(), region: id.region.clone(), time, status, object }
}

/// Both explanations of what no digest lists, where there are two.
fn explained(status: Status, reason: &str) -> &'static str {
    match (status, reason) {
        (Status::Unlisted, words::DUPLICATE) => "same content as a verified file",
        (Status::Unlisted, _) => {
            "its hour is attested and it is not part of it: added by someone, or delivered by another trail without log file validation"
        }
        (_, words::NO_DIGEST) => "no valid digest speaks of its account and region",
        (_, words::STOPPED) => "delivered while logging or log file validation was off",
        (_, words::DIGEST) => "the digest of its hour is not here or not valid",
        (_, words::AFTER_CHAIN) => "delivered after the last valid digest; usual for the current hour",
        (_, words::BEFORE_CHAIN) => "delivered before the first valid digest",
        _ => "",
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
