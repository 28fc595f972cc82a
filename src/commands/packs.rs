//! `trailwitness packs`: reading, writing, checking and comparing rule packs. One file a subcommand.

pub mod check;
pub mod examples;

use crate::error::Result;

/// Subcommands of `packs`.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Check packs and run their examples
    Check(check::Flags),
}

/// Runs a subcommand and gives the exit code.
///
/// # Errors
/// The subcommand's error.
pub fn run(command: &Command) -> Result<u8> {
    match command {
        Command::Check(flags) => check::run(flags),
    }
}
