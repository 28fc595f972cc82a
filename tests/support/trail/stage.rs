//! The play: hour by hour, who calls what. Comes in: plan and cast. Goes out: records to the files, and the
//! count of accesses as they truly were. It never reads a record back.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::calendar::{DAY, FROM, HOUR};
use super::cast::{Cast, Entry, HOME_REGION, Place, Route};
use super::files::{Files, Written};
use super::operations::{OPERATIONS, Operation, Outcome};
use super::random::Random;
use super::records::{self, Call};
use super::sessions::{self, Identity, Issuance, Session};
use super::{AccessKey, Plan, Table, UNRESOLVED};

/// What was played.
#[derive(Debug)]
pub struct Played {
    /// Files and records.
    pub written: Written,
    /// Unique records of an action that another account's record tells too.
    pub copies: u64,
    /// Calls on tables.
    pub dynamodb: u64,
    /// Unique AssumeRole records.
    pub assume_role: u64,
    /// Unique records of other services.
    pub others: u64,
    /// Role sessions of people, and those with a record left out.
    pub role_sessions: (u64, u64),
    /// Accesses.
    pub accesses: BTreeMap<AccessKey, u64>,
}

/// Who, hops, operation, table, outcome, by index: counted small, named at the end.
type Tally = BTreeMap<(usize, u8, usize, usize, Outcome), u64>;

/// A first identity of a person: kept for hours and used for several AssumeRole calls.
#[derive(Debug, Clone)]
struct Begun {
    identity: Identity,
    until: i64,
}

/// A role session in the making: how far the chain of AssumeRole calls has come.
struct Chain<'c> {
    caller: Identity,
    created: i64,
    region: &'static str,
    address: &'c str,
    agent: &'static str,
}

/// One actor on one route: a person's usual or other way, or a workload.
#[derive(Debug, Clone, Copy)]
enum Part {
    Person { person: usize, way: usize },
    Machine(usize),
}

struct Stage<'p> {
    plan: &'p Plan,
    cast: &'p Cast,
    files: Files,
    random: Random,
    begun: Vec<Option<Begun>>,
    sessions: Vec<Option<Session>>,
    tally: Tally,
    line: String,
    copies: u64,
    dynamodb: u64,
    assume_role: u64,
    others: u64,
    role_sessions: (u64, u64),
}

/// Most records that one session can need before its first use.
const LONGEST_CHAIN: u64 = 8;

/// Plays the plan and writes the log files into a folder.
///
/// # Errors
/// When a file cannot be written.
pub fn play(plan: &Plan, cast: &Cast, folder: &Path) -> io::Result<Played> {
    let parts = cast.actors.len() * 2 + cast.machines.len();
    let files = Files::new(folder, Random::new(plan.seed, 3), plan.events_per_file, plan.duplicate_share);
    let mut stage = Stage {
        plan,
        cast,
        files,
        random: Random::new(plan.seed, 2),
        begun: vec![None; parts],
        sessions: (0..parts).map(|_| None).collect(),
        tally: Tally::new(),
        line: String::with_capacity(4_096),
        copies: 0,
        dynamodb: 0,
        assume_role: 0,
        others: 0,
        role_sessions: (0, 0),
    };
    stage.play_hours()?;
    let accesses = named(cast, &stage.tally);
    let Stage { files, copies, dynamodb, assume_role, others, role_sessions, .. } = stage;
    Ok(Played { written: files.finish()?, copies, dynamodb, assume_role, others, role_sessions, accesses })
}

/// How busy people are in an hour, where workloads together are 1.
fn people_at_work(hour: i64) -> f64 {
    let (weekday, of_day) = (hour / 24 % 7, hour % 24);
    match (weekday, of_day) {
        (0..=4, 8..=17) => 2.9,
        (0..=4, 7 | 18 | 19) => 0.9,
        _ => 0.12,
    }
}

