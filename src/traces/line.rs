//! One access as a line of a trace: when, what, by whom, from where, by which record. Texts of logs come out masked and
//! with control characters visible, as everywhere in a bundle.

use serde::Serialize;

use super::roles::Roles;
use crate::bundle::data::file_id;
use crate::bundle::object_name;
use crate::bundle::redaction::shown;
use crate::bundle::sessions::{Sessions, session_id};
use crate::clock::Seconds;
use crate::events::{KeyKind, ObjectKind};
use crate::identities::Caller;
use crate::ledger::Ledger;
use crate::ledger::row::Row;
use crate::ledger::shape::{RawShape, agent_family};
use crate::ledger::standing::Told;
use crate::ledger::walk::EventRows;
use crate::verdicts::tally::shown_time;

/// Who made an access, by name or by role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum By {
    /// By name.
    Person {
        /// Name as shown.
        person: String,
        /// Token, as in a bundle's users.csv.
        token: String,
        /// Identity as logged.
        principal: String,
        /// Session, as in a bundle's sessions.csv.
        session: String,
        /// Access key id.
        credential: String,
        /// Why the person is known, or is not.
        how_known: &'static str,
        /// Error as logged; empty when there was none.
        error: String,
        /// User agent as logged.
        user_agent: String,
    },
    /// By role.
    Role {
        /// Function.
        function: String,
        /// Role without session.
        role: String,
    },
}

/// One access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Time the request was completed.
    pub time: String,
    /// What was done to the item, or tried; empty where no item is asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub did: String,
    /// `eventName`.
    pub operation: String,
    /// `read`, `write` …
    pub kind: &'static str,
    /// What came of it.
    pub outcome: &'static str,
    /// What was touched, with account and region.
    pub object: String,
    /// Key, keys or condition as recorded; left out where roles stand for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// Items of the key asked for that it names.
    #[serde(skip_serializing_if = "is_zero")]
    pub items: u64,
    /// Why it only may have touched the item: a code.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
    /// The same in words.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why_words: &'static str,
    /// What else the record says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who.
    #[serde(flatten)]
    pub by: By,
    /// Grade of the person.
    pub grade: &'static str,
    /// Source address; a class where roles stand for people.
    pub origin: String,
    /// Family of the user agent.
    pub agent: &'static str,
    /// Reference of the event.
    pub event_ref: String,
    /// File and place of the record, as in a bundle's files.csv.
    pub place: String,
    /// Trust of the record's file.
    pub trust: &'static str,
    /// Records of the same action in other accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// For sorting.
    #[serde(skip)]
    pub order: (Seconds, String, u16),
}

impl Line {
    /// Who, with the grade: a name, or a function where roles stand for people.
    pub fn who(&self) -> String {
        match &self.by {
            By::Person { person, .. } => format!("{person} (grade {})", self.grade),
            By::Role { function, .. } => format!("{function} (grade {})", self.grade),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Makes lines.
pub struct Maker<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Sessions, for their names.
    pub sessions: &'a Sessions<'a>,
    /// Roles in place of people, where asked for.
    pub roles: Option<&'a Roles>,
}

impl Maker<'_> {
    /// The line of an access; `number` is its place among the event's.
    pub fn line(&self, event: EventRows<'_>, number: usize) -> Option<Line> {
        let ledger = self.ledger;
        let row = event.rows.get(number)?;
        let (shape, raw, who) = ledger.shape(row)?;
        let mut event_ref = String::new();
        event.reference(&mut event_ref);
        let sensitive = shape.standing.sensitive_key == Told::Found;
        let recorded = || recorded(raw, event.partition.key(row), sensitive);
        let views = ledger.views(row).iter();
        Some(Line {
            time: shown_time(row.time),
            did: String::new(),
            operation: shown(ledger.name(raw.operation)).into_owned(),
            kind: raw.kind.word(),
            outcome: raw.outcome.word(),
            object: object_name(ledger, raw),
            recorded: self.roles.is_none().then(recorded),
            items: 0,
            why: "",
            why_words: "",
            note: String::new(),
            by: self.by(row, raw, event.first + number),
            grade: who.grade.letter(),
            origin: self.origin(row, shape.origin),
            agent: agent_family(ledger.name(row.agent)),
            place: format!("{}#{}", file_id(row.file), row.index),
            trust: raw.trust.word(),
            copies: views
                .map(|view| format!("{} {}#{}", view.event_ref, file_id(view.file), view.index))
                .collect(),
            order: (row.time, event_ref.clone(), row.part),
            event_ref,
        })
    }

    fn by(&self, row: &Row, raw: &RawShape, order: usize) -> By {
        let ledger = self.ledger;
        let unknown = Caller::default();
        let caller = ledger.callers.get(row.caller as usize).unwrap_or(&unknown);
        if let Some(roles) = self.roles {
            let text = |text: String| shown(&text).into_owned();
            return By::Role { function: text(roles.function(ledger, row)), role: text(roles.role(caller)) };
        }
        let text = |text: &str| shown(text).into_owned();
        let principal = ledger.principal(row);
        let session =
            self.sessions.of.get(order).map_or_else(String::new, |number| session_id(*number as usize));
        By::Person {
            person: principal.map_or_else(|| "not known".to_owned(), |principal| text(&principal.name)),
            token: principal.map(|principal| principal.token.clone()).unwrap_or_default(),
            principal: text(&caller.principal()),
            session,
            credential: text(&caller.access_key),
            how_known: ledger.resolutions.get(row.caller as usize).map_or("", |found| found.reason.words()),
            error: text(ledger.name(raw.error)),
            user_agent: text(ledger.name(row.agent)),
        }
    }

    fn origin(&self, row: &Row, class: &'static str) -> String {
        if self.roles.is_some() {
            class.to_owned()
        } else {
            shown(self.ledger.name(row.address)).into_owned()
        }
    }
}

/// The key as the bundle's accesses.csv.gz shows it.
fn recorded(raw: &RawShape, key: &str, sensitive: bool) -> String {
    match (key.is_empty(), raw.key_kind == KeyKind::LeftOut) {
        (true, true) => "[left-out]".to_owned(),
        (true, false) if raw.object_kind == ObjectKind::Table => "[none-recorded]".to_owned(),
        (true, false) => String::new(),
        _ if sensitive => "[sensitive]".to_owned(),
        _ => shown(key).into_owned(),
    }
}
