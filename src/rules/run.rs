//! What `judge(run)` sees: totals and lists of objects, each list shared and never copied. One macro makes the struct
//! of an object, its entry in the reference and its getters, so they cannot disagree; the lists are told once below.

mod people;
mod records;
mod state;

use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine};

use super::api::{Kind, Member, Text, Texts};
use super::engine::Subject;
pub use people::{Bulk, Credential, Identity, Leaver, Person, Reuse, SubjectRequest};
pub use records::{Burst, EventClass, LoggingChange, Witness};
pub use state::{Config, Failure, Place, ReviewInterval, ReviewPeriod, Strip};

/// The Rust type of a member.
macro_rules! kind_type {
    (Text) => { String };
    (Truth) => { bool };
    (Number) => { i64 };
    (Texts) => { Vec<String> };
}

/// An object of a run: its struct, its members for the reference, its getters.
macro_rules! offered {
    ($(#[doc = $doc:literal])* $name:ident {
        $($field:ident: $kind:tt = $words:literal, $example:literal $(of [$($value:literal),*])?;)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name {
            $(#[doc = $words] pub $field: kind_type!($kind),)*
        }

        impl crate::rules::run::Object for $name {
            const MEMBERS: &'static [crate::rules::api::Member] = &[
                $(crate::rules::api::Member {
                    name: stringify!($field),
                    kind: crate::rules::api::Kind::$kind,
                    words: $words,
                    example: $example,
                    values: &[$($($value),*)?],
                },)*
            ];

            fn name(&self) -> &str {
                &self.name
            }

            fn told(&self) -> String {
                let shown = [$((stringify!($field), crate::rules::run::Shown::shown(&self.$field, $words)),)*];
                crate::rules::run::members_told(&shown)
            }

            fn register(engine: &mut rhai::Engine) {
                use crate::rules::run::{Item, Offer};
                $(engine.register_get(stringify!($field), |item: &mut Item<$name>| {
                    item.get().map_or(rhai::Dynamic::UNIT, |object| object.$field.offer())
                });)*
            }
        }
    };
}
use {kind_type, offered};

/// The run: its totals and its lists.
macro_rules! run {
    (
        totals { $($field:ident: $kind:tt = $words:literal, $example:literal;)* }
        lists { $($member:ident: $list:ident of $object:ident as $name:literal, $plural:literal = $about:literal;)* }
    ) => {
        /// A run as a whole.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Run {
            $(#[doc = $words] pub $field: kind_type!($kind),)*
            $(#[doc = $about] pub $member: Arc<[$object]>,)*
        }

        /// A list of a run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum List {
            $(#[doc = $about] $list,)*
        }

        impl List {
            /// Every list.
            pub const ALL: &'static [List] = &[$(List::$list,)*];

            /// Its name as a member of `run`.
            pub fn member(self) -> &'static str {
                match self { $(List::$list => stringify!($member),)* }
            }

            /// What one of its objects is called.
            pub fn object(self) -> &'static str {
                match self { $(List::$list => $name,)* }
            }

            /// The words for people.
            pub fn plural(self) -> &'static str {
                match self { $(List::$list => $plural,)* }
            }
        }

        impl Run {
            /// The members of an object with their values, without its name; empty for the run as a whole.
            pub fn told(&self, subject: &Subject) -> String {
                match subject.list {
                    $(Some(List::$list) => self.$member.get(subject.place).map(Object::told).unwrap_or_default(),)*
                    None => String::new(),
                }
            }
        }

        const RUN_MEMBERS: &[Member] = &[
            $(Member {
                name: stringify!($field),
                kind: Kind::$kind,
                words: $words,
                example: $example,
                values: &[],
            },)*
            $(Member {
                name: stringify!($member),
                kind: Kind::List(List::$list),
                words: $about,
                example: concat!("for ", $name, " in run.", stringify!($member), " { … }"),
                values: &[],
            },)*
        ];

        /// The objects of a run with their words, for the reference and for lint: run itself, then one a list in
        /// the order of [`List::ALL`].
        pub(super) const OBJECTS: &[(&str, &str, &[Member])] = &[
            ("run", "the run as a whole, seen by judge(run)", RUN_MEMBERS),
            $(($name, concat!("a member of run.", stringify!($member)), $object::MEMBERS),)*
        ];

        /// Makes run and its objects known to an engine, with `answers` for each kind of object.
        pub(super) fn register(engine: &mut Engine, answers: &impl Answers) {
            engine.register_type_with_name::<Whole>("run");
            $(engine.register_get(stringify!($field), |run: &mut Whole| run.0.$field.offer());)*
            answers.register::<Whole>(engine);
            $(
                engine.register_get(stringify!($member), |run: &mut Whole| {
                    Listed(List::$list, run.0.$member.clone())
                });
                engine.register_type_with_name::<Item<$object>>($name);
                listed::<$object>(engine, concat!("list of ", $plural));
                $object::register(engine);
                answers.register::<Item<$object>>(engine);
            )*
        }
    };
}

