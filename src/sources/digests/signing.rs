//! Signatures (cloudtrail-integrity §4, §5, §7). Comes in: digests as read, and keys. Goes out: for each digest whether
//! it is what was signed, by which signature and key, or why that cannot be told. A signature proves itself, so any that
//! verifies will do; nothing is valid without one.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use super::file::Digest;
use super::keys::{Key, Keys};
use super::reading::{self, Fault, Node, Signature};
use super::words::{self, Code, Status};
use crate::clock::{self, HOUR, Seconds};
use crate::error::Result;
use crate::sources::hex;

/// Where the signature of a digest came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureSource {
    /// Metadata of its object, or the sidecar that keeps it.
    Metadata,
    /// The digest behind it.
    Successor,
}

impl SignatureSource {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            SignatureSource::Metadata => "metadata",
            SignatureSource::Successor => "successor",
        }
    }
}

/// What proves a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where the signature came from.
    pub source: SignatureSource,
    /// Number of the key in [`Keys::all`].
    pub key: usize,
    /// The signature.
    pub signature: Vec<u8>,
}

/// What came out for one digest.
#[derive(Debug, Clone, Default)]
pub(super) struct Checked {
    /// What proves it; `None` unless it is valid.
    pub proof: Option<Proof>,
    /// Why it is not valid.
    pub fault: Option<Fault>,
    /// What else is to be told of it.
    pub notes: Vec<(Code, String)>,
    /// Successors whose signature is another than the one that verified.
    differs: Vec<usize>,
    /// Successors that alone gave the signatures that failed.
    blamed: Vec<usize>,
}

impl Checked {
    pub(super) fn status(&self) -> Status {
        match (&self.proof, &self.fault) {
            (Some(_), None) => Status::Valid,
            (_, Some(fault)) => fault.status,
            (None, None) => Status::Unverified,
        }
    }

    pub(super) fn is_valid(&self) -> bool {
        self.status() == Status::Valid
    }

    fn failed(status: Status, reason: &'static str, detail: String) -> Checked {
        Checked { fault: Some(Fault { status, reason, detail }), ..Checked::default() }
    }
}

/// A signature on offer.
struct Offer {
    source: SignatureSource,
    signature: Signature,
    successor: Option<usize>,
}

struct Verifier<'n> {
    nodes: &'n [Node],
    keys: &'n Keys,
    ready: Vec<Option<ParsedPublicKey>>,
    /// Digests that state a predecessor, by the key of that.
    successors: BTreeMap<&'n str, Vec<usize>>,
}

/// Verifies all digests.
///
/// # Errors
/// `Kind::Internal` when a worker died.
pub(super) fn verify(nodes: &[Node], keys: &Keys, threads: usize) -> Result<Vec<Checked>> {
    let parse = |key: &Key| ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.der.as_deref()?).ok();
    let mut successors: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, node) in nodes.iter().enumerate() {
        if let Some((object, _)) = &node.parsed.signs {
            successors.entry(object).or_default().push(number);
        }
    }
    let verifier = Verifier { nodes, keys, ready: keys.all().iter().map(parse).collect(), successors };
    let work = |_: &mut crate::sources::Reader, number: usize| {
        nodes.get(number).map(|node| verifier.check(node)).unwrap_or_default()
    };
    let mut all = reading::each(nodes.len(), threads, &work, 0)?;
    settle(nodes, &mut all);
    Ok(all)
}

/// What successors say counts for what they are. An invalid one proves nothing against its predecessor.
fn settle(nodes: &[Node], all: &mut [Checked]) {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|number| std::cmp::Reverse(nodes.get(*number).map(|node| (node.span().1, *number))));
    for number in order {
        let invalid = |other: &usize| {
            all.get(*other).is_some_and(|checked: &Checked| checked.status() == Status::Invalid)
        };
        let Some(checked) = all.get(number) else { continue };
        let excused = !checked.blamed.is_empty() && checked.blamed.iter().all(invalid);
        let differs = checked.differs.iter().filter(|other| !invalid(other)).count();
        let Some(checked) = all.get_mut(number) else { continue };
        if excused {
            let detail = "only an invalid digest gives a signature of it, which does not verify".to_owned();
            checked.fault = Some(Fault { status: Status::Unverified, reason: words::NO_SIGNATURE, detail });
        }
        if differs > 0 {
            let text = "the digest behind it was made for another version of this one".to_owned();
            checked.notes.push((Code::LinkMismatch, text));
        }
    }
}

