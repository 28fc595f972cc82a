//! Networks that audit.toml approves: address ranges and VPC endpoints. Asked with the address text of a record.

use std::net::IpAddr;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    v6: bool,
    first: u128,
    length: u32,
}

/// Ranges and endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    ranges: Vec<Range>,
    endpoints: Vec<String>,
}

/// Why a text is no network, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotANetwork {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Networks {
    /// Adds an address, a range or an endpoint.
    ///
    /// # Errors
    /// For any other text, and for a range whose address has bits set behind its length: that is a slip of the pen.
    pub fn add(&mut self, text: &str) -> Result<(), NotANetwork> {
        if text.strip_prefix("vpce-").is_some_and(|id| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        }) {
            self.endpoints.push(text.to_owned());
            return Ok(());
        }
        self.ranges.push(range(text)?);
        Ok(())
    }

    /// Whether an address lies in a range. A list of addresses (as a proxy leaves it) does when all of them do; what
    /// is no address does not.
    pub fn holds(&self, address: &str) -> bool {
        address.split(',').all(|part| {
            let Ok(address) = part.trim().parse::<IpAddr>() else { return false };
            let (v6, bits) = bits(address.to_canonical());
            let inside = |range: &Range| range.v6 == v6 && masked(bits, v6, range.length) == range.first;
            self.ranges.iter().any(inside)
        })
    }

    /// Whether a VPC endpoint is listed.
    pub fn holds_endpoint(&self, endpoint: &str) -> bool {
        self.endpoints.iter().any(|listed| listed == endpoint)
    }
}

fn range(text: &str) -> Result<Range, NotANetwork> {
    let wrong = || NotANetwork {
        what: format!("{text:?} is no network"),
        hint: "write 203.0.113.0/24, 2001:db8::/32, one address, or vpce-…".to_owned(),
    };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let (v6, bits) = bits(address);
    let most = if v6 { 128 } else { 32 };
    let length = match length {
        Some(length) if length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            length.parse().map_err(|_| wrong())?
        }
        Some(_) => return Err(wrong()),
        None => most,
    };
    if length > most {
        return Err(wrong());
    }
    let first = masked(bits, v6, length);
    if first != bits {
        return Err(NotANetwork {
            what: format!("{text:?} has bits set behind its length"),
            hint: format!(
                "write {}/{length} for the range, or {address} for the one address",
                told(first, v6)
            ),
        });
    }
    Ok(Range { v6, first, length })
}

fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, u128::from(address)),
    }
}

fn masked(bits: u128, v6: bool, length: u32) -> u128 {
    let open = if v6 { 128 } else { 32 } - length;
    if open >= 128 { 0 } else { bits >> open << open }
}

fn told(first: u128, v6: bool) -> IpAddr {
    match u32::try_from(first) {
        Ok(first) if !v6 => IpAddr::V4(first.into()),
        _ => IpAddr::V6(first.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        let mut networks = Networks::default();
        texts.iter().for_each(|text| networks.add(text).unwrap());
        networks
    }

    #[test]
    fn addresses_of_both_families_lie_inside_or_not() {
        let given = networks(&["203.0.113.0/24", "2001:db8::/32", "192.0.2.7", "vpce-0a1b"]);
        for inside in ["203.0.113.0", "203.0.113.255", "2001:db8:ffff::1", "192.0.2.7", "::ffff:203.0.113.9"]
        {
            assert!(given.holds(inside), "{inside}");
        }
        for outside in
            ["203.0.114.0", "2001:db9::", "192.0.2.8", "", "AWS Internal", "255.090.254.5", "::cb00:7107"]
        {
            assert!(!given.holds(outside), "{outside}");
        }
        assert!(given.holds_endpoint("vpce-0a1b") && !given.holds_endpoint("vpce-0a1"));
        assert!(!networks(&[]).holds("203.0.113.1"));
        assert!(networks(&["0.0.0.0/0"]).holds("8.8.8.8") && !networks(&["0.0.0.0/0"]).holds("2001:db8::1"));
        assert!(networks(&["::/0"]).holds("2001:db8::1"));
    }

    #[test]
    fn a_list_of_addresses_is_inside_when_all_are() {
        let given = networks(&["203.0.113.0/24"]);
        assert!(given.holds("203.0.113.1, 203.0.113.2"));
        assert!(!given.holds("203.0.113.1, 198.51.100.1"));
    }

    #[test]
    fn slips_are_told() {
        let told = |text: &str| Networks::default().add(text).unwrap_err();
        for text in
            ["", "203.0.113.0/33", "203.0.113/24", "2001:db8::/129", "203.0.113.0/+8", "vpce-", "vpc-1", "*"]
        {
            assert!(told(text).what.contains("is no network"), "{text}");
        }
        assert!(told("203.0.113.7/24").hint.contains("203.0.113.0/24"));
        assert!(told("2001:db8::1/32").hint.contains("2001:db8::/32"));
    }
}
