//! Who and what occurs in the generated logs. Comes in: a plan. Goes out: accounts, tables, roles, people
//! with their routes to the tables, workloads. It never writes a record.

use super::random::Random;
use super::{DataClass, Person, Plan, Table, Workload};

/// Region of Identity Center, IAM users and the identity account.
pub const HOME_REGION: &str = "us-east-1";

/// Where tables lie: one account in one region. An event touches tables of one place only.
#[derive(Debug)]
pub struct Place {
    /// Owner of the tables.
    pub account: &'static str,
    /// Their region.
    pub region: &'static str,
    /// First of its tables in [`Cast::tables`]; it has [`Place::TABLES`].
    pub first_table: usize,
}

impl Place {
    /// Tables of a place. The first one has a stream.
    pub const TABLES: usize = 3;
}

/// An IAM role.
#[derive(Debug)]
pub struct Role {
    /// Account of the role.
    pub account: &'static str,
    /// Path with both slashes.
    pub path: &'static str,
    /// Name.
    pub name: String,
    /// `AROA…`.
    pub id: String,
}

/// How a person begins: the identity of the first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// IAM user of the account.
    IamUser(&'static str),
    /// Identity Center session in the account, on the role of this index.
    IdentityCenter(usize),
}

/// A person's way to the tables of a place: an entry, then roles taken on one after the other.
#[derive(Debug)]
pub struct Route {
    /// First identity.
    pub entry: Entry,
    /// Roles, by index, in order; as many as there are hops.
    pub roles: Vec<usize>,
    /// Place, by index.
    pub place: usize,
}

/// A person's unchanging traits.
#[derive(Debug)]
pub struct Actor {
    /// Name in logs: of the IAM user, and before the `@` of the mail.
    pub login: String,
    /// `AIDA…`.
    pub user_id: String,
    /// `AKIA…`, the long-term key.
    pub key: String,
    /// Office and home address.
    pub addresses: [String; 2],
    /// Usual program.
    pub agent: &'static str,
    /// The usual and the other way.
    pub routes: [Route; 2],
}

/// A workload's unchanging traits.
#[derive(Debug)]
pub struct Machine {
    /// Service that asks for its credentials: `lambda` or `ecs-tasks`.
    pub service: &'static str,
    /// Its role, by index.
    pub role: usize,
    /// Its place, by index.
    pub place: usize,
    /// Its address inside the network.
    pub address: String,
    /// VPC endpoint.
    pub endpoint: String,
}

/// Everybody and everything.
#[derive(Debug)]
pub struct Cast {
    /// Roster rows.
    pub people: Vec<Person>,
    /// Traits of the people, in the same order.
    pub actors: Vec<Actor>,
    /// Registered workloads.
    pub workloads: Vec<Workload>,
    /// Traits of the workloads, in the same order.
    pub machines: Vec<Machine>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Where they lie.
    pub places: [Place; 2],
    /// All roles.
    pub roles: Vec<Role>,
}

const FIRST: [&str; 15] = [
    "Aoife", "Bruno", "Chiara", "Dariusz", "Elif", "Farid", "Greta", "Hugo", "Ingrid", "Jonas", "Kaito",
    "Lerato", "Maeve", "Níki", "Zoë",
];
const LAST: [&str; 17] = [
    "Ashdown",
    "Brandvik",
    "Castellan",
    "Dunmore",
    "Ekholm",
    "Farrowby",
    "Garrigan",
    "Hollinger",
    "Iversgate",
    "Jaspersen",
    "Kestrel",
    "Lindqvast",
    "Marchetto",
    "Norrland",
    "Okonedo",
    "Pappadás",
    "Müllerin",
];
const DEPARTMENTS: [&str; 5] = ["Payments", "Card Support", "Platform", "Fraud", "Finance"];
const AGENTS: [&str; 6] = [
    "aws-cli/2.24.5 md/awscrt#0.23.8 ua/2.0 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.6",
    "aws-cli/2.27.49 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0-60-generic md/arch#x86_64 lang/python#3.13.4",
    "Boto3/1.37.18 md/Botocore#1.37.18 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11.11",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 \
     Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/18.3 Safari/605.1.15",
    "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOARCH#amd64 md/GOOS#linux \
     api/dynamodb#1.41.1 m/E,g",
];

