//! Whether a second factor stands behind a session, as far as AWS shows: the mark in the session, the device named when
//! the credential was issued, and the same for whoever it was issued to. A factor at an outside identity provider does
//! not show (cloudtrail-records §5.3).

use rustc_hash::FxHashMap;

use super::{Caller, CallerType, Issuance, IssuanceKind};

/// Longest chain of sessions followed, as for people.
const MAX_HOPS: u32 = super::MAX_HOPS as u32;

/// What shows of a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mfa {
    /// AWS saw one.
    Yes,
    /// AWS saw none, and would have.
    No,
    /// The session came through an identity provider, whose factor AWS does not show.
    Provider,
    /// The logs do not tell.
    Unknown,
}

impl Mfa {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            Mfa::Yes => "yes",
            Mfa::No => "no",
            Mfa::Provider => "provider",
            Mfa::Unknown => "unknown",
        }
    }
}

struct Following<'a> {
    callers: &'a [Caller],
    by_key: FxHashMap<(&'a str, &'a str), Vec<&'a Issuance>>,
    known: Vec<Option<Mfa>>,
}

/// The answer for every caller, in their order. `issuances` name callers by their place in `callers`.
pub fn all(callers: &[Caller], issuances: &[Issuance]) -> Vec<Mfa> {
    let mut by_key: FxHashMap<(&str, &str), Vec<&Issuance>> = FxHashMap::default();
    for issuance in issuances {
        by_key.entry((&issuance.partition, &issuance.access_key)).or_default().push(issuance);
    }
    let mut following = Following { callers, by_key, known: vec![None; callers.len()] };
    (0..callers.len()).map(|place| following.of(place, 0)).collect()
}

