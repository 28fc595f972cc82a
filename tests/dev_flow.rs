//! Development root.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]
#[path = "all/pipeline.rs"]
mod pipeline;
#[path = "all/real_logs.rs"]
mod real_logs;
#[path = "all/story.rs"]
mod story;
#[path = "all/support.rs"]
mod support;
#[path = "support/trail.rs"]
mod trail;
