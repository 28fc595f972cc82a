//! Public keys, the root of trust (cloudtrail-integrity §5). Comes in: answers of `ListPublicKeys`, from files, folders
//! or the service. Goes out: keys with fingerprint, window and region, each with where it came from. It verifies nothing.

use std::path::{Path, PathBuf};

use md5::Md5;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::encoding;
use crate::clock::{self, Seconds};
use crate::error::{Error, Result};
use crate::sources::{hex, names};

/// One public key as supplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Fingerprint under which it was supplied, lower case.
    pub fingerprint: String,
    /// PKCS#1 DER; `None` when `Value` is no RSA key of 2,048 to 8,192 bits.
    pub der: Option<Vec<u8>>,
    /// SHA-256 of the bytes in `Value`, lower-case hexadecimal.
    pub sha256: String,
    /// First and last second of its validity; `None` when not stated.
    pub window: Option<(Seconds, Seconds)>,
    /// Region it is bound to; `None` when it was supplied for all.
    pub region: Option<String>,
    /// Name of the file it came from, or words for the service.
    pub source: String,
    /// SHA-256 of that file.
    pub source_sha256: String,
    /// Whether the fingerprint is the MD5 of the key in either form.
    pub fingerprint_fits: bool,
}

impl Key {
    /// Whether its window holds a time.
    pub fn covers(&self, time: Seconds) -> bool {
        self.window.is_some_and(|(from, to)| from <= time && time <= to)
    }

    /// Whether it may have signed something of a region.
    pub fn is_of(&self, region: &str) -> bool {
        self.region.as_deref().is_none_or(|own| own == region)
    }
}

/// Public keys from any number of sources, in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    all: Vec<Key>,
}

/// An answer of `ListPublicKeys`, in the spellings of the service and of its clients.
#[derive(Deserialize)]
struct Listed {
    #[serde(alias = "PublicKeyList", alias = "publicKeyList")]
    keys: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(alias = "Value", alias = "value")]
    key: String,
    #[serde(alias = "Fingerprint", alias = "fingerprint")]
    print: Option<String>,
    #[serde(alias = "ValidityStartTime", alias = "validityStartTime")]
    from: Option<Value>,
    #[serde(alias = "ValidityEndTime", alias = "validityEndTime")]
    to: Option<Value>,
}

impl Keys {
    /// Reads files, and all `*.json` files of folders. A file named `REGION.json` binds its keys to that region.
    ///
    /// # Errors
    /// `Kind::Usage` when one does not exist, is no answer of `ListPublicKeys`, or a folder holds none.
    pub fn read(paths: &[PathBuf]) -> Result<Keys> {
        let mut keys = Keys::default();
        for path in paths {
            for file in files(path)? {
                keys.file(&file)?;
            }
        }
        Ok(keys)
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        let bytes = std::fs::read(path).map_err(|cause| unreadable(path, &cause))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|cause| not_keys(path).cause(&cause))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let region = name.strip_suffix(".json").filter(|stem| looks_like_region(stem));
        self.answer(&value, region, &name, &bytes).map_err(|cause| not_keys(path).cause(&cause))
    }

    /// Takes the keys of one answer of `ListPublicKeys`, for a region or for all; `source` says where it came from.
    ///
    /// # Errors
    /// When the answer has not that shape.
    pub fn listed(
        &mut self,
        answer: &Value,
        region: Option<&str>,
        source: &str,
    ) -> std::result::Result<(), serde_json::Error> {
        self.answer(answer, region, source, answer.to_string().as_bytes())
    }

    fn answer(
        &mut self,
        answer: &Value,
        region: Option<&str>,
        source: &str,
        bytes: &[u8],
    ) -> std::result::Result<(), serde_json::Error> {
        let listed = Listed::deserialize(answer)?;
        let sha256 = hex(&Sha256::digest(bytes));
        for written in listed.keys {
            let key = written.key(region, source, &sha256);
            if !self.all.contains(&key) {
                self.all.push(key);
            }
        }
        Ok(())
    }

    /// All keys, in the order they were supplied.
    pub fn all(&self) -> &[Key] {
        &self.all
    }
}

