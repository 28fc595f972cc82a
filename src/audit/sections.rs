//! Sections of audit.toml that state how access is meant to be: networks, working hours, data, third parties, the
//! identity provider. As written; `checks` reads them and `scope` answers from them.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Impact level that a baseline is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Low.
    Low,
    /// Moderate.
    Moderate,
    /// High.
    High,
}

impl Baseline {
    /// All of them, in order.
    pub const ALL: [Baseline; 3] = [Baseline::Low, Baseline::Moderate, Baseline::High];

    /// The word of audit.toml and of packs.
    pub fn as_str(self) -> &'static str {
        match self {
            Baseline::Low => "low",
            Baseline::Moderate => "moderate",
            Baseline::High => "high",
        }
    }
}

/// `[identity_provider]`: where people sign in, if not at AWS.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderSection {
    /// Its name, for people.
    pub name: Option<String>,
    /// Reference of the document that states that it enforces a second factor.
    #[schemars(with = "Option<String>")]
    pub mfa_attestation: Option<Spanned<String>>,
}

/// `[networks]`.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworksSection {
    /// Addresses, ranges (`203.0.113.0/24`, `2001:db8::/32`) and VPC endpoints (`vpce-…`) that access may come from.
    #[schemars(with = "Option<Vec<String>>")]
    pub approved: Option<Vec<Spanned<String>>>,
}

/// `[calendar]`: when people usually work.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarSection {
    /// Time zone of the hours.
    #[schemars(with = "String")]
    pub zone: Spanned<String>,
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    #[schemars(with = "Vec<String>")]
    pub days: Vec<Spanned<String>>,
    /// `07:00`.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// `19:00`; before `from` when work ends on the next day.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// Dates without work.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub holidays: Vec<Spanned<String>>,
}

/// `[data]`.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSection {
    /// KMS keys (ARNs) that encrypt tables.
    #[schemars(with = "Option<Vec<String>>")]
    pub keys: Option<Vec<Spanned<String>>>,
    /// Regions where the data may be.
    #[schemars(with = "Option<Vec<String>>")]
    pub allowed_regions: Option<Vec<Spanned<String>>>,
    /// Regular expressions of what must never be in an item key.
    #[schemars(with = "Option<Vec<String>>")]
    pub sensitive_keys: Option<Vec<Spanned<String>>>,
}

/// `[[third_party]]`: vendors and partners.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThirdPartySection {
    /// Name for people.
    pub name: String,
    /// ARNs of its users and roles, or its accounts; `*` stands for any text.
    pub principals: Vec<String>,
    /// From when it may have access.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Until when.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// Where it may come from; any place when left out.
    #[schemars(with = "Option<Vec<String>>")]
    pub networks: Option<Vec<Spanned<String>>>,
    /// Names or ARNs of the tables it may touch; any when left out.
    pub tables: Option<Vec<String>>,
}

/// `[patterns]`: from where on patterns of use are listed, in patterns.csv and in dossiers. No verdict depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatternsSection {
    /// Days at the start of the window that show what is usual, half of the window at most; default 7.
    pub baseline_days: NonZeroU32,
    /// Minutes from a refusal to the call that succeeds; default 1440.
    pub allowed_minutes: NonZeroU32,
    /// Refused events of one burst; default 10.
    pub burst_refusals: NonZeroU32,
    /// Minutes without a refusal that end a burst; default 60.
    pub burst_minutes: NonZeroU32,
    /// Distinct keys of one table read within `bulk_minutes`; default 1000.
    pub bulk_keys: NonZeroU32,
    /// Read calls on one table within `bulk_minutes`, keys logged or not; default 1000.
    pub bulk_calls: NonZeroU32,
    /// Minutes of one stretch of reading; default 60.
    pub bulk_minutes: NonZeroU32,
    /// Networks (IPv4 /24, IPv6 /48) that one access key is used from; default 3.
    pub key_networks: NonZeroU32,
    /// Days without any access that make a pause; default 30.
    pub pause_days: NonZeroU32,
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for PatternsSection {
    fn default() -> Self {
        PatternsSection {
            baseline_days: at_least_one(7),
            allowed_minutes: at_least_one(1440),
            burst_refusals: at_least_one(10),
            burst_minutes: at_least_one(60),
            bulk_keys: at_least_one(1000),
            bulk_calls: at_least_one(1000),
            bulk_minutes: at_least_one(60),
            key_networks: at_least_one(3),
            pause_days: at_least_one(30),
        }
    }
}
