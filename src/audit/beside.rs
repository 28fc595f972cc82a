//! Where the files that audit.toml names lie: in its folder, or held in memory beside a text that never was a file.
//! Comes in: a name. Goes out: its bytes. It parses nothing.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A path that is read from disk or from memory.
#[derive(Debug, Clone)]
pub struct Beside {
    path: PathBuf,
    held: Option<Arc<BTreeMap<PathBuf, Vec<u8>>>>,
}

impl Beside {
    /// A folder on disk.
    pub fn folder(path: &Path) -> Self {
        Beside { path: path.to_path_buf(), held: None }
    }

    /// Files held in memory, by name.
    pub fn held(files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Beside { path: PathBuf::new(), held: Some(Arc::new(files)) }
    }

    /// A file of this folder.
    #[must_use]
    pub fn join(&self, name: &Path) -> Self {
        Beside { path: self.path.join(name), held: self.held.clone() }
    }

    /// Whether there is a file, or a folder, of this name.
    pub fn is_there(&self) -> bool {
        match &self.held {
            None => self.path.exists(),
            Some(files) => files.keys().any(|name| name.starts_with(&self.path)),
        }
    }

    /// The bytes of this file.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn bytes(&self) -> std::io::Result<Vec<u8>> {
        match &self.held {
            None => std::fs::read(&self.path),
            Some(files) => files.get(&self.path).cloned().ok_or(std::io::ErrorKind::NotFound.into()),
        }
    }
}

impl Deref for Beside {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}
