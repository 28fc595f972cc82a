//! Builds the tests of bad input and of the command line alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests are tests")]
#[path = "all/bad_input.rs"]
mod bad_input;
#[path = "all/cli.rs"]
mod cli;
#[path = "all/support.rs"]
mod support;
