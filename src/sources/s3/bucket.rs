//! Single requests to one bucket: a page of keys, an object into the cache. Comes in: a prefix or a listed object. Goes
//! out: keys and folders, or entries of files on this machine, or the refusal. It decides nothing about what to ask for.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{ChecksumMode, EncodingType, RequestPayer};

use super::cache::{Cache, Stored};
use super::refusal::Refusal;
use crate::audit::S3Place;
use crate::gaps::GapKind;
use crate::sources::inflate::MAX_CONTENT;
use crate::sources::names::SIDECAR;
use crate::sources::{Entry, Obstacle, S3Object, folder};

/// Times that the bytes of one object are asked for when they break off.
const BODIES: u32 = 3;

/// A bucket that can be asked.
#[derive(Debug)]
pub struct Bucket {
    /// The client, in the bucket's region.
    pub client: Client,
    /// What was ordered.
    pub place: S3Place,
    /// Prefix that names are relative to: empty or with `/` at its end.
    pub root: String,
    /// What stands before the names of this source.
    pub before: String,
    /// Where objects are kept.
    pub cache: Cache,
}

/// An object as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Whole key.
    pub key: String,
    /// As listed.
    pub etag: String,
    /// Bytes, as listed.
    pub size: u64,
}

/// One answer to a listing.
#[derive(Debug, Default)]
pub struct Page {
    /// Objects.
    pub objects: Vec<Object>,
    /// Prefixes of folders, whole.
    pub folders: Vec<String>,
    /// Keys that are no text.
    pub unreadable: u64,
    /// How to ask for the next page.
    pub next: Option<String>,
}

/// Why an object is not here.
#[derive(Debug)]
pub enum Failure {
    /// S3 did not give it.
    Refused(Refusal),
    /// It could not be kept.
    Cache(io::Error),
}

/// An object that is here now.
#[derive(Debug)]
pub struct Fetched {
    /// Its file, and the sidecar of its metadata.
    pub entries: Vec<Entry>,
    /// Bytes that came over the network; 0 when the cache held it.
    pub bytes: u64,
}

impl Bucket {
    /// A page of keys below `prefix`; with `folders`, only those directly in it and the folders.
    ///
    /// # Errors
    /// The refusal.
    pub async fn page(&self, prefix: &str, folders: bool, token: Option<String>) -> Result<Page, Refusal> {
        let answer = self
            .client
            .list_objects_v2()
            .bucket(&self.place.bucket)
            .prefix(prefix)
            .set_delimiter(folders.then(|| "/".to_owned()))
            .set_continuation_token(token)
            .encoding_type(EncodingType::Url)
            .set_request_payer(self.payer())
            .set_expected_bucket_owner(self.place.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| Refusal::new(&error))?;
        Ok(read_page(&answer))
    }

    fn payer(&self) -> Option<RequestPayer> {
        self.place.settings.requester_pays.unwrap_or(false).then_some(RequestPayer::Requester)
    }

    /// Brings an object here, unless it is.
    ///
    /// # Errors
    /// The refusal, or what the disk says.
    pub async fn fetch(&self, object: &Object) -> Result<Fetched, Failure> {
        if let Some(stored) = self.cache.held(&object.key, &object.etag, object.size) {
            return Ok(Fetched { entries: self.entries(object, stored)?, bytes: 0 });
        }
        let mut turn = 1;
        let (stored, bytes) = loop {
            match self.get(object).await {
                Err(Failure::Refused(refusal))
                    if refusal.status == 0 && turn < BODIES && refusal.may_pass() =>
                {
                    tokio::time::sleep(Duration::from_millis(100 << turn)).await;
                    turn += 1;
                }
                other => break other?,
            }
        };
        Ok(Fetched { entries: self.entries(object, stored)?, bytes })
    }

