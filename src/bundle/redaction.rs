//! How text from logs is shown: card numbers masked, control and direction characters as visible escapes. Profile
//! `internal`: keys and persons in full (evidence-bundle §9).

use std::borrow::Cow;

use crate::events::cards;
use crate::sources::folder::hidden;

/// The profile's line on covers.
pub const INTERNAL: &str = "internal: item keys, persons, addresses and accounts in full; card numbers masked to first six and last four digits, sensitive keys withheld";

/// A text from a log, safe to show.
pub fn shown(text: &str) -> Cow<'_, str> {
    let masked = cards::masked(text);
    if masked.is_ascii() && !masked.bytes().any(|byte| byte.is_ascii_control()) {
        return masked;
    }
    if !masked.chars().any(|letter| letter.is_control() || hidden(letter)) {
        return masked;
    }
    let mut out = String::with_capacity(masked.len() + 16);
    for letter in masked.chars() {
        if letter.is_control() || hidden(letter) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_visible_and_card_numbers_are_masked() {
        assert_eq!(shown("a\u{202E}b\n4111111111111111"), "a\\u{202e}b\\u{a}411111******1111");
        assert_eq!(shown("Νίκη Zoë 李"), "Νίκη Zoë 李");
    }
}
