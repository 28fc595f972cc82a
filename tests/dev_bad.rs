//! Builds the tests of bad input and of the command line alone.
#[path = "all/bad_input.rs"]
mod bad_input;
#[path = "all/cli.rs"]
mod cli;
#[path = "all/support.rs"]
mod support;
