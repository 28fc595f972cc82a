//! audit.toml: the facts of the organisation and the order for a run. Comes in: the file and what it names (roster,
//! changes, incidents, selector snapshots). Goes out: a checked [`Audit`]. It never reads logs.

pub mod approvals;
mod beside;
pub mod calendar;
mod checks;
pub mod facts;
pub mod networks;
mod patterns;
pub mod places;
mod regions;
pub mod requests;
pub mod roster;
pub mod saved;
pub mod scope;
pub mod sections;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::clock::{self, Seconds};
use crate::error::{Error, Result};
pub use approvals::{Grant, Purpose};
pub use beside::Beside;
pub use facts::{Change, Incident, Snapshot};
pub use patterns::{Pattern, Sensitive};
pub use places::{S3Place, S3Scope, S3Settings, Source};
pub use requests::{HighRisk, Review, SubjectKind, SubjectRow};
pub use roster::{RosterFile, RosterRow};
pub use saved::{Saved, SnapshotKind};
pub use scope::Scope;
pub use sections::Baseline;

/// audit.toml as written. Unknown keys are errors.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Who is audited, by whom.
    pub audit: AuditSection,
    /// The window.
    pub period: PeriodSection,
    /// Where the logs are.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceSection>,
    /// Accounts in scope.
    #[serde(default, rename = "account")]
    pub accounts: Vec<AccountSection>,
    /// Tables in scope with their data class.
    #[serde(default, rename = "table")]
    pub tables: Vec<TableSection>,
    /// Programs that act without a person.
    #[serde(default, rename = "workload")]
    pub workloads: Vec<WorkloadSection>,
    /// Roles and users with a special standing.
    #[serde(default)]
    pub principals: Option<PrincipalsSection>,
    /// The audit logs themselves.
    #[serde(default)]
    pub logs: Option<LogsSection>,
    /// Where people sign in, if not at AWS.
    #[serde(default)]
    pub identity_provider: Option<sections::IdentityProviderSection>,
    /// Where access may come from.
    #[serde(default)]
    pub networks: Option<sections::NetworksSection>,
    /// When people usually work.
    #[serde(default)]
    pub calendar: Option<sections::CalendarSection>,
    /// Keys, regions and forbidden key values of the data.
    #[serde(default)]
    pub data: Option<sections::DataSection>,
    /// From where on patterns of use are listed.
    #[serde(default)]
    pub patterns: sections::PatternsSection,
    /// Vendors and partners; an empty list states that there are none.
    #[serde(default, rename = "third_party")]
    pub third_parties: Option<Vec<sections::ThirdPartySection>>,
    /// Files with people, approved changes and incidents.
    #[serde(default)]
    pub records: RecordsSection,
    /// Saved answers of AWS about trails, buckets, tables, keys and log groups.
    #[serde(default, rename = "snapshot")]
    pub snapshots: Vec<SnapshotSection>,
    /// Requirements that do not apply, with reason.
    #[serde(default)]
    pub not_applicable: Vec<NotApplicableSection>,
}

/// `[audit]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSection {
    /// Organisation under audit.
    pub entity: String,
    /// System under audit.
    pub system: String,
    /// Short name for the bundle folder (lower case letters, digits, hyphens).
    pub name: String,
    /// Who prepares the bundle.
    pub prepared_by: String,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Request or ticket reference.
    pub reference: Option<String>,
    /// Printed on every page; default `CONFIDENTIAL - contains personal data`.
    pub classification: Option<String>,
    /// Pack ids.
    pub packs: Vec<String>,
    /// Folders with own packs, searched before the shipped ones.
    #[serde(default)]
    pub pack_folders: Vec<PathBuf>,
    /// Redaction profile; only `internal` exists.
    pub redaction: Option<String>,
    /// Bundle id this one replaces.
    pub replaces: Option<String>,
    /// Keep-until statement.
    pub keep_until: Option<String>,
    /// Impact level in force, for packs with baselines.
    pub baseline: Option<Baseline>,
    /// Whether the organisation is a service provider.
    pub service_provider: Option<bool>,
    /// Minutes without any access of a credential that end its session, 1 to 1440; default 30.
    #[schemars(with = "Option<u32>")]
    pub session_silence_minutes: Option<toml::Spanned<u32>>,
}

/// `[period]`: dates (first instant, UTC) or times.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodSection {
    /// Start, inclusive.
    #[schemars(with = "String")]
    pub from: toml::Spanned<String>,
    /// End, exclusive.
    #[schemars(with = "String")]
    pub to: toml::Spanned<String>,
    /// The only "today"; default the end.
    #[schemars(with = "Option<String>")]
    pub as_of: Option<toml::Spanned<String>>,
    /// Reporting zone; default UTC.
    #[schemars(with = "Option<String>")]
    pub zone: Option<toml::Spanned<String>>,
    /// Minutes the sources must reach past the end; default 60.
    pub delivery_lag_minutes: Option<u32>,
}

