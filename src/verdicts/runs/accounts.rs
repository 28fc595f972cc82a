//! Calls that create, remove or disable identities, and what makes two names of an identity one.

use super::about::{At, SeenAt};
use super::walk::{Collect, Seen};
use crate::clock::Seconds;
use crate::events::{Outcome, arn};
use crate::ledger::Ledger;

/// What a call does to an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// Creates it.
    Created,
    /// Removes it, or disables it as a whole.
    Removed,
    /// Takes one way of access from it.
    Disabled,
    /// Takes an assignment of a permission set.
    Unassigned,
}

/// One such call.
#[derive(Clone, Copy)]
pub(super) struct AccountEvent<'a> {
    pub(super) time: Seconds,
    pub(super) done: Done,
    pub(super) object: &'a str,
    pub(super) at: SeenAt,
}

/// All of them that were done and state a time.
pub(super) struct AccountEvents<'a> {
    ledger: &'a Ledger,
    done: Vec<Option<Done>>,
    pub(super) list: Vec<AccountEvent<'a>>,
}

impl<'a> AccountEvents<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        AccountEvents { ledger, done: vec![None; ledger.shapes.len()], list: Vec::new() }
    }
}

impl<'a> Collect<'a> for AccountEvents<'a> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        let done = (seen.raw.outcome == Outcome::Done).then(|| what(self.ledger, seen)).flatten();
        if let Some(slot) = self.done.get_mut(number) {
            *slot = done;
        }
        done.is_some()
    }

    fn take(&mut self, at: At<'a>) {
        let done = self.done.get(at.row.shape as usize).copied().flatten();
        let object = at.ledger.shape(at.row).map_or("", |(_, raw, _)| self.ledger.name(raw.object_name));
        if let (Some(done), Some(time)) = (done, at.time()) {
            self.list.push(AccountEvent { time, done, object, at: at.seen() });
        }
    }
}

fn what(ledger: &Ledger, seen: &Seen<'_>) -> Option<Done> {
    let inactive = || ledger.name(seen.raw.detail).eq_ignore_ascii_case("inactive");
    match (ledger.name(seen.raw.source), ledger.name(seen.raw.operation)) {
        ("iam.amazonaws.com", "CreateUser" | "CreateRole") => Some(Done::Created),
        ("iam.amazonaws.com", "DeleteUser" | "DeleteRole") => Some(Done::Removed),
        ("iam.amazonaws.com", "DeleteLoginProfile" | "DeleteAccessKey") => Some(Done::Disabled),
        ("iam.amazonaws.com", "UpdateAccessKey") if inactive() => Some(Done::Disabled),
        ("identitystore.amazonaws.com" | "sso-directory.amazonaws.com", "DeleteUser" | "DisableUser") => {
            Some(Done::Removed)
        }
        ("sso.amazonaws.com", "DeleteAccountAssignment") => Some(Done::Unassigned),
        _ => None,
    }
}

/// An identity in one spelling: users and roles by account and name, without the path that only some records state;
/// mail addresses in lower case; anything else as it is.
pub(super) fn normal(identity: &str) -> String {
    if let Some(arn) = arn::parse(identity)
        && let Some((kind @ ("user" | "role"), path)) = arn.resource.split_once('/')
    {
        let name = path.rsplit('/').next().unwrap_or(path);
        return format!("{kind} {}:{} {name}", arn.partition, arn.account);
    }
    if identity.contains('@') { identity.to_lowercase() } else { identity.to_owned() }
}
