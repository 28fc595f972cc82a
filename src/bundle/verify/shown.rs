//! A record as a person may see it: JSON with every member in its order, secrets taken out, card numbers masked, characters
//! that change how text is read as escapes. Comes in: the record and what has to be withheld. Goes out: JSON text that
//! is safe on a terminal.

use crate::events::cards;
use crate::records::scan::Json;
use crate::sources::folder::hidden;

/// In place of credentials, passwords and one-time codes.
const SECRET: &str = "[secret removed]";
/// In place of what may hold a key that audit.toml forbids in keys.
const WITHHELD: &str = "[withheld: holds a key that audit.toml calls sensitive]";

/// Members that hold secrets, by how their names end; letter case, `-` and `_` mean nothing.
const SECRETS: &[&str] = &[
    "password",
    "passphrase",
    "sessiontoken",
    "securitytoken",
    "accesstoken",
    "refreshtoken",
    "identitytoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "tokencode",
    "authenticationcode1",
    "authenticationcode2",
    "secretaccesskey",
    "secretkey",
    "clientsecret",
    "secretstring",
    "secretbinary",
    "samlassertion",
    "privatekey",
    "plaintext",
];

/// How session tokens of AWS begin, wherever they stand.
const TOKENS: &[&str] = &["IQoJ", "FwoG", "FQoG"];

/// Members in which an item's key may stand.
const KEYED: &[&str] =
    &["requestParameters", "responseElements", "additionalEventData", "resources", "errorMessage"];

/// The record as JSON text; with `sensitive`, without what may hold the item's key.
pub fn record(raw: &str, sensitive: bool) -> String {
    let mut out = String::new();
    match Json::first(raw, 0) {
        Ok((json, _)) => Printing { out: &mut out, sensitive }.value(json, 0),
        Err(fault) => out.push_str(&quoted(&format!("no JSON: {fault}"))),
    }
    visible(&out)
}

struct Printing<'o> {
    out: &'o mut String,
    sensitive: bool,
}

impl Printing<'_> {
    fn value(&mut self, json: Json<'_>, depth: usize) {
        if json.is_object() {
            self.list(
                '{',
                '}',
                json.members().map(|step| step.map(|(name, value)| (Some(name), value))),
                depth,
            );
        } else if json.is_list() {
            self.list('[', ']', json.items().map(|step| step.map(|value| (None, value))), depth);
        } else {
            self.out.push_str(&single(json));
        }
    }

    fn list<'a, E: std::fmt::Display>(
        &mut self,
        open: char,
        close: char,
        steps: impl Iterator<Item = Result<(Option<&'a str>, Json<'a>), E>>,
        depth: usize,
    ) {
        self.out.push(open);
        let mut any = false;
        for step in steps {
            self.out.push_str(if any { ",\n" } else { "\n" });
            self.out.push_str(&"  ".repeat(depth + 1));
            any = true;
            match step {
                Ok((name, value)) => self.member(name, value, depth),
                Err(fault) => {
                    let name = if open == '{' { "\"\": " } else { "" };
                    self.out.push_str(&format!("{name}{}", quoted(&format!("breaks here: {fault}"))));
                }
            }
        }
        if any {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(depth));
        }
        self.out.push(close);
    }

    fn member(&mut self, name: Option<&str>, value: Json<'_>, depth: usize) {
        let Some(name) = name else { return self.value(value, depth + 1) };
        let name =
            Json::first(&format!("\"{name}\""), 0).ok().and_then(|(json, _)| json.text().map(String::from));
        let name = name.unwrap_or_default();
        self.out.push_str(&quoted(&name));
        self.out.push_str(": ");
        if is_secret(&name) && !value.is_null() {
            self.out.push_str(&quoted(SECRET));
        } else if self.sensitive && depth == 0 && KEYED.contains(&name.as_str()) && !value.is_null() {
            self.out.push_str(&quoted(WITHHELD));
        } else if name == "LoginTo" {
            // The address holds a one-time code (cloudtrail-records §6.4).
            let text = value.text().unwrap_or_default();
            let page = text.split_once('?').map(|(page, _)| format!("{page}?{SECRET}"));
            self.out.push_str(&quoted(&page.unwrap_or_else(|| text.into_owned())));
        } else {
            self.value(value, depth + 1);
        }
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(|letter| !matches!(letter, '-' | '_')).collect::<String>().to_ascii_lowercase();
    SECRETS.iter().any(|end| plain.ends_with(end))
}

