//! The declared scope, ready to be asked: accounts, regions, tables with data class, principals, log objects.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendar;
use super::networks::Networks;
use super::patterns::Sensitive;
use super::{DataClass, File, Pattern};
use crate::clock::Seconds;

/// A declared table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    /// Owner account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Name.
    pub name: String,
}

/// A registered workload.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Name for people.
    pub name: String,
    /// Team that answers for it.
    pub owner: String,
    principals: Vec<Pattern>,
}

/// A list of patterns, or the fact that none was given.
#[derive(Debug, Clone, Default)]
pub struct Principals(Option<Vec<Pattern>>);

impl Principals {
    fn new(list: Option<&Vec<String>>) -> Self {
        Principals(list.map(|texts| texts.iter().map(|text| Pattern::new(text)).collect()))
    }

    /// Whether audit.toml states this list, even as empty.
    pub fn given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether an ARN is on the list.
    pub fn holds(&self, arn: &str) -> bool {
        self.0.iter().flatten().any(|pattern| pattern.fits(arn))
    }
}

/// A vendor or partner with access.
#[derive(Debug, Clone)]
pub struct ThirdParty {
    /// Name for people.
    pub name: String,
    /// Its users, roles or accounts.
    pub principals: Vec<Pattern>,
    /// From when it may have access.
    pub from: Seconds,
    /// Until when, inclusive.
    pub to: Seconds,
    /// Where it may come from; `None` for any place.
    pub networks: Option<Networks>,
    /// Which tables it may touch; `None` for any.
    pub tables: Option<Vec<Pattern>>,
}

/// Everything audit.toml declares, ready to ask.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Account → name and regions.
    pub accounts: BTreeMap<String, (String, BTreeSet<String>)>,
    /// Table → data class.
    pub tables: BTreeMap<Table, DataClass>,
    /// Registered workloads.
    pub workloads: Vec<Workload>,
    /// Administrative access.
    pub privileged: Principals,
    /// Emergency access.
    pub break_glass: Principals,
    /// Identities that several people use.
    pub shared: Principals,
    /// May read audit logs.
    pub log_readers: Principals,
    /// May change or stop audit logs.
    pub log_admins: Principals,
    /// Buckets with audit logs.
    pub log_buckets: Vec<String>,
    /// Keys that encrypt audit logs.
    pub log_keys: Vec<String>,
    /// Log groups with audit logs.
    pub log_groups: Vec<String>,
    /// Trails.
    pub trails: Vec<String>,
    /// Account that owns the log buckets.
    pub log_account: Option<String>,
    /// Days that audit logs are kept.
    pub retention_days: Option<u32>,
    /// Days that audit logs are at hand at once.
    pub online_days: Option<u32>,
    /// May manage keys.
    pub key_admins: Principals,
    /// May query tables directly.
    pub direct_query: Principals,
    /// May both administer and read data.
    pub dual_duty: Principals,
    /// People with extra monitoring.
    pub watched: Principals,
    /// Recipients outside the organisation: ARN patterns or account ids.
    pub external: Principals,
    /// Vendors and partners; `None` when not stated.
    pub third_parties: Option<Vec<ThirdParty>>,
    /// Where access may come from; `None` when not stated.
    pub networks: Option<Networks>,
    /// Working hours; `None` when not stated.
    pub calendar: Option<Calendar>,
    /// Keys that encrypt tables; `None` when not stated.
    pub data_keys: Option<Vec<String>>,
    /// Regions where the data may be; `None` when not stated.
    pub allowed_regions: Option<Vec<String>>,
    /// What must never stand in an item key; `None` when not stated.
    pub sensitive_keys: Option<Sensitive>,
    /// The document that states that the identity provider enforces a second factor.
    pub mfa_attestation: Option<String>,
}