impl Following<'_> {
    fn of(&mut self, place: usize, hops: u32) -> Mfa {
        let Some(caller) = self.callers.get(place).filter(|_| hops < MAX_HOPS) else {
            return Mfa::Unknown;
        };
        if let Some(known) = self.known.get(place).copied().flatten() {
            return known;
        }
        // A chain that leads back to itself tells nothing.
        self.note(place, Mfa::Unknown);
        let answer = self.answer(caller, hops);
        self.note(place, answer);
        answer
    }

    fn note(&mut self, place: usize, answer: Mfa) {
        if let Some(slot) = self.known.get_mut(place) {
            *slot = Some(answer);
        }
    }

    fn answer(&mut self, caller: &Caller, hops: u32) -> Mfa {
        if caller.mfa == Some(true) {
            return Mfa::Yes;
        }
        if !caller.on_behalf_of.is_empty() || caller.is_identity_center_role() {
            return Mfa::Provider;
        }
        match caller.kind {
            CallerType::Saml | CallerType::WebIdentity | CallerType::IdentityCenter => Mfa::Provider,
            // For a role "false" does not show that no factor was used (cloudtrail-records §5.3).
            CallerType::RoleSession | CallerType::Federated => self.issued(caller, hops),
            CallerType::Root if caller.assumed_root => self.issued(caller, hops),
            CallerType::IamUser | CallerType::Root if caller.service().is_some() => Mfa::Unknown,
            CallerType::IamUser | CallerType::Root => match caller.mfa {
                Some(_) => Mfa::No,
                // A long-lived key carries no factor.
                None if caller.access_key.starts_with("AKIA") => Mfa::No,
                None => self.issued(caller, hops),
            },
            _ => Mfa::Unknown,
        }
    }

    /// What the records that issued the credential tell. Two records of one issuance may see it from two accounts; when
    /// they contradict each other nothing is known.
    fn issued(&mut self, caller: &Caller, hops: u32) -> Mfa {
        if !caller.has_credential() {
            return Mfa::Unknown;
        }
        let key = (caller.partition.as_str(), caller.access_key.as_str());
        let found: Vec<(u32, IssuanceKind, bool)> = self
            .by_key
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|issuance| issuance.is_for(caller))
            .map(|issuance| (issuance.caller, issuance.kind, issuance.mfa))
            .collect();
        let mut answers = Vec::new();
        for (by, kind, mfa) in found {
            answers.push(match kind {
                _ if mfa => Mfa::Yes,
                IssuanceKind::Saml | IssuanceKind::WebIdentity => Mfa::Provider,
                IssuanceKind::Role | IssuanceKind::Root | IssuanceKind::Token => {
                    self.of(by as usize, hops + 1)
                }
                // A switch hands out no key that could lead here.
                IssuanceKind::Switch => Mfa::Unknown,
            });
        }
        answers.retain(|answer| *answer != Mfa::Unknown);
        answers.sort();
        answers.dedup();
        match answers.as_slice() {
            [one] => *one,
            _ => Mfa::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(kind: CallerType, key: &str, mfa: Option<bool>) -> Caller {
        Caller {
            kind,
            partition: "aws".to_owned(),
            access_key: key.to_owned(),
            arn: format!("arn:aws:x::111122223333:{key}"),
            mfa,
            ..Caller::default()
        }
    }

    fn issuance(key: &str, by: u32, kind: IssuanceKind, mfa: bool) -> Issuance {
        Issuance {
            partition: "aws".to_owned(),
            access_key: key.to_owned(),
            event_ref: "111122223333:1".to_owned(),
            caller: by,
            kind,
            session: String::new(),
            time: None,
            mfa,

            from_row: false,
        }
    }

    const USER: &str = "AKIAEXAMPLEEXAMPLE01";
    const ROLE: &str = "ASIAEXAMPLEEXAMPLE02";
    const NEXT: &str = "ASIAEXAMPLEEXAMPLE03";

    #[test]
    fn users_and_roots_show_their_factor() {
        let callers = [
            caller(CallerType::IamUser, USER, None),
            caller(CallerType::IamUser, ROLE, Some(true)),
            caller(CallerType::IamUser, ROLE, Some(false)),
            caller(CallerType::Root, "", None),
            caller(CallerType::IdentityCenter, "", None),
            caller(CallerType::ExternalAccount, "", Some(false)),
        ];
        assert_eq!(
            all(&callers, &[]),
            [Mfa::No, Mfa::Yes, Mfa::No, Mfa::Unknown, Mfa::Provider, Mfa::Unknown]
        );
    }

    #[test]
    fn a_session_has_the_factor_of_whoever_it_was_issued_to() {
        let callers = [
            caller(CallerType::IamUser, USER, None),
            caller(CallerType::RoleSession, ROLE, Some(false)),
            caller(CallerType::RoleSession, NEXT, Some(false)),
        ];
        let first = |mfa| issuance(ROLE, 0, IssuanceKind::Role, mfa);
        let second = issuance(NEXT, 1, IssuanceKind::Role, false);
        assert_eq!(all(&callers, &[first(true), second.clone()]), [Mfa::No, Mfa::Yes, Mfa::Yes]);
        assert_eq!(all(&callers, &[first(false), second.clone()]), [Mfa::No, Mfa::No, Mfa::No]);
        let federated = issuance(ROLE, 0, IssuanceKind::Saml, false);
        assert_eq!(all(&callers, &[federated, second.clone()]), [Mfa::No, Mfa::Provider, Mfa::Provider]);
        assert_eq!(all(&callers, std::slice::from_ref(&second)), [Mfa::No, Mfa::Unknown, Mfa::Unknown]);
        assert_eq!(
            all(&callers, &[first(true), first(false), second])[1..],
            [Mfa::Unknown; 2],
            "they disagree"
        );
    }

    #[test]
    fn a_chain_back_to_itself_ends() {
        let callers =
            [caller(CallerType::RoleSession, ROLE, None), caller(CallerType::RoleSession, NEXT, None)];
        let round =
            [issuance(ROLE, 1, IssuanceKind::Role, false), issuance(NEXT, 0, IssuanceKind::Role, false)];
        assert_eq!(all(&callers, &round), [Mfa::Unknown; 2]);
    }
}
