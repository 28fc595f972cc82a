//! A citation as a bundle prints it, found in the data of the bundle. Comes in: the folder and the text of the citation.
//! Goes out: each record that it names, with the rows that rest on it. It opens no log file.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Cells, Row, each_row, rows};
use crate::error::place::nearest;
use crate::error::{Error, Result};

/// A record that a citation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// `F-000012#7`.
    pub place: String,
    /// Row of files.csv.
    pub file: Row,
    /// Zero-based place among the records of the file.
    pub index: u32,
    /// What the bundle rests on it.
    pub role: Role,
    /// The rows of accesses.csv.gz that it stands in, in order; for a copy those of the record that is counted.
    pub rows: Vec<Row>,
}

/// How a record stands in accesses.csv.gz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// It is counted.
    Counted,
    /// Another account's record of the same action is counted; this one is named beside it, by this reference.
    Copy(String),
    /// It stands in no row.
    Unlisted,
}

/// What a citation asks for.
struct Asked<'a> {
    /// Row of files.csv and place in the file.
    place: Option<(&'a str, u32)>,
    /// Event reference or id.
    event: Option<&'a str>,
}

/// The records that a citation names, in the order of the bundle: a place (`F-000012#7`), an event reference
/// (`111122223333:id`), an event id, or reference and place as they are printed together.
///
/// # Errors
/// `Kind::Usage` when the bundle has no such record, with the nearest that it has; `Kind::Output` when its data cannot be read.
pub fn find(folder: &Path, text: &str) -> Result<Vec<Citation>> {
    let files = rows(&folder.join("data/files.csv")).map_err(|cause| unreadable("data/files.csv", &cause))?;
    let asked = Asked::of(text.trim());
    let mut found = Found { asked: &asked, files: &files, citations: BTreeMap::new() };
    let walked = each_row(folder, &mut |row| found.take(row));
    walked.map_err(|cause| unreadable("data/accesses.csv.gz", &cause))?;
    let mut citations = found.citations;
    if let (true, Some((file, index)), None) = (citations.is_empty(), asked.place, asked.event) {
        let place = (file.to_owned(), index);
        citations.extend(unlisted(&files, file, index)?.map(|citation| (place, citation)));
    }
    if citations.is_empty() {
        return Err(unknown(folder, text, &asked));
    }
    Ok(citations.into_values().collect())
}

fn unreadable(name: &str, cause: &csv::Error) -> Error {
    Error::usage(format!("{name} of the bundle cannot be read")).cause(cause)
}

/// `F-000012#7` as row and place.
fn place(text: &str) -> Option<(&str, u32)> {
    let (file, index) = text.split_once('#')?;
    let number = file.strip_prefix("F-")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((file, index.parse().ok()?)).filter(|_| digits)
}

impl<'a> Asked<'a> {
    fn of(text: &'a str) -> Asked<'a> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(event), Some(second), None) if place(second).is_some() => {
                Asked { place: place(second), event: Some(event) }
            }
            _ => match place(text) {
                Some(place) => Asked { place: Some(place), event: None },
                None => Asked { place: None, event: Some(text) },
            },
        }
    }

    /// Whether a record with this reference at this place is meant. An id alone means every record that has it, a
    /// reference without `~…` also those whose content differs.
    fn means(&self, reference: &str, file: &str, index: &str) -> bool {
        let here = |(row, number): (&str, u32)| row == file && index.parse() == Ok(number);
        let named = |event: &str| {
            let id = reference.split_once(':').map_or(reference, |(_, id)| id);
            event == reference || event == id || event == bare(reference) || event == bare(id)
        };
        self.place.is_none_or(here) && self.event.is_none_or(named)
    }
}

/// Without the hash that tells records of one reference apart.
fn bare(reference: &str) -> &str {
    reference.rsplit_once('~').map_or(reference, |(start, _)| start)
}

struct Found<'a> {
    asked: &'a Asked<'a>,
    files: &'a [Row],
    /// By row of files.csv and place.
    citations: BTreeMap<(String, u32), Citation>,
}

