//! The roster: people with their identities, as CSV or as JSON. Comes in: the file that [records] names. Goes out: one
//! row a person, checked, and the hash of the file. It matches nothing.

use std::path::Path;

use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Beside;
use super::facts::{content, optional, ordered, rows_of, wrong};
use crate::clock::{self, Seconds};
use crate::error::Result;

/// The file that a roster was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterFile {
    /// Name as audit.toml gives it.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// A person of the roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterRow {
    /// Person id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mail.
    pub mail: String,
    /// Department.
    pub department: String,
    /// Manager.
    pub manager: String,
    /// First instant with access, if stated: the midnight that begins the first day where the roster gives a date.
    pub joined: Option<Seconds>,
    /// The first day, where the roster gives a date.
    pub first_day: Option<NaiveDate>,
    /// Last instant with access, if stated: the end of the last day where the roster gives a date.
    pub left: Option<Seconds>,
    /// The last day, where the roster gives a date.
    pub last_day: Option<NaiveDate>,
    /// IAM user ARNs and principal ids, Identity Center names and ids, SAML subjects, source identities.
    pub identities: Vec<String>,
}

impl RosterRow {
    /// From when there must be no access: the midnight that ends the last day, or the time as stated.
    pub fn gone_from(&self) -> Option<Seconds> {
        self.left.map(|left| left + Seconds::from(self.last_day.is_some()))
    }

    /// When somebody joined, as the roster states it: a date or a time.
    pub fn joined_as_stated(&self) -> Option<String> {
        self.first_day.map(|day| day.to_string()).or_else(|| self.joined.map(clock::rfc3339))
    }

    /// When somebody left, as the roster states it: a date or a time.
    pub fn left_as_stated(&self) -> Option<String> {
        match self.last_day {
            Some(day) => Some(day.to_string()),
            None => self.left.map(clock::rfc3339),
        }
    }
}

/// A row as written; in JSON what is not stated may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    name: String,
    mail: String,
    department: String,
    manager: String,
    joined: String,
    left: String,
    identities: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenJson {
    id: String,
    name: String,
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    manager: Option<String>,
    #[serde(default)]
    joined: Option<String>,
    #[serde(default)]
    left: Option<String>,
    #[serde(default)]
    identities: Vec<String>,
}

/// Reads the roster, JSON where the first character is a bracket, else CSV. A date in `left` is the last day: it ends at
/// the next midnight of `zone`; a date in `joined` is the first and begins at its midnight.
///
/// # Errors
/// With file and line for a missing column, a wrong date or two people with one id.
pub fn roster(path: &Beside, name: &Path, zone: chrono_tz::Tz) -> Result<(RosterFile, Vec<RosterRow>)> {
    let bytes = content(path)?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let is_json = text.trim_ascii_start().starts_with(b"[") || text.trim_ascii_start().starts_with(b"{");
    let rows = if is_json { json(path, text, zone)? } else { csv(path, text, zone)? };
    let file = RosterFile { name: name.display().to_string(), sha256: Sha256::digest(&bytes).into() };
    Ok((file, rows))
}

fn csv(path: &Path, text: &[u8], zone: chrono_tz::Tz) -> Result<Vec<RosterRow>> {
    let mut rows: Vec<RosterRow> = Vec::new();
    for (line, row) in rows_of::<Written>(path, text)? {
        let identities = row.identities.split(';').map(str::to_owned).collect();
        let row = checked(path, line, row, identities, zone)?;
        unique(&rows, &row).map_err(|what| wrong(path, line, &what))?;
        rows.push(row);
    }
    Ok(rows)
}

