//! A part: what reading a batch of files yields. Parts merge in any order with the same result once settled.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::intern::Interner;
use super::row::{self, IdKind, NO_TIME, Partition, Partitions, Row};
use super::shape::{RawShape, Trust};
use super::views::{EventKey, Shared};
use crate::clock::{HOUR, Seconds};
use crate::events::{self, Class, Event, ObjectKind, cards};
use crate::gaps::Gap;
use crate::identities::{Caller, Issuance, credentials};
use crate::records::scan::Json;
use crate::records::{Container, Record};
use crate::sources::digests::LogSeen;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOutcome {
    /// Its records were read.
    Read,
    /// No log file, or passed over, with the reason.
    Skipped(String),
    /// Could not be read in full, with the reason.
    Failed(String),
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Name relative to its source.
    pub name: String,
    /// Size as stored.
    pub stored: u64,
    /// Size inflated.
    pub size: u64,
    /// SHA-256 of the attested content, if it could be read.
    pub sha256: Option<[u8; 32]>,
    /// What it holds.
    pub container: Option<Container>,
    /// What became of it.
    pub outcome: FileOutcome,
    /// Trust, with the reason.
    pub trust: Trust,
    /// Why it is trusted no more than that.
    pub trust_reason: String,
    /// Records parsed.
    pub records: u64,
    /// First event time.
    pub first: Option<Seconds>,
    /// Last event time.
    pub last: Option<Seconds>,
    /// Log files that a digest lists.
    pub listed: Option<u64>,
    /// What its records stood in: the kind of the file, and the wrappings inside.
    pub held: BTreeSet<Container>,
    /// The valid digest that lists this file.
    pub digest: Option<ListedBy>,
}

/// A valid digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBy {
    /// Where CloudTrail put it.
    pub key: String,
    /// `metadata` or `successor`: where its signature stands.
    pub signature: &'static str,
}

/// A change of logging, as logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoggingRecord {
    /// When.
    pub time: Seconds,
    /// Account of the log.
    pub account: String,
    /// Region.
    pub region: String,
    /// `eventName`.
    pub operation: String,
    /// Trail name or ARN.
    pub trail: String,
    /// `requestParameters` as JSON text, for selectors.
    pub request: String,
    /// `account:eventID`.
    pub event_ref: String,
}

/// What reading a batch of files yields.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Texts that repeat.
    pub names: Interner<Box<str>>,
    /// Identities as logged.
    pub callers: Interner<Caller>,
    /// Raw shapes.
    pub shapes: Interner<RawShape>,
    /// Rows by account (a name) and leading digit of the id; 16 holds ids that are no GUIDs.
    pub partitions: Partitions,
    /// Files of this part; rows name them by place.
    pub files: Vec<FileFacts>,
    /// Credentials handed out; they name callers by place.
    pub issuances: Vec<Issuance>,
    /// Records that other accounts got too.
    pub shared: Vec<Shared>,
    /// Changes of logging.
    pub logging: Vec<LoggingRecord>,
    /// What went missing.
    pub gaps: Vec<Gap>,
    /// Shapes seen in an hour: what coverage rests on. Altered files do not count.
    pub presence: FxHashSet<(u32, i64)>,
    /// What the report on integrity needs of each log file.
    pub seen: Vec<LogSeen>,
    /// Last time seen by account and region (names).
    pub last_seen: FxHashMap<(u32, u32), Seconds>,
    blocks: FxHashMap<(u128, u32, bool, Option<u32>), u32>,
    last_presence: Option<(u32, i64)>,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// File, by place in the part.
    pub file: u32,
    /// Zero-based place among its records.
    pub index: u32,
    /// Trust of this record.
    pub trust: Trust,
    /// It stands in a log file as a trail delivers it: only such files tell which hours were delivered. A list or lines
    /// of records may be what somebody picked.
    pub delivered: bool,
}

/// What taking a record in told.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Its time, if it states one.
    pub time: Option<Seconds>,
    /// Whether what it touched could be told.
    pub understood: bool,
}

