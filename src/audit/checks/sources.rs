//! Reads `[[source]]`: a folder, or a bucket with the settings to reach it.

use std::path::Path;

use super::Checker;
use crate::audit::{Beside, File, Overrides, S3Scope, S3Settings, Source, SourceSection};
use crate::clock::Seconds;
use crate::error::{Error, Result};

impl Checker<'_> {
    /// The sources to read: those of the flags, else those of the file.
    ///
    /// # Errors
    /// For a bucket's name that is none, and settings of buckets that stand at a folder.
    pub fn sources(
        &self,
        file: &File,
        folder: &Beside,
        overrides: &Overrides,
        window: (Seconds, Seconds),
    ) -> Result<Vec<Source>> {
        let scope = S3Scope::of(file, window);
        let cache = S3Settings { cache: overrides.cache.clone(), ..S3Settings::default() };
        let make = |path: &Path, written: S3Settings| {
            Source::new(path, &overrides.s3.clone().or(&written).or(&cache), &scope)
        };
        if !overrides.sources.is_empty() {
            return overrides.sources.iter().map(|path| make(path, S3Settings::default())).collect();
        }
        file.sources.iter().map(|section| self.source(section, folder, &make)).collect()
    }

    fn source(
        &self,
        section: &SourceSection,
        folder: &Beside,
        make: &dyn Fn(&Path, S3Settings) -> Result<Source>,
    ) -> Result<Source> {
        let beside = |path: &Path| folder.join(path).to_path_buf();
        let written = S3Settings::written(section, beside);
        self.in_range(&written)?;
        let text = section.path.to_string_lossy();
        if text.starts_with("s3://") {
            return make(&section.path, written)
                .map_err(|error| Error { hint: error.hint, ..self.wrong(&text, &error.message) });
        }
        if written != S3Settings::default() {
            let what = format!("source {text:?} is a folder, but has settings of a bucket");
            return Err(self.wrong(&text, &what).hint("only a path like s3://BUCKET/PREFIX takes them"));
        }
        Ok(Source::Folder(beside(&section.path)))
    }

    fn in_range(&self, settings: &S3Settings) -> Result<()> {
        match settings.requests {
            Some(number) if !(1..=256).contains(&number) => Err(self
                .wrong("requests", &format!("requests = {number} must be from 1 to 256"))
                .hint("leave it out for 64 requests in flight")),
            _ => Ok(()),
        }
    }
}
