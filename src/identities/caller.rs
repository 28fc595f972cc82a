//! The identity block as logged (cloudtrail-records §5.1), taken out of the record once for each distinct block.

use crate::events::{arn, text};
use crate::records::scan::Json;

/// What type of identity a caller is. Where type and ARN disagree the ARN decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallerType {
    /// The account's root.
    Root,
    /// An IAM user.
    IamUser,
    /// A session of a role.
    RoleSession,
    /// A session by GetFederationToken.
    Federated,
    /// The subject of AssumeRoleWithSAML.
    Saml,
    /// The subject of AssumeRoleWithWebIdentity.
    WebIdentity,
    /// Identity Center.
    IdentityCenter,
    /// Somebody in another account, not named.
    ExternalAccount,
    /// Nobody signed in.
    Anonymous,
    /// An AWS service.
    Service,
    /// None of these.
    #[default]
    Unknown,
}

impl CallerType {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            CallerType::Root => "root",
            CallerType::IamUser => "iam-user",
            CallerType::RoleSession => "role-session",
            CallerType::Federated => "federated",
            CallerType::Saml => "saml",
            CallerType::WebIdentity => "web-identity",
            CallerType::IdentityCenter => "identity-center",
            CallerType::ExternalAccount => "external-account",
            CallerType::Anonymous => "anonymous",
            CallerType::Service => "service",
            CallerType::Unknown => "unknown",
        }
    }
}

/// A caller as logged. Empty texts are members that were absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    /// Type.
    pub kind: CallerType,
    /// Partition of the ARN, else of the record's region.
    pub partition: String,
    /// ARN.
    pub arn: String,
    /// Account of the identity.
    pub account: String,
    /// Principal id.
    pub principal_id: String,
    /// User name.
    pub user_name: String,
    /// Access key id: the credential.
    pub access_key: String,
    /// ARN of the session's issuer.
    pub issuer_arn: String,
    /// Principal id of the session's issuer.
    pub issuer_id: String,
    /// Source identity.
    pub source_identity: String,
    /// User id in Identity Center.
    pub on_behalf_of: String,
    /// When the session was created, as logged.
    pub created: String,
    /// MFA as AWS saw it.
    pub mfa: Option<bool>,
    /// Service that made the call.
    pub invoked_by: String,
    /// The record tells what a service did by itself (`AwsServiceEvent`).
    pub service_event: bool,
    /// A session of AssumeRoot: root by its rights, somebody else by whoever asked for it.
    pub assumed_root: bool,
    /// An EC2 instance was given the credential.
    pub instance: bool,
    /// ARN of whoever entered this session at the console; only the record of the switch tells.
    pub switched_from: String,
}

impl Caller {
    /// An identity that a record names by its ARN and principal id alone: an issuer, whoever switched a role.
    pub fn named(arn: &str, principal_id: &str) -> Option<Caller> {
        let parsed = arn::parse(arn)?;
        let mut caller = Caller {
            arn: arn.to_owned(),
            account: parsed.account.to_owned(),
            partition: parsed.partition.to_owned(),
            principal_id: principal_id.to_owned(),
            ..Caller::default()
        };
        let user = parsed.resource.strip_prefix("user/");
        caller.user_name = user.and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        caller.kind = caller.type_of(if user.is_some() { "IAMUser" } else { "" });
        Some(caller)
    }

    /// Reads an identity block. `region` gives the partition when no ARN does.
    pub fn read(block: Option<Json<'_>>, region: &str, service_event: bool) -> Caller {
        let mut caller = Caller { service_event, ..Caller::default() };
        let mut type_word = String::new();
        for (name, value) in block.into_iter().flat_map(Json::members).map_while(Result::ok) {
            let plain = || value.plain().filter(|text| text != "null").unwrap_or_default().into_owned();
            match name {
                "type" => type_word = plain(),
                "arn" => caller.arn = plain(),
                "accountId" => caller.account = plain(),
                "principalId" => caller.principal_id = plain(),
                "userName" => caller.user_name = plain(),
                "accessKeyId" => caller.access_key = plain(),
                "invokedBy" => caller.invoked_by = plain(),
                "onBehalfOf" => caller.on_behalf_of = text(value.get("userId")).into_owned(),
                "sessionContext" => caller.read_session(value),
                _ => {}
            }
        }
        caller.kind = caller.type_of(&type_word);
        let stated = arn::parse(&caller.arn).map(|arn| arn.partition.to_owned());
        caller.partition = stated.unwrap_or_else(|| arn::partition_of_region(region).to_owned());
        caller
    }