/// `[[source]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// A folder or file, relative to audit.toml, `-` for standard input, or `s3://BUCKET/PREFIX`. All other keys are for buckets.
    pub path: PathBuf,
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Role to take on before asking.
    pub role_arn: Option<String>,
    /// External id that the role demands.
    pub external_id: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Address of an S3-compatible server.
    pub endpoint: Option<String>,
    /// The bucket's name in the path instead of in the host.
    pub path_style: Option<bool>,
    /// Endpoints with FIPS 140 validated cryptography.
    pub fips: Option<bool>,
    /// The one who asks pays for requests and transfer.
    pub requester_pays: Option<bool>,
    /// Account that must own the bucket.
    pub bucket_owner: Option<String>,
    /// Folder for fetched objects, relative to audit.toml.
    pub cache: Option<PathBuf>,
    /// Also accounts and regions that are not declared.
    pub outside_scope: Option<bool>,
    /// Requests in flight at a time; default 64.
    pub requests: Option<u16>,
}

/// `[[account]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSection {
    /// Twelve digits.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Regions in scope.
    pub regions: Vec<String>,
}

/// `[[table]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSection {
    /// Owner account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Table name.
    pub name: String,
    /// `cardholder`, `health`, `criminal-justice`, `personal` or `other`.
    pub data: DataClass,
}

/// Class of the data in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Cardholder data (PCI DSS).
    Cardholder,
    /// Health information (HIPAA).
    Health,
    /// Criminal justice information (CJIS).
    CriminalJustice,
    /// Personal data (GDPR).
    Personal,
    /// Declared, none of these.
    Other,
}

impl DataClass {
    /// All of them, in order.
    pub const ALL: [DataClass; 5] = [
        DataClass::Cardholder,
        DataClass::Health,
        DataClass::CriminalJustice,
        DataClass::Personal,
        DataClass::Other,
    ];

    /// The word of audit.toml.
    pub fn as_str(self) -> &'static str {
        match self {
            DataClass::Cardholder => "cardholder",
            DataClass::Health => "health",
            DataClass::CriminalJustice => "criminal-justice",
            DataClass::Personal => "personal",
            DataClass::Other => "other",
        }
    }
}

/// `[[workload]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadSection {
    /// Name for people.
    pub name: String,
    /// Team that answers for it.
    pub owner: String,
    /// ARNs of its users or roles; `*` stands for any text.
    pub principals: Vec<String>,
}

/// `[principals]`: ARN patterns; `*` stands for any text. A key left out is a missing fact, an empty list is the
/// statement "there are none".
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipalsSection {
    /// Administrative access.
    pub privileged: Option<Vec<String>>,
    /// Emergency access.
    pub break_glass: Option<Vec<String>>,
    /// Identities that several people use.
    pub shared: Option<Vec<String>>,
    /// May read audit logs.
    pub log_readers: Option<Vec<String>>,
    /// May change or stop audit logs.
    pub log_admins: Option<Vec<String>>,
    /// May manage keys.
    pub key_admins: Option<Vec<String>>,
    /// May query tables directly.
    pub direct_query: Option<Vec<String>>,
    /// May both administer and read data.
    pub dual_duty: Option<Vec<String>>,
    /// People with extra monitoring.
    pub watched: Option<Vec<String>>,
    /// Recipients outside the organisation: ARN patterns or account ids.
    pub external: Option<Vec<String>>,
}

/// `[logs]`.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogsSection {
    /// Buckets that hold audit logs.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// KMS keys (ARNs) that encrypt them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// CloudWatch log groups that hold them.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Trail names or ARNs.
    #[serde(default)]
    pub trails: Vec<String>,
    /// Region in which Identity Center is switched on: it logs there alone.
    pub identity_center_region: Option<String>,
    /// Account that owns the buckets.
    #[schemars(with = "Option<String>")]
    pub account: Option<toml::Spanned<String>>,
    /// Answers of ListPublicKeys, as files or folders of REGION.json files; they prove digests. Also `public-keys`.
    #[serde(default, alias = "public-keys")]
    #[schemars(with = "Vec<String>")]
    pub public_keys: Vec<toml::Spanned<PathBuf>>,
    /// Buckets that CloudTrail delivered to, where the source is a copy of them in another bucket. Also `original-buckets`.
    #[serde(default, alias = "original-buckets")]
    pub original_buckets: Vec<String>,
    /// Days that the logs are kept.
    pub retention_days: Option<u32>,
    /// Days of these that the logs are at hand at once.
    #[schemars(with = "Option<u32>")]
    pub online_days: Option<toml::Spanned<u32>>,
}

