//! From every kind of session to one person: records of the shapes that CloudTrail writes, read and resolved. Comes in:
//! records. Goes out: who each item access leads to, how well, why, over how many sessions, by how many records.

use serde_json::{Value, json};

use super::ledgers::Bench;

pub const ACCOUNT: &str = "111122223333";
const OTHER: &str = "222233334444";
pub const K1: &str = "ASIAONEONEONEONE0001";
const K2: &str = "ASIATWOTWOTWOTWO0002";
const BEGAN: &str = "2026-03-02T09:00:00Z";

const ROSTER: &str = "id,name,mail,department,manager,joined,left,identities\n\
    p-1,Alice A,alice@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/alice;alice-subject\n\
    p-2,Bob B,bob@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/bob;AIDABOBBOBBOBBOB0001\n";

const ROBOT: &str =
    "[[workload]]\nname = \"pipeline\"\nowner = \"Team\"\nprincipals = [\"arn:aws:iam::*:role/pipeline\"]\n";

/// A record of its own number and time.
pub fn record(number: u32, source: &str, operation: &str, who: &Value, more: &Value) -> String {
    let mut record = json!({
        "eventVersion": "1.11", "userIdentity": who, "eventTime": BEGAN, "eventSource": source,
        "eventName": operation, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2",
        "requestParameters": null, "responseElements": null, "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT
    });
    let members = record.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    record.to_string()
}

/// The item access whose caller is asked about.
pub fn read(who: &Value) -> String {
    let table = format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/cards");
    let resource = json!({"accountId": ACCOUNT, "type": "AWS::DynamoDB::Table", "ARN": table});
    let more = json!({"requestParameters": {"tableName": "cards", "key": {"id": "k"}}, "resources": [resource], "managementEvent": false});
    record(1, "dynamodb.amazonaws.com", "GetItem", who, &more)
}

/// An STS record that hands out a key; `session` is the ARN that the answer states.
fn sts(number: u32, operation: &str, who: &Value, key: &str, session: Option<&str>) -> String {
    let credentials =
        json!({"accessKeyId": key, "sessionToken": "t", "expiration": "Mar 2, 2026, 10:00:00 AM"});
    let mut answer = json!({"credentials": credentials});
    if let Some(arn) = session {
        let member = if operation == "GetFederationToken" { "federatedUser" } else { "assumedRoleUser" };
        answer[member] = json!({"arn": arn});
    }
    record(number, "sts.amazonaws.com", operation, who, &json!({"responseElements": answer}))
}

pub fn user(name: &str) -> Value {
    json!({"type": "IAMUser", "principalId": format!("AIDA{:0>16}", name.to_uppercase()), "userName": name, "accountId": ACCOUNT,
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "accessKeyId": format!("AKIA{:0>16}", name.to_uppercase())})
}

fn session_arn(role: &str, name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}")
}

pub fn session(path: &str, role: &str, name: &str, key: &str) -> Value {
    let issuer = json!({"type": "Role", "principalId": "AROAROLE", "accountId": ACCOUNT, "userName": role,
        "arn": format!("arn:aws:iam::{ACCOUNT}:role{path}{role}")});
    json!({"type": "AssumedRole", "principalId": format!("AROAROLE:{name}"), "arn": session_arn(role, name), "accountId": ACCOUNT,
        "accessKeyId": key, "sessionContext": {"sessionIssuer": issuer, "webIdFederationData": {},
            "attributes": {"creationDate": BEGAN, "mfaAuthenticated": "false"}}})
}

pub fn with(mut value: Value, pointer: &str, member: &str, to: impl Into<Value>) -> Value {
    value.pointer_mut(pointer).unwrap()[member] = to.into();
    value
}

/// Whom the item access leads to: name, grade, reason, hops, records that prove it.
fn told(records: &[String], more: &str, roster: &str) -> (String, &'static str, &'static str, u8, usize) {
    let files = [("a.json".to_owned(), records.to_vec())];
    let bench = Bench::stating(&files, more, roster);
    let ledger = bench.settle(bench.all()).ledger;
    let mut found = None;
    ledger.walk(&mut |event| {
        for row in event.rows {
            let Some((_, raw, _)) = ledger.shape(row) else { continue };
            if ledger.name(raw.operation) == "GetItem" {
                let told = &ledger.resolutions[row.caller as usize];
                let name = ledger.principal(row).unwrap().name.clone();
                found = Some((name, told.grade.letter(), told.reason.code(), told.hops, told.proof.len()));
            }
        }
    });
    found.unwrap()
}

