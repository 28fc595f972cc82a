//! The command line: what a stranger reads with `--help`.

use clap::{Parser, Subcommand};

use crate::commands::{init, integrity, packs, run, trace, verify};

/// Evidence bundles from AWS CloudTrail logs about Amazon DynamoDB
///
/// Reads log files, reconstructs which person touched which data, tests that against rule packs (PCI DSS, HIPAA, CJIS, FedRAMP, GDPR), and
/// writes a folder of documents and data that an outside assessor can check.
#[derive(Debug, Parser)]
#[command(name = "trailwitness", version, propagate_version = true, after_help = AFTER)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "\
Start with:  trailwitness init my-audit   then edit my-audit/audit.toml   then trailwitness run my-audit/audit.toml
Exit codes:  0 done · 1 no bundle, or verify found a difference, or integrity an altered or missing file · 2 usage
             3 no log file, or verify or integrity could not tell everything
             4 a bundle was written but a rule faulted or input could not be read; a trace answers but input could not be read";

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented audit.toml with roster, changes and incidents to start from
    Init(init::Flags),
    /// Read the logs, test them and write the evidence bundle
    Run(Box<run::Flags>),
    /// Check log files against CloudTrail's signed digests: altered, missing, unproven
    Integrity(Box<integrity::Flags>),
    /// Check that a bundle holds: hashes, digests, sums; or replay one citation down to the bytes of its log file
    Verify(Box<verify::Flags>),
    /// Trace one item, one person or one credential through the logs
    #[command(subcommand)]
    Trace(trace::Command),
    /// Read, check, compare and approve rule packs
    #[command(subcommand)]
    Packs(packs::Command),
}

impl Cli {
    /// Runs the command and gives its exit code.
    ///
    /// # Errors
    /// The command's error.
    pub fn dispatch(&self) -> crate::error::Result<u8> {
        match &self.command {
            Command::Init(flags) => init::run(flags),
            Command::Run(flags) => run::run(flags),
            Command::Integrity(flags) => integrity::run(flags),
            Command::Verify(flags) => verify::run(flags),
            Command::Trace(command) => trace::run(command),
            Command::Packs(command) => packs::run(command),
        }
    }
}
