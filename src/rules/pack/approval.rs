//! Who stands behind a pack: the digest of what was approved, and whether the approval still holds. Comes in: pack.toml
//! and the files that run. Goes out: a state in words, or pack.toml with an approval written into it.

use sha2::{Digest, Sha256};

use super::files::Files;
use super::written::PackToml;
use crate::sources::hex;

/// The lines of pack.toml that an approval writes; what is approved is everything else.
const LINES: [&str; 3] = ["approver", "approved_on", "approved_digest"];

/// Whether a pack is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// By somebody else than its author, and unchanged since.
    Approved,
    /// Not, for this reason.
    No(&'static str),
}

impl std::fmt::Display for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Approval::Approved => write!(f, "approved as it ran"),
            Approval::No(reason) => write!(f, "not approved: {reason}"),
        }
    }
}

/// The state of a pack.
pub(super) fn state(written: &PackToml, files: &Files) -> Approval {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    match (&written.approved_on, &written.approved_digest) {
        (Some(_), Some(_)) if written.approver.trim().is_empty() => {
            Approval::No("nobody is named as its approver")
        }
        (Some(_), Some(_)) if same(&written.author, &written.approver) => {
            Approval::No("its author and its approver are the same")
        }
        (Some(_), Some(stated)) if *stated != digest(files) => {
            Approval::No("it changed after it was approved, or something it uses did")
        }
        (Some(_), Some(_)) => Approval::Approved,
        (Some(_), None) => Approval::No("it names a date of approval, but not what was approved"),
        (None, _) => Approval::No("nobody approved it"),
    }
}

/// Digest of a pack without its approval: over the hash and path of every file that runs.
pub(super) fn digest(files: &Files) -> String {
    let mut whole = Sha256::new();
    for (path, text) in files {
        let hash = match path.as_str() {
            "pack.toml" => Sha256::digest(without(text).as_bytes()),
            _ => Sha256::digest(text.as_bytes()),
        };
        whole.update(format!("{}  {path}\n", hex(&hash)).as_bytes());
    }
    hex(&whole.finalize())
}

/// Which line of an approval this is, at the top of pack.toml.
fn key(line: &str) -> Option<&'static str> {
    let (name, _) = line.split_once('=')?;
    LINES.into_iter().find(|key| *key == name.trim())
}

/// Lines, with whether they stand before the first table.
fn lines(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut top = true;
    text.split_inclusive('\n').map(move |line| {
        top &= !line.trim_start().starts_with('[');
        (top, line)
    })
}

fn without(text: &str) -> String {
    lines(text).filter(|(top, line)| !top || key(line).is_none()).map(|(_, line)| line).collect()
}

/// pack.toml with an approval: lines of an earlier one are replaced where they stand, missing ones come behind the last
/// line of the top that has a value; everything else stays as it is.
pub(super) fn approved(text: &str, approver: &str, on: &str, digest: &str) -> String {
    let values = [approver, on, digest];
    let written = |name: &str| {
        let place = LINES.iter().position(|key| *key == name).unwrap_or(0);
        format!("{name} = {}\n", toml::Value::String(values.get(place).copied().unwrap_or("").to_owned()))
    };
    let stated: Vec<&str> = lines(text).filter(|(top, _)| *top).filter_map(|(_, line)| key(line)).collect();
    let missing: String =
        LINES.iter().filter(|name| !stated.contains(name)).map(|name| written(name)).collect();
    let last = lines(text)
        .enumerate()
        .filter(|(_, (top, line))| *top && line.contains('=') && !line.trim_start().starts_with('#'))
        .map(|(number, _)| number)
        .last();
    let mut out = String::with_capacity(text.len() + missing.len());
    for (number, (top, line)) in lines(text).enumerate() {
        match key(line).filter(|_| top) {
            Some(name) => out.push_str(&written(name)),
            None => out.push_str(line),
        }
        if Some(number) == last {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&missing);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Words.\nid = \"a\"\nauthor = \"A\"\napprover = \"none\" # later\n# Scope.\nscope = \"s = t\"\n\n[[requirement]]\napprover = 1\n";

    #[test]
    fn an_approval_disturbs_nothing_else_and_leaves_the_digest_as_it_was() {
        let once = approved(TEXT, "B \"Bee\"", "2026-03-01", "00");
        assert_eq!(
            once,
            "# Words.\nid = \"a\"\nauthor = \"A\"\napprover = 'B \"Bee\"'\n# Scope.\nscope = \"s = t\"\napproved_on = \"2026-03-01\"\napproved_digest = \"00\"\n\n[[requirement]]\napprover = 1\n"
        );
        assert_eq!(approved(&once, "B \"Bee\"", "2026-03-01", "00"), once);
        let files = |text: &str| Files::from([("pack.toml".to_owned(), text.to_owned().into())]);
        assert_eq!(digest(&files(TEXT)), digest(&files(&once)));
        assert_ne!(digest(&files(TEXT)), digest(&files(&once.replace("\"s = t\"", "\"s\""))));
    }
}
