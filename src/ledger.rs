//! The ledger of a run: every access once, with who stands behind it, and the shapes counted. Comes in: merged parts,
//! coverage, roster, the organisation's files. Goes out: [`Ledger`], in an order that does not depend on files,
//! threads or batches. It judges nothing.

pub mod adopt;
pub mod covers;
pub mod individuals;
pub mod intake;
pub mod intern;
pub mod lives;
pub mod part;
pub mod people;
pub mod repeats;
pub mod row;
pub mod scoped;
pub mod settle;
pub mod shape;
pub mod standing;
pub mod views;
pub mod walk;
pub mod who;

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Seconds;
use crate::events::Class;
use crate::gaps::Gap;
use crate::identities::{Caller, Issuance, Resolution, Roster};
use individuals::Used;
use intern::Interner;
pub use lives::Life;
pub use part::{FileFacts, FileOutcome, LoggingRecord, Part};
use people::Principal;
use row::{Partition, Row};
use shape::RawShape;
pub use shape::Trust;
use views::View;
use who::WhoShape;

/// Whether the organisation's files cover an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cover {
    /// An approved change or an incident covers it: its place in the organisation's file.
    Approved(u16),
    /// None does.
    None,
    /// audit.toml names no such file.
    NotGiven,
}

impl Cover {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            Cover::Approved(_) => "approved",
            Cover::None => "none",
            Cover::NotGiven => "not-given",
        }
    }
}

/// A shape: everything of an access that takes few values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What the record gives.
    pub raw: u32,
    /// Who, as a shape.
    pub who: u32,
    /// Origin class.
    pub origin: &'static str,
    /// Agent family.
    pub agent: &'static str,
    /// Whether an approved change covers it.
    pub change: Cover,
    /// Whether an incident covers it.
    pub incident: Cover,
    /// The caller changes its own identity.
    pub own_identity: bool,
    /// The object is a privileged identity.
    pub target_privileged: bool,
    /// How it stands to what the organisation states.
    pub standing: standing::Standing,
}

/// The boxes every record ends in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boxes {
    /// Records parsed.
    pub parsed: u64,
    /// Repeats removed.
    pub duplicates: u64,
    /// Records of actions that another account's record is counted for.
    pub copies: u64,
    /// Records whose `sharedEventID` others have too without agreeing: each is counted by itself.
    pub apart: u64,
    /// Events outside the window.
    pub outside: u64,
    /// Events in the window by class; those without usable time stand here too.
    pub classes: BTreeMap<Class, u64>,
    /// Events in the window that state no usable time.
    pub without_time: u64,
    /// Those whose time is written in whole seconds or coarser.
    pub whole_seconds: u64,
    /// Events of other services by root or privileged identities: kept as accesses.
    pub other_kept: u64,
}

impl Boxes {
    /// Records left once repeats are removed.
    pub fn unique(&self) -> u64 {
        self.parsed - self.duplicates
    }

    /// Events in the window.
    pub fn in_window(&self) -> u64 {
        self.classes.values().sum()
    }
}

/// Rows of one account: partitions in the order of ids, and apart those whose ids are no GUIDs.
#[derive(Debug, Clone, Default)]
pub struct AccountRows {
    /// Account.
    pub account: String,
    /// GUID partitions by leading digit.
    pub guids: Vec<Partition>,
    /// Other ids, sorted by their printed text.
    pub others: Partition,
}

/// What came out of containers of one limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contained {
    /// Words of the containers.
    pub words: BTreeSet<&'static str>,
    /// Files.
    pub files: u64,
    /// Records of these files.
    pub records: u64,
}

/// Every access of the window, once.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Texts.
    pub names: Interner<Box<str>>,
    /// Callers as logged.
    pub callers: Vec<Caller>,
    /// Who stands behind each caller.
    pub resolutions: Vec<Resolution>,
    /// Accesses of each caller.
    pub used: Vec<Used>,
    /// Principal of each caller.
    pub principal_of: Vec<u32>,
    /// People, workloads, services, unresolved principals; sorted.
    pub principals: Vec<Principal>,
    /// Raw shapes.
    pub raw_shapes: Vec<RawShape>,
    /// Who-shapes.
    pub who_shapes: Vec<WhoShape>,
    /// Shapes; rows name them.
    pub shapes: Vec<Shape>,
    /// Accesses of each shape.
    pub counts: Vec<u64>,
    /// The rows, accounts sorted.
    pub accounts: Vec<AccountRows>,
    /// Files sorted by name; rows name them.
    pub files: Vec<FileFacts>,
    /// Records of one action in other accounts than the one it is counted in; rows name them by place and one more.
    pub views: Vec<Vec<View>>,
    /// Changes of logging, by time, each once.
    pub logging: Vec<LoggingRecord>,
    /// Users and roles created or deleted outside the window, by time.
    pub lives: Vec<Life>,
    /// Credentials handed out, also outside the window; they name callers by place.
    pub issuances: Vec<Issuance>,
    /// What went missing, sorted.
    pub gaps: Vec<Gap>,
    /// The boxes.
    pub boxes: Boxes,
    /// First and last event time in the sources.
    pub span: Option<(Seconds, Seconds)>,
    /// The roster used.
    pub roster: Roster,
}

impl Ledger {
    /// Raw shape of a shape.
    pub fn raw(&self, shape: &Shape) -> Option<&RawShape> {
        self.raw_shapes.get(shape.raw as usize)
    }

    /// Shape of a row.
    pub fn shape(&self, row: &Row) -> Option<(&Shape, &RawShape, &WhoShape)> {
        let shape = self.shapes.get(row.shape as usize)?;
        Some((shape, self.raw(shape)?, self.who_shapes.get(shape.who as usize)?))
    }

    /// Principal of a row.
    pub fn principal(&self, row: &Row) -> Option<&Principal> {
        self.principals.get(self.principal_place(row) as usize)
    }

    /// Place of the principal of a row.
    pub fn principal_place(&self, row: &Row) -> u32 {
        self.principal_of.get(row.caller as usize).copied().unwrap_or(u32::MAX)
    }

    /// Records of the same action in other accounts.
    pub fn views(&self, row: &Row) -> &[View] {
        let place = (row.views as usize).checked_sub(1);
        place.and_then(|place| self.views.get(place)).map_or(&[], Vec::as_slice)
    }

    /// A name.
    pub fn name(&self, place: u32) -> &str {
        self.names.str(place)
    }

    /// Files and records that could not be read or placed.
    pub fn lost(&self) -> u64 {
        self.gaps.iter().filter(|gap| gap.kind.loses_input()).map(|gap| gap.count).sum()
    }

    /// What the containers of the records cannot show: ids of rules/limits.toml, each with the files and records that
    /// came out of such a container.
    pub fn container_limits(&self) -> BTreeMap<&'static str, Contained> {
        let mut limits: BTreeMap<&'static str, Contained> = BTreeMap::new();
        for file in self.files.iter().filter(|file| file.records > 0) {
            let ids: BTreeSet<_> = file.held.iter().filter_map(|container| container.limit()).collect();
            for id in ids {
                let contained = limits.entry(id).or_default();
                contained.files += 1;
                contained.records += file.records;
                contained
                    .words
                    .extend(file.held.iter().filter(|one| one.limit() == Some(id)).map(|one| one.word()));
            }
        }
        limits
    }

    /// Accesses kept.
    pub fn accesses(&self) -> u64 {
        self.counts.iter().sum()
    }
}
