//! What tests examined, in words: things that several tests look at count once, unlike things are never added up.
//! Comes in: units and counts of tests. Goes out: text for summaries.

use super::builder::{Counted, Verdict};
use super::{TestPlace, Word};
use crate::audit::Audit;

/// What the tests of a requirement examined; those that do not apply examined nothing.
pub fn of<'a>(audit: &Audit, tests: impl Iterator<Item = (&'a TestPlace<'a>, &'a Verdict)>) -> String {
    let applies =
        |(place, verdict): &(&TestPlace<'_>, &Verdict)| place.word(audit, verdict) != Word::NotApplicable;
    words(tests.filter(applies).map(|(place, verdict)| (place.test.unit.as_str(), &verdict.counted)))
}

/// One line for the tests of a requirement, for example `8800 accesses, 4 coverage strips`. Several populations of one
/// unit may overlap, so the line says how many there are.
fn words<'a>(tests: impl Iterator<Item = (&'a str, &'a Counted)>) -> String {
    let mut units: Vec<(&str, Vec<&Counted>)> = Vec::new();
    for (unit, counted) in tests {
        let same =
            |other: &&Counted| other.population == counted.population && other.digest == counted.digest;
        match units.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, known)) if known.iter().any(same) => {}
            Some((_, known)) => known.push(counted),
            None => units.push((unit, vec![counted])),
        }
    }
    let told: Vec<String> = units.iter().map(|(unit, populations)| told(unit, populations)).collect();
    told.join(", ")
}

fn told(unit: &str, populations: &[&Counted]) -> String {
    let sum = populations.iter().map(|counted| counted.population).sum();
    match populations.len() {
        0 | 1 => count(sum, unit),
        several => format!("{} in {several} populations", count(sum, unit)),
    }
}

/// A count with its unit; packs state units in the plural, and one thing is told in the singular.
pub fn count(count: u64, unit: &str) -> String {
    if count != 1 {
        return format!("{count} {unit}");
    }
    let (head, rest) = unit.split_once(" of ").map_or((unit, None), |(head, rest)| (head, Some(rest)));
    let head: Vec<String> = head.split(' ').map(singular).collect();
    let rest = rest.map_or_else(String::new, |rest| format!(" of {rest}"));
    format!("1 {}{rest}", head.join(" "))
}

fn singular(word: &str) -> String {
    let (word, comma) = word.strip_suffix(',').map_or((word, ""), |word| (word, ","));
    let one = if word == "people" {
        "person".to_owned()
    } else if let Some(stem) = word.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = word.strip_suffix("sses") {
        format!("{stem}ss")
    } else {
        word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(word).to_owned()
    };
    one + comma
}

#[cfg(test)]
mod tests {
    use super::{count, words};
    use crate::verdicts::builder::Counted;

    fn counted(population: u64, digest: &str) -> Counted {
        Counted { population, digest: digest.to_owned(), ..Counted::default() }
    }

    #[test]
    fn one_population_of_several_tests_counts_once_and_unlike_things_are_not_added() {
        let (all, strips, some) = (counted(8800, "a"), counted(4, "b"), counted(336, "c"));
        let told = |tests: &[(&str, &Counted)]| words(tests.iter().copied());
        assert_eq!(told(&[("accesses", &all), ("accesses", &all)]), "8800 accesses");
        assert_eq!(
            told(&[("accesses", &all), ("coverage strips", &strips)]),
            "8800 accesses, 4 coverage strips"
        );
        assert_eq!(told(&[("accesses", &all), ("accesses", &some)]), "9136 accesses in 2 populations");
        assert_eq!(told(&[]), "");
    }

    #[test]
    fn one_thing_is_told_in_the_singular() {
        for (unit, one) in [
            ("accesses", "1 access"),
            ("people of high risk", "1 person of high risk"),
            ("emergency identities", "1 emergency identity"),
            ("accounts, regions and calls", "1 account, region and call"),
            ("runs of writes", "1 run of writes"),
        ] {
            assert_eq!(count(1, unit), one);
            assert_eq!(count(2, unit), format!("2 {unit}"));
        }
    }
}
