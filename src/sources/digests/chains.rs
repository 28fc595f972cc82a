//! Streams and their chains (cloudtrail-integrity §9 steps 2, 5 to 7). Comes in: digests with what came out for each. Goes
//! out: for each stream its attested hours, its gaps, its missing digests, and findings. Log files are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::file::Previous;
use super::reading::{Name, Node};
use super::signing::Checked;
use super::words::Code;
use super::{Finding, Window};
use crate::clock::{HOUR, Seconds, rfc3339};
use crate::sources::{Entry, names};

/// One trail's deliveries of one account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Twelve digits.
    pub account: String,
    /// Region whose events were delivered.
    pub region: String,
    /// Name of the trail.
    pub trail: String,
    /// Home region of the trail.
    pub home: String,
    /// `o-…` of an organisation trail.
    pub organization: Option<String>,
}

impl StreamId {
    /// The stream in one line: `[ORGANISATION/]ACCOUNT/REGION/TRAIL/HOME`.
    pub fn label(&self) -> String {
        let organization = self.organization.iter().map(|id| format!("{id}/")).collect::<String>();
        format!("{organization}{}/{}/{}/{}", self.account, self.region, self.trail, self.home)
    }
}

/// Time between valid digests that none of them attests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub from: Seconds,
    pub to: Seconds,
    /// Logging or validation was off; otherwise digests are lost or failed.
    pub restart: bool,
}

/// A run of linked digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub backfill: bool,
    pub first: Seconds,
    pub last: Seconds,
    pub digests: usize,
    /// It began anew behind another chain.
    pub restart: bool,
}

/// A digest that a valid one links to and that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub key: String,
    pub end: Seconds,
    pub backfill: bool,
}

/// A stream with at least one digest of the window.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub id: StreamId,
    /// Digests of the window, by start.
    pub hourly: Vec<usize>,
    pub backfill: Vec<usize>,
    /// First start and last end of its valid hourly digests.
    pub span: Option<(Seconds, Seconds)>,
    pub gaps: Vec<Gap>,
    pub chains: Vec<Chain>,
    pub missing: Vec<Missing>,
    pub findings: Vec<Finding>,
}

/// What all steps here look at.
pub(super) struct Known<'k> {
    pub entries: &'k [Entry],
    pub nodes: &'k [Node],
    pub checked: &'k [Checked],
    pub window: Window,
}

impl Known<'_> {
    fn valid(&self, number: usize) -> bool {
        self.checked.get(number).is_some_and(Checked::is_valid)
    }

    fn span(&self, number: usize) -> (Seconds, Seconds) {
        self.nodes.get(number).map_or((0, 0), Node::span)
    }

    /// Whether a digest speaks of the window.
    pub(super) fn selected(&self, number: usize) -> bool {
        self.window.meets(self.span(number))
    }
}

/// Stream of each digest, and the streams that have digests of the window, in order.
pub(super) fn streams(known: &Known<'_>) -> (Vec<StreamId>, Vec<Stream>) {
    let ids = ids(known);
    let mut members: BTreeMap<&StreamId, Vec<usize>> = BTreeMap::new();
    for (number, id) in ids.iter().enumerate() {
        members.entry(id).or_default().push(number);
    }
    let stems: BTreeSet<&str> = known
        .entries
        .iter()
        .filter(|entry| Name::of(&entry.name).is_some())
        .map(|entry| names::stem(&entry.name))
        .collect();
    let of_stem = of_stem(known.nodes);
    let here = Here { stems, of_stem };
    let judged = members.into_iter().map(|(id, mut all)| {
        all.sort_by_key(|number| {
            (known.span(*number), known.nodes.get(*number).map(|node| &node.stem), *number)
        });
        Builder { known, here: &here, id }.stream(&all)
    });
    let streams = judged.flatten().collect();
    (ids, streams)
}

/// What lies in the source, read or not.
struct Here<'k> {
    stems: BTreeSet<&'k str>,
    of_stem: BTreeMap<&'k str, Vec<usize>>,
}

fn of_stem(nodes: &[Node]) -> BTreeMap<&str, Vec<usize>> {
    let mut map: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, node) in nodes.iter().enumerate() {
        map.entry(&node.stem).or_default().push(number);
    }
    map
}

/// The stream of each digest. The organisation stands in its key; what cannot be read belongs where its like belong.
fn ids(known: &Known<'_>) -> Vec<StreamId> {
    let bare =
        |name: &Name| (name.account.clone(), name.region.clone(), name.trail.clone(), name.home.clone());
    let stated = |node: &Node| {
        let digest = node.digest().filter(|_| node.fault.is_none())?;
        Some(names::organisation(&digest.object, &node.name.account).map(str::to_owned))
    };
    let mut seen: BTreeMap<_, BTreeSet<Option<String>>> = BTreeMap::new();
    for node in known.nodes {
        if let Some(organization) = stated(node) {
            seen.entry(bare(&node.name)).or_default().insert(organization);
        }
    }
    let id = |node: &Node| {
        let first = node.copies.first().and_then(|number| known.entries.get(*number));
        let by_path = first.and_then(|entry| names::organisation(&entry.name, &node.name.account));
        let by_path = by_path.map(str::to_owned);
        let organization = stated(node).unwrap_or_else(|| match seen.get(&bare(&node.name)) {
            Some(found) if !found.contains(&by_path) => found.first().cloned().flatten(),
            _ => by_path,
        });
        let (account, region, trail, home) = bare(&node.name);
        StreamId { account, region, trail, home, organization }
    };
    known.nodes.iter().map(id).collect()
}