fn who(records: &[String]) -> (String, &'static str, &'static str, u8, usize) {
    told(records, ROBOT, ROSTER)
}

fn alice(reason: &'static str, hops: u8, proofs: usize) -> (String, &'static str, &'static str, u8, usize) {
    ("Alice A".to_owned(), "A", reason, hops, proofs)
}

pub const CENTER: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";

fn behalf(who: Value, id: &str) -> Value {
    let store = format!("arn:aws:identitystore::{ACCOUNT}:identitystore/d-9000000000");
    with(who, "", "onBehalfOf", json!({"userId": id, "identityStoreArn": store}))
}

#[test]
fn a_directory_user_is_known_by_id_or_by_the_session_name_that_identity_center_writes() {
    let center = |name: &str| session(CENTER, "AWSReservedSSO_Desk_0123456789abcdef", name, K1);
    assert_eq!(who(&[read(&center("alice@example.com"))]), alice("identity-center-session", 0, 0));
    let id = "94482488-3041-7012-8cdd-5e1b0a7c2d01";
    let both = behalf(center("Alice@Example.com"), id);
    assert_eq!(
        who(&[read(&both)]),
        alice("identity-center-session", 0, 0),
        "the roster holds the mail, not the id"
    );
    let roster = ROSTER.replace("alice-subject", id);
    let unknown = behalf(center("a.alder"), id);
    assert_eq!(told(&[read(&unknown)], "", &roster), alice("on-behalf-of", 0, 0), "or the id, not the name");
    let user = json!({"type": "IdentityCenterUser", "accountId": ACCOUNT, "arn": "", "accessKeyId": "", "credentialId": "c"});
    assert_eq!(told(&[read(&behalf(user, id))], "", &roster), alice("on-behalf-of", 0, 0));
    let differ = behalf(center("bob@example.com"), id);
    let (name, grade, reason, ..) = told(&[read(&differ)], "", &roster);
    assert_eq!((grade, reason), ("D", "identities-disagree"), "{name}");
}

#[test]
fn somebody_on_whose_behalf_a_workload_acts_is_no_workload() {
    let pipeline = behalf(session("/", "pipeline", "run-1", K1), "94482488-0000-7012-8cdd-5e1b0a7c2d01");
    let (name, grade, reason, ..) = who(&[read(&pipeline)]);
    assert_eq!(
        (name.as_str(), grade, reason),
        ("94482488-0000-7012-8cdd-5e1b0a7c2d01", "B", "not-on-roster")
    );
}

#[test]
fn an_identity_center_session_issued_to_a_subject_on_no_roster_is_still_its_user() {
    let name = "AWSReservedSSO_Desk_0123456789abcdef";
    let saml = json!({"type": "SAMLUser", "principalId": "x=:s-1-5-21", "userName": "s-1-5-21", "identityProvider": "x="});
    let issued = |to: &str| sts(2, "AssumeRoleWithSAML", &saml, K1, Some(&session_arn(name, to)));
    let used = read(&session(CENTER, name, "alice@example.com", K1));
    assert_eq!(who(&[issued("alice@example.com"), used.clone()]), alice("issuance", 1, 1));
    let bob = with(saml.clone(), "", "userName", "bob@example.com");
    let other = sts(2, "AssumeRoleWithSAML", &bob, K1, Some(&session_arn(name, "alice@example.com")));
    let (.., grade, reason, _, _) = who(&[other, used]);
    assert_eq!((grade, reason), ("D", "identities-disagree"));
}

#[test]
fn a_saml_session_is_its_subject_or_whom_the_provider_named() {
    let saml = |subject: &str| json!({"type": "SAMLUser", "principalId": format!("x=:{subject}"), "userName": subject, "identityProvider": "x="});
    let issued = |subject: &str, name: &str| {
        sts(2, "AssumeRoleWithSAML", &saml(subject), K1, Some(&session_arn("desk", name)))
    };
    let used = |name: &str| read(&session("/", "desk", name, K1));
    assert_eq!(who(&[issued("alice-subject", "x-1"), used("x-1")]), alice("issuance", 1, 1));
    assert_eq!(
        who(&[
            issued("_ce3d2948b4cf20146dee0a0b3dd6f69b6cf86f62d7", "alice@example.com"),
            used("alice@example.com")
        ]),
        alice("issuance", 1, 1),
        "a transient subject names nobody; the session name comes from the provider, not from the caller"
    );
    let (name, grade, ..) = who(&[issued("_ce3d29", "nobody@example.com"), used("nobody@example.com")]);
    assert_eq!((name.as_str(), grade), ("_ce3d29", "B"));
    assert_eq!(who(&[read(&saml("alice-subject"))]), alice("identity-provider", 0, 0));
}

