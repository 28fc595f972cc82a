//! The fields of `access`: one row a field. A new field is one row here; the compiler then asks for its value.

use super::{Kind, Level};

/// What is known about a field.
#[derive(Debug, Clone, Copy)]
pub struct FieldFacts {
    /// The field.
    pub field: Field,
    /// Name in scripts.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Shape or row.
    pub level: Level,
    /// What it says.
    pub words: &'static str,
    /// An example value.
    pub example: &'static str,
    /// All values it can take, when they are few; a comparison with another one is an error at load.
    pub values: &'static [&'static str],
}

macro_rules! access_fields {
    ($($level:ident $variant:ident $name:literal $kind:ident $words:literal $example:literal [$($value:literal)*])*) => {
        /// A field of `access`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $(#[doc = $words] $variant,)*
        }

        /// Every field, in the order of [`Field`].
        pub const FIELDS: &[FieldFacts] = &[
            $(FieldFacts {
                field: Field::$variant,
                name: $name,
                kind: Kind::$kind,
                level: Level::$level,
                words: $words,
                example: $example,
                values: &[$($value),*],
            },)*
        ];

        impl Field {
            /// What is known about this field.
            pub fn facts(self) -> FieldFacts {
                match self {
                    $(Field::$variant => FieldFacts {
                        field: self,
                        name: $name,
                        kind: Kind::$kind,
                        level: Level::$level,
                        words: $words,
                        example: $example,
                        values: &[$($value),*],
                    },)*
                }
            }

            /// The field of a name.
            pub fn named(name: &str) -> Option<Field> {
                FIELDS.iter().find(|facts| facts.name == name).map(|facts| facts.field)
            }
        }
    };
}

