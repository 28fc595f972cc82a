//! ARNs: taking apart what logs state. Nothing here matches on `arn:aws:`; partitions differ.

pub use crate::sources::names::partition_of_region;

/// `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-us-gov`, `aws-cn` …
    pub partition: &'a str,
    /// Service.
    pub service: &'a str,
    /// Region, may be empty.
    pub region: &'a str,
    /// Account, may be empty.
    pub account: &'a str,
    /// The rest.
    pub resource: &'a str,
}

/// Takes an ARN apart.
pub fn parse(text: &str) -> Option<Arn<'_>> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    Some(Arn {
        partition: parts.next()?,
        service: parts.next()?,
        region: parts.next()?,
        account: parts.next()?,
        resource: parts.next()?,
    })
}

/// A table named by an ARN of the table, its index, stream, backup or export: region, account, name.
pub fn table(text: &str) -> Option<(&str, &str, &str)> {
    let arn = parse(text)?;
    let rest = arn.resource.strip_prefix("table/")?;
    let name = rest.split(['/', '|']).next()?;
    (arn.service == "dynamodb" && !name.is_empty() && name != "*").then_some((arn.region, arn.account, name))
}

/// The role behind an assumed-role session: `arn:p:sts::a:assumed-role/NAME/session` gives (partition, account, NAME,
/// session).
pub fn assumed_role(text: &str) -> Option<(&str, &str, &str, &str)> {
    let arn = parse(text)?;
    let (role, session) = arn.resource.strip_prefix("assumed-role/")?.rsplit_once('/')?;
    Some((arn.partition, arn.account, role, session))
}

/// The regions where the partitions' global services (IAM, STS global endpoint, sign-in) log.
pub const GLOBAL_REGIONS: &[&str] =
    &["us-east-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-isob-east-1"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_in_every_form_of_arn() {
        for tail in
            ["", "/index/by-date", "/stream/2024-01-01T00:00:00.000|1|AAA", "/backup/0123", "/export/01-02"]
        {
            let text = format!("arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/cards{tail}");
            assert_eq!(table(&text), Some(("us-gov-west-1", "111122223333", "cards")));
        }
        assert_eq!(table("arn:aws:dynamodb:us-east-1:111122223333:table/*"), None);
        assert_eq!(table("arn:aws:s3:::bucket/table/x"), None);
    }
}
