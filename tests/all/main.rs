//! All tests of the program as its users meet it: one binary, so that linking costs once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests are tests"
)]

mod architecture;
mod bad_input;
#[path = "../support/bucket.rs"]
mod bucket;
#[cfg(feature = "s3")]
#[path = "../support/buckets.rs"]
mod buckets;
mod cli;
mod containers;
mod dossiers;
mod doubts;
mod editor;
mod integrity;
mod packs;
mod pipeline;
mod readers;
mod real_logs;
mod reports;
#[cfg(feature = "s3")]
mod s3;
#[cfg(not(feature = "s3"))]
mod s3_absent;
mod story;
mod support;
mod trace;
#[path = "../support/trail.rs"]
mod trail;
mod walks;