access_fields! {
    Shape Service "service" Text
        "AWS service that recorded the call, without `.amazonaws.com`."
        "dynamodb"
        []
    Shape Operation "operation" Text
        "Name of the API call."
        "GetItem"
        []
    Shape Kind "kind" Text
        "What the call does to its object."
        "read"
        ["read" "write" "delete" "admin" "describe"]
    Shape Plane "plane" Text
        "Class of event: item calls, stream reads, or everything else."
        "data"
        ["data" "stream" "management"]
    Shape Does "does" Text
        "What the call does, as the catalogue of events words it; empty for a call it does not list."
        "read_item"
        [
            "account" "backup_delete" "billing" "bucket" "copy_in" "copy_out" "credential"
            "dax_config" "dax_lifecycle" "delete_item" "describe" "detective_control" "federation"
            "guardrail" "key_admin" "key_use" "log_change" "log_config_read" "log_delete"
            "log_protection" "log_read" "log_start" "log_stop" "log_write" "org_membership"
            "partiql" "permission" "privilege" "read_item" "read_set" "review" "schema" "session"
            "signin" "stream_read" "table_config" "tag" "write_item"
        ]
    Shape Groups "groups" Texts
        "Groups of the catalogue of events that hold the call."
        "\"ddb.data\" in access.groups"
        [
            "dax.control" "ddb.bulk.egress" "ddb.bulk.ingress" "ddb.control" "ddb.data"
            "ddb.describe" "ddb.item.delete" "ddb.item.read" "ddb.item.write" "ddb.multi"
            "ddb.partiql" "ddb.permission" "ddb.recovery" "ddb.retention" "ddb.set.read"
            "ddb.stream.read" "ddb.table.config" "ddb.table.lifecycle" "iam.account"
            "iam.credential" "iam.federation" "iam.mfa" "iam.password" "iam.privilege" "iam.review"
            "kms.admin" "kms.describe" "kms.service_event" "kms.use" "log.access" "log.config.read"
            "log.protection" "log.status" "log.status.change" "log.status.start" "log.status.stop"
            "log.tamper" "org.membership" "org.policy" "root.use" "s3.bucket.lifecycle"
            "s3.log.bucket" "s3.log.read" "s3.log.write" "sec.control.change" "session.probe"
            "session.start" "signin" "signin.login" "sso.identity" "sso.privilege"
        ]
    Shape Outcome "outcome" Text
        "How the call ended; `refused` means an authorisation or sign-in failure."
        "done"
        ["done" "refused" "condition-failed" "not-found" "throttled" "invalid" "other"]
    Shape Error "error" Text
        "Error code as logged, empty when none."
        "AccessDenied"
        []
    Shape ObjectKind "object_kind" Text
        "Kind of the object touched."
        "table"
        ["table" "trail" "key" "bucket" "log-group" "identity" "none"]
    Shape Object "object" Text
        "Name or ARN of the object touched, empty when the record names none."
        "card-tokens"
        []
    Shape DataClass "data_class" Text
        "Class of data that audit.toml declares for the table; empty when it declares none."
        "cardholder"
        ["cardholder" "health" "criminal-justice" "personal" "other"]
    Shape Declared "declared" Truth
        "The table is declared in audit.toml."
        "true"
        []
    Shape Account "account" Text
        "Account of the object."
        "111122223333"
        []
    Shape Region "region" Text
        "Region that recorded the call."
        "eu-west-1"
        []
    Shape Partition "partition" Text
        "AWS partition."
        "aws"
        []
    Shape AccountDeclared "account_declared" Truth
        "The account is declared in audit.toml."
        "true"
        []
    Shape RegionDeclared "region_declared" Truth
        "The region is declared for the account in audit.toml."
        "true"
        []
    Shape CallerKind "caller_kind" Text
        "Who stands behind the caller: a person, a registered workload, or an AWS service."
        "human"
        ["human" "workload" "service"]
    Shape PrincipalKind "principal_kind" Text
        "Kind of identity as logged."
        "identity-center"
        [
            "root" "iam-user" "role-session" "identity-center" "federated" "saml" "web-identity"
            "external-account" "service" "anonymous" "unknown"
        ]
    Shape Grade "grade" Text
        "How well the caller leads to a person: A proven, B named only, C registered workload, D shared, E unknown, S an AWS service."
        "A"
        ["A" "B" "C" "D" "E" "S"]
    Shape Reason "reason" Text
        "Code of why a person is not proven; empty when one is."
        "session-name-only"
        []
    Shape IssuersInSources "issuers_in_sources" Truth
        "Every account that could have issued the session is among the sources, so a missing link is not a missing log."
        "true"
        []
    Shape Role "role" Text
        "ARN of the role or user, without the session name."
        "arn:aws:iam::111122223333:role/support"
        []
    Shape Privileged "privileged" Truth
        "The role or user is declared privileged, or is root."
        "false"
        []
    Shape BreakGlass "break_glass" Truth
        "The role or user is declared for emergencies."
        "false"
        []
    Shape SharedIdentity "shared_identity" Truth
        "The role or user is declared as used by several people."
        "false"
        []
    Shape EnteredBy "entered_by" Text
        "Who entered an identity that several people use: `person` when source identity or issuing record lead to one person of the roster, `name` when they lead to a name on no roster or only the session name does, else `unknown`."
        "person"
        ["person" "name" "unknown" "not-shared"]
    Shape LogReader "log_reader" Truth
        "The role or user may read audit logs."
        "false"
        []
    Shape LogAdmin "log_admin" Truth
        "The role or user may change or stop audit logs."
        "false"
        []
    Shape Interactive "interactive" Truth
        "The identity of a registered workload, used by a person or from the console."
        "false"
        []
    Shape OfOwnAccord "of_own_accord" Truth
        "An AWS service that acts of its own accord: it carries no role or user of the organisation, or only the role that AWS made for the service."
        "false"
        []
    Shape CardInKey "card_in_key" Truth
        "A key holds what passes the checks for a card number."
        "false"
        []
    Shape KeyKind "key_kind" Text
        "What the record tells of the item: its key, part of it, a condition, nothing, or parameters left out for size."
        "exact"
        ["exact" "partial" "condition" "none" "left-out"]
    Shape Origin "origin" Text
        "Where the call came from."
        "address"
        ["address" "service" "internal" "none"]
    Shape Agent "agent" Text
        "Family of the client program."
        "aws-cli"
        []
    Shape HasWho "has_who" Truth
        "The record names an identity."
        "true"
        []
    Shape HasWhat "has_what" Truth
        "The record names service and call."
        "true"
        []
    Shape HasWhen "has_when" Truth
        "The record has a usable time."
        "true"
        []
    Shape HasOutcome "has_outcome" Truth
        "The record tells success or failure; false for a sign-in at the console that states neither a result nor an error."
        "true"
        []
    Shape HasOrigin "has_origin" Truth
        "The record tells where the call came from."
        "true"
        []
    Shape HasObject "has_object" Truth
        "The record names what was touched."
        "true"
        []
    Shape Change "change" Text
        "Whether an approved change covers the access; `not-given` when audit.toml names no changes."
        "approved"
        ["approved" "none" "not-given"]
    Shape Incident "incident" Text
        "Whether an incident covers the access; `not-given` when audit.toml names no incidents."
        "none"
        ["approved" "none" "not-given"]
    Shape LogObject "log_object" Truth
        "The object is an audit log bucket, key, group or trail of audit.toml."
        "false"
        []
    Shape OwnIdentity "own_identity" Truth
        "The caller changes its own identity, credential or privileges."
        "false"
        []
    Shape TargetPrivileged "target_privileged" Truth
        "The identity changed is declared privileged."
        "false"
        []
    Shape Trust "trust" Text
        "Whether the log file is proven unchanged."
        "verified"
        ["verified" "unverified" "altered"]
    Shape Mfa "mfa" Text
        "Second factor behind the session, as AWS shows it; `provider` when it came through an identity provider, whose factor AWS does not show."
        "yes"
        ["yes" "no" "provider" "unknown"]
    Shape MfaAttested "mfa_attested" Truth
        "audit.toml names a document which states that the identity provider enforces a second factor."
        "true"
        []
    Shape Network "network" Text
        "Whether the call came from an approved network; `service` for a call by an AWS service, `none` without address."
        "approved"
        ["approved" "other" "service" "none" "not-given"]
    Shape Hours "hours" Text
        "Whether the call falls into the working hours of audit.toml, in their time zone."
        "inside"
        ["inside" "outside" "no-time" "not-given"]
    Shape Authorised "authorised" Text
        "Whether the access matrix allows this kind of access to the table; copies count as `copy`. `not-asked` for looking at settings and for what is no declared table."
        "allowed"
        ["allowed" "outside" "not-given" "not-asked"]
    Shape DirectQuery "direct_query" Text
        "Whether the role or user is listed as allowed to query tables directly."
        "listed"
        ["listed" "not-listed" "not-given"]
    Shape Purpose "purpose" Text
        "Whether a purpose is stated for caller and table."
        "stated"
        ["stated" "none" "not-given"]
    Shape Request "request" Text
        "Whether an approved request for accounts or privileges covers the access."
        "approved"
        ["approved" "none" "not-given"]
    Shape AfterLeaving "after_leaving" Text
        "Whether the person had left when the call was made; the last day that the roster states is worked to its end, a time to that second. `not-given` without roster."
        "no"
        ["no" "yes" "not-given"]
    Shape ThirdParty "third_party" Text
        "Whether the caller is a third party, inside or outside its window, networks and tables."
        "no"
        ["no" "inside" "outside" "not-given"]
    Shape External "external" Text
        "Whether the caller belongs to an account that is not declared, or is listed as a recipient outside; `not-given` also for a caller that states no account."
        "no"
        ["yes" "no" "not-given"]
    Shape KeyAdmin "key_admin" Text
        "Whether the role or user is listed as allowed to manage keys."
        "listed"
        ["listed" "not-listed" "not-given"]
    Shape DataKey "data_key" Truth
        "The object is a key that encrypts tables, as audit.toml lists them."
        "false"
        []
    Shape Effect "effect" Text
        "What a change weakens, tried or done; empty for nothing. `policy-unclear`: the record does not tell whom the policy lets in."
        "policy-opened"
        [
            "logging-reduced" "validation-off" "protection-removed" "recovery-removed"
            "retention-changed" "retention-shortened" "versioning-suspended"
            "policy-opened" "policy-unclear" "public-access-opened" "mfa-removed"
            "key-unusable" "table-key-changed" "time-to-live-changed"
        ]
    Shape OpenedTo "opened_to" Text
        "Whom a policy lets in where the effect is `policy-opened`: everybody, or an account outside the organisation; empty for every other call."
        "outside-account"
        ["everybody" "outside-account"]
    Shape Destination "destination" Text
        "Where a copy of the table goes: an account of the organisation, another one, or not told; `none` for what is no copy."
        "own-account"
        ["none" "own-account" "other-account" "unknown"]
    Shape RegionAllowed "region_allowed" Text
        "Whether the table, and the copy, lie in allowed regions; `unknown` when a copy's region is not told, `none` for what is no table."
        "inside"
        ["inside" "outside" "unknown" "none" "not-given"]
    Shape SensitiveKey "sensitive_key" Text
        "Whether a key value matches a pattern of what must never stand in a key."
        "none"
        ["found" "none" "not-given"]
    Shape Wide "wide" Truth
        "Reads an open set without limit or choice of attributes (Scan, Query, SELECT *), or copies the table."
        "false"
        []
    Shape Console "console" Truth
        "Made with credentials of the console."
        "false"
        []
    Shape TimeForm "time_form" Text
        "How the record writes its time: to the second, finer, coarser, without zone, or not at all."
        "seconds"
        ["seconds" "finer" "coarser" "no-zone" "none"]
    Row Time "time" Text
        "Time of the call, UTC."
        "2026-02-11T14:03:22Z"
        []
    Row Hour "hour" Number
        "Hour of the day, UTC, 0 to 23."
        "14"
        []
    Row Key "key" Text
        "Item key as logged; may be personal data."
        "tok-0042"
        []
    Row Address "address" Text
        "Source address as logged."
        "203.0.113.7"
        []
    Row Session "session" Text
        "Session name, chosen by the caller."
        "dana@example.test"
        []
    Row Credential "credential" Text
        "Access key id."
        "ASIAEXAMPLE000000001"
        []
    Row Person "person" Text
        "Roster id of the person, or name of the workload; empty when none is proven."
        "p-017"
        []
    Row SessionHours "session_hours" Number
        "Whole hours since the session was created, -1 when the record does not tell."
        "2"
        []
    Row EventRef "event_ref" Text
        "Account and event id of the record."
        "111122223333:7b0c2f10-0000-4000-8000-000000000001"
        []
}