impl Part {
    /// Takes a record in: understands it and appends its rows.
    pub fn push(&mut self, record: &Record<'_>, place: Place) -> Taken {
        let event = events::understand(record);
        let caller = self.caller(record, &event);
        let draft = self.draft(record, &event, caller, place);
        // What was not delivered proves nobody's identity; it may only show that logging stopped.
        if place.trust != Trust::Altered {
            self.note_issuance(record, &event, caller, &draft);
        }
        if place.trust != Trust::Altered || matches!(&*event.operation, "StopLogging" | "DeleteTrail") {
            self.note_logging(record, &event, &draft);
        }
        if record.shared_event.is_some() {
            self.note_shared(record, &draft);
        }
        for (number, access) in event.accesses.iter().enumerate() {
            let shape = self.shape(record, &event, access, place.trust, caller);
            self.note_presence(shape, &event, place);
            let partition = self.partitions.entry(draft.partition).or_default();
            let heap = if draft.id_text.is_empty() && access.key.is_empty() {
                0
            } else {
                partition.keep(&draft.id_text, &access.key)
            };
            partition.rows.push(Row {
                shape,
                heap,
                key_length: u32::try_from(access.key.len()).unwrap_or(u32::MAX),
                part: u16::try_from(number).unwrap_or(u16::MAX),
                ..draft.row
            });
        }
        Taken { time: event.time, understood: event.understood }
    }

    fn caller(&mut self, record: &Record<'_>, event: &Event<'_>) -> u32 {
        let block = record.user_identity;
        let raw = block.map_or("", Json::raw);
        let region = self.names.text(&event.region);
        let service_event = record.event_type.and_then(Json::text).as_deref() == Some("AwsServiceEvent");
        let switched_from = credentials::switched_from(record, &event.source, &event.operation);
        let from = (!switched_from.is_empty()).then(|| self.names.text(&switched_from));
        let key = (xxhash_rust::xxh3::xxh3_128(raw.as_bytes()), region, service_event, from);
        if let Some(place) = self.blocks.get(&key) {
            return *place;
        }
        let caller = Caller { switched_from, ..Caller::read(block, &event.region, service_event) };
        let place = self.callers.add(caller);
        self.blocks.insert(key, place);
        place
    }

    fn draft(&mut self, record: &Record<'_>, event: &Event<'_>, caller: u32, place: Place) -> Draft {
        let hash = record.content_hash();
        let id = events::text(record.event_id);
        let (id_kind, number, id_text) = match row::guid(&id) {
            Some(number) => (IdKind::Guid, number, String::new()),
            None if id.is_empty() => (IdKind::Missing, hash, String::new()),
            None => {
                let safe = events::reference_part(&id);
                (IdKind::Text, xxhash_rust::xxh3::xxh3_128(safe.as_bytes()), safe)
            }
        };
        let class = if id_kind == IdKind::Guid { (number >> 124) as u8 } else { 16 };
        let account = self.names.text(&event.account);
        let row = Row {
            id: number,
            hash,
            time: event.time.unwrap_or(NO_TIME),
            shape: 0,
            caller,
            address: self.names.text(&events::text(record.source_ip)),
            agent: self.names.text(&events::text(record.user_agent)),
            file: place.file,
            index: place.index,
            heap: 0,
            key_length: 0,
            id_length: u16::try_from(id_text.len()).unwrap_or(0),
            part: 0,
            id_kind,
            conflict: false,
            views: 0,
        };
        Draft { row, id_text, partition: (account, class) }
    }

