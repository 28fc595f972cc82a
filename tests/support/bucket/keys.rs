//! The signing keys of the test buckets: checked in, so that signatures are the same each time.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

use trailwitness::clock::{Seconds, parse};
use trailwitness::sources::hex;

/// A key pair with the window that `ListPublicKeys` would state.
pub struct SigningKey {
    pub region: &'static str,
    pub from: Seconds,
    pub to: Seconds,
    pub fingerprint: &'static str,
    pair: KeyPair,
}

impl SigningKey {
    /// The PKCS#1 DER of the public key.
    pub fn der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The same key as `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    /// The signature of a text, in hexadecimal.
    pub fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        hex(&signature)
    }
}

/// All test keys.
pub fn all() -> &'static [SigningKey] {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let lines = include_str!("keys.txt").lines().filter(|line| !line.starts_with('#'));
        let key = |line: &'static str| {
            let [region, from, to, fingerprint, pkcs8] =
                line.split(' ').collect::<Vec<_>>().try_into().expect("five parts");
            let pair = KeyPair::from_pkcs8(&unbase64(pkcs8)).unwrap();
            SigningKey { region, from: parse(from).unwrap(), to: parse(to).unwrap(), fingerprint, pair }
        };
        lines.map(key).collect()
    })
}

/// Keys of a region, oldest first.
pub fn of(region: &str) -> Vec<&'static SigningKey> {
    all().iter().filter(|key| key.region == region).collect()
}

/// The key that signs in a region at a time: the newest that is valid.
pub fn at(region: &str, time: Seconds) -> &'static SigningKey {
    of(region).into_iter().rfind(|key| key.from <= time && time <= key.to).expect("a key of the time")
}

/// A key by its fingerprint.
pub fn by_fingerprint(fingerprint: &str) -> &'static SigningKey {
    all().iter().find(|key| key.fingerprint == fingerprint).expect("a test key")
}

/// An answer of `ListPublicKeys`.
pub fn listing(keys: Vec<&SigningKey>) -> Value {
    let entry = |key: &&SigningKey| json!({"Value": base64(key.der()), "Fingerprint": key.fingerprint, "ValidityStartTime": key.from as f64, "ValidityEndTime": key.to as f64});
    json!({"PublicKeyList": keys.iter().map(entry).collect::<Vec<_>>()})
}

const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 of bytes.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

/// Bytes of base 64 as written above.
pub fn unbase64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let value = |sign: &u8| SIGNS.iter().position(|known| known == sign).unwrap() as u32;
        let bits = group.iter().fold(0_u32, |bits, sign| bits << 6 | value(sign)) << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
