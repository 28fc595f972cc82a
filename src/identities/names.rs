//! What a caller's own block says of who it is: users, subjects, names given at a sign-in, callers of other accounts.
//! Comes in: one caller. Goes out: its resolution, without following credentials.

use super::{
    Caller, CallerType, Grade, MOST_ISSUANCES, Reason, Resolution, Resolver, Who, no_issuance, roster,
};

impl Resolver<'_> {
    /// A name that AWS or the identity provider vouches for: on the roster A, else B.
    pub(super) fn by_name(&self, name: &str, caller: &Caller, link: Reason) -> Resolution {
        match self.roster.find(name) {
            roster::Match::One(row) => Resolution::person(row, name, link, caller),
            roster::Match::Several => {
                Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::AmbiguousRoster, caller)
            }
            roster::Match::None if name.is_empty() => Resolution::unresolved(caller, Reason::NoIdentity),
            // A directory names people, also those who act through a workload.
            roster::Match::None if matches!(link, Reason::OnBehalfOf | Reason::IdentityCenterSession) => {
                Resolution::of(Who::Named(name.to_owned()), Grade::B, Reason::NotOnRoster, caller)
            }
            roster::Match::None => self.registered(&caller.role_or_user(), caller).unwrap_or_else(|| {
                Resolution::of(Who::Named(name.to_owned()), Grade::B, Reason::NotOnRoster, caller)
            }),
        }
    }

    /// The workload that audit.toml registers for a role, user or subject.
    pub(super) fn registered(&self, principal: &str, caller: &Caller) -> Option<Resolution> {
        let workload = self.scope.workload(principal)?;
        Some(Resolution::of(Who::Workload(workload.name.clone()), Grade::C, Reason::Registered, caller))
    }

    /// A program that an identity provider vouches for: a pipeline, a service account.
    pub(super) fn machine(&self, caller: &Caller) -> Resolution {
        let subject = caller.subject();
        match self.roster.find(subject) {
            roster::Match::None => self
                .registered(subject, caller)
                .unwrap_or_else(|| Resolution::unresolved(caller, Reason::UnregisteredWorkload)),
            _ => self.by_name(subject, caller, Reason::Directory),
        }
    }

    /// A user, told from others of its name by its principal id where logs or roster know it.
    pub(super) fn iam_user(&self, caller: &Caller) -> Resolution {
        if caller.arn.is_empty() {
            return self.claimed_user(caller);
        }
        let by_id = caller.user_id().map_or(roster::Match::None, |id| self.roster.find(id));
        let found = match (by_id, self.roster.find(&caller.arn)) {
            (roster::Match::One(by_id), roster::Match::One(by_arn)) if by_id != by_arn => {
                roster::Match::Several
            }
            (roster::Match::None, roster::Match::One(_)) if self.is_reused(caller) => {
                return self.one_of_a_name(caller);
            }
            (roster::Match::None, by_arn) => by_arn,
            (by_id, _) => by_id,
        };
        let matched = if by_id == roster::Match::None { &caller.arn } else { &caller.principal_id };
        match found {
            roster::Match::One(row) => Resolution::person(row, matched, Reason::UserOnRoster, caller),
            roster::Match::Several => {
                Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::AmbiguousRoster, caller)
            }
            roster::Match::None => match self.registered(&caller.arn, caller) {
                Some(workload) => Resolution { interactive: caller.mfa == Some(true), ..workload },
                None => self.user_on_no_roster(caller),
            },
        }
    }

    fn ids_of(&self, arn: &str) -> impl Iterator<Item = &str> {
        self.user_ids.get(arn).into_iter().flatten().copied()
    }

    /// Whether users with several principal ids had this ARN.
    fn is_reused(&self, caller: &Caller) -> bool {
        self.ids_of(&caller.arn).count() > 1
    }

    /// One of several users of a name that the roster has: the person if the roster states the principal id; somebody
    /// else if it states another's; open if it states none.
    fn one_of_a_name(&self, caller: &Caller) -> Resolution {
        let stated = self.ids_of(&caller.arn).any(|id| self.roster.find(id) != roster::Match::None);
        if stated && caller.user_id().is_some() {
            return self.user_on_no_roster(caller);
        }
        Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::ReusedName, caller)
    }

    fn user_on_no_roster(&self, caller: &Caller) -> Resolution {
        let name = match caller.user_id().filter(|_| self.is_reused(caller)) {
            Some(id) => format!("{} ({id})", caller.principal()),
            None => caller.principal(),
        };
        Resolution::of(Who::Named(name), Grade::B, Reason::NotOnRoster, caller)
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
    pub(super) fn claimed_name(&self, name: &str, caller: &Caller) -> Resolution {
        match self.roster.find(name) {
            roster::Match::One(row) => self.claimed(row, Reason::ClaimedName, caller),
            _ if caller.names_somebody() => {
                Resolution::of(Who::Named(name.to_owned()), Grade::B, Reason::ClaimedName, caller)
            }
            _ => Resolution::unresolved(caller, Reason::NoIdentity),
        }
    }

    /// Somebody who gave a person's name without proof: told apart from that person.
    pub(super) fn claimed(&self, row: u32, reason: Reason, caller: &Caller) -> Resolution {
        let name = self.roster.row(row).map_or("", |row| row.name.as_str());
        Resolution::of(Who::Named(format!("{name} (by name only)")), Grade::B, reason, caller)
    }

    /// The name behind `federated-user/` is chosen by the issuer, who answers for it: the record that issued the
    /// credential and the session both name the issuer.
    pub(super) fn federated(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        let issuer = Caller::named(&caller.issuer_arn, &caller.issuer_id)
            .filter(|issuer| matches!(issuer.kind, CallerType::IamUser | CallerType::Root));
        let stated = issuer.map(|issuer| self.individual(&issuer, seen).through(caller, Vec::new()));
        match (self.chain(caller, seen), stated) {
            (Some(chain), Some(stated)) => super::chains::agree(chain, stated, caller),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Resolution::unresolved(caller, no_issuance(caller)),
        }
    }

    /// The other account's log names nobody; the principal id may stand on the roster, or be known from records of that
    /// account. Several sessions can share one id: only if all of them lead to one person is it that person.
    pub(super) fn external(&self, caller: &Caller, seen: &mut Vec<String>) -> Resolution {
        if let roster::Match::One(row) = self.roster.find(&caller.principal_id) {
            return Resolution::person(row, &caller.principal_id, Reason::UserOnRoster, caller);
        }
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
}
