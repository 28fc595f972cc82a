//! The containers of the sample library: what others recorded, read as a person counts it.

use std::collections::BTreeMap;

use serde_json::Value;
use trailwitness::records::Container;

use super::{told, value};
use crate::support;

#[test]
fn recorded_containers_give_the_records_that_a_person_counts() {
    let Some(folder) = support::shared("samples/real/containers") else { return };
    let expected: BTreeMap<&str, (Container, usize, usize)> = BTreeMap::from([
        ("cloudwatch-logs-subscription.json", (Container::CloudWatchLogs, 0, 3)),
        ("digest-file.json", (Container::Digest, 0, 0)),
        ("eventbridge-mixed.jsonl", (Container::JsonLines, 14, 0)),
        ("lake-result-sign-file.json", (Container::SignFile, 0, 0)),
        ("lookup-events-response.json", (Container::LookupEvents, 6, 0)),
        ("lookup-events.jsonl", (Container::LookupEvents, 6, 0)),
        ("sqs-eventbridge-dynamodb-restore.json", (Container::LambdaEvent, 1, 0)),
    ]);
    for (name, wanted) in expected {
        let told = told(&std::fs::read_to_string(folder.join(name)).unwrap());
        let found = (told.walked.container, told.records.len(), told.troubles.len());
        assert_eq!(found, wanted, "{name}: {:?}", told.troubles);
    }
}

#[test]
fn looked_up_records_are_what_serde_json_reads_in_them() {
    let Some(folder) = support::shared("samples/real/containers") else { return };
    let text = std::fs::read_to_string(folder.join("lookup-events.jsonl")).unwrap();
    let inside = |line: &str| value(value(line)["CloudTrailEvent"].as_str().unwrap());
    let expected: Vec<Value> = text.lines().map(inside).collect();
    let found: Vec<Value> = told(&text).records.iter().map(|(_, text, _)| value(text)).collect();
    assert_eq!(found, expected);
}
