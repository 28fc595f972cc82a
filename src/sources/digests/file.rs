//! The digest file (cloudtrail-integrity §3). Comes in: the uncompressed bytes. Goes out: its fields, or the first fault
//! that names it. What it says is only true once its signature verifies.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::encoding;
use super::words;
use crate::clock::{self, Seconds};

/// A member as written: absent, null, of another type, or of the wanted type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Field<T> {
    #[default]
    Absent,
    Null,
    Wrong,
    Is(T),
}

impl<T> Field<T> {
    fn value(self) -> Option<T> {
        match self {
            Field::Is(value) => Some(value),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Field::Null)
    }
}

/// Takes a value of any type, keeps it if it is a text.
struct Text;

/// Takes a value of any type, keeps it if it is a list of objects.
struct List;

macro_rules! anything_else {
    ($kept:ty) => {
        type Value = Field<$kept>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Field::Null)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Field::Wrong)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Field::Wrong)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Field::Wrong)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Field::Wrong)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Field::Wrong)
        }
    };
}

impl<'de> Visitor<'de> for Text {
    anything_else!(String);

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Field::Is(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }
}

impl<'de> Visitor<'de> for List {
    anything_else!(Vec<RawEntry>);

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut entries, mut whole) = (Vec::new(), true);
        while let Some(item) = list.next_element::<Item>()? {
            match item {
                Item::Entry(entry) => entries.push(*entry),
                Item::Other(IgnoredAny) => whole = false,
            }
        }
        Ok(if whole { Field::Is(entries) } else { Field::Wrong })
    }
}

impl<'de> Deserialize<'de> for Field<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

impl<'de> Deserialize<'de> for Field<Vec<RawEntry>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(List)
    }
}

/// A member of `logFiles`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Entry(Box<RawEntry>),
    Other(IgnoredAny),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawEntry {
    s3_object: Field<String>,
    hash_value: Field<String>,
    hash_algorithm: Field<String>,
    newest_event_time: Field<String>,
    oldest_event_time: Field<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Raw {
    aws_account_id: Field<String>,
    digest_start_time: Field<String>,
    digest_end_time: Field<String>,
    digest_s3_bucket: Field<String>,
    digest_s3_object: Field<String>,
    digest_public_key_fingerprint: Field<String>,
    digest_signature_algorithm: Field<String>,
    newest_event_time: Field<String>,
    oldest_event_time: Field<String>,
    previous_digest_s3_bucket: Field<String>,
    previous_digest_s3_object: Field<String>,
    previous_digest_hash_value: Field<String>,
    previous_digest_hash_algorithm: Field<String>,
    previous_digest_signature: Field<String>,
    log_files: Field<Vec<RawEntry>>,
}

/// A whole digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Account it speaks of.
    pub account: String,
    /// Start of the deliveries it lists.
    pub start: Seconds,
    /// End of the deliveries it lists.
    pub end: Seconds,
    /// The end as written: the signature covers that.
    pub end_written: String,
    /// Bucket it was put in.
    pub bucket: String,
    /// Key it was put under.
    pub object: String,
    /// Key that signed it, lower case.
    pub fingerprint: String,
    /// How it was signed.
    pub algorithm: String,
    /// Newest and oldest event of all it lists, as stated.
    pub events: (Option<Seconds>, Option<Seconds>),
    /// The digest before; `None` in a starting digest.
    pub previous: Option<Previous>,
    /// What was delivered.
    pub logs: Vec<Listed>,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its key.
    pub object: String,
    /// SHA-256 of its uncompressed content; `None` when the text is no such hash.
    pub sha256: Option<[u8; 32]>,
    /// Its signature as written.
    pub signature: String,
}

/// A log file that a digest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub object: String,
    /// SHA-256 of its uncompressed content; `None` when hashed in a way that is not known here.
    pub sha256: Option<[u8; 32]>,
    /// Newest and oldest event in it, as stated.
    pub events: (Option<Seconds>, Option<Seconds>),
}

/// What could be read of a digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// All of it, when nothing required is missing.
    pub digest: Option<Digest>,
    /// Why it is not whole: reason and the field that is at fault.
    pub fault: Option<(&'static str, String)>,
    /// Whether it is a JSON object at all.
    pub json: bool,
    /// Key and signature of the digest before, also when the rest is not whole.
    pub signs: Option<(String, String)>,
}

