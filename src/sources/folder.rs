//! Listing folders. Any depth, any names; what a path holds is told later by its content. Links are never followed:
//! one that stays inside the source is passed over (its target is read in its own place), any other is lost input.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use walkdir::WalkDir;

use super::{Entry, Obstacle, stdin};
use crate::error::{Error, Kind, Result};
use crate::gaps::GapKind;

/// Adds all files of one source, each name behind `prefix`.
///
/// # Errors
/// `Kind::NoInput` when the source does not exist or is unreadable.
pub fn list(source: &Path, prefix: &str, entries: &mut Vec<Entry>) -> Result<()> {
    if stdin::is_stdin(source) {
        let name = format!("{prefix}{}", stdin::NAME);
        entries.push(Entry { name, path: source.to_path_buf(), obstacle: None, object: None });
        return Ok(());
    }
    let root = source.canonicalize().map_err(|cause| {
        Error::new(Kind::NoInput, format!("source not found: {}", source.display()))
            .cause(&cause)
            .hint("give the folder that holds AWSLogs/ or any folder with CloudTrail log files")
    })?;
    if root.is_file() {
        let name = format!("{prefix}{}", shown(root.file_name().unwrap_or_default().as_bytes()));
        entries.push(Entry { name, path: root, obstacle: None, object: None });
    } else {
        walk(&root, prefix, entries);
    }
    Ok(())
}

fn walk(root: &Path, prefix: &str, entries: &mut Vec<Entry>) {
    for step in WalkDir::new(root).follow_links(false) {
        match step {
            Ok(found) if found.file_type().is_dir() => {}
            Ok(found) => {
                let obstacle = if found.file_type().is_symlink() {
                    Some(link(root, found.path()))
                } else if found.file_type().is_file() {
                    None
                } else {
                    Some(Obstacle::Passed("not a regular file"))
                };
                entries.push(Entry {
                    name: name(root, found.path(), prefix),
                    path: found.into_path(),
                    obstacle,
                    object: None,
                });
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).to_path_buf();
                let detail = error.io_error().map_or_else(|| "loop".to_owned(), io_words);
                let obstacle = Some(Obstacle::Lost(GapKind::Unreadable, detail));
                entries.push(Entry { name: name(root, &path, prefix), path, obstacle, object: None });
            }
        }
    }
}

fn link(root: &Path, path: &Path) -> Obstacle {
    match path.canonicalize() {
        Ok(target) if target.starts_with(root) => {
            Obstacle::Passed("symbolic link into the source, its target is read in its own place")
        }
        Ok(_) => Obstacle::Lost(
            GapKind::Link,
            "it leads out of the source: name its target as a source of its own".to_owned(),
        ),
        Err(error) => Obstacle::Lost(GapKind::Link, io_words(&error)),
    }
}

/// The kind of an input/output error in words that do not depend on the machine.
pub fn io_words(error: &std::io::Error) -> String {
    error.kind().to_string()
}

fn name(root: &Path, path: &Path, prefix: &str) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = relative.components().map(|part| shown(part.as_os_str().as_bytes())).collect();
    format!("{prefix}{}", parts.join("/"))
}

/// A file name as text: bytes outside printable UTF-8, and `%`, as `%XX`.
pub(super) fn shown(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter == '%' || letter.is_control() || hidden(letter) {
                let mut buffer = [0; 4];
                letter.encode_utf8(&mut buffer).bytes().for_each(|byte| push_escaped(&mut text, byte));
            } else {
                text.push(letter);
            }
        }
        chunk.invalid().iter().for_each(|byte| push_escaped(&mut text, *byte));
    }
    text
}

/// Characters that change how text around them is read: marks of direction, zero width, line separators.
pub fn hidden(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}' | '\u{E0000}'..='\u{E007F}')
}

fn push_escaped(text: &mut String, byte: u8) {
    text.push('%');
    for half in [byte >> 4, byte & 15] {
        text.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("x.json.gz")).unwrap();
        std::fs::write(folder.path().join("x.json.gz/a.json"), "{}").unwrap();
        for (target, name) in
            [("x.json.gz", "loop"), ("nowhere", "dangling"), (outside.path().to_str().unwrap(), "out")]
        {
            std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("x.json.gz/up")).unwrap();
        let mut entries = Vec::new();
        list(folder.path(), "", &mut entries).unwrap();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                let what = match &entry.obstacle {
                    None => "read",
                    Some(Obstacle::Passed(_)) => "passed",
                    Some(Obstacle::Lost(..)) => "lost",
                };
                (entry.name.as_str(), what)
            })
            .collect();
        let expected = [
            ("dangling", "lost"),
            ("loop", "passed"),
            ("out", "lost"),
            ("x.json.gz/a.json", "read"),
            ("x.json.gz/up", "passed"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn names_that_are_not_text_stay_told_apart() {
        assert_eq!(shown(b"a\xffb%\n"), "a%FFb%25%0A");
        assert_eq!(shown("Νίκη\u{202E}".as_bytes()), "Νίκη%E2%80%AE");
    }
}
