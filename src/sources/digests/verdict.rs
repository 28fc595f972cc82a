//! From what was found to one word (cloudtrail-integrity §10). Comes in: classes of objects and findings, and what was
//! accepted with a reason. Goes out: the verdict and the exit code. Failures, and what was never verified, cannot be
//! accepted.

use super::words::{ACCEPTABLE, Class};
use crate::error::{Error, Result};

/// An incomplete finding that is accepted with a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Status or finding.
    pub class: String,
    /// Only this reason of it.
    pub reason: Option<String>,
    /// Why it is accepted.
    pub text: String,
}

impl Acceptance {
    /// Reads `CLASS[:REASON]=TEXT`.
    ///
    /// # Errors
    /// `Kind::Usage` for another form, an empty text, a class that does not exist or that may not be accepted.
    pub fn parse(written: &str) -> Result<Acceptance> {
        let wrong = |what: &str| {
            let known: Vec<&str> = ACCEPTABLE.iter().map(|(class, _)| *class).collect();
            Error::usage(format!("--accept {written:?}: {what}")).hint(format!(
                "write CLASS[:REASON]=TEXT with one of {}; failures, and what could not be verified, cannot be accepted",
                known.join(", ")
            ))
        };
        let (what, text) = written.split_once('=').ok_or_else(|| wrong("no reason text"))?;
        let (class, reason) = match what.trim().split_once(':') {
            Some((class, reason)) => (class.trim(), Some(reason.trim())),
            None => (what.trim(), None),
        };
        let known = ACCEPTABLE.iter().find(|(known, _)| *known == class);
        let (_, reasons) = known.ok_or_else(|| wrong("this cannot be accepted"))?;
        if reason.is_some_and(|reason| !reasons.contains(&reason)) {
            return Err(wrong("this reason cannot be accepted"));
        }
        if text.trim().is_empty() {
            return Err(wrong("the reason text is empty"));
        }
        Ok(Acceptance {
            class: class.to_owned(),
            reason: reason.map(str::to_owned),
            text: text.trim().to_owned(),
        })
    }

    /// Whether it speaks of something incomplete. A class without reasons named takes those that may be accepted.
    fn takes(&self, class: &str, reason: &str) -> bool {
        let reasons = ACCEPTABLE.iter().find(|(known, _)| *known == class).map(|(_, reasons)| *reasons);
        let may = reasons.is_some_and(|reasons| reasons.is_empty() || reasons.contains(&reason));
        may && self.class == class && self.reason.as_deref().is_none_or(|own| own == reason)
    }
}

/// Weighs objects and findings.
#[derive(Debug)]
pub(super) struct Scales<'s> {
    accepted: &'s [Acceptance],
    /// How often each acceptance was used.
    pub used: Vec<u64>,
    highest: Class,
}

impl<'s> Scales<'s> {
    pub(super) fn new(accepted: &'s [Acceptance]) -> Self {
        Scales { accepted, used: vec![0; accepted.len()], highest: Class::Fine }
    }

    /// Puts something on the scales; returns its class, which may now be `Accepted`.
    pub(super) fn put(&mut self, class: Class, word: &str, reason: &str) -> Class {
        let mut weighed = class;
        if class == Class::Incomplete {
            let taken = self.accepted.iter().position(|acceptance| acceptance.takes(word, reason));
            if let Some(used) = taken.and_then(|number| self.used.get_mut(number)) {
                *used += 1;
                weighed = Class::Accepted;
            }
        }
        self.highest = self.highest.max(weighed);
        weighed
    }

    /// Verdict and exit code. Where not one hourly digest is valid nothing was verified, whatever was accepted.
    pub(super) fn verdict(&self, valid_digests: u64) -> (&'static str, u8) {
        match self.highest {
            Class::Failure => ("FAILED", 1),
            Class::Incomplete => ("INCOMPLETE", 3),
            _ if valid_digests == 0 => ("INCOMPLETE", 3),
            Class::Accepted => ("VERIFIED WITH EXCEPTIONS", 0),
            Class::Fine | Class::Warning => ("VERIFIED", 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_incomplete_findings_can_be_accepted_with_a_text() {
        let good = Acceptance::parse("uncovered:stopped=planned stop = CHG-7").unwrap();
        assert_eq!((good.reason.as_deref(), good.text.as_str()), (Some("stopped"), "planned stop = CHG-7"));
        for bad in [
            "gap-restart",
            "gap-restart=",
            "gap-restart=  ",
            "missing=x",
            "invalid:hash-mismatch=x",
            "unverified:no-signature=x",
            "unverified=x",
            "no-digests=x",
            "no-valid-digest=x",
            "key-unusable=x",
            "uncovered:no-digest=x",
            "gap-restart:soon=x",
            "nonsense=x",
            "=x",
        ] {
            let error = Acceptance::parse(bad).unwrap_err();
            assert_eq!(error.kind.exit_code(), 2, "{bad}");
            assert!(error.hint.unwrap().contains("CLASS[:REASON]=TEXT"), "{bad}");
        }
    }

    #[test]
    fn the_highest_class_wins_and_nothing_verified_is_never_good() {
        let accepted = [Acceptance::parse("uncovered=known").unwrap()];
        let exit = |put: &[(Class, &str, &str)], valid| {
            let mut scales = Scales::new(&accepted);
            for (class, word, reason) in put {
                scales.put(*class, word, reason);
            }
            scales.verdict(valid)
        };
        assert_eq!(exit(&[], 1), ("VERIFIED", 0));
        assert_eq!(exit(&[(Class::Warning, "overlap", "")], 1), ("VERIFIED", 0));
        assert_eq!(exit(&[(Class::Incomplete, "uncovered", "stopped")], 1), ("VERIFIED WITH EXCEPTIONS", 0));
        assert_eq!(exit(&[(Class::Incomplete, "uncovered", "no-digest")], 1), ("INCOMPLETE", 3));
        assert_eq!(exit(&[(Class::Incomplete, "uncovered", "stopped")], 0), ("INCOMPLETE", 3));
        assert_eq!(exit(&[], 0), ("INCOMPLETE", 3));
        assert_eq!(exit(&[(Class::Failure, "missing", ""), (Class::Incomplete, "x", "")], 9), ("FAILED", 1));
    }
}
