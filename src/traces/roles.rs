//! Functions and roles in place of employees. Comes in: a ledger. Goes out: for each caller a function and a role that
//! name no person; a text that would is withheld. Session names, user names, access keys and addresses never come out.

use std::collections::BTreeSet;

use crate::events::arn;
use crate::identities::{Caller, CallerType, Who};
use crate::ledger::Ledger;
use crate::ledger::row::Row;

/// What stands in place of a name that would name a person.
const WITHHELD: &str = "[withheld: the name would name a person]";

/// Shortest text that is looked for in names of roles.
const SHORTEST: usize = 3;

/// Texts that name people, and what is said in their place.
pub struct Roles {
    names: BTreeSet<String>,
}

impl Roles {
    /// Gathers what names people: the roster, and the user and session names of callers that are no programs.
    pub fn new(ledger: &Ledger) -> Roles {
        let mut names = BTreeSet::new();
        for row in &ledger.roster.rows {
            add(&mut names, &row.name);
            row.name.split_whitespace().for_each(|part| add(&mut names, part));
            add(&mut names, &row.mail);
            add(&mut names, row.mail.split('@').next().unwrap_or(""));
            for identity in &row.identities {
                add(&mut names, identity.rsplit('/').next().unwrap_or(identity));
                add(&mut names, identity.split('@').next().unwrap_or(""));
            }
        }
        for (caller, resolution) in ledger.callers.iter().zip(&ledger.resolutions) {
            if !matches!(resolution.who, Who::Workload(_) | Who::Service(_)) {
                add(&mut names, &caller.user_name);
                add(&mut names, caller.session_name());
                add(&mut names, &caller.source_identity);
            }
        }
        Roles { names }
    }

    /// The text, unless it would name a person.
    pub fn safe(&self, text: &str) -> String {
        let lower = text.to_lowercase();
        if self.names.iter().any(|name| lower.contains(name)) { WITHHELD.to_owned() } else { text.to_owned() }
    }

    /// The function in which somebody acted.
    pub fn function(&self, ledger: &Ledger, row: &Row) -> String {
        let Some(principal) = ledger.principal(row) else { return "not known".to_owned() };
        match &principal.who {
            Who::Person(place) => match ledger.roster.row(*place).map(|row| row.department.as_str()) {
                Some("") | None => "employee, department not stated".to_owned(),
                Some(department) => format!("employee: {}", self.safe(department)),
            },
            Who::Named(_) => "somebody who is not on the roster, or named only by a session name".to_owned(),
            Who::Workload(name) => format!("program: {}", self.safe(name)),
            Who::Service(name) => format!("AWS service: {}", self.safe(name)),
            Who::Root(_) => "root user of the account".to_owned(),
            Who::Shared(_) => "identity that several people use".to_owned(),
            Who::Unresolved(_) => "person not known".to_owned(),
        }
    }

    /// The role through which a caller acted, without the session.
    pub fn role(&self, caller: &Caller) -> String {
        let role = caller.role_or_user();
        let of_role = arn::parse(&role).filter(|arn| arn.resource.starts_with("role/"));
        if let Some(arn) = of_role {
            let name = arn.resource.rsplit('/').next().unwrap_or("");
            return format!("role {} of {}", self.safe(name), arn.account);
        }
        match caller.kind {
            _ if caller.service().is_some() => "AWS service".to_owned(),
            CallerType::IamUser => format!("IAM user of {}", self.safe(&caller.account)),
            CallerType::Root => format!("root user of {}", self.safe(&caller.account)),
            kind => kind.word().to_owned(),
        }
    }
}

fn add(names: &mut BTreeSet<String>, text: &str) {
    if text.chars().count() >= SHORTEST {
        names.insert(text.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::RosterRow;
    use crate::identities::Roster;

    #[test]
    fn a_role_named_after_a_person_is_withheld() {
        let row = RosterRow {
            id: "p-1".to_owned(),
            name: "Maya Okafor".to_owned(),
            mail: "m.okafor@example.test".to_owned(),
            department: String::new(),
            manager: String::new(),
            joined: None,
            left: None,
            last_day: None,
            first_day: None,
            identities: Vec::new(),
        };
        let ledger = Ledger { roster: Roster::new(vec![row]), ..Ledger::default() };
        let roles = Roles::new(&ledger);
        let role = |arn: &str| {
            roles.role(&Caller { arn: arn.to_owned(), kind: CallerType::RoleSession, ..Caller::default() })
        };
        assert_eq!(
            role("arn:aws:sts::111122223333:assumed-role/ClaimsReader/x"),
            "role ClaimsReader of 111122223333"
        );
        let own = role("arn:aws:sts::111122223333:assumed-role/admin-OKAFOR/x");
        assert!(!own.to_lowercase().contains("okafor"), "{own}");
        let user = Caller {
            arn: "arn:aws:iam::111122223333:user/maya".to_owned(),
            account: "111122223333".to_owned(),
            kind: CallerType::IamUser,
            ..Caller::default()
        };
        assert_eq!(roles.role(&user), "IAM user of 111122223333");
    }
}
