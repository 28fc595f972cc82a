//! Objects of the report: each digest, each listed log file, each file that no digest lists, each path that could not be
//! looked into. Comes in: what digests attest and what was seen. Goes out: rows with status and class, and their sums.

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use crate::clock::{Seconds, rfc3339};
use crate::sources::digests::chains::StreamId;
use crate::sources::digests::file::Listed;
use crate::sources::digests::report::Object;
use crate::sources::digests::words::{self, Class, Code, Status};
use crate::sources::digests::{Fate, Finding, Inside, SignatureSource, compare, in_scope, places};
use crate::sources::{Obstacle, hex, names};

/// What bytes a copy has, and what is said of them.
type Bytes = (Option<[u8; 32]>, &'static str);

/// An object with what it is sorted by.
pub(super) struct Row {
    account: String,
    region: String,
    time: Option<Seconds>,
    status: Status,
    object: Object,
}

impl Builder<'_> {
    pub(super) fn label(&self, node: usize) -> String {
        self.attested.ids.get(node).map(StreamId::label).unwrap_or_default()
    }

    pub(super) fn path(&self, entry: Option<usize>) -> Option<String> {
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
    pub(super) fn digests(&mut self) {
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
    pub(super) fn listed(&mut self) -> BTreeSet<[u8; 32]> {
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
    fn listed_row(&mut self, node: usize, listed: &Listed, fates: &[(usize, Status, &'static str)]) {
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
        let mut best: BTreeMap<Bytes, (usize, usize, Status)> = BTreeMap::new();
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
    pub(super) fn unlisted(&mut self, verified: &BTreeSet<[u8; 32]>) {
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
    pub(super) fn other_paths(&mut self) {
        for (number, entry) in self.entries.iter().enumerate() {
            let known = self.attested.index.of(number).next().is_some()
                || self.attested.unlisted.get(number).copied().flatten().is_some()
                || names::is_beside_logs(&entry.name);
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

    /// Records in files of which digests do not speak at all: they count in the run, and nothing shows who wrote them.
    pub(super) fn loose_records(&mut self, inside: &Inside) {
        let of_trail = |number: usize| {
            let weighed = self.attested.unlisted.get(number).copied().flatten();
            self.attested.index.of(number).next().is_some()
                || weighed.is_some_and(|weighed| in_scope(&weighed))
        };
        let loose = self.entries.iter().enumerate().filter(|(number, _)| !of_trail(*number));
        let records: Vec<u64> = loose
            .filter_map(|(_, entry)| inside.records.get(&entry.name))
            .copied()
            .filter(|count| *count > 0)
            .collect();
        if records.is_empty() {
            return;
        }
        let text = format!(
            "{} records stand in {} files that are no log files of a trail by their names: no digest speaks of them",
            records.iter().sum::<u64>(),
            records.len()
        );
        self.findings.push(Finding::new(Code::RecordsWithoutDigest, String::new(), None, text));
    }

    /// Rows by account, region, time, kind and key.
    pub(super) fn objects(&mut self) -> Vec<Object> {
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
