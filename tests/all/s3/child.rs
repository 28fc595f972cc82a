//! The process that lists: other tests start it with an environment of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use trailwitness::audit::{S3Scope, S3Settings, Source};
use trailwitness::clock;
use trailwitness::sources::{self, Entry, Obstacle};

/// Does nothing unless another test started it with an order.
#[test]
fn lists_what_another_test_orders() {
    let Some(file) = std::env::var_os("TRAILWITNESS_TEST_ORDER") else { return };
    let file = Path::new(&file);
    let order: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let answer = if order["keys"].is_array() { keys(&order) } else { list(&order) };
    std::fs::write(file.with_extension("answer"), answer.to_string()).unwrap();
}

fn list(order: &Value) -> Value {
    let make = |text: &Value| Source::new(Path::new(text.as_str().unwrap()), &settings(order), &scope(order));
    let sources: Vec<Source> =
        order["sources"].as_array().unwrap().iter().map(|text| make(text).unwrap()).collect();
    match sources::list(&sources) {
        Ok(entries) => {
            // Before the answer is put together, which takes as much again.
            let memory = memory();
            json!({"entries": entries.iter().map(told).collect::<Vec<_>>(), "memory": memory})
        }
        Err(error) => json!({"error": error.to_string(), "exit": error.kind.exit_code()}),
    }
}

fn keys(order: &Value) -> Value {
    let regions: Vec<String> = serde_json::from_value(order["keys"].clone()).unwrap();
    match sources::s3::public_keys(&settings(order), &regions, scope(order).window.unwrap()) {
        Ok(keys) => {
            json!({"keys": keys.into_iter().map(|(region, keys)| (region, json!(keys))).collect::<BTreeMap<_, _>>()})
        }
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn told(entry: &Entry) -> Value {
    let obstacle = match &entry.obstacle {
        None => None,
        Some(Obstacle::Lost(kind, detail)) => Some(format!("{}: {detail}", kind.code())),
        Some(Obstacle::Passed(reason)) => Some((*reason).to_owned()),
    };
    let object = entry.object.as_ref().map(|object| json!([object.bucket, object.key]));
    json!({"name": entry.name, "path": entry.path, "obstacle": obstacle, "object": object})
}

fn settings(order: &Value) -> S3Settings {
    let settings = &order["settings"];
    let text = |name: &str| settings[name].as_str().map(str::to_owned);
    S3Settings {
        profile: text("profile"),
        role_arn: text("role_arn"),
        external_id: text("external_id"),
        region: text("region"),
        endpoint: text("endpoint"),
        path_style: settings["path_style"].as_bool(),
        fips: settings["fips"].as_bool(),
        requester_pays: settings["requester_pays"].as_bool(),
        bucket_owner: text("bucket_owner"),
        cache: text("cache").map(Into::into),
        outside_scope: settings["outside_scope"].as_bool(),
        requests: settings["requests"].as_u64().map(|number| u16::try_from(number).unwrap()),
        cloudtrail_endpoint: text("cloudtrail_endpoint"),
    }
}

fn scope(order: &Value) -> S3Scope {
    let accounts: BTreeMap<String, BTreeSet<String>> =
        serde_json::from_value(order["accounts"].clone()).unwrap();
    let time = |at: usize| clock::parse_date_or_time(order["window"][at].as_str()?);
    S3Scope { accounts, window: time(0).zip(time(1)) }
}

/// Most memory that this process used.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