    fn shape(
        &mut self,
        record: &Record<'_>,
        event: &Event<'_>,
        access: &events::Access<'_>,
        trust: Trust,
        caller: u32,
    ) -> u32 {
        let object = &access.object;
        let nameless_object =
            object.name.is_empty() && needs_object(event) && !events::dynamodb::names_another(record, event);
        let shape = RawShape {
            account: self.names.text(&event.account),
            region: self.names.text(&event.region),
            source: self.names.text(&event.source),
            operation: self.names.text(&event.operation),
            error: self.names.text(&event.error),
            object_account: self.names.text(&object.account),
            object_region: self.names.text(&object.region),
            object_name: self.names.text(&object.name),
            detail: self.names.text(&events::management::detail(record, event)),
            class: event.class,
            plane: event.plane,
            kind: access.kind,
            outcome: event.outcome,
            object_kind: object.kind,
            key_kind: access.key_kind,
            card_in_key: cards::present(&access.key),
            from_console: record.from_console.and_then(Json::truth) == Some(true),
            has_who: self.callers.get(caller).is_some_and(Caller::names_somebody),
            has_when: event.time.is_some(),
            has_outcome: event.outcome_told,
            has_object: !nameless_object,
            trust,
            endpoint: self.endpoint(record),
            time_form: event.time_form,
            effect: event.effect,
            copies: event.copies,
            reach: (!event.reach.is_empty()).then(|| self.names.text(&event.reach)),
            wide: event.wide,
            factor: event.factor,
        };
        self.shapes.add(shape)
    }

    /// The VPC endpoint of a call; services write other things in its place.
    fn endpoint(&mut self, record: &Record<'_>) -> Option<u32> {
        let id = record.vpc_endpoint?.text()?;
        id.starts_with("vpce-").then(|| self.names.text(&id))
    }

    fn note_presence(&mut self, shape: u32, event: &Event<'_>, place: Place) {
        let Some(time) = event.time.filter(|_| place.delivered && place.trust != Trust::Altered) else {
            return;
        };
        let seen = (shape, time.div_euclid(HOUR));
        if self.last_presence != Some(seen) {
            self.presence.insert(seen);
            self.last_presence = Some(seen);
        }
        let stream = (self.names.text(&event.account), self.names.text(&event.region));
        let last = self.last_seen.entry(stream).or_insert(time);
        *last = (*last).max(time);
    }

    fn note_issuance(&mut self, record: &Record<'_>, event: &Event<'_>, caller: u32, draft: &Draft) {
        if event.outcome != events::Outcome::Done {
            return;
        }
        let Some(by) = self.callers.get(caller) else { return };
        let issued = credentials::issued(record, &event.source, &event.operation, &event.region, by);
        if let Some(issued) = issued {
            self.issuances.push(Issuance {
                partition: issued.partition,
                access_key: issued.access_key,
                session: issued.session,
                event_ref: draft.event_ref(&event.account),
                caller,
                kind: issued.kind,
                time: event.time,
                mfa: issued.mfa,
                from_row: record.from.is_some_and(Container::is_rows),
            });
        }
    }

    fn note_shared(&mut self, record: &Record<'_>, draft: &Draft) {
        let shared = events::text(record.shared_event);
        if shared.is_empty() {
            return;
        }
        let hash = |text: &str| xxhash_rust::xxh3::xxh3_128(text.as_bytes());
        let request = events::text(record.member("requestID"));
        let Row { id_kind, id, hash: content, file, index, .. } = draft.row;
        self.shared.push(Shared {
            shared: row::guid(&shared).unwrap_or_else(|| hash(&shared)),
            event: EventKey { partition: draft.partition, id_kind, id, hash: content },
            request: if request.is_empty() { 0 } else { hash(&request) },
            file,
            index,
        });
    }

    fn note_logging(&mut self, record: &Record<'_>, event: &Event<'_>, draft: &Draft) {
        let changes =
            event.entry.is_some_and(|entry| matches!(entry.does, "log_start" | "log_stop" | "log_change"));
        let (true, events::Outcome::Done, Some(time)) = (changes, event.outcome, event.time) else {
            return;
        };
        self.logging.push(LoggingRecord {
            time,
            account: event.account.to_string(),
            region: event.region.to_string(),
            operation: event.operation.to_string(),
            trail: event.accesses.first().map(|access| access.object.name.to_string()).unwrap_or_default(),
            request: events::management::request_text(record).to_owned(),
            event_ref: draft.event_ref(&event.account),
        });
    }