/// Reads a digest.
pub fn parse(bytes: &[u8]) -> Parsed {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let raw: Result<Raw, serde_json::Error> =
        if object { serde_json::from_slice(bytes) } else { Err(serde_json::Error::custom("no object")) };
    match raw {
        Err(error) => Parsed { fault: Some((words::NOT_JSON, error.to_string())), ..Parsed::default() },
        Ok(raw) => {
            let signs = match (&raw.previous_digest_s3_object, &raw.previous_digest_signature) {
                (Field::Is(object), Field::Is(signature)) => Some((object.clone(), signature.clone())),
                _ => None,
            };
            match raw.whole() {
                Ok(digest) => Parsed { digest: Some(digest), fault: None, json: true, signs },
                Err(field) => Parsed {
                    digest: None,
                    fault: Some((words::MISSING_FIELD, field.to_owned())),
                    json: true,
                    signs,
                },
            }
        }
    }
}

impl Raw {
    /// The digest, or the name of the first field that is missing or of the wrong type.
    fn whole(self) -> Result<Digest, &'static str> {
        let previous = self.previous()?;
        let end_written = self.digest_end_time.value().ok_or("digestEndTime")?;
        let logs = self.log_files.value().ok_or("logFiles")?;
        Ok(Digest {
            account: self.aws_account_id.value().ok_or("awsAccountId")?,
            start: time(&self.digest_start_time.value().ok_or("digestStartTime")?)
                .ok_or("digestStartTime")?,
            end: time(&end_written).ok_or("digestEndTime")?,
            end_written,
            bucket: self.digest_s3_bucket.value().ok_or("digestS3Bucket")?,
            object: self.digest_s3_object.value().ok_or("digestS3Object")?,
            fingerprint: self
                .digest_public_key_fingerprint
                .value()
                .ok_or("digestPublicKeyFingerprint")?
                .to_lowercase(),
            algorithm: self.digest_signature_algorithm.value().ok_or("digestSignatureAlgorithm")?,
            events: (optional(self.newest_event_time), optional(self.oldest_event_time)),
            previous,
            logs: logs.into_iter().map(RawEntry::whole).collect::<Result<_, _>>()?,
        })
    }

    /// All five fields of the digest before, or none.
    fn previous(&self) -> Result<Option<Previous>, &'static str> {
        let five = [
            (&self.previous_digest_s3_bucket, "previousDigestS3Bucket"),
            (&self.previous_digest_s3_object, "previousDigestS3Object"),
            (&self.previous_digest_hash_value, "previousDigestHashValue"),
            (&self.previous_digest_hash_algorithm, "previousDigestHashAlgorithm"),
            (&self.previous_digest_signature, "previousDigestSignature"),
        ];
        let absent = |field: &Field<String>| matches!(field, Field::Null | Field::Absent);
        if self.previous_digest_signature.is_null() && five.iter().all(|(field, _)| absent(field)) {
            return Ok(None);
        }
        match five.map(|(field, _)| field) {
            [
                Field::Is(_),
                Field::Is(object),
                Field::Is(hash),
                Field::Is(algorithm),
                Field::Is(signature),
            ] => Ok(Some(Previous {
                object: object.clone(),
                sha256: sha256(hash).filter(|_| algorithm == words::SHA_256),
                signature: signature.clone(),
            })),
            _ => {
                let wrong = five.iter().find(|(field, _)| !matches!(field, Field::Is(_)));
                Err(wrong.map_or("previousDigestSignature", |(_, name)| *name))
            }
        }
    }
}

impl RawEntry {
    fn whole(self) -> Result<Listed, &'static str> {
        let hash = self.hash_value.value().ok_or("logFiles[].hashValue")?;
        let known = self.hash_algorithm == Field::Is(words::SHA_256.to_owned());
        Ok(Listed {
            object: self.s3_object.value().ok_or("logFiles[].s3Object")?,
            sha256: sha256(&hash).filter(|_| known),
            events: (optional(self.newest_event_time), optional(self.oldest_event_time)),
        })
    }
}

fn time(text: &str) -> Option<Seconds> {
    clock::parse(text)
}

