//! Principals of a run: people, workloads, services and those who could not be resolved, each with a stable token.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::identities::{Grade, Resolution, Roster, Who};
use crate::sources::hex;

/// Someone or something that accesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub who: Who,
    /// File-name token, `u-` and 16 hex digits of a hash over kind and name.
    pub token: String,
    /// As shown.
    pub name: String,
    /// `person`, `named`, `workload`, `service`, `root`, `shared` or `unresolved`.
    pub kind: &'static str,
    /// Best grade.
    pub grade: Grade,
}

/// All principals sorted by kind and name, and the principal of each caller.
pub fn principals(resolutions: &[Resolution], roster: &Roster) -> (Vec<Principal>, Vec<u32>) {
    let mut best: BTreeMap<(u8, String, &Who), Grade> = BTreeMap::new();
    for resolution in resolutions {
        let (order, name) = (order(&resolution.who), shown(&resolution.who, roster));
        let grade = best.entry((order, name, &resolution.who)).or_insert(resolution.grade);
        *grade = (*grade).min(resolution.grade);
    }
    let mut places: BTreeMap<&Who, u32> = BTreeMap::new();
    let mut principals = Vec::with_capacity(best.len());
    for ((_, name, who), grade) in best {
        places.insert(who, u32::try_from(principals.len()).unwrap_or(u32::MAX));
        principals.push(Principal {
            token: token(who, roster),
            kind: kind(who),
            name,
            grade,
            who: who.clone(),
        });
    }
    let of = resolutions
        .iter()
        .map(|resolution| places.get(&resolution.who).copied().unwrap_or(u32::MAX))
        .collect();
    (principals, of)
}

fn order(who: &Who) -> u8 {
    match who {
        Who::Person(_) => 0,
        Who::Named(_) => 1,
        Who::Shared(_) => 2,
        Who::Root(_) => 3,
        Who::Unresolved(_) => 4,
        Who::Workload(_) => 5,
        Who::Service(_) => 6,
    }
}

fn kind(who: &Who) -> &'static str {
    match who {
        Who::Person(_) => "person",
        Who::Named(_) => "named",
        Who::Shared(_) => "shared",
        Who::Root(_) => "root",
        Who::Unresolved(_) => "unresolved",
        Who::Workload(_) => "workload",
        Who::Service(_) => "service",
    }
}

/// The name shown for somebody.
pub fn shown(who: &Who, roster: &Roster) -> String {
    match who {
        Who::Person(row) => roster.row(*row).map_or_else(|| "person".to_owned(), |row| row.name.clone()),
        Who::Named(name) | Who::Workload(name) | Who::Service(name) => name.clone(),
        Who::Root(account) => format!("root of {account}"),
        Who::Shared(name) => format!("shared: {name}"),
        Who::Unresolved(name) => format!("unresolved: {name}"),
    }
}

/// A name for each principal, in their order: as shown; where several share it, the roster id of each person stands
/// behind it, and the kind of any other principal.
pub fn told_apart(principals: &[Principal], roster: &Roster) -> Vec<String> {
    let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
    for principal in principals {
        *holders.entry(&principal.name).or_insert(0) += 1;
    }
    let name = |principal: &Principal| {
        if holders.get(principal.name.as_str()).is_none_or(|holders| *holders < 2) {
            return principal.name.clone();
        }
        let id = match principal.who {
            Who::Person(row) => roster.row(row).map(|row| row.id.as_str()),
            _ => None,
        };
        format!("{} ({})", principal.name, id.unwrap_or(principal.kind))
    };
    principals.iter().map(name).collect()
}

/// The token of somebody.
pub fn token(who: &Who, roster: &Roster) -> String {
    let stable = match who {
        Who::Person(row) => roster.row(*row).map_or_else(String::new, |row| row.id.clone()),
        _ => shown(who, roster),
    };
    let digest = Sha256::digest(format!("{}\n{stable}", kind(who)).as_bytes());
    format!("u-{}", hex(digest.get(..8).unwrap_or_default()))
}
