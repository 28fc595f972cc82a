//! People: matching identities to roster rows. Exactly; only mail addresses compare without letter case, and text
//! outside ARNs in one form of Unicode (NFC). How each was matched can be told.

use std::borrow::Cow;
use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use crate::audit::RosterRow;

/// The roster, ready to ask.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// The rows.
    pub rows: Vec<RosterRow>,
    by_identity: BTreeMap<String, Vec<u32>>,
}

/// What an identity matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// One row.
    One(u32),
    /// More than one person claims it.
    Several,
    /// Nobody.
    None,
}

/// How a text that was logged equals one of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Character by character.
    Exact,
    /// A mail address in other letter case.
    Case,
    /// In another form of Unicode.
    Form,
}

impl How {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            How::Exact => "exact",
            How::Case => "mail without letter case",
            How::Form => "in one form of Unicode (NFC)",
        }
    }
}

impl Roster {
    /// Prepares the look-up.
    pub fn new(rows: Vec<RosterRow>) -> Self {
        let mut by_identity: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (number, row) in rows.iter().enumerate() {
            for identity in identities(row) {
                let people = by_identity.entry(folded(identity).into_owned()).or_default();
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                if !people.contains(&number) {
                    people.push(number);
                }
            }
        }
        Roster { rows, by_identity }
    }

    /// Who claims an identity.
    pub fn find(&self, identity: &str) -> Match {
        match self.by_identity.get(&*folded(identity)).map(Vec::as_slice) {
            Some([one]) => Match::One(*one),
            Some([_, _, ..]) => Match::Several,
            _ => Match::None,
        }
    }

    /// A row.
    pub fn row(&self, number: u32) -> Option<&RosterRow> {
        self.rows.get(number as usize)
    }

    /// The identity of a row that a logged text stands for, as the roster writes it, and how the two are equal.
    pub fn spelt(&self, row: u32, logged: &str) -> Option<(&str, How)> {
        let wanted = folded(logged);
        let same = identities(self.row(row)?).filter(|identity| folded(identity) == wanted);
        same.map(|identity| (identity, how(identity, logged))).min_by_key(|(_, how)| *how)
    }
}

/// Everything by which a person can be known.
pub fn identities(row: &RosterRow) -> impl Iterator<Item = &str> {
    row.identities
        .iter()
        .chain(std::iter::once(&row.mail))
        .map(String::as_str)
        .filter(|text| !text.is_empty())
}

fn how(written: &str, logged: &str) -> How {
    if written == logged {
        How::Exact
    } else if nfc(written) == nfc(logged) {
        How::Form
    } else {
        How::Case
    }
}

/// Mail addresses in lower case, text in one form of Unicode; ARNs as they are.
fn folded(identity: &str) -> Cow<'_, str> {
    if identity.starts_with("arn:") {
        return Cow::Borrowed(identity);
    }
    let one_form = nfc(identity);
    if one_form.contains('@') { Cow::Owned(nfc(&one_form.to_lowercase()).into_owned()) } else { one_form }
}

fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_matched_otherwise_than_exactly_says_so() {
        let row = RosterRow {
            mail: "Zo\u{eb}@Example.com".to_owned(),
            identities: vec!["arn:aws:iam::1:user/Ann".to_owned(), "Ann".to_owned(), "zo\u{eb}".to_owned()],
            ..RosterRow::default()
        };
        let roster = Roster::new(vec![row]);
        for (logged, told) in [
            ("arn:aws:iam::1:user/Ann", Some(("arn:aws:iam::1:user/Ann", How::Exact))),
            ("arn:aws:iam::1:user/ann", None),
            ("Ann", Some(("Ann", How::Exact))),
            ("ann", None),
            ("zoe\u{308}", Some(("zo\u{eb}", How::Form))),
            ("Zo\u{eb}@Example.com", Some(("Zo\u{eb}@Example.com", How::Exact))),
            ("zo\u{eb}@example.com", Some(("Zo\u{eb}@Example.com", How::Case))),
            ("ZOE\u{308}@example.com", Some(("Zo\u{eb}@Example.com", How::Case))),
            ("ann ", None),
        ] {
            let found = roster.find(logged);
            assert_eq!(found == Match::One(0), told.is_some(), "{logged}");
            assert_eq!(roster.spelt(0, logged), told, "{logged}");
        }
    }
}