/// A text, number or truth value.
fn single(json: Json<'_>) -> String {
    if json.raw().starts_with('"') {
        return match json.text() {
            Some(text) if TOKENS.iter().any(|start| text.starts_with(start)) && text.len() > 100 => {
                quoted(SECRET)
            }
            Some(text) => quoted(&text),
            None => quoted(json.raw()),
        };
    }
    let masked = cards::masked(json.raw());
    if masked == json.raw() { masked.into_owned() } else { quoted(&masked) }
}

/// A JSON string, card numbers masked.
fn quoted(text: &str) -> String {
    serde_json::to_string(&*cards::masked(text)).unwrap_or_else(|_| "\"\"".to_owned())
}

/// JSON text in which characters that a terminal obeys, or that change how text around them is read, are escapes. Such
/// characters stand in strings alone, so it stays the same JSON.
pub fn visible(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if (letter.is_control() && letter != '\n') || hidden(letter) {
            let mut halves = [0; 2];
            for half in letter.encode_utf16(&mut halves) {
                out.push_str(&format!("\\u{half:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_numbers_their_digits() {
        let raw = r#"{"b":1.50,"a":[1,{"c":null}],"d":{},"e":[],"b":12345678901234567890123}"#;
        let expected = "{\n  \"b\": 1.50,\n  \"a\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"d\": {},\n  \"e\": [],\n  \"b\": 12345678901234567890123\n}";
        assert_eq!(record(raw, false), expected);
    }

    #[test]
    fn secrets_and_card_numbers_are_never_shown() {
        let token = format!("IQoJ{}", "a".repeat(200));
        let raw = format!(
            r#"{{"responseElements":{{"credentials":{{"sessionToken":"s3cret","accessKeyId":"ASIA1"}}}},"requestParameters":{{"tokenCode":"123456","X-Amz-Security-Token":{{"x":"s3cret"}},"newPassword":"s3cret","clientToken":"kept"}},"n":4111111111111111,"4111111111111111":"card 4111111111111111","errorMessage":"{token}","additionalEventData":{{"LoginTo":"https://a.example/x?code=s3cret"}}}}"#
        );
        let told = record(&raw, false);
        for never in ["s3cret", "123456", "4111111111111111", "IQoJ"] {
            assert!(!told.contains(never), "{never} in {told}");
        }
        for kept in
            ["ASIA1", "kept", "\"411111******1111\": \"card 411111******1111\"", "https://a.example/x?"]
        {
            assert!(told.contains(kept), "{kept} in {told}");
        }
        serde_json::from_str::<serde_json::Value>(&told).unwrap();
    }

    #[test]
    fn what_may_hold_a_sensitive_key_is_withheld() {
        let raw = r#"{"eventName":"GetItem","requestParameters":{"key":{"ssn":"078-05-1120"}},"responseElements":null,"errorMessage":"078-05-1120"}"#;
        let told = record(raw, true);
        assert!(!told.contains("078-05-1120") && told.contains("GetItem") && told.contains("null"), "{told}");
    }

    #[test]
    fn hostile_characters_are_escapes_and_broken_records_say_so() {
        let told = record("{\"a\":\"x\u{202e}y\u{9b}\u{e0041}\",\"b\":\"\\u001b[2J\"}", false);
        assert!(
            told.is_ascii() && told.contains(r"x\u202ey\u009b\udb40\udc41") && told.contains(r"\u001b[2J"),
            "{told}"
        );
        assert!(record("{\"a\":1 2}", false).contains("breaks here"));
        assert!(record("{\"a\":1", false).contains("no JSON"));
    }
}