/// Roles that people take, by position in [`Cast::roles`].
mod role {
    pub const HUB: usize = 0;
    pub const SUPPORT: [usize; 2] = [1, 4];
    pub const OPERATIONS: [usize; 2] = [2, 5];
    pub const SIGN_IN: [usize; 2] = [3, 6];
    pub const SIGN_IN_HOME: usize = 7;
    pub const MACHINES: usize = 8;
}

/// Name, service, place and owner of the workloads. The third and the sixth read streams.
const MACHINES: [(&str, &str, usize, &str); 8] = [
    ("card-authorizer", "lambda", 0, "Payments"),
    ("card-writer", "ecs-tasks", 0, "Payments"),
    ("card-change-feed", "lambda", 0, "Platform"),
    ("fraud-scoring", "ecs-tasks", 0, "Fraud"),
    ("settlement-batch", "ecs-tasks", 1, "Finance"),
    ("merchant-feed", "lambda", 1, "Platform"),
    ("dispute-intake", "lambda", 1, "Card Support"),
    ("merchant-onboarding", "lambda", 1, "Payments"),
];

impl Cast {
    /// Draws everybody and everything for a plan.
    pub fn new(plan: &Plan) -> Self {
        let mut random = Random::new(plan.seed, 1);
        let places = [
            Place { account: plan.accounts[0], region: "eu-west-1", first_table: 0 },
            Place { account: plan.accounts[1], region: HOME_REGION, first_table: Place::TABLES },
        ];
        let tables = tables(&places);
        let roles = roles(plan, &mut random);
        let (mut people, mut actors) = (Vec::new(), Vec::new());
        for number in 0..plan.people.max(1) as usize {
            let actor = actor(number, plan, &mut random);
            people.push(person(number, &actor, &roles));
            actors.push(actor);
        }
        let (workloads, machines) = machines(&roles, &mut random);
        Cast { people, actors, workloads, machines, tables, places, roles }
    }

    /// The workload that reads the stream of a place.
    pub const fn stream_reader(place: usize) -> usize {
        if place == 0 { 2 } else { 5 }
    }
}

impl Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account, self.path, self.name)
    }

    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
    pub fn session_arn(&self, session: &str) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{session}", self.account, self.name)
    }
}

impl Actor {
    /// Mail address, which is the Identity Center user name too.
    pub fn mail(&self) -> String {
        format!("{}@example.com", self.login)
    }

    /// `arn:aws:iam::ACCOUNT:user/staff/LOGIN`.
    pub fn user_arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user/staff/{}", self.login)
    }
}

fn tables(places: &[Place; 2]) -> Vec<Table> {
    let rows = [
        (0, "cards", DataClass::Cardholder, "card_token", "", "tok_"),
        (0, "authorizations", DataClass::Cardholder, "card_token", "authorized_at", "tok_"),
        (0, "loyalty", DataClass::Other, "member", "", "mbr-"),
        (1, "merchants", DataClass::Cardholder, "merchant_id", "", "mrc-"),
        (1, "settlements", DataClass::Other, "batch", "line", "stl-"),
        (1, "disputes", DataClass::Other, "dispute_id", "", "dsp-"),
    ];
    rows.map(|(place, name, data, partition_key, sort_key, prefix)| {
        let Place { account, region, .. } = places[place];
        let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{name}");
        Table { account, region, name, data, arn, partition_key, sort_key, prefix }
    })
    .into()
}

fn roles(plan: &Plan, random: &mut Random) -> Vec<Role> {
    let [cards, merchants, identity] = plan.accounts;
    let sign_in = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let mut roles = Vec::new();
    let mut add = |account, path, name: String| {
        roles.push(Role { account, path, name, id: random.capitals("AROA", 17) });
    };
    add(identity, "/", "identity-hub".into());
    add(cards, "/", "card-support".into());
    add(cards, "/team/", "card-operations".into());
    add(cards, sign_in, "AWSReservedSSO_CardSupport_4be1c0ffee5d2a91".into());
    add(merchants, "/", "merchant-support".into());
    add(merchants, "/team/", "merchant-operations".into());
    add(merchants, sign_in, "AWSReservedSSO_MerchantSupport_91d2a7c35be0a614".into());
    add(identity, sign_in, "AWSReservedSSO_Engineering_7a30b5c19f64e28d".into());
    for (name, _, place, _) in MACHINES {
        add(plan.accounts[place], "/service/", name.to_owned());
    }
    roles
}

