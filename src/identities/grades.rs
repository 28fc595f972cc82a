//! Grades A to E (evidence-bundle §7) and what a caller was resolved to.

use super::Caller;

/// How well a caller is known. The order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// A person on the roster, proven by record or directory.
    A,
    /// A name, not on the roster or only chosen by the caller.
    B,
    /// A registered workload.
    C,
    /// Shared or ambiguous.
    D,
    /// Unknown.
    E,
    /// An AWS service.
    S,
}

impl Grade {
    /// The letter.
    pub fn letter(self) -> &'static str {
        match self {
            Grade::A => "A",
            Grade::B => "B",
            Grade::C => "C",
            Grade::D => "D",
            Grade::E => "E",
            Grade::S => "S",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Grade::A => "person on the roster, proven by record or directory",
            Grade::B => "a name that is not on the roster, or that only the session name gives",
            Grade::C => "registered workload",
            Grade::D => "shared, root or ambiguous identity",
            Grade::E => "person not known",
            Grade::S => "AWS service",
        }
    }
}

/// Why a caller is resolved the way it is, or why not. The code is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// An IAM user whose ARN stands on the roster.
    UserOnRoster,
    /// `onBehalfOf` names the Identity Center user.
    OnBehalfOf,
    /// The source identity set when the first role was assumed.
    SourceIdentity,
    /// A session name that Identity Center writes.
    IdentityCenterSession,
    /// A subject an identity provider vouches for.
    Directory,
    /// The STS event that issued the credential leads here.
    Issuance,
    /// The sign-in event of a role switched at the console leads here.
    Switch,
    /// Registered in audit.toml.
    Registered,
    /// An AWS service.
    Service,
    /// A name that is on no roster.
    NotOnRoster,
    /// A user name given at a sign-in; whoever gave it did not get in, or the record proves no more.
    ClaimedName,
    /// Only the session name, which the caller chooses.
    SessionNameOnly,
    /// The account's root.
    Root,
    /// Declared as used by several people.
    SharedIdentity,
    /// Two roster rows claim one identity.
    AmbiguousRoster,
    /// Issuances of one credential lead to different people.
    AmbiguousIssuance,
    /// The chain and the source identity lead to different people.
    IdentitiesDisagree,
    /// The STS event that issued the credential is not in the sources.
    IssuanceNotFound,
    /// The record names no credential.
    NoCredential,
    /// The credential was masked before the logs came here.
    MaskedCredential,
    /// Somebody in another account whose log is not here.
    OtherAccount,
    /// Started by a service for a role that no workload registers.
    UnregisteredWorkload,
    /// The chain of credentials leads back to itself.
    Cycle,
    /// The chain of credentials has more links or branches than are followed.
    ChainTooLong,
    /// Users that were deleted and created again share the name on the roster.
    ReusedName,
    /// Nobody signed in.
    Anonymous,
    /// The record names nobody.
    NoIdentity,
}

impl Reason {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::UserOnRoster => "user-on-roster",
            Reason::OnBehalfOf => "on-behalf-of",
            Reason::SourceIdentity => "source-identity",
            Reason::IdentityCenterSession => "identity-center-session",
            Reason::Directory => "identity-provider",
            Reason::Issuance => "issuance",
            Reason::Switch => "switch-role",
            Reason::Registered => "registered",
            Reason::Service => "service",
            Reason::NotOnRoster => "not-on-roster",
            Reason::ClaimedName => "claimed-name",
            Reason::SessionNameOnly => "session-name-only",
            Reason::Root => "root",
            Reason::SharedIdentity => "shared-identity",
            Reason::AmbiguousRoster => "ambiguous-roster",
            Reason::AmbiguousIssuance => "ambiguous-issuance",
            Reason::IdentitiesDisagree => "identities-disagree",
            Reason::IssuanceNotFound => "issuance-not-found",
            Reason::NoCredential => "no-credential",
            Reason::MaskedCredential => "masked-credential",
            Reason::OtherAccount => "caller-in-other-account",
            Reason::UnregisteredWorkload => "unregistered-workload",
            Reason::Cycle => "credential-cycle",
            Reason::ChainTooLong => "chain-too-long",
            Reason::ReusedName => "reused-name",
            Reason::Anonymous => "anonymous",
            Reason::NoIdentity => "no-identity",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Reason::UserOnRoster => "IAM user whose ARN stands on the roster",
            Reason::OnBehalfOf => "the record names the Identity Center user it acts for",
            Reason::SourceIdentity => "source identity set when the first role was assumed",
            Reason::IdentityCenterSession => "session name written by Identity Center",
            Reason::Directory => "subject that an identity provider vouches for",
            Reason::Issuance => "the STS record that issued the credential names the caller",
            Reason::Switch => "the sign-in record of a switch to this role names the caller",
            Reason::Registered => "principal registered for a workload in audit.toml",
            Reason::Service => "call made by an AWS service",
            Reason::NotOnRoster => "names somebody who is not on the roster",
            Reason::ClaimedName => "only a user name given at sign-in, without an ARN, names a person",
            Reason::SessionNameOnly => "only the session name, which the caller chooses, names a person",
            Reason::Root => "the account's root user names no person",
            Reason::SharedIdentity => "declared in audit.toml as used by several people",
            Reason::AmbiguousRoster => "two rows of the roster claim this identity",
            Reason::AmbiguousIssuance => "records that issued this credential lead to different people",
            Reason::IdentitiesDisagree => "source identity and issuing record lead to different people",
            Reason::IssuanceNotFound => "the STS record that issued the credential is not among the sources",
            Reason::NoCredential => "the record names no credential to follow",
            Reason::MaskedCredential => "the credential was masked before the logs reached this program",
            Reason::OtherAccount => "caller of another account whose records are not among the sources",
            Reason::UnregisteredWorkload => {
                "started by a service for a role that audit.toml registers for no workload"
            }
            Reason::Cycle => "the chain of credentials leads back to itself",
            Reason::ChainTooLong => "the chain of credentials has more links than are followed",
            Reason::ReusedName => {
                "users that were deleted and created again share this name; the roster states no principal id"
            }
            Reason::Anonymous => "nobody was signed in",
            Reason::NoIdentity => "the record names nobody",
        }
    }

    /// Whether more logs could still name the person: then an unresolved access is undetermined as long as the
    /// issuing record may lie outside the sources.
    pub fn issuer_may_be_elsewhere(self) -> bool {
        matches!(self, Reason::IssuanceNotFound | Reason::OtherAccount | Reason::MaskedCredential)
    }
}

