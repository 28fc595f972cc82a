//! Card numbers in texts of the log: found by issuer range and check digit, and masked to first six and last four
//! wherever a text is shown (evidence-bundle §9).

use std::borrow::Cow;

/// Whether a text holds what looks like a card number.
pub fn present(text: &str) -> bool {
    find(text.as_bytes(), 0).is_some()
}

/// The text with every such number masked.
pub fn masked(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let Some(first) = find(bytes, 0) else {
        return Cow::Borrowed(text);
    };
    let mut out = bytes.to_vec();
    let mut next = Some(first);
    while let Some((start, end)) = next {
        mask(&mut out, start, end);
        next = find(bytes, end);
    }
    String::from_utf8(out).map_or(Cow::Borrowed("[masked]"), Cow::Owned)
}

fn mask(out: &mut [u8], start: usize, end: usize) {
    let digits: Vec<usize> = (start..end).filter(|at| out.get(*at).is_some_and(u8::is_ascii_digit)).collect();
    let hidden = digits.len().saturating_sub(4);
    for at in digits.iter().take(hidden).skip(6) {
        if let Some(byte) = out.get_mut(*at) {
            *byte = b'*';
        }
    }
}

/// Start and end of the next number at or after `from`. Only runs of at least four digits matter, so that every fourth
/// byte tells whether there is one.
fn find(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = from;
    while at + 3 < bytes.len() {
        let mut start = at + 3;
        if !is_digit(start) {
            at += 4;
            continue;
        }
        while start > at && is_digit(start - 1) {
            start -= 1;
        }
        let run = digits_at(bytes, start);
        if run >= 12 {
            if let Some(end) = plain(bytes, start, run) {
                return Some((start, end));
            }
        } else if run == 4
            && let Some(end) = grouped(bytes, start)
        {
            return Some((start, end));
        }
        at = start + run;
    }
    None
}

fn digits_at(bytes: &[u8], start: usize) -> usize {
    bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// An unbroken run of digits that is a card number as a whole, unless it is part of a long hexadecimal id.
fn plain(bytes: &[u8], start: usize, run: usize) -> Option<usize> {
    let digits = bytes.get(start..start + run)?;
    (is_card(digits) && !inside_hex_id(bytes, start, start + run)).then_some(start + run)
}

/// `dddd-dddd-dddd-dddd` or with spaces, or 4-6-5.
fn grouped(bytes: &[u8], start: usize) -> Option<usize> {
    let separator = *bytes.get(start + 4).filter(|byte| matches!(byte, b'-' | b' '))?;
    if inside_uuid(bytes, start) {
        return None;
    }
    [&[4, 4, 4, 4][..], &[4, 6, 5]].into_iter().find_map(|groups| {
        let mut at = start;
        let mut digits = Vec::with_capacity(16);
        for (number, length) in groups.iter().enumerate() {
            if number > 0 {
                (bytes.get(at) == Some(&separator)).then_some(())?;
                at += 1;
            }
            (digits_at(bytes, at) == *length).then_some(())?;
            digits.extend_from_slice(bytes.get(at..at + length)?);
            at += length;
        }
        is_card(&digits).then_some(at)
    })
}

/// Part of a UUID, whose groups can look like a card's.
fn inside_uuid(bytes: &[u8], start: usize) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let before = bytes.get(..start).map_or(0, |head| head.iter().rev().take_while(|byte| part(byte)).count());
    let token: Vec<u8> = bytes
        .get(start - before..)
        .unwrap_or_default()
        .iter()
        .copied()
        .take_while(|byte| part(byte))
        .collect();
    let groups: Vec<usize> = token.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
    groups == [8, 4, 4, 4, 12] && token.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Part of a hash or similar: the whole alphanumeric token is hexadecimal, has letters and is 24 characters or more.
fn inside_hex_id(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes
        .get(..start)
        .map_or(0, |head| head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count());
    let after = bytes
        .get(end..)
        .map_or(0, |tail| tail.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count());
    let token = bytes.get(start - before..end + after).unwrap_or_default();
    token.len() >= 24 && before + after > 0 && token.iter().all(u8::is_ascii_hexdigit)
}

fn is_card(digits: &[u8]) -> bool {
    issuer(digits) && check_digit(digits)
}

/// Issuer ranges of the large schemes with the lengths they use.
fn issuer(digits: &[u8]) -> bool {
    let lead =
        |count: usize| digits.iter().take(count).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let (two, four) = (lead(2), lead(4));
    match digits.len() {
        13 | 19 if lead(1) == 4 => true,
        14 => matches!(two, 36 | 38 | 39) || (300..=305).contains(&lead(3)),
        15 => matches!(two, 34 | 37),
        16 => {
            lead(1) == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || four == 6011
                || two == 65
                || (644..=649).contains(&lead(3))
                || (3528..=3589).contains(&four)
                || two == 62
        }
        17..=19 => two == 62 || matches!(two, 50 | 56..=58 | 63 | 67),
        _ => false,
    }
}

fn check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        assert_eq!(masked(r#"{"pan":"4111111111111111"}"#), r#"{"pan":"411111******1111"}"#);
        assert_eq!(masked("CARD4111111111111111x 378282246310005"), "CARD411111******1111x 378282*****0005");
        assert_eq!(
            masked("4111 1111 1111 1111, 4111-1111-1111-1111"),
            "4111 11** **** 1111, 4111-11**-****-1111"
        );
        assert_eq!(masked("Νίκη 5555555555554444"), "Νίκη 555555******4444");
        assert_eq!(masked("card-4111-1111-1111-1111-2027"), "card-4111-11**-****-1111-2027");
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "111122223333",
            "4111111111111112",
            "0000000000000000",
            "1772450602000",
            "a4111111111111111fa0b1c2d3e4f5a6",
            "7b0c4111-1111-1111-1111-111122223333",
            "arn:aws:dynamodb:us-east-1:111122223333:table/cards",
        ] {
            assert!(!present(text), "{text}");
        }
    }
}
