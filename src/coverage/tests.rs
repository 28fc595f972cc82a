//! Coverage hour by hour, selector by selector.

use serde_json::json;

use super::selectors::{Selected, Selectors};
use super::trails::{Change, Trails};
use super::*;
use crate::audit::Snapshot;

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/cards";

fn selects(value: serde_json::Value, class: Class) -> Selected {
    Selectors::read(&value).unwrap().selects(class, (class != Class::Management).then_some(TABLE))
}

fn field(name: &str, equals: &str) -> serde_json::Value {
    json!({"field": name, "equals": [equals]})
}

#[test]
fn basic_selectors() {
    let all = json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}]}]});
    for class in [Class::Read, Class::Write, Class::Stream, Class::Management] {
        assert_eq!(selects(all.clone(), class), Selected::Yes);
    }
    let other = json!({"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb:eu-west-1:111122223333:table/cards-old"]}]}]});
    for class in [Class::Read, Class::Write, Class::Management] {
        assert_eq!(selects(other.clone(), class), Selected::No);
    }
}

#[test]
fn key_events_may_be_left_out_and_that_is_told() {
    let management = |left_out: &str| {
        json!({"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": [left_out]},
        ]}]})
    };
    for (left_out, selected, keys) in [
        ("kms.amazonaws.com", Selected::Yes, true),
        ("rdsdata.amazonaws.com", Selected::Yes, false),
        ("iam.amazonaws.com", Selected::No, false),
    ] {
        let value = management(left_out);
        assert_eq!(selects(value.clone(), Class::Management), selected, "{left_out}");
        assert_eq!(Selectors::read(&value).unwrap().leaves_out_keys(), keys, "{left_out}");
    }
    let basic = json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]});
    assert_eq!(selects(basic.clone(), Class::Management), Selected::Yes);
    assert!(Selectors::read(&basic).unwrap().leaves_out_keys());
    let mut one = snapshot(HOUR * 10);
    one.answer = basic;
    let trails = Trails::new(&[one], &[]);
    assert_eq!(trails.without_key_events(0, HOUR).into_iter().collect::<Vec<_>>(), ["111122223333"]);
}

#[test]
fn advanced_selectors_count_only_when_nothing_narrows_them() {
    let with = |more: Vec<serde_json::Value>| {
        let mut fields =
            vec![field("eventCategory", "Data"), field("resources.type", "AWS::DynamoDB::Table")];
        fields.extend(more);
        json!({"advancedEventSelectors": [{"fieldSelectors": fields}]})
    };
    assert_eq!(selects(with(vec![]), Class::Read), Selected::Yes);
    assert_eq!(selects(with(vec![]), Class::Management), Selected::No);
    assert_eq!(selects(with(vec![field("readOnly", "true")]), Class::Read), Selected::Yes);
    assert_eq!(selects(with(vec![field("readOnly", "true")]), Class::Write), Selected::No);
    assert_eq!(selects(with(vec![field("eventName", "GetItem")]), Class::Read), Selected::No);
    assert_eq!(
        selects(with(vec![json!({"field": "userIdentity.arn", "notEquals": ["x"]})]), Class::Read),
        Selected::No
    );
    assert_eq!(
        selects(
            with(vec![
                json!({"field": "resources.ARN", "startsWith": ["arn:aws:dynamodb:eu-west-1:111122223333:"]})
            ]),
            Class::Read
        ),
        Selected::Yes
    );
}

fn snapshot(taken: Seconds) -> Snapshot {
    Snapshot {
        trail: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        taken,
        multi_region: false,
        answer: json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}]}]}),
        file: String::new(),
    }
}

fn change(time: Seconds, operation: &str, request: &str) -> Change {
    Change {
        time,
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        operation: operation.into(),
        trail: "main".into(),
        request: request.into(),
    }
}

fn told(trails: &Trails, from: Seconds) -> (bool, Option<Selected>) {
    let told = trails.at("111122223333", "eu-west-1", Some(TABLE), Class::Read, (from, from + HOUR));
    (told.stopped, told.selected)
}

#[test]
fn stops_touch_every_hour_they_reach_into() {
    let trails =
        Trails::new(&[snapshot(0)], &[change(5_000, "StopLogging", ""), change(9_000, "StartLogging", "")]);
    let stopped: Vec<bool> = (0..4).map(|hour| told(&trails, hour * HOUR).0).collect();
    assert_eq!(stopped, [false, true, true, false]);
    let open = Trails::new(&[snapshot(0)], &[change(5_000, "StopLogging", "")]);
    assert!(told(&open, 1_000_000).0);
}

#[test]
fn a_change_of_selectors_ends_what_a_snapshot_says() {
    let narrow = r#"{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":true}]}"#;
    let trails = Trails::new(&[snapshot(100)], &[change(2 * HOUR + 10, "PutEventSelectors", narrow)]);
    let selected: Vec<_> = (0..4).map(|hour| told(&trails, hour * HOUR).1).collect();
    assert_eq!(selected, [Some(Selected::Yes), Some(Selected::Yes), Some(Selected::No), Some(Selected::No)]);
    let later = Trails::new(&[snapshot(9 * HOUR)], &[change(2 * HOUR, "PutEventSelectors", "{}")]);
    assert_eq!(told(&later, HOUR).1, None, "a snapshot does not speak for the time before a change");
}

