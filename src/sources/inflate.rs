//! Inflating gzip by whole buffers with libdeflate. Comes in: the bytes of a file. Goes out: the content of the first
//! gzip member, and of any further ones apart, because only the first member of a delivered log file is attested
//! (cloudtrail-integrity §6). A damaged stream gives back what could be inflated before the damage.

use std::io::Read;

/// Largest content accepted for one member; CloudTrail caps a file at 50 MB compressed.
pub const MAX_CONTENT: usize = 1 << 30;

/// What a gzip file holds.
#[derive(Debug, Default)]
pub struct Inflated {
    /// End of the first member in the content buffer.
    pub first_end: usize,
    /// Whether anything follows the first member: further members, or bytes that are none.
    pub trailing: bool,
    /// Whether bytes follow that are no gzip member.
    pub garbage: bool,
    /// Why inflating stopped early.
    pub damage: Option<Damage>,
    /// The damage lies behind the first member.
    pub tail_damaged: bool,
}

/// Why a gzip stream could not be inflated to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The file ends before its stream does.
    Cut,
    /// The stream's content or checks are wrong.
    Broken,
    /// More than the bound.
    TooLarge,
}

/// A reusable libdeflate state.
pub struct Inflater {
    state: *mut libdeflate_sys::libdeflate_decompressor,
}

#[expect(unsafe_code, reason = "libdeflate reports how much input a member took only through its _ex call")]
mod raw {
    use super::Inflater;

    // The state is owned by one Inflater and used through &mut only.
    unsafe impl Send for Inflater {}

    impl Inflater {
        /// A new state; `None` when memory is short.
        pub fn new() -> Option<Self> {
            // SAFETY: plain allocation; null is handled.
            let state = unsafe { libdeflate_sys::libdeflate_alloc_decompressor() };
            (!state.is_null()).then_some(Inflater { state })
        }

        /// Inflates one member: bytes taken, bytes written. `Err(true)` when the output is too small.
        pub(super) fn member(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), bool> {
            let (mut taken, mut written) = (0, 0);
            // SAFETY: pointers and lengths come from live slices; libdeflate writes at most `output.len()` bytes.
            let code = unsafe {
                libdeflate_sys::libdeflate_gzip_decompress_ex(
                    self.state,
                    input.as_ptr().cast(),
                    input.len(),
                    output.as_mut_ptr().cast(),
                    output.len(),
                    &raw mut taken,
                    &raw mut written,
                )
            };
            match code {
                libdeflate_sys::libdeflate_result_LIBDEFLATE_SUCCESS => Ok((taken, written)),
                libdeflate_sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => Err(true),
                _ => Err(false),
            }
        }
    }

    impl Drop for Inflater {
        fn drop(&mut self) {
            // SAFETY: allocated in `new`, freed once.
            unsafe { libdeflate_sys::libdeflate_free_decompressor(self.state) }
        }
    }
}

impl Inflater {
    /// Inflates all members into `content`, which is cleared first, within so many bytes for all of them together.
    pub fn inflate(&mut self, input: &[u8], content: &mut Vec<u8>, bound: usize) -> Inflated {
        let bound = bound.min(MAX_CONTENT);
        content.clear();
        let mut result = Inflated::default();
        let mut rest = input;
        loop {
            let start = content.len();
            match self.one(rest, content, bound) {
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                Err(damage) => {
                    content.truncate(start);
                    let cut = damage == Damage::Broken && salvage(rest, content, bound);
                    result.damage = Some(if cut { Damage::Cut } else { damage });
                    rest = &[];
                }
            }
            if !result.trailing {
                result.first_end = content.len();
            } else if result.damage.is_some() {
                result.tail_damaged = true;
            }
            if rest.is_empty() {
                return result;
            }
            result.trailing = true;
            if !is_gzip(rest) {
                result.garbage = true;
                return result;
            }
        }
    }

    fn one(&mut self, input: &[u8], content: &mut Vec<u8>, bound: usize) -> Result<usize, Damage> {
        let start = content.len();
        let most = bound.saturating_sub(start).max(1);
        let mut room = stated_size(input).max(1 << 12).min(most);
        loop {
            content.resize(start + room, 0);
            let output = content.get_mut(start..).unwrap_or_default();
            match self.member(input, output) {
                Ok((taken, written)) => {
                    content.truncate(start + written);
                    return Ok(taken);
                }
                Err(true) if room < most => room = (room * 4).min(most),
                Err(true) => return Err(Damage::TooLarge),
                Err(false) => return Err(Damage::Broken),
            }
        }
    }
}

