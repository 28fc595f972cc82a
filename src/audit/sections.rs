//! Sections of audit.toml that state how access is meant to be: networks, working hours, data, third parties, the
//! identity provider. As written; `checks` reads them and `scope` answers from them.

use serde::Deserialize;
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
