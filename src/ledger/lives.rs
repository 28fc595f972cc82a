//! Users and roles that were created or deleted outside the window: all that is kept of events there, for a name that is
//! given again was often deleted long before.

use super::intern::Interner;
use super::row::{Partition, Row};
use super::shape::RawShape;
use crate::clock::Seconds;
use crate::events::Outcome;

/// One creation or deletion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    /// When.
    pub time: Seconds,
    /// A creation, else a deletion.
    pub created: bool,
    /// The user or role, as its records name it.
    pub object: String,
    /// `account:eventID`.
    pub event_ref: String,
    /// File, by place among the files read; of the ledger in the end.
    pub file: u32,
    /// Place among the file's records, from 0.
    pub index: u32,
}

/// Finds them among the events that are not kept.
pub struct Lives {
    /// Whether a shape creates or deletes.
    of_shape: Vec<Option<bool>>,
    found: Vec<Life>,
}

impl Lives {
    /// Knows the shapes.
    pub fn new(names: &Interner<Box<str>>, shapes: &[RawShape]) -> Lives {
        Lives { of_shape: shapes.iter().map(|shape| creates(names, shape)).collect(), found: Vec::new() }
    }

    /// Looks at an event outside the window.
    pub fn outside(&mut self, names: &Interner<Box<str>>, raw: &RawShape, row: &Row, texts: &Partition) {
        let Some(created) = self.of_shape.get(row.shape as usize).copied().flatten() else {
            return;
        };
        let mut event_ref = format!("{}:", names.str(raw.account));
        texts.push_id(&mut event_ref, row);
        let object = names.str(raw.object_name).to_owned();
        let (time, file, index) = (row.time, row.file, row.index);
        self.found.push(Life { time, created, object, event_ref, file, index });
    }

    /// All of them by time, with files by their place in the ledger.
    pub fn finish(self, rank: &[u32]) -> Vec<Life> {
        let mut lives = self.found;
        for life in &mut lives {
            life.file = rank.get(life.file as usize).copied().unwrap_or(u32::MAX);
        }
        lives.sort();
        lives
    }
}

/// Whether a done call creates (true) or deletes (false) a user or role.
fn creates(names: &Interner<Box<str>>, shape: &RawShape) -> Option<bool> {
    let iam = names.str(shape.source) == "iam.amazonaws.com" && shape.outcome == Outcome::Done;
    match names.str(shape.operation) {
        "CreateUser" | "CreateRole" if iam => Some(true),
        "DeleteUser" | "DeleteRole" if iam => Some(false),
        _ => None,
    }
}