fn optional(field: Field<String>) -> Option<Seconds> {
    field.value().and_then(|text| time(&text))
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    encoding::from_hex(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn whole() -> Value {
        json!({
            "awsAccountId": "111122223333", "digestStartTime": "2026-03-01T00:18:31Z", "digestEndTime": "2026-03-01T01:18:31Z",
            "digestS3Bucket": "b", "digestS3Object": "k", "digestPublicKeyFingerprint": "AB", "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null, "previousDigestS3Bucket": "b", "previousDigestS3Object": "p",
            "previousDigestHashValue": "00".repeat(32), "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": "aa",
            "logFiles": [{"s3Bucket": "b", "s3Object": "l", "hashValue": "11".repeat(32), "hashAlgorithm": "SHA-256",
                "newestEventTime": "2026-03-01T00:20:00Z", "oldestEventTime": "2026-03-01T00:19:00Z", "new": {"a": [1]}}],
            "new": [1, {"b": null}]
        })
    }

    fn fault(change: impl Fn(&mut Value)) -> String {
        let mut value = whole();
        change(&mut value);
        let parsed = parse(value.to_string().as_bytes());
        assert_eq!(parsed.digest.is_some(), parsed.fault.is_none());
        parsed.fault.map_or_else(String::new, |(reason, field)| format!("{reason} {field}"))
    }

    #[test]
    fn unknown_fields_are_ignored_and_required_ones_named() {
        assert_eq!(fault(|_| {}), "");
        for (name, required) in [
            ("awsAccountId", true),
            ("digestStartTime", true),
            ("digestEndTime", true),
            ("digestS3Bucket", true),
            ("digestS3Object", true),
            ("digestPublicKeyFingerprint", true),
            ("digestSignatureAlgorithm", true),
            ("previousDigestSignature", true),
            ("logFiles", true),
            ("newestEventTime", false),
        ] {
            let expected = if required { format!("missing-field {name}") } else { String::new() };
            for wrong in [None, Some(json!(7)), Some(json!({"a": 1})), Some(json!(["a"])), Some(json!(null))]
            {
                let told = fault(|value| match &wrong {
                    None => drop(value.as_object_mut().unwrap().remove(name)),
                    Some(wrong) => value[name] = wrong.clone(),
                });
                assert_eq!(told, expected, "{name} {wrong:?}");
            }
        }
    }

    #[test]
    fn some_but_not_all_fields_of_the_digest_before_are_no_digest() {
        assert_eq!(
            fault(|value| value["previousDigestHashValue"] = json!(null)),
            "missing-field previousDigestHashValue"
        );
        assert_eq!(
            fault(|value| value["previousDigestS3Bucket"] = json!(3)),
            "missing-field previousDigestS3Bucket"
        );
        let none = |value: &mut Value| {
            for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
                value[format!("previousDigest{name}")] = json!(null);
            }
        };
        assert_eq!(fault(none), "");
        assert_eq!(fault(|value| value["logFiles"] = json!([1])), "missing-field logFiles");
        assert_eq!(
            fault(|value| value["logFiles"][0]["s3Object"] = json!(1)),
            "missing-field logFiles[].s3Object"
        );
    }

    #[test]
    fn what_is_no_object_is_no_digest_and_what_it_says_of_its_predecessor_is_kept() {
        for text in ["", "[1]", "hello", "{\"a\":1", "{\"logFiles\":1}{}", "7"] {
            let parsed = parse(text.as_bytes());
            assert_eq!((parsed.fault.map(|fault| fault.0), parsed.json), (Some("not-json"), false), "{text}");
        }
        let mut value = whole();
        value.as_object_mut().unwrap().remove("digestEndTime");
        let parsed = parse(value.to_string().as_bytes());
        assert_eq!(parsed.signs, Some(("p".to_owned(), "aa".to_owned())));
        let digest = parse(whole().to_string().as_bytes()).digest.unwrap();
        assert_eq!((digest.fingerprint.as_str(), digest.logs[0].sha256), ("ab", Some([0x11; 32])));
        let mut value = whole();
        value["logFiles"][0]["hashAlgorithm"] = json!("MD5");
        assert_eq!(parse(value.to_string().as_bytes()).digest.unwrap().logs[0].sha256, None);
    }
}