/// `[records]`: CSV files beside audit.toml.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsSection {
    /// People: `id,name,mail,department,manager,joined,left,identities`, as CSV or as a JSON list of objects with these
    /// members. A date in `joined` is the first day, one in `left` the last; a time in `left` ends access.
    pub roster: Option<PathBuf>,
    /// Approved changes: `id,from,to,principal,operation,object,approver`.
    pub changes: Option<PathBuf>,
    /// Incidents: `id,opened,closed,principal,summary`.
    pub incidents: Option<PathBuf>,
    /// Approved requests for accounts and privileges: `id,from,to,principal,operation,object,approver`.
    pub requests: Option<PathBuf>,
    /// The approved access matrix: `principal,table,kinds,approver`.
    pub access: Option<PathBuf>,
    /// Why principals work with tables: `principal,table,purpose`.
    pub purposes: Option<PathBuf>,
    /// Reviews of logs: `period_from,period_to,date,reviewer,found,follow_up`.
    pub reviews: Option<PathBuf>,
    /// Requests of persons whose data is held: `id,kind,received,table,key`.
    pub subjects: Option<PathBuf>,
    /// People who must no longer have access: `person,from,reason`.
    pub high_risk: Option<PathBuf>,
}

/// `[[snapshot]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSection {
    /// Which answer was saved; `event-selectors` when left out.
    #[serde(default)]
    pub kind: SnapshotKind,
    /// Saved JSON answer.
    pub file: PathBuf,
    /// When it was taken.
    pub taken: String,
    /// What it is about, where the answer does not name it: a bucket, a trail.
    pub subject: Option<String>,
    /// Event selectors: whether the trail logs all regions of its account.
    pub multi_region: Option<bool>,
}

/// `[[not_applicable]]`.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotApplicableSection {
    /// `pci-dss-4.0.1/10.2.1.1`.
    pub requirement: String,
    /// Why.
    pub reason: String,
    /// Who declared it.
    pub by: String,
    /// When.
    pub on: String,
}

/// What flags may override.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--source`.
    pub sources: Vec<PathBuf>,
    /// `--from`.
    pub from: Option<String>,
    /// `--to`.
    pub to: Option<String>,
    /// `--as-of`.
    pub as_of: Option<String>,
    /// `--pack`.
    pub packs: Vec<String>,
    /// `--redaction`.
    pub redaction: Option<String>,
    /// `--s3-…`: how buckets are reached, before what audit.toml says.
    pub s3: S3Settings,
    /// Folder for fetched objects where neither a flag nor audit.toml names one.
    pub cache: Option<PathBuf>,
}

/// A checked audit.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The file as written.
    pub file: File,
    /// Folder of audit.toml; relative paths start here.
    pub folder: PathBuf,
    /// Start of the window, inclusive.
    pub from: Seconds,
    /// End of the window, exclusive.
    pub to: Seconds,
    /// The only "today".
    pub as_of: Seconds,
    /// Reporting zone.
    pub zone: chrono_tz::Tz,
    /// Seconds the sources must reach past the end.
    pub delivery_lag: Seconds,
    /// Seconds without an access that end a session.
    pub session_silence: Seconds,
    /// Folders and buckets to read.
    pub sources: Vec<Source>,
    /// Files and folders with public keys; each is there, none was read.
    pub public_keys: Vec<PathBuf>,
    /// Pack ids to run.
    pub packs: Vec<String>,
    /// Accounts, tables, principals ready to ask.
    pub scope: Scope,
    /// People; `None` when no roster was given.
    pub roster: Option<Vec<RosterRow>>,
    /// The file that holds them.
    pub roster_file: Option<RosterFile>,
    /// Approved changes; `None` when not given.
    pub changes: Option<Vec<Change>>,
    /// Incidents; `None` when not given.
    pub incidents: Option<Vec<Incident>>,
    /// Approved requests for accounts and privileges; `None` when not given.
    pub requests: Option<Vec<Change>>,
    /// The access matrix; `None` when not given.
    pub access: Option<Vec<Grant>>,
    /// Purposes; `None` when not given.
    pub purposes: Option<Vec<Purpose>>,
    /// Reviews of logs; `None` when not given.
    pub reviews: Option<Vec<Review>>,
    /// Requests of persons whose data is held; `None` when not given.
    pub subjects: Option<Vec<SubjectRow>>,
    /// People who must no longer have access; `None` when not given.
    pub high_risk: Option<Vec<HighRisk>>,
    /// Selector snapshots.
    pub snapshots: Vec<Snapshot>,
    /// Other saved answers.
    pub saved: Vec<Saved>,
}

