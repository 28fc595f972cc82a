//! Buckets as sources, against a real server process on loopback; refusals come from a second process before it.

mod attested;
mod cache;
mod child;
mod layouts;
mod refusals;
mod runs;
mod ways;

use crate::buckets::Put;

/// Key of a log file.
fn log_key(root: &str, account: &str, region: &str, day: &str, number: u32) -> String {
    let date = day.replace('/', "");
    format!(
        "{root}AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{date}T0005Z_unique{number:010}.json.gz"
    )
}

/// A small log file with content of its own.
fn log(root: &str, account: &str, region: &str, day: &str, number: u32) -> Put {
    let record = crate::support::get_item(number, "2026-03-02T00:01:00Z");
    let text = crate::support::log_file(&[record]);
    Put::new(&log_key(root, account, region, day, number), &crate::support::gzip(text.as_bytes()))
}
