//! A trail's bucket with log file validation on: gzipped log files, the hourly chain of signed digests of each account and
//! region, their metadata as sidecars, and the public keys. Everything is a function of the [`Spec`]. The same layout and
//! chains as the Python generator beside the specification; signed with checked-in test keys.
#![allow(dead_code, reason = "each test root uses a part of it")]

#[path = "bucket/keys.rs"]
pub mod keys;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use trailwitness::clock::{HOUR, Seconds, parse, rfc3339};
use trailwitness::sources::{hex, names};

/// Which digests keep their metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sidecars {
    All,
    /// The newest of each chain.
    Latest,
    None,
}

/// Everything a bucket depends on.
#[derive(Debug, Clone)]
pub struct Spec {
    pub accounts: Vec<&'static str>,
    pub regions: Vec<&'static str>,
    pub start: Seconds,
    pub hours: i64,
    pub per_hour: i64,
    /// Records of a log file.
    pub records: i64,
    /// Minute and second at which digests end; a further region or account ends its own a little later.
    pub offset: Seconds,
    pub bucket: &'static str,
    pub prefix: &'static str,
    pub trail: &'static str,
    pub organization: &'static str,
    /// Hours in which logging was stopped.
    pub gap: Option<(i64, i64)>,
    /// Every so manieth hour is without log files.
    pub empty_every: i64,
    /// Every so manieth log file is listed in a backfill digest.
    pub backfill_every: i64,
    pub sidecars: Sidecars,
    pub digests: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            accounts: vec!["111122223333"],
            regions: vec!["us-east-1"],
            start: parse("2026-03-01T00:00:00Z").unwrap(),
            hours: 24,
            per_hour: 4,
            records: 3,
            offset: 18 * 60 + 31,
            bucket: "example-cloudtrail-logs",
            prefix: "",
            trail: "audit-trail",
            organization: "",
            gap: None,
            empty_every: 0,
            backfill_every: 0,
            sidecars: Sidecars::All,
            digests: true,
        }
    }
}

/// A bucket in memory: keys of objects and their bytes, sidecars among them.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    pub files: BTreeMap<String, Vec<u8>>,
    /// Answers of `ListPublicKeys` by region.
    pub keys: BTreeMap<String, Value>,
}

impl Bucket {
    pub fn new(spec: &Spec) -> Bucket {
        let mut bucket = Bucket::default();
        for (a, account) in spec.accounts.iter().enumerate() {
            for (r, region) in spec.regions.iter().enumerate() {
                let offset = (spec.offset + 131 * (a * 7 + r) as i64) % 1_770;
                Stream { spec, account, region, origin: spec.start + offset, bucket: &mut bucket }.write();
            }
        }
        for region in &spec.regions {
            bucket.keys.insert((*region).to_owned(), keys::listing(keys::of(region)));
        }
        bucket
    }

    fn of(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        self.files.keys().filter(|key| fits(key)).cloned().collect()
    }

    /// Keys of log files, in order.
    pub fn logs(&self) -> Vec<String> {
        self.of(|key| names::log(key).is_some())
    }

    /// Keys of hourly digests, in order.
    pub fn digests(&self) -> Vec<String> {
        self.of(|key| names::digest(key).is_some_and(|name| !name.backfill))
    }

    /// Keys of backfill digests, in order.
    pub fn backfills(&self) -> Vec<String> {
        self.of(|key| names::digest(key).is_some_and(|name| name.backfill))
    }

    /// Takes files away, digests with their sidecars.
    pub fn delete(&mut self, keys: &[String]) {
        for key in keys {
            self.files.remove(key);
            self.files.remove(&sidecar(key));
        }
    }

    /// The uncompressed content of a file.
    pub fn content(&self, key: &str) -> Vec<u8> {
        gunzip(&self.files[key])
    }

    /// Replaces a file by other content, compressed anew.
    pub fn put(&mut self, key: &str, content: &[u8]) {
        self.files.insert(key.to_owned(), gzip(content));
    }

    /// The metadata of a digest.
    pub fn metadata(&mut self, key: &str, change: impl FnOnce(&mut Value)) {
        let bytes = self.files.get_mut(&sidecar(key)).unwrap();
        let mut value: Value = serde_json::from_slice(bytes).unwrap();
        change(&mut value);
        *bytes = value.to_string().into_bytes();
    }

