//! Generated CloudTrail logs whose truth is known. Comes in: a [`Plan`]. Goes out: gzip log files as AWS lays
//! them out, audit.toml and roster.csv beside them, and the [`Truth`]: who made how many accesses. It never
//! reads the clock or any file, and the same plan gives the same bytes.
//!
//! Every name, account and key is invented. Used by tests and benches through `#[path]`.
#![allow(dead_code, reason = "every test and bench reads its own part of the truth")]

#[path = "trail/calendar.rs"]
mod calendar;
#[path = "trail/cast.rs"]
mod cast;
#[path = "trail/facts.rs"]
mod facts;
#[path = "trail/files.rs"]
mod files;
#[path = "trail/operations.rs"]
mod operations;
#[path = "trail/random.rs"]
mod random;
#[path = "trail/records.rs"]
mod records;
#[path = "trail/sessions.rs"]
mod sessions;
#[path = "trail/stage.rs"]
mod stage;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// What to generate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Records, second deliveries not counted.
    pub events: u64,
    /// Records in a file.
    pub events_per_file: u64,
    /// Account of the card tables (eu-west-1), of the merchant tables (us-east-1), and of the identities
    /// (us-east-1).
    pub accounts: [&'static str; 3],
    /// People.
    pub people: u32,
    /// Share of the records that belong to services outside the catalogue.
    pub other_service_share: f64,
    /// Share of the records delivered again, byte for byte, in another file.
    pub duplicate_share: f64,
    /// Share of the sessions with an AssumeRole record left out.
    pub missing_issuance_share: f64,
    /// Share of the table calls that go to the tables of another account, so that two accounts get a record of
    /// them; one in five of these lacks one of the two.
    pub cross_account_share: f64,
    /// Roles that people take on one after the other, at most: 3, or 5 through all accounts.
    pub longest_chain: u8,
    /// Days from 2026-03-02 on.
    pub days: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            seed: 1,
            events: 20_000,
            events_per_file: 1_000,
            accounts: ["111122223333", "222233334444", "444455556666"],
            people: 60,
            other_service_share: 0.0,
            duplicate_share: 0.05,
            missing_issuance_share: 0.03,
            cross_account_share: 0.0,
            longest_chain: 3,
            days: 14,
        }
    }
}

/// Who, how many AssumeRole records away, operation, table ARN, outcome. Who is a person's name, a workload's
/// name, or [`UNRESOLVED`]. Hops are counted for people only; 0 is a session or user that names the person
/// itself.
pub type AccessKey = (String, u8, String, String, String);

/// Who made accesses that no record leads back from.
pub const UNRESOLVED: &str = "unresolved";

/// What the logs hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Records in all files.
    pub records: u64,
    /// Second deliveries among them.
    pub duplicates: u64,
    /// Records without them.
    pub unique: u64,
    /// Unique records of an action that another account's record tells too.
    pub copies: u64,
    /// Calls on tables.
    pub dynamodb: u64,
    /// Unique AssumeRole records, those of both accounts.
    pub assume_role: u64,
    /// Unique records of services outside the catalogue.
    pub others: u64,
    /// Log files.
    pub files: u64,
    /// Bytes of JSON in them.
    pub json_bytes: u64,
    /// Accesses, one for each table of each unique DynamoDB record.
    pub accesses: BTreeMap<AccessKey, u64>,
    /// Sessions of people that needed an AssumeRole record, and those of them where one is left out.
    pub role_sessions: (u64, u64),
    /// Roster rows.
    pub people: Vec<Person>,
    /// Registered workloads.
    pub workloads: Vec<Workload>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Text of audit.toml.
    pub audit_toml: String,
    /// Text of roster.csv.
    pub roster_csv: String,
}

/// A roster row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Person id.
    pub id: String,
    /// Name, unlike any other.
    pub name: String,
    /// Mail, which is the Identity Center user name too.
    pub mail: String,
    /// Department.
    pub department: String,
    /// Id of the manager; empty for the first.
    pub manager: String,
    /// First day.
    pub joined: String,
    /// IAM user ARNs and Identity Center user names.
    pub identities: Vec<String>,
}

/// A registered workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Name.
    pub name: &'static str,
    /// Team.
    pub owner: &'static str,
    /// ARN of its role.
    pub principal: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Owner account.
    pub account: &'static str,
    /// Region.
    pub region: &'static str,
    /// Name.
    pub name: &'static str,
    /// What it holds.
    pub data: DataClass,
    /// ARN.
    pub arn: String,
    /// Attribute name of the partition key.
    pub partition_key: &'static str,
    /// Attribute name of the sort key; empty if there is none.
    pub sort_key: &'static str,
    /// How its key values begin.
    pub prefix: &'static str,
}

impl Table {
    /// Whether the table has a stream.
    pub fn has_stream(&self) -> bool {
        matches!(self.name, "cards" | "merchants")
    }
}

/// Class of the data in a table, as audit.toml says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataClass {
    /// Cardholder data.
    Cardholder,
    /// Declared, nothing special.
    Other,
}

impl DataClass {
    /// The word of audit.toml.
    pub const fn as_str(self) -> &'static str {
        match self {
            DataClass::Cardholder => "cardholder",
            DataClass::Other => "other",
        }
    }
}

/// Writes `folder/audit.toml`, `folder/roster.csv` and `folder/logs/AWSLogs/…`, and tells what is in them.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write(plan: &Plan, folder: &Path) -> io::Result<Truth> {
    let cast = cast::Cast::new(plan);
    fs::create_dir_all(folder)?;
    let (audit_toml, roster_csv) = (facts::audit_toml(plan, &cast), facts::roster_csv(&cast));
    fs::write(folder.join("audit.toml"), &audit_toml)?;
    fs::write(folder.join("roster.csv"), &roster_csv)?;
    let played = stage::play(plan, &cast, &folder.join("logs"))?;
    let written = played.written;
    Ok(Truth {
        records: written.records,
        duplicates: written.duplicates,
        unique: written.records - written.duplicates,
        copies: played.copies,
        dynamodb: played.dynamodb,
        assume_role: played.assume_role,
        others: played.others,
        files: written.files,
        json_bytes: written.json_bytes,
        accesses: played.accesses,
        role_sessions: played.role_sessions,
        people: cast.people,
        workloads: cast.workloads,
        tables: cast.tables,
        audit_toml,
        roster_csv,
    })
}
