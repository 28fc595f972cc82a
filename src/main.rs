//! Parses, dispatches, returns the exit code.

use std::process::ExitCode;

use clap::Parser;
use trailwitness::cli::Cli;
use trailwitness::commands::terminal;

fn main() -> ExitCode {
    match Cli::parse().dispatch() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal::talk(&terminal::safe(&format!("error: {error}")));
            ExitCode::from(error.kind.exit_code())
        }
    }
}