run! {
    totals {
        from: Text = "Start of the window, inclusive, UTC.", "2026-01-01T00:00:00Z";
        to: Text = "End of the window, exclusive, UTC.", "2026-04-01T00:00:00Z";
        as_of: Text = "The only \"today\": period.as_of of audit.toml, else the end of the window.", "2026-04-01T00:00:00Z";
        hours: Number = "Hours of the window.", "2160";
        records: Number = "Records read, repeats included.", "68103";
        accesses: Number = "Accesses of the window.", "51200";
        people: Number = "People of the roster seen in the window.", "14";
        workloads: Number = "Registered workloads seen in the window.", "6";
        lost: Number = "Files and records that could not be read or placed.", "0";
        conflicts: Number = "Records that share a reference with another of different content.", "0";
        files: Number = "Files found, whatever they hold.", "2201";
        whole_second_times: Number = "Events of the window, each once and of whatever service, whose eventTime is written in whole seconds or coarser: access.time_form is seconds or coarser. Events whose time names no zone or cannot be read are not among them.", "51200";
        retention_days: Number = "Days that logs are to be kept, as logs.retention_days of audit.toml states; -1 when it does not.", "365";
        online_days: Number = "Days that logs are to be at hand, as logs.online_days of audit.toml states; -1 when it does not.", "90";
    }
    lists {
        coverage: Coverage of Strip as "strip", "coverage strips" = "One strip for each account, region, table and class of event.";
        logging_changes: LoggingChanges of LoggingChange as "change", "logging changes" = "Calls that created, started, stopped, changed or removed logging.";
        bursts: Bursts of Burst as "burst", "clusters of refusals" = "Clusters of refusals: one caller, with no pause longer than settings.burst_minutes.";
        places: Places of Place as "place", "delivery places" = "One for each declared account and region: what was delivered from it.";
        failures: Failures of Failure as "failure", "logging failures" = "One for each time without logging in an account and region, each altered log file, each switching off of validation.";
        reviews: Reviews of ReviewInterval as "interval", "review intervals" = "The times between reviews of logs (records.reviews), in order; empty without that file.";
        review_periods: ReviewPeriods of ReviewPeriod as "period", "periods reviewed and not reviewed" = "The periods of the reviews of run.reviews inside the window, and the holes between them, in order; empty without records.reviews.";
        leavers: Leavers of Leaver as "leaver", "people who lose access" = "People of the roster who left, and people of records.high_risk, inside the window; earlier ones only if they used access in the window.";
        identities: Identities of Identity as "identity", "identities" = "Users, roles and directory identities of the roster, of [principals] and of the log; services and root users are left out.";
        credentials: Credentials of Credential as "credential", "credentials" = "One for each access key or session credential that a human caller used.";
        persons: Persons of Person as "person", "persons" = "One for each human caller: who stands behind it and what was done.";
        witnesses: Witnesses of Witness as "witness", "key uses by table" = "One for each table and caller that used the table's KMS key, as KMS logged it.";
        configurations: Configurations of Config as "config", "saved configurations" = "One for each trail, bucket, table, key and log group that a [[snapshot]] describes.";
        subjects: Subjects of SubjectRequest as "subject", "requests of persons" = "One for each row of records.subjects; empty without that file.";
        event_classes: EventClasses of EventClass as "class", "classes of event" = "One for each group of the event catalogue.";
        reused: Reused of Reuse as "reuse", "names given again" = "Names of IAM users and roles that were deleted and later created again, in any log supplied, also outside the window.";
        bulk_reads: BulkReads of Bulk as "bulk", "stretches of reading" = "Done reads of one declared table by one person or workload, with no pause longer than settings.bulk_minutes: the busiest stretch of that length in each. Calls by AWS services are left out.";
        bulk_writes: BulkWrites of Bulk as "bulk", "stretches of writing" = "The same for done writes, and apart from them for done deletes.";
    }
}

