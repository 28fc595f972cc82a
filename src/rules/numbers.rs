//! The official numbers of the frameworks that packs are shipped for, so that a slip in a number is found. Comes in:
//! framework, edition and number as pack.toml gives them. Goes out: whether the number exists, and the nearest ones.
//! A pack under another framework name numbers its requirements as it likes.

/// Framework, edition, and the list: numbers between blanks. `1.2.3..5` is a range, `AC-2/13` a control with that many
/// enhancements, `*` at the end whatever follows.
const LISTS: &[(&str, &str, &str)] = &[
    ("PCI DSS", "4.0.1", include_str!("numbers/pci-dss-4.0.1.txt")),
    ("PCI DSS", "3.2.1", include_str!("numbers/pci-dss-3.2.1.txt")),
    ("HIPAA", "45 CFR 164", include_str!("numbers/hipaa.txt")),
    ("CJIS", "6.0", include_str!("numbers/nist-800-53r5.txt")),
    ("CJIS", "5.8", include_str!("numbers/cjis-5.8.txt")),
    ("GDPR", "2016/679", include_str!("numbers/gdpr.txt")),
    ("FedRAMP", "Rev 5", include_str!("numbers/nist-800-53r5.txt")),
];

/// The numbers of one edition of a framework.
#[derive(Debug)]
pub(super) struct Numbers {
    exact: Vec<String>,
    open: Vec<String>,
}

/// The numbers of a framework in an edition; `None` for a framework that is not listed here.
pub(super) fn of(framework: &str, edition: &str) -> Option<Numbers> {
    let (.., list) = LISTS.iter().find(|(known, its, _)| *known == framework && *its == edition)?;
    let mut numbers = Numbers { exact: Vec::new(), open: Vec::new() };
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).for_each(|token| numbers.add(token));
    Some(numbers)
}

/// The editions of a framework that are listed.
pub(super) fn editions(framework: &str) -> impl Iterator<Item = &'static str> {
    LISTS.iter().filter(move |(known, ..)| *known == framework).map(|(_, edition, _)| *edition)
}

impl Numbers {
    fn add(&mut self, token: &str) {
        let (token, open) = match token.strip_suffix('*').or_else(|| token.strip_suffix("*)")) {
            Some(start) => (start, true),
            None => (token, false),
        };
        let (control, enhancements) = token.split_once('/').unwrap_or((token, "0"));
        for number in range(control) {
            let highest: u32 = enhancements.parse().unwrap_or(0);
            self.exact.extend((1..=highest).map(|at| format!("{number}({at})")));
            if open { self.open.push(number) } else { self.exact.push(number) }
        }
    }

    /// Whether a number is one of the framework's.
    pub(super) fn know(&self, number: &str) -> bool {
        self.exact.iter().any(|known| known == number)
            || self.open.iter().any(|start| number.len() > start.len() && number.starts_with(start.as_str()))
            || self.open.iter().any(|start| number == start.trim_end_matches('.'))
    }

    /// The numbers that are written out, for suggestions.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.exact.iter().map(String::as_str)
    }
}

/// `1.2.3..5` is 1.2.3, 1.2.4, 1.2.5; what follows the range stays: `1..2(` is `1(`, `2(`.
fn range(token: &str) -> Vec<String> {
    let Some((first, rest)) = token.split_once("..") else {
        return vec![token.to_owned()];
    };
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let (last, behind) = rest.split_at(digits(rest));
    let start = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let from: u32 = first.get(start.len()..).and_then(|text| text.parse().ok()).unwrap_or(1);
    let to: u32 = last.parse().unwrap_or(from);
    (from..=to).map(|at| format!("{start}{at}{behind}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn know(framework: &str, edition: &str, number: &str) -> bool {
        of(framework, edition).unwrap().know(number)
    }

    #[test]
    fn official_numbers_are_known_and_others_are_not() {
        for (framework, edition, good, bad) in [
            (
                "PCI DSS",
                "4.0.1",
                &["10.1.2", "10.2.1.7", "8.3.10.1", "A1.1.2"][..],
                &["10.2.1.8", "10.2.11", "13.1.1"][..],
            ),
            ("PCI DSS", "3.2.1", &["10.2", "10.2.7", "8.1.4", "3.4"], &["10.2.1.1", "10.8.2"]),
            (
                "HIPAA",
                "45 CFR 164",
                &["164.308(a)(1)(ii)(D)", "164.312(b)", "164.502(b)", "164.528"],
                &["164.312(f)", "164.308(a)(1)(ii)(E)"],
            ),
            ("CJIS", "6.0", &["AU-2", "AC-2(13)", "IA-0"], &["AU-2c", "AC-2(14)"]),
            ("CJIS", "5.8", &["5.4.1.1.1", "5.6.2.2", "5.5.1"], &["5.4.8", "6.1"]),
            ("GDPR", "2016/679", &["5(1)(f)", "17", "32(4)"], &["100", "0", "32.4"]),
            ("FedRAMP", "Rev 5", &["AU-6(4)", "SI-4(20)", "SC-28"], &["AU-9(8)", "AX-1", "au-2"]),
        ] {
            assert!(good.iter().all(|number| know(framework, edition, number)), "{framework}: {good:?}");
            assert!(!bad.iter().any(|number| know(framework, edition, number)), "{framework}: {bad:?}");
        }
        assert!(of("House rules", "1").is_none());
        assert!(of("PCI DSS", "5").is_none());
    }
}