/// The text that a signature covers.
pub(super) fn signed_text(digest: &Digest, sha256: &[u8; 32]) -> String {
    let previous = digest.previous.as_ref().map_or("null", |previous| previous.signature.as_str());
    format!("{}\n{}/{}\n{}\n{previous}", digest.end_written, digest.bucket, digest.object, hex(sha256))
}

impl Verifier<'_> {
    fn check(&self, node: &Node) -> Checked {
        let mut checked = self.proven(node);
        if node.plain {
            match &mut checked.fault {
                None => checked.notes.push((Code::StoredUncompressed, "stored without gzip".to_owned())),
                Some(fault) if fault.status == Status::Invalid => {
                    fault.detail = format!("stored without gzip, and {}", fault.reason);
                    fault.reason = words::NOT_GZIP;
                }
                Some(_) => {}
            }
        }
        checked
    }

    fn proven(&self, node: &Node) -> Checked {
        if let Some(fault) = &node.fault {
            return Checked { fault: Some(fault.clone()), ..Checked::default() };
        }
        let (Some(digest), Some(sha256)) = (node.digest(), &node.sha256) else {
            return Checked::failed(Status::Unverified, words::UNREADABLE, String::new());
        };
        let named: Vec<usize> = self.named(digest, &node.name.region);
        let usable = |number: &usize| self.ready.get(*number).is_some_and(Option::is_some);
        let ready: Vec<usize> = named.iter().copied().filter(usable).collect();
        if named.is_empty() {
            return self.no_key(node, digest);
        }
        if ready.is_empty() {
            let detail = format!("key {} is no RSA key of 2048 to 8192 bits", digest.fingerprint);
            return Checked::failed(Status::Unverified, words::KEY_UNUSABLE, detail);
        }
        self.signed(node, digest, &signed_text(digest, sha256), &ready)
    }

    /// Keys of the digest's fingerprint, those of its region first.
    fn named(&self, digest: &Digest, region: &str) -> Vec<usize> {
        let all = self.keys.all();
        let of = |own: bool| {
            let fits = move |(_, key): &(usize, &Key)| {
                key.fingerprint == digest.fingerprint && key.is_of(region) == own
            };
            all.iter().enumerate().filter(fits).map(|(number, _)| number)
        };
        of(true).chain(of(false)).collect()
    }

    fn no_key(&self, node: &Node, digest: &Digest) -> Checked {
        let of_time = |key: &Key| key.is_of(&node.name.region) && key.covers(digest.end);
        let detail = format!("signed by key {}", digest.fingerprint);
        if self.keys.all().iter().any(of_time) {
            Checked::failed(Status::Invalid, words::KEY_UNKNOWN, detail)
        } else {
            Checked::failed(Status::Unverified, words::NO_KEY_FOR_PERIOD, detail)
        }
    }

    fn offers(&self, node: &Node, digest: &Digest) -> Vec<Offer> {
        let metadata = node.metadata.iter().filter_map(|metadata| {
            let signature = metadata.signature.clone()?;
            Some(Offer { source: SignatureSource::Metadata, signature, successor: None })
        });
        let successors = self.successors.get(digest.object.as_str());
        let successors = successors.into_iter().flatten().filter_map(|number| {
            let (_, signature) = self.nodes.get(*number)?.parsed.signs.as_ref()?;
            let signature = Signature::of(signature);
            Some(Offer { source: SignatureSource::Successor, signature, successor: Some(*number) })
        });
        metadata.chain(successors).collect()
    }

    fn signed(&self, node: &Node, digest: &Digest, text: &str, keys: &[usize]) -> Checked {
        let offers = self.offers(node, digest);
        let proof = offers.iter().find_map(|offer| self.verifies(offer, text, keys));
        let Some(proof) = proof else {
            return unsigned(&offers);
        };
        let other = |offer: &&Offer| offer.signature != Signature::Bytes(proof.signature.clone());
        let by_metadata = proof.source == SignatureSource::Metadata;
        let differs = offers.iter().filter(other).filter_map(|offer| offer.successor.filter(|_| by_metadata));
        let notes = self.notes(node, digest, &proof);
        Checked { differs: differs.collect(), proof: Some(proof), notes, ..Checked::default() }
    }

    fn verifies(&self, offer: &Offer, text: &str, keys: &[usize]) -> Option<Proof> {
        let Signature::Bytes(signature) = &offer.signature else {
            return None;
        };
        let good = |number: &&usize| {
            let key = self.ready.get(**number).and_then(Option::as_ref);
            key.is_some_and(|key| key.verify_sig(text.as_bytes(), signature).is_ok())
        };
        let key = *keys.iter().find(good)?;
        Some(Proof { source: offer.source, key, signature: signature.clone() })
    }

    /// Warnings about a valid digest.
    fn notes(&self, node: &Node, digest: &Digest, proof: &Proof) -> Vec<(Code, String)> {
        let mut notes = Vec::new();
        notes.extend(metadata_note(node, proof).map(|text| (Code::MetadataMismatch, text)));
        if let Some(key) = self.keys.all().get(proof.key) {
            notes.extend(window_note(node, digest, key).map(|text| (Code::KeyWindow, text)));
            if !key.is_of(&node.name.region) {
                let region = key.region.as_deref().unwrap_or_default();
                let text = format!("signed by key {} of region {region}", key.fingerprint);
                notes.push((Code::KeyRegionMismatch, text));
            }
        }
        notes
    }
}

