//! The folder on disk: a hidden sibling that is renamed when whole, and removed when anything fails.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::table::Written;
use crate::error::{Error, Result};
use crate::sources::hex;

/// A bundle being written.
pub struct Draft {
    path: PathBuf,
    out: PathBuf,
    done: bool,
}

impl Draft {
    /// Opens a hidden folder under `out`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(out: &Path) -> Result<Draft> {
        std::fs::create_dir_all(out)
            .map_err(|cause| Error::output("cannot create the output folder", out, &cause))?;
        let path = out.join(format!(".trailwitness-{}.partial", std::process::id()));
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(|cause| Error::output("cannot clear", &path, &cause))?;
        }
        let draft = Draft { path, out: out.to_path_buf(), done: false };
        for part in ["data", "rules", "inputs", "human", "attestation"] {
            draft.folder(part)?;
        }
        Ok(draft)
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self, part: &str) -> Result<()> {
        let folder = self.path.join(part);
        std::fs::create_dir_all(&folder).map_err(|cause| Error::output("cannot create", &folder, &cause))
    }

    /// Writes one file with its folders.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<Written> {
        let target = self.path.join(path);
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.folder(folder)?;
        }
        std::fs::write(&target, content).map_err(|cause| Error::output("cannot write", &target, &cause))?;
        Ok(Written {
            path: path.to_owned(),
            bytes: content.len() as u64,
            sha256: hex(&Sha256::digest(content)),
            rows: 0,
        })
    }

    /// Gives the folder its name. An existing bundle is never touched.
    ///
    /// # Errors
    /// When a bundle of this name exists, or renaming fails.
    pub fn finish(mut self, name: &str) -> Result<PathBuf> {
        let target = self.out.join(name);
        if target.exists() {
            return Err(Error::new(crate::error::Kind::Output, format!("{} exists already", target.display()))
                .hint("the same inputs give the same bundle, and a bundle is never overwritten: check it with `trailwitness verify`, remove it, or choose another folder with --out"));
        }
        // An empty attestation folder stands ready for signatures; empty folders elsewhere would only confuse.
        for part in ["human", "attestation"] {
            let folder = self.path.join(part);
            let empty = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
            if empty {
                std::fs::remove_dir(&folder)
                    .map_err(|cause| Error::output("cannot tidy", &folder, &cause))?;
            }
        }
        std::fs::rename(&self.path, &target)
            .map_err(|cause| Error::output("cannot finish", &target, &cause))?;
        self.done = true;
        Ok(target)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done && self.path.exists() {
            // Nothing more can be done about a folder that cannot be removed; its name says that it is partial.
            drop(std::fs::remove_dir_all(&self.path));
        }
    }
}
