//! Numbers for the generator. Comes in: a seed. Goes out: the same numbers for the same seed, on every
//! machine. It never asks the system for anything.

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LOWER_HEX: &[u8; 16] = b"0123456789abcdef";

/// SplitMix64: small, fast, and good enough to deal out events.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator for one purpose: the same seed and purpose give the same numbers.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut random = Random(seed ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        random.next();
        random
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit - 1`; 0 if `limit` is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(limit)) >> 64).unwrap_or(0)
    }

    /// An index into something of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// True in this share of the calls (0.0 never, 1.0 always).
    pub fn chance(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64) < share * (1u64 << 53) as f64
    }

    /// One of some texts; the empty text if there is none.
    pub fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.get(self.index(texts.len())).copied().unwrap_or("")
    }

    /// Appends capital letters and digits as in access keys and request ids.
    pub fn push_capitals(&mut self, out: &mut String, length: usize) {
        self.push_from(out, BASE32, 5, length);
    }

    /// Appends lower-case hexadecimal digits.
    pub fn push_hex(&mut self, out: &mut String, length: usize) {
        self.push_from(out, LOWER_HEX, 4, length);
    }

    /// Appends a version 4 GUID in lower case, as in `eventID`.
    pub fn push_guid(&mut self, out: &mut String) {
        self.push_hex(out, 8);
        out.push('-');
        self.push_hex(out, 4);
        out.push_str("-4");
        self.push_hex(out, 3);
        out.push_str("-a");
        self.push_hex(out, 3);
        out.push('-');
        self.push_hex(out, 12);
    }

    /// A text of capitals behind a prefix: `ASIA` and 16 more, for example.
    pub fn capitals(&mut self, prefix: &str, length: usize) -> String {
        let mut text = String::with_capacity(prefix.len() + length);
        text.push_str(prefix);
        self.push_capitals(&mut text, length);
        text
    }

    fn push_from(&mut self, out: &mut String, alphabet: &[u8], bits: u32, length: usize) {
        let (mut pool, mut left) = (0u64, 0u32);
        for _ in 0..length {
            if left < bits {
                (pool, left) = (self.next(), 60);
            }
            let digit = (pool & ((1 << bits) - 1)) as usize;
            out.push(char::from(alphabet.get(digit).copied().unwrap_or(b'0')));
            pool >>= bits;
            left -= bits;
        }
    }
}
