//! What signed digests add to coverage: times of delivery that are attested without a gap, with every log file they list
//! here as it was delivered. Comes in: the report on integrity. Goes out: an answer for a span of time and a trail. It
//! reads no file.

use std::collections::BTreeMap;

use crate::clock::{self, Seconds};
use crate::sources::digests::Report;

/// Attested deliveries by account, then region.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    streams: BTreeMap<String, BTreeMap<String, Vec<Stream>>>,
}

/// One trail's deliveries of one account and region.
#[derive(Debug, Clone)]
pub struct Stream {
    trail: String,
    home: String,
    /// Spans of delivery, joined, in order.
    spans: Vec<(Seconds, Seconds)>,
}

impl Proof {
    /// From the hours of each stream that are attested, with or without files.
    pub fn of(report: &Report) -> Proof {
        let mut proof = Proof::default();
        for facts in &report.streams {
            let identity = &facts.identity;
            let (Some(trail), Some(home)) = (&identity.trail, &identity.home_region) else { continue };
            let attested = facts.coverage.hours.iter().filter(|hours| hours.state.starts_with("attested"));
            let times =
                attested.filter_map(|hours| Some((clock::parse(&hours.from)?, clock::parse(&hours.to)?)));
            let mut spans: Vec<(Seconds, Seconds)> = Vec::new();
            for (from, to) in times {
                match spans.last_mut() {
                    Some((_, end)) if *end == from => *end = to,
                    _ => spans.push((from, to)),
                }
            }
            let stream = Stream { trail: trail.clone(), home: home.clone(), spans };
            let of_account = proof.streams.entry(identity.account.clone()).or_default();
            of_account.entry(identity.region.clone()).or_default().push(stream);
        }
        proof
    }

    /// The streams of an account and region.
    pub fn streams(&self, account: &str, region: &str) -> &[Stream] {
        self.streams.get(account).and_then(|regions| regions.get(region)).map_or(&[], |streams| streams)
    }
}

impl Stream {
    /// Whether it is that of a trail (its name and home region), and all that was delivered in `[from, to)` is attested and
    /// here.
    pub fn holds(&self, trail: (&str, &str), (from, to): (Seconds, Seconds)) -> bool {
        let next = self.spans.partition_point(|(start, _)| *start <= from);
        let span = next.checked_sub(1).and_then(|last| self.spans.get(last));
        (self.trail.as_str(), self.home.as_str()) == trail && span.is_some_and(|(_, end)| *end >= to)
    }
}
