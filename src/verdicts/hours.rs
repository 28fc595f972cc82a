//! Hours in words. Comes in: coverage strips. Goes out: how many hours of the window, and where: never a sum over
//! places that share the same hours.

use std::collections::BTreeSet;

use crate::coverage::Strip;

/// The hours of the window, and where: strips of several accounts, regions and tables lie over the same hours.
pub(super) fn hours_words(strips: &[&Strip]) -> String {
    let hours = strips.iter().map(|strip| strip.states.len()).max().unwrap_or(0);
    let places: BTreeSet<_> = strips
        .iter()
        .filter(|strip| strip.table.is_empty())
        .map(|strip| (&strip.account, &strip.region))
        .collect();
    let tables: BTreeSet<_> = strips
        .iter()
        .filter(|strip| !strip.table.is_empty())
        .map(|strip| (&strip.account, &strip.region, &strip.table))
        .collect();
    let of = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("each of {count} {many}")),
    };
    let told: Vec<String> = [
        of(places.len(), "account and region", "accounts and regions"),
        of(tables.len(), "declared table", "declared tables"),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("{hours} hours in {}", told.join(" and in "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Class, State};

    fn strip(account: &str, table: &str, class: Class) -> Strip {
        Strip {
            account: account.to_owned(),
            region: "eu-west-1".to_owned(),
            table: table.to_owned(),
            data_class: String::new(),
            class,
            states: vec![State::Delivered; 336],
            controls: 0,
            proof: String::new(),
        }
    }

    /// 336 hours in four places were told as "1344 covered hours".
    #[test]
    fn hours_of_several_places_are_not_added_up() {
        let strips: Vec<Strip> =
            ["1", "2", "3", "4"].map(|account| strip(account, "", Class::Management)).to_vec();
        let four: Vec<&Strip> = strips.iter().collect();
        assert_eq!(hours_words(&four), "336 hours in each of 4 accounts and regions");
        assert_eq!(hours_words(&four[..1]), "336 hours in 1 account and region");
    }

    #[test]
    fn a_table_counts_once_for_its_three_classes() {
        let strips =
            [Class::Read, Class::Write, Class::Stream].map(|class| strip("1", "cards", class)).to_vec();
        let mut all: Vec<&Strip> = strips.iter().collect();
        assert_eq!(hours_words(&all), "336 hours in 1 declared table");
        let other = strip("1", "", Class::Management);
        all.push(&other);
        assert_eq!(hours_words(&all), "336 hours in 1 account and region and in 1 declared table");
    }
}
