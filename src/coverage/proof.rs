//! What signed digests add to coverage: times of delivery that are attested without a gap, with every log file they list
//! here as it was delivered; why other times are not; and deliveries whose log file is lost or altered. Comes in: the
//! report on integrity. Goes out: answers for a span of time. It reads no file.

use std::collections::BTreeMap;

use crate::clock::{self, HOUR, Seconds};
use crate::sources::digests::report::{Object, StreamFacts};
use crate::sources::digests::{Report, words};
use crate::sources::names;

/// Where no digest of an account and region is here.
const NONE_HERE: &str = "no digest of the account and region is here";

/// Attested deliveries by account, then region.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Whether digests were looked for at all.
    checked: bool,
    places: BTreeMap<String, BTreeMap<String, Place>>,
}

/// What is known of one account and region.
#[derive(Debug, Clone, Default)]
struct Place {
    streams: Vec<Stream>,
    /// Times that are not attested, with why; what is most particular stands first.
    doubts: Vec<(Seconds, Seconds, String)>,
    /// Deliveries whose log file is missing, cannot be read or is not what was delivered, in order.
    damaged: Vec<Seconds>,
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
    /// From the hours of each stream that are attested, with or without files, and from what speaks against others.
    pub fn of(report: &Report) -> Proof {
        let mut proof = Proof { checked: true, ..Proof::default() };
        for object in &report.objects {
            proof.digest(object);
            proof.log(object);
        }
        report.streams.iter().for_each(|facts| proof.stream(facts));
        for place in proof.places.values_mut().flat_map(BTreeMap::values_mut) {
            place.damaged.sort_unstable();
        }
        proof
    }

    fn place(&mut self, account: &str, region: &str) -> &mut Place {
        let of_account = self.places.entry(account.to_owned()).or_default();
        of_account.entry(region.to_owned()).or_default()
    }

    /// A digest that proves nothing.
    fn digest(&mut self, object: &Object) {
        let name = names::digest(&object.key).or_else(|| names::digest(object.path.as_deref()?));
        let hourly =
            name.filter(|name| object.kind == "digest" && object.status != "valid" && !name.backfill);
        let Some(name) = hourly else { return };
        let why = match object.reason {
            words::NO_SIGNATURE => "its digest has no signature".to_owned(),
            words::KEY_UNKNOWN => "its digest is signed by a key that is not among those supplied".to_owned(),
            words::NO_KEY_FOR_PERIOD => "no public key of its time was supplied".to_owned(),
            _ => format!("its digest is {}", object.words()),
        };
        self.place(name.account, name.region).doubt(name.end - HOUR, name.end, why);
    }

    /// A log file that a digest lists and that is not here as it was delivered.
    fn log(&mut self, object: &Object) {
        let lost =
            object.class == "failure" || [words::UNREADABLE, words::TOO_LARGE].contains(&object.reason);
        let listed = object.digest.as_deref().and_then(names::digest);
        let (Some(digest), true) = (listed, object.kind == "log" && lost) else { return };
        let time = object.time.as_deref().and_then(clock::parse).unwrap_or(digest.end);
        self.place(digest.account, digest.region).damaged.push(time);
    }

    fn stream(&mut self, facts: &StreamFacts) {
        let identity = &facts.identity;
        let place = self.place(&identity.account, &identity.region);
        let mut spans: Vec<(Seconds, Seconds)> = Vec::new();
        for hours in &facts.coverage.hours {
            let (Some(from), Some(to)) = (clock::parse(&hours.from), clock::parse(&hours.to)) else {
                continue;
            };
            if !hours.state.starts_with("attested") {
                place.doubt(from, to, why_not(hours.state, identity.trail.is_some()).to_owned());
                continue;
            }
            match spans.last_mut() {
                Some((_, end)) if *end == from => *end = to,
                _ => spans.push((from, to)),
            }
        }
        if let (Some(trail), Some(home)) = (&identity.trail, &identity.home_region) {
            place.streams.push(Stream { trail: trail.clone(), home: home.clone(), spans });
        }
    }

    fn at(&self, account: &str, region: &str) -> Option<&Place> {
        self.places.get(account)?.get(region)
    }

    /// The streams of an account and region.
    pub fn streams(&self, account: &str, region: &str) -> &[Stream] {
        self.at(account, region).map_or(&[], |place| &place.streams)
    }

    /// Whether a log file delivered in `[from, to)` is lost or altered.
    pub fn damaged(&self, account: &str, region: &str, (from, to): (Seconds, Seconds)) -> bool {
        self.at(account, region).is_some_and(|place| {
            let next = place.damaged.partition_point(|time| *time < from);
            place.damaged.get(next).is_some_and(|time| *time < to)
        })
    }

    /// Why deliveries of `[from, to)` are not attested.
    pub fn why_not(&self, account: &str, region: &str, (from, to): (Seconds, Seconds)) -> &str {
        if !self.checked {
            return "no digest was looked for";
        }
        let Some(place) = self.at(account, region).filter(|place| !place.streams.is_empty()) else {
            return NONE_HERE;
        };
        let doubt = place.doubts.iter().find(|(start, end, _)| *start < to && *end > from);
        match doubt {
            Some((.., why)) => why,
            None if place.streams.iter().any(|stream| stream.attests((from, to))) => {
                "digests attest it, but no selectors say that their trail logs this class"
            }
            None => "the digests that are here do not reach so far",
        }
    }
}

fn why_not(state: &str, any_digest: bool) -> &'static str {
    match state {
        _ if !any_digest => NONE_HERE,
        "stopped" => "logging or log file validation was off",
        "lost" => "digests are missing or not valid",
        "partial" => "only a part of it is attested, or a listed log file is lost or altered",
        _ => "no digest speaks of it",
    }
}

impl Place {
    /// Adds a time; one that goes on where the last ended, for the same reason, makes it longer.
    fn doubt(&mut self, from: Seconds, to: Seconds, why: String) {
        match self.doubts.last_mut() {
            Some((_, end, last)) if *end == from && *last == why => *end = to,
            _ => self.doubts.push((from, to, why)),
        }
    }
}

impl Stream {
    /// Whether it is that of a trail (its name and home region), and all that was delivered in `[from, to)` is attested and
    /// here.
    pub fn holds(&self, trail: (&str, &str), span: (Seconds, Seconds)) -> bool {
        (self.trail.as_str(), self.home.as_str()) == trail && self.attests(span)
    }

    fn attests(&self, (from, to): (Seconds, Seconds)) -> bool {
        let next = self.spans.partition_point(|(start, _)| *start <= from);
        let span = next.checked_sub(1).and_then(|last| self.spans.get(last));
        span.is_some_and(|(_, end)| *end >= to)
    }
}
