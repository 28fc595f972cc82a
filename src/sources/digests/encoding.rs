//! Bytes written as text, and the wrapping of public keys. Comes in: hexadecimal, base 64, DER. Goes out: bytes, or
//! nothing where the text is none. It judges no key.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Bytes of hexadecimal of any case; `None` for anything else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(digits(pair)?, 16).ok()).collect()
}

/// Two hexadecimal digits: `from_str_radix` alone would take a sign.
fn digits(pair: &[u8]) -> Option<&str> {
    std::str::from_utf8(pair).ok().filter(|_| pair.iter().all(u8::is_ascii_hexdigit))
}

/// Keys are read as they are published: bits behind the last whole byte matter to nobody.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
const PADDED: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BARE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, LENIENT.with_decode_padding_mode(DecodePaddingMode::RequireNone));

/// Bytes of base 64 with the usual signs, white space passed over, padding as it should be or left out.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let signs: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    PADDED.decode(&signs).or_else(|_| BARE.decode(&signs)).ok()
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// Object identifier 1.2.840.113549.1.1.1 and the null behind it.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// One DER element of a kind: its content and what follows.
fn element(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ ..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (*tag == kind).then(|| rest.split_at_checked(length)).flatten()
}

/// The PKCS#1 key inside a `SubjectPublicKeyInfo`, or the bytes themselves when they are such a key already.
pub fn pkcs1(der: &[u8]) -> Option<&[u8]> {
    if modulus_bits(der).is_some() {
        return Some(der);
    }
    let (info, b"") = element(der, SEQUENCE)? else {
        return None;
    };
    let (algorithm, rest) = element(info, SEQUENCE)?;
    let (bits, b"") = element(rest, BIT_STRING)? else {
        return None;
    };
    let key = bits.strip_prefix(&[0])?;
    (algorithm == RSA_ENCRYPTION && modulus_bits(key).is_some()).then_some(key)
}

/// The `SubjectPublicKeyInfo` of a PKCS#1 key.
pub fn wrapped(key: &[u8]) -> Vec<u8> {
    let bits = [&[0], key].concat();
    der(SEQUENCE, &[der(SEQUENCE, RSA_ENCRYPTION), der(BIT_STRING, &bits)].concat())
}

/// One DER element.
fn der(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut bytes = vec![kind];
    match (digits.as_slice(), u8::try_from(digits.len())) {
        ([short @ ..=0x7f], _) => bytes.push(*short),
        ([], _) => bytes.push(0),
        (long, count) => {
            bytes.push(0x80 | count.unwrap_or(0));
            bytes.extend(long);
        }
    }
    bytes.extend(content);
    bytes
}

/// Length of the modulus of a DER `RSAPublicKey`; `None` when the bytes are none.
pub fn modulus_bits(der: &[u8]) -> Option<usize> {
    let (key, b"") = element(der, SEQUENCE)? else {
        return None;
    };
    let (modulus, rest) = element(key, INTEGER)?;
    let (_exponent, b"") = element(rest, INTEGER)? else {
        return None;
    };
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let first = modulus.first()?;
    Some(modulus.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_strictly() {
        assert_eq!(from_hex("00fFa1"), Some(vec![0, 255, 161]));
        for text in ["0", "0g", "+1", "é1", " 1", "1\n"] {
            assert_eq!(from_hex(text), None, "{text:?}");
        }
    }

    #[test]
    fn base_64_is_read_with_and_without_padding() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9v\nYg==\n", b"foob"),
        ] {
            assert_eq!(from_base64(text).as_deref(), Some(bytes), "{text:?}");
        }
        for text in ["Z", "Zg=", "Zm9v=", "Zm-_", "Z===", "é"] {
            assert_eq!(from_base64(text), None, "{text:?}");
        }
    }

    #[test]
    fn wrapping_of_keys_is_taken_off() {
        let key = [0x30, 0x07, 0x02, 0x02, 0x00, 0xc5, 0x02, 0x01, 0x03];
        assert_eq!((modulus_bits(&key), pkcs1(&key)), (Some(8), Some(&key[..])));
        let mut bits = vec![BIT_STRING, 10, 0];
        bits.extend(key);
        let algorithm = [&[SEQUENCE, 13], RSA_ENCRYPTION].concat();
        let info = [&[SEQUENCE, 27], algorithm.as_slice(), &bits].concat();
        assert_eq!(pkcs1(&info), Some(&key[..]));
        assert_eq!(wrapped(&key), info);
        let long = vec![7; 300];
        assert_eq!(element(&der(INTEGER, &long), INTEGER), Some((long.as_slice(), &b""[..])));
        assert_eq!(pkcs1(&[&info[..], &[0]].concat()), None);
        assert_eq!(pkcs1(&info[..info.len() - 1]), None);
        assert_eq!(pkcs1(b"garbage"), None);
        assert_eq!(modulus_bits(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
