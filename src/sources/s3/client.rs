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

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::Credentials;
    use aws_sdk_s3::presigning::PresigningConfig;

    use super::*;
    use crate::audit::S3Scope;

    /// The address that an object is asked from, without asking.
    fn address(region: &str, fips: bool, settings: S3Settings) -> String {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .use_fips(fips)
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("A", "s", None, None, "t")))
            .build();
        let place =
            S3Place { bucket: "acme".into(), prefix: String::new(), settings, scope: S3Scope::default() };
        let request = s3(&config, &place, None).get_object().bucket("acme").key("k");
        let lasting = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
        let signed = super::super::runtime().unwrap().block_on(request.presigned(lasting)).unwrap();
        signed.uri().split('?').next().unwrap().to_owned()
    }

    #[test]
    fn partitions_and_fips_have_their_own_hosts() {
        for (region, fips, expected) in [
            ("us-gov-west-1", false, "https://acme.s3.us-gov-west-1.amazonaws.com/k"),
            ("us-gov-east-1", true, "https://acme.s3-fips.us-gov-east-1.amazonaws.com/k"),
            ("cn-north-1", false, "https://acme.s3.cn-north-1.amazonaws.com.cn/k"),
            ("us-east-2", true, "https://acme.s3-fips.us-east-2.amazonaws.com/k"),
        ] {
            assert_eq!(address(region, fips, S3Settings::default()), expected);
        }
    }

    #[test]
    fn an_endpoint_of_ones_own_with_the_bucket_in_host_or_path() {
        let settings = |path_style| S3Settings {
            endpoint: Some("http://s3.example:9000".into()),
            path_style,
            ..S3Settings::default()
        };
        assert_eq!(address("us-east-1", false, settings(Some(true))), "http://s3.example:9000/acme/k");
        assert_eq!(address("us-east-1", false, settings(None)), "http://acme.s3.example:9000/k");
    }
}