    async fn get(&self, object: &Object) -> Result<(Stored, u64), Failure> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.place.bucket)
            .key(&object.key)
            .checksum_mode(ChecksumMode::Enabled)
            .set_request_payer(self.payer())
            .set_expected_bucket_owner(self.place.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| Failure::Refused(Refusal::new(&error)))?;
        self.keep(object, answer).await
    }

    async fn keep(&self, object: &Object, mut answer: GetObjectOutput) -> Result<(Stored, u64), Failure> {
        let mut draft = self.cache.begin().map_err(Failure::Cache)?;
        while let Some(bytes) = answer.body.next().await {
            let bytes = bytes.map_err(|error| Failure::Refused(Refusal::body(chain(&error))))?;
            draft.push(&bytes).map_err(Failure::Cache)?;
            if draft.size() > MAX_CONTENT as u64 {
                return Err(Failure::Refused(Refusal::body("longer than it was listed".to_owned())));
            }
        }
        let size = draft.size();
        if answer.content_length.is_some_and(|length| u64::try_from(length) != Ok(size)) {
            return Err(Failure::Refused(Refusal::body("shorter than S3 says".to_owned())));
        }
        let etag = answer.e_tag.unwrap_or_default();
        let metadata: BTreeMap<String, String> = answer.metadata.unwrap_or_default().into_iter().collect();
        let stored = self.cache.finish(draft, &object.key, &etag, metadata).map_err(Failure::Cache)?;
        Ok((stored, size))
    }

    /// The entries of an object: its file, and for a digest the sidecar that keeps its signature.
    fn entries(&self, object: &Object, stored: Stored) -> Result<Vec<Entry>, Failure> {
        let name = self.name(&object.key);
        let mut entries = Vec::with_capacity(2);
        if let Some(text) = sidecar(&object.key, &stored.metadata) {
            let path = beside(&stored.path);
            self.cache.write(&path, text.as_bytes()).map_err(Failure::Cache)?;
            entries.push(Entry { name: format!("{name}{SIDECAR}"), path, obstacle: None, object: None });
        }
        let place = S3Object { bucket: self.place.bucket.clone(), key: object.key.clone() };
        entries.push(Entry { name, path: stored.path, obstacle: None, object: Some(place) });
        Ok(entries)
    }

    /// An entry that is not opened.
    pub fn unopened(&self, key: &str, obstacle: Obstacle) -> Entry {
        let object = S3Object { bucket: self.place.bucket.clone(), key: key.to_owned() };
        Entry { name: self.name(key), path: PathBuf::new(), obstacle: Some(obstacle), object: Some(object) }
    }

    /// A key as the name of an entry: relative to the source, and no path that leads anywhere else.
    fn name(&self, key: &str) -> String {
        let relative = key.strip_prefix(&self.root).unwrap_or(key);
        let relative = if relative.is_empty() { key } else { relative };
        let mut name = self.before.clone();
        for (number, part) in relative.split('/').enumerate() {
            match (number, part) {
                (0, "") => name.push_str("%2F"),
                (1, "") if relative.starts_with('/') => name.push_str("%2F"),
                _ => {
                    let slash = number > 0 && !name.ends_with("%2F");
                    name.push_str(if slash { "/" } else { "" });
                    name.push_str(&shown(part));
                }
            }
        }
        name
    }
}

fn shown(part: &str) -> String {
    match part {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => folder::shown(part.as_bytes()),
    }
}

/// Whether an object is too large to be read, which S3 says before it is fetched.
pub fn too_large(object: &Object) -> Option<Obstacle> {
    (object.size > MAX_CONTENT as u64)
        .then(|| Obstacle::Lost(GapKind::TooLarge, format!("{} bytes, not fetched", object.size)))
}

/// The text of a sidecar, for digests and whatever else carries a signature.
fn sidecar(key: &str, metadata: &BTreeMap<String, String>) -> Option<String> {
    let digest = key.contains("/CloudTrail-Digest/") || key.contains("_CloudTrail-Digest_");
    if metadata.is_empty() || !(digest || metadata.contains_key("signature")) {
        return None;
    }
    let named: BTreeMap<String, &str> =
        metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.as_str())).collect();
    serde_json::to_string_pretty(&named).ok().map(|text| text + "\n")
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(SIDECAR);
    path.with_file_name(name)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told = format!("{told}: {cause}");
        next = cause.source();
    }
    told
}

fn read_page(answer: &ListObjectsV2Output) -> Page {
    let encoded = answer.encoding_type() == Some(&EncodingType::Url);
    let text = |text: &str| if encoded { decode(text) } else { Some(text.to_owned()) };
    let mut page = Page::default();
    for object in answer.contents() {
        match text(object.key().unwrap_or_default()) {
            Some(key) => page.objects.push(Object {
                key,
                etag: object.e_tag().unwrap_or_default().to_owned(),
                size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
            }),
            None => page.unreadable += 1,
        }
    }
    for folder in answer.common_prefixes() {
        match text(folder.prefix().unwrap_or_default()) {
            Some(prefix) => page.folders.push(prefix),
            None => page.unreadable += 1,
        }
    }
    if answer.is_truncated().unwrap_or(false) {
        page.next = answer.next_continuation_token().map(str::to_owned);
    }
    page
}

/// Undoes the encoding of keys in listings, which XML needs for characters it cannot hold.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.push(digit(rest.next()?)? << 4 | digit(rest.next()?)?),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_listings_are_decoded() {
        for (text, key) in [
            ("a%2Fb+c%2B%01", Some("a/b c+\u{1}")),
            ("%C3%A9", Some("é")),
            ("%zz", None),
            ("%C3", None),
            ("%4", None),
        ] {
            assert_eq!(decode(text).as_deref(), key, "{text}");
        }
    }

    #[test]
    fn sidecars_keep_all_metadata_of_digests() {
        let metadata = BTreeMap::from([
            ("signature".to_owned(), "ab01".to_owned()),
            ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
        ]);
        let text = sidecar("x/CloudTrail-Digest/d.json.gz", &metadata).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"x-amz-meta-signature": "ab01", "x-amz-meta-signature-algorithm": "SHA256withRSA"})
        );
        assert!(
            sidecar("x/CloudTrail/l.json.gz", &BTreeMap::from([("a".to_owned(), "b".to_owned())])).is_none()
        );
        assert!(sidecar("x/CloudTrail-Digest/d.json.gz", &BTreeMap::new()).is_none());
    }
}
