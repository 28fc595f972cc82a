//! The times between reviews of logs, and the times that they looked at.

use super::about::About;
use crate::audit::{Audit, Review};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::rules;

/// Reviews that end an interval of the window.
fn ending(audit: &Audit) -> impl Iterator<Item = &Review> {
    let dated = |review: &&Review| (audit.from..=audit.as_of).contains(&review.date);
    audit.reviews.iter().flatten().filter(dated)
}

/// From the start of the window over each review to as_of; empty without records.reviews.
pub(super) fn list(audit: &Audit) -> Vec<(rules::ReviewInterval, About)> {
    if audit.reviews.is_none() {
        return Vec::new();
    }
    let mut list = Vec::new();
    let mut last = audit.from;
    for review in ending(audit) {
        list.push(interval(last, review.date, Some(review)));
        last = review.date;
    }
    if last < audit.as_of {
        list.push(interval(last, audit.as_of, None));
    }
    list
}

/// The periods of these reviews and the holes before the end of the last one, inside the window, in order of time.
pub(super) fn periods(audit: &Audit) -> Vec<(rules::ReviewPeriod, About)> {
    let inside = |(from, to): (Seconds, Seconds)| (from.max(audit.from), to.min(audit.to));
    let looked_at = |review: &Review| inside((review.period_from, review.period_end));
    let mut list: Vec<((Seconds, Seconds), Option<&Review>)> =
        ending(audit).map(|review| (looked_at(review), Some(review))).collect();
    list.retain(|((from, to), _)| from < to);
    let end = list.iter().map(|((_, to), _)| *to).max().unwrap_or(audit.from);
    let all = audit.reviews.iter().flatten().map(looked_at).collect();
    list.extend(holes(all, (audit.from, end)).into_iter().map(|hole| (hole, None)));
    list.sort_by_key(|(span, review)| (*span, review.is_none()));
    list.into_iter().map(|(span, review)| period(span, review)).collect()
}

/// What of a time no period holds. A period that ends with 23:59:59 and one that begins with midnight follow on each
/// other.
fn holes(mut periods: Vec<(Seconds, Seconds)>, (from, to): (Seconds, Seconds)) -> Vec<(Seconds, Seconds)> {
    periods.sort_unstable();
    let mut at = from;
    let mut holes = Vec::new();
    for (start, end) in periods.into_iter().chain([(to, to)]) {
        let start = start.min(to);
        if start - at > 1 {
            holes.push((at, start));
        }
        at = at.max(end);
    }
    holes
}

fn period((from, to): (Seconds, Seconds), review: Option<&Review>) -> (rules::ReviewPeriod, About) {
    let (start, end) = (rfc3339(from), rfc3339(to));
    let date = review.map(|review| rfc3339(review.date)).unwrap_or_default();
    let reviewer = review.map(|review| review.reviewer.clone()).unwrap_or_default();
    let period = rules::ReviewPeriod {
        name: match review {
            Some(_) => format!("{start} to {end}, reviewed by {reviewer} on {date}"),
            None => format!("{start} to {end}, in the period of no recorded review"),
        },
        from: start,
        to: end,
        minutes: (to - from + 59) / 60,
        reviewed: review.is_some(),
        reviewer,
        date,
    };
    (period, About::things(vec!["records.reviews".to_owned()], Some((from, to))))
}

/// One interval, with the review that ends it, if one does.
fn interval(from: Seconds, to: Seconds, review: Option<&Review>) -> (rules::ReviewInterval, About) {
    let (start, end) = (rfc3339(from), rfc3339(to));
    let follow_up = match review {
        Some(review) if found_nothing(&review.found) => "not-needed",
        Some(review) if review.follow_up.is_empty() => "none",
        Some(_) => "given",
        None => "not-needed",
    };
    let interval = rules::ReviewInterval {
        name: match review {
            Some(review) => format!("from {start} to the review of {end} by {}", review.reviewer),
            None => format!("from {start} to {end} without a review"),
        },
        from: start,
        to: end,
        days: (to - from + DAY - 1) / DAY,
        reviewer: review.map(|review| review.reviewer.clone()).unwrap_or_default(),
        found: review.map(|review| review.found.clone()).unwrap_or_default(),
        follow_up: follow_up.to_owned(),
        open: review.is_none(),
    };
    (interval, About::things(vec!["records.reviews".to_owned()], Some((from, to))))
}

fn found_nothing(found: &str) -> bool {
    let found = found.trim().trim_end_matches('.').to_lowercase();
    matches!(found.as_str(), "" | "none" | "nothing" | "no" | "-")
}
