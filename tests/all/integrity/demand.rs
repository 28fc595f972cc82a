//! Tests of packs that demand verified hours: with a signature missing, a key unknown or a region without digests there is
//! no way to `supported`, and none to exit 0 of `integrity`.

use super::run::{AUDIT, Told};
use super::{bucket, small_day};
use crate::bucket::{keys, sidecar};
use crate::pipeline::bundles::{self, Row};
use crate::support;

/// Every log file is proven unchanged: demands verified hours.
const FILES: &str = "pci-dss-4.0.1/10.3.4#1";

impl Told {
    fn test(&self, id: &str) -> Row {
        bundles::rows(&self.bundle, "tests.csv").into_iter().find(|row| row["test"] == id).unwrap()
    }

    /// Exit code of `integrity` over the same files and window.
    fn integrity(&self) -> i32 {
        let window = ["--from", "2026-03-01T02:00:00Z", "--to", "2026-03-01T20:00:00Z"];
        let mut arguments = vec!["integrity", "bucket", "--public-keys", "public-keys"];
        arguments.extend(window);
        support::run(&arguments, self.folder.path()).code
    }

    /// The demand is not met, for a reason that names hours and cause.
    fn assert_insufficient(&self, parts: &[&str]) {
        let test = self.test(FILES);
        assert_eq!(test["verdict"], "insufficient", "{}", test["reasons"]);
        for part in parts.iter().chain(&["which this test demands"]) {
            assert!(test["reasons"].contains(part), "{part:?} in {}", test["reasons"]);
        }
        assert_ne!(self.integrity(), 0);
    }
}

#[test]
fn a_wholly_verified_trail_supports_what_demands_it() {
    for quiet in [true, false] {
        let told = Told::of(&small_day(quiet), AUDIT, 0);
        let test = told.test(FILES);
        assert_eq!(test["verdict"], "supported", "{}", test["reasons"]);
        assert!(
            test["coverage"].ends_with("; signed digests must verify what it rests on"),
            "{}",
            test["coverage"]
        );
        assert_eq!(told.integrity(), 0);
    }
}

#[test]
fn a_signature_that_is_missing_leaves_the_demand_unmet() {
    let mut bucket = small_day(false);
    let digests = bucket.digests();
    bucket.files.remove(&sidecar(&digests[10]));
    // The digest behind it, which repeats the signature, is gone as well.
    bucket.delete(&digests[11..12]);
    let told = Told::of(&bucket, AUDIT, 0);
    told.assert_insufficient(&["its digest has no signature", "111122223333 us-east-1 from 2026-03-01T0"]);
}

#[test]
fn a_key_that_is_unknown_leaves_the_demand_unmet() {
    let mut bucket = small_day(false);
    bucket.keys.insert("us-east-1".to_owned(), keys::listing(keys::of("other")));
    let told = Told::of(&bucket, AUDIT, 0);
    let cause = "its digest is signed by a key that is not among those supplied";
    told.assert_insufficient(&[
        "18 hours are not verified",
        cause,
        "from 2026-03-01T02:00:00Z to 2026-03-01T20:00:00Z",
    ]);
    let no_key = AUDIT.replace("[logs]\npublic-keys = [\"public-keys\"]\n", "");
    let told = Told::of(&small_day(false), &no_key, 0);
    assert_eq!(told.test(FILES)["verdict"], "insufficient");
    assert!(told.test(FILES)["reasons"].contains("no public key of its time was supplied"));
}

#[test]
fn a_region_without_digests_leaves_the_demand_unmet() {
    let mut bucket = bucket(|spec| spec.regions = vec!["us-east-1", "eu-west-1"]);
    let digests: Vec<String> =
        bucket.digests().into_iter().filter(|key| key.contains("/CloudTrail-Digest/eu-west-1/")).collect();
    assert!(!digests.is_empty());
    bucket.delete(&digests);
    let audit = AUDIT
        .replace("multi_region = false", "multi_region = true")
        .replace("regions = [\"us-east-1\"]", "regions = [\"us-east-1\", \"eu-west-1\"]");
    let told = Told::of(&bucket, &audit, 0);
    told.assert_insufficient(&["no digest of the account and region is here (111122223333 eu-west-1 from"]);
    // The digests of the other region do not speak for it.
    assert!(!told.test(FILES)["reasons"].contains("111122223333 us-east-1 from"));
}

