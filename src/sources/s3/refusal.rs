//! What S3 says when it does not give what was asked for. Comes in: an error of the SDK. Goes out: a gap that is counted, or
//! an error that ends the run because nothing else would fare better. It passes on codes and messages, never requests.

use std::error::Error as _;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::error::{Error, Kind};
use crate::gaps::GapKind;

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Code of S3, or a word of ours when there is none.
    pub code: String,
    /// Message of S3 or of the network; hostile text.
    pub message: String,
    /// Region that S3 names as the bucket's.
    pub region: Option<String>,
}

impl Refusal {
    /// Reads an error of the SDK.
    pub fn new<E>(error: &SdkError<E, HttpResponse>) -> Refusal
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let response = error.raw_response();
        let status = response.map_or(0, |response| response.status().as_u16());
        let region = response
            .and_then(|response| response.headers().get("x-amz-bucket-region"))
            .map(str::to_owned)
            .filter(|region| region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        let (code, message) = match error {
            SdkError::ServiceError(answer) => {
                let meta = answer.err().meta();
                (meta.code().map(str::to_owned), meta.message().map(str::to_owned))
            }
            _ => (None, None),
        };
        let code = code.unwrap_or_else(|| word(error, status).to_owned());
        Refusal { status, code: plain(&code), message: message.unwrap_or_else(|| causes(error)), region }
    }

    /// A failure while bytes arrive.
    pub fn body(message: String) -> Refusal {
        let mismatch = message.to_ascii_lowercase().contains("checksum");
        let code = if mismatch { "ChecksumMismatch" } else { "BodyCut" };
        Refusal { status: 0, code: code.to_owned(), message, region: None }
    }

    /// The gap that one refused object or listing is; the detail holds nothing that differs from run to run.
    pub fn gap(&self) -> (GapKind, String) {
        let detail = match self.status {
            0 => self.code.clone(),
            status => format!("{} ({status})", self.code),
        };
        (self.kind(), detail)
    }

    fn kind(&self) -> GapKind {
        let message = self.message.to_ascii_lowercase();
        match (self.code.as_str(), self.status) {
            ("ChecksumMismatch", _) => GapKind::BadChecksum,
            ("InvalidObjectState", _) => GapKind::Archived,
            (code, _) if code.starts_with("KMS.") || code.starts_with("Kms") => GapKind::KeyRefused,
            ("AccessDenied" | "InvalidRequest" | "InvalidArgument", 400 | 403) if message.contains("kms") => {
                GapKind::KeyRefused
            }
            ("NoSuchKey" | "NotFound" | "NoSuchVersion", _) | (_, 404) => GapKind::ObjectGone,
            ("SlowDown" | "ServiceUnavailable" | "Throttling" | "RequestLimitExceeded", _)
            | (_, 429 | 503) => GapKind::Throttled,
            (_, 401 | 403) => GapKind::AccessDenied,
            _ => GapKind::NotFetched,
        }
    }

    /// Whether asking again later can help.
    pub fn may_pass(&self) -> bool {
        matches!(self.kind(), GapKind::Throttled | GapKind::BadChecksum)
            || (self.kind() == GapKind::NotFetched && (self.status == 0 || self.status >= 500))
    }

    /// The error when every further request would fare the same: the credentials are bad, or the bucket is.
    pub fn fatal(&self, bucket: &str) -> Option<Error> {
        match self.code.as_str() {
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Some((
                "the AWS credentials have expired",
                "sign in again and repeat the command: what was fetched is kept and not fetched again",
            )),
            "NoCredentials" => Some(("there are no AWS credentials", NO_CREDENTIALS)),
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "AuthorizationHeaderMalformed" => Some((
                "the AWS credentials are refused",
                "check which credentials are in use (aws sts get-caller-identity), the profile, and the \
                     partition: GovCloud and China have credentials and regions of their own",
            )),
            "RequestTimeTooSkewed" => {
                Some(("S3 refuses the time of this machine", "set the clock of this machine and run again"))
            }
            "NoSuchBucket" => Some((
                "there is no such bucket",
                "check its name; buckets of GovCloud and China are found with a region there (--s3-region)",
            )),
            _ => None,
        }
        .map(|(what, hint)| self.error(bucket, what, hint))
    }