impl Scope {
    /// Whether a declared table holds data of one of these classes.
    pub fn holds_any<'c>(&self, mut classes: impl Iterator<Item = &'c str>) -> bool {
        classes.any(|class| self.tables.values().any(|declared| declared.as_str() == class))
    }

    /// Prepares the scope of a checked file.
    pub fn new(file: &File) -> Self {
        let logs = file.logs.clone().unwrap_or_default();
        let principals = file.principals.clone().unwrap_or_default();
        let table = |section: &super::TableSection| {
            let table = Table {
                account: section.account.clone(),
                region: section.region.clone(),
                name: section.name.clone(),
            };
            (table, section.data)
        };
        let account = |section: &super::AccountSection| {
            (section.id.clone(), (section.name.clone(), section.regions.iter().cloned().collect()))
        };
        Scope {
            accounts: file.accounts.iter().map(account).collect(),
            tables: file.tables.iter().map(table).collect(),
            workloads: file.workloads.iter().map(Workload::new).collect(),
            privileged: Principals::new(principals.privileged.as_ref()),
            break_glass: Principals::new(principals.break_glass.as_ref()),
            shared: Principals::new(principals.shared.as_ref()),
            log_readers: Principals::new(principals.log_readers.as_ref()),
            log_admins: Principals::new(principals.log_admins.as_ref()),
            log_buckets: logs.buckets,
            log_keys: logs.keys,
            log_groups: logs.groups,
            trails: logs.trails,
            log_account: logs.account.map(toml::Spanned::into_inner),
            retention_days: logs.retention_days,
            online_days: logs.online_days.map(toml::Spanned::into_inner),
            key_admins: Principals::new(principals.key_admins.as_ref()),
            direct_query: Principals::new(principals.direct_query.as_ref()),
            dual_duty: Principals::new(principals.dual_duty.as_ref()),
            watched: Principals::new(principals.watched.as_ref()),
            external: Principals::new(principals.external.as_ref()),
            mfa_attestation: file
                .identity_provider
                .as_ref()
                .and_then(|section| section.mfa_attestation.as_ref())
                .map(|text| text.as_ref().clone()),
            ..Scope::default()
        }
    }

    /// Data class of a table, `None` when it is not declared.
    pub fn data_class(&self, account: &str, region: &str, name: &str) -> Option<DataClass> {
        let table = Table { account: account.to_owned(), region: region.to_owned(), name: name.to_owned() };
        self.tables.get(&table).copied()
    }

    /// Whether an account is declared.
    pub fn declares_account(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether a region of an account is declared.
    pub fn declares_region(&self, account: &str, region: &str) -> bool {
        self.accounts.get(account).is_some_and(|(_, regions)| regions.contains(region))
    }

    /// The workload that owns a role or user ARN.
    pub fn workload(&self, arn: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.principals.iter().any(|pattern| pattern.fits(arn)))
    }

    /// Whether an object is an audit log: a bucket (by name or ARN), a key, a log group or a trail. `trail` objects
    /// always are: changing or reading a trail touches the audit log.
    pub fn is_log_object(&self, kind: &str, object: &str) -> bool {
        match kind {
            "bucket" => named(&self.log_buckets, object, ':'),
            "key" => named(&self.log_keys, object, '/'),
            "log-group" => named(&self.log_groups, object, ':'),
            "trail" => true,
            _ => false,
        }
    }

    /// Whether a key (by ARN or id) encrypts tables.
    pub fn is_data_key(&self, object: &str) -> bool {
        self.data_keys.as_ref().is_some_and(|keys| named(keys, object, '/'))
    }

    /// Whether an account is the organisation's own: declared, or the one that owns the log buckets.
    pub fn is_own_account(&self, account: &str) -> bool {
        self.declares_account(account) || self.log_account.as_deref() == Some(account)
    }
}

/// Whether a list holds an object, either of them by its full ARN or by the part behind the last separator.
fn named(list: &[String], object: &str, separator: char) -> bool {
    list.iter().any(|item| {
        object == item
            || object.rsplit_once(separator).is_some_and(|(_, tail)| tail == item)
            || item.rsplit_once(separator).is_some_and(|(_, tail)| tail == object)
    })
}

impl Workload {
    fn new(section: &super::WorkloadSection) -> Self {
        let principals = section.principals.iter().map(|text| Pattern::new(text)).collect();
        Workload { name: section.name.clone(), owner: section.owner.clone(), principals }
    }
}
