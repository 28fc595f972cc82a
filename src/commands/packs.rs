//! `trailwitness packs`: reading, writing, checking, comparing and approving rule packs. One file a subcommand.

pub mod approve;
pub mod check;
pub mod diff;
pub mod examples;
pub mod explain;
pub mod list;
pub mod new;
pub mod place;

use crate::commands::terminal;
use crate::error::{Error, Kind, Result};

/// Subcommands of `packs`.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// List packs and their requirements
    List(list::Flags),
    /// Show what a pack, a control or a test asks and how, or everything that a rule may use
    Explain(explain::Flags),
    /// Write a new pack, or a new control in a pack of your own, with examples
    New(new::Flags),
    /// Check packs and run their examples
    Check(check::Flags),
    /// Compare two packs: words, logic, parameters, and verdicts on your logs
    Diff(diff::Flags),
    /// Write into pack.toml who approved the pack as it is
    Approve(approve::Flags),
}

/// Runs a subcommand and gives the exit code.
///
/// # Errors
/// The subcommand's error.
pub fn run(command: &Command) -> Result<u8> {
    match command {
        Command::List(flags) => list::run(flags),
        Command::Explain(flags) => explain::run(flags),
        Command::New(flags) => new::run(flags),
        Command::Check(flags) => check::run(flags),
        Command::Diff(flags) => diff::run(flags),
        Command::Approve(flags) => approve::run(flags),
    }
}

/// Prints a result.
fn print(text: &str) -> Result<()> {
    terminal::results(text).map_err(|cause| Error::new(Kind::Output, "cannot write the result").cause(&cause))
}

/// Text for a terminal, line by line, with its end.
fn print_safe(text: &str) -> Result<()> {
    print(&(terminal::safe(text) + "\n"))
}
