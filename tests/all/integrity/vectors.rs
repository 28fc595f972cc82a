//! Test vectors: those of the specification where they lie beside the project, and own ones that are always there.

use super::*;
use crate::bucket::{gzip, keys};
use crate::support;
use serde_json::json;
use sha2::{Digest, Sha256};
use trailwitness::sources::digests::Status;
use trailwitness::sources::hex;

/// What comes out for one digest with one signature and one key.
fn digest_status(content: &str, signature: &str, key: &Value) -> (Status, String, String) {
    let value: Value = serde_json::from_str(content).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(names::base(value["digestS3Object"].as_str().unwrap()));
    std::fs::write(&path, gzip(content.as_bytes())).unwrap();
    let sidecar = format!("{}{}", path.display(), names::SIDECAR);
    std::fs::write(sidecar, json!({"x-amz-meta-signature": signature}).to_string()).unwrap();
    let mut keys = Keys::default();
    keys.listed(&json!({"PublicKeyList": [key]}), None, "vector").unwrap();
    let entries = sources::list(&[folder.path().to_path_buf().into()]).unwrap();
    let attested = digests::attest(&entries, Settings { keys, ..Settings::default() }, 1).unwrap();
    let digest = attested.digest(0).unwrap();
    (digest.status, digest.signed_text.unwrap(), hex(&digest.sha256.unwrap()))
}

#[test]
fn the_vectors_of_the_specification_hold() {
    let Some(path) = support::shared("specs/vectors/digest-signature.json") else { return };
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let (status, signed, sha256) =
            digest_status(text("digestContent"), text("signatureHex"), &vector["publicKey"]);
        assert_eq!(status == Status::Valid, vector["valid"].as_bool().unwrap(), "{}", text("name"));
        assert_eq!((signed.as_str(), sha256.as_str()), (text("stringToSign"), text("digestSha256")));
    }
}

#[test]
fn the_fingerprints_of_the_specification_hold() {
    let Some(path) = support::shared("specs/vectors/public-key-fingerprints.json") else { return };
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut keys = Keys::default();
    keys.listed(&json!({"PublicKeyList": vectors["keys"]}), None, "vector").unwrap();
    assert_eq!(keys.all().len(), 4);
    for key in keys.all() {
        assert!(key.fingerprint_fits && key.der.is_some(), "{}", key.fingerprint);
    }
}

/// SHA-256 of the signature of the first digest of the default bucket; an independent check in Python agrees with it.
const FIRST: &str = "df99496f6d5235c0f80e0d118219ceade591be0da6f6f7bbacfeba166ceaecab";

#[test]
fn own_vectors_hold() {
    let bucket = bucket(|_| {});
    let digest = &bucket.digests()[0];
    let content = String::from_utf8(bucket.content(digest)).unwrap();
    let mut signature = String::new();
    bucket.clone().metadata(digest, |metadata| {
        signature = metadata["x-amz-meta-signature"].as_str().unwrap().to_owned();
    });
    assert_eq!(hex(&Sha256::digest(&signature)), FIRST);
    let listing = keys::listing(keys::of("us-east-1"));
    let key = &listing["PublicKeyList"][0];
    assert_eq!(digest_status(&content, &signature, key).0, Status::Valid);
    assert_eq!(digest_status(&content, &signature.to_uppercase(), key).0, Status::Valid);
    let short = &signature[2..];
    let other = signature.replacen(|_| true, if signature.starts_with('0') { "1" } else { "0" }, 1);
    for wrong in [short, other.as_str(), "", "zz", "00"] {
        assert_ne!(digest_status(&content, wrong, key).0, Status::Valid, "{wrong:?}");
    }
    let changed = content.replacen("T00:18:31Z", "T00:18:31.0Z", 1);
    assert_eq!(digest_status(&changed, &signature, key).0, Status::Invalid);
    for number in 0..2 {
        let key = &keys::of("us-east-1")[number];
        let value = &listing["PublicKeyList"][number];
        assert_eq!(value["Fingerprint"].as_str(), Some(key.fingerprint));
        let mut keys = Keys::default();
        keys.listed(&json!({"PublicKeyList": [value]}), None, "vector").unwrap();
        assert!(keys.all()[0].fingerprint_fits);
    }
}
