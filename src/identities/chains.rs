//! Sessions: the records that issued their credentials, followed to the first caller, and the names that AWS or an
//! identity provider wrote into them. Comes in: one session. Goes out: its resolution with the records that prove it.

use super::{
    Caller, CallerType, Grade, Issuance, IssuanceKind, MAX_HOPS, MOST_ISSUANCES, MOST_STEPS, Reason,
    Resolution, Resolver, Who, no_issuance, roster,
};

impl Resolver<'_> {
    pub(super) fn role_session(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        let chained = self.chain(caller, seen).or_else(|| self.switched(caller, seen));
        let stated = self.stated(caller).map(|stated| self.workload_of_role(stated, caller));
        match (chained, stated) {
            (Some(chain), Some(stated)) => {
                let interactive = chain.interactive || stated.interactive;
                let found = if self.is_claim_from_outside(caller, &chain) {
                    self.only_claimed(stated, caller)
                } else {
                    agree(chain, stated, caller)
                };
                Resolution { interactive, ..found }
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.role_alone(caller),
        }
    }

    /// What the session itself states of its person: the user of Identity Center that it acts for, the session name
    /// that Identity Center wrote, the source identity.
    fn stated(&self, caller: &Caller) -> Option<Resolution> {
        let center = if caller.is_identity_center_role() { caller.session_name() } else { "" };
        let named = |name: &str, link| (!name.is_empty()).then(|| self.by_name(name, caller, link));
        let behalf = named(&caller.on_behalf_of, Reason::OnBehalfOf);
        let session = named(center, Reason::IdentityCenterSession);
        let source = named(&caller.source_identity, Reason::SourceIdentity);
        let directory = match (behalf, session) {
            // An id and a name of one directory user: the roster may hold either.
            (Some(behalf), Some(session)) => Some(match (&behalf.who, &session.who) {
                (Who::Named(_), _) => session,
                (_, Who::Named(_)) => behalf,
                _ => agree(behalf, session, caller),
            }),
            (one, other) => one.or(other),
        };
        match (directory, source) {
            (Some(directory), Some(source)) => Some(agree(directory, source, caller)),
            (one, other) => one.or(other),
        }
    }

    /// Whoever comes from an account that is not the organisation's may state any source identity.
    fn is_claim_from_outside(&self, caller: &Caller, chain: &Resolution) -> bool {
        let outside = |issuance: &&Issuance| {
            let issuer = self.callers.get(issuance.caller as usize);
            issuer.is_some_and(|issuer| {
                issuer.kind == CallerType::ExternalAccount && !self.scope.is_own_account(&issuer.account)
            })
        };
        let directory = !caller.on_behalf_of.is_empty() || caller.is_identity_center_role();
        matches!(chain.who, Who::Unresolved(_)) && !directory && self.issuances(caller).iter().any(outside)
    }

    fn only_claimed(&self, stated: Resolution, caller: &Caller) -> Resolution {
        match stated.who {
            Who::Person(row) => self.claimed(row, Reason::ClaimedName, caller),
            _ => stated,
        }
    }

    /// Records that handed this very credential to this very session. A key that was handed to another session proves
    /// nothing (publishers mask many keys alike).
    fn issuances(&self, caller: &Caller) -> Vec<&Issuance> {
        if !caller.has_credential() {
            return Vec::new();
        }
        let known = self.by_key.get(&(caller.partition.as_str(), caller.access_key.as_str()));
        let fits = |issuance: &&Issuance| {
            // Root asks for session tokens of its own, which name nobody further.
            let root = caller.is_root() && issuance.kind != IssuanceKind::Root;
            issuance.is_for(caller) && !root
        };
        known.into_iter().flatten().copied().filter(fits).collect()
    }

    /// Follows the STS event that issued the session's credential.
    pub(super) fn chain(&self, caller: &Caller, seen: &mut Vec<String>) -> Option<Resolution> {
        let issuances = self.issuances(caller);
        if issuances.is_empty() {
            return None;
        }
        if let Some(endless) = self.endless(&caller.access_key, issuances.len(), seen) {
            return Some(Resolution::unresolved(caller, endless));
        }
        seen.push(caller.access_key.clone());
        let links = issuances.into_iter().filter_map(|issuance| self.link(issuance, caller, seen));
        let found = links.reduce(|one, other| Resolution::better(one, other, caller));
        seen.pop();
        found.map(|resolution| self.workload_of_role(resolution, caller))
    }

    /// One link of a chain: whoever asked for the credential.
    fn link(&self, issuance: &Issuance, caller: &Caller, seen: &mut Vec<String>) -> Option<Resolution> {
        let issuer = self.callers.get(issuance.caller as usize)?;
        let resolved =
            if issuer.is_console() { self.individual(issuer, seen) } else { self.resolve(issuer, seen) };
        let resolved = match (&resolved.who, issuance.kind) {
            // The provider writes the name of a session that it federates, as it writes the subject.
            (Who::Named(_), IssuanceKind::Saml) => self.federated_name(caller).unwrap_or(resolved),
            (Who::Named(_), IssuanceKind::WebIdentity) => {
                self.registered(&caller.role_or_user(), caller).unwrap_or(resolved)
            }
            _ => resolved,
        };
        Some(resolved.through(caller, vec![issuance.event_ref.clone()]))
    }

    /// The person whose name stands in a session that a SAML provider federated.
    fn federated_name(&self, caller: &Caller) -> Option<Resolution> {
        let named = self.by_name(caller.session_name(), caller, Reason::Directory);
        matches!(named.who, Who::Person(_)).then_some(named)
    }

    /// Follows the sign-in event of a role switched at the console: its own session, and those of the name that began
    /// in its second.
    fn switched(&self, caller: &Caller, seen: &mut Vec<String>) -> Option<Resolution> {
        if !caller.switched_from.is_empty() {
            let from = self.whoever_is(&caller.switched_from, seen);
            return Some(by_switch(from.through(caller, Vec::new())));
        }
        let switches = self.by_session.get(&(caller.partition.as_str(), caller.arn.as_str()))?;
        let mut found: Option<Resolution> = None;
        for switch in switches.iter().filter(|switch| switch.entered(caller)).take(MOST_ISSUANCES) {
            let Some(entered) = self.callers.get(switch.caller as usize) else { continue };
            let from = self.whoever_is(&entered.switched_from, seen);
            let resolved = by_switch(from.through(caller, vec![switch.event_ref.clone()]));
            found = Some(match found {
                Some(other) => Resolution::better(other, resolved, caller),
                None => resolved,
            });
        }
        found.map(|resolution| self.workload_of_role(resolution, caller))
    }

    /// Whoever an ARN stands for: a user by itself; a session only if all that are known of it lead to one person.
    fn whoever_is(&self, arn: &str, seen: &mut Vec<String>) -> Resolution {
        let Some(named) = Caller::named(arn, "") else {
            return Resolution::unresolved(&Caller::default(), Reason::NoIdentity);
        };
        let known = self.switched_from.get(arn).map_or(&[][..], Vec::as_slice);
        if known.is_empty() {
            return self.individual(&named, seen);
        }
        if let Some(endless) = self.endless(arn, known.len(), seen) {
            return Resolution::unresolved(&named, endless);
        }
        seen.push(arn.to_owned());
        let all = known.iter().map(|other| self.individual(other, seen));
        let found = all.reduce(|one, other| {
            if one.who == other.who {
                return one;
            }
            Resolution::of(Who::Shared(named.principal()), Grade::D, Reason::AmbiguousIssuance, &named)
        });
        seen.pop();
        found.unwrap_or_else(|| Resolution::unresolved(&named, Reason::NoCredential))
    }

    /// Why a credential or session is followed no further, if it is not.
    fn endless(&self, at: &str, branches: usize, seen: &[String]) -> Option<Reason> {
        self.steps.set(self.steps.get() + 1);
        let many = branches > MOST_ISSUANCES || self.steps.get() > MOST_STEPS;
        if seen.iter().any(|before| before == at) {
            Some(Reason::Cycle)
        } else {
            (many || seen.len() >= MAX_HOPS).then_some(Reason::ChainTooLong)
        }
    }

    /// A session that a service started, or a program whose provider vouches for it, is the workload its role is
    /// registered for; a person inside a workload's role stays that person and is marked.
    fn workload_of_role(&self, resolution: Resolution, caller: &Caller) -> Resolution {
        let workload = self.scope.workload(&caller.role_or_user());
        let started =
            matches!(resolution.who, Who::Service(_)) || resolution.reason == Reason::UnregisteredWorkload;
        match (&resolution.who, workload) {
            (_, Some(workload)) if started => Resolution {
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

    /// No issuance, no name that anybody vouches for: what the role and the session name alone tell.
    fn role_alone(&self, caller: &Caller) -> Resolution {
        if let Some(workload) = self.registered(&caller.role_or_user(), caller) {
            return workload;
        }
        if caller.instance {
            return Resolution::unresolved(caller, Reason::UnregisteredWorkload);
        }
        match self.roster.find(caller.session_name()) {
            roster::Match::One(row) => self.claimed(row, Reason::SessionNameOnly, caller),
            _ => Resolution::unresolved(caller, no_issuance(caller)),
        }
    }
}

/// A proven switch is proven by the sign-in record.
fn by_switch(resolution: Resolution) -> Resolution {
    let reason = if resolution.grade == Grade::A { Reason::Switch } else { resolution.reason };
    Resolution { reason, ..resolution }
}

/// The chain and the source identity must lead to one person. A source identity that is on no roster leaves the person
/// of the chain, but not proven.
pub(super) fn agree(chain: Resolution, stated: Resolution, caller: &Caller) -> Resolution {
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
