//! Flags of the commands that read what an audit file names: other sources, another window.

use std::path::PathBuf;

use super::s3::{self, S3Flags};
use crate::audit::Overrides;

/// What to read instead of what the audit file says.
#[derive(Debug, Clone, clap::Args)]
pub struct Reading {
    /// Read this folder, or these objects (`s3://BUCKET/PREFIX`), instead of the sources named in the file (may be repeated);
    /// `-` is standard input
    #[arg(long, value_name = "FOLDER|S3")]
    pub source: Vec<PathBuf>,
    /// Start of the window, a date or a time in UTC
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// End of the window, not included
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

impl Reading {
    /// Over the audit file, with the way buckets are reached.
    pub fn overrides(&self, s3: &S3Flags) -> Overrides {
        Overrides {
            sources: self.source.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            s3: s3.settings(),
            cache: s3::default_cache(),
            ..Overrides::default()
        }
    }
}
