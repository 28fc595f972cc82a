//! Files of approvals that audit.toml names: requests for accounts and privileges, the access matrix, purposes. A
//! wrong line is an error with file and line.

use std::path::Path;

use serde::Deserialize;

use super::facts::{self, Change};
use super::{Beside, Pattern};
use crate::error::Result;

/// Kinds of access that the matrix may grant.
pub const KINDS: [&str; 5] = ["read", "write", "delete", "copy", "admin"];

/// A row of the access matrix.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who: ARN or person, as a pattern.
    pub principal: Pattern,
    /// Which tables: name or ARN, as a pattern.
    pub table: Pattern,
    /// Which of [`KINDS`].
    pub kinds: Vec<&'static str>,
    /// Who approved it.
    pub approver: String,
}

/// Why somebody works with a table.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// Who: ARN or person, as a pattern.
    pub principal: Pattern,
    /// Which tables: name or ARN, as a pattern.
    pub table: Pattern,
    /// The purpose.
    pub purpose: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantLine {
    principal: String,
    table: String,
    kinds: String,
    approver: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeLine {
    principal: String,
    table: String,
    purpose: String,
}

/// Reads the requests; their form is that of changes.
///
/// # Errors
/// As for changes, and for a request that nobody approved.
pub fn requests(path: &Beside) -> Result<Vec<Change>> {
    let rows = facts::changes_with_lines(path)?;
    for (line, row) in &rows {
        stated(path, *line, "approver", &row.approver)?;
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Reads the access matrix.
///
/// # Errors
/// With file and line for a missing column, a kind that is none, an empty cell.
pub fn access(path: &Beside) -> Result<Vec<Grant>> {
    let mut rows = Vec::new();
    for (line, row) in facts::lines::<GrantLine>(path)? {
        let cells = [("principal", &row.principal), ("table", &row.table), ("approver", &row.approver)];
        for (name, text) in cells {
            stated(path, line, name, text)?;
        }
        rows.push(Grant {
            principal: Pattern::new(&row.principal),
            table: Pattern::new(&row.table),
            kinds: kinds(path, line, &row.kinds)?,
            approver: row.approver,
        });
    }
    Ok(rows)
}

/// Reads the purposes.
///
/// # Errors
/// With file and line for a missing column or an empty cell.
pub fn purposes(path: &Beside) -> Result<Vec<Purpose>> {
    let mut rows = Vec::new();
    for (line, row) in facts::lines::<PurposeLine>(path)? {
        let cells = [("principal", &row.principal), ("table", &row.table), ("purpose", &row.purpose)];
        for (name, text) in cells {
            stated(path, line, name, text)?;
        }
        rows.push(Purpose {
            principal: Pattern::new(&row.principal),
            table: Pattern::new(&row.table),
            purpose: row.purpose,
        });
    }
    Ok(rows)
}

fn stated(path: &Path, line: u64, name: &str, text: &str) -> Result<()> {
    if text.is_empty() { Err(facts::wrong(path, line, &format!("`{name}` is empty"))) } else { Ok(()) }
}

fn kinds(path: &Path, line: u64, text: &str) -> Result<Vec<&'static str>> {
    let mut kinds = Vec::new();
    for word in text.split(';').map(str::trim).filter(|word| !word.is_empty()) {
        match KINDS.iter().find(|kind| **kind == word) {
            Some(kind) => kinds.push(*kind),
            None if word == "*" => kinds.extend(KINDS),
            None => {
                let what = format!("{word:?} is no kind of access");
                let near = KINDS.iter().find(|kind| strsim::damerau_levenshtein(kind, word) <= 2);
                return Err(facts::wrong(path, line, &what).hint(match near {
                    Some(kind) => format!("did you mean `{kind}`?"),
                    None => format!("write {}, separated by ;", KINDS.join(", ")),
                }));
            }
        }
    }
    if kinds.is_empty() {
        return Err(facts::wrong(path, line, "`kinds` is empty")
            .hint(format!("write {}, separated by ;", KINDS.join(", "))));
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Beside {
        let name = std::path::PathBuf::from("rows.csv");
        Beside::held([(name.clone(), text.as_bytes().to_vec())].into()).join(&name)
    }

    fn slip(told: crate::error::Error) -> String {
        format!("{} {}", told.message, told.hint.unwrap_or_default())
    }

    #[test]
    fn the_matrix_is_read_with_its_kinds() {
        let matrix =
            file("principal,table,kinds,approver\nrole/app,cards, write ; read;write ,p-9\n*,t-*,*,p-9\n");
        let rows = access(&matrix).unwrap();
        assert_eq!(rows[0].kinds, ["read", "write"]);
        assert_eq!(rows[1].kinds.len(), KINDS.len());
        assert!(access(&file("principal,table,kinds,approver\n")).unwrap().is_empty());
    }

    #[test]
    fn slips_name_their_line() {
        let told = |text: &str| slip(access(&file(text)).unwrap_err());
        let head = "principal,table,kinds,approver\n";
        assert!(
            told(&format!("{head}a,b,read,x\na,b,reed,x\n")).contains(":3: \"reed\" is no kind of access")
        );
        assert!(told(&format!("{head}a,b,reed,x\n")).contains("did you mean `read`?"));
        assert!(told(&format!("{head}a,b,;,x\n")).contains(":2: `kinds` is empty"));
        assert!(told(&format!("{head}a,b,read,\n")).contains(":2: `approver` is empty"));
        assert!(told("principal,table,kinds\na,b,read\n").contains("approver"));
        let unapproved =
            file("id,from,to,principal,operation,object,approver\nR1,2026-01-01,2026-01-02,a,b,c,\n");
        assert!(slip(requests(&unapproved).unwrap_err()).contains(":2: `approver` is empty"));
        let empty = file("principal,table,purpose\na,b,\n");
        assert!(slip(purposes(&empty).unwrap_err()).contains(":2: `purpose` is empty"));
    }
}
