//! The times between reviews of logs.

use super::about::About;
use crate::audit::{Audit, Review};
use crate::clock::{DAY, Seconds, rfc3339};
use crate::rules;

/// From the start of the window over each review to as_of; empty without records.reviews.
pub(super) fn list(audit: &Audit) -> Vec<(rules::ReviewInterval, About)> {
    let Some(reviews) = &audit.reviews else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let (mut last, mut end) = (audit.from, audit.from);
    for review in reviews.iter().filter(|review| (audit.from..=audit.as_of).contains(&review.date)) {
        let hole = (end.max(audit.from), review.period_from);
        list.push(interval(last, review.date, Some((review, unreviewed(reviews, hole)))));
        (last, end) = (review.date, review.period_end);
    }
    if last < audit.as_of {
        list.push(interval(last, audit.as_of, None));
    }
    list
}

/// Seconds of a time that no review's period holds.
fn unreviewed(reviews: &[Review], (from, to): (Seconds, Seconds)) -> Seconds {
    let mut periods: Vec<(Seconds, Seconds)> =
        reviews.iter().map(|review| (review.period_from, review.period_end)).collect();
    periods.sort_unstable();
    let (mut at, mut open) = (from, 0);
    for (start, end) in periods {
        open += (start.min(to) - at).max(0);
        at = at.max(end);
    }
    open + (to - at).max(0)
}

/// One interval; with the review that ends it, if one does, and the time that nobody reviewed before its period.
fn interval(from: Seconds, to: Seconds, ended: Option<(&Review, Seconds)>) -> (rules::ReviewInterval, About) {
    let (start, end) = (rfc3339(from), rfc3339(to));
    let review = ended.map(|(review, _)| review);
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
        unreviewed_days: ended.map_or(0, |(_, hole)| hole / DAY),
    };
    (interval, About::things(vec!["records.reviews".to_owned()], Some((from, to))))
}

fn found_nothing(found: &str) -> bool {
    let found = found.trim().trim_end_matches('.').to_lowercase();
    matches!(found.as_str(), "" | "none" | "nothing" | "no" | "-")
}
