//! Which digest lists which log file (cloudtrail-integrity §7, §9 step 8). Comes in: valid digests and entries. Goes out:
//! for each entry what it must be, for each listed file the entries that may be it. Keys of digests are only compared
//! with names of entries; none is ever opened.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::chains::StreamId;
use super::file::Listed;
use super::places::Places;
use super::reading::Node;
use super::signing::Checked;
use super::words::Code;
use super::{Finding, Window};
use crate::sources::{Entry, Obstacle, names};

/// A file that a valid digest lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listing {
    /// The digest, and the place in its list.
    pub node: usize,
    pub index: usize,
    /// Whether that digest speaks of the window.
    pub selected: bool,
}

impl Listing {
    pub(super) fn of<'n>(&self, nodes: &'n [Node]) -> Option<&'n Listed> {
        nodes.get(self.node)?.digest()?.logs.get(self.index)
    }
}

/// All listings.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub all: Vec<Listing>,
    /// First listing of each entry.
    pub of_entry: Vec<Option<usize>>,
    /// Further listings of an entry: another key or another hash under one base name.
    pub more: BTreeMap<usize, Vec<usize>>,
    pub findings: Vec<Finding>,
}

impl Index {
    /// Lists what valid digests list, and finds the entries.
    pub(super) fn new(
        entries: &[Entry],
        nodes: &[Node],
        checked: &[Checked],
        ids: &[StreamId],
        window: Window,
        places: &mut Places,
    ) -> Index {
        let mut index = Index::default();
        let mut by_stem: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (number, node) in nodes.iter().enumerate() {
            let valid = checked.get(number).is_some_and(Checked::is_valid);
            let Some(digest) = node.digest().filter(|_| valid) else { continue };
            let selected = window.meets(node.span());
            let label = ids.get(number).map(StreamId::label).unwrap_or_default();
            for (place, listed) in digest.logs.iter().enumerate() {
                places.lists(&listed.object);
                let known = by_stem.entry(names::stem(&listed.object)).or_default();
                let listing = Listing { node: number, index: place, selected };
                index.add(nodes, known, listing, listed, &label);
            }
        }
        index.find(entries, &by_stem);
        index
    }

    /// The same key twice is told, and checked once unless the hashes differ.
    fn add(
        &mut self,
        nodes: &[Node],
        known: &mut Vec<usize>,
        listing: Listing,
        listed: &Listed,
        label: &str,
    ) {
        let same = |number: &usize| {
            let other = self.all.get(*number).and_then(|other| other.of(nodes));
            other.is_some_and(|other| other.object == listed.object)
        };
        let twice: Vec<usize> = known.iter().copied().filter(same).collect();
        if !twice.is_empty() && listing.selected {
            let span = nodes.get(listing.node).map(Node::span);
            let text = format!("listed more than once: {}", listed.object);
            self.findings.push(Finding::new(Code::ListedTwice, label.to_owned(), span, text));
        }
        for number in twice {
            let other = self.all.get_mut(number);
            if let Some(other) = other
                && other.of(nodes).is_some_and(|other| other.sha256 == listed.sha256)
            {
                if listing.selected && !other.selected {
                    *other = listing;
                }
                return;
            }
        }
        known.push(self.all.len());
        self.all.push(listing);
    }

    fn find(&mut self, entries: &[Entry], by_stem: &FxHashMap<&str, Vec<usize>>) {
        for (number, entry) in entries.iter().enumerate() {
            let passed = matches!(entry.obstacle, Some(Obstacle::Passed(_)));
            let found = by_stem.get(names::stem(&entry.name)).filter(|_| !passed);
            let found = found.map(Vec::as_slice).unwrap_or_default();
            self.of_entry.push(found.first().copied());
            if let Some((_, rest @ [_, ..])) = found.split_first() {
                self.more.insert(number, rest.to_vec());
            }
        }
    }

    /// Listings of an entry.
    pub(super) fn of(&self, entry: usize) -> impl Iterator<Item = (usize, &Listing)> {
        let first = self.of_entry.get(entry).copied().flatten();
        let more = first.and_then(|_| self.more.get(&entry)).into_iter().flatten().copied();
        first.into_iter().chain(more).filter_map(|number| Some((number, self.all.get(number)?)))
    }
}
