//! Base64 and gzip around texts. Comes in: a text or bytes out of a wrapping. Goes out: what they hold, within a bound
//! for a whole file, so that no nesting makes much out of little. It parses nothing.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::sources::inflate::{Damage, Inflater, MAX_CONTENT, is_gzip};

/// Standard alphabet, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes that may still come out of the wrappings of one file, all together.
pub(super) struct Budget {
    left: usize,
    inflater: Option<Inflater>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { left: MAX_CONTENT, inflater: None }
    }
}

/// Why something was not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not packed as it seems.
    NotPacked,
    /// More than a file may hold.
    TooLarge,
}

/// What came out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// The bytes, as far as they could be unpacked.
    pub(super) bytes: Vec<u8>,
    /// There should have been more.
    pub(super) damaged: bool,
}

impl Budget {
    /// Takes so many bytes.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let enough = self.left >= bytes;
        self.left = self.left.saturating_sub(bytes);
        enough
    }

    /// Decodes base64 and inflates what is gzip in it.
    pub(super) fn unpack(&mut self, text: &str) -> Result<Unpacked, Refusal> {
        let bare: Cow<'_, str> = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
            Cow::Owned(text.split_ascii_whitespace().collect())
        } else {
            Cow::Borrowed(text)
        };
        if !self.spend(bare.len()) {
            return Err(Refusal::TooLarge);
        }
        let bytes = BASE64.decode(&*bare).map_err(|_| Refusal::NotPacked)?;
        if is_gzip(&bytes) { self.inflate(&bytes) } else { Ok(Unpacked { bytes, damaged: false }) }
    }

    /// Inflates all gzip members of some bytes.
    pub(super) fn inflate(&mut self, bytes: &[u8]) -> Result<Unpacked, Refusal> {
        if self.inflater.is_none() {
            self.inflater = Inflater::new();
        }
        let Some(inflater) = &mut self.inflater else { return Err(Refusal::TooLarge) };
        let mut content = Vec::new();
        let inflated = inflater.inflate(bytes, &mut content, self.left);
        if !self.spend(content.len()) || inflated.damage == Some(Damage::TooLarge) {
            self.left = 0;
            return Err(Refusal::TooLarge);
        }
        Ok(Unpacked { bytes: content, damaged: inflated.damage.is_some() || inflated.garbage })
    }
}

/// Whether a text begins as base64 of gzip or of a JSON object or list does.
pub(super) fn looks_packed(text: &str) -> bool {
    ["H4sI", "eyJ", "eyAi", "ewog", "ewoi", "ewo", "W3si"].iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_run_out_for_a_whole_file() {
        let mut budget = Budget { left: 20, inflater: None };
        assert_eq!(budget.unpack("aGVs\nbG8=").unwrap().bytes, b"hello");
        assert_eq!(budget.unpack("aGVsbG8").unwrap().bytes, b"hello");
        assert_eq!(budget.unpack("aGVsbG8=").unwrap_err(), Refusal::TooLarge);
        assert_eq!(Budget::default().unpack("{}").unwrap_err(), Refusal::NotPacked);
    }
}
