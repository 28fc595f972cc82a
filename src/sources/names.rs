//! What the names of delivered objects say (cloudtrail-integrity §2). Comes in: a path or key. Goes out: account, region, trail, time of a log file
//! or a digest, where the name fits. It opens nothing, and what a name says proves nothing.

use crate::clock::{self, Seconds};

/// What the name of a log file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogName<'n> {
    /// Twelve digits.
    pub account: &'n str,
    /// `CloudTrail`, or the kind of another folder: `CloudTrail-Insight`, `CloudTrail-NetworkActivity` …
    pub kind: &'n str,
    /// Region whose events were delivered.
    pub region: &'n str,
    /// Minute of delivery, rounded down to five; good for ten minutes either way.
    pub stamp: Seconds,
}

/// What the name of a digest tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestName<'n> {
    /// Twelve digits.
    pub account: &'n str,
    /// Region whose deliveries it lists.
    pub region: &'n str,
    /// Name of the trail.
    pub trail: &'n str,
    /// Region in which the trail was made.
    pub home: &'n str,
    /// When its hour ended.
    pub end: Seconds,
    /// Whether it lists what the digest of the hour missed.
    pub backfill: bool,
}

/// Ending of the file beside a digest that holds the metadata of its object (cloudtrail-integrity §7).
pub const SIDECAR: &str = ".metadata.json";

/// The last part of a path or key.
pub fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The base name without `.gz`: some tools inflate on the way and drop it.
pub fn stem(path: &str) -> &str {
    let base = base(path);
    base.strip_suffix(".gz").unwrap_or(base)
}

/// Reads `111122223333_CloudTrail_eu-west-1_20260302T1405Z_Xw9….json.gz`, also of other folders. Old names lack the
/// last underscore, and a file may have been unpacked.
pub fn log(path: &str) -> Option<LogName<'_>> {
    let name = stem(path).strip_suffix(".json")?;
    let (account, rest) = name.split_once('_')?;
    let (kind, rest) = rest.split_once('_')?;
    let (region, rest) = rest.split_once('_')?;
    let (stamp, unique) = (rest.get(..14)?, rest.get(14..)?);
    let unique = unique.strip_prefix('_').unwrap_or(unique);
    let of_trail = kind == "CloudTrail" || (kind.starts_with("CloudTrail-") && kind != "CloudTrail-Digest");
    let plain = unique.len() == 16 && unique.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = is_account(account) && of_trail && is_region(region) && plain;
    let whole = format!("{}00Z", stamp.strip_suffix('Z')?);
    let stamp = time(&whole).filter(|_| fits)?;
    Some(LogName { account, kind, region, stamp })
}

/// Reads `111122223333_CloudTrail-Digest_eu-west-1_TRAIL_eu-west-1_20260302T140500Z.json.gz`, with or without `_backfill`.
/// Names of trails may hold `.`, `_` and `-`.
pub fn digest(path: &str) -> Option<DigestName<'_>> {
    let name = stem(path).strip_suffix(".json")?;
    let (name, backfill) = name.strip_suffix("_backfill").map_or((name, false), |name| (name, true));
    let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
    let (region, rest) = rest.split_once('_')?;
    let (rest, stamp) = rest.rsplit_once('_')?;
    let (trail, home) = rest.rsplit_once('_')?;
    let fits = is_account(account) && is_region(region) && is_region(home) && !trail.is_empty();
    let end = time(stamp).filter(|_| fits)?;
    Some(DigestName { account, region, trail, home, end, backfill })
}

/// Digests and the files beside them, which hold no records.
pub fn is_beside_logs(path: &str) -> bool {
    digest(path).is_some() || path.ends_with(SIDECAR)
}

/// `20260302T140500Z`.
fn time(stamp: &str) -> Option<Seconds> {
    // Spelt with its separators, it is read without the general parser of times: every name of a bucket comes here.
    let part = |from: usize, to: usize| stamp.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let shaped = stamp.len() == 16 && part(8, 9) == Some("T") && stamp.ends_with('Z');
    let digits = [year, month, day, hour, minute, second]
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let written = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    (shaped && digits).then(|| clock::parse(&written)).flatten()
}

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and hyphens as in `us-gov-west-1`; no list of regions is assumed.
pub fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The partition of a region, for names that carry no ARN.
pub fn partition_of_region(region: &str) -> &'static str {
    if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-isob-") {
        "aws-iso-b"
    } else if region.starts_with("us-iso-") {
        "aws-iso"
    } else {
        "aws"
    }
}

/// Account and region of a JSON file that lies where a trail puts its log files, whatever it is called.
pub fn log_folder(path: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().rposition(|part| *part == "CloudTrail")?;
    let account = parts.get(at.checked_sub(1)?).copied()?;
    let region = parts.get(at + 1).copied()?;
    let inside = parts.len() > at + 2 && is_account(account) && is_region(region);
    let json = stem(path).ends_with(".json") || path.ends_with(".gz");
    (inside && json && !path.ends_with(SIDECAR)).then_some((account, region))
}

/// The organisation in `…/AWSLogs/o-exampleorgid/111122223333/…`.
pub fn organisation<'n>(path: &'n str, account: &str) -> Option<&'n str> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| *part == account)?;
    parts.get(at.checked_sub(1)?).copied().filter(|part| part.starts_with("o-"))
}

