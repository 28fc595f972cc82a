//! Development root of three modules; removed at the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests are tests")]
#[path = "all/architecture.rs"]
mod architecture;
#[path = "all/packs.rs"]
mod packs;
#[path = "all/reports.rs"]
mod reports;
#[path = "all/support.rs"]
mod support;