/// Whom a caller was resolved to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Row of the roster.
    Person(u32),
    /// A name that is not on the roster.
    Named(String),
    /// A registered workload.
    Workload(String),
    /// An AWS service.
    Service(String),
    /// Root of an account.
    Root(String),
    /// An identity that several people use or that is ambiguous.
    Shared(String),
    /// Unknown; the role or principal.
    Unresolved(String),
}

/// Who is known to have entered a session of an identity that several people use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnteredBy {
    /// Nobody shares the identity.
    #[default]
    NotShared,
    /// One person of the roster, proven.
    Person,
    /// A name that is on no roster, or that only the session name gives.
    Name,
    /// Nobody.
    Unknown,
}

impl EnteredBy {
    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            EnteredBy::NotShared => "not-shared",
            EnteredBy::Person => "person",
            EnteredBy::Name => "name",
            EnteredBy::Unknown => "unknown",
        }
    }

    /// From what a session of a shared identity would be resolved to if nobody shared it.
    pub(super) fn of(individual: &Resolution) -> Self {
        match individual.who {
            Who::Person(_) if individual.grade == Grade::A => EnteredBy::Person,
            Who::Named(_) => EnteredBy::Name,
            _ => EnteredBy::Unknown,
        }
    }
}

/// The answer for one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Who.
    pub who: Who,
    /// How well known.
    pub grade: Grade,
    /// Why.
    pub reason: Reason,
    /// Roles between the person and this caller.
    pub hops: u8,
    /// From the first principal to this one.
    pub path: Vec<String>,
    /// References of the issuing events, first to last.
    pub proof: Vec<String>,
    /// A workload's identity in the hands of a person.
    pub interactive: bool,
    /// Who entered a shared identity.
    pub entered_by: EnteredBy,
    /// For a person: the text that stands for them on the roster, as logged.
    pub matched: String,
}

impl Resolution {
    /// A direct answer.
    pub fn of(who: Who, grade: Grade, reason: Reason, caller: &Caller) -> Self {
        Resolution {
            who,
            grade,
            reason,
            hops: 0,
            path: vec![caller.principal()],
            proof: Vec::new(),
            interactive: false,
            entered_by: EnteredBy::NotShared,
            matched: String::new(),
        }
    }

    /// A person of the roster, proven, by this text.
    pub fn person(row: u32, matched: &str, reason: Reason, caller: &Caller) -> Self {
        let matched = matched.to_owned();
        Resolution { matched, ..Resolution::of(Who::Person(row), Grade::A, reason, caller) }
    }

    /// A service.
    pub fn service(name: &str) -> Self {
        let who = Who::Service(name.to_owned());
        Resolution {
            who,
            grade: Grade::S,
            reason: Reason::Service,
            hops: 0,
            path: vec![name.to_owned()],
            proof: Vec::new(),
            interactive: false,
            entered_by: EnteredBy::NotShared,
            matched: String::new(),
        }
    }

    /// Nobody, for a named reason. Unresolved sessions of one role stand together: their person is unknown.
    pub fn unresolved(caller: &Caller, reason: Reason) -> Self {
        Resolution::of(Who::Unresolved(caller.role_or_user()), Grade::E, reason, caller)
    }

    /// The same answer one role further.
    #[must_use]
    pub fn through(mut self, caller: &Caller, proof: Vec<String>) -> Self {
        if self.grade != Grade::S {
            self.hops = self.hops.saturating_add(1);
        }
        self.path.push(caller.principal());
        self.proof.extend(proof);
        match (&self.who, self.reason.issuer_may_be_elsewhere()) {
            (Who::Unresolved(_), true) => {}
            (Who::Unresolved(_), false) | (Who::Service(_), _) => {}
            _ if matches!(self.grade, Grade::A) => self.reason = Reason::Issuance,
            _ => {}
        }
        self
    }

    /// Two issuances of one credential: the one that names somebody; if both do and differ, nobody.
    pub fn better(first: Resolution, second: Resolution, caller: &Caller) -> Resolution {
        let vague = |resolution: &Resolution| matches!(resolution.who, Who::Unresolved(_) | Who::Service(_));
        match (vague(&first), vague(&second)) {
            (true, false) => second,
            (false, true) => first,
            _ if first.who == second.who => {
                let key =
                    |resolution: &Resolution| (resolution.grade, resolution.hops, resolution.proof.clone());
                if key(&second) < key(&first) { second } else { first }
            }
            // The log of the caller's own account tells more than the other account's view of the same call.
            (true, true) if first.reason == Reason::OtherAccount => second,
            (true, true) if second.reason == Reason::OtherAccount => first,
            (true, true) => {
                if first.proof <= second.proof {
                    first
                } else {
                    second
                }
            }
            (false, false) => {
                Resolution::of(Who::Shared(caller.principal()), Grade::D, Reason::AmbiguousIssuance, caller)
            }
        }
    }
}