/// Whether bytes begin like gzip.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The last four bytes state the size of the last member; a first guess, never trusted, and never more than deflate
/// can reach from this input.
fn stated_size(input: &[u8]) -> usize {
    let stated = input.last_chunk::<4>().map_or(0, |tail| u32::from_le_bytes(*tail) as usize);
    stated.min(input.len().saturating_mul(1_032))
}

/// What a cut or damaged member still gives, through a streaming inflater; whether it ends because the input does.
fn salvage(input: &[u8], content: &mut Vec<u8>, most: usize) -> bool {
    let mut stream = flate2::read::GzDecoder::new(input);
    let mut block = vec![0; 1 << 16];
    loop {
        match stream.read(&mut block) {
            Ok(read @ 1..) if content.len() <= most => {
                content.extend_from_slice(block.get(..read).unwrap_or_default());
            }
            Ok(_) => return false,
            Err(error) => return error.kind() == std::io::ErrorKind::UnexpectedEof,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(input: &[u8]) -> (Inflated, Vec<u8>) {
        let mut content = Vec::new();
        let result = Inflater::new().unwrap().inflate(input, &mut content, MAX_CONTENT);
        (result, content)
    }

    #[test]
    fn one_member_is_whole() {
        let (result, content) = inflate(&gzip(b"hello"));
        assert_eq!(
            (content.as_slice(), result.first_end, result.trailing, result.damage),
            (&b"hello"[..], 5, false, None)
        );
    }

    #[test]
    fn second_member_and_garbage_are_told_apart_from_the_first() {
        let (result, content) = inflate(&[gzip(b"one"), gzip(b"two")].concat());
        assert_eq!((content.as_slice(), result.first_end, result.trailing), (&b"onetwo"[..], 3, true));
        let (result, content) = inflate(&[gzip(b"one"), vec![0; 16]].concat());
        assert_eq!((content.as_slice(), result.first_end, result.trailing), (&b"one"[..], 3, true));
    }

    #[test]
    fn tail_with_the_trailer_of_the_first_member_is_still_trailing() {
        let first = gzip(b"one");
        let trailer = first[first.len() - 8..].to_vec();
        let (result, _) = inflate(&[first, b"xx".to_vec(), trailer].concat());
        assert!(result.trailing);
    }

    #[test]
    fn an_empty_first_member_is_still_the_first() {
        let (result, content) = inflate(&[gzip(b""), gzip(b"two")].concat());
        assert_eq!((content.as_slice(), result.first_end, result.trailing), (&b"two"[..], 0, true));
    }

    #[test]
    fn damage_behind_the_first_member_is_told() {
        let second = gzip(&b"two two two ".repeat(2_000));
        let (result, content) = inflate(&[gzip(b"one"), second[..second.len() - 9].to_vec()].concat());
        assert_eq!((result.first_end, result.damage, result.tail_damaged), (3, Some(Damage::Cut), true));
        assert!(content.len() > 3);
    }

    #[test]
    fn a_cut_stream_is_told_from_a_broken_one_and_bounds_hold() {
        let whole = gzip(&b"0123456789".repeat(1_000));
        for kept in [whole.len() - 1, whole.len() - 8, whole.len() - 9, 20, 12, 3] {
            assert_eq!(inflate(&whole[..kept]).0.damage, Some(Damage::Cut), "{kept} bytes");
        }
        let mut broken = whole.clone();
        let check = whole.len() - 8;
        broken[check] ^= 1;
        assert_eq!(inflate(&broken).0.damage, Some(Damage::Broken));
        let mut content = Vec::new();
        let mut inflater = Inflater::new().unwrap();
        assert_eq!(inflater.inflate(&whole, &mut content, 9_999).damage, Some(Damage::TooLarge));
        assert_eq!((inflater.inflate(&whole, &mut content, 10_000).damage, content.len()), (None, 10_000));
    }

    #[test]
    fn half_a_file_gives_its_beginning_and_says_so() {
        let text: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let whole = gzip(&text);
        let (result, content) = inflate(&whole[..whole.len() / 2]);
        assert_eq!(result.damage, Some(Damage::Cut));
        assert!(!content.is_empty() && text.starts_with(&content));
    }
}
