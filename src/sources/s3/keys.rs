//! The public keys that CloudTrail signs digests with, as AWS gives them. Comes in: regions and a window. Goes out: for each
//! region the list in the form that key files have, or why it could not be had. It judges no key.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_cloudtrail::primitives::{DateTime, DateTimeFormat};
use aws_sdk_cloudtrail::types::PublicKey;
use serde_json::{Value, json};

use super::{client, runtime};
use crate::audit::S3Settings;
use crate::clock::{HOUR, Seconds};
use crate::error::Result;
use crate::sources::base64;

/// Pages that one region may have: far above any real number.
const MOST_PAGES: usize = 100;

/// Keys by region: `{"PublicKeyList": [{"Value", "Fingerprint", "ValidityStartTime", "ValidityEndTime"}]}`, or why not.
pub type RegionKeys = BTreeMap<String, std::result::Result<Value, String>>;

/// Asks CloudTrail in each region for the keys of a window, from 1 h before to 2 h after it (cloudtrail-integrity §5).
///
/// # Errors
/// When there are no credentials; what a single region refuses stands in its place.
pub fn public_keys(
    settings: &S3Settings,
    regions: &[String],
    window: (Seconds, Seconds),
) -> Result<RegionKeys> {
    runtime()?.block_on(async {
        let config = client::config(settings).await?;
        let mut keys = RegionKeys::new();
        for region in regions {
            keys.insert(region.clone(), ask(&config, settings, region, window).await);
        }
        Ok(keys)
    })
}

async fn ask(
    config: &SdkConfig,
    settings: &S3Settings,
    region: &str,
    window: (Seconds, Seconds),
) -> std::result::Result<Value, String> {
    let client = client_of(config, settings, region);
    let mut keys = Vec::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let answer = client
            .list_public_keys()
            .start_time(DateTime::from_secs(window.0 - HOUR))
            .end_time(DateTime::from_secs(window.1 + 2 * HOUR))
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| told(&error))?;
        keys.extend(answer.public_key_list().iter().map(written));
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(json!({ "PublicKeyList": keys }));
        }
    }
    Err(format!("more than {MOST_PAGES} pages of keys"))
}

fn client_of(config: &SdkConfig, settings: &S3Settings, region: &str) -> Client {
    let mut builder = aws_sdk_cloudtrail::config::Builder::from(config)
        .region(Region::new(region.to_owned()))
        .timeout_config(
            aws_sdk_cloudtrail::config::timeout::TimeoutConfig::builder()
                .operation_timeout(Duration::from_secs(60))
                .build(),
        );
    if let Some(endpoint) = &settings.cloudtrail_endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    Client::from_conf(builder.build())
}

fn written(key: &PublicKey) -> Value {
    let time = |time: Option<&DateTime>| time.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    json!({
        "Value": key.value().map(|value| base64(value.as_ref())),
        "Fingerprint": key.fingerprint(),
        "ValidityStartTime": time(key.validity_start_time()),
        "ValidityEndTime": time(key.validity_end_time()),
    })
}

/// Code and message of a refusal, or the causes of a failure.
fn told<E>(
    error: &aws_sdk_cloudtrail::error::SdkError<E, aws_sdk_cloudtrail::config::http::HttpResponse>,
) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error.as_service_error().map(|error| error.meta()) {
        Some(meta) => format!("{}: {}", meta.code().unwrap_or("refused"), meta.message().unwrap_or_default()),
        None => DisplayErrorContext(error).to_string().chars().take(300).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_form_of_key_files() {
        let key = PublicKey::builder()
            .value(aws_sdk_cloudtrail::primitives::Blob::new(*b"foo"))
            .fingerprint("ab")
            .validity_start_time(DateTime::from_secs(0))
            .validity_end_time(DateTime::from_secs(86_400))
            .build();
        let expected = json!({"Value": "Zm9v", "Fingerprint": "ab", "ValidityStartTime": "1970-01-01T00:00:00Z", "ValidityEndTime": "1970-01-02T00:00:00Z"});
        assert_eq!(written(&key), expected);
    }
}