/// An object of a list of `run`.
pub(super) trait Object: Sized + Send + Sync + 'static {
    /// Its members.
    const MEMBERS: &'static [Member];
    /// One line for the register.
    fn name(&self) -> &str;
    /// Its other members with their values, so that a reader can judge again: `days=12; reviewer=Kim Okafor`.
    fn told(&self) -> String;
    /// Makes its getters known.
    fn register(engine: &mut Engine);
}

/// `run` as scripts hold it.
#[derive(Clone)]
pub(super) struct Whole(pub(super) Arc<Run>);

impl Judged for Whole {
    fn subject(&self) -> Subject {
        Subject { list: None, place: 0, name: format!("the whole run: {} records", self.0.records).into() }
    }
}

/// A list of objects as scripts hold it: which one, and its objects.
pub(super) struct Listed<T>(List, Arc<[T]>);

impl<T> Clone for Listed<T> {
    fn clone(&self) -> Self {
        Listed(self.0, self.1.clone())
    }
}

/// An object of a list as scripts hold it: the list and its place there.
pub(super) struct Item<T>(Listed<T>, usize);

impl<T> Clone for Item<T> {
    fn clone(&self) -> Self {
        Item(self.0.clone(), self.1)
    }
}

impl<T> Item<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.1.get(self.1)
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = Item<T>;
    type IntoIter = Items<T>;

    fn into_iter(self) -> Items<T> {
        Items(self, 0)
    }
}

/// Goes over a list.
pub(super) struct Items<T>(Listed<T>, usize);

impl<T> Iterator for Items<T> {
    type Item = Item<T>;

    fn next(&mut self) -> Option<Item<T>> {
        let item = (self.1 < self.0.1.len()).then(|| Item(self.0.clone(), self.1));
        self.1 += 1;
        item
    }
}

/// An object that an answer may be about.
pub(super) trait Judged: Clone + Send + Sync + 'static {
    fn subject(&self) -> Subject;
}

impl<T: Object> Judged for Item<T> {
    fn subject(&self) -> Subject {
        Subject { list: Some(self.0.0), place: self.1, name: self.get().map_or("", Object::name).into() }
    }
}

/// Makes the answers about one kind of object known.
pub(super) trait Answers {
    fn register<T: Judged>(&self, engine: &mut Engine);
}

fn listed<T: Object>(engine: &mut Engine, words: &str) {
    engine.register_type_with_name::<Listed<T>>(words);
    engine.register_iterator::<Listed<T>>();
    engine.register_fn("is_empty", |list: &mut Listed<T>| list.1.is_empty());
    engine.register_fn("len", |list: &mut Listed<T>| i64::try_from(list.1.len()).unwrap_or(i64::MAX));
}

/// A member as scripts get it.
pub(super) trait Offer {
    fn offer(&self) -> Dynamic;
}

/// Members and values in one line; name, account and region stand in the name already.
pub(super) fn members_told(members: &[(&str, String)]) -> String {
    let told = members.iter().filter(|(member, _)| !matches!(*member, "name" | "account" | "region"));
    told.map(|(member, value)| format!("{member}={value}")).collect::<Vec<_>>().join("; ")
}

/// A member's value as data files print it, with the words that explain it.
pub(super) trait Shown {
    fn shown(&self, words: &str) -> String;
}

impl Shown for String {
    fn shown(&self, _: &str) -> String {
        self.clone()
    }
}

impl Shown for bool {
    fn shown(&self, _: &str) -> String {
        self.to_string()
    }
}

/// Rules get -1 for a number that there is not, or that nobody knows; people get the word.
impl Shown for i64 {
    fn shown(&self, words: &str) -> String {
        match self {
            ..0 if words.contains("-1 unknown") => "unknown".to_owned(),
            ..0 => "none".to_owned(),
            number => number.to_string(),
        }
    }
}

impl Shown for Vec<String> {
    fn shown(&self, _: &str) -> String {
        self.join(", ")
    }
}

impl Offer for String {
    fn offer(&self) -> Dynamic {
        Text::from(self.as_str()).into()
    }
}

impl Offer for bool {
    fn offer(&self) -> Dynamic {
        (*self).into()
    }
}

impl Offer for i64 {
    fn offer(&self) -> Dynamic {
        (*self).into()
    }
}

impl Offer for Vec<String> {
    fn offer(&self) -> Dynamic {
        Dynamic::from(Texts(self.iter().map(|text| Text::from(text.as_str())).collect()))
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}

#[cfg(test)]
mod tests;
