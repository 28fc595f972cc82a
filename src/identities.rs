//! Who stands behind a caller. Comes in: callers as logged, credential issuances, roster and declared principals.
//! Goes out: one [`Resolution`] a caller: person, workload, service, or a named reason why not, with the records that
//! prove it. Nothing is guessed: a name that a caller chose never raises a grade (cloudtrail-records §5.3).

pub mod caller;
mod chains;
pub mod credentials;
pub mod grades;
pub mod mfa;
mod names;
pub mod roster;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::audit::Scope;
pub use caller::{Caller, CallerType};
pub use credentials::{Issuance, IssuanceKind};
pub use grades::{EnteredBy, Grade, Reason, Resolution, Who};
pub use mfa::Mfa;
pub use roster::Roster;

/// Longest chain of roles followed; AWS sets no bound, real chains have a handful.
const MAX_HOPS: usize = 64;

/// Records followed for one credential or principal id; real ones have one or two.
const MOST_ISSUANCES: usize = 16;

/// Records followed for one caller in all: a bound for logs made to branch without end.
const MOST_STEPS: u32 = 4_000;

/// Resolves callers of one run.
pub struct Resolver<'a> {
    callers: &'a [Caller],
    by_key: FxHashMap<(&'a str, &'a str), Vec<&'a Issuance>>,
    by_principal_id: BTreeMap<&'a str, Vec<&'a Caller>>,
    /// Switches at the console by the session that they entered.
    by_session: BTreeMap<(&'a str, &'a str), Vec<&'a Issuance>>,
    /// Sessions from which a role was switched at the console, by ARN.
    switched_from: BTreeMap<&'a str, Vec<&'a Caller>>,
    /// Principal ids of the users that each ARN named.
    user_ids: BTreeMap<&'a str, BTreeSet<&'a str>>,
    steps: std::cell::Cell<u32>,
    /// Sessions of shared identities are followed to whoever entered them.
    behind_shared: std::cell::Cell<bool>,
    roster: &'a Roster,
    scope: &'a Scope,
}

impl<'a> Resolver<'a> {
    /// Prepares the joins. `issuances` name callers by their place in `callers`.
    pub fn new(
        callers: &'a [Caller],
        issuances: &'a [Issuance],
        roster: &'a Roster,
        scope: &'a Scope,
    ) -> Self {
        let mut by_key: FxHashMap<(&str, &str), Vec<&Issuance>> = FxHashMap::default();
        let mut by_session: BTreeMap<(&str, &str), Vec<&Issuance>> = BTreeMap::new();
        for issuance in issuances {
            if issuance.kind == IssuanceKind::Switch {
                by_session.entry((&issuance.partition, &issuance.session)).or_default().push(issuance);
                continue;
            }
            by_key.entry((&issuance.partition, &issuance.access_key)).or_default().push(issuance);
        }
        let mut user_ids: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for caller in callers {
            user_ids.entry(&caller.arn).or_default().extend(caller.user_id());
        }
        Resolver {
            callers,
            by_key,
            by_principal_id: by_principal_id(callers),
            by_session,
            switched_from: switched_from(callers),
            user_ids,
            steps: std::cell::Cell::new(0),
            behind_shared: std::cell::Cell::new(false),
            roster,
            scope,
        }
    }

    /// Resolves every caller, in their order.
    pub fn all(&self) -> Vec<Resolution> {
        let one = |caller| {
            let resolution = self.afresh(caller, false);
            let entered_by = match resolution.who {
                Who::Shared(_) => EnteredBy::of(&self.afresh(caller, true)),
                _ => EnteredBy::NotShared,
            };
            Resolution { entered_by, ..resolution }
        };
        self.callers.iter().map(one).collect()
    }

    fn afresh(&self, caller: &Caller, behind_shared: bool) -> Resolution {
        self.steps.set(0);
        self.behind_shared.set(behind_shared);
        self.resolve(caller, &mut Vec::new())
    }

    fn resolve(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        match caller.service() {
            Some(name) => Resolution::service(name),
            None => self.individual(caller, seen),
        }
    }

