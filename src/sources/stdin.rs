//! Standard input as a source. Comes in: the one stream this process was given. Goes out: its bytes, read once and kept,
//! for records are read again when copies are compared. What they are is told by content.

use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;
use std::sync::OnceLock;

use super::inflate::MAX_CONTENT;

/// The path that stands for standard input.
pub const PATH: &str = "-";

/// What standard input is called in data and citations.
pub const NAME: &str = "stdin";

static HELD: OnceLock<std::result::Result<Vec<u8>, ErrorKind>> = OnceLock::new();

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new(PATH)
}

/// The whole of standard input, as it came.
///
/// # Errors
/// When it cannot be read or holds more than [`MAX_CONTENT`].
pub fn content() -> Result<&'static [u8]> {
    let held = HELD.get_or_init(|| read(std::io::stdin().lock()).map_err(|error| error.kind()));
    held.as_deref().map_err(|kind| Error::from(*kind))
}

fn read(stream: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(MAX_CONTENT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_CONTENT {
        return Err(Error::from(ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}
