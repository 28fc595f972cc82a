//! Callers as shapes: what of "who" takes few values.

use super::standing::Told;
use crate::audit::Scope;
use crate::clock;
use crate::coverage::Coverage;
use crate::events::arn;
use crate::identities::{Caller, EnteredBy, Grade, Mfa, Reason, Resolution, Who};

/// The few-valued part of who stands behind an access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WhoShape {
    /// `human`, `workload` or `service`.
    pub caller_kind: &'static str,
    /// Type of the identity.
    pub principal_kind: &'static str,
    /// Grade.
    pub grade: Grade,
    /// Why.
    pub reason: Reason,
    /// Every record that could name the person would lie in the sources.
    pub issuers_in_sources: bool,
    /// Role or user without session name.
    pub role: String,
    /// Administrative access.
    pub privileged: bool,
    /// Emergency access.
    pub break_glass: bool,
    /// Used by several people.
    pub shared: bool,
    /// Who entered an identity that several people use.
    pub entered_by: EnteredBy,
    /// May read audit logs.
    pub log_reader: bool,
    /// May change audit logs.
    pub log_admin: bool,
    /// A workload's identity in the hands of a person.
    pub interactive: bool,
    /// Second factor.
    pub mfa: Mfa,
    /// May manage keys.
    pub key_admin: Told,
    /// May query tables directly.
    pub direct_query: Told,
    /// Belongs to nobody of the organisation.
    pub external: Told,
}

impl WhoShape {
    /// The shape of a caller.
    pub fn new(
        caller: &Caller,
        resolution: &Resolution,
        mfa: Mfa,
        scope: &Scope,
        coverage: &Coverage,
    ) -> WhoShape {
        let role = caller.role_or_user();
        let holds = |principals: &crate::audit::scope::Principals| {
            principals.holds(&role) || principals.holds(&caller.arn)
        };
        let listed = |principals: &crate::audit::scope::Principals| match principals.given() {
            false => Told::NotGiven,
            true if holds(principals) => Told::Listed,
            true => Told::NotListed,
        };
        let is_service = resolution.grade == Grade::S;
        WhoShape {
            caller_kind: match resolution.who {
                Who::Service(_) => "service",
                Who::Workload(_) if !resolution.interactive => "workload",
                _ => "human",
            },
            principal_kind: if is_service { "service" } else { caller.kind.word() },
            grade: resolution.grade,
            reason: resolution.reason,
            issuers_in_sources: issuers_in_sources(caller, resolution, coverage),
            privileged: !is_service && (holds(&scope.privileged) || caller.is_root()),
            break_glass: !is_service && holds(&scope.break_glass),
            shared: matches!(resolution.who, Who::Shared(_)),
            entered_by: resolution.entered_by,
            log_reader: holds(&scope.log_readers),
            log_admin: holds(&scope.log_admins),
            interactive: resolution.interactive,
            mfa,
            key_admin: listed(&scope.key_admins),
            direct_query: listed(&scope.direct_query),
            external: external(caller, scope, holds(&scope.external)),
            role,
        }
    }
}

/// Whether a caller belongs to an account that is not declared, or is listed as a recipient outside (as an ARN or as an
/// account). A service of AWS belongs to no account; for anybody else who states none, nothing can be said.
fn external(caller: &Caller, scope: &Scope, listed: bool) -> Told {
    let stated = arn::parse(&caller.arn).map_or("", |arn| arn.account);
    let account = if caller.account.is_empty() { stated } else { &caller.account };
    if account.is_empty() && caller.service().is_some() {
        return Told::No;
    }
    if listed || scope.external.holds(account) || !(account.is_empty() || scope.is_own_account(account)) {
        return Told::Yes;
    }
    if account.is_empty() || !scope.external.given() { Told::NotGiven } else { Told::No }
}

/// Whether an unresolved person is a finding and not a gap in the sources: the account's management events are proven
/// for the hour in which the session was created, so the issuing record would have been there.
fn issuers_in_sources(caller: &Caller, resolution: &Resolution, coverage: &Coverage) -> bool {
    match resolution.reason {
        // A session of root is asked for in the organisation's management account.
        Reason::IssuanceNotFound if caller.is_root() => false,
        Reason::IssuanceNotFound => {
            let created = clock::parse(&caller.created);
            created.is_some_and(|created| coverage.account_proven(&caller.account, created))
        }
        // Without a credential, or in another account, nothing could be joined however complete the sources are.
        Reason::MaskedCredential | Reason::NoCredential | Reason::OtherAccount => false,
        _ => true,
    }
}
