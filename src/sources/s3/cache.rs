//! Fetched objects on this machine. Comes in: keys, which may be hostile, and bytes. Goes out: files whose places
//! depend on bucket and key alone, inside the cache folder whatever the key says. A file counts only when its record says the
//! same key, ETag, size and hash; it is written beside and renamed, so none is ever half there.
//!
//! ```text
//! CACHE/objects/BUCKET/KEY            as in the bucket; odd bytes as %XX
//! CACHE/state/BUCKET/XX/HASH.json     what the file is
//! CACHE/tmp/                          being written
//! ```

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::sources::hex;

/// Bytes of a name that a file system takes with certainty.
const LONGEST_NAME: usize = 200;
/// Bytes of a path below the cache that fit into any path.
const LONGEST_PATH: usize = 1500;

/// The cache of one bucket.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    bucket: String,
    next: AtomicU64,
}

/// What is known of a cached file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whole key.
    pub key: String,
    /// As S3 gave it.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// XXH3 of the bytes, against damage on disk.
    pub xxh3: String,
    /// User metadata, names without `x-amz-meta-`.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// An object that is on this machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its file.
    pub path: PathBuf,
    /// Its user metadata.
    pub metadata: BTreeMap<String, String>,
}

impl Cache {
    /// Prepares the cache of a bucket; folders are for this user alone, log files hold personal data.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(root: &Path, bucket: &str) -> io::Result<Cache> {
        let cache = Cache { root: root.to_path_buf(), bucket: bucket.to_owned(), next: AtomicU64::new(0) };
        make_folder(&cache.root.join("tmp"))?;
        cache.sweep()?;
        let marker = cache.root.join("CACHEDIR.TAG");
        if !marker.exists() {
            fs::write(
                marker,
                "Signature: 8a477f597d28d172789f06886806bc55\n# Objects fetched by trailwitness.\n",
            )?;
        }
        Ok(cache)
    }

    /// The file of an object when it is here, whole and unchanged.
    pub fn held(&self, key: &str, etag: &str, size: u64) -> Option<Stored> {
        let state: State = serde_json::from_slice(&fs::read(self.state_path(key)).ok()?).ok()?;
        if state.key != key || state.etag != etag || state.size != size || etag.is_empty() {
            return None;
        }
        let same = |path: &PathBuf| {
            fs::read(path).is_ok_and(|bytes| bytes.len() as u64 == size && hash(&bytes) == state.xxh3)
        };
        let path = self.places(key).into_iter().find(same)?;
        Some(Stored { path, metadata: state.metadata })
    }

    /// Starts the file of an object.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn begin(&self) -> io::Result<Draft> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}-{}-{number}", self.bucket, std::process::id());
            let path = self.root.join("tmp").join(name);
            match File::create_new(&path) {
                Ok(file) => return Ok(Draft { file, path, size: 0, hash: Xxh3::new() }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes away what runs that were killed left behind more than a day ago.
    fn sweep(&self) -> io::Result<()> {
        let now = self.begin()?.file.metadata()?.modified()?;
        for entry in fs::read_dir(self.root.join("tmp"))? {
            let entry = entry?;
            // A file that vanishes meanwhile was another run's.
            let age =
                entry.metadata().and_then(|facts| facts.modified()).map(|time| now.duration_since(time));
            if let Ok(Ok(age)) = age
                && age.as_secs() > 86_400
            {
                drop(fs::remove_file(entry.path()));
            }
        }
        Ok(())
    }

    /// Puts a finished file in its place and records what it is.
    ///
    /// # Errors
    /// When it cannot be renamed or recorded.
    pub fn finish(
        &self,
        mut draft: Draft,
        key: &str,
        etag: &str,
        metadata: BTreeMap<String, String>,
    ) -> io::Result<Stored> {
        draft.file.flush()?;
        let [natural, hashed] = self.places(key);
        // A key may be a folder of another key; the first one there keeps the natural place.
        let path = match rename(&draft.path, &natural) {
            Ok(()) => natural,
            Err(_) => rename(&draft.path, &hashed).map(|()| hashed)?,
        };
        let xxh3 = format!("{:032x}", draft.hash.digest128());
        let state = State { key: key.to_owned(), etag: etag.to_owned(), size: draft.size, xxh3, metadata };
        let text = serde_json::to_vec(&state).map_err(io::Error::other)?;
        self.write(&self.state_path(key), &text)?;
        Ok(Stored { path, metadata: state.metadata })
    }

    /// Writes a small file whole or not at all; one that says the same already is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if fs::read(path).is_ok_and(|held| held == bytes) {
            return Ok(());
        }
        let mut draft = self.begin()?;
        draft.push(bytes)?;
        rename(&draft.path, path)
    }

    /// Where an object's file may lie: by its key, and where that is taken by a folder, by its hash.
    fn places(&self, key: &str) -> [PathBuf; 2] {
        let root = self.root.join("objects").join(&self.bucket);
        let hashed = hashed_path(key);
        let natural = natural_path(key);
        [root.join(if natural.len() > LONGEST_PATH { &hashed } else { &natural }), root.join(&hashed)]
    }

    fn state_path(&self, key: &str) -> PathBuf {
        let name = sha256(key);
        let (folder, file) = name.split_at(2);
        self.root.join("state").join(&self.bucket).join(folder).join(format!("{file}.json"))
    }
}

