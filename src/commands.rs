//! One file a subcommand. Commands tie the stages together and print; nothing below them does.

pub mod init;
pub mod integrity;
pub mod packs;
pub mod pipeline;
pub mod run;
pub mod s3;
pub mod summary;
pub mod terminal;
pub mod trust;
pub mod verify;
