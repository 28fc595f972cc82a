//! The same files make the same bytes: in any order, from another folder, in another time zone and locale, with one
//! thread or two. Only manifest.json, SHA256SUMS and README.txt may differ.

use std::path::Path;

use super::{bundles, generated};
use crate::support;

const FREE: [&str; 3] = ["manifest.json", "SHA256SUMS", "README.txt"];

/// Copies a folder file by file in the reverse order of names.
fn copied_backwards(from: &Path, to: &Path) {
    for (name, path) in bundles::tree(from).iter().rev() {
        let target = to.join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}

fn assert_same_bytes(one: &Path, other: &Path) {
    let (here, there) = (bundles::tree(one), bundles::tree(other));
    assert_eq!(here.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    assert_eq!(one.file_name(), other.file_name(), "the name carries the content digest");
    for (name, path) in here.iter().filter(|(name, _)| !FREE.contains(&name.as_str())) {
        let same = std::fs::read(path).unwrap() == std::fs::read(&there[name]).unwrap();
        assert!(same, "{name} differs");
    }
}

#[test]
fn another_folder_order_zone_locale_and_thread_count_change_no_byte_of_the_story() {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("a longer way down");
    copied_backwards(&support::story(), &folder);
    let runs: [(&str, &[(&str, &str)]); 2] = [
        ("1", &[("TZ", "Asia/Kolkata"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")]),
        ("2", &[("TZ", "America/St_Johns"), ("LANG", "C"), ("USER", "somebody-else")]),
    ];
    for (threads, environment) in runs {
        let (_kept, again) = bundles::made(&["audit.toml", "--threads", threads], &folder, environment, 0);
        assert_same_bytes(support::story_bundle(), &again);
    }
}

#[test]
fn one_thread_writes_the_data_that_two_write() {
    let args = ["audit.toml", "--documents", "none", "--threads", "1"];
    let (_kept, again) = bundles::made(&args, generated::logs().0.path(), &[("TZ", "Pacific/Chatham")], 0);
    assert_same_bytes(generated::bundle(), &again);
}

#[test]
fn the_manifest_of_equal_bundles_differs_only_in_the_facts_of_the_run() {
    let args = ["audit.toml", "--documents", "none", "--threads", "1"];
    let (_kept, again) = bundles::made(&args, generated::logs().0.path(), &[("USER", "somebody-else")], 0);
    let read = |bundle: &Path| {
        let text = std::fs::read_to_string(bundle.join("manifest.json")).unwrap();
        let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        let members = manifest.as_object_mut().unwrap();
        assert!(members.remove("run").is_some(), "the run's facts stand in manifest.json");
        members.remove("sources");
        members.remove("files");
        manifest
    };
    assert_eq!(read(generated::bundle()), read(&again));
}
