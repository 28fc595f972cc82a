//! What a raw shape comes to under the declared scope: what a change weakens, where a copy goes, whether the data stays
//! in its regions. Answered from shape and scope alone, so nothing of it is kept.

use super::intern::Interner;
use super::shape::RawShape;
use crate::audit::Scope;
use crate::events::{Effect, ObjectKind, copies, policies};

/// What a change weakens, as rules word it; empty for nothing.
pub fn effect(raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> &'static str {
    match raw.effect {
        Effect::None => "",
        Effect::LoggingReduced => "logging-reduced",
        Effect::ValidationOff => "validation-off",
        Effect::ProtectionRemoved => "protection-removed",
        Effect::RecoveryRemoved => "recovery-removed",
        Effect::Retention(Some(days)) if scope.retention_days.is_some_and(|kept| days < kept) => {
            "retention-shortened"
        }
        Effect::Retention(_) => "retention-changed",
        Effect::VersioningSuspended => "versioning-suspended",
        Effect::PolicyWritten => policy(raw, names, scope),
        Effect::PublicAccessOpened => "public-access-opened",
        Effect::MfaRemoved => "mfa-removed",
        Effect::KeyUnusable => "key-unusable",
        Effect::TableKeyChanged => "table-key-changed",
        Effect::TimeToLiveChanged => "time-to-live-changed",
    }
}

/// A policy for everybody or for an account that is not the organisation's opens; one that does not tell is unclear.
fn policy(raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> &'static str {
    if !opened_to(raw, names, scope).is_empty() {
        "policy-opened"
    } else if let_in(raw, names).any(|word| word == policies::UNCLEAR) {
        "policy-unclear"
    } else {
        ""
    }
}

/// Whom an opened policy lets in; empty for every other call. Everybody outweighs an account.
pub fn opened_to(raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> &'static str {
    let mut words = let_in(raw, names);
    let outside = |word: &str| word != policies::UNCLEAR && !is_own(word, raw, names, scope);
    if words.clone().any(|word| word == policies::EVERYBODY) {
        "everybody"
    } else if words.any(outside) {
        "outside-account"
    } else {
        ""
    }
}

/// The words of a written policy's reach ([`policies`]).
fn let_in<'a>(raw: &RawShape, names: &'a Interner<Box<str>>) -> impl Iterator<Item = &'a str> + Clone {
    let written = raw.effect == Effect::PolicyWritten;
    let reach = raw.reach.filter(|_| written).map_or("", |place| names.str(place));
    reach.split(' ').filter(|word| !word.is_empty())
}

/// The account that owns the object, one that audit.toml declares, or the one that owns the log buckets.
fn is_own(account: &str, raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> bool {
    account == names.str(raw.object_account) || scope.is_own_account(account)
}

/// Where a copy goes.
pub fn destination(raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> &'static str {
    let accounts = || places(raw, names).map(|(account, _)| account);
    if !raw.copies {
        "none"
    } else if accounts().any(|account| account != copies::UNKNOWN && !is_own(account, raw, names, scope)) {
        "other-account"
    } else if accounts().any(|account| account == copies::UNKNOWN) {
        "unknown"
    } else {
        "own-account"
    }
}

/// Whether a table, and where it is copied to, lie in the regions allowed.
pub fn region_allowed(raw: &RawShape, names: &Interner<Box<str>>, scope: &Scope) -> &'static str {
    let Some(allowed) = &scope.allowed_regions else {
        return "not-given";
    };
    if raw.object_kind != ObjectKind::Table {
        return "none";
    }
    let own = std::iter::once(names.str(raw.object_region));
    let mut regions = own.chain(places(raw, names).map(|(_, region)| region));
    let outside = |region: &str| {
        !region.is_empty() && region != copies::UNKNOWN && !allowed.iter().any(|allowed| allowed == region)
    };
    if regions.clone().any(outside) {
        "outside"
    } else if regions.any(|region| region.is_empty() || region == copies::UNKNOWN) {
        "unknown"
    } else {
        "inside"
    }
}

/// Account and region of each place a copy goes to.
fn places<'a>(
    raw: &RawShape,
    names: &'a Interner<Box<str>>,
) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
    let text = raw.reach.filter(|_| raw.copies).map_or("", |place| names.str(place));
    text.split(' ').filter_map(|place| place.split_once('/'))
}