impl Stage<'_> {
    fn play_hours(&mut self) -> io::Result<()> {
        let hours = i64::from(self.plan.days.max(1)) * (DAY / HOUR);
        let total: f64 = (0..hours).map(|hour| 1.0 + people_at_work(hour)).sum();
        let mut behind = 0.0;
        for hour in 0..hours {
            let people = people_at_work(hour);
            behind += 1.0 + people;
            let target = if hour + 1 == hours {
                self.plan.events
            } else {
                (self.plan.events as f64 * behind / total) as u64
            };
            self.play_hour(FROM + hour * HOUR, target, people / (1.0 + people))?;
        }
        Ok(())
    }

    fn play_hour(&mut self, start: i64, target: u64, people: f64) -> io::Result<()> {
        let share = target.saturating_sub(self.files.taken()).max(1);
        let first = self.files.taken();
        while self.files.taken() < target {
            let done = self.files.taken() - first;
            let second = i64::try_from(done * 3_600 / share).unwrap_or(0).min(3_599);
            self.play_call(start + second, people)?;
        }
        Ok(())
    }

    /// One call: what, by whom, with which session, on which tables, with which end.
    fn play_call(&mut self, time: i64, people: f64) -> io::Result<()> {
        let number = Operation::draw(&mut self.random);
        let Some(operation) = OPERATIONS.get(number).copied() else {
            return Ok(());
        };
        let part = self.choose_part(operation, people);
        let slot = self.slot(part);
        let session =
            match self.sessions[slot].take().filter(|session| session.left > 0 && time < session.until) {
                Some(session) => session,
                None => self.begin_session(part, time)?,
            };
        let session = Session { left: session.left.saturating_sub(1), ..session };
        if self.files.taken() < self.plan.events {
            if self.is_other() {
                self.write_other(&session, time)?;
            } else {
                self.write_call(&session, number, operation, time)?;
            }
        }
        self.sessions[slot] = Some(session);
        Ok(())
    }

    /// Whether the next call is one of another service: the more of them are behind their share, the
    /// likelier.
    fn is_other(&mut self) -> bool {
        let share = self.plan.other_service_share;
        let behind = share * self.files.taken() as f64 - self.others as f64;
        share > 0.0 && self.random.chance(share + behind * 0.05)
    }

    fn choose_part(&mut self, operation: Operation, people: f64) -> Part {
        if self.plan.events.saturating_sub(self.files.taken()) <= LONGEST_CHAIN {
            // The first person is an IAM user who needs no AssumeRole, so the number of records comes out
            // exactly.
            return Part::Person { person: 0, way: 0 };
        }
        if operation.is_stream() {
            return Part::Machine(Cast::stream_reader(self.random.index(self.cast.places.len())));
        }
        if !self.random.chance(people) {
            return Part::Machine(self.random.index(self.cast.machines.len()));
        }
        let count = self.cast.actors.len();
        let person = self.random.index(count).min(self.random.index(count) + count / 8);
        Part::Person { person, way: usize::from(self.random.chance(0.1)) }
    }

    fn slot(&self, part: Part) -> usize {
        match part {
            Part::Person { person, way } => person * 2 + way,
            Part::Machine(machine) => self.cast.actors.len() * 2 + machine,
        }
    }

    fn begin_session(&mut self, part: Part, time: i64) -> io::Result<Session> {
        match part {
            Part::Person { person, way } => self.begin_person(person, way, time),
            Part::Machine(machine) => self.begin_machine(machine, time),
        }
    }

    fn begin_machine(&mut self, number: usize, time: i64) -> io::Result<Session> {
        let cast = self.cast;
        let machine = &cast.machines[number];
        let (role, place) = (&cast.roles[machine.role], &cast.places[machine.place]);
        let created = time.saturating_sub(2).max(FROM);
        let name =
            if machine.service == "lambda" { role.name.clone() } else { self.random.capitals("task-", 20) };
        let key = self.random.capitals("ASIA", 16);
        let service = format!("{}.amazonaws.com", machine.service);
        let issuance = Issuance {
            time: created,
            region: place.region,
            address: &service,
            agent: &service,
            role,
            name: &name,
            hours: 12,
            key: &key,
        };
        if !self.random.chance(self.plan.missing_issuance_share) {
            let record = sessions::service_assume_role(machine, &issuance, &mut self.random);
            self.issue((role.account, place.region), created, record)?;
        }
        Ok(Session {
            identity: sessions::role_session(role, &name, &key, created, false),
            who: 1 + cast.people.len() + number,
            hops: 0,
            place: machine.place,
            address: machine.address.clone(),
            agent: "aws-sdk-java/2.31.6 ua/2.1 api/DynamoDB#2.31.x lang/java#21.0.6",
            endpoint: machine.endpoint.clone(),
            console: false,
            left: 80 + self.random.below(60),
            until: created + 12 * HOUR,
        })
    }

    fn begin_person(&mut self, person: usize, way: usize, time: i64) -> io::Result<Session> {
        let cast = self.cast;
        let actor = &cast.actors[person];
        let route = &actor.routes[way];
        let address = &actor.addresses[usize::from(self.random.chance(0.25))];
        let hops = u8::try_from(route.roles.len()).unwrap_or(u8::MAX);
        let (identity, who) = if route.roles.is_empty() {
            (self.enter(person, route.entry, time), 1 + person)
        } else {
            self.climb(person, way, route, address, time)?
        };
        Ok(Session {
            identity,
            who,
            hops: if who == 0 { 0 } else { hops },
            place: route.place,
            address: address.clone(),
            agent: actor.agent,
            endpoint: String::new(),
            console: actor.agent.starts_with("Mozilla") && route.roles.is_empty(),
            left: 14 + self.random.below(20),
            until: time + HOUR * if hops > 1 { 1 } else { 8 },
        })
    }

    /// A person's first identity, new.
    fn enter(&mut self, person: usize, entry: Entry, time: i64) -> Identity {
        let cast = self.cast;
        let actor = &cast.actors[person];
        let created = (time - 20 - i64::try_from(self.random.below(600)).unwrap_or(0)).max(FROM);
        match entry {
            Entry::IamUser(account) => {
                let temporary = person != 0 && self.random.chance(0.8);
                let session = temporary.then_some((created, true));
                sessions::iam_user(actor, account, session, &mut self.random)
            }
            Entry::IdentityCenter(role) => {
                let key = self.random.capitals("ASIA", 16);
                sessions::role_session(&cast.roles[role], &actor.mail(), &key, created, false)
            }
        }
    }

    /// Takes on the roles of a route, one after the other. Says who can be proven at the end.
    fn climb(
        &mut self,
        person: usize,
        way: usize,
        route: &Route,
        address: &str,
        time: i64,
    ) -> io::Result<(Identity, usize)> {
        let begun = self.begun(person, way, route.entry, time);
        let missing = self.random.chance(self.plan.missing_issuance_share);
        let gap = missing.then(|| self.random.index(route.roles.len()));
        self.role_sessions.0 += 1;
        self.role_sessions.1 += u64::from(missing);
        let agent = self.cast.actors[person].agent;
        let region = if route.place == 0 && self.random.chance(0.5) { "eu-west-1" } else { HOME_REGION };
        let mut chain = Chain { caller: begun, created: time, region, address, agent };
        for (step, role) in route.roles.iter().enumerate() {
            let behind = 4 * i64::try_from(route.roles.len() - step).unwrap_or(0);
            chain.created = time.saturating_sub(behind).max(FROM);
            self.take_role(&mut chain, *role, gap == Some(step))?;
        }
        Ok((chain.caller, if missing { 0 } else { 1 + person }))
    }

    /// The first identity for AssumeRole calls: the one of this morning if it still lives.
    fn begun(&mut self, person: usize, way: usize, entry: Entry, time: i64) -> Identity {
        let slot = self.slot(Part::Person { person, way });
        if let Some(begun) = self.begun[slot].as_ref().filter(|begun| time < begun.until) {
            return begun.identity.clone();
        }
        let identity = self.enter(person, entry, time);
        self.begun[slot] = Some(Begun { identity: identity.clone(), until: time + 8 * HOUR });
        identity
    }

    /// One AssumeRole call: its records go to the files, unless they are the ones left out.
    fn take_role(&mut self, chain: &mut Chain<'_>, role: usize, left_out: bool) -> io::Result<()> {
        let cast = self.cast;
        let role = &cast.roles[role];
        let name = sessions::opaque_name(&mut self.random, chain.created);
        let key = self.random.capitals("ASIA", 16);
        let same_account = chain.caller.account == role.account;
        let at_home = !same_account || role.account != cast.places[0].account;
        let issuance = Issuance {
            time: chain.created,
            region: if at_home { HOME_REGION } else { chain.region },
            address: chain.address,
            agent: chain.agent,
            role,
            name: &name,
            hours: if chain.caller.is_role_session() { 1 } else { 12 },
            key: &key,
        };
        let records = sessions::assume_role(&issuance, &chain.caller, &mut self.random);
        self.copies += if left_out { 0 } else { records.len() as u64 - 1 };
        for (account, record) in records {
            if !left_out {
                self.issue((account, issuance.region), chain.created, record)?;
            }
        }
        chain.caller = sessions::role_session(role, &name, &key, chain.created, false);
        Ok(())
    }

    /// An AssumeRole record, one in seven of them delivered long after the calls that use its credential.
    fn issue(&mut self, stream: (&'static str, &'static str), time: i64, record: String) -> io::Result<()> {
        self.assume_role += 1;
        if self.random.chance(0.15) {
            let after = 50 + self.random.below(4_000);
            self.files.add_late(stream, time, record, after);
            return Ok(());
        }
        self.files.add(stream.0, stream.1, time, &record)
    }

    fn write_other(&mut self, session: &Session, time: i64) -> io::Result<()> {
        let region = self.cast.places[session.place].region;
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        records::push_other(&mut line, session, time, region, &mut self.random);
        self.files.add(session.identity.account, region, time, &line)?;
        self.line = line;
        self.others += 1;
        Ok(())
    }

    fn write_call(
        &mut self,
        session: &Session,
        number: usize,
        operation: Operation,
        time: i64,
    ) -> io::Result<()> {
        let cast = self.cast;
        let share = self.plan.cross_account_share;
        if share > 0.0 && self.random.chance(share) {
            return self.write_abroad(session, number, operation, time);
        }
        let place = &cast.places[session.place];
        let touched = self.choose_tables(place, operation);
        let tables: Vec<&Table> = touched.iter().map(|table| &cast.tables[*table]).collect();
        let outcome = operation.outcome(&mut self.random);
        let call = Call { session, time, operation, tables, outcome };
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        records::push_call(&mut line, &call, &mut self.random);
        self.files.add(place.account, place.region, time, &line)?;
        self.line = line;
        self.dynamodb += 1;
        for table in touched {
            *self.tally.entry((session.who, session.hops, number, table, outcome)).or_default() += 1;
        }
        Ok(())
    }

    /// A call on the tables of another account: a record for the owner, who sees an id and an account, and one for the
    /// caller's account. One in ten comes without the owner's record; one in ten is by somebody whose account is
    /// nobody's here.
    fn write_abroad(
        &mut self,
        session: &Session,
        number: usize,
        operation: Operation,
        time: i64,
    ) -> io::Result<()> {
        let cast = self.cast;
        let home = &cast.places[session.place];
        let place = &cast.places[1 - session.place];
        let touched = self.choose_tables(place, operation);
        let tables: Vec<&Table> = touched.iter().map(|table| &cast.tables[*table]).collect();
        let outcome = operation.outcome(&mut self.random);
        let mut line = String::new();
        records::push_call(&mut line, &Call { session, time, operation, tables, outcome }, &mut self.random);
        let [owner, caller] = sessions::both_views(&line, &session.identity, &mut self.random);
        let (stranger, halves) = match self.random.below(10) {
            0 => (
                true,
                vec![(place.account, sessions::by_stranger(&owner, &session.identity, &mut self.random))],
            ),
            1 => (false, vec![(session.identity.account, caller)]),
            _ => (false, vec![(place.account, owner), (session.identity.account, caller)]),
        };
        debug_assert_ne!(home.account, place.account);
        self.copies += halves.len() as u64 - 1;
        for (account, record) in halves {
            if self.random.chance(0.3) {
                let after = 10 + self.random.below(900);
                self.files.add_late((account, place.region), time, record, after);
            } else {
                self.files.add(account, place.region, time, &record)?;
            }
        }
        self.dynamodb += 1;
        let (who, hops) = if stranger { (0, 0) } else { (session.who, session.hops) };
        for table in touched {
            *self.tally.entry((who, hops, number, table, outcome)).or_default() += 1;
        }
        Ok(())
    }

    /// The table with the stream for stream reads; else half of the calls go to the first table.
    fn choose_tables(&mut self, place: &Place, operation: Operation) -> Vec<usize> {
        if operation.is_stream() {
            return vec![place.first_table];
        }
        let first = match self.random.below(10) {
            0..=4 => 0,
            5..=7 => 1,
            _ => 2,
        };
        if operation.is_multiple() && self.random.chance(0.6) {
            let second = (first + 1 + self.random.index(Place::TABLES - 1)) % Place::TABLES;
            return vec![place.first_table + first, place.first_table + second];
        }
        vec![place.first_table + first]
    }
}

/// The tally with names in place of indexes.
fn named(cast: &Cast, tally: &Tally) -> BTreeMap<AccessKey, u64> {
    let mut names = vec![UNRESOLVED];
    names.extend(cast.people.iter().map(|person| person.name.as_str()));
    names.extend(cast.workloads.iter().map(|workload| workload.name));
    let mut accesses = BTreeMap::new();
    for ((who, hops, operation, table, outcome), count) in tally {
        let (operation, table) = (OPERATIONS[*operation].name.to_owned(), cast.tables[*table].arn.clone());
        *accesses
            .entry((names[*who].to_owned(), *hops, operation, table, outcome.as_str().to_owned()))
            .or_default() += count;
    }
    accesses
}
