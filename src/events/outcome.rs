//! What came of a request. A failure is not only `errorCode` (cloudtrail-records §1 rule 3, §6.5).

use std::borrow::Cow;

use super::text;
use crate::records::Record;
use crate::records::scan::Json;

/// Outcome classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It happened.
    Done,
    /// Refused for lack of permission or failed authentication.
    Refused,
    /// A condition did not hold; nothing was written, but the caller learnt that.
    ConditionFailed,
    /// The object does not exist.
    NotFound,
    /// Throttled.
    Throttled,
    /// The request was malformed.
    Invalid,
    /// Any other failure.
    Other,
}

impl Outcome {
    /// The word of data files and rules.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::ConditionFailed => "condition-failed",
            Outcome::NotFound => "not-found",
            Outcome::Throttled => "throttled",
            Outcome::Invalid => "invalid",
            Outcome::Other => "other",
        }
    }
}

/// Parts of error codes, lower case, in the order they decide.
const WORDS: &[(Outcome, &[&str])] = &[
    (
        Outcome::Refused,
        &[
            "accessdenied",
            "unauthorized",
            "forbidden",
            "unrecognizedclient",
            "invalidclienttokenid",
            "expiredtoken",
            "signaturedoesnotmatch",
            "notauthorized",
            "invalidaccess",
            "optinrequired",
            "missingauthenticationtoken",
        ],
    ),
    (Outcome::ConditionFailed, &["conditionalcheckfailed"]),
    (
        Outcome::Throttled,
        &[
            "throttl",
            "throughputexceeded",
            "requestlimitexceeded",
            "toomanyrequests",
            "slowdown",
            "limitexceeded",
        ],
    ),
    (Outcome::NotFound, &["notfound", "nosuch", "doesnotexist"]),
    (Outcome::Invalid, &["validation", "invalid", "malformed", "missingparameter", "serialization"]),
];

/// The outcome of a record.
pub fn of(record: &Record<'_>) -> Outcome {
    let code = text(record.error_code);
    match &*code {
        "" | "200" => silent(record),
        "TransactionCanceledException" => cancelled(&text(record.error_message)),
        code => by_code(code),
    }
}

fn by_code(code: &str) -> Outcome {
    let lower = code.to_ascii_lowercase();
    let decided = WORDS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)));
    decided.map_or(Outcome::Other, |(outcome, _)| *outcome)
}

/// Reasons stand in the message by position: `[ConditionalCheckFailed, None]`.
fn cancelled(message: &str) -> Outcome {
    let lower = message.to_ascii_lowercase();
    if lower.contains("conditionalcheckfailed") {
        Outcome::ConditionFailed
    } else if lower.contains("accessdenied") {
        Outcome::Refused
    } else if lower.contains("throttl") || lower.contains("throughputexceeded") {
        Outcome::Throttled
    } else if lower.contains("validationerror") {
        Outcome::Invalid
    } else {
        Outcome::Other
    }
}

/// No error code: sign-ins say it elsewhere.
fn silent(record: &Record<'_>) -> Outcome {
    let failed = |value: Json<'_>| value.text().is_some_and(|text| text.eq_ignore_ascii_case("failure"));
    let login = record.response.and_then(|response| response.get("ConsoleLogin"));
    let service = record.service_details.filter(|details| details.is_object());
    let service_failed = service.is_some_and(|details| {
        ["CredentialVerification", "UserAuthentication", "CredentialChallenge"]
            .iter()
            .any(|name| details.get(name).is_some_and(failed))
    });
    if login.is_some_and(failed) || service_failed {
        return Outcome::Refused;
    }
    match record.error_message.and_then(Json::text) {
        Some(message) if !message.is_empty() => {
            if message.to_ascii_lowercase().contains("failed authentication") {
                Outcome::Refused
            } else {
                by_code(&message.replace(' ', ""))
            }
        }
        _ => Outcome::Done,
    }
}

