//! What must hold whatever happens to a bucket.

use super::*;
use crate::bucket::{gunzip, gzip};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::OnceLock;

/// Five hours with two log files each.
fn small() -> &'static Bucket {
    static BUCKET: OnceLock<Bucket> = OnceLock::new();
    BUCKET.get_or_init(|| bucket(|spec| (spec.hours, spec.per_hour, spec.backfill_every) = (5, 2, 5)))
}

fn report(bucket: &Bucket, order: impl FnOnce(&mut Vec<Entry>), threads: usize) -> Report {
    let copy = Copy::of(bucket);
    let mut entries = copy.entries();
    order(&mut entries);
    let to = Some(time("2026-03-01T05:00:00Z"));
    copy.report(&entries, Settings { to, all_objects: true, ..settings(copy.keys()) }, threads)
}

/// Log files and digests, without sidecars.
fn attested() -> Vec<String> {
    let bucket = small();
    [bucket.logs(), bucket.digests(), bucket.backfills()].concat()
}

#[test]
fn the_small_bucket_is_whole() {
    assert_eq!(ours(&report(small(), |_| {}, 2)), "0: 6 digests + 2 backfill, 10 logs ok");
}

/// Whether a file still holds what it held: bytes of the gzip header that say nothing of the content may change.
fn same_content(one: &[u8], other: &[u8]) -> bool {
    let whole = |bytes: &[u8]| {
        let mut rest = bytes;
        let mut decoder = flate2::bufread::GzDecoder::new(&mut rest);
        let mut content = Vec::new();
        let read = std::io::Read::read_to_end(&mut decoder, &mut content);
        drop(decoder);
        (read.is_ok() && rest.is_empty()).then_some(content)
    };
    whole(other).is_some_and(|content| content == gunzip(one))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_byte_changed_is_never_called_good(file: Index, place: Index, change in 1_u8..) {
        let mut bucket = small().clone();
        let key = file.get(&attested()).clone();
        let bytes = bucket.files.get_mut(&key).unwrap();
        let at = place.index(bytes.len());
        bytes[at] ^= change;
        let same = same_content(&small().files[&key], bytes);
        let told = report(&bucket, |_| {}, 2);
        prop_assert!(told.exit != 0 || same, "{} byte {}: {}", key, at, ours(&told));
        prop_assert!(!same || told.exit == 0);
    }

    #[test]
    fn files_taken_away_are_never_called_good(gone in proptest::collection::btree_set(0_usize..18, 1..6)) {
        let mut bucket = small().clone();
        let keys: Vec<String> = attested().into_iter().enumerate().filter(|(n, _)| gone.contains(n)).map(|(_, key)| key).collect();
        // The newest backfill digest with all that it alone lists leaves no trace: no later one names it, and backfill has no
        // hours of its own that would be missing. README says so.
        let newest = &small().backfills()[1];
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*small().files[newest]), &mut text).unwrap();
        let traceless = keys.contains(newest) && keys.iter().all(|key| key == newest || text.contains(key.as_str()));
        bucket.delete(&keys);
        let told = report(&bucket, |_| {}, 2);
        prop_assert!(traceless || told.exit != 0, "{:?}: {}", keys, ours(&told));
    }

    #[test]
    fn sidecars_changed_never_make_a_digest_invalid_that_its_successor_proves(file: Index, place: Index, change in 1_u8..) {
        let mut bucket = small().clone();
        let sidecars: Vec<String> = bucket.files.keys().filter(|key| key.ends_with(names::SIDECAR)).cloned().collect();
        let key = file.get(&sidecars);
        let bytes = bucket.files.get_mut(key).unwrap();
        let at = place.index(bytes.len());
        bytes[at] ^= change;
        let told = report(&bucket, |_| {}, 2);
        let newest = [&small().digests()[5], &small().backfills()[1]].iter().any(|digest| key.starts_with(digest.as_str()));
        prop_assert!(newest || told.exit == 0, "{}: {}", key, ours(&told));
    }

    #[test]
    fn order_and_threads_change_nothing(
        order in Just(()).prop_perturb(|(), mut random| random.random::<u64>()),
        file: Index,
        copied: Index,
        threads in 1_usize..9,
    ) {
        let mut bucket = small().clone();
        let all = attested();
        bucket.files.remove(file.get(&all));
        let copy = copied.get(&all);
        bucket.files.insert(format!("copy/{copy}"), small().files[copy].clone());
        bucket.files.insert(format!("other/{copy}"), gzip(b"{}"));
        let shuffle = |entries: &mut Vec<Entry>| {
            entries.sort_by_key(|entry| xxhash_rust::xxh3::xxh3_64_with_seed(entry.name.as_bytes(), order));
        };
        let one = serde_json::to_string(&report(&bucket, |_| {}, 1)).unwrap();
        let other = serde_json::to_string(&report(&bucket, shuffle, threads)).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_planted_file_is_never_called_good(hour in 0_u8..6, minute in 0_u8..12, content in ".{0,40}") {
        let mut bucket = small().clone();
        let name = format!("111122223333_CloudTrail_us-east-1_20260301T{hour:02}{:02}Z_AbCdEfGh01234567.json.gz", minute * 5);
        bucket.files.insert(format!("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/{name}"), gzip(content.as_bytes()));
        let told = report(&bucket, |_| {}, 2);
        let late = hour == 5 && minute > 3;
        prop_assert!(late || told.exit == 3, "{}: {}", name, ours(&told));
    }
}