impl Written {
    fn key(self, region: Option<&str>, source: &str, source_sha256: &str) -> Key {
        let value = encoding::from_base64(&self.key);
        let bytes = value.as_deref().unwrap_or(self.key.as_bytes());
        let inner = value.as_deref().and_then(encoding::pkcs1);
        let md5 = |bytes: &[u8]| hex(&Md5::digest(bytes));
        let prints = [Some(bytes), inner].into_iter().flatten().map(md5);
        let fingerprint =
            self.print.map_or_else(|| md5(inner.unwrap_or(bytes)), |print| print.to_lowercase());
        let usable = |der: &&[u8]| matches!(encoding::modulus_bits(der), Some(2_048..=8_192));
        Key {
            fingerprint_fits: prints
                .chain(inner.map(|der| md5(&encoding::wrapped(der))))
                .any(|md5| md5 == fingerprint),
            fingerprint,
            sha256: hex(&Sha256::digest(bytes)),
            der: inner.filter(usable).map(<[u8]>::to_vec),
            window: time(self.from.as_ref()).zip(time(self.to.as_ref())),
            region: region.map(str::to_owned),
            source: source.to_owned(),
            source_sha256: source_sha256.to_owned(),
        }
    }
}

/// A time as clients print it: a number, a number in a text, or ISO 8601 with `Z` or an offset.
fn time(value: Option<&Value>) -> Option<Seconds> {
    let whole = |number: f64| (number.is_finite() && number.abs() < 1e12).then(|| number.floor() as Seconds);
    match value? {
        Value::Number(number) => number.as_f64().and_then(whole),
        Value::String(text) => clock::parse(text).or_else(|| text.trim().parse().ok().and_then(whole)),
        _ => None,
    }
}

/// `us-gov-west-1`; `public-keys` is none.
fn looks_like_region(stem: &str) -> bool {
    let last = stem.rsplit('-').next().unwrap_or_default();
    let numbered = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    names::is_region(stem) && numbered && stem.matches('-').count() >= 2
}

/// A file itself, or the JSON files of a folder in order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    for step in std::fs::read_dir(path).map_err(|cause| unreadable(path, &cause))? {
        found.push(step.map_err(|cause| unreadable(path, &cause))?.path());
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    found.sort();
    if found.is_empty() {
        return Err(not_keys(path).hint("a folder of keys holds one REGION.json for each region"));
    }
    Ok(found)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    Error::usage(format!("cannot read public keys: {}", path.display())).cause(cause).hint(HINT)
}

fn not_keys(path: &Path) -> Error {
    Error::usage(format!("no public keys: {}", path.display())).hint(HINT)
}

const HINT: &str = "save what `aws cloudtrail list-public-keys --region REGION --start-time … --end-time … --output json` prints, as REGION.json";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_as_clients_spell_them() {
        let expected = Some(1_770_681_600);
        for value in [
            json!(1_770_681_600),
            json!(1_770_681_600.0),
            json!("1770681600.5"),
            json!("2026-02-10T00:00:00Z"),
            json!("2026-02-10T02:00:00+02:00"),
            json!("2026-02-10T00:00:00.000000+00:00"),
        ] {
            assert_eq!(time(Some(&value)), expected, "{value}");
        }
        for value in [json!("soon"), json!(null), json!("NaN"), json!(1e300)] {
            assert_eq!(time(Some(&value)), None, "{value}");
        }
    }

    #[test]
    fn only_names_of_regions_bind_keys() {
        assert!(
            ["us-east-1", "us-gov-west-1", "cn-north-1", "eu-isoe-west-1"]
                .iter()
                .all(|name| looks_like_region(name))
        );
        assert!(
            !["public-keys", "keys-2026", "us-east", "a-b-", "US-EAST-1"]
                .iter()
                .any(|name| looks_like_region(name))
        );
    }

    #[test]
    fn answers_are_read_in_every_spelling_and_what_is_no_key_stays_listed() {
        let mut keys = Keys::default();
        let answer = json!({"publicKeyList": [{"value": "bm90IGEga2V5", "fingerprint": "AB", "extra": 1}]});
        keys.listed(&answer, Some("us-east-1"), "test").unwrap();
        keys.listed(&answer, Some("us-east-1"), "test").unwrap();
        let [key] = keys.all() else { panic!("one key") };
        assert_eq!((key.fingerprint.as_str(), &key.der, key.fingerprint_fits), ("ab", &None, false));
        assert!(key.is_of("us-east-1") && !key.is_of("eu-west-1") && !key.covers(0));
        assert!(keys.listed(&json!({"keys": 1}), None, "test").is_err());
        assert!(keys.listed(&json!([]), None, "test").is_err());
    }
}