    fn read_session(&mut self, session: Json<'_>) {
        let attributes = session.get("attributes");
        let inside = |name: &str| attributes.and_then(|attributes| attributes.get(name));
        let issuer = |name: &str| session.get("sessionIssuer").and_then(|issuer| issuer.get(name));
        self.issuer_arn = text(issuer("arn")).into_owned();
        self.issuer_id = text(issuer("principalId")).into_owned();
        self.assumed_root = session.get("assumedRoot").and_then(Json::truth) == Some(true);
        self.instance = !text(session.get("ec2RoleDelivery")).is_empty();
        self.source_identity =
            text(session.get("sourceIdentity").or_else(|| inside("sourceIdentity"))).into_owned();
        self.created = text(inside("creationDate")).into_owned();
        self.mfa = inside("mfaAuthenticated").and_then(Json::truth);
    }

    fn type_of(&self, word: &str) -> CallerType {
        let resource = arn::parse(&self.arn).map_or("", |arn| arn.resource);
        if resource == "root" {
            return CallerType::Root;
        }
        if resource.starts_with("assumed-role/") {
            return CallerType::RoleSession;
        }
        match word {
            "Root" => CallerType::Root,
            "IAMUser" => CallerType::IamUser,
            "AssumedRole" | "Role" => CallerType::RoleSession,
            "FederatedUser" => CallerType::Federated,
            "SAMLUser" => CallerType::Saml,
            "WebIdentityUser" => CallerType::WebIdentity,
            "IdentityCenterUser" => CallerType::IdentityCenter,
            "AWSAccount" if self.account == "ANONYMOUS_PRINCIPAL" => CallerType::Anonymous,
            "AWSAccount" => CallerType::ExternalAccount,
            "AWSService" => CallerType::Service,
            _ => CallerType::Unknown,
        }
    }

    /// The service that acts, when a service acts: its own identity, a call it makes for somebody, a service-linked
    /// role, a service event without type.
    pub fn service(&self) -> Option<&str> {
        if self.kind == CallerType::Service || !self.invoked_by.is_empty() {
            return Some(if self.invoked_by.is_empty() { "AWS service" } else { &self.invoked_by });
        }
        // Anybody may name a role like a service's; the path of service-linked roles is AWS's own.
        if self.issuer_arn.contains(":role/aws-service-role/") {
            return Some(self.issuer_arn.rsplit('/').next().unwrap_or("AWS service"));
        }
        let nameless = self.kind == CallerType::Unknown && self.arn.is_empty() && self.user_name.is_empty();
        (self.service_event && nameless && self.access_key.is_empty()).then_some("service event")
    }

    /// Whether the console made the call for whoever is signed in there. As a service it only passes on what that person
    /// asked for, such as a switch of roles.
    pub fn is_console(&self) -> bool {
        let console = matches!(self.invoked_by.as_str(), "AWS Internal" | "signin.amazonaws.com");
        let own = matches!(self.kind, CallerType::IamUser | CallerType::RoleSession);
        console && own && self.arn_known() && !self.issuer_arn.contains(":role/aws-service-role/")
    }

    /// Principal id of an IAM user that tells it from others of its name: AWS gives each a new one.
    pub fn user_id(&self) -> Option<&str> {
        let id = self.principal_id.as_str();
        let whole = id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (self.kind == CallerType::IamUser && whole && id.starts_with("AIDA")).then_some(id)
    }

    /// Whether it states an ARN, a name or an id of its own.
    pub fn names_an_id(&self) -> bool {
        [&self.arn, &self.user_name, &self.on_behalf_of, &self.principal_id]
            .into_iter()
            .any(|text| !text.is_empty())
    }

    /// Whether it names an identity: an ARN, a principal or user id, a name that is not masked, or a service.
    pub fn names_somebody(&self) -> bool {
        let ids = [&self.arn, &self.on_behalf_of, &self.principal_id];
        let name = !self.user_name.is_empty() && !self.user_name.starts_with("HIDDEN_DUE_TO");
        self.service().is_some() || name || ids.into_iter().any(|text| !text.is_empty())
    }

    /// The members that tell who this is, as text.
    fn telling(&self) -> [&String; 9] {
        [
            &self.arn,
            &self.account,
            &self.user_name,
            &self.access_key,
            &self.issuer_arn,
            &self.source_identity,
            &self.on_behalf_of,
            &self.created,
            &self.invoked_by,
        ]
    }

    /// How many members tell who this is.
    pub fn told(&self) -> usize {
        self.telling().into_iter().chain([&self.principal_id]).filter(|text| !text.is_empty()).count()
    }

    /// Whether two blocks cannot be of one caller: both state something and it differs. The log of another account
    /// leaves out most of a caller, but changes nothing of it.
    pub fn contradicts(&self, other: &Caller) -> bool {
        let differ = |(one, other): (&String, &String)| !one.is_empty() && !other.is_empty() && one != other;
        let vague = |kind| matches!(kind, CallerType::ExternalAccount | CallerType::Unknown);
        let kinds = self.kind != other.kind && !vague(self.kind) && !vague(other.kind);
        let acts_itself = |one: &Caller, other: &Caller| {
            one.kind == CallerType::Service && other.kind == CallerType::ExternalAccount
        };
        kinds
            || acts_itself(self, other)
            || acts_itself(other, self)
            || self.telling().into_iter().zip(other.telling()).any(differ)
            || !same_principal(&self.principal_id, &other.principal_id)
            || self.mfa.zip(other.mfa).is_some_and(|(one, other)| one != other)
    }