    /// Whoever stands behind an identity, whatever service passed the call on.
    fn individual(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        if caller.is_root() {
            return self.root(caller, seen);
        }
        if self.is_shared(caller) {
            return Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::SharedIdentity, caller);
        }
        if !caller.on_behalf_of.is_empty() && caller.kind != CallerType::RoleSession {
            return self.by_name(&caller.on_behalf_of, caller, Reason::OnBehalfOf);
        }
        match caller.kind {
            CallerType::RoleSession => self.role_session(caller, seen),
            CallerType::IamUser => self.iam_user(caller),
            CallerType::Federated => self.federated(caller, seen),
            CallerType::WebIdentity if is_machine(caller.subject()) => self.machine(caller),
            CallerType::Saml | CallerType::WebIdentity | CallerType::IdentityCenter => {
                self.by_name(caller.subject(), caller, Reason::Directory)
            }
            CallerType::ExternalAccount => self.external(caller, seen),
            CallerType::Anonymous => Resolution::unresolved(caller, Reason::Anonymous),
            CallerType::Root | CallerType::Service | CallerType::Unknown => {
                if caller.user_name.is_empty() {
                    Resolution::unresolved(caller, Reason::NoIdentity)
                } else {
                    self.claimed_name(&caller.user_name, caller)
                }
            }
        }
    }

    /// Root names nobody, unless somebody was given a session of it: then the record that issued it tells who.
    fn root(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        match self.chain(caller, seen) {
            Some(chain) => chain,
            None if caller.assumed_root => Resolution::unresolved(caller, no_issuance(caller)),
            None => Resolution::of(Who::Root(caller.account.clone()), Grade::D, Reason::Root, caller),
        }
    }

    /// Declared as used by several people. Sessions, and calls on behalf of somebody, can be followed further.
    fn is_shared(&self, caller: &Caller) -> bool {
        let session = matches!(caller.kind, CallerType::RoleSession | CallerType::Federated);
        if self.behind_shared.get() && (session || !caller.on_behalf_of.is_empty()) {
            return false;
        }
        self.scope.shared.holds(&caller.arn) || self.scope.shared.holds(&caller.role_or_user())
    }
}

/// Sessions that the records of switched roles name, by ARN.
fn switched_from(callers: &[Caller]) -> BTreeMap<&str, Vec<&Caller>> {
    let named = callers.iter().map(|caller| caller.switched_from.as_str());
    let mut from: BTreeMap<&str, Vec<&Caller>> =
        named.filter(|arn| arn.contains(":assumed-role/")).map(|arn| (arn, Vec::new())).collect();
    if !from.is_empty() {
        let sessions = callers.iter().filter(|caller| caller.has_credential() && caller.service().is_none());
        for caller in sessions {
            if let Some(known) = from.get_mut(caller.arn.as_str()) {
                known.push(caller);
            }
        }
    }
    from
}

/// Callers by principal id. A user is one whatever key was used; sessions of a role differ by their credential.
fn by_principal_id(callers: &[Caller]) -> BTreeMap<&str, Vec<&Caller>> {
    let mut by_id: BTreeMap<&str, Vec<&Caller>> = BTreeMap::new();
    for caller in callers.iter().filter(|caller| caller.arn_known() && caller.service().is_none()) {
        if caller.principal_id.is_empty() {
            continue;
        }
        let same = |other: &&Caller| {
            let one_session = caller.kind != CallerType::RoleSession || other.access_key == caller.access_key;
            other.arn == caller.arn && one_session
        };
        let known = by_id.entry(&caller.principal_id).or_default();
        if known.len() <= MOST_ISSUANCES && !known.iter().any(same) {
            known.push(caller);
        }
    }
    by_id
}

/// Subjects that providers give to programs: GitHub and GitLab pipelines, HCP Terraform runs, Kubernetes service
/// accounts (the providers' own documentation of their tokens).
fn is_machine(subject: &str) -> bool {
    ["repo:", "project_path:", "organization:", "system:serviceaccount:"]
        .iter()
        .any(|start| subject.starts_with(start))
}

/// Why a session whose issuing record is not known leads nowhere.
fn no_issuance(caller: &Caller) -> Reason {
    if caller.access_key.is_empty() {
        Reason::NoCredential
    } else if !caller.has_credential() {
        Reason::MaskedCredential
    } else {
        Reason::IssuanceNotFound
    }
}

#[cfg(test)]
mod tests;
