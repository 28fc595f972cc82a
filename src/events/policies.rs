//! Whom a written policy or access list lets in, as a text that takes few values: words separated by a space, sorted,
//! each once: `*` for everybody, account numbers, and `?` for what the record does not tell. Empty: AWS services or
//! nobody. Whose the accounts are is not known here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::arn;
use crate::records::Record;
use crate::records::scan::Json;

/// Everybody, also without an account.
pub const EVERYBODY: &str = "*";

/// Somebody that the record does not tell.
pub const UNCLEAR: &str = "?";

type Reach = BTreeSet<String>;

/// The reach of the policy, access list or grant that a call writes; `None` for a call that writes none.
pub fn written(record: &Record<'_>, service: &str, operation: &str) -> Option<String> {
    let request = record.request;
    let reach = match (service, operation) {
        ("dynamodb" | "cloudtrail" | "logs", "PutResourcePolicy") => {
            required(request, &["policy", "resourcePolicy", "policyDocument"])
        }
        ("s3", "PutBucketPolicy") => required(request, &["bucketPolicy", "policy"]),
        ("kms", "PutKeyPolicy") => required(request, &["policy"]),
        ("iam", "UpdateAssumeRolePolicy") => required(request, &["policyDocument"]),
        ("iam", "CreateRole") => required(request, &["assumeRolePolicyDocument"]),
        ("dynamodb", "CreateTable") => document(request, &["resourcePolicy"])?,
        ("kms", "CreateKey" | "ReplicateKey") => document(request, &["policy"])?,
        ("kms", "CreateGrant") => grantee(request),
        ("s3", "PutBucketAcl" | "PutObjectAcl") => access_list(request),
        _ => return None,
    };
    Some(reach.into_iter().collect::<Vec<_>>().join(" "))
}

fn one(word: &str) -> Reach {
    Reach::from([word.to_owned()])
}

/// A policy that must be there: without it the record does not tell what was written.
fn required(request: Option<Json<'_>>, names: &[&str]) -> Reach {
    document(request, names).unwrap_or_else(|| one(UNCLEAR))
}

/// The first of these members that holds something. S3 writes an empty `policy` beside the policy itself.
fn document(request: Option<Json<'_>>, names: &[&str]) -> Option<Reach> {
    let member =
        |name: &&str| request?.get_folded(name).filter(|value| !matches!(value.raw(), "\"\"" | "null"));
    let value = names.iter().find_map(member)?;
    let policy = match value.text() {
        Some(text) => read(&text),
        None => serde_json::from_str(value.raw()).ok(),
    };
    Some(policy.map_or_else(|| one(UNCLEAR), |policy| reach(&policy)))
}

/// A policy as text, perhaps URL-encoded.
fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with('{') {
        serde_json::from_str(text).ok()
    } else {
        serde_json::from_str(&decoded(text)?).ok()
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'%' => {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = tail.get(2..)?;
            }
            b'+' => bytes.push(b' '),
            plain => bytes.push(*plain),
        }
    }
    String::from_utf8(bytes).ok()
}

fn reach(policy: &Value) -> Reach {
    let Some(statements) = policy.get("Statement") else { return one(UNCLEAR) };
    let mut reach = Reach::new();
    for statement in each(statements) {
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Deny") => {}
            Some("Allow") => allowed(statement, &mut reach),
            _ => {
                reach.insert(UNCLEAR.to_owned());
            }
        }
    }
    reach
}

/// A value, or the members of a list.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array();
    list.into_iter().flatten().chain(list.is_none().then_some(value))
}

fn allowed(statement: &Value, reach: &mut Reach) {
    let mut named = Reach::new();
    match statement.get("Principal") {
        Some(Value::Object(kinds)) => {
            for (kind, names) in kinds {
                named.extend(each(names).filter_map(|name| principal(kind, name)));
            }
        }
        Some(Value::String(everybody)) if everybody == "*" => {
            named.insert(EVERYBODY.to_owned());
        }
        // Everybody but those named.
        None if statement.get("NotPrincipal").is_some() => {
            named.insert(EVERYBODY.to_owned());
        }
        _ => {
            named.insert(UNCLEAR.to_owned());
        }
    }
    if named.remove(EVERYBODY) {
        match statement.get("Condition").and_then(limited) {
            Some(limited) => named.extend(limited),
            None => {
                named.insert(EVERYBODY.to_owned());
            }
        }
    }
    reach.append(&mut named);
}

/// The word for one principal; `None` for an AWS service.
fn principal(kind: &str, name: &Value) -> Option<String> {
    let Some(name) = name.as_str() else { return Some(UNCLEAR.to_owned()) };
    match kind {
        "Service" => None,
        // An identity provider that is no resource of an account signs in anybody.
        "Federated" => Some(account(name).unwrap_or_else(|| EVERYBODY.to_owned())),
        "AWS" => Some(account(name).unwrap_or_else(|| UNCLEAR.to_owned())),
        _ => Some(UNCLEAR.to_owned()),
    }
}

