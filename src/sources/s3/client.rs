//! Clients of AWS for a set of settings: default chain of credentials, profile, role, region, endpoint. Comes in: settings.
//! Goes out: a client whose credentials were found. It shows no credential to anybody.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};

use super::refusal::NO_CREDENTIALS;
use crate::audit::{S3Place, S3Settings};
use crate::error::{Error, Kind, Result};

/// Where a bucket is looked for first; S3 tells the right region of the partition.
const FIRST_REGION: &str = "us-east-1";
/// Tries of one request.
const TRIES: u32 = 5;

/// What all clients of these settings share.
///
/// # Errors
/// When no credentials are found.
pub async fn config(settings: &S3Settings) -> Result<SdkConfig> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
        .build();
    let retries = RetryConfig::standard().with_max_attempts(TRIES).with_max_backoff(Duration::from_secs(10));
    let mut loader =
        aws_config::defaults(BehaviorVersion::v2026_01_12()).retry_config(retries).timeout_config(timeouts);
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(fips) = settings.fips {
        loader = loader.use_fips(fips);
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        config = config.into_builder().region(Region::new(FIRST_REGION)).build();
    }
    if let Some(role) = &settings.role_arn {
        config = assume(config, role, settings.external_id.as_deref()).await;
    }
    check_credentials(&config).await?;
    Ok(config)
}

async fn assume(config: SdkConfig, role: &str, external_id: Option<&str>) -> SdkConfig {
    let mut builder = AssumeRoleProvider::builder(role).session_name("trailwitness").configure(&config);
    if let Some(id) = external_id {
        builder = builder.external_id(id);
    }
    let provider = builder.build().await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Asks for credentials once, so that a lack of them is told as that and not as a failed request.
async fn check_credentials(config: &SdkConfig) -> Result<()> {
    let Some(provider) = config.credentials_provider() else {
        return Err(Error::new(Kind::NoInput, "there are no AWS credentials").hint(NO_CREDENTIALS));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(cause) => {
            Err(Error::new(Kind::NoInput, "AWS credentials cannot be had").cause(&cause).hint(NO_CREDENTIALS))
        }
    }
}

/// A client of S3 for a bucket, in `region` when S3 named another than the settings.
pub fn s3(config: &SdkConfig, place: &S3Place, region: Option<&str>) -> Client {
    let mut builder = aws_sdk_s3::config::Builder::from(config);
    if let Some(region) = region {
        builder = builder.region(Region::new(region.to_owned()));
    }
    if let Some(endpoint) = &place.settings.endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    if let Some(path_style) = place.settings.path_style {
        builder = builder.force_path_style(path_style);
    }
    Client::from_conf(builder.build())
}
