//! Where the logs lie: a folder, or a bucket with the settings to reach it and the part of it that matters. Comes in:
//! `[[source]]`, flags. Goes out: checked [`Source`]s. It never opens one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{File, SourceSection};
use crate::clock::Seconds;
use crate::error::{Error, Result};

/// One place with logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder or a single file.
    Folder(PathBuf),
    /// Objects of a bucket.
    S3(Box<S3Place>),
}

impl Source {
    /// A folder, or a bucket when the text starts with `s3://`.
    ///
    /// # Errors
    /// `Kind::Usage` when the bucket's name is missing or no name of a bucket.
    pub fn new(path: &Path, settings: &S3Settings, scope: &S3Scope) -> Result<Source> {
        match path.to_str().and_then(|text| text.strip_prefix("s3://")) {
            None => Ok(Source::Folder(path.to_path_buf())),
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                check_bucket(path, bucket)?;
                Ok(Source::S3(Box::new(S3Place {
                    bucket: bucket.to_owned(),
                    prefix: prefix.to_owned(),
                    settings: settings.clone(),
                    scope: scope.clone(),
                })))
            }
        }
    }

    /// As a person writes it.
    pub fn shown(&self) -> String {
        match self {
            Source::Folder(path) => path.display().to_string(),
            Source::S3(place) => place.shown(),
        }
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Source::Folder(path)
    }
}

fn check_bucket(path: &Path, bucket: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (3..=255).contains(&bucket.len()) && bucket.bytes().all(plain) && !bucket.starts_with('.') {
        return Ok(());
    }
    Err(Error::usage(format!("{}: {bucket:?} is no name of a bucket", path.display()))
        .hint("write s3://BUCKET/PREFIX, for example s3://acme-trail-logs/AWSLogs"))
}

/// A bucket, the prefix below which to look, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// Name or access point alias.
    pub bucket: String,
    /// As written, without leading `/`; empty for the whole bucket.
    pub prefix: String,
    /// How the bucket is reached.
    pub settings: S3Settings,
    /// What of it matters.
    pub scope: S3Scope,
}

impl S3Place {
    /// `s3://BUCKET/PREFIX`.
    pub fn shown(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }
}

/// How a bucket is reached. What is not set is left to the default chain of AWS: environment, profile, machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Settings {
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Role to take on before asking.
    pub role_arn: Option<String>,
    /// External id that the role demands.
    pub external_id: Option<String>,
    /// Region of the bucket; a wrong one is followed to the right one inside the partition.
    pub region: Option<String>,
    /// Address of an S3-compatible server.
    pub endpoint: Option<String>,
    /// The bucket's name in the path instead of in the host.
    pub path_style: Option<bool>,
    /// Endpoints with FIPS 140 validated cryptography.
    pub fips: Option<bool>,
    /// The one who asks pays for requests and transfer.
    pub requester_pays: Option<bool>,
    /// Account that must own the bucket.
    pub bucket_owner: Option<String>,
    /// Folder for fetched objects.
    pub cache: Option<PathBuf>,
    /// Also accounts and regions that audit.toml does not declare.
    pub outside_scope: Option<bool>,
    /// Requests in flight at a time; 64 when not set.
    pub requests: Option<u16>,
    /// Address of a server that answers ListPublicKeys in place of CloudTrail.
    pub cloudtrail_endpoint: Option<String>,
}

impl S3Settings {
    /// These settings, and `other` where they say nothing.
    #[must_use]
    pub fn or(self, other: &S3Settings) -> S3Settings {
        let other = other.clone();
        S3Settings {
            profile: self.profile.or(other.profile),
            role_arn: self.role_arn.or(other.role_arn),
            external_id: self.external_id.or(other.external_id),
            region: self.region.or(other.region),
            endpoint: self.endpoint.or(other.endpoint),
            path_style: self.path_style.or(other.path_style),
            fips: self.fips.or(other.fips),
            requester_pays: self.requester_pays.or(other.requester_pays),
            bucket_owner: self.bucket_owner.or(other.bucket_owner),
            cache: self.cache.or(other.cache),
            outside_scope: self.outside_scope.or(other.outside_scope),
            requests: self.requests.or(other.requests),
            cloudtrail_endpoint: self.cloudtrail_endpoint.or(other.cloudtrail_endpoint),
        }
    }

