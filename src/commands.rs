//! One file a subcommand. Commands tie the stages together and print; nothing below them does.

pub mod init;
pub mod integrity;
pub mod packs;
pub mod pipeline;
pub mod reading;
pub mod run;
pub mod s3;
pub mod summary;
pub mod terminal;
pub mod trace;
pub mod trust;
pub mod verify;

/// Threads to work with: as many as stated, else one a core.
fn threads(stated: Option<u16>) -> usize {
    stated.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}
