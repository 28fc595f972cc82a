//! All tests of the program as its users meet it: one binary, so that linking costs once.

mod architecture;
mod bad_input;
mod cli;
mod packs;
mod pipeline;
mod readers;
mod real_logs;
mod reports;
mod story;
mod support;
#[path = "../support/trail.rs"]
mod trail;
