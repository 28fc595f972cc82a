//! `userIdentity` as SQL engines give it: lower-case members, or a struct printed as `{type=…, arn=…}`. Comes in: that
//! text. Goes out: the block as CloudTrail spells it, or nothing. The printed form has no quotation marks, so a value
//! could pose as a member: whatever could be read in two ways is refused, for a wrong person is worse than none.

use super::rows::push_text;
use super::scan::Json;

/// What stands at one level of the printed form: members in lower case and CloudTrail's spelling, and the level inside.
struct Level {
    members: &'static [(&'static str, &'static str, Option<&'static Level>)],
}

const TOP: Level = Level {
    members: &[
        ("type", "type", None),
        ("principalid", "principalId", None),
        ("arn", "arn", None),
        ("accountid", "accountId", None),
        ("accesskeyid", "accessKeyId", None),
        ("username", "userName", None),
        ("invokedby", "invokedBy", None),
        ("identityprovider", "identityProvider", None),
        ("credentialid", "credentialId", None),
        ("sessioncontext", "sessionContext", Some(&SESSION)),
        ("onbehalfof", "onBehalfOf", Some(&BEHALF)),
        ("inscopeof", "inScopeOf", Some(&SCOPE)),
        ("invokedbydelegate", "invokedByDelegate", Some(&DELEGATE)),
    ],
};

const SESSION: Level = Level {
    members: &[
        ("attributes", "attributes", Some(&ATTRIBUTES)),
        ("sessionissuer", "sessionIssuer", Some(&ISSUER)),
        ("webidfederationdata", "webIdFederationData", Some(&FEDERATION)),
        ("sourceidentity", "sourceIdentity", None),
        ("ec2roledelivery", "ec2RoleDelivery", None),
        ("assumedroot", "assumedRoot", None),
        ("signinsessionarn", "signInSessionArn", None),
    ],
};

const ATTRIBUTES: Level = Level {
    members: &[
        ("mfaauthenticated", "mfaAuthenticated", None),
        ("creationdate", "creationDate", None),
        ("sourceidentity", "sourceIdentity", None),
    ],
};

const ISSUER: Level = Level {
    members: &[
        ("type", "type", None),
        ("principalid", "principalId", None),
        ("arn", "arn", None),
        ("accountid", "accountId", None),
        ("username", "userName", None),
    ],
};

const FEDERATION: Level =
    Level { members: &[("federatedprovider", "federatedProvider", None), ("attributes", "", Some(&FREE))] };

const BEHALF: Level =
    Level { members: &[("userid", "userId", None), ("identitystorearn", "identityStoreArn", None)] };

const SCOPE: Level = Level {
    members: &[
        ("sourcearn", "sourceArn", None),
        ("sourceaccount", "sourceAccount", None),
        ("issuertype", "issuerType", None),
        ("credentialsissuedto", "credentialsIssuedTo", None),
    ],
};

const DELEGATE: Level = Level { members: &[("accountid", "accountId", None)] };

/// What an identity provider attests: any names; passed over.
const FREE: Level = Level { members: &[] };

/// Identity types whose names AWS keeps free of white space.
const STRICT: [&str; 6] = ["Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "AWSAccount"];

/// A member as read: its name in CloudTrail's spelling and what it says.
enum Member<'a> {
    Text(&'static str, &'a str),
    Inside(&'static str, Vec<Member<'a>>),
}

/// Rewrites a block that SQL engines gave as JSON: names in CloudTrail's spelling, empty members left out.
pub(super) fn renamed(json: Json<'_>) -> Option<String> {
    let mut out = String::new();
    rename(json, &TOP, &mut out)?;
    Some(out)
}

fn rename(json: Json<'_>, level: &Level, out: &mut String) -> Option<()> {
    out.push('{');
    let before = out.len();
    for step in json.members() {
        let (name, value) = step.ok()?;
        if value.is_null() {
            continue;
        }
        let folded = name.to_ascii_lowercase();
        let known = level.members.iter().find(|(lower, ..)| *lower == folded);
        let (spelt, inside) = known.map_or((name, None), |(_, spelt, inside)| (*spelt, *inside));
        if spelt.is_empty() {
            continue;
        }
        if out.len() > before {
            out.push(',');
        }
        out.push('"');
        out.push_str(spelt);
        out.push_str("\":");
        match inside.filter(|_| value.is_object()) {
            Some(inside) => rename(value, inside, out)?,
            None => out.push_str(value.raw()),
        }
    }
    out.push('}');
    Some(())
}

/// Reads the printed form. `None` for anything that is not clearly one identity.
pub(super) fn printed(text: &str) -> Option<String> {
    let mut reader = Reader { text, at: 0 };
    let members = reader.level(&TOP)?;
    (reader.at == text.len() && is_sound(&members)).then(|| {
        let mut out = String::new();
        write(&members, &mut out);
        out
    })
}

fn write(members: &[Member<'_>], out: &mut String) {
    out.push('{');
    for (number, member) in members.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        match member {
            Member::Text(name, text) => {
                push_text(out, name);
                out.push(':');
                push_text(out, text);
            }
            Member::Inside(name, inside) => {
                push_text(out, name);
                out.push(':');
                write(inside, out);
            }
        }
    }
    out.push('}');
}

/// Whether no value can have posed as a member. AWS writes the type, which nobody chooses, first. Names of most types
/// hold no white space, so they cannot hold `, member=`. Others are chosen by an identity provider: what follows such
/// a name may be a part of it.
fn is_sound(members: &[Member<'_>]) -> bool {
    let kind = match members.first() {
        Some(Member::Text("type", kind)) => *kind,
        _ => "",
    };
    if STRICT.contains(&kind) {
        return members.iter().all(without_space);
    }
    let name = members.iter().position(|member| matches!(member, Member::Text("userName", _)));
    let spaced = |member: &Member<'_>| {
        !matches!(member, Member::Text("userName" | "invokedBy", _)) && !without_space(member)
    };
    name.is_none_or(|place| place + 1 == members.len()) && !members.iter().any(spaced)
}

