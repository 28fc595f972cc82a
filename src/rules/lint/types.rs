//! What lint knows about the value of an expression.

use crate::rules::api::{Kind, Member};
use crate::rules::run::OBJECTS;
use crate::rules::settings::Setting;

/// The type of a value, as far as the text of a rule shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rules) enum Type {
    /// Not shown by the text; checked when the rule runs.
    Unknown,
    /// No value at all.
    Nothing,
    /// A text; with the only values it can take, when they are few.
    Text(&'static [&'static str]),
    /// True or false.
    Truth,
    /// A whole number.
    Number,
    /// A list of texts, with the only members it can have.
    Texts(&'static [&'static str]),
    /// A list made by the rule, with what it holds.
    List(Held),
    /// `access`.
    Access,
    /// `settings`.
    Settings,
    /// `run` or an object of it: its place in [`OBJECTS`].
    Object(usize),
    /// A list of objects of `run`, of the kind at that place.
    Objects(usize),
    /// An answer about an access.
    Answer,
    /// An answer about an object of `run`.
    Finding,
}

/// What a list made by a rule holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rules) enum Held {
    /// Nothing so far.
    Nothing,
    /// Things that the text does not show, or of several sorts.
    Unknown,
    /// Texts; with the only values they can have, when they are few.
    Texts(&'static [&'static str]),
    /// True or false, several times.
    Truths,
    /// Numbers.
    Numbers,
    /// Lists.
    Lists,
    /// Objects of `run`, of the kind at that place.
    Objects(usize),
    /// Answers about accesses.
    Answers,
    /// Answers with their subjects.
    Findings,
}

impl Held {
    /// What a list holds that holds one such value.
    pub(super) fn one(member: Type) -> Self {
        match member {
            Type::Text(values) => Held::Texts(values),
            Type::Truth => Held::Truths,
            Type::Number => Held::Numbers,
            Type::Texts(_) | Type::List(_) | Type::Objects(_) => Held::Lists,
            Type::Object(place) => Held::Objects(place),
            Type::Answer => Held::Answers,
            Type::Finding => Held::Findings,
            Type::Unknown | Type::Nothing | Type::Access | Type::Settings => Held::Unknown,
        }
    }

    /// The type of a member.
    pub(super) fn member(self) -> Type {
        match self {
            Held::Nothing | Held::Unknown | Held::Lists => Type::Unknown,
            Held::Texts(values) => Type::Text(values),
            Held::Truths => Type::Truth,
            Held::Numbers => Type::Number,
            Held::Objects(place) => Type::Object(place),
            Held::Answers => Type::Answer,
            Held::Findings => Type::Finding,
        }
    }

    /// Whether members of both may stand in one list.
    pub(super) fn agrees(self, other: Held) -> bool {
        match (self, other) {
            (Held::Nothing | Held::Unknown, _) | (_, Held::Nothing | Held::Unknown) => true,
            (Held::Texts(_), Held::Texts(_)) => true,
            _ => self == other,
        }
    }

    /// What a list holds that got the members of both.
    pub(super) fn either(self, other: Held) -> Self {
        match (self, other) {
            (Held::Nothing, held) | (held, Held::Nothing) => held,
            (Held::Texts(_), Held::Texts(_)) if self != other => Held::Texts(&[]),
            _ if self == other => self,
            _ => Held::Unknown,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Held::Nothing | Held::Unknown => "a list",
            Held::Texts(_) => "a list of text",
            Held::Truths => "a list of true or false",
            Held::Numbers => "a list of numbers",
            Held::Lists => "a list of lists",
            Held::Objects(_) => "a list of objects of run",
            Held::Answers => "a list of answers without subjects",
            Held::Findings => "a list of answers",
        }
    }
}

/// The place of `run` in [`OBJECTS`].
pub(in crate::rules) const RUN: usize = 0;

impl Type {
    /// The words for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Type::Unknown => "something",
            Type::Nothing => "nothing",
            Type::Text(_) => "text",
            Type::Truth => "true or false",
            Type::Number => "a number",
            Type::Texts(_) => "a list of text",
            Type::List(held) => held.words(),
            Type::Objects(_) => "a list of objects of run",
            Type::Access => "access",
            Type::Settings => "settings",
            Type::Object(place) => OBJECTS.get(place).map_or("an object", |(name, ..)| name),
            Type::Answer => "an answer",
            Type::Finding => "an answer with a subject",
        }
    }

    /// The type of a kind of the tables.
    pub(in crate::rules) fn of_kind(kind: Kind, values: &'static [&'static str]) -> Self {
        match kind {
            Kind::Text => Type::Text(values),
            Kind::Truth => Type::Truth,
            Kind::Number => Type::Number,
            Kind::Texts => Type::Texts(values),
            // `run` itself stands before its lists.
            Kind::List(list) => Type::Objects(list as usize + 1),
        }
    }

    /// The type of a setting.
    pub(super) fn of_setting(setting: &Setting) -> Self {
        match setting {
            Setting::Truth(_) => Type::Truth,
            Setting::Number(_) => Type::Number,
            Setting::Text(_) => Type::Text(&[]),
            Setting::Texts(_) => Type::Texts(&[]),
        }
    }

    /// The members of an object of `run`.
    pub(super) fn members(self) -> Option<&'static [Member]> {
        match self {
            Type::Object(place) => OBJECTS.get(place).map(|(_, _, members)| *members),
            _ => None,
        }
    }

    /// Whether it is a list of whatever sort.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Type::Texts(_) | Type::List(_) | Type::Objects(_))
    }

    /// Whether values of this type can be compared by `==`.
    pub(super) fn compares(self) -> bool {
        matches!(self, Type::Text(_) | Type::Truth | Type::Number | Type::Unknown)
    }

    /// Whether two types are of one sort, so that comparing them makes sense.
    pub(super) fn agrees(self, other: Type) -> bool {
        match (self, other) {
            (Type::Unknown, _) | (_, Type::Unknown) => true,
            (Type::Text(_), Type::Text(_)) | (Type::Texts(_), Type::Texts(_)) => true,
            (Type::List(left), Type::List(right)) => left.agrees(right),
            _ => self == other,
        }
    }

    /// What a value is that comes from one of two places.
    pub(super) fn either(self, other: Type) -> Type {
        match (self, other) {
            (Type::Text(_), Type::Text(_)) if self != other => Type::Text(&[]),
            (Type::List(left), Type::List(right)) => Type::List(left.either(right)),
            _ if self == other => self,
            _ => Type::Unknown,
        }
    }
}