/// The account of an account number or ARN; `*` stays.
fn account(name: &str) -> Option<String> {
    let account = arn::parse(name).map_or(name, |arn| arn.account);
    let number = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (number || account == EVERYBODY).then(|| account.to_owned())
}

/// Keys of conditions that name accounts, or something of an account.
const ACCOUNT_KEYS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "kms:calleraccount",
];

/// Keys of conditions that hold off the public, but do not tell which accounts are left.
const LIMITING_KEYS: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whom a statement for everybody lets in once its conditions hold; `None` when they leave everybody.
fn limited(condition: &Value) -> Option<Reach> {
    let mut unclear = false;
    for (operator, keys) in condition.as_object()? {
        // Negations and tests that an absent key passes limit nothing.
        let compares = matches!(
            operator.as_str(),
            "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike" | "IpAddress"
        );
        for (key, values) in keys.as_object().into_iter().flatten().filter(|_| compares) {
            let key = key.to_ascii_lowercase();
            let texts: Vec<&str> = each(values).filter_map(Value::as_str).collect();
            let open = |text: &&str| matches!(*text, "*" | "0.0.0.0/0" | "::/0");
            if texts.is_empty() || texts.iter().any(open) {
                continue;
            }
            let accounts: Option<Reach> = texts.iter().map(|text| account(text)).collect();
            match accounts {
                Some(accounts) if accounts.contains(EVERYBODY) => {}
                Some(accounts) if ACCOUNT_KEYS.contains(&key.as_str()) => {
                    return Some(accounts);
                }
                _ => unclear |= ACCOUNT_KEYS.contains(&key.as_str()) || LIMITING_KEYS.contains(&key.as_str()),
            }
        }
    }
    unclear.then(|| one(UNCLEAR))
}

fn grantee(request: Option<Json<'_>>) -> Reach {
    let name = request.and_then(|request| request.get_folded("granteePrincipal")).and_then(Json::text);
    match name.as_deref() {
        Some(name) if name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn") => Reach::new(),
        Some(name) => one(&account(name).unwrap_or_else(|| UNCLEAR.to_owned())),
        None => one(UNCLEAR),
    }
}