/// All tests of a pack demand verified hours when its settings say so; no shipped pack does from the start.
#[test]
fn a_setting_of_the_pack_demands_verified_hours_of_all_its_tests() {
    let audit = AUDIT.replace("prepared_by", "pack_folders = [\"packs\"]\nprepared_by");
    let settings =
        std::fs::read_to_string(support::project().join("rules/pci-dss-4.0.1/settings.toml")).unwrap();
    let demand = settings.replace("require_verified_hours = false", "require_verified_hours = true");
    assert_ne!(settings, demand);
    let files = [("packs/pci-dss-4.0.1/settings.toml", demand)];
    let supported = |told: &Told| -> Vec<String> {
        let rows = bundles::rows(&told.bundle, "tests.csv");
        rows.into_iter()
            .filter(|row| row["verdict"] == "supported")
            .map(|mut row| row.remove("test").unwrap())
            .collect()
    };
    let mut unsigned = small_day(false);
    unsigned.keys.insert("us-east-1".to_owned(), keys::listing(keys::of("other")));
    let plain = supported(&Told::beside(&unsigned, &audit, &[("packs/README", String::new())], 0));
    assert!(!plain.is_empty(), "tests that demand no verified hours conclude without them");
    let demanded = Told::beside(&unsigned, &audit, &files, 0);
    assert_eq!(supported(&demanded), Vec::<String>::new());
    assert!(demanded.test(&plain[0])["reasons"].contains("which this test demands"));
    let verified = supported(&Told::beside(&small_day(false), &audit, &files, 0));
    assert!(plain.iter().all(|test| verified.contains(test)), "{plain:?} {verified:?}");
}

/// Hours of a log file that is lost or altered were called delivered where others of the hour were here.
#[test]
fn hours_of_a_lost_or_altered_log_file_are_damaged_and_not_delivered() {
    let whole = bucket(|_| {});
    let key = whole.logs()[40].clone();
    let mut lost = whole.clone();
    lost.delete(std::slice::from_ref(&key));
    let mut altered = whole.clone();
    let text = String::from_utf8(whole.content(&key)).unwrap().replacen("\"alice\"", "\"mallory\"", 1);
    altered.put(&key, text.as_bytes());
    for (bucket, code) in [(&lost, 4), (&altered, 0)] {
        let told = Told::of(bucket, AUDIT, code);
        assert!(told.hours("damaged") == 2, "{:?}", bundles::rows(&told.bundle, "coverage.csv"));
        // The rest of its digest is not attested, but the file cannot hold what happened after its delivery.
        assert_eq!((told.hours("delivered"), told.hours("verified")), (1, 15));
        assert_eq!(told.integrity(), 1);
        for id in ["pci-dss-4.0.1/10.2.1#1", "pci-dss-4.0.1/10.2.1#2"] {
            assert_eq!(told.test(id)["verdict"], "insufficient", "{}", told.test(id)["reasons"]);
        }
        assert_ne!(told.test(FILES)["verdict"], "supported");
        let page = std::fs::read_to_string(told.bundle.join("human/completeness.html")).unwrap();
        assert!(page.contains("damaged: a log file that a checked digest lists is lost or altered"));
    }
    let whole = Told::of(&whole, AUDIT, 0);
    assert_eq!((whole.hours("damaged"), whole.hours("verified")), (0, 18));
}

#[test]
fn a_setting_that_is_no_truth_value_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let settings = std::fs::read_to_string(support::project().join("rules/gdpr/settings.toml")).unwrap();
    std::fs::create_dir_all(folder.path().join("packs/gdpr")).unwrap();
    let wrong = settings.replace("require_verified_hours = false", "require_verified_hours = 1");
    std::fs::write(folder.path().join("packs/gdpr/settings.toml"), wrong).unwrap();
    let ran = support::run(&["packs", "check", "packs/gdpr"], folder.path());
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.code != 0 && told.contains("`require_verified_hours` must be true or false"), "{told}");
}

#[test]
fn explain_tells_who_demands_verified_hours() {
    let told = |control: &str| support::run(&["packs", "explain", control], support::project()).stdout;
    assert!(
        told("pci-dss-4.0.1/10.3.4").contains("signed digests must verify: hours and log files (the test)")
    );
    assert!(!told("pci-dss-4.0.1/10.2.1.1").contains("signed digests must verify"));
}
