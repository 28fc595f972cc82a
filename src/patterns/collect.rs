//! Parts of the walk narrowed: to people, and to what a record does not hide.

use crate::events::keys;
use crate::verdicts::runs::about::At;
use crate::verdicts::runs::walk::{Collect, Seen};

/// Only accesses of people whose keys the record states.
pub(super) struct People<T>(pub(super) T);

impl<'a, T: Collect<'a>> Collect<'a> for People<T> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        seen.human() && self.0.wants(number, seen)
    }

    fn take(&mut self, at: At<'a>) {
        if !keys::is_hidden(at.key()) {
            self.0.take(at);
        }
    }
}

/// Only calls from an address: a service that calls on somebody's behalf tells nothing of networks.
pub(super) struct FromAddresses<T>(pub(super) T);

impl<'a, T: Collect<'a>> Collect<'a> for FromAddresses<T> {
    fn wants(&mut self, number: usize, seen: &Seen<'a>) -> bool {
        // The part notes every shape; asked only where it wants it.
        self.0.wants(number, seen) && seen.shape.origin == "address"
    }

    fn take(&mut self, at: At<'a>) {
        if is_address(at.ledger.name(at.row.address)) && at.time().is_some() {
            self.0.take(at);
        }
    }
}

/// Whether a text is an address, not a name of a service and not a mark for what was taken out.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}