/// Why no signature proves a digest.
fn unsigned(offers: &[Offer]) -> Checked {
    let malformed = |offer: &Offer| offer.signature == Signature::Malformed;
    let mut checked = if offers.is_empty() {
        Checked::failed(Status::Unverified, words::NO_SIGNATURE, String::new())
    } else if offers.iter().all(malformed) {
        Checked::failed(Status::Invalid, words::SIGNATURE_MALFORMED, String::new())
    } else {
        Checked::failed(Status::Invalid, words::SIGNATURE_MISMATCH, String::new())
    };
    if offers.iter().all(|offer| offer.successor.is_some()) {
        checked.blamed = offers.iter().filter_map(|offer| offer.successor).collect();
    }
    checked
}

fn metadata_note(node: &Node, proof: &Proof) -> Option<String> {
    let wrong = |signature: &Option<Signature>| *signature != Some(Signature::Bytes(proof.signature.clone()));
    let known = |algorithm: &Option<String>| {
        algorithm.as_deref().is_none_or(|algorithm| algorithm == words::SHA256_WITH_RSA)
    };
    let what = node.metadata.iter().find_map(|metadata| {
        if metadata.signature.is_none() {
            Some("its metadata holds no signature, or its sidecar cannot be read")
        } else if wrong(&metadata.signature) {
            Some("the signature in its metadata does not verify, another does")
        } else if !known(&metadata.algorithm) {
            Some("its metadata names another algorithm than SHA256withRSA")
        } else if node.name.backfill && metadata.generated.is_none() {
            Some("its metadata does not say when this backfill digest was made")
        } else {
            None
        }
    })?;
    Some(what.to_owned())
}

/// A digest may be signed by a key that became valid up to two hours after its end.
fn window_note(node: &Node, digest: &Digest, key: &Key) -> Option<String> {
    let time = if node.name.backfill { node.generated()? } else { digest.end };
    let Some((from, to)) = key.window else {
        return Some(format!("no time of validity is stated for key {}", key.fingerprint));
    };
    let latest: Seconds = time.saturating_add(2 * HOUR);
    let (from_words, to_words) = (clock::rfc3339(from), clock::rfc3339(to));
    (from > latest || to < time)
        .then(|| format!("key {} is valid from {from_words} to {to_words} only", key.fingerprint))
}