/// A file being written; it vanishes unless it was put in its place.
pub struct Draft {
    file: File,
    path: PathBuf,
    size: u64,
    hash: Xxh3,
}

impl Draft {
    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once renamed there is nothing left under this name.
        drop(fs::remove_file(&self.path));
    }
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    fs::rename(from, to)
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// A key as a relative path: parts that a file system reads in its own way are escaped, so that different keys never
/// share a path and none leads out.
fn natural_path(key: &str) -> String {
    let parts: Vec<String> = key.split('/').map(part).collect();
    parts.join("/")
}

/// Below a folder that no key can name: `%~` is no escape of a byte.
fn hashed_path(key: &str) -> String {
    let last = key.rsplit('/').next().unwrap_or_default();
    format!("%~/{}/{}", sha256(key), part(last))
}

fn part(text: &str) -> String {
    let escaped = match text {
        "" => "%-".to_owned(),
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => escape(text),
    };
    if escaped.len() <= LONGEST_NAME {
        return escaped;
    }
    let start: String = escaped.chars().take(80).collect();
    format!("{start}%~{}", sha256(text))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-+=@,:~!()' ".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), "logs").unwrap();
        (folder, cache)
    }

    fn put(cache: &Cache, key: &str, etag: &str, bytes: &[u8]) -> PathBuf {
        let mut draft = cache.begin().unwrap();
        draft.push(bytes).unwrap();
        cache.finish(draft, key, etag, BTreeMap::new()).unwrap().path
    }

    #[test]
    fn what_was_put_is_held_until_anything_of_it_changes() {
        let (folder, cache) = cache();
        let path = put(&cache, "AWSLogs/a.json.gz", "\"e1\"", b"abc");
        assert_eq!(path, folder.path().join("objects/logs/AWSLogs/a.json.gz"));
        let held = |etag, size| cache.held("AWSLogs/a.json.gz", etag, size).is_some();
        assert!(held("\"e1\"", 3));
        assert!(!held("\"e2\"", 3) && !held("\"e1\"", 4) && !held("", 3));
        fs::write(&path, "abd").unwrap();
        assert!(!held("\"e1\"", 3), "a byte that changed on disk");
        fs::write(&path, "ab").unwrap();
        assert!(!held("\"e1\"", 3), "half a file");
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_draft_that_is_given_up_leaves_nothing() {
        let (folder, cache) = cache();
        let mut draft = cache.begin().unwrap();
        draft.push(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
        assert!(cache.held("k", "e", 4).is_none());
    }

    #[test]
    fn what_killed_runs_left_is_swept_after_a_day() {
        let (folder, cache) = cache();
        for (name, hours) in [("old", 25), ("young", 23)] {
            let file = File::create(folder.path().join("tmp").join(name)).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - std::time::Duration::from_secs(hours * 3600)).unwrap();
        }
        cache.sweep().unwrap();
        let left: Vec<_> = fs::read_dir(folder.path().join("tmp"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["young"]);
    }

    #[test]
    fn a_key_that_is_the_folder_of_another_has_its_own_file() {
        for order in [["a", "a/b"], ["a/b", "a"]] {
            let (_folder, cache) = cache();
            for key in order {
                put(&cache, key, "e", key.as_bytes());
            }
            for key in order {
                let stored = cache.held(key, "e", key.len() as u64).unwrap();
                assert_eq!(fs::read(stored.path).unwrap(), key.as_bytes(), "{order:?}");
            }
        }
    }

    #[test]
    fn hostile_keys_stay_inside_and_apart() {
        let (folder, cache) = cache();
        let long = "x".repeat(1000);
        let deep = "d/".repeat(510);
        let odd = "\u{1}".repeat(1024);
        let keys = [
            "../../etc/passwd",
            "/etc/passwd",
            "etc/passwd",
            "//etc/passwd",
            "a/../b",
            "a/./b",
            "a//b",
            "a/b",
            "a/b/",
            "%2E%2E/x",
            "%~/x",
            "%-/b",
            ".",
            "..",
            "a\nb",
            "a\\b",
            "a\u{202E}b",
            "CON",
            long.as_str(),
            deep.as_str(),
            odd.as_str(),
        ];
        for key in keys {
            let path = put(&cache, key, "e", key.as_bytes());
            let whole = path.canonicalize().unwrap();
            assert!(whole.starts_with(folder.path().canonicalize().unwrap().join("objects/logs")), "{key:?}");
        }
        for key in keys {
            let stored = cache.held(key, "e", key.len() as u64).expect(key);
            assert_eq!(fs::read(stored.path).unwrap(), key.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn different_keys_have_different_paths_that_do_not_climb(a in "[./%~a\u{e9}-]{0,6}", b in "[./%~a\u{e9}-]{0,6}") {
            prop_assert_eq!(natural_path(&a) == natural_path(&b), a == b);
            prop_assert!(natural_path(&a).split('/').all(|part| !["", ".", ".."].contains(&part)));
            prop_assert!(natural_path(&a) != hashed_path(&b));
        }
    }
}