/// How many whole parts two paths share at their ends.
pub fn shared_end(one: &str, other: &str) -> usize {
    one.rsplit('/').zip(other.rsplit('/')).take_while(|(one, other)| one == other).count()
}

/// Whether a file of a copy, which may begin anywhere, lies in the folder of a key: all parts that both have agree. With
/// several sources a name begins with the number of its source.
pub fn same_folder(name: &str, key: &str) -> bool {
    let folders = |path: &str| path.split('/').count() - 1;
    let folder = |path: &'_ str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let shared = if folder(name).is_empty() { 0 } else { shared_end(&folder(name), &folder(key)) };
    let numbered = name.split_once('/').is_some_and(|(first, _)| {
        first.strip_prefix('s').is_some_and(|number| number.parse::<u32>().is_ok())
    });
    shared + usize::from(numbered) >= folders(name).min(folders(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_log_files_tell_account_region_and_delivery() {
        let told = |name: &str| {
            let named = log(name)?;
            let time = clock::rfc3339(named.stamp);
            Some(format!("{} {} {} {time}", named.account, named.kind, named.region))
        };
        let expected = Some("111122223333 CloudTrail eu-west-1 2026-03-02T14:05:00Z".to_owned());
        let name = "a/b/111122223333_CloudTrail_eu-west-1_20260302T1405Z_AbCdEfGh01234567.json.gz";
        assert_eq!(told(name), expected);
        assert_eq!(told("111122223333_CloudTrail_eu-west-1_20260302T1405Z_AbCdEfGh01234567.json"), expected);
        assert_eq!(told("111122223333_CloudTrail_eu-west-1_20260302T1405ZAbCdEfGh01234567.json"), expected);
        assert_eq!(
            log("111122223333_CloudTrail-Insight_us-east-1_20260302T1405Z_AbCdEfGh01234567.json.gz")
                .unwrap()
                .kind,
            "CloudTrail-Insight"
        );
        for name in [
            "111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260302T140500Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_20260302T1405Z_AbCdEfGh01234567.json.gz",
            "1111_CloudTrail_eu-west-1_20260302T1405Z_AbCdEfGh01234567.json.gz",
            "111122223333_CloudTrail_EU_20260302T1405Z_AbCdEfGh01234567.json.gz",
            "111122223333_CloudTrail_eu-west-1_20261302T1405Z_AbCdEfGh01234567.json.gz",
            "111122223333_CloudTrail_eu-west-1_20260302T1405Z__bCdEfGh01234567.json.gz",
            "111122223333_CloudTrail_eu-west-1_20260302T1405Z_short.json.gz",
            "111122223333_CloudTrail_eu-west-1_2026030éT1405Z_AbCdEfGh01234567.json.gz",
            "records.json",
            "",
        ] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn names_of_digests_are_never_split_blindly() {
        let told = |name: &str| {
            let named = digest(name)?;
            let time = clock::rfc3339(named.end);
            Some(format!("{} {} {} {time} {}", named.region, named.trail, named.home, named.backfill))
        };
        let name = "x/111122223333_CloudTrail-Digest_us-gov-west-1_my_odd-trail.v2_us-gov-east-1_20260301T001831Z.json.gz";
        let expected = "us-gov-west-1 my_odd-trail.v2 us-gov-east-1 2026-03-01T00:18:31Z false";
        assert_eq!(told(name).as_deref(), Some(expected));
        assert_eq!(told(name.strip_suffix(".gz").unwrap()).as_deref(), Some(expected));
        let name =
            "111122223333_CloudTrail-Digest_us-east-1_t_backfill_us-east-1_20260301T001831Z_backfill.json.gz";
        assert_eq!(told(name).as_deref(), Some("us-east-1 t_backfill us-east-1 2026-03-01T00:18:31Z true"));
        for name in [
            "111122223333_CloudTrail-Digest_us-east-1_us-east-1_20260301T001831Z.json.gz",
            "111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260301T0018Z.json.gz",
            "111122223333_CloudTrail_us-east-1_20260301T0015Z_AbCdEfGh01234567.json.gz",
            "111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260301T001831Z.json.gz.metadata.json",
        ] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn folders_tell_where_files_of_other_names_belong() {
        let folder = "p/AWSLogs/o-abc/111122223333/CloudTrail/us-east-1/2026/03/01/";
        let place = Some(("111122223333", "us-east-1"));
        assert_eq!(log_folder(&format!("{folder}forged.json.gz")), place);
        assert_eq!(log_folder(&format!("{folder}forged.gz")), place);
        assert_eq!(log_folder(&format!("{folder}index.html")), None);
        assert_eq!(log_folder(&format!("{folder}a.json.gz.metadata.json")), None);
        assert_eq!(log_folder("CloudTrail/us-east-1/a.json"), None);
        assert_eq!(organisation(folder, "111122223333"), Some("o-abc"));
        assert_eq!(organisation("AWSLogs/111122223333/x", "111122223333"), None);
        assert_eq!(shared_end("a/b/c", "x/b/c"), 2);
        let key = "AWSLogs/1/D/2026/x.json.gz";
        for (name, same) in [
            ("x.json", true),
            ("2026/x.json.gz", true),
            ("s2/2026/x.json", true),
            ("out/AWSLogs/1/D/2026/x.json.gz", true),
            ("2027/x.json.gz", false),
            ("all/x.json.gz", false),
        ] {
            assert_eq!(same_folder(name, key), same, "{name}");
        }
    }
}
