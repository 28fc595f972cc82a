//! Who stands behind a caller. Comes in: callers as logged, credential issuances, roster and declared principals.
//! Goes out: one [`Resolution`] a caller: person, workload, service, or a named reason why not, with the records that
//! prove it. Nothing is guessed: a name that a caller chose never raises a grade (cloudtrail-records §5.3).

pub mod caller;
pub mod credentials;
pub mod grades;
pub mod mfa;
pub mod roster;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::audit::Scope;
pub use caller::{Caller, CallerType};
pub use credentials::{Issuance, IssuanceKind};
pub use grades::{EnteredBy, Grade, Reason, Resolution, Who};
pub use mfa::Mfa;
pub use roster::Roster;

/// Longest chain of roles followed; AWS sessions chain far less.
const MAX_HOPS: usize = 12;

/// Records followed for one credential or principal id; real ones have one or two.
const MOST_ISSUANCES: usize = 16;

/// Records followed for one caller in all: a bound for logs made to branch without end.
const MOST_STEPS: u32 = 4_000;

/// Resolves callers of one run.
pub struct Resolver<'a> {
    callers: &'a [Caller],
    by_key: FxHashMap<(&'a str, &'a str), Vec<&'a Issuance>>,
    by_principal_id: BTreeMap<&'a str, Vec<&'a Caller>>,
    by_arn: BTreeMap<&'a str, &'a Caller>,
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
        for issuance in issuances {
            by_key.entry((&issuance.partition, &issuance.access_key)).or_default().push(issuance);
        }
        let mut by_principal_id: BTreeMap<&str, Vec<&Caller>> = BTreeMap::new();
        let mut by_arn = BTreeMap::new();
        for caller in callers.iter().filter(|caller| caller.arn_known() && caller.service().is_none()) {
            if !caller.principal_id.is_empty() {
                // A user is one whatever key was used; sessions of a role differ by their credential.
                let same = |other: &&Caller| {
                    let one_session =
                        caller.kind != CallerType::RoleSession || other.access_key == caller.access_key;
                    other.arn == caller.arn && one_session
                };
                let known: &mut Vec<&Caller> = by_principal_id.entry(&caller.principal_id).or_default();
                if known.len() <= MOST_ISSUANCES && !known.iter().any(same) {
                    known.push(caller);
                }
            }
            by_arn.entry(caller.arn.as_str()).or_insert(caller);
        }
        let (steps, behind_shared) = (std::cell::Cell::new(0), std::cell::Cell::new(false));
        Resolver { callers, by_key, by_principal_id, by_arn, roster, scope, steps, behind_shared }
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
        if let Some(name) = caller.service() {
            return Resolution::service(name);
        }
        if caller.is_root() {
            return Resolution::of(Who::Root(caller.account.clone()), Grade::D, Reason::Root, caller);
        }
        if self.is_shared(caller) {
            return Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::SharedIdentity, caller);
        }
        if !caller.on_behalf_of.is_empty() {
            return self.by_name(&caller.on_behalf_of, caller, Reason::OnBehalfOf);
        }
        match caller.kind {
            CallerType::RoleSession => self.role_session(caller, seen),
            CallerType::IamUser => self.iam_user(caller),
            CallerType::Federated => self.federated(caller, seen),
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

    /// Declared as used by several people. Sessions, and calls on behalf of somebody, can be followed further.
    fn is_shared(&self, caller: &Caller) -> bool {
        let session = matches!(caller.kind, CallerType::RoleSession | CallerType::Federated);
        if self.behind_shared.get() && (session || !caller.on_behalf_of.is_empty()) {
            return false;
        }
        self.scope.shared.holds(&caller.arn) || self.scope.shared.holds(&caller.role_or_user())
    }

    /// A name that AWS or the identity provider vouches for: on the roster A, else B.
    fn by_name(&self, name: &str, caller: &Caller, link: Reason) -> Resolution {
        match self.roster.find(name) {
            roster::Match::One(row) => Resolution::of(Who::Person(row), Grade::A, link, caller),
            roster::Match::Several => {
                Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::AmbiguousRoster, caller)
            }
            roster::Match::None if name.is_empty() => Resolution::unresolved(caller, Reason::NoIdentity),
            roster::Match::None => {
                let who = self
                    .scope
                    .workload(&caller.role_or_user())
                    .map(|workload| Who::Workload(workload.name.clone()));
                match who {
                    Some(who) => Resolution::of(who, Grade::C, Reason::Registered, caller),
                    None => {
                        Resolution::of(Who::Named(name.to_owned()), Grade::B, Reason::NotOnRoster, caller)
                    }
                }
            }
        }
    }

    fn iam_user(&self, caller: &Caller) -> Resolution {
        if caller.arn.is_empty() {
            return self.claimed_user(caller);
        }
        match self.roster.find(&caller.arn) {
            roster::Match::One(row) => {
                Resolution::of(Who::Person(row), Grade::A, Reason::UserOnRoster, caller)
            }
            roster::Match::Several => {
                Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::AmbiguousRoster, caller)
            }
            roster::Match::None => match self.scope.workload(&caller.arn) {
                Some(workload) => {
                    let interactive = caller.mfa == Some(true);
                    Resolution {
                        interactive,
                        ..Resolution::of(
                            Who::Workload(workload.name.clone()),
                            Grade::C,
                            Reason::Registered,
                            caller,
                        )
                    }
                }
                None => Resolution::of(Who::Named(caller.principal()), Grade::B, Reason::NotOnRoster, caller),
            },
        }
    }

    /// A user name without ARN, as failed sign-ins log it: never more than a claim.
    fn claimed_user(&self, caller: &Caller) -> Resolution {
        let name = format!("arn:{}:iam::{}:user/{}", caller.partition, caller.account, caller.user_name);
        match self.roster.find(&name) {
            roster::Match::One(row) => self.claimed(row, Reason::ClaimedName, caller),
            _ if caller.names_somebody() => {
                Resolution::of(Who::Named(caller.principal()), Grade::B, Reason::ClaimedName, caller)
            }
            _ => Resolution::unresolved(caller, Reason::NoIdentity),
        }
    }

    /// A name typed at a sign-in of Identity Center.
    fn claimed_name(&self, name: &str, caller: &Caller) -> Resolution {
        match self.roster.find(name) {
            roster::Match::One(row) => self.claimed(row, Reason::ClaimedName, caller),
            _ if caller.names_somebody() => {
                Resolution::of(Who::Named(name.to_owned()), Grade::B, Reason::ClaimedName, caller)
            }
            _ => Resolution::unresolved(caller, Reason::NoIdentity),
        }
    }

    /// Somebody who gave a person's name without proof: told apart from that person.
    fn claimed(&self, row: u32, reason: Reason, caller: &Caller) -> Resolution {
        let name = self.roster.row(row).map_or("", |row| row.name.as_str());
        Resolution::of(Who::Named(format!("{name} (by name only)")), Grade::B, reason, caller)
    }

    /// The name behind `federated-user/` is chosen by the issuer, who answers for it.
    fn federated(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        let issuer =
            self.by_arn.get(caller.issuer_arn.as_str()).filter(|issuer| issuer.kind != CallerType::Federated);
        match issuer {
            Some(issuer) => self.resolve(issuer, seen).through(caller, Vec::new()),
            None => match self.roster.find(&caller.issuer_arn) {
                roster::Match::One(row) => {
                    Resolution::of(Who::Person(row), Grade::A, Reason::UserOnRoster, caller)
                }
                _ => Resolution::unresolved(caller, Reason::IssuanceNotFound),
            },
        }
    }

    /// The other account's log names nobody; the principal id may be known from records of that account. Several
    /// sessions can share one id: only if all of them lead to one person is it that person.
    fn external(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        let known = self.by_principal_id.get(caller.principal_id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut found: Option<Resolution> = None;
        for other in known.iter().filter(|other| other.partition == caller.partition).take(MOST_ISSUANCES) {
            let resolved = self.resolve(other, seen);
            match &found {
                Some(first) if first.who != resolved.who => {
                    let open =
                        [first, &resolved].into_iter().find(|one| matches!(one.who, Who::Unresolved(_)));
                    let reason = open.map_or(Reason::OtherAccount, |open| open.reason);
                    return Resolution::unresolved(caller, reason);
                }
                Some(_) => {}
                None => found = Some(resolved),
            }
        }
        match found {
            Some(found) if known.len() <= MOST_ISSUANCES => found,
            _ => Resolution::unresolved(caller, Reason::OtherAccount),
        }
    }

    fn role_session(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        let chained = self.chain(caller, seen);
        let stated = (!caller.source_identity.is_empty())
            .then(|| self.by_name(&caller.source_identity, caller, Reason::SourceIdentity));
        match (chained, stated) {
            (Some(chain), Some(stated)) => {
                let stated = self.workload_of_role(stated, caller);
                let interactive = chain.interactive || stated.interactive;
                Resolution { interactive, ..agree(chain, stated, caller) }
            }
            (Some(chain), None) => chain,
            (None, Some(stated)) => self.workload_of_role(stated, caller),
            (None, None) => self.role_alone(caller),
        }
    }

    /// Follows the STS event that issued the session's credential.
    fn chain(&self, caller: &Caller, seen: &mut Vec<String>) -> Option<Resolution> {
        if !caller.has_credential() {
            return None;
        }
        let known = self.by_key.get(&(caller.partition.as_str(), caller.access_key.as_str()))?;
        // A key that was handed to another session proves nothing (publishers mask many keys alike).
        let issuances: Vec<&Issuance> =
            known.iter().copied().filter(|issuance| issuance.is_for(caller)).collect();
        if issuances.is_empty() {
            return None;
        }
        self.steps.set(self.steps.get() + 1);
        let endless = seen.len() >= MAX_HOPS || seen.contains(&caller.access_key);
        if endless || issuances.len() > MOST_ISSUANCES || self.steps.get() > MOST_STEPS {
            return Some(Resolution::unresolved(caller, Reason::Cycle));
        }
        seen.push(caller.access_key.clone());
        let mut found: Option<Resolution> = None;
        for issuance in issuances {
            let Some(issuer) = self.callers.get(issuance.caller as usize) else {
                continue;
            };
            let resolved = self.resolve(issuer, seen).through(caller, vec![issuance.event_ref.clone()]);
            found = Some(match found {
                None => resolved,
                Some(other) => Resolution::better(other, resolved, caller),
            });
        }
        seen.pop();
        found.map(|resolution| self.workload_of_role(resolution, caller))
    }

    /// A session that a service started is the workload its role is registered for; a person inside a workload's role
    /// stays that person and is marked.
    fn workload_of_role(&self, resolution: Resolution, caller: &Caller) -> Resolution {
        let workload = self.scope.workload(&caller.role_or_user());
        match (&resolution.who, workload) {
            (Who::Service(_), Some(workload)) => Resolution {
                who: Who::Workload(workload.name.clone()),
                grade: Grade::C,
                reason: Reason::Registered,
                ..resolution
            },
            (Who::Service(_), None) => Resolution::unresolved(caller, Reason::UnregisteredWorkload),
            (Who::Workload(_), Some(workload)) => {
                Resolution { who: Who::Workload(workload.name.clone()), ..resolution }
            }
            (Who::Person(_) | Who::Named(_) | Who::Shared(_) | Who::Root(_), Some(_)) => {
                Resolution { interactive: true, ..resolution }
            }
            _ => resolution,
        }
    }

    /// No issuance, no source identity: what the role and the session name alone tell.
    fn role_alone(&self, caller: &Caller) -> Resolution {
        let session = caller.session_name();
        if caller.is_identity_center_role() {
            return self.by_name(session, caller, Reason::IdentityCenterSession);
        }
        if let Some(workload) = self.scope.workload(&caller.role_or_user()) {
            return Resolution::of(
                Who::Workload(workload.name.clone()),
                Grade::C,
                Reason::Registered,
                caller,
            );
        }
        match self.roster.find(session) {
            roster::Match::One(row) => self.claimed(row, Reason::SessionNameOnly, caller),
            _ if caller.access_key.is_empty() => Resolution::unresolved(caller, Reason::NoCredential),
            _ if !caller.has_credential() => Resolution::unresolved(caller, Reason::MaskedCredential),
            _ => Resolution::unresolved(caller, Reason::IssuanceNotFound),
        }
    }
}

/// The chain and the source identity must lead to one person. A source identity that is on no roster leaves the person
/// of the chain, but not proven.
fn agree(chain: Resolution, stated: Resolution, caller: &Caller) -> Resolution {
    match (&chain.who, &stated.who) {
        (a, b) if a == b => Resolution { grade: chain.grade.min(stated.grade), ..chain },
        (Who::Unresolved(_) | Who::Service(_), _) => stated,
        (Who::Shared(_) | Who::Workload(_), Who::Person(_)) => {
            Resolution { hops: chain.hops, proof: chain.proof, path: chain.path, ..stated }
        }
        (Who::Workload(_), _) | (_, Who::Workload(_)) => chain,
        (_, Who::Named(_)) => {
            Resolution { grade: chain.grade.max(Grade::B), reason: Reason::IdentitiesDisagree, ..chain }
        }
        _ => Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::IdentitiesDisagree, caller),
    }
}

#[cfg(test)]
mod tests;
