//! The digest that lists a log file, its signature and key, and the trust that follows. Comes in: the file as it was read,
//! what the digests attest, what the bundle states. Goes out: findings, and facts of digest and key.

use serde::Serialize;

use super::{Findings, Given, Logs, Replayed, Stated, cell};
use crate::bundle::exceptions::with_reason;
use crate::bundle::verify::cited::Citation;
use crate::clock::rfc3339;
use crate::ledger::{FileFacts, Part, Trust};
use crate::sources::digests::{Attested, Key, words};
use crate::sources::{hex, names};

/// A signed digest.
#[derive(Debug, Default, Serialize)]
pub struct Digest {
    /// Where CloudTrail put it.
    pub key: String,
    /// What came out for it.
    pub status: String,
    /// SHA-256 of its content.
    pub sha256: Option<String>,
    /// `metadata` or `successor`: where the signature stands that proves it.
    pub signature_source: Option<&'static str>,
    /// The signature.
    pub signature: Option<String>,
    /// The public key that verifies it.
    pub public_key: Option<PublicKey>,
}

/// A public key.
#[derive(Debug, Serialize)]
pub struct PublicKey {
    /// Its fingerprint.
    pub fingerprint: String,
    /// SHA-256 of the key.
    pub sha256: String,
    /// Start of its validity.
    pub valid_from: Option<String>,
    /// End of its validity.
    pub valid_to: Option<String>,
    /// File it came from.
    pub source: String,
}

/// The digest that lists the file, and the trust that follows from it, against what the bundle states.
pub(super) fn trust(
    citation: &Citation,
    part: &Part,
    number: usize,
    given: &Given<'_>,
    replayed: &mut Replayed,
) {
    let Given { stated, logs } = given;
    let Some(facts) = part.files.first() else { return };
    let reason = if facts.trust == Trust::Verified { "" } else { facts.trust_reason.as_str() };
    let now = with_reason(facts.trust.word(), reason);
    replayed.trust = Some(now.clone());
    let key = cell(&citation.file, "digest");
    let listing =
        logs.attested.expects(number).map(|expected| expected.digest).or_else(|| by_key(logs.attested, key));
    replayed.digest =
        listing.and_then(|digest| facts_of(logs.attested, digest, stated, &mut replayed.findings));
    let told = cell(&citation.file, "trust");
    let words = format!("{}: trust {now}, the bundle states {}", replayed.file_id(), replayed.stated_trust);
    let findings = &mut replayed.findings;
    match (told, facts.trust) {
        (told, now) if told == now.word() => findings.holds.push(words),
        // What could not be proven then may be proven with what is here now, and what is not here now was there then.
        ("unverified", Trust::Verified) => findings.holds.push(words),
        ("verified" | "altered", Trust::Unverified) => {
            findings.unchecked.push(format!("{words}: {}", missing(facts, logs)))
        }
        _ => findings.differs.push(words),
    }
    let same = replayed.digest.as_ref().is_some_and(|digest| digest.key == key);
    if !key.is_empty() && facts.trust == Trust::Verified {
        findings.check(same, format!("{}: listed by {key}", citation.place));
    }
}

/// The digest that the bundle names for a file that is not here.
pub(super) fn stated(citation: &Citation, given: &Given<'_>, findings: &mut Findings) -> Option<Digest> {
    let number = by_key(given.logs.attested, cell(&citation.file, "digest"))?;
    facts_of(given.logs.attested, number, given.stated, findings)
}

/// What would have to be given to prove a file again.
fn missing(facts: &FileFacts, logs: &Logs<'_>) -> &'static str {
    if logs.attested.digests() == 0 {
        return "no digest is among these files; give the folder that holds AWSLogs/…/CloudTrail-Digest too";
    }
    let keyless = (0..logs.attested.digests())
        .filter_map(|number| logs.attested.digest(number))
        .any(|digest| [words::NO_KEY_FOR_PERIOD, words::KEY_UNKNOWN].contains(&digest.reason));
    if keyless || facts.digest.is_none() && facts.trust_reason == words::NO_KEY_FOR_PERIOD {
        "give the public key of its time with --public-keys"
    } else {
        "no valid digest among these files lists it"
    }
}

fn by_key(attested: &Attested, key: &str) -> Option<usize> {
    let base = |key: &str| names::stem(key).to_owned();
    let wanted = base(key);
    (0..attested.digests()).find(|number| {
        attested.digest(*number).is_some_and(|facts| !key.is_empty() && base(facts.key) == wanted)
    })
}

fn facts_of(attested: &Attested, number: usize, stated: &Stated, findings: &mut Findings) -> Option<Digest> {
    let facts = attested.digest(number)?;
    let status = facts.status.word();
    if let Some(key) = facts.signer {
        let run = stated.keys.get(&key.fingerprint);
        if let Some(keys) = run.filter(|keys| !keys.contains(&key.sha256)) {
            findings.differs.push(format!(
                "public key {}: SHA-256 {}, data/integrity.json states {}",
                key.fingerprint,
                key.sha256,
                keys.join(", ")
            ));
        }
    }
    Some(Digest {
        key: facts.key.to_owned(),
        status: if facts.reason.is_empty() {
            status.to_owned()
        } else {
            format!("{status}: {}", facts.reason)
        },
        sha256: facts.sha256.map(|hash| hex(&hash)),
        signature_source: facts.proof.map(|proof| proof.source.word()),
        signature: facts.proof.map(|proof| hex(&proof.signature)),
        public_key: facts.signer.map(public_key),
    })
}

fn public_key(key: &Key) -> PublicKey {
    PublicKey {
        fingerprint: key.fingerprint.clone(),
        sha256: key.sha256.clone(),
        valid_from: key.window.map(|(from, _)| rfc3339(from)),
        valid_to: key.window.map(|(_, to)| rfc3339(to)),
        source: key.source.clone(),
    }
}