    /// Changes a digest and signs it again with the genuine key, as only CloudTrail could.
    pub fn forge(&mut self, key: &str, change: impl FnOnce(&mut Value)) {
        let mut digest: Value = serde_json::from_slice(&self.content(key)).unwrap();
        change(&mut digest);
        let content = digest.to_string().into_bytes();
        let signer = keys::by_fingerprint(digest["digestPublicKeyFingerprint"].as_str().unwrap());
        let signature = signer.sign(&signed_text(&digest, &content));
        self.put(key, &content);
        self.metadata(key, |metadata| metadata["x-amz-meta-signature"] = json!(signature));
    }

    /// Writes all files below a folder, and the keys as `public-keys/REGION.json` beside it.
    pub fn write(&self, folder: &Path) {
        for (key, bytes) in &self.files {
            let path = folder.join("bucket").join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        std::fs::create_dir_all(folder.join("bucket")).unwrap();
        std::fs::create_dir_all(folder.join("public-keys")).unwrap();
        for (region, value) in &self.keys {
            std::fs::write(folder.join(format!("public-keys/{region}.json")), value.to_string()).unwrap();
        }
    }
}

/// The sidecar of a digest.
pub fn sidecar(key: &str) -> String {
    format!("{key}{}", names::SIDECAR)
}

/// The text that a signature covers.
pub fn signed_text(digest: &Value, content: &[u8]) -> String {
    let text = |name: &str| digest[name].as_str().unwrap().to_owned();
    format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        hex(&Sha256::digest(content)),
        digest["previousDigestSignature"].as_str().unwrap_or("null")
    )
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut content).unwrap();
    content
}

/// `20260301T001831Z`.
fn compact(time: Seconds) -> String {
    rfc3339(time).replace(['-', ':'], "")
}

/// A log file as a digest lists it.
#[derive(Clone)]
struct Log {
    key: String,
    sha256: String,
    oldest: Seconds,
    newest: Seconds,
}

/// What a digest says of the one before it.
type Before = Option<(String, String, String)>;

struct Stream<'s> {
    spec: &'s Spec,
    account: &'s str,
    region: &'s str,
    origin: Seconds,
    bucket: &'s mut Bucket,
}