/// Whether a record tells success or failure. A call without error succeeded; a sign-in states its result apart, and one
/// that states neither result nor error tells nothing.
pub fn is_told(record: &Record<'_>, source: &str, operation: &str) -> bool {
    if source != "signin.amazonaws.com" || operation != "ConsoleLogin" {
        return true;
    }
    let result = record.response.and_then(|response| response.get("ConsoleLogin")).and_then(Json::text);
    let stated = result
        .is_some_and(|text| text.eq_ignore_ascii_case("success") || text.eq_ignore_ascii_case("failure"));
    stated || !text(record.error_code).is_empty() || !text(record.error_message).is_empty()
}

/// The error as data files print it: the code, else the start of the message.
pub fn error_text<'a>(record: &Record<'a>, outcome: Outcome) -> Cow<'a, str> {
    if outcome == Outcome::Done {
        return Cow::Borrowed("");
    }
    let code = text(record.error_code);
    if !code.is_empty() {
        return code;
    }
    let message = text(record.error_message);
    if message.is_empty() { Cow::Borrowed("Failure") } else { Cow::Owned(message.chars().take(80).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Outcome {
        let text = format!(r#"{{"eventVersion":"1.09","eventName":"x",{json}}}"#);
        of(&Record::of(Json::first(&text, 0).unwrap().0).unwrap())
    }

    #[test]
    fn a_sign_in_without_result_and_error_tells_no_outcome() {
        let tells = |service: &str, operation: &str, json: &str| {
            let text = format!(
                r#"{{"eventVersion":"1.09","eventSource":"{service}.amazonaws.com","eventName":"{operation}",{json}}}"#
            );
            let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
            crate::events::understand(&record).outcome_told
        };
        let silent = [
            r#""responseElements":null"#,
            r#""responseElements":{}"#,
            r#""responseElements":{"ConsoleLogin":""}"#,
            r#""errorCode":"","errorMessage":null"#,
        ];
        for json in silent {
            assert!(!tells("signin", "ConsoleLogin", json), "{json}");
        }
        let stated = [
            r#""responseElements":{"ConsoleLogin":"Success"}"#,
            r#""responseElements":{"ConsoleLogin":"Failure"}"#,
            r#""errorMessage":"Failed authentication""#,
            r#""errorCode":"AccessDenied","responseElements":null"#,
        ];
        for json in stated {
            assert!(tells("signin", "ConsoleLogin", json), "{json}");
        }
        let null = r#""responseElements":null"#;
        assert!(tells("iam", "DeleteUser", null) && tells("dynamodb", "GetItem", null));
    }

    #[test]
    fn spellings_of_failure_are_understood() {
        let cases = [
            (r#""a":1"#, Outcome::Done),
            (r#""errorCode":"""#, Outcome::Done),
            (r#""errorCode":"200""#, Outcome::Done),
            (r#""errorCode":"Client.UnauthorizedOperation""#, Outcome::Refused),
            (r#""errorCode":"AccessDenied""#, Outcome::Refused),
            (r#""errorCode":"VpceAccessDenied""#, Outcome::Refused),
            (r#""errorCode":"ProvisionedThroughputExceededException""#, Outcome::Throttled),
            (r#""errorCode":"ConditionalCheckFailedException""#, Outcome::ConditionFailed),
            (
                r#""errorCode":"TransactionCanceledException","errorMessage":"reasons [ConditionalCheckFailed, None]""#,
                Outcome::ConditionFailed,
            ),
            (
                r#""errorCode":"TransactionCanceledException","errorMessage":"reasons [None, TransactionConflict]""#,
                Outcome::Other,
            ),
            (r#""errorCode":"ResourceNotFoundException""#, Outcome::NotFound),
            (r#""errorCode":"ValidationException""#, Outcome::Invalid),
            (
                r#""errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"}"#,
                Outcome::Refused,
            ),
            (r#""serviceEventDetails":{"CredentialVerification":"Failure"}"#, Outcome::Refused),
            (r#""serviceEventDetails":{"CredentialVerification":"Success"}"#, Outcome::Done),
            (r#""errorCode":"InternalServerError""#, Outcome::Other),
        ];
        for (json, expected) in cases {
            assert_eq!(told(json), expected, "{json}");
        }
    }
}