    /// Whether it is the account's root.
    pub fn is_root(&self) -> bool {
        self.kind == CallerType::Root
    }

    /// Whether the ARN names one user or session.
    pub fn arn_known(&self) -> bool {
        !self.arn.is_empty() && !matches!(self.kind, CallerType::ExternalAccount | CallerType::Anonymous)
    }

    /// Whether the access key id can be joined: present and not masked by a publisher.
    pub fn has_credential(&self) -> bool {
        self.access_key.len() >= 16
            && self.access_key.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !self.access_key.starts_with("HIDDEN")
    }

    /// ARN of the role or user without session name: what takes few values.
    pub fn role_or_user(&self) -> String {
        if self.issuer_arn.contains(":role/") {
            return self.issuer_arn.clone();
        }
        match arn::assumed_role(&self.arn) {
            Some((partition, account, role, _)) => format!("arn:{partition}:iam::{account}:role/{role}"),
            None => self.principal(),
        }
    }

    /// What names this caller best: ARN, else user name, principal id, account.
    pub fn principal(&self) -> String {
        let known = [&self.arn, &self.user_name, &self.on_behalf_of, &self.principal_id, &self.account];
        known.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_else(|| "not stated".to_owned())
    }

    /// Session name of a role session.
    pub fn session_name(&self) -> &str {
        arn::assumed_role(&self.arn)
            .map(|(_, _, _, session)| session)
            .or_else(|| self.principal_id.split_once(':').map(|(_, session)| session))
            .unwrap_or("")
    }

    /// The name that an identity provider vouches for.
    pub fn subject(&self) -> &str {
        if self.user_name.is_empty() {
            self.principal_id.rsplit(':').next().unwrap_or("")
        } else {
            &self.user_name
        }
    }

    /// Roles that Identity Center manages: their session name is the user's name there (cloudtrail-records §5.3). The
    /// path is AWS's own; a name that merely looks alike proves nothing.
    pub fn is_identity_center_role(&self) -> bool {
        self.issuer_arn.contains(":role/aws-reserved/sso.amazonaws.com/")
    }
}

/// Whether two principal ids may be one: a session's id is its role's with the session name behind a colon.
fn same_principal(one: &str, other: &str) -> bool {
    let begins = |id: &str, start: &str| id.strip_prefix(start).is_some_and(|rest| rest.starts_with(':'));
    one.is_empty() || other.is_empty() || one == other || begins(one, other) || begins(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(text: &str) -> Caller {
        Caller::read(Some(Json::first(text, 0).unwrap().0), "us-east-1", false)
    }

    const SESSION: &str = r#"{"type":"AssumedRole","principalId":"AROA1:s1","arn":"arn:aws:sts::222233334444:assumed-role/desk/s1","accountId":"222233334444","accessKeyId":"ASIAONE0000000000001"}"#;

    #[test]
    fn what_another_accounts_log_leaves_out_contradicts_nothing() {
        let session = caller(SESSION);
        for foreign in [
            r#"{"type":"AWSAccount","principalId":"AROA1:s1","accountId":"222233334444"}"#,
            r#"{"type":"AWSAccount","principalId":"AROA1","accountId":"222233334444"}"#,
            r#"{"type":"AWSAccount","accountId":"222233334444"}"#,
            r#"{"accountId":"222233334444"}"#,
            "{}",
        ] {
            let foreign = caller(foreign);
            assert!(!session.contradicts(&foreign) && !foreign.contradicts(&session), "{foreign:?}");
            assert!(session.told() > foreign.told());
        }
        assert!(!session.contradicts(&session));
    }

    #[test]
    fn what_both_state_must_be_the_same() {
        let session = caller(SESSION);
        for other in [
            r#"{"type":"AWSAccount","principalId":"AROA2:s1","accountId":"222233334444"}"#,
            r#"{"type":"AWSAccount","principalId":"AROA12","accountId":"222233334444"}"#,
            r#"{"type":"AWSAccount","principalId":"AROA1:s1","accountId":"333344445555"}"#,
            r#"{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL"}"#,
            r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#,
            r#"{"type":"IAMUser","accountId":"222233334444","userName":"bob"}"#,
        ] {
            let other = caller(other);
            assert!(session.contradicts(&other) && other.contradicts(&session), "{other:?}");
        }
    }

    #[test]
    fn a_service_is_nobody_of_another_account() {
        let service = caller(r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#);
        let somebody = caller(r#"{"type":"AWSAccount","accountId":"222233334444"}"#);
        assert!(service.contradicts(&somebody) && somebody.contradicts(&service));
    }
}
