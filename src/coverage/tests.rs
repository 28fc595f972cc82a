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
