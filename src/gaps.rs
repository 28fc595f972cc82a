//! What could not be read or understood: counted, placed, never lost. Every stage returns its gaps beside its results;
//! the bundle prints them all and the verdict builder weighs them.

/// What kind of thing went missing. The code is stable: it appears in data files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// The path could not be opened or read.
    Unreadable,
    /// Nothing in the file.
    Empty,
    /// The gzip stream is cut or damaged.
    DamagedGzip,
    /// The content passes the size bound.
    TooLarge,
    /// The text is not JSON.
    NotJson,
    /// Bytes that are not UTF-8 were replaced.
    NotUtf8,
    /// The file holds records in a wrapping this version does not open.
    ClosedContainer,
    /// A gzip file has bytes after its first member.
    TrailingData,
    /// A symbolic link leads nowhere or out of the source.
    Link,
    /// A member of a list of records is no CloudTrail record.
    NotARecord,
    /// The record states no usable time.
    NoTime,
    /// The record's operation is a data access that could not be interpreted.
    NotUnderstood,
    /// Two records share a reference but differ in content.
    Conflict,
    /// Records of several accounts state one `sharedEventID` but do not agree.
    Apart,
    /// A list says itself that more follows which is not here.
    Incomplete,
    /// An entry of a wrapping holds no CloudTrail record and was never said to.
    SetAside,
    /// Rows of a query lack columns, or hold them in a form that cannot be told apart.
    ColumnsGone,
    /// The time is what a log shipper wrote.
    ShipperTime,
    /// A valid digest lists a log file that is not here.
    NotHere,
    /// S3 refuses an object or a listing.
    AccessDenied,
    /// An object was listed and was gone when asked for.
    ObjectGone,
    /// An object lies in an archive class and was not restored.
    Archived,
    /// S3 asked to slow down until the retries were used up.
    Throttled,
    /// The key that encrypts an object may not be used.
    KeyRefused,
    /// What arrived is not what S3 says it sent.
    BadChecksum,
    /// An object could not be fetched for another reason.
    NotFetched,
}

impl GapKind {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            GapKind::Unreadable => "unreadable",
            GapKind::Empty => "empty-file",
            GapKind::DamagedGzip => "damaged-gzip",
            GapKind::TooLarge => "too-large",
            GapKind::NotJson => "not-json",
            GapKind::NotUtf8 => "not-utf8",
            GapKind::ClosedContainer => "container-not-opened",
            GapKind::TrailingData => "trailing-data",
            GapKind::Link => "symbolic-link",
            GapKind::NotARecord => "not-a-record",
            GapKind::NoTime => "no-usable-time",
            GapKind::NotUnderstood => "not-understood",
            GapKind::Conflict => "same-reference-other-content",
            GapKind::Apart => "shared-event-kept-apart",
            GapKind::Incomplete => "list-incomplete",
            GapKind::SetAside => "no-record-inside",
            GapKind::ColumnsGone => "columns-gone",
            GapKind::ShipperTime => "shipper-time",
            GapKind::NotHere => "listed-not-here",
            GapKind::AccessDenied => "s3-access-denied",
            GapKind::ObjectGone => "s3-object-gone",
            GapKind::Archived => "s3-archived",
            GapKind::Throttled => "s3-throttled",
            GapKind::KeyRefused => "s3-key-refused",
            GapKind::BadChecksum => "s3-checksum",
            GapKind::NotFetched => "s3-not-fetched",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            GapKind::Unreadable => "file could not be read",
            GapKind::Empty => "file is empty",
            GapKind::DamagedGzip => "gzip stream is cut or damaged",
            GapKind::TooLarge => "content is larger than this program inflates",
            GapKind::NotJson => "text is not JSON",
            GapKind::NotUtf8 => "bytes that are not UTF-8 were replaced by U+FFFD",
            GapKind::ClosedContainer => {
                "records in a wrapping that this version recognises but does not open"
            }
            GapKind::TrailingData => "bytes after the first gzip member: not what was delivered",
            GapKind::Link => "symbolic link leads nowhere or out of the source",
            GapKind::NotARecord => "member of a record list that is no CloudTrail record",
            GapKind::NoTime => "record without a usable eventTime: it cannot be placed in the window",
            GapKind::NotUnderstood => "data access whose parameters could not be interpreted",
            GapKind::Conflict => "two records with one reference differ in content: both are kept",
            GapKind::Apart => {
                "records with one sharedEventID do not tell one action: each is kept and counted"
            }
            GapKind::Incomplete => "the list says itself that more follows which is not here",
            GapKind::SetAside => "entry of a wrapping that holds no CloudTrail record",
            GapKind::ColumnsGone => "rows of a query without all that a record holds",
            GapKind::ShipperTime => "record whose time was written by a log shipper",
            GapKind::NotHere => {
                "a signed digest lists this log file, and it is not here: fetch it again, or ask who deleted it"
            }
            GapKind::AccessDenied => {
                "S3 refuses it: allow s3:GetObject and s3:ListBucket on it and run again"
            }
            GapKind::ObjectGone => {
                "object was listed and then gone: ask who deletes log files (a lifecycle rule, a person), \
                 look for an older version, and run again"
            }
            GapKind::Archived => "object is archived: restore it (s3 restore-object) and run again",
            GapKind::Throttled => {
                "S3 asked to slow down until the retries were used up: run again, fetched objects are kept"
            }
            GapKind::KeyRefused => {
                "the KMS key of the object may not be used: allow kms:Decrypt on it, enable it if it is disabled, \
                 and run again"
            }
            GapKind::BadChecksum => {
                "what arrived does not have the checksum that S3 states: run again; if it stays so, the object is damaged"
            }
            GapKind::NotFetched => "object could not be fetched: run again, fetched objects are kept",
        }
    }

    /// Whether input was lost, so that no test may be called supported and `run` exits 4.
    pub fn loses_input(self) -> bool {
        !matches!(
            self,
            GapKind::NotUtf8
                | GapKind::TrailingData
                | GapKind::Conflict
                | GapKind::Apart
                | GapKind::SetAside
                | GapKind::ColumnsGone
                | GapKind::ShipperTime
        )
    }
}

/// One thing that went missing, or several of one kind in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What kind.
    pub kind: GapKind,
    /// File, as a path relative to its source.
    pub file: String,
    /// Record index or byte offset, in words; empty for the whole file.
    pub position: String,
    /// What is known.
    pub detail: String,
    /// How many.
    pub count: u64,
}
