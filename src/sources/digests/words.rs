//! The words of the check (cloudtrail-integrity §10, §11): each status, reason and finding with its class. They stand in
//! data and in text alike and do not change.

/// The one hash in use.
pub const SHA_256: &str = "SHA-256";
/// The one signature in use.
pub const SHA256_WITH_RSA: &str = "SHA256withRSA";

/// No gzip, or stored plain and not verified.
pub const NOT_GZIP: &str = "not-gzip";
/// The file ends before its stream.
pub const TRUNCATED: &str = "truncated";
/// The stream is damaged inside.
pub const DAMAGED: &str = "damaged";
/// Something follows the one gzip member.
pub const TRAILING_DATA: &str = "trailing-data";
/// Beyond the bound of what is read.
pub const TOO_LARGE: &str = "too-large";
/// It could not be opened or read.
pub const UNREADABLE: &str = "unreadable";
/// No JSON object.
pub const NOT_JSON: &str = "not-json";
/// A required field is missing or of the wrong type.
pub const MISSING_FIELD: &str = "missing-field";
/// It lies elsewhere than it says.
pub const LOCATION_MISMATCH: &str = "location-mismatch";
/// Hashed or signed in a way that is not known here.
pub const UNSUPPORTED_ALGORITHM: &str = "unsupported-algorithm";
/// Keys of the time are there, its own is not among them.
pub const KEY_UNKNOWN: &str = "key-unknown";
/// No key of the time was supplied.
pub const NO_KEY_FOR_PERIOD: &str = "no-key-for-period";
/// Its key is no RSA key that can be used.
pub const KEY_UNUSABLE: &str = "key-unusable";
/// Neither metadata nor a successor gives a signature.
pub const NO_SIGNATURE: &str = "no-signature";
/// The signature is not hexadecimal.
pub const SIGNATURE_MALFORMED: &str = "signature-malformed";
/// The signature does not verify.
pub const SIGNATURE_MISMATCH: &str = "signature-mismatch";
/// The content is not what the digest lists.
pub const HASH_MISMATCH: &str = "hash-mismatch";
/// Same content as a verified file.
pub const DUPLICATE: &str = "duplicate";
/// No valid digest for its account and region.
pub const NO_DIGEST: &str = "no-digest";
/// Delivered while logging or validation was off.
pub const STOPPED: &str = "stopped";
/// The digest of its hour is lost or failed.
pub const DIGEST: &str = "digest";
/// Delivered after the last valid digest.
pub const AFTER_CHAIN: &str = "after-chain";
/// Delivered before the first valid digest.
pub const BEFORE_CHAIN: &str = "before-chain";
/// Outside the window that was asked for.
pub const OUTSIDE_WINDOW: &str = "outside-window";
/// Of a folder that no digest speaks of.
pub const NOT_LISTED_KIND: &str = "kind-without-digests";

/// What was found of a digest, a log file or another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Proven to be what was delivered.
    Valid,
    /// Proven to be something else.
    Invalid,
    /// Stated by a valid digest, and not here.
    Missing,
    /// Cannot be told.
    Unverified,
    /// A log file of an hour that no valid digest attests.
    Uncovered,
    /// A log file that no digest lists, of an hour that is attested; or a copy of a verified one.
    Unlisted,
}

impl Status {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Valid => "valid",
            Status::Invalid => "invalid",
            Status::Missing => "missing",
            Status::Unverified => "unverified",
            Status::Uncovered => "uncovered",
            Status::Unlisted => "unlisted",
        }
    }

    /// Its class, with its reason.
    pub fn class(self, reason: &str) -> Class {
        match self {
            Status::Valid => Class::Fine,
            Status::Invalid | Status::Missing => Class::Failure,
            Status::Unlisted if reason == DUPLICATE => Class::Warning,
            Status::Unverified | Status::Uncovered | Status::Unlisted => Class::Incomplete,
        }
    }
}

/// How much something weighs in the verdict; the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// As it should be.
    Fine,
    /// Worth knowing; the verdict stays.
    Warning,
    /// An incomplete finding that was accepted with a reason.
    Accepted,
    /// Cannot be told.
    Incomplete,
    /// Altered or lost.
    Failure,
}

impl Class {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Class::Fine => "fine",
            Class::Warning => "warning",
            Class::Accepted => "accepted",
            Class::Incomplete => "incomplete",
            Class::Failure => "failure",
        }
    }
}

/// What is found beside the status of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words stand below and in the table of the README")]
pub enum Code {
    LinkMismatch,
    LinkHashMismatch,
    GapRestart,
    GapDigest,
    HeadShort,
    StartsLate,
    TailShort,
    NoDigests,
    NoValidDigest,
    KeyUnusable,
    MetadataMismatch,
    KeyWindow,
    KeyFingerprintMismatch,
    KeyRegionMismatch,
    EventRange,
    EventOutside,
    RecordsWithoutDigest,
    ListedTwice,
    LinkTime,
    Overlap,
    Restart,
    StoredUncompressed,
}

impl Code {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Code::LinkMismatch => "link-mismatch",
            Code::LinkHashMismatch => "link-hash-mismatch",
            Code::GapRestart => "gap-restart",
            Code::GapDigest => "gap-digest",
            Code::HeadShort => "head-short",
            Code::StartsLate => "starts-late",
            Code::TailShort => "tail-short",
            Code::NoDigests => "no-digests",
            Code::NoValidDigest => "no-valid-digest",
            Code::KeyUnusable => KEY_UNUSABLE,
            Code::MetadataMismatch => "metadata-mismatch",
            Code::KeyWindow => "key-window",
            Code::KeyFingerprintMismatch => "key-fingerprint-mismatch",
            Code::KeyRegionMismatch => "key-region-mismatch",
            Code::EventRange => "event-range",
            Code::EventOutside => "event-outside",
            Code::RecordsWithoutDigest => "records-without-digest",
            Code::ListedTwice => "listed-twice",
            Code::LinkTime => "link-time",
            Code::Overlap => "overlap",
            Code::Restart => "restart",
            Code::StoredUncompressed => "stored-uncompressed",
        }
    }

    /// Its class.
    pub fn class(self) -> Class {
        match self {
            Code::LinkMismatch | Code::LinkHashMismatch => Class::Failure,
            Code::GapRestart
            | Code::GapDigest
            | Code::HeadShort
            | Code::StartsLate
            | Code::TailShort
            | Code::NoDigests
            | Code::NoValidDigest
            | Code::RecordsWithoutDigest
            | Code::KeyUnusable => Class::Incomplete,
            _ => Class::Warning,
        }
    }
}

/// What may be accepted with a reason: class, and the reasons it may be narrowed to. What was never verified may not:
/// no path leads from a missing signature, key, file or region to a good end.
pub const ACCEPTABLE: [(&str, &[&str]); 7] = [
    ("gap-restart", &[]),
    ("gap-digest", &[]),
    ("head-short", &[]),
    ("starts-late", &[]),
    ("tail-short", &[]),
    ("uncovered", &[STOPPED, DIGEST, AFTER_CHAIN, BEFORE_CHAIN]),
    ("unlisted", &[]),
];