fn without_space(member: &Member<'_>) -> bool {
    match member {
        Member::Text("invokedBy", _) => true,
        Member::Text(_, text) => !text.contains(char::is_whitespace),
        Member::Inside(_, inside) => inside.iter().all(without_space),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// `{name=value, …}`; members that are null are left out.
    fn level(&mut self, level: &Level) -> Option<Vec<Member<'a>>> {
        if !self.eat("{") {
            return None;
        }
        if level.members.is_empty() {
            return self.free();
        }
        let (mut members, mut seen) = (Vec::new(), Vec::new());
        while !self.eat("}") {
            if !seen.is_empty() && !self.eat(", ") {
                return None;
            }
            let (name, _) = self.rest().split_once('=')?;
            let folded = name.to_ascii_lowercase();
            let (lower, spelt, inside) = level.members.iter().find(|(lower, ..)| *lower == folded)?;
            if seen.contains(lower) {
                return None;
            }
            seen.push(*lower);
            self.at += name.len() + 1;
            members.extend(self.member(spelt, *inside)?);
        }
        Some(members)
    }

    fn member(&mut self, spelt: &'static str, inside: Option<&'static Level>) -> Option<Option<Member<'a>>> {
        match inside {
            Some(inside) if self.rest().starts_with('{') => {
                let members = self.level(inside)?;
                Some((!members.is_empty()).then_some(Member::Inside(spelt, members)))
            }
            Some(_) => (self.value()? == "null").then_some(None),
            None => {
                let value = self.value()?;
                Some((value != "null" && !value.is_empty()).then_some(Member::Text(spelt, value)))
            }
        }
    }

    /// Up to the closing bracket of this level or the next member.
    fn value(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let close = rest.find(['{', '}'])?;
        let upto = rest.get(..close)?;
        let end = upto.match_indices(", ").map(|(at, _)| at).find(|at| names_member(upto, at + 2));
        let end = end.unwrap_or(close);
        if end == close && rest.as_bytes().get(close) == Some(&b'{') {
            return None;
        }
        self.at += end;
        rest.get(..end)
    }

    /// Whatever stands there without further brackets.
    fn free(&mut self) -> Option<Vec<Member<'a>>> {
        let close = self.rest().find(['{', '}'])?;
        self.at += close;
        self.eat("}").then(Vec::new)
    }
}

/// Whether a word and `=` stand at a place.
fn names_member(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    word > 0 && rest.as_bytes().get(word) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "{type=AssumedRole, principalid=AROAEXAMPLE:alice, arn=arn:aws:sts::111122223333:assumed-role/ops/alice, accountid=111122223333, invokedby=null, accesskeyid=ASIAEXAMPLE, username=null, sessioncontext={attributes={mfaauthenticated=true, creationdate=2026-03-02T10:00:00Z}, sessionissuer={type=Role, principalid=AROAEXAMPLE, arn=arn:aws:iam::111122223333:role/ops, accountid=111122223333, username=ops}, ec2roledelivery=null, webidfederationdata=null}}";

    #[test]
    fn a_printed_identity_says_what_the_record_said() {
        let told: serde_json::Value = serde_json::from_str(&printed(ROLE).unwrap()).unwrap();
        let expected = serde_json::json!({
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:alice",
            "arn": "arn:aws:sts::111122223333:assumed-role/ops/alice", "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "attributes": {"mfaAuthenticated": "true", "creationDate": "2026-03-02T10:00:00Z"},
                "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE",
                    "arn": "arn:aws:iam::111122223333:role/ops", "accountId": "111122223333", "userName": "ops"},
            },
        });
        assert_eq!(told, expected);
        let web = "{type=AssumedRole, arn=arn:aws:sts::1:assumed-role/ci/x, sessioncontext={webidfederationdata={federatedprovider=p, attributes={sub=repo:a/b, aud=sts}}}}";
        assert!(printed(web).unwrap().contains("federatedProvider"));
        assert_eq!(
            printed("{type=AWSService, invokedby=dynamodb.amazonaws.com}").unwrap(),
            r#"{"type":"AWSService","invokedBy":"dynamodb.amazonaws.com"}"#
        );
        assert!(
            printed("{type=SAMLUser, username=Doe, Jane, sessioncontext=null}")
                .unwrap()
                .contains("Doe, Jane")
        );
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "{type=SAMLUser, username=x, arn=arn:aws:iam::111122223333:user/alice}",
            "{type=SAMLUser, username=x, onbehalfof={userid=alice}}",
            "{type=SAMLUser, username=x, note=y, accountid=null}",
            "{type=IAMUser, username=a, accountid=1, username=b}",
            "{type=IAMUser, username=a b}",
            "{type=IAMUser, username=a}x}",
            "{type=IAMUser, username=a{b}",
            "{type=AssumedRole, sessioncontext={sessionissuer={arn=a}, sourceidentity=x, sessionissuer={arn=b}}}",
            "{type=AssumedRole, sessioncontext={webidfederationdata={attributes={sub=a}, arn=b}}}",
            "{type=IAMUser, unknown=1}",
            "{type=IAMUser",
            "type=IAMUser",
            "{username=x, type=IAMUser, arn=y z}",
            "",
        ] {
            assert_eq!(printed(text), None, "{text}");
        }
    }
}
