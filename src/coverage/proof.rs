//! What signed digests add to coverage: times of delivery that are attested without a gap, with every log file they list
//! here as it was delivered. Comes in: the report on integrity. Goes out: an answer for a span of time and a trail. It
//! reads no file.

use std::collections::BTreeMap;

use crate::clock::{self, Seconds};
use crate::sources::digests::Report;

/// Attested deliveries by account and region.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    streams: BTreeMap<(String, String), Vec<Stream>>,
}

/// One trail's deliveries of one account and region.
#[derive(Debug, Clone)]
struct Stream {
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
            let place = (identity.account.clone(), identity.region.clone());
            let stream = Stream { trail: trail.clone(), home: home.clone(), spans };
            proof.streams.entry(place).or_default().push(stream);
        }
        proof
    }

    /// Whether all that a trail (its name and home region) delivered from an account and region in `[from, to)` is
    /// attested and here.
    pub fn holds(&self, place: (&str, &str), trail: (&str, &str), time: (Seconds, Seconds)) -> bool {
        let streams = self.streams.get(&(place.0.to_owned(), place.1.to_owned()));
        streams.into_iter().flatten().any(|stream| {
            (stream.trail.as_str(), stream.home.as_str()) == trail
                && stream.spans.iter().any(|(from, to)| *from <= time.0 && *to >= time.1)
        })
    }
}
