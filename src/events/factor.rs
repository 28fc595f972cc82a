//! What a record itself says of a second factor: sign-ins state it, and requests for a session name the device.

use super::Outcome;
use crate::records::Record;
use crate::records::scan::Json;

/// A second factor, as a record states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// Nothing is said.
    #[default]
    Unstated,
    /// It was used.
    Used,
    /// It was not.
    NotUsed,
}

/// What the record says.
pub fn of(record: &Record<'_>, source: &str, operation: &str, outcome: Outcome) -> Factor {
    match (source, operation) {
        ("signin.amazonaws.com", "ConsoleLogin") => {
            let used = record.additional.and_then(|data| data.get_folded("MFAUsed")).and_then(Json::text);
            match used.as_deref() {
                Some("Yes") => Factor::Used,
                Some("No") => Factor::NotUsed,
                _ => Factor::Unstated,
            }
        }
        ("sts.amazonaws.com", "AssumeRole" | "GetSessionToken")
            if outcome == Outcome::Done && names_device(record) =>
        {
            Factor::Used
        }
        _ => Factor::Unstated,
    }
}

/// A request for a session that names a device was only granted with its code.
pub fn names_device(record: &Record<'_>) -> bool {
    let device = record.request.and_then(|request| request.get_folded("serialNumber")).and_then(Json::text);
    device.is_some_and(|device| !device.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_ins_and_requests_for_sessions_state_it() {
        let told = |service: &str, operation: &str, rest: &str, outcome| {
            let text = format!(r#"{{"eventVersion":"1.09","eventName":"{operation}",{rest}}}"#);
            let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
            of(&record, &format!("{service}.amazonaws.com"), operation, outcome)
        };
        let login = |used: &str| {
            told(
                "signin",
                "ConsoleLogin",
                &format!(r#""additionalEventData":{{"MFAUsed":"{used}"}}"#),
                Outcome::Done,
            )
        };
        assert_eq!([login("Yes"), login("No"), login("")], [Factor::Used, Factor::NotUsed, Factor::Unstated]);
        let device = r#""requestParameters":{"serialNumber":"arn:aws:iam::111122223333:mfa/x"}"#;
        assert_eq!(told("sts", "AssumeRole", device, Outcome::Done), Factor::Used);
        assert_eq!(told("sts", "AssumeRole", device, Outcome::Refused), Factor::Unstated);
        assert_eq!(told("sts", "AssumeRole", r#""requestParameters":{}"#, Outcome::Done), Factor::Unstated);
    }
}
