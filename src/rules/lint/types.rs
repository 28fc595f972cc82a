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
    /// A list made by the rule.
    List,
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
            Type::List | Type::Objects(_) => "a list",
            Type::Access => "access",
            Type::Settings => "settings",
            Type::Object(place) => OBJECTS.get(place).map_or("an object", |(name, ..)| name),
            Type::Answer => "an answer",
            Type::Finding => "an answer with a subject",
        }
    }

    /// The type of a kind of the tables.
    pub(super) fn of_kind(kind: Kind, values: &'static [&'static str]) -> Self {
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

    /// Whether two types are of one sort, so that comparing them makes sense.
    pub(super) fn agrees(self, other: Type) -> bool {
        match (self, other) {
            (Type::Unknown, _) | (_, Type::Unknown) => true,
            (Type::Text(_), Type::Text(_)) | (Type::Texts(_), Type::Texts(_)) => true,
            _ => self == other,
        }
    }

    /// What a value is that comes from one of two places.
    pub(super) fn either(self, other: Type) -> Type {
        match (self, other) {
            (Type::Text(_), Type::Text(_)) if self != other => Type::Text(&[]),
            _ if self == other => self,
            _ => Type::Unknown,
        }
    }
}