impl Stream<'_> {
    fn base(&self) -> String {
        let spec = self.spec;
        let parts = [spec.prefix, "AWSLogs", spec.organization, self.account];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    fn write(&mut self) {
        let (mut chain, mut late): (Before, Before) = (None, None);
        let (mut running, mut serial) = (false, 0);
        for hour in 0..self.spec.hours {
            if self.spec.gap.is_some_and(|(first, last)| (first..last).contains(&hour)) {
                running = false;
                continue;
            }
            let begin = self.origin + hour * HOUR;
            if !running && self.spec.digests {
                chain = None;
                self.digest(&mut chain, (begin - HOUR, begin), &[], None);
            }
            running = true;
            let (mut logs, mut held) = (Vec::new(), Vec::new());
            let empty = self.spec.empty_every;
            let count = if empty > 0 && hour % empty == empty - 1 { 0 } else { self.spec.per_hour };
            for number in 0..count {
                serial += 1;
                let log = self.log(begin + (number * 10 + 9) * HOUR / (10 * self.spec.per_hour), number);
                let every = self.spec.backfill_every;
                if every > 0 && serial % every == 0 { held.push(log) } else { logs.push(log) }
            }
            if self.spec.digests {
                let end = begin + HOUR;
                self.digest(&mut chain, (begin, end), &logs, None);
                if !held.is_empty() {
                    self.digest(&mut late, (begin, end), &held, Some(end + 26 * HOUR));
                }
            }
        }
    }

    fn log(&mut self, delivered: Seconds, number: i64) -> Log {
        let last = self.spec.records - 1;
        let times: Vec<Seconds> =
            (0..=last).map(|step| delivered - 800 + step * 500 / last.max(1) + number).collect();
        let seed = format!("{} {} {} {delivered} {number}", self.spec.trail, self.account, self.region);
        let unique = hex(&Sha256::digest(&seed));
        let record = |(index, time): (usize, &Seconds)| {
            json!({
                "eventVersion": "1.11", "eventTime": rfc3339(*time), "eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem",
                "awsRegion": self.region, "sourceIPAddress": "192.0.2.10", "userAgent": "aws-cli/2.15.0",
                "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE0000000001", "arn": format!("arn:aws:iam::{}:user/alice", self.account),
                    "accountId": self.account, "accessKeyId": "AKIAEXAMPLE000000001", "userName": "alice"},
                "requestParameters": {"tableName": "cards", "key": {"pk": format!("item-{index}")}}, "responseElements": null,
                "requestID": format!("R{}{index}", &unique[..20]), "eventID": format!("{}-0000-4000-8000-{}{index:04}", &unique[..8], &unique[8..16]),
                "readOnly": true, "resources": [{"accountId": self.account, "type": "AWS::DynamoDB::Table",
                    "ARN": format!("arn:aws:dynamodb:{}:{}:table/cards", self.region, self.account)}],
                "eventType": "AwsApiCall", "apiVersion": "2012-08-10", "managementEvent": false, "recipientAccountId": self.account, "eventCategory": "Data"
            })
        };
        let records: Vec<Value> = times.iter().enumerate().map(record).collect();
        let content = json!({"Records": records}).to_string().into_bytes();
        let stamp = rfc3339(delivered - delivered.rem_euclid(300));
        let minute = compact(delivered - delivered.rem_euclid(300));
        let key = format!(
            "{}/CloudTrail/{}/{}/{}_CloudTrail_{}_{}Z_{}.json.gz",
            self.base(),
            self.region,
            stamp[..10].replace('-', "/"),
            self.account,
            self.region,
            &minute[..13],
            &unique[16..32]
        );
        self.bucket.put(&key, &content);
        Log { key, sha256: hex(&Sha256::digest(&content)), oldest: times[0], newest: times[last as usize] }
    }

    /// Writes the digest of a time; with a time of its making it is a backfill digest.
    fn digest(&mut self, before: &mut Before, span: (Seconds, Seconds), logs: &[Log], made: Option<Seconds>) {
        let (start, end) = span;
        let spec = self.spec;
        let key = format!(
            "{}/CloudTrail-Digest/{}/{}/{}_CloudTrail-Digest_{}_{}_{}_{}{}.json.gz",
            self.base(),
            self.region,
            rfc3339(end)[..10].replace('-', "/"),
            self.account,
            self.region,
            spec.trail,
            spec.regions[0],
            compact(end),
            if made.is_some() { "_backfill" } else { "" }
        );
        let signer = keys::at(self.region, made.unwrap_or(end));
        let entry = |log: &Log| {
            json!({"s3Bucket": spec.bucket, "s3Object": log.key, "hashValue": log.sha256, "hashAlgorithm": "SHA-256",
                "newestEventTime": rfc3339(log.newest), "oldestEventTime": rfc3339(log.oldest)})
        };
        let previous = before.as_ref();
        let digest = json!({
            "awsAccountId": self.account, "digestStartTime": rfc3339(start), "digestEndTime": rfc3339(end),
            "digestS3Bucket": spec.bucket, "digestS3Object": key, "digestPublicKeyFingerprint": signer.fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": logs.iter().map(|log| log.newest).max().map(rfc3339),
            "oldestEventTime": logs.iter().map(|log| log.oldest).min().map(rfc3339),
            "previousDigestS3Bucket": previous.map(|_| spec.bucket), "previousDigestS3Object": previous.map(|known| &known.0),
            "previousDigestHashValue": previous.map(|known| &known.1), "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|known| &known.2),
            "logFiles": logs.iter().map(entry).collect::<Vec<_>>()
        });
        let content = digest.to_string().into_bytes();
        let signature = signer.sign(&signed_text(&digest, &content));
        self.bucket.put(&key, &content);
        let mut metadata =
            json!({"x-amz-meta-signature": signature, "x-amz-meta-signature-algorithm": "SHA256withRSA"});
        if let Some(made) = made {
            metadata["x-amz-meta-backfill-generation-timestamp"] = json!(rfc3339(made));
        }
        if let (Sidecars::Latest, Some((older, ..))) = (spec.sidecars, previous) {
            self.bucket.files.remove(&sidecar(older));
        }
        if spec.sidecars != Sidecars::None {
            self.bucket.files.insert(sidecar(&key), metadata.to_string().into_bytes());
        }
        *before = Some((key, hex(&Sha256::digest(&content)), signature));
    }
}
