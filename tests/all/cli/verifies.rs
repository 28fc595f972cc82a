//! `verify`: a good bundle holds, every change is found and named.

use super::*;

/// Verifies after a change that must be found, in words that name `file`.
fn assert_found(bundle: &Path, file: &str, words: &str) {
    let ran = verify(bundle);
    assert_eq!(ran.code, 1, "{file}: {}", ran.stdout);
    let named = ran
        .stdout
        .lines()
        .any(|line| line.starts_with("DIFFERS ") && line.contains(file) && line.contains(words));
    assert!(named, "{file} {words:?} in\n{}", ran.stdout);
    assert!(ran.stdout.contains("The bundle does NOT hold"), "{}", ran.stdout);
}

fn files(bundle: &Path) -> Vec<String> {
    let all = walkdir::WalkDir::new(bundle).sort_by_file_name().into_iter().map(Result::unwrap);
    all.filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(bundle).unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_good_bundle_holds_and_is_called_unsigned() {
    let (_folder, bundle) = bundle();
    let ran = verify(&bundle);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    for part in [
        "holds      content digest ",
        "Files listed = Files read + Files skipped + Files failed",
        "population digest",
        "It is unsigned",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("DIFFERS") && !ran.stdout.contains("unchecked"), "{}", ran.stdout);
    let ran = run(&["verify", "--json", bundle.to_str().unwrap()], &bundle);
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((told["exit"].as_i64(), told["differs"].as_array().map(Vec::len)), (Some(0), Some(0)));
    assert!(told["holds"].as_array().unwrap().len() > 10);
}

#[test]
fn one_bit_changed_in_any_file_is_found_and_the_file_named() {
    let (_folder, bundle) = bundle_with("all");
    let all = files(&bundle);
    for part in [
        "data/",
        "human/index.html",
        "human/00-overview.pdf",
        "rules/",
        "inputs/",
        "README.txt",
        "manifest.json",
        "SHA256SUMS",
    ] {
        assert!(all.iter().any(|name| name.starts_with(part)), "{part}");
    }
    for name in all {
        let path = bundle.join(&name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let ran = verify(&bundle);
        assert!(matches!(ran.code, 1 | 2), "{name}: exit {} {}", ran.code, ran.stdout);
        if name != "SHA256SUMS" {
            let told = format!("{}{}", ran.stdout, ran.stderr);
            assert!(told.contains(&name), "{name} in\n{told}");
        }
        std::fs::write(&path, good).unwrap();
    }
    assert_eq!(verify(&bundle).code, 0, "all files are as they were");
}

#[test]
fn a_changed_file_is_named_without_the_good_ones() {
    let (_folder, bundle) = bundle();
    let path = bundle.join("data/files.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("good.json", "goot.json")).unwrap();
    assert_found(&bundle, "data/files.csv", "manifest.json");
    let ran = verify(&bundle);
    assert!(
        !ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains("data/users.csv")),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_removed_file_is_named() {
    for name in [
        "data/gaps.csv",
        "data/accesses.csv.gz",
        "human/index.html",
        "rules/pci-dss-4.0.1/pack.toml",
        "inputs/scope.json",
        "README.txt",
        "SHA256SUMS",
    ] {
        let (_folder, bundle) = bundle();
        std::fs::remove_file(bundle.join(name)).unwrap();
        assert_found(&bundle, name, "missing");
    }
}

#[test]
fn an_added_file_or_link_is_named() {
    let (_folder, bundle) = bundle();
    std::fs::write(bundle.join("data/extra.csv"), "a,b\n").unwrap();
    assert_found(&bundle, "data/extra.csv", "not listed");
    std::fs::remove_file(bundle.join("data/extra.csv")).unwrap();
    std::os::unix::fs::symlink("gaps.csv", bundle.join("data/more.csv")).unwrap();
    assert_found(&bundle, "data/more.csv", "symbolic link");
    std::fs::remove_file(bundle.join("data/more.csv")).unwrap();
    std::fs::write(bundle.join("note.txt"), "x").unwrap();
    assert_found(&bundle, "note.txt", "not listed");
}

#[test]
fn a_file_replaced_by_a_link_to_its_equal_is_named() {
    let (_folder, bundle) = bundle();
    std::fs::copy(bundle.join("data/gaps.csv"), bundle.parent().unwrap().join("copy.csv")).unwrap();
    std::fs::remove_file(bundle.join("data/gaps.csv")).unwrap();
    std::os::unix::fs::symlink("../../copy.csv", bundle.join("data/gaps.csv")).unwrap();
    assert_found(&bundle, "data/gaps.csv", "symbolic link");
}

type Change = Box<dyn Fn(&mut serde_json::Value)>;

fn edited(bundle: &Path, change: &dyn Fn(&mut serde_json::Value)) {
    let path = bundle.join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(path, serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
}

#[test]
fn an_edited_manifest_is_found_even_where_its_sum_was_mended() {
    let test = "pci-dss-4.0.1/10.2.1.1#1";
    let digest = "0".repeat(64);
    let changes: [(&str, Change); 5] = [
        (
            "population = conforming",
            Box::new(move |manifest| manifest["tests"][test]["conforming"] = 99.into()),
        ),
        ("content digest", Box::new(move |manifest| manifest["content_digest"] = digest.clone().into())),
        ("Files listed", Box::new(|manifest| manifest["reconciliation"][0]["count"] = 9.into())),
        (
            "population digest",
            Box::new(move |manifest| manifest["tests"][test]["population_digest"] = "1".repeat(64).into()),
        ),
        (
            "data/gaps.csv",
            Box::new(|manifest| {
                let files = manifest["files"].as_array_mut().unwrap();
                files.retain(|file| file["path"] != "data/gaps.csv");
            }),
        ),
    ];
    for (words, change) in changes {
        let (_folder, bundle) = bundle();
        edited(&bundle, &change);
        assert_found(&bundle, "manifest.json", "SHA256SUMS");
        mend_sum(&bundle);
        let ran = verify(&bundle);
        assert_eq!(ran.code, 1, "{words}: {}", ran.stdout);
        assert!(
            ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains(words)),
            "{words} in\n{}",
            ran.stdout
        );
    }
}

/// Who edits an answer mends all hashes too; the counts that the manifest states no longer follow from the rows.
#[test]
fn an_edited_answer_is_found_where_the_manifest_still_counts_as_before() {
    for (table, from, to) in
        [("answers", ",exception,", ",conforming,"), ("findings", ",undetermined,", ",conforming,")]
    {
        let (_folder, bundle) = bundle();
        let path = bundle.join(format!("data/{table}.csv"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{table} has no {from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let ran = verify(&bundle);
        let told =
            |words: &str| ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains(words));
        assert!(ran.code == 1 && told("in the data files"), "{table}: {}", ran.stdout);
    }
}

#[test]
fn what_is_no_regular_file_is_named_and_never_opened() {
    let (_folder, bundle) = bundle();
    let made = std::process::Command::new("mkfifo").arg(bundle.join("data/pipe.csv")).status();
    if !made.is_ok_and(|status| status.success()) {
        return crate::support::skipped("mkfifo is absent");
    }
    let ran = verify(&bundle);
    assert!(ran.code == 1 && ran.stdout.contains("data/pipe.csv is no regular file"), "{}", ran.stdout);
}

#[test]
fn a_claim_of_a_signature_or_of_integrity_must_have_something_behind_it() {
    let claims: [(&str, Change); 2] = [
        ("claims a signature", Box::new(|manifest| manifest["signature"] = "signed by somebody".into())),
        (
            "the check against digests",
            Box::new(|manifest| manifest["integrity"]["result"] = "VERIFIED".into()),
        ),
    ];
    for (words, change) in claims {
        let (_folder, bundle) = bundle();
        edited(&bundle, &change);
        mend_sum(&bundle);
        let ran = verify(&bundle);
        let told = ran.stdout.lines().any(|line| line.starts_with("DIFFERS ") && line.contains(words));
        assert!(ran.code == 1 && told, "{words}: {}", ran.stdout);
    }
}

#[test]
fn verdicts_of_manifest_and_data_must_agree() {
    let (_folder, bundle) = bundle();
    edited(&bundle, &|manifest| {
        for test in manifest["tests"].as_object_mut().unwrap().values_mut() {
            test["verdict"] = "supported".into();
        }
    });
    mend_sum(&bundle);
    let ran = verify(&bundle);
    assert_eq!(ran.code, 1, "data/tests.csv says insufficient: {}", ran.stdout);
}

#[test]
fn a_manifest_that_claims_no_population_digest_is_found() {
    let (_folder, bundle) = bundle();
    edited(&bundle, &|manifest| {
        manifest["tests"]["pci-dss-4.0.1/10.2.1.1#1"]["population_digest"] = "".into()
    });
    mend_sum(&bundle);
    let ran = verify(&bundle);
    assert!(matches!(ran.code, 1 | 3), "an empty claim does not hold: {}", ran.stdout);
}

/// Gives manifest.json its new hash in SHA256SUMS, as a forger would.
fn mend_sum(bundle: &Path) {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(std::fs::read(bundle.join("manifest.json")).unwrap());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = bundle.join("SHA256SUMS");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.ends_with("  manifest.json") { format!("{hash}  manifest.json") } else { line.to_owned() }
        })
        .collect();
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn what_is_no_bundle_exits_2_and_says_what_to_name() {
    let folder = folder();
    std::fs::write(folder.path().join("logs/manifest.json"), "oops").unwrap();
    std::fs::create_dir(folder.path().join("newer")).unwrap();
    std::fs::write(folder.path().join("newer/manifest.json"), r#"{"bundle_format":"2.0"}"#).unwrap();
    for (name, part) in [
        (".", "is no bundle: no manifest.json"),
        ("no-such-folder", "is no bundle"),
        ("audit.toml", "is no bundle"),
        ("logs", "is not JSON"),
        ("newer", "bundle format 2.0 is not known"),
    ] {
        let ran = run(&["verify", name], folder.path());
        assert_eq!(ran.code, 2, "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{name}: {}", ran.stderr);
    }
}

#[test]
fn files_for_signatures_may_be_added_and_are_not_called_checked() {
    let (_folder, bundle) = bundle();
    std::fs::create_dir_all(bundle.join("attestation")).unwrap();
    std::fs::write(bundle.join("attestation/manifest.dsse.json"), "{}").unwrap();
    let ran = verify(&bundle);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("unchecked  attestation/") && !ran.stdout.contains("It is unsigned"),
        "{}",
        ran.stdout
    );
}