impl Found<'_> {
    fn take(&mut self, row: &Cells<'_>) {
        let (file, index) = (row.cell("file_row"), row.cell("record_index"));
        if self.asked.means(row.cell("event_ref"), file, index) {
            self.add(file, index, Role::Counted, row);
        }
        let words: Vec<&str> = row.cell("copies").split(' ').collect();
        for copy in words.chunks_exact(2) {
            let [reference, at] = copy else { continue };
            let Some((file, index)) = at.split_once('#') else { continue };
            if self.asked.means(reference, file, index) {
                self.add(file, index, Role::Copy((*reference).to_owned()), row);
            }
        }
    }

    fn add(&mut self, file: &str, index: &str, role: Role, row: &Cells<'_>) {
        let (Ok(number), Some(facts)) = (index.parse(), file_row(self.files, file)) else { return };
        let citation = self.citations.entry((file.to_owned(), number)).or_insert_with(|| Citation {
            place: format!("{file}#{index}"),
            file: facts.clone(),
            index: number,
            role,
            rows: Vec::new(),
        });
        citation.rows.push(row.to_row());
    }
}

fn file_row<'f>(files: &'f [Row], id: &str) -> Option<&'f Row> {
    files.iter().find(|row| row.get("file_row").is_some_and(|own| own == id))
}

/// A record of a file that no row names: `None` where there is no such file.
fn unlisted(files: &[Row], file: &str, index: u32) -> Result<Option<Citation>> {
    let Some(facts) = file_row(files, file) else { return Ok(None) };
    let records: u32 = facts.get("records").and_then(|count| count.parse().ok()).unwrap_or(0);
    if index >= records && facts.get("outcome").is_some_and(|outcome| outcome == "read") {
        let hint = match records {
            0 => "choose another file: its column `records` is 0".to_owned(),
            _ => format!("its places are {file}#0 to {file}#{}", records - 1),
        };
        return Err(
            Error::usage(format!("{file} holds {records} records, so {file}#{index} is none")).hint(hint)
        );
    }
    let place = format!("{file}#{index}");
    Ok(Some(Citation { place, file: facts.clone(), index, role: Role::Unlisted, rows: Vec::new() }))
}

/// What is near to a citation that names nothing.
fn unknown(folder: &Path, text: &str, asked: &Asked<'_>) -> Error {
    let mut known: Vec<String> = Vec::new();
    let wanted = asked.event.unwrap_or_default();
    let whole = wanted.contains(':');
    let gathered = each_row(folder, &mut |row| {
        let reference = row.cell("event_ref");
        known.push(match asked.event {
            None => format!("{}#{}", row.cell("file_row"), row.cell("record_index")),
            Some(_) if whole => reference.to_owned(),
            Some(_) => reference.split_once(':').map_or(reference, |(_, id)| id).to_owned(),
        });
    });
    known.dedup();
    let near =
        gathered.ok().and_then(|()| nearest(asked.event.unwrap_or(text), known.iter().map(String::as_str)));
    let error = Error::usage(format!("the bundle has no record {text:?}"));
    match near {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(
            "give a citation as the bundle prints it: F-000012#7, an event reference as in column event_ref of \
             data/accesses.csv.gz, or an event id",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_read_in_every_form_that_is_printed() {
        let means = |text: &str, reference: &str, file: &str, index: &str| {
            Asked::of(text).means(reference, file, index)
        };
        for text in ["F-000012#7", "1:a", "a", "1:a F-000012#7", "1:a~0123abcd", "a~0123abcd"] {
            assert!(means(text, "1:a~0123abcd", "F-000012", "7"), "{text}");
        }
        for text in ["F-000012#8", "F-000011#7", "2:a", "b", "1:a F-000012#8", "1:a~99999999", ""] {
            assert!(!means(text, "1:a~0123abcd", "F-000012", "7"), "{text}");
        }
        assert!(place("F-#1").is_none() && place("F-1#").is_none() && place("F-1#x").is_none());
        assert_eq!(place("F-1234567#0"), Some(("F-1234567", 0)));
    }
}