    /// The settings of a `[[source]]`; a relative cache folder lies beside audit.toml.
    pub fn written(section: &SourceSection, folder: impl Fn(&Path) -> PathBuf) -> S3Settings {
        S3Settings {
            profile: section.profile.clone(),
            role_arn: section.role_arn.clone(),
            external_id: section.external_id.clone(),
            region: section.region.clone(),
            endpoint: section.endpoint.clone(),
            path_style: section.path_style,
            fips: section.fips,
            requester_pays: section.requester_pays,
            bucket_owner: section.bucket_owner.clone(),
            cache: section.cache.as_deref().map(folder),
            outside_scope: section.outside_scope,
            requests: section.requests,
            cloudtrail_endpoint: None,
        }
    }
}

/// What of a trail's bucket matters. Empty means everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Scope {
    /// Regions by account; no account at all stands for every account, an account without region for every region.
    pub accounts: BTreeMap<String, BTreeSet<String>>,
    /// Window of the audit, end not included.
    pub window: Option<(Seconds, Seconds)>,
}

/// Where records of services without a region are delivered, one for each partition.
const GLOBAL: [&str; 3] = ["us-east-1", "us-gov-west-1", "cn-north-1"];

impl S3Scope {
    /// The scope of an audit: its accounts, the account that owns the log buckets, and the window.
    pub fn of(file: &File, window: (Seconds, Seconds)) -> S3Scope {
        let regions = |account: &super::AccountSection| account.regions.iter().cloned().collect();
        let mut accounts: BTreeMap<String, BTreeSet<String>> =
            file.accounts.iter().map(|account| (account.id.clone(), regions(account))).collect();
        let owner = file.logs.as_ref().and_then(|logs| logs.account.as_ref());
        if let Some(owner) = owner.filter(|_| !accounts.is_empty()) {
            let all = accounts.values().flatten().cloned().collect();
            accounts.entry(owner.as_ref().clone()).or_insert(all);
        }
        S3Scope { accounts, window: Some(window) }
    }

    /// Whether an account's logs are wanted.
    pub fn has_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains_key(account)
    }

    /// Whether the logs that a region delivered for an account are wanted. The region that delivers IAM, STS and
    /// sign-in always is: without it nobody could be told who took on a role.
    pub fn has_region(&self, account: &str, region: &str) -> bool {
        GLOBAL.contains(&region)
            || self.accounts.get(account).is_none_or(|regions| regions.is_empty() || regions.contains(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Result<Source> {
        Source::new(Path::new(text), &S3Settings::default(), &S3Scope::default())
    }

    #[test]
    fn buckets_and_folders_are_told_apart() {
        let Ok(Source::S3(place)) = source("s3://acme-logs/a//b/") else { panic!("no bucket") };
        assert_eq!((place.bucket.as_str(), place.prefix.as_str()), ("acme-logs", "a//b/"));
        assert_eq!(source("s3://acme-logs").unwrap().shown(), "s3://acme-logs/");
        assert_eq!(source("logs/s3:").unwrap(), Source::Folder(PathBuf::from("logs/s3:")));
        for wrong in ["s3://", "s3:///x", "s3://a b c/x", "s3://user:word@host/x", "s3://../x"] {
            assert!(source(wrong).unwrap_err().hint.is_some(), "{wrong}");
        }
    }

    #[test]
    fn settings_in_front_win() {
        let front = S3Settings { region: Some("eu-west-1".into()), fips: Some(false), ..Default::default() };
        let back = S3Settings {
            region: Some("x".into()),
            fips: Some(true),
            requests: Some(3),
            ..Default::default()
        };
        let both = front.or(&back);
        assert_eq!(
            (both.region.as_deref(), both.fips, both.requests),
            (Some("eu-west-1"), Some(false), Some(3))
        );
    }

    #[test]
    fn regions_of_an_account_and_the_one_that_delivers_sign_ins() {
        let regions = BTreeSet::from(["eu-west-1".to_owned()]);
        let scope = S3Scope { accounts: BTreeMap::from([("1".to_owned(), regions)]), window: None };
        let has = |account, region| scope.has_account(account) && scope.has_region(account, region);
        assert!(
            has("1", "eu-west-1")
                && has("1", "us-east-1")
                && !has("1", "eu-west-2")
                && !has("2", "eu-west-1")
        );
        assert!(S3Scope::default().has_account("2") && S3Scope::default().has_region("2", "x"));
    }
}
