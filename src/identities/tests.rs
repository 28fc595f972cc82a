//! Who stands behind a caller, chain by chain.

use std::path::Path;

use super::*;
use crate::audit::{Audit, Beside, Overrides, RosterRow};
use crate::records::scan::Json;

fn person(id: &str, identities: &[&str]) -> RosterRow {
    RosterRow {
        id: id.to_owned(),
        name: id.to_owned(),
        mail: format!("{id}@acme.example"),
        department: String::new(),
        manager: String::new(),
        joined: None,
        first_day: None,
        left: None,
        last_day: None,
        identities: identities.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn caller(json: &str) -> Caller {
    Caller::read(Some(Json::first(json, 0).unwrap().0), "us-east-1", json.contains("AWS Internal"))
}

fn user(name: &str) -> Caller {
    caller(&format!(
        r#"{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/{name}","accountId":"111122223333","userName":"{name}","accessKeyId":"AKIA{name:A>16}"}}"#
    ))
}

fn session(role: &str, name: &str, key: &str, more: &str) -> Caller {
    caller(&format!(
        r#"{{"type":"AssumedRole","principalId":"AROA:{name}","arn":"arn:aws:sts::111122223333:assumed-role/{role}/{name}","accountId":"111122223333","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"arn":"arn:aws:iam::111122223333:role/{role}"}}{more}}}}}"#
    ))
}

fn issuance(key: &str, by: u32) -> Issuance {
    Issuance {
        mfa: false,
        from_row: false,
        partition: "aws".into(),
        access_key: key.into(),
        session: String::new(),
        event_ref: format!("111122223333:{key}"),
        caller: by,
        kind: IssuanceKind::Role,
        time: None,
    }
}

const K1: &str = "ASIAONE0000000000001";
const K2: &str = "ASIATWO0000000000002";
const K3: &str = "ASIATHREE00000000003";

fn resolve(callers: &[Caller], issuances: &[Issuance]) -> Vec<Resolution> {
    let roster = Roster::new(vec![
        person("alice", &["arn:aws:iam::111122223333:user/alice", "alice"]),
        person("bob", &["bob@acme.example", "arn:aws:iam::111122223333:user/bob"]),
        person("carol", &["twin"]),
        person("dave", &["twin"]),
    ]);
    Resolver::new(callers, issuances, &roster, &Scope::default()).all()
}

/// The scope of an audit.toml that states these facts.
fn scope(facts: &str) -> Scope {
    let head = "[audit]\nentity = \"e\"\nsystem = \"s\"\nname = \"n\"\nprepared_by = \"p\"\npacks = [\"x\"]\n[period]\nfrom = \"2026-02-01\"\nto = \"2026-03-01\"\n[[source]]\npath = \"logs\"\n";
    let folder = Beside::held(BTreeMap::new());
    let text = format!("{head}{facts}");
    Audit::from_text(&text, Path::new("audit.toml"), &folder, &Overrides::default()).unwrap().scope
}

fn told(resolution: &Resolution) -> (Grade, Reason, u8) {
    (resolution.grade, resolution.reason, resolution.hops)
}

#[test]
fn chains_of_roles_lead_to_the_first_caller() {
    let callers = [user("alice"), session("a", "opaque-1", K1, ""), session("b", "opaque-2", K2, "")];
    let resolved = resolve(&callers, &[issuance(K2, 1), issuance(K1, 0)]);
    assert_eq!(told(&resolved[2]), (Grade::A, Reason::Issuance, 2));
    assert_eq!(resolved[2].who, Who::Person(0));
    assert_eq!(resolved[2].proof, [format!("111122223333:{K1}"), format!("111122223333:{K2}")]);
}

#[test]
fn a_session_name_never_raises_the_grade() {
    let forged = session("a", "alice", K1, "");
    assert_eq!(told(&resolve(std::slice::from_ref(&forged), &[])[0]), (Grade::B, Reason::SessionNameOnly, 0));
    let resolved = resolve(&[forged, user("bob")], &[issuance(K1, 1)]);
    assert_eq!(resolved[0].who, Who::Person(1), "the issuing record wins over the name the caller chose");
}

#[test]
fn what_cannot_be_proven_ends_in_a_named_reason() {
    let masked = session("a", "x", "****************", "");
    let none = session("a", "x", "", "");
    let missing = session("a", "x", K1, "");
    let reasons: Vec<_> =
        resolve(&[masked, none, missing], &[]).iter().map(|r| (r.grade, r.reason)).collect();
    assert_eq!(
        reasons,
        [
            (Grade::E, Reason::MaskedCredential),
            (Grade::E, Reason::NoCredential),
            (Grade::E, Reason::IssuanceNotFound)
        ]
    );
    let cycle =
        resolve(&[session("a", "x", K1, ""), session("b", "y", K2, "")], &[issuance(K1, 1), issuance(K2, 0)]);
    assert_eq!(cycle[0].reason, Reason::Cycle);
}

#[test]
fn disagreement_is_nobody() {
    let callers = [
        user("alice"),
        user("bob"),
        session("a", "x", K1, r#","sourceIdentity":"bob@ACME.example""#),
        session("a", "y", K3, ""),
    ];
    let resolved = resolve(&callers, &[issuance(K1, 0), issuance(K3, 0), issuance(K3, 1)]);
    assert_eq!(told(&resolved[2]), (Grade::D, Reason::IdentitiesDisagree, 0));
    assert_eq!(told(&resolved[3]), (Grade::D, Reason::AmbiguousIssuance, 0));
    let twin = caller(r#"{"type":"SAMLUser","principalId":"x:twin","userName":"twin"}"#);
    assert_eq!(resolve(&[twin], &[])[0].reason, Reason::AmbiguousRoster);
}

#[test]
fn a_person_by_source_identity_in_a_workloads_role_is_marked() {
    let scope = scope("[[workload]]\nname = \"robot\"\nowner = \"o\"\nprincipals = [\"*:role/robot\"]\n");
    let roster = Roster::new(vec![person("alice", &["arn:aws:iam::111122223333:user/alice", "alice"])]);
    let stated = r#","sourceIdentity":"alice""#;
    let callers = [
        session("robot", "x", K1, stated),
        session("robot", "x", K2, stated),
        session("robot", "x", K3, ""),
        session("a", "x", K1, stated),
        user("alice"),
        session("robot", "y", "ASIAFOUR000000000004", stated),
        caller(r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#),
    ];
    let issued = [issuance(K2, 4), issuance("ASIAFOUR000000000004", 6)];
    let resolved = Resolver::new(&callers, &issued, &roster, &scope).all();
    let told: Vec<_> = resolved.iter().map(|one| (one.who == Who::Person(0), one.interactive)).collect();
    assert_eq!(
        told,
        [
            (true, true),
            (true, true),
            (false, false),
            (true, false),
            (true, false),
            (true, true),
            (false, false)
        ],
        "by source identity alone, beside its issuance, no person, no workload's role, the person, against a service"
    );
}

#[test]
fn whoever_entered_a_shared_identity_is_told_apart_from_it() {
    let scope = scope("[principals]\nshared = [\"*:role/ops\", \"*:user/alice\"]\n");
    let roster = Roster::new(vec![
        person("alice", &["arn:aws:iam::111122223333:user/alice", "alice"]),
        person("bob", &["arn:aws:iam::111122223333:user/bob", "bob"]),
    ]);
    const K4: &str = "ASIAFOUR000000000004";
    const K5: &str = "ASIAFIVE000000000005";
    let callers = [
        session("ops", "x", "ASIASIX0000000000006", r#","sourceIdentity":"bob""#),
        session("ops", "x", K1, ""),
        session("ops", "bob", "ASIASEVEN00000000007", ""),
        session("ops", "x", "ASIASEVEN00000000007", ""),
        session("ops", "x", K2, ""),
        session("ops", "x", K3, r#","sourceIdentity":"alice""#),
        session("a", "x", K4, ""),
        session("ops", "x", K5, ""),
        user("bob"),
        user("alice"),
        user("eve"),
    ];
    let issued = [issuance(K1, 8), issuance(K2, 9), issuance(K3, 8), issuance(K4, 1), issuance(K5, 10)];
    let resolved = Resolver::new(&callers, &issued, &roster, &scope).all();
    let told: Vec<_> = resolved.iter().map(|one| one.entered_by.word()).collect();
    assert_eq!(
        told,
        [
            "person",
            "person",
            "name",
            "unknown",
            "unknown",
            "unknown",
            "person",
            "name",
            "not-shared",
            "unknown",
            "not-shared"
        ],
        "by source identity, by issuance, by session name, by nothing, by a shared user, by two who disagree, one role \
         further, by a user on no roster, no shared identity, a shared user, no shared identity"
    );
    assert!(resolved[..8].iter().all(|one| matches!(one.who, Who::Shared(_)) && one.grade == Grade::D));
}

#[test]
fn nothing_joins_across_partitions() {
    let gov = caller(&format!(
        r#"{{"type":"AssumedRole","arn":"arn:aws-us-gov:sts::777788889999:assumed-role/a/x","accountId":"777788889999","accessKeyId":"{K1}"}}"#
    ));
    assert_eq!(resolve(&[gov, user("alice")], &[issuance(K1, 1)])[0].reason, Reason::IssuanceNotFound);
}

#[test]
fn machines_root_and_strangers_are_no_persons() {
    let callers = [
        caller(r#"{"type":"AWSService","invokedBy":"backup.amazonaws.com"}"#),
        caller(
            r#"{"type":"IAMUser","arn":"arn:aws:iam::1:user/alice","userName":"alice","invokedBy":"athena.amazonaws.com"}"#,
        ),
        caller(r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}"#),
        caller(r#"{"type":"AWSAccount","principalId":"AIDAX","accountId":"999"}"#),
        caller(r#"{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL"}"#),
        caller(r#"{"accountId":"111122223333","invokedBy":"AWS Internal"}"#),
        session("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup", "x", K1, ""),
    ];
    let grades: Vec<_> = resolve(&callers, &[]).iter().map(|r| (r.grade, r.reason)).collect();
    let service = (Grade::S, Reason::Service);
    assert_eq!(
        grades,
        [
            service,
            service,
            (Grade::D, Reason::Root),
            (Grade::E, Reason::OtherAccount),
            (Grade::E, Reason::Anonymous),
            service,
            service
        ]
    );
}

#[test]
fn names_that_look_like_reserved_ones_prove_nothing() {
    let fake_center = session("AWSReservedSSO_fake", "alice", K1, "");
    let fake_service = session("AWSServiceRoleForFun", "x", K2, "");
    let resolved = resolve(&[fake_center, fake_service], &[]);
    assert_eq!(told(&resolved[0]), (Grade::B, Reason::SessionNameOnly, 0));
    assert!(!matches!(resolved[0].who, Who::Person(_)), "a name without proof is told apart from the person");
    assert_eq!(told(&resolved[1]), (Grade::E, Reason::IssuanceNotFound, 0));
}

#[test]
fn a_record_without_identity_is_no_service() {
    let nobody = Caller::read(None, "us-east-1", false);
    assert_eq!(resolve(std::slice::from_ref(&nobody), &[])[0].reason, Reason::NoIdentity);
    assert!(!nobody.names_somebody());
    assert_eq!(resolve(&[Caller::read(None, "us-east-1", true)], &[])[0].grade, Grade::S);
}

#[test]
fn one_principal_id_with_several_persons_names_nobody() {
    let id = |name: &str, key: &str| {
        let mut caller = session("a", "ci", key, "");
        caller.principal_id = "AROAX:ci".to_owned();
        caller.created = name.to_owned();
        caller
    };
    let stranger = caller(r#"{"type":"AWSAccount","principalId":"AROAX:ci","accountId":"111122223333"}"#);
    let callers = [user("alice"), user("bob"), id("1", K1), id("2", K2), stranger];
    let resolved = resolve(&callers, &[issuance(K1, 0), issuance(K2, 1)]);
    assert_eq!((&resolved[2].who, &resolved[3].who), (&Who::Person(0), &Who::Person(1)));
    assert_eq!(resolved[4].reason, Reason::OtherAccount);
}

#[test]
fn a_key_handed_to_another_session_proves_nothing() {
    let other = Issuance { session: "arn:aws:sts::1:assumed-role/z/z".to_owned(), ..issuance(K1, 0) };
    let resolved = resolve(&[user("alice"), session("a", "x", K1, "")], &[other]);
    assert_eq!(resolved[1].reason, Reason::IssuanceNotFound);
}

#[test]
fn chains_that_branch_without_end_are_bounded() {
    let key = |n: usize| format!("ASIABRANCH{n:010}");
    let callers: Vec<Caller> = (0..14).map(|n| session("a", &format!("s{n}"), &key(n), "")).collect();
    let issuances: Vec<Issuance> = (0..13)
        .flat_map(|n| (0..8).map(move |copy| (n, copy)))
        .map(|(n, copy)| Issuance { event_ref: format!("1:{n}-{copy}"), ..issuance(&key(n), n as u32 + 1) })
        .collect();
    assert_eq!(resolve(&callers, &issuances)[0].grade, Grade::E);
}