impl Audit {
    /// Reads and checks audit.toml.
    ///
    /// # Errors
    /// `Kind::Usage` with file, line and a suggestion for anything wrong in it.
    pub fn read(path: &Path, overrides: &Overrides) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            let inside = path.join("audit.toml");
            let hint = if inside.is_file() {
                format!("did you mean {}?", inside.display())
            } else {
                "name an audit.toml; `trailwitness init` writes one with comments".to_owned()
            };
            Error::usage(format!("cannot read {}", path.display())).cause(&cause).hint(hint)
        })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::from_text(&text, path, &Beside::folder(folder), overrides)
    }

    /// Checks the text of an audit.toml whose files are held in memory or lie in a folder.
    ///
    /// # Errors
    /// As [`Audit::read`]; `path` is what messages name.
    pub fn from_text(text: &str, path: &Path, folder: &Beside, overrides: &Overrides) -> Result<Self> {
        let mut file: File = toml::from_str(text).map_err(|error| checks::describe(&error, text, path))?;
        if let Some(profile) = &overrides.redaction {
            file.audit.redaction = Some(profile.clone());
        }
        let checker = checks::Checker::new(text, path);
        checker.redaction(&file)?;
        checker.names(&file)?;
        let window = checker.window(&file, overrides)?;
        let sources = checker.sources(&file, folder, overrides, (window.from, window.to))?;
        if sources.is_empty() {
            return Err(Error::usage(format!("{}: no source is named", path.display())).hint(
                "add [[source]] with path = \"…\", or give --source FOLDER or --source s3://BUCKET/PREFIX",
            ));
        }
        let packs =
            if overrides.packs.is_empty() { file.audit.packs.clone() } else { overrides.packs.clone() };
        if packs.is_empty() {
            return Err(Error::usage(format!("{}: packs is empty", path.display()))
                .hint("name at least one pack, for example packs = [\"pci-dss-4.0.1\"]"));
        }
        let public_keys = checker.public_keys(&file, folder)?;
        let scope = checker.scope(&file)?;
        let zone = scope.calendar.as_ref().map_or(chrono_tz::UTC, |calendar| calendar.zone);
        let named = file.records.roster.as_ref();
        let people =
            read(folder, named, |path| roster::roster(path, named.map_or(path, PathBuf::as_path), zone))?;
        let (roster_file, roster) = people.unzip();
        Ok(Audit {
            folder: folder.to_path_buf(),
            from: window.from,
            to: window.to,
            as_of: window.as_of,
            zone: window.zone,
            delivery_lag: i64::from(file.period.delivery_lag_minutes.unwrap_or(60)) * 60,
            session_silence: checker.session_silence(&file)?,
            sources,
            public_keys,
            packs,
            scope,
            roster,
            roster_file,
            changes: read(folder, file.records.changes.as_ref(), facts::changes)?,
            incidents: read(folder, file.records.incidents.as_ref(), facts::incidents)?,
            requests: read(folder, file.records.requests.as_ref(), approvals::requests)?,
            access: read(folder, file.records.access.as_ref(), approvals::access)?,
            purposes: read(folder, file.records.purposes.as_ref(), approvals::purposes)?,
            reviews: read(folder, file.records.reviews.as_ref(), requests::reviews)?,
            subjects: read(folder, file.records.subjects.as_ref(), requests::subjects)?,
            high_risk: read(folder, file.records.high_risk.as_ref(), requests::high_risk)?,
            snapshots: selectors(&file, true)
                .map(|section| facts::snapshot(folder, section))
                .collect::<Result<_>>()?,
            saved: selectors(&file, false)
                .map(|section| saved::saved(folder, section))
                .collect::<Result<_>>()?,
            file,
        })
    }

    /// The organisation's statement that a requirement (`pack/number`) does not apply, if it made one.
    pub fn declaration(&self, requirement: &str) -> Option<&NotApplicableSection> {
        self.file.not_applicable.iter().find(|section| section.requirement == requirement)
    }

    /// Hours of the window, rounded up.
    pub fn hours(&self) -> u64 {
        u64::try_from((self.to - self.from + clock::HOUR - 1) / clock::HOUR).unwrap_or(0)
    }
}

/// Reads a file that audit.toml names, if it does.
fn read<T>(
    folder: &Beside,
    name: Option<&PathBuf>,
    how: impl FnOnce(&Beside) -> Result<T>,
) -> Result<Option<T>> {
    name.map(|name| how(&folder.join(name))).transpose()
}

/// The snapshots of event selectors, or all others.
fn selectors(file: &File, wanted: bool) -> impl Iterator<Item = &SnapshotSection> {
    file.snapshots.iter().filter(move |section| (section.kind == SnapshotKind::EventSelectors) == wanted)
}

#[cfg(test)]
mod tests;