#[test]
fn pipelines_and_service_accounts_are_workloads_and_people_of_web_identities_are_people() {
    let web = |subject: &str| {
        json!({"type": "WebIdentityUser", "userName": subject, "identityProvider": "token.actions.example",
        "principalId": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.example:sts.amazonaws.com:{subject}")})
    };
    let issued = |subject: &str, role: &str| {
        sts(2, "AssumeRoleWithWebIdentity", &web(subject), K1, Some(&session_arn(role, "run-7")))
    };
    let used = |role: &str| read(&session("/", role, "run-7", K1));
    for subject in ["repo:acme/cards:ref:refs/heads/main", "system:serviceaccount:cards:writer", "0oa-client"]
    {
        let (name, grade, reason, ..) = who(&[issued(subject, "pipeline"), used("pipeline")]);
        assert_eq!((name.as_str(), grade, reason), ("pipeline", "C", "registered"), "{subject}");
    }
    let unregistered = who(&[issued("repo:acme/cards:environment:prod", "deploy"), used("deploy")]);
    assert_eq!((unregistered.1, unregistered.2), ("E", "unregistered-workload"));
    assert_eq!(who(&[issued("alice-subject", "desk"), used("desk")]), alice("issuance", 1, 1));
}

#[test]
fn a_federation_token_is_its_issuers_and_its_record_proves_it() {
    let arn = format!("arn:aws:sts::{ACCOUNT}:federated-user/whoever");
    let issuer = |name: &str| {
        json!({"type": "IAMUser", "principalId": format!("AIDA{:0>16}", name.to_uppercase()), "accountId": ACCOUNT,
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "userName": name})
    };
    let token = |by: Value| {
        json!({"type": "FederatedUser", "principalId": format!("{ACCOUNT}:whoever"), "arn": arn, "accountId": ACCOUNT,
        "accessKeyId": K1, "sessionContext": {"sessionIssuer": by, "attributes": {"creationDate": BEGAN, "mfaAuthenticated": "false"}}})
    };
    let used = read(&token(issuer("alice")));
    assert_eq!(who(std::slice::from_ref(&used)), alice("issuance", 1, 0), "the session names its issuer");
    let issued = |by: &str| sts(2, "GetFederationToken", &user(by), K1, Some(&arn));
    assert_eq!(who(&[used.clone(), issued("alice")]), alice("issuance", 1, 1));
    let robot = who(&[read(&token(issuer("robot")))]);
    assert_eq!((robot.0.as_str(), robot.1), ("robot", "C"));
    let stranger = who(&[read(&token(issuer("eve")))]);
    assert_eq!((stranger.0.as_str(), stranger.1), ("arn:aws:iam::111122223333:user/eve", "B"));
    let root = json!({"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root")});
    assert_eq!(who(&[read(&token(root))]).2, "root");
    let (.., grade, reason, _, _) = who(&[used, issued("bob")]);
    assert_eq!((grade, reason), ("D", "identities-disagree"));
}

#[test]
fn chains_of_one_to_twenty_sessions_lead_to_their_person_in_any_order() {
    for hops in 1..=20_u32 {
        let key = |step: u32| format!("ASIACHAINCHAIN{step:06}");
        let one = |step: u32| session("/", &format!("role-{step}"), &format!("opaque-{step}"), &key(step));
        let mut records = vec![read(&one(hops))];
        for step in (1..=hops).rev() {
            let by = if step == 1 { user("alice") } else { one(step - 1) };
            let arn = session_arn(&format!("role-{step}"), &format!("opaque-{step}"));
            records.push(sts(10 + step, "AssumeRole", &by, &key(step), Some(&arn)));
        }
        let expected = alice("issuance", hops as u8, hops as usize);
        assert_eq!(who(&records), expected);
        records.reverse();
        assert_eq!(who(&records), expected, "issuance first");
        records.remove(0);
        let (.., grade, reason, _, _) = who(&records);
        assert_eq!((grade, reason), ("E", "issuance-not-found"), "without the first record");
    }
}

#[test]
fn an_assumed_root_is_whoever_asked_for_it() {
    let root = json!({"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accessKeyId": K1,
        "sessionContext": {"attributes": {"creationDate": BEGAN, "mfaAuthenticated": "false"}, "assumedRoot": "true"}});
    let issued = sts(2, "AssumeRoot", &user("alice"), K1, None);
    assert_eq!(who(&[read(&root), issued]), alice("issuance", 1, 1));
    let missing = who(&[read(&root)]);
    assert_eq!((missing.1, missing.2), ("E", "issuance-not-found"));
    let own = json!({"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accessKeyId": K1});
    let token = sts(2, "GetSessionToken", &own, K1, None);
    assert_eq!(who(&[read(&own), token]), (format!("root of {ACCOUNT}"), "D", "root", 0, 0));
}

/// The sign-in record of a switch: its identity is the session entered, without a key.
fn switch(number: u32, from: &str, to: &str, time: &str, result: &str) -> String {
    let who =
        json!({"type": "AssumedRole", "principalId": "AROAROLE:alice", "arn": to, "accountId": ACCOUNT});
    let more = json!({"responseElements": {"SwitchRole": result}, "eventType": "AwsConsoleSignIn", "eventTime": time,
        "additionalEventData": {"SwitchFrom": from, "RedirectTo": "https://console.aws.amazon.com/"}});
    record(number, "signin.amazonaws.com", "SwitchRole", &who, &more)
}

#[test]
fn a_role_switched_at_the_console_leads_to_whoever_switched() {
    let arn = session_arn("desk", "alice");
    let used = read(&session("/", "desk", "alice", K1));
    let by = |name: &str| format!("arn:aws:iam::{ACCOUNT}:user/{name}");
    let at = |from: &str, time: &str| switch(2, from, &arn, time, "Success");
    assert_eq!(who(&[used.clone(), at(&by("alice"), BEGAN)]), alice("switch-role", 1, 1));
    assert_eq!(who(&[used.clone(), at(&by("bob"), BEGAN)]).0, "Bob B", "whatever the session is called");
    for other in [
        at(&by("alice"), "2026-03-02T09:00:02Z"),
        switch(2, &by("alice"), &arn, BEGAN, "Failure"),
        switch(2, &by("alice"), &session_arn("other", "alice"), BEGAN, "Success"),
    ] {
        let (name, grade, reason, ..) = who(&[used.clone(), other]);
        assert_eq!((grade, reason), ("E", "issuance-not-found"), "another session, or none: {name}");
    }
    let two = [at(&by("alice"), BEGAN), switch(3, &by("bob"), &arn, BEGAN, "Success")];
    let (.., grade, reason, _, _) = who(&[used.clone(), two[0].clone(), two[1].clone()]);
    assert_eq!((grade, reason), ("D", "ambiguous-issuance"));
    let issued = sts(4, "AssumeRole", &user("bob"), K1, Some(&arn));
    assert_eq!(
        who(&[used, at(&by("alice"), BEGAN), issued]).0,
        "Bob B",
        "the key says more than name and second"
    );
}

#[test]
fn a_switch_from_a_session_leads_to_the_person_of_that_session() {
    let from = session("/", "hub", "opaque", K2);
    let issued = sts(2, "AssumeRole", &user("alice"), K2, Some(&session_arn("hub", "opaque")));
    let entered = switch(3, &session_arn("hub", "opaque"), &session_arn("desk", "alice"), BEGAN, "Success");
    let other = record(4, "iam.amazonaws.com", "ListUsers", &from, &json!({}));
    let used = read(&session("/", "desk", "alice", K1));
    assert_eq!(who(&[used.clone(), entered.clone(), other, issued]), alice("switch-role", 2, 2));
    let (.., grade, reason, _, _) = who(&[used, entered]);
    assert_eq!((grade, reason), ("E", "no-credential"), "nothing is known of that session");
}

#[test]
fn two_roles_switched_from_each_other_end_in_a_named_reason() {
    let (one, other) = (session_arn("desk", "alice"), session_arn("hub", "alice"));
    let used = read(&session("/", "desk", "alice", K1));
    let hub = record(4, "iam.amazonaws.com", "ListUsers", &session("/", "hub", "alice", K2), &json!({}));
    let (.., grade, reason, _, _) = who(&[
        used,
        hub,
        switch(2, &one, &other, BEGAN, "Success"),
        switch(3, &other, &one, BEGAN, "Success"),
    ]);
    assert_eq!((grade, reason), ("E", "credential-cycle"));
}

#[test]
fn a_role_that_the_console_assumed_for_a_user_is_the_users() {
    let issued = |by: &str, service: &str| {
        sts(2, "AssumeRole", &with(user(by), "", "invokedBy", service), K1, Some(&session_arn("desk", "x")))
    };
    let used = read(&session("/", "desk", "x", K1));
    for console in ["AWS Internal", "signin.amazonaws.com"] {
        assert_eq!(who(&[used.clone(), issued("alice", console)]), alice("issuance", 1, 1), "{console}");
    }
    let (.., grade, reason, _, _) = who(&[used, issued("alice", "cloudformation.amazonaws.com")]);
    assert_eq!(
        (grade, reason),
        ("E", "unregistered-workload"),
        "a service that acts for a user stays a service"
    );
}

#[test]
fn an_instance_is_a_workload_or_says_that_it_is_none_that_is_registered() {
    let instance = |role: &str| {
        with(session("/", role, "i-0abcdef0123456789", K1), "/sessionContext", "ec2RoleDelivery", "2.0")
    };
    let found = who(&[read(&instance("pipeline"))]);
    assert_eq!((found.0.as_str(), found.1), ("pipeline", "C"));
    let open = who(&[read(&instance("web"))]);
    assert_eq!((open.1, open.2), ("E", "unregistered-workload"));
}

#[test]
fn keys_created_or_rotated_in_the_window_are_their_users() {
    for key in ["AKIAFIRST00000000001", "AKIASECOND0000000002", "ASIATEMPORARY0000003", ""] {
        assert_eq!(
            who(&[read(&with(user("alice"), "", "accessKeyId", key))]),
            alice("user-on-roster", 0, 0),
            "{key}"
        );
    }
}

#[test]
fn users_created_again_under_one_name_are_told_apart_by_principal_id() {
    let again = |name: &str, id: &str| with(user(name), "", "principalId", id);
    let other =
        |name: &str, id: &str| record(2, "iam.amazonaws.com", "ListUsers", &again(name, id), &json!({}));
    let (first, second) = ("AIDAFIRST00000000001", "AIDASECOND0000000002");
    let one = read(&again("alice", first));
    assert_eq!(who(std::slice::from_ref(&one)), alice("user-on-roster", 0, 0));
    let (.., grade, reason, _, _) = who(&[one, other("alice", second)]);
    assert_eq!((grade, reason), ("D", "reused-name"), "the roster does not say which of the two she is");
    let bobs = read(&again("bob", "AIDABOBBOBBOBBOB0001"));
    assert_eq!(who(&[bobs, other("bob", second)]).0, "Bob B", "here it does");
    let (name, grade, reason, ..) = who(&[read(&again("bob", second)), other("bob", "AIDABOBBOBBOBBOB0001")]);
    assert_eq!((grade, reason), ("B", "not-on-roster"));
    assert_eq!(name, format!("arn:aws:iam::{ACCOUNT}:user/bob ({second})"), "somebody of his name");
    let (eves, eve) = (read(&again("eve", first)), other("eve", second));
    assert_eq!(who(&[eves, eve]).0, format!("arn:aws:iam::{ACCOUNT}:user/eve ({first})"));
}

#[test]
fn a_source_identity_stated_by_somebody_outside_proves_nothing() {
    let outsider = |account: &str| json!({"type": "AWSAccount", "principalId": "AIDASTRANGER00000001", "accountId": account});
    let issued =
        |account: &str| sts(2, "AssumeRole", &outsider(account), K1, Some(&session_arn("desk", "x")));
    let used =
        read(&with(session("/", "desk", "x", K1), "/sessionContext", "sourceIdentity", "alice@example.com"));
    assert_eq!(who(&[used.clone(), issued(OTHER)]), alice("source-identity", 0, 0), "an own account");
    let (name, grade, reason, ..) = who(&[used, issued("999988887777")]);
    assert_eq!((name.as_str(), grade, reason), ("Alice A (by name only)", "B", "claimed-name"));
}

#[test]
fn a_principal_id_on_the_roster_is_enough_in_another_accounts_record() {
    let foreign = json!({"type": "AWSAccount", "principalId": "AIDABOBBOBBOBBOB0001", "accountId": OTHER});
    let issued = sts(2, "AssumeRole", &foreign, K1, Some(&session_arn("desk", "x")));
    let (name, grade, reason, hops, proofs) = who(&[issued, read(&session("/", "desk", "x", K1))]);
    assert_eq!((name.as_str(), grade, reason, hops, proofs), ("Bob B", "A", "issuance", 1, 1));
}
