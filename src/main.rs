//! Parses, dispatches, returns the exit code.

use std::process::ExitCode;

use clap::Parser;
use trailwitness::cli::Cli;
use trailwitness::commands::terminal;

/// A file-size limit then gives an error that can be told and tidied up after, instead of death by signal.
#[cfg(unix)]
#[expect(unsafe_code, reason = "there is no safe call that sets a signal's disposition")]
fn survive_file_size_limits() {
    // SAFETY: called before any thread starts; ignoring a signal has no handler that could misbehave.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

#[cfg(not(unix))]
fn survive_file_size_limits() {}

fn main() -> ExitCode {
    survive_file_size_limits();
    match Cli::parse().dispatch() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal::talk(&terminal::safe(&format!("error: {error}")));
            ExitCode::from(error.kind.exit_code())
        }
    }
}