struct Builder<'b> {
    known: &'b Known<'b>,
    here: &'b Here<'b>,
    id: &'b StreamId,
}

impl Builder<'_> {
    /// `None` when no digest of the stream speaks of the window.
    fn stream(&self, all: &[usize]) -> Option<Stream> {
        let of = |backfill: bool| {
            let fits = move |number: &&usize| {
                self.known.nodes.get(**number).is_some_and(|node| node.name.backfill == backfill)
                    && self.known.selected(**number)
            };
            all.iter().filter(fits).copied().collect::<Vec<_>>()
        };
        let mut stream = Stream {
            id: self.id.clone(),
            hourly: of(false),
            backfill: of(true),
            span: None,
            gaps: Vec::new(),
            chains: Vec::new(),
            missing: Vec::new(),
            findings: Vec::new(),
        };
        if stream.hourly.is_empty() && stream.backfill.is_empty() {
            return None;
        }
        self.links(&mut stream, all);
        self.continuity(&mut stream);
        self.ends(&mut stream);
        self.backfill(&mut stream);
        self.notes(&mut stream);
        Some(stream)
    }

    fn finding(&self, code: Code, from: Seconds, to: Seconds, text: String) -> Finding {
        Finding::new(code, self.id.label(), Some((from, to)), text)
    }

    fn valid<'a>(&'a self, of: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
        of.iter().copied().filter(|number| self.known.valid(*number))
    }

    fn previous(&self, number: usize) -> Option<&Previous> {
        self.known.nodes.get(number)?.digest()?.previous.as_ref()
    }

    /// Every valid digest, also beside the window, links to the one before it.
    fn links(&self, stream: &mut Stream, all: &[usize]) {
        for number in self.valid(all) {
            let Some(previous) = self.previous(number) else { continue };
            let stem = names::stem(&previous.object);
            if self.here.stems.contains(stem) {
                self.link(stream, number, previous, self.here.of_stem.get(stem).map_or(&[], Vec::as_slice));
            } else {
                self.missing(stream, number, previous);
            }
        }
    }

    fn missing(&self, stream: &mut Stream, number: usize, previous: &Previous) {
        let backfill = self.known.nodes.get(number).is_some_and(|node| node.name.backfill);
        let (start, _) = self.known.span(number);
        let end = names::digest(&previous.object).map_or(start, |name| name.end);
        let known = stream.missing.iter().any(|missing| missing.key == previous.object);
        // Every copy begins somewhere: what ends before the window is not missing, also where the window was not asked for.
        let wanted = end > self.known.window.from && self.known.window.meets((end - HOUR, end));
        if !known && wanted {
            stream.missing.push(Missing { key: previous.object.clone(), end, backfill });
        }
    }

    fn link(&self, stream: &mut Stream, number: usize, previous: &Previous, candidates: &[usize]) {
        let of_window = |other: &usize| self.known.selected(*other);
        if !of_window(&number) && !candidates.iter().any(of_window) {
            return;
        }
        let (start, end) = self.known.span(number);
        let node = |other: &usize| self.known.nodes.get(*other);
        let readable: Vec<&Node> =
            candidates.iter().filter_map(node).filter(|node| node.parsed.json).collect();
        let whole = |node: &&&Node| {
            node.fault.as_ref().is_none_or(|fault| fault.reason != super::words::TRAILING_DATA)
        };
        let compared: Vec<&&Node> = readable.iter().filter(whole).collect();
        if !compared.is_empty() && !compared.iter().any(|node| node.sha256 == previous.sha256) {
            let text = format!("the digest before it is another version than it names: {}", previous.object);
            stream.findings.push(self.finding(Code::LinkHashMismatch, start, end, text));
        }
        let hourly = |node: &&&Node| !node.name.backfill && node.fault.is_none();
        let ends: Vec<Seconds> = readable.iter().filter(hourly).map(|node| node.span().1).collect();
        if !ends.is_empty() && !ends.contains(&start) {
            let text = "it does not begin where the digest before it ends".to_owned();
            stream.findings.push(self.finding(Code::LinkTime, start, end, text));
        }
    }

    /// Gaps, overlaps and chains over the valid hourly digests.
    fn continuity(&self, stream: &mut Stream) {
        let mut before: Option<Seconds> = None;
        for number in self.valid(&stream.hourly).collect::<Vec<_>>() {
            let (start, end) = self.known.span(number);
            let starting = self.previous(number).is_none();
            match before {
                Some(last) if start > last => {
                    self.gap(stream, Gap { from: last, to: start, restart: starting })
                }
                Some(last) if start < last => {
                    let text = "two valid digests speak of the same time".to_owned();
                    stream.findings.push(self.finding(Code::Overlap, start, last.min(end), text));
                }
                Some(_) if starting => {
                    let text =
                        "the chain begins anew without a gap: logging or validation was switched off and on";
                    stream.findings.push(self.finding(Code::Restart, start, end, text.to_owned()));
                }
                _ => {}
            }
            let breaks = before.is_some_and(|last| starting || start > last);
            match stream.chains.last_mut().filter(|_| !breaks) {
                Some(chain) => {
                    chain.last = chain.last.max(end);
                    chain.digests += 1;
                }
                None => {
                    let restart = starting && before.is_some();
                    stream.chains.push(Chain {
                        backfill: false,
                        first: start,
                        last: end,
                        digests: 1,
                        restart,
                    });
                }
            }
            before = Some(before.map_or(end, |last| last.max(end)));
            let (first, _) = stream.span.unwrap_or((start, end));
            stream.span = before.map(|last| (first, last));
        }
    }

    fn gap(&self, stream: &mut Stream, gap: Gap) {
        let hours = (gap.to - gap.from + HOUR - 1) / HOUR;
        let (code, text) = if gap.restart {
            let text = "logging or log file validation was off: the digest behind the gap starts a new chain";
            (Code::GapRestart, text.to_owned())
        } else {
            let text = format!("{hours} digests expected, none of them is here and valid");
            (Code::GapDigest, text)
        };
        stream.findings.push(self.finding(code, gap.from, gap.to, text));
        stream.gaps.push(gap);
    }

    /// What the window asks for and the chain does not reach.
    fn ends(&self, stream: &mut Stream) {
        let window = self.known.window;
        let Some((first, last)) = stream.span else {
            if !stream.hourly.is_empty() {
                let text = format!("none of {} digests is valid", stream.hourly.len());
                stream.findings.push(self.finding(Code::NoValidDigest, window.from, window.to, text));
            }
            return;
        };
        let first_of = self.valid(&stream.hourly).next();
        if first > window.from {
            let linked = first_of.is_some_and(|number| self.previous(number).is_some());
            let (code, text) = if linked {
                (Code::HeadShort, "digests before the first valid one are not here or not valid")
            } else {
                (Code::StartsLate, "logging or log file validation began later than the window")
            };
            stream.findings.push(self.finding(code, window.from, first, text.to_owned()));
        }
        if last < window.to {
            let text = "no valid digest attests the end of the window: the newest ones may have been removed";
            stream.findings.push(self.finding(Code::TailShort, last, window.to, text.to_owned()));
        }
    }

    fn backfill(&self, stream: &mut Stream) {
        for number in self.valid(&stream.backfill).collect::<Vec<_>>() {
            let (start, end) = self.known.span(number);
            let starting = self.previous(number).is_none();
            match stream.chains.last_mut().filter(|chain| chain.backfill && !starting) {
                Some(chain) => {
                    chain.last = chain.last.max(end);
                    chain.digests += 1;
                }
                None => {
                    let restart = stream.chains.iter().any(|chain| chain.backfill);
                    stream.chains.push(Chain {
                        backfill: true,
                        first: start,
                        last: end,
                        digests: 1,
                        restart,
                    });
                }
            }
        }
    }

    /// What signatures told, and whether the times a digest states are those of its list.
    fn notes(&self, stream: &mut Stream) {
        for number in stream.hourly.iter().chain(&stream.backfill).copied().collect::<Vec<_>>() {
            let (start, end) = self.known.span(number);
            let (Some(node), Some(checked)) = (self.known.nodes.get(number), self.known.checked.get(number))
            else {
                continue;
            };
            if !checked.is_valid() {
                continue;
            }
            for (code, text) in &checked.notes {
                let text = format!("{text}: {}", names::base(node.key()));
                stream.findings.push(self.finding(*code, start, end, text));
            }
            if let Some(text) = event_range(node) {
                stream.findings.push(self.finding(Code::EventRange, start, end, text));
            }
        }
    }
}

/// Whether the newest and oldest event of a digest are the extremes of its list.
fn event_range(node: &Node) -> Option<String> {
    let digest = node.digest()?;
    if digest.logs.iter().any(|log| log.events.0.is_none() || log.events.1.is_none()) {
        return None;
    }
    let newest = digest.logs.iter().filter_map(|log| log.events.0).max();
    let oldest = digest.logs.iter().filter_map(|log| log.events.1).min();
    let words = |time: Option<Seconds>| time.map_or_else(|| "none".to_owned(), rfc3339);
    ((newest, oldest) != digest.events).then(|| {
        let (stated_newest, stated_oldest) = digest.events;
        format!(
            "it states events from {} to {}, its list goes from {} to {}",
            words(stated_oldest),
            words(stated_newest),
            words(oldest),
            words(newest)
        )
    })
}