/// An access list of S3: a ready-made one by its name, or grants. Owners have canonical ids that tell no account; the
/// owner's own grant lets nobody else in.
fn access_list(request: Option<Json<'_>>) -> Reach {
    let Some(request) = request else { return one(UNCLEAR) };
    let raw = request.raw().replace("\\/", "/");
    if ["/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"]
        .iter()
        .any(|group| raw.contains(group))
    {
        return one(EVERYBODY);
    }
    let ready_made = request.get_folded("x-amz-acl");
    let name = ready_made.and_then(|name| name.text().or_else(|| name.items().next()?.ok()?.text()));
    match name.as_deref() {
        Some("public-read" | "public-read-write" | "authenticated-read") => return one(EVERYBODY),
        Some(
            "private"
            | "log-delivery-write"
            | "aws-exec-read"
            | "bucket-owner-read"
            | "bucket-owner-full-control",
        ) => return Reach::new(),
        _ => {}
    }
    let policy: Value = serde_json::from_str(request.raw()).unwrap_or_default();
    let policy = policy.get("AccessControlPolicy").or_else(|| policy.get("accessControlPolicy"));
    let inside = |name: &str| policy.and_then(|policy| policy.get(name));
    let owner = inside("Owner").and_then(|owner| owner.get("ID"));
    let grants = inside("AccessControlList").and_then(|list| list.get("Grant"));
    let own = |grant: &Value| {
        let grantee = grant.get("Grantee");
        let id = grantee.and_then(|grantee| grantee.get("ID"));
        let uri = grantee.and_then(|grantee| grantee.get("URI")).and_then(Value::as_str);
        (id.is_some() && id == owner) || uri.is_some_and(|uri| uri.ends_with("/groups/s3/LogDelivery"))
    };
    let told = grants.is_some_and(|grants| each(grants).all(own));
    if told { Reach::new() } else { one(UNCLEAR) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(service: &str, operation: &str, request: &Value) -> Option<String> {
        let text = serde_json::json!({
            "eventVersion": "1.09", "eventSource": format!("{service}.amazonaws.com"), "eventName": operation,
            "requestParameters": request,
        })
        .to_string();
        let record = Record::of(Json::first(&text, 0).unwrap().0).unwrap();
        written(&record, service, operation)
    }

    fn key_policy(statement: Value) -> String {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        told("kms", "PutKeyPolicy", &serde_json::json!({"policy": policy})).unwrap()
    }

    fn for_everybody(condition: Value) -> String {
        key_policy(serde_json::json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": condition}))
    }

    #[test]
    fn principals_of_a_policy() {
        let allow =
            |principal: Value| key_policy(serde_json::json!([{"Effect": "Allow", "Principal": principal}]));
        assert_eq!(allow("*".into()), "*");
        assert_eq!(
            allow(serde_json::json!({"AWS": ["arn:aws:iam::222233334444:root", "111122223333"]})),
            "111122223333 222233334444"
        );
        assert_eq!(
            allow(serde_json::json!({"AWS": "arn:aws-us-gov:iam::111122223333:role/x"})),
            "111122223333"
        );
        assert_eq!(allow(serde_json::json!({"AWS": "AROAEXAMPLEEXAMPLE"})), "?");
        assert_eq!(allow(serde_json::json!({"Service": "cloudtrail.amazonaws.com"})), "");
        assert_eq!(allow(serde_json::json!({"CanonicalUser": "79a5"})), "?");
        assert_eq!(allow(serde_json::json!({"Federated": "accounts.google.com"})), "*");
        assert_eq!(
            allow(serde_json::json!({"Federated": "arn:aws:iam::111122223333:saml-provider/idp"})),
            "111122223333"
        );
        assert_eq!(key_policy(serde_json::json!({"Effect": "Deny", "Principal": "*"})), "");
        assert_eq!(
            key_policy(serde_json::json!({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}})),
            "*"
        );
        assert_eq!(key_policy(serde_json::json!({"Effect": "Allow"})), "?");
    }

    #[test]
    fn conditions_limit_a_policy_for_everybody() {
        assert_eq!(
            for_everybody(
                serde_json::json!({"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}})
            ),
            "111122223333"
        );
        assert_eq!(
            for_everybody(
                serde_json::json!({"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::222233334444:role/*"]}})
            ),
            "222233334444"
        );
        assert_eq!(
            for_everybody(serde_json::json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})),
            "?"
        );
        assert_eq!(for_everybody(serde_json::json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})), "?");
        assert_eq!(
            for_everybody(
                serde_json::json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}})
            ),
            "*"
        );
        assert_eq!(
            for_everybody(serde_json::json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}})),
            "*"
        );
        assert_eq!(
            for_everybody(serde_json::json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}})),
            "*"
        );
        assert_eq!(for_everybody(serde_json::json!({"StringLike": {"aws:PrincipalArn": "*"}})), "*");
        assert_eq!(
            for_everybody(serde_json::json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})),
            "*"
        );
        assert_eq!(for_everybody(serde_json::json!({"Bool": {"aws:SecureTransport": "true"}})), "*");
    }

    #[test]
    fn a_policy_is_read_as_object_as_text_and_url_encoded() {
        let object = serde_json::json!({"bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222233334444:root"}}]}, "policy": ""});
        assert_eq!(told("s3", "PutBucketPolicy", &object).unwrap(), "222233334444");
        let encoded =
            "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C+%22Principal%22%3A%22%2A%22%7D%5D%7D";
        let request = serde_json::json!({"policyDocument": encoded});
        assert_eq!(told("iam", "UpdateAssumeRolePolicy", &request).unwrap(), "*");
    }

    #[test]
    fn what_cannot_be_read_is_unclear_and_not_nothing() {
        for policy in ["HIDDEN_DUE_TO_SECURITY_REASONS", "{\"Statement\":", "%7", "{}", "%ff"] {
            assert_eq!(
                told("kms", "PutKeyPolicy", &serde_json::json!({"policy": policy})).unwrap(),
                "?",
                "{policy}"
            );
        }
        assert_eq!(told("kms", "PutKeyPolicy", &Value::Null).unwrap(), "?");
        assert_eq!(told("dynamodb", "PutResourcePolicy", &serde_json::json!({})).unwrap(), "?");
        assert_eq!(told("kms", "CreateKey", &serde_json::json!({"description": ""})), None);
        assert_eq!(told("iam", "PutRolePolicy", &serde_json::json!({"policyDocument": "{}"})), None);
    }

    #[test]
    fn access_lists_and_grants() {
        let acl = |request: Value| told("s3", "PutBucketAcl", &request).unwrap();
        assert_eq!(acl(serde_json::json!({"x-amz-acl": ["public-read"]})), "*");
        assert_eq!(acl(serde_json::json!({"x-amz-acl": "private"})), "");
        assert_eq!(acl(serde_json::json!({"x-amz-acl": "of-our-own"})), "?");
        let grants = |grantee: Value| serde_json::json!({"AccessControlPolicy": {"AccessControlList": {"Grant": {"Grantee": grantee, "Permission": "READ"}}, "Owner": {"ID": "me"}}, "acl": [""]});
        assert_eq!(acl(grants(serde_json::json!({"ID": "me"}))), "");
        assert_eq!(acl(grants(serde_json::json!({"ID": "other"}))), "?");
        assert_eq!(
            acl(grants(serde_json::json!({"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}))),
            "*"
        );
        assert_eq!(
            acl(grants(serde_json::json!({"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}))),
            ""
        );
        let grant =
            |name: &str| told("kms", "CreateGrant", &serde_json::json!({"granteePrincipal": name})).unwrap();
        assert_eq!(grant("dynamodb.us-west-2.amazonaws.com"), "");
        assert_eq!(grant("arn:aws:iam::222233334444:role/x"), "222233334444");
        assert_eq!(grant("AROAEXAMPLE"), "?");
    }
}
