//! What `judge(run)` sees: totals, coverage strips, the changes of logging and the clusters of refusals. One macro
//! makes the struct, its entry in the reference and its getters, so they cannot disagree.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine};

use super::api::{Kind, Member, Text};
use super::engine::Subject;

macro_rules! kind_type {
    (Text) => { String };
    (Truth) => { bool };
    (Number) => { i64 };
    (Strips) => { Vec<Strip> };
    (Changes) => { Vec<LoggingChange> };
    (Bursts) => { Vec<Burst> };
}

macro_rules! offered {
    ($(#[doc = $doc:literal])* $name:ident in $handle:ty { $($field:ident: $kind:tt = $words:literal, $example:literal;)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name {
            $(#[doc = $words] pub $field: kind_type!($kind),)*
        }

        impl $name {
            pub(super) const MEMBERS: &'static [Member] = &[
                $(Member { name: stringify!($field), kind: Kind::$kind, words: $words, example: $example },)*
            ];

            fn register(engine: &mut Engine) {
                $(engine.register_get(stringify!($field), |object: &mut $handle| object.0.$field.offer());)*
            }
        }
    };
}

offered! {
    /// A run as a whole.
    Run in Whole {
        from: Text = "Start of the window, inclusive, UTC.", "2026-01-01T00:00:00Z";
        to: Text = "End of the window, exclusive, UTC.", "2026-04-01T00:00:00Z";
        hours: Number = "Hours of the window.", "2160";
        coverage: Strips = "One strip for each account, region, table and class of event.", "for strip in run.coverage { … }";
        logging_changes: Changes = "Calls that created, started, stopped, changed or removed logging.", "for item in run.logging_changes { … }";
        bursts: Bursts = "Clusters of refusals: one caller, with no pause longer than settings.burst_minutes.", "for burst in run.bursts { … }";
    }
}

offered! {
    /// A coverage strip: was this class of event of this table logged, hour by hour?
    Strip in Item<Strip> {
        name: Text = "Account, region, table and class in one line.", "111122223333 eu-west-1 card-tokens read";
        account: Text = "Account.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        table: Text = "Table name; empty for management events.", "card-tokens";
        data_class: Text = "Class of data of the table; empty for management events.", "cardholder";
        class: Text = "read, write, stream or management.", "read";
        hours: Number = "Hours of the window; the sum of the six states below.", "2160";
        proven: Number = "Hours with logging selected, not stopped, and files delivered.", "2157";
        stopped: Number = "Hours in which logging was stopped.", "0";
        silent: Number = "Hours without a delivered file or digest.", "3";
        unknown: Number = "Hours in which nothing shows what the trail selected.", "0";
        not_selected: Number = "Hours in which the trail did not select this class.", "0";
        tail: Number = "Hours at the end that later deliveries could still fill.", "0";
    }
}

offered! {
    /// A call that created, started, stopped, changed or removed audit logging.
    LoggingChange in Item<LoggingChange> {
        name: Text = "Operation, trail and time in one line.", "StopLogging audit-trail 2026-02-11T14:03:22Z";
        operation: Text = "Name of the API call.", "StopLogging";
        account: Text = "Account.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        trail: Text = "Trail or event data store, as logged.", "audit-trail";
        person: Text = "Roster id of the person, or name of the workload; empty when none is proven.", "p-017";
        grade: Text = "Grade of the caller, as for accesses.", "A";
        stops: Truth = "The call stops or reduces logging.", "true";
        restarted: Truth = "A later call in the window started logging again.", "true";
        stopped_hours: Number = "Hours until logging started again, or until the window ended.", "2";
        change: Text = "approved, none or not-given: whether an approved change covers the call.", "approved";
        log_admin: Truth = "The caller may change or stop audit logs.", "true";
    }
}

offered! {
    /// A cluster of refused calls by one caller.
    Burst in Item<Burst> {
        name: Text = "Caller and times in one line.", "p-017 2026-02-11T14:03:22Z to 14:21:40Z";
        person: Text = "Roster id of the person, name of the workload, or the identity as logged.", "p-017";
        count: Number = "Refusals in the cluster.", "14";
        minutes: Number = "Minutes from the first to the last, rounded up.", "19";
        from: Text = "Time of the first refusal, UTC.", "2026-02-11T14:03:22Z";
        to: Text = "Time of the last refusal, UTC.", "2026-02-11T14:21:40Z";
        on_cardholder: Truth = "At least one refused call was aimed at a table with cardholder data.", "true";
        incident: Text = "approved, none or not-given: whether an incident covers the cluster.", "none";
    }
}

/// The objects of a run with their words, for the reference and for lint.
pub(super) const OBJECTS: &[(&str, &str, &[Member])] = &[
    ("run", "the run as a whole, seen by judge(run)", Run::MEMBERS),
    ("strip", "a member of run.coverage", Strip::MEMBERS),
    ("change", "a member of run.logging_changes", LoggingChange::MEMBERS),
    ("burst", "a member of run.bursts", Burst::MEMBERS),
];

/// `run` as scripts hold it.
#[derive(Clone)]
pub(super) struct Whole(pub(super) Arc<Run>);

/// An object of a run as scripts hold it, with its place in its list.
#[derive(Clone)]
pub(super) struct Item<T>(pub(super) Arc<T>, pub(super) usize);

/// An object that an answer may be about.
pub(super) trait Judged {
    fn subject(&self) -> Subject;
}

impl Judged for Item<Strip> {
    fn subject(&self) -> Subject {
        Subject::Strip(self.1)
    }
}

impl Judged for Item<LoggingChange> {
    fn subject(&self) -> Subject {
        Subject::LoggingChange(self.1)
    }
}

impl Judged for Item<Burst> {
    fn subject(&self) -> Subject {
        Subject::Burst(self.1)
    }
}

trait Offer {
    fn offer(&self) -> Dynamic;
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

impl<T: Clone + Send + Sync + 'static> Offer for Vec<T> {
    fn offer(&self) -> Dynamic {
        let items =
            self.iter().enumerate().map(|(place, item)| Dynamic::from(Item(Arc::new(item.clone()), place)));
        items.collect::<Array>().into()
    }
}

/// Makes run and its objects known to an engine.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Whole>("run");
    engine.register_type_with_name::<Item<Strip>>("coverage strip");
    engine.register_type_with_name::<Item<LoggingChange>>("logging change");
    engine.register_type_with_name::<Item<Burst>>("cluster of refusals");
    Run::register(engine);
    Strip::register(engine);
    LoggingChange::register(engine);
    Burst::register(engine);
}