fn json(path: &Path, text: &[u8], zone: chrono_tz::Tz) -> Result<Vec<RosterRow>> {
    let people: Vec<WrittenJson> = serde_json::from_slice(text).map_err(|error| {
        wrong(path, error.line() as u64, &error.to_string()).hint(
            "a roster in JSON is a list of people: [{\"id\": …, \"name\": …, \"mail\": …, \"department\": …, \"manager\": …, \"joined\": …, \"left\": …, \"identities\": […]}]",
        )
    })?;
    let mut rows: Vec<RosterRow> = Vec::new();
    for (line, person) in lines_of_people(text).into_iter().zip(people) {
        let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
        let written = Written {
            id: person.id.trim().to_owned(),
            name: person.name.trim().to_owned(),
            mail: text(person.mail),
            department: text(person.department),
            manager: text(person.manager),
            joined: text(person.joined),
            left: text(person.left),
            identities: String::new(),
        };
        let row = checked(path, line, written, person.identities, zone)?;
        unique(&rows, &row).map_err(|what| wrong(path, line, &what))?;
        rows.push(row);
    }
    Ok(rows)
}

/// The line on which each object of a well-formed list begins.
fn lines_of_people(text: &[u8]) -> Vec<u64> {
    let (mut lines, mut line, mut depth) = (Vec::new(), 1, 0_u32);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text {
        line += u64::from(*byte == b'\n');
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => {
                if depth == 0 {
                    lines.push(line);
                }
                depth += 1;
            }
            b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    lines
}

fn unique(rows: &[RosterRow], row: &RosterRow) -> std::result::Result<(), String> {
    if row.id.is_empty() {
        return Err("`id` is empty".to_owned());
    }
    match rows.iter().any(|other| other.id == row.id) {
        true => Err(format!("person id {} stands twice", row.id)),
        false => Ok(()),
    }
}

fn checked(
    path: &Path,
    line: u64,
    row: Written,
    identities: Vec<String>,
    zone: chrono_tz::Tz,
) -> Result<RosterRow> {
    let first_day = clock::date(&row.joined);
    let before = first_day.and_then(|day| day.pred_opt()).and_then(|day| clock::end_of_day(day, zone));
    let joined = match before {
        Some(midnight) => Some(midnight),
        None => optional(path, line, &row.joined)?,
    };
    let last_day = clock::date(&row.left);
    let left = match last_day.and_then(|day| clock::end_of_day(day, zone)) {
        Some(midnight) => Some(midnight - 1),
        None => optional(path, line, &row.left)?,
    };
    ordered(path, line, "joined and left", joined, left)?;
    let identities = identities.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    Ok(RosterRow {
        joined,
        first_day,
        left,
        last_day,
        identities: identities.map(str::to_owned).collect(),
        id: row.id,
        name: row.name,
        mail: row.mail,
        department: row.department,
        manager: row.manager,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_first_day_begins_and_the_last_ends_at_midnight_where_people_work() {
        let text = "id,name,mail,department,manager,joined,left,identities\n1,Ann,,,,2026-03-02,2026-03-05,\n2,Ben,,,,2026-03-02T08:00:00Z,2026-03-05T17:00:00Z,\n";
        let files = BTreeMap::from([(PathBuf::from("r.csv"), text.as_bytes().to_vec())]);
        let path = Beside::held(files).join(Path::new("r.csv"));
        let told = |zone: chrono_tz::Tz| {
            let (_, rows) = roster(&path, Path::new("r.csv"), zone).unwrap();
            rows.iter()
                .map(|row| (clock::rfc3339(row.joined.unwrap()), clock::rfc3339(row.left.unwrap())))
                .collect::<Vec<_>>()
        };
        let times = ("2026-03-02T08:00:00Z".to_owned(), "2026-03-05T17:00:00Z".to_owned());
        let days = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned()), times.clone()];
        assert_eq!(told(chrono_tz::UTC), days("2026-03-02T00:00:00Z", "2026-03-05T23:59:59Z"));
        assert_eq!(told(chrono_tz::Asia::Tokyo), days("2026-03-01T15:00:00Z", "2026-03-05T14:59:59Z"));
        assert_eq!(told(chrono_tz::America::New_York), days("2026-03-02T05:00:00Z", "2026-03-06T04:59:59Z"));
    }
}
