//! Containers under damage and malice: nothing panics, a second walk finds the same places, nesting and size are
//! bounded.

use proptest::prelude::*;

use super::{base64, record, rows, told, told_once, wrappings};
use crate::support::gzip;

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = wrappings().into_iter().map(|(_, text, ..)| text).collect();
    texts.extend(rows::tables().into_iter().map(|(_, text)| text));
    texts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_containers_never_panic_and_replay(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize, "[\\[\\]{}\",:\\\\nu=0-9a é\u{0}]{0,6}"), 1..4),
    ) {
        let all = texts();
        let mut bytes = which.get(&all).clone().into_bytes();
        for (at, length, insert) in cuts {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, insert.bytes());
        }
        told(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_table_is_read_without_panic(cells in "[a-z,\"\n{}=\\[\\] éN]{0,200}") {
        told(&format!("eventname,eventsource,useridentity,resources,requestparameters\n{cells}"));
    }

    #[test]
    fn an_identity_that_is_printed_names_nobody_else(name in "[a-z ,={}]{0,40}") {
        // Whatever a provider calls somebody, the record never names an ARN that the type of the caller does not have.
        let row = format!("eventname,eventsource,awsregion,eventtime,useridentity\nX,sts.amazonaws.com,us-east-1,2026-03-02T12:00:00Z,\"{{type=SAMLUser, principalid=p, arn=null, accountid=null, username={name}, onbehalfof=null, sessioncontext=null}}\"\n");
        for (_, text, _) in told(&row).records {
            let identity = super::value(&text)["userIdentity"].clone();
            let told: Vec<String> = identity.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default();
            prop_assert!(told.iter().all(|member| ["type", "principalId", "userName"].contains(&member.as_str())), "{identity}");
            if let Some(user) = identity.get("userName") {
                prop_assert_eq!(user, &serde_json::Value::from(name.clone()));
            }
        }
    }
}

#[test]
fn nesting_ends() {
    let mut text = record(1);
    for _ in 0..40 {
        text = serde_json::json!({"messageId": "1", "body": text}).to_string();
        if text.len() > 1 << 22 {
            break;
        }
    }
    let told_of = told_once(&text);
    assert_eq!((told_of.records.len(), told_of.troubles.len()), (0, 1));
    let mut packed = record(1).into_bytes();
    for _ in 0..40 {
        packed = base64(&gzip(&packed)).into_bytes();
    }
    let told_of = told_once(&String::from_utf8(packed).unwrap());
    assert_eq!((told_of.records.len(), told_of.troubles.len()), (0, 1));
}

#[test]
fn a_gzip_inside_that_is_cut_gives_what_it_holds_and_says_so() {
    let messages: Vec<String> = (0..300).map(record).collect();
    let packed = gzip(messages.join("\n").as_bytes());
    let text = serde_json::json!({"awslogs": {"data": base64(&packed[..packed.len() / 2])}}).to_string();
    let told_of = told(&text);
    assert!(!told_of.records.is_empty() && told_of.records.len() < 300);
    assert_eq!(told_of.troubles.len(), 2, "the stream and the record that is cut: {:?}", told_of.troubles);
}