    /// The error when the first listing fails: nothing can be read then.
    pub fn at_start(&self, bucket: &str) -> Error {
        if let Some(error) = self.fatal(bucket) {
            return error;
        }
        match self.kind() {
            GapKind::AccessDenied | GapKind::KeyRefused => self.error(
                bucket,
                "the bucket may not be listed",
                "allow s3:ListBucket on the bucket and s3:GetObject below the prefix (README, \"Reading from S3\"); \
                 a policy that allows one prefix only needs exactly that prefix as source; with bucket_owner, check that account",
            ),
            GapKind::Throttled => {
                self.error(bucket, "S3 asks to slow down", "run again later, or with fewer requests (--s3-requests 8)")
            }
            GapKind::ObjectGone => self.error(
                bucket,
                "there is no such bucket",
                "check its name, the endpoint and whether it needs path style (--s3-path-style)",
            ),
            _ => self.error(
                bucket,
                "the bucket cannot be reached",
                "check the network, a proxy, the region and the endpoint (--s3-region, --s3-endpoint)",
            ),
        }
    }

    fn error(&self, bucket: &str, what: &str, hint: &str) -> Error {
        let mut error = Error::new(Kind::NoInput, format!("s3://{bucket}: {what}")).hint(hint);
        let message: String = self.message.chars().take(400).collect();
        error.causes.push(if message.is_empty() {
            self.code.clone()
        } else {
            format!("{}: {message}", self.code)
        });
        error
    }
}

/// What to do without credentials.
pub const NO_CREDENTIALS: &str = "set AWS_PROFILE or --s3-profile, sign in (aws sso login), or set \
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";

fn word<E, R>(error: &SdkError<E, R>, status: u16) -> &'static str {
    match (error, status) {
        (_, 301 | 307 | 308) => "Redirect",
        (_, 401 | 403) => "Forbidden",
        (_, 404) => "NotFound",
        (_, 429 | 503) => "ServiceUnavailable",
        (SdkError::ConstructionFailure(_), _) => "NotSent",
        (SdkError::TimeoutError(_), _) => "Timeout",
        (SdkError::DispatchFailure(_), _) => "NoConnection",
        _ => "UnknownAnswer",
    }
}

/// The causes of an error of the network, joined.
fn causes<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    let mut told = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        told.push(cause.to_string());
        next = cause.source();
    }
    told.join(": ")
}

/// A code with nothing but letters, digits and dots.
fn plain(code: &str) -> String {
    code.chars().filter(|sign| sign.is_ascii_alphanumeric() || ".-".contains(*sign)).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str, message: &str) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.to_owned(), region: None }
    }

    #[test]
    fn refusals_of_objects_are_told_apart() {
        for (status, code, message, kind) in [
            (403, "AccessDenied", "Access Denied", GapKind::AccessDenied),
            (403, "AccessDenied", "not authorized to perform: kms:Decrypt on it", GapKind::KeyRefused),
            (400, "KMS.DisabledException", "is disabled", GapKind::KeyRefused),
            (403, "InvalidObjectState", "storage class", GapKind::Archived),
            (404, "NoSuchKey", "", GapKind::ObjectGone),
            (503, "SlowDown", "Please reduce", GapKind::Throttled),
            (500, "InternalError", "", GapKind::NotFetched),
            (0, "ChecksumMismatch", "", GapKind::BadChecksum),
            (403, "Forbidden", "", GapKind::AccessDenied),
        ] {
            assert_eq!(refusal(status, code, message).gap().0, kind, "{code}");
            assert!(refusal(status, code, message).fatal("b").is_none(), "{code}");
        }
        assert_eq!(refusal(503, "SlowDown", "x").gap().1, "SlowDown (503)");
        assert!(refusal(0, "NoConnection", "").may_pass() && !refusal(404, "NoSuchKey", "").may_pass());
    }

    #[test]
    fn what_no_further_request_would_survive_ends_the_run() {
        for code in
            ["ExpiredToken", "InvalidAccessKeyId", "NoSuchBucket", "NoCredentials", "RequestTimeTooSkewed"]
        {
            let error = refusal(400, code, "why").fatal("b").unwrap();
            assert!(error.hint.is_some() && error.causes == [format!("{code}: why")], "{error}");
        }
    }

    #[test]
    fn a_body_with_another_checksum_is_no_cut_body() {
        assert_eq!(Refusal::body("body checksum mismatch. expected 1".into()).gap().0, GapKind::BadChecksum);
        assert_eq!(
            Refusal::body("connection closed".into()).gap(),
            (GapKind::NotFetched, "BodyCut".to_owned())
        );
    }

    #[test]
    fn codes_are_plain() {
        assert_eq!(plain("KMS.Dis\u{1b}[2Jabled"), "KMS.Dis2Jabled");
    }
}
