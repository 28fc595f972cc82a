//! Named, hashed byte streams. Comes in: the folders and buckets of the audit. Goes out: a sorted list of entries, and for each
//! the inflated content with its SHA-256. It never parses records.

pub mod digests;
pub mod folder;
pub mod inflate;
mod listing;
pub mod names;
#[cfg(feature = "s3")]
pub mod s3;
pub mod stdin;

use std::path::PathBuf;

use base64::Engine;
use sha2::{Digest, Sha256};

use crate::gaps::GapKind;
use inflate::{Damage, Inflated, Inflater, is_gzip};
pub use listing::{Unwatched, Watch, list, list_watched};

/// A path found in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name relative to its source, `/` between parts, odd bytes as `%XX`; with several sources it starts `sN/`.
    pub name: String,
    /// Where to open it.
    pub path: PathBuf,
    /// What the listing already knows against reading it.
    pub obstacle: Option<Obstacle>,
    /// The object that was fetched to `path`; `None` for files of folders and for sidecars that fetching wrote.
    pub object: Option<S3Object>,
}

/// Where an object lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Object {
    /// Bucket.
    pub bucket: String,
    /// Whole key.
    pub key: String,
}

/// Why an entry is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Lost input.
    Lost(GapKind, String),
    /// Passed over without loss, with the reason.
    Passed(&'static str),
}

/// The content of one file.
#[derive(Debug, Default)]
pub struct Content {
    /// Inflated bytes of all members, or the plain bytes.
    pub bytes: Vec<u8>,
    /// Size as stored.
    pub stored: u64,
    /// End of the attested part: the first gzip member, else the whole file.
    pub attested_end: usize,
    /// Whether the file is gzip.
    pub gzip: bool,
    /// Whether anything follows the first member.
    pub trailing: bool,
    /// Whether bytes follow that are no gzip member.
    pub garbage: bool,
    /// Why the content ends early.
    pub damage: Option<Damage>,
    /// The damage lies behind the first member.
    pub tail_damaged: bool,
    /// SHA-256 of the attested part.
    pub sha256: [u8; 32],
}

/// Reads files one after another with buffers that are kept.
pub struct Reader {
    inflater: Option<Inflater>,
    stored: Vec<u8>,
    content: Content,
    most: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Reader::at_most(inflate::MAX_CONTENT)
    }
}

impl Reader {
    /// Reads no file, stored or inflated, beyond so many bytes.
    pub fn at_most(most: usize) -> Self {
        Reader { inflater: Inflater::new(), stored: Vec::new(), content: Content::default(), most }
    }

    /// Reads, inflates and hashes one entry: the bytes that are hashed are the bytes that are parsed.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn read(&mut self, entry: &Entry) -> std::io::Result<&Content> {
        use std::io::Read;
        self.stored.clear();
        let most = self.most as u64;
        if stdin::is_stdin(&entry.path) {
            self.stored.extend_from_slice(stdin::content()?);
        } else {
            std::fs::File::open(&entry.path)?.take(most + 1).read_to_end(&mut self.stored)?;
        }
        if self.stored.len() as u64 > most {
            return Err(std::io::Error::new(
                std::io::ErrorKind::FileTooLarge,
                "file is larger than this program reads",
            ));
        }
        let content = &mut self.content;
        content.stored = self.stored.len() as u64;
        content.gzip = is_gzip(&self.stored);
        let inflated = match (&mut self.inflater, content.gzip) {
            (Some(inflater), true) => inflater.inflate(&self.stored, &mut content.bytes, self.most),
            (None, true) => return Err(std::io::Error::other("no memory for inflating")),
            (_, false) => {
                std::mem::swap(&mut content.bytes, &mut self.stored);
                Inflated { first_end: content.bytes.len(), ..Inflated::default() }
            }
        };
        content.attested_end = inflated.first_end;
        content.trailing = inflated.trailing;
        content.garbage = inflated.garbage;
        content.damage = inflated.damage;
        content.tail_damaged = inflated.tail_damaged;
        content.sha256 = Sha256::digest(content.bytes.get(..inflated.first_end).unwrap_or_default()).into();
        Ok(content)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    text
}

/// Base 64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_the_one_of_rfc_4648() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"M"), "TQ==");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(&[255, 254, 253]), "//79");
    }
}
