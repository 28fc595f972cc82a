//! Generated logs that several tests share, made once. Comes in: nothing. Goes out: the folder, what is true of it,
//! the texts of its records, and the bundle of one run over it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use trailwitness::records::{self, Piece};

use super::bundles;
use crate::trail::{self, Plan, Truth};

/// About 20,000 events with their truth; `audit.toml` lies in the folder.
pub fn logs() -> &'static (TempDir, Truth) {
    static LOGS: OnceLock<(TempDir, Truth)> = OnceLock::new();
    LOGS.get_or_init(|| written(&Plan { other_service_share: 0.05, ..Plan::default() }))
}

/// The bundle of those logs, without documents, read by two threads.
pub fn bundle() -> &'static Path {
    static BUNDLE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUNDLE.get_or_init(|| {
        bundles::made(&["audit.toml", "--documents", "none", "--threads", "2"], logs().0.path(), &[], 0)
    });
    path
}

/// Logs of a plan in a fresh folder.
pub fn written(plan: &Plan) -> (TempDir, Truth) {
    let folder = tempfile::tempdir().unwrap();
    let truth = trail::write(plan, folder.path()).unwrap();
    (folder, truth)
}

/// The text of every record below a folder, as it was written, in the order of the files' names.
pub fn texts(logs: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for path in bundles::tree(logs).values() {
        let content = String::from_utf8(bundles::content(path)).unwrap();
        records::walk(&content, &mut |_, piece| match piece {
            Piece::Record(record) => texts.push(record.raw.to_owned()),
            Piece::Trouble(trouble) => panic!("{}: {trouble:?}", path.display()),
        });
    }
    texts
}