    /// Takes another part in. Associative and commutative once settled.
    pub fn merge(&mut self, other: Part) {
        let names = self.names.absorb(other.names);
        let name = |place: u32| names.get(place as usize).copied().unwrap_or(0);
        let callers = self.callers.absorb(other.callers);
        let caller = |place: u32| callers.get(place as usize).copied().unwrap_or(0);
        let shapes: Vec<u32> =
            other.shapes.values().iter().map(|shape| self.shapes.add(renamed(shape, &name))).collect();
        let shape = |place: u32| shapes.get(place as usize).copied().unwrap_or(0);
        let first_file = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.extend(other.files);
        for ((account, class), partition) in other.partitions {
            let mine = self.partitions.entry((name(account), class)).or_default();
            let base = mine.heap.len() as u64;
            mine.heap.extend_from_slice(&partition.heap);
            mine.rows.extend(partition.rows.into_iter().map(|row| Row {
                shape: shape(row.shape),
                caller: caller(row.caller),
                address: name(row.address),
                agent: name(row.agent),
                file: row.file + first_file,
                heap: row.heap + base,
                ..row
            }));
        }
        self.issuances.extend(
            other
                .issuances
                .into_iter()
                .map(|issuance| Issuance { caller: caller(issuance.caller), ..issuance }),
        );
        self.shared.extend(other.shared.into_iter().map(|one| {
            let (account, class) = one.event.partition;
            let event = EventKey { partition: (name(account), class), ..one.event };
            Shared { event, file: one.file + first_file, ..one }
        }));
        self.logging.extend(other.logging);
        self.gaps.extend(other.gaps);
        self.seen.extend(other.seen);
        self.presence.extend(other.presence.into_iter().map(|(place, hour)| (shape(place), hour)));
        #[expect(clippy::iter_over_hash_type, reason = "the maximum does not depend on the order")]
        for ((account, region), time) in other.last_seen {
            let last = self.last_seen.entry((name(account), name(region))).or_insert(time);
            *last = (*last).max(time);
        }
    }
}

/// A record on its way to rows.
struct Draft {
    row: Row,
    id_text: String,
    partition: (u32, u8),
}

impl Draft {
    fn event_ref(&self, account: &str) -> String {
        let mut text = format!("{account}:");
        let mut partition = Partition::default();
        partition.keep(&self.id_text, "");
        partition.push_id(&mut text, &self.row);
        text
    }
}

/// Whether an event ought to name what it touches: item access always; management of tables unless it is about the
/// account; other events where the catalogue knows a place for the name. Otherwise the service itself is what was touched.
fn needs_object(event: &Event<'_>) -> bool {
    match event.class {
        Class::DataAccess => true,
        Class::Catalogued | Class::TableManagement => {
            let about_itself = |does: &str| {
                matches!(does, "describe" | "log_config_read" | "review" | "session" | "signin" | "billing")
            };
            let searches = |source: &str, does: &str| does == "log_read" && source != "s3.amazonaws.com";
            event.entry.is_some_and(|entry| {
                // Where DynamoDB writes its tables is known without the catalogue.
                let tables = entry.source == "dynamodb.amazonaws.com" && entry.name != "UpdateAbacStatus";
                let named = (tables || !entry.targets.is_empty()) && entry.object_kind != ObjectKind::None;
                named && !about_itself(entry.does) && !searches(entry.source, entry.does)
            })
        }
        Class::OtherService | Class::SetAside => false,
    }
}

fn renamed(shape: &RawShape, name: &impl Fn(u32) -> u32) -> RawShape {
    RawShape {
        account: name(shape.account),
        region: name(shape.region),
        source: name(shape.source),
        operation: name(shape.operation),
        error: name(shape.error),
        object_account: name(shape.object_account),
        object_region: name(shape.object_region),
        object_name: name(shape.object_name),
        detail: name(shape.detail),
        endpoint: shape.endpoint.map(name),
        reach: shape.reach.map(name),
        ..*shape
    }
}