fn actor(number: usize, plan: &Plan, random: &mut Random) -> Actor {
    let [first, last] = name_parts(number).map(ascii);
    let suffix = number / (FIRST.len() * LAST.len());
    let suffix = if suffix == 0 { String::new() } else { suffix.to_string() };
    let host = number % 250 + 1;
    let usual = (number + number / 10) % 2;
    Actor {
        login: format!("{first}.{last}{suffix}"),
        user_id: random.capitals("AIDA", 17),
        key: random.capitals("AKIA", 16),
        addresses: [format!("198.51.100.{host}"), format!("203.0.113.{host}")],
        agent: AGENTS[(number * 5 + number / 7) % AGENTS.len()],
        routes: [route(number, usual, plan), route(number * 3 + 4, 1 - usual, plan)],
    }
}

/// Two people in ten begin and end as IAM user, two in Identity Center, three take one hop, two take two, one
/// takes three. Where chains may be long, one each takes one to three, and one each four and five, through the other
/// tables' account.
fn route(number: usize, place: usize, plan: &Plan) -> Route {
    let identity = plan.accounts[2];
    let (user, home) = (Entry::IamUser(identity), Entry::IdentityCenter(role::SIGN_IN_HOME));
    let (support, operations) = (role::SUPPORT[place], role::OPERATIONS[place]);
    let (entry, roles) = match number % 10 {
        5 if plan.longest_chain > 3 => {
            let others = role::SUPPORT[1 - place];
            (home, vec![role::HUB, others, support, operations])
        }
        8 if plan.longest_chain > 3 => {
            let others = [role::SUPPORT[1 - place], role::OPERATIONS[1 - place]];
            (user, vec![role::HUB, others[0], others[1], support, operations])
        }
        0 | 1 => (Entry::IamUser(plan.accounts[place]), Vec::new()),
        2 | 3 => (Entry::IdentityCenter(role::SIGN_IN[place]), Vec::new()),
        4 | 5 => (user, vec![support]),
        6 => (Entry::IamUser(plan.accounts[place]), vec![operations]),
        7 => (home, vec![role::HUB, support]),
        8 => (user, vec![role::HUB, operations]),
        _ => (home, vec![role::HUB, support, operations]),
    };
    Route { entry, roles, place }
}

fn person(number: usize, actor: &Actor, roles: &[Role]) -> Person {
    let [first, last] = name_parts(number);
    let suffix = number / (FIRST.len() * LAST.len());
    let mut identities: Vec<String> = actor
        .routes
        .iter()
        .map(|route| match route.entry {
            Entry::IamUser(account) => actor.user_arn(account),
            Entry::IdentityCenter(at) => {
                debug_assert!(roles[at].name.starts_with("AWSReservedSSO_"));
                actor.mail()
            }
        })
        .collect();
    identities.sort();
    identities.dedup();
    Person {
        id: format!("E{:04}", 1001 + number),
        name: if suffix == 0 { format!("{first} {last}") } else { format!("{first} {last} {suffix}") },
        mail: actor.mail(),
        department: DEPARTMENTS[number % DEPARTMENTS.len()].to_owned(),
        manager: if number == 0 { String::new() } else { format!("E{:04}", 1001 + number / 8) },
        joined: format!("{}-{:02}-01", 2015 + number % 10, number % 12 + 1),
        identities,
    }
}

fn machines(roles: &[Role], random: &mut Random) -> (Vec<Workload>, Vec<Machine>) {
    let (mut workloads, mut machines) = (Vec::new(), Vec::new());
    for (number, (name, service, place, owner)) in MACHINES.into_iter().enumerate() {
        let role = role::MACHINES + number;
        workloads.push(Workload { name, owner, principal: roles[role].arn() });
        let mut endpoint = String::from("vpce-0");
        random.push_hex(&mut endpoint, 16);
        machines.push(Machine {
            service,
            role,
            place,
            address: format!("10.20.{place}.{}", 11 + number),
            endpoint,
        });
    }
    (workloads, machines)
}

/// First and last name: 255 different pairs before they repeat.
fn name_parts(number: usize) -> [&'static str; 2] {
    [FIRST[number % FIRST.len()], LAST[number % LAST.len()]]
}

fn ascii(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' => 'a',
            'ë' => 'e',
            'í' => 'i',
            'ü' => 'u',
            other => other,
        })
        .collect()
}
