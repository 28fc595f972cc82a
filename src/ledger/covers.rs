//! Does a line of the organisation's files speak of an access: of who acted, of what was touched, of when?

use super::Cover;
use super::intern::Interner;
use super::row::Row;
use super::shape::RawShape;
use crate::audit::{Audit, Change, Pattern};
use crate::clock::{HOUR, Seconds};
use crate::events::{ObjectKind, arn};
use crate::identities::{Caller, Resolution, Roster, Who};

/// What is needed to ask.
#[derive(Clone, Copy)]
pub struct Covers<'a> {
    /// Texts.
    pub names: &'a Interner<Box<str>>,
    /// The audit.
    pub audit: &'a Audit,
    /// Callers of the run.
    pub callers: &'a [Caller],
    /// Who stands behind each.
    pub resolutions: &'a [Resolution],
    /// People.
    pub roster: &'a Roster,
}

impl Covers<'_> {
    /// The first line of a file of changes or requests that covers an access.
    pub fn approved(&self, lines: Option<&Vec<Change>>, row: &Row, raw: &RawShape) -> Cover {
        let Some(lines) = lines else {
            return Cover::NotGiven;
        };
        let operation = self.names.str(raw.operation);
        cover(lines.iter().position(|change| {
            (change.from..=change.to).contains(&row.time)
                && change.operation.fits(operation)
                && self.is_by(row.caller, &change.principal)
                && self.is_on(raw, &change.object)
        }))
    }

    /// The first incident that covers an access.
    pub fn incident(&self, row: &Row) -> Cover {
        let Some(incidents) = &self.audit.incidents else {
            return Cover::NotGiven;
        };
        cover(incidents.iter().position(|incident| {
            let until = incident.closed.unwrap_or(Seconds::MAX);
            (incident.opened - HOUR..=until).contains(&row.time)
                && self.is_by(row.caller, &incident.principal)
        }))
    }

    /// Whether a pattern names a caller: by ARN, role or user, or as the person or workload behind it.
    pub fn is_by(&self, caller: u32, pattern: &Pattern) -> bool {
        let who = self.resolutions.get(caller as usize).map(|resolution| &resolution.who);
        let Some(caller) = self.callers.get(caller as usize) else {
            return false;
        };
        pattern.fits(&caller.arn)
            || pattern.fits(&caller.role_or_user())
            || match who {
                Some(Who::Person(place)) => self.roster.row(*place).is_some_and(|row| {
                    pattern.fits(&row.id) || pattern.fits(&row.name) || pattern.fits(&row.mail)
                }),
                Some(Who::Workload(name)) => pattern.fits(name),
                _ => false,
            }
    }

    /// Whether a pattern names an object: by its name, the end of its ARN, or the ARN of a table.
    pub fn is_on(&self, raw: &RawShape, pattern: &Pattern) -> bool {
        let name = self.names.str(raw.object_name);
        if pattern.fits(name) || name.rsplit('/').next().is_some_and(|tail| pattern.fits(tail)) {
            return true;
        }
        raw.object_kind == ObjectKind::Table && {
            let (region, account) = (self.names.str(raw.object_region), self.names.str(raw.object_account));
            pattern.fits(&format!(
                "arn:{}:dynamodb:{region}:{account}:table/{name}",
                arn::partition_of_region(region)
            ))
        }
    }
}

fn cover(place: Option<usize>) -> Cover {
    place.map_or(Cover::None, |place| Cover::Approved(u16::try_from(place).unwrap_or(u16::MAX)))
}