#[test]
fn nothing_known_is_not_selected_and_not_denied() {
    assert_eq!(told(&Trails::default(), 0), (false, None));
}

#[test]
fn a_trail_made_in_the_window_logged_nothing_before_it_was_started() {
    let changes = [change(2 * HOUR, "CreateTrail", "{}"), change(3 * HOUR + 5, "StartLogging", "")];
    let trails = Trails::new(&[snapshot(9 * HOUR)], &changes);
    let stopped: Vec<bool> = (0..6).map(|hour| told(&trails, hour * HOUR).0).collect();
    assert_eq!(stopped, [true, true, true, true, false, false]);
}

#[test]
fn a_stop_of_a_trail_whose_reach_nothing_tells_counts_in_every_region() {
    let elsewhere = |trails: &Trails| {
        trails.at("111122223333", "us-east-1", None, Class::Management, (HOUR, 2 * HOUR)).stopped
    };
    let stop = [change(HOUR, "StopLogging", "")];
    assert!(elsewhere(&Trails::new(&[], &stop)));
    assert!(!elsewhere(&Trails::new(&[snapshot(0)], &stop)), "the snapshot says it is a single-region trail");
}

fn audit(from: &str, to: &str) -> (tempfile::TempDir, Audit) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        r#"
audit = {{ entity = "T", system = "T", name = "t", prepared_by = "T", packs = ["pci-dss-4.0.1"] }}
period = {{ from = "{from}", to = "{to}" }}
source = [{{ path = "logs" }}]
account = [{{ id = "111122223333", name = "prod", regions = ["eu-west-1"] }}]
table = [{{ account = "111122223333", region = "eu-west-1", name = "cards", data = "cardholder" }}]
"#
    );
    let path = folder.path().join("audit.toml");
    std::fs::write(&path, text).unwrap();
    let audit = Audit::read(&path, &crate::audit::Overrides::default()).unwrap();
    (folder, audit)
}

/// Presence of one class in some hours of 1970-01-01, and something a day later.
fn presence(class: Class, table: &str, hours: &[i64]) -> Presence {
    let seen = |hour: &i64| Delivered {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        hour: *hour,
        class: Some(class),
        table: table.into(),
    };
    Presence { delivered: hours.iter().chain(&[40]).map(seen).collect(), ..Presence::default() }
}

fn states(coverage: &Coverage, class: Class) -> Vec<State> {
    coverage.strips.iter().find(|strip| strip.class == class).unwrap().states.clone()
}

#[test]
fn management_records_alone_do_not_prove_hours_of_item_access() {
    let (_folder, audit) = audit("1970-01-01T01:00:00Z", "1970-01-01T03:00:00Z");
    let trails = Trails::new(&[snapshot(0)], &[]);
    let coverage =
        Coverage::new(&audit, &presence(Class::Management, "", &[1, 2]), &trails, &Proof::default());
    assert_eq!(states(&coverage, Class::Management), [State::Delivered; 2]);
    assert_eq!(states(&coverage, Class::Read), [State::Unknown; 2]);
}

#[test]
fn a_window_off_the_hour_looks_at_every_clock_hour_it_touches() {
    let (_folder, audit) = audit("1970-01-01T10:30:00Z", "1970-01-01T12:30:00Z");
    let trails = Trails::new(&[snapshot(0)], &[]);
    let coverage =
        Coverage::new(&audit, &presence(Class::Read, "cards", &[10, 11]), &trails, &Proof::default());
    assert_eq!(states(&coverage, Class::Read), [State::Delivered, State::Delivered, State::Silent]);
    assert_eq!(coverage.times(0, 1), (10 * HOUR + 1_800, 11 * HOUR));
    assert_eq!(coverage.times(2, 1), (12 * HOUR, 12 * HOUR + 1_800));
}

#[test]
fn records_that_no_known_selector_explains_are_not_called_unselected() {
    let (_folder, audit) = audit("1970-01-01T01:00:00Z", "1970-01-01T02:00:00Z");
    let mut narrow = snapshot(0);
    narrow.answer = json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]});
    let trails = Trails::new(&[narrow], &[]);
    let coverage = Coverage::new(&audit, &presence(Class::Read, "cards", &[1]), &trails, &Proof::default());
    assert_eq!(states(&coverage, Class::Read), [State::Unknown]);
    assert_eq!(states(&coverage, Class::Write), [State::NotSelected]);
}

#[test]
fn one_record_from_a_far_future_does_not_prove_that_the_sources_reach_past_the_window() {
    let (_folder, audit) = audit("1970-01-01T01:00:00Z", "1970-01-01T02:00:00Z");
    let trails = Trails::new(&[snapshot(0)], &[]);
    let mut seen = presence(Class::Read, "cards", &[1]);
    seen.delivered.retain(|seen| seen.hour == 1);
    seen.last.insert(("111122223333".into(), "eu-west-1".into()), 4_000_000_000);
    assert_eq!(states(&Coverage::new(&audit, &seen, &trails, &Proof::default()), Class::Read), [State::Tail]);
}
