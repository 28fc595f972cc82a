//! Flags that tell how buckets are reached, shared by the commands that read sources. They go before what audit.toml
//! says; what neither says is left to the default chain of AWS.

use std::path::PathBuf;

use crate::audit::S3Settings;

/// Flags for `s3://` sources.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Buckets (s3://BUCKET/PREFIX)")]
pub struct S3Flags {
    /// Profile of the AWS configuration files
    #[arg(id = "s3-profile", long = "s3-profile", value_name = "NAME")]
    pub profile: Option<String>,
    /// Role to take on before asking
    #[arg(id = "s3-role", long = "s3-role", value_name = "ARN")]
    pub role_arn: Option<String>,
    /// External id that the role demands
    #[arg(id = "s3-external-id", long = "s3-external-id", value_name = "ID")]
    pub external_id: Option<String>,
    /// Region of the bucket
    #[arg(id = "s3-region", long = "s3-region", value_name = "REGION")]
    pub region: Option<String>,
    /// Address of an S3-compatible server
    #[arg(id = "s3-endpoint", long = "s3-endpoint", value_name = "URL")]
    pub endpoint: Option<String>,
    /// Put the bucket's name into the path instead of the host
    #[arg(id = "s3-path-style", long = "s3-path-style")]
    pub path_style: bool,
    /// Use endpoints with FIPS 140 validated cryptography
    #[arg(id = "s3-fips", long = "s3-fips")]
    pub fips: bool,
    /// Pay for requests and transfer
    #[arg(id = "s3-requester-pays", long = "s3-requester-pays")]
    pub requester_pays: bool,
    /// Account that must own the bucket
    #[arg(id = "s3-bucket-owner", long = "s3-bucket-owner", value_name = "ACCOUNT")]
    pub bucket_owner: Option<String>,
    /// Folder for fetched objects; a folder of the user's cache if not given
    #[arg(id = "s3-cache", long = "s3-cache", value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// Also read accounts and regions that audit.toml does not declare
    #[arg(id = "s3-outside-scope", long = "s3-outside-scope")]
    pub outside_scope: bool,
    /// Requests in flight at a time; 64 if not given
    #[arg(id = "s3-requests", long = "s3-requests", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub requests: Option<u16>,
}

impl S3Flags {
    /// The settings that the flags state.
    pub fn settings(&self) -> S3Settings {
        S3Settings {
            profile: self.profile.clone(),
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            path_style: self.path_style.then_some(true),
            fips: self.fips.then_some(true),
            requester_pays: self.requester_pays.then_some(true),
            bucket_owner: self.bucket_owner.clone(),
            cache: self.cache.clone(),
            outside_scope: self.outside_scope.then_some(true),
            requests: self.requests,
            cloudtrail_endpoint: None,
        }
    }
}

/// Where fetched objects are kept when nobody says: `TRAILWITNESS_S3_CACHE`, else `trailwitness/s3` in the user's cache.
pub fn default_cache() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("TRAILWITNESS_S3_CACHE").or_else(|| {
        let user = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))?;
        Some(user.join("trailwitness").join("s3"))
    })
}
