//! Finds the files of a pack: in the folders of the organisation first, then among the shipped ones. Bounded: a pack is
//! small text. Symbolic links are not followed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::shipped;
use crate::error::{Error, Result};
use crate::rules::lint::nearest;

/// Files by path inside the pack.
pub(super) type Files = BTreeMap<String, String>;

const MANIFEST: &str = "pack.toml";
const SETTINGS: &str = "settings.toml";
/// Bytes that one file of a pack may have.
const LARGEST: u64 = 1 << 20;

/// Reads the files of a pack.
pub(super) fn read(id: &str, folders: &[PathBuf]) -> Result<Files> {
    if !is_name(id) {
        return Err(Error::usage(format!("`{}` is no pack id", id.escape_debug()))
            .hint("a pack id has lower case letters, digits, `.` and `-`, for example pci-dss-4.0.1"));
    }
    let held = folders.iter().map(|folder| folder.join(id)).find(|folder| folder.is_dir());
    match held {
        Some(folder) if folder.join(MANIFEST).is_file() => own(&folder),
        Some(folder) => replaced(id, &folder),
        None => shipped_files(id).ok_or_else(|| unknown(id, folders)),
    }
}

/// The files of the shipped pack of an id.
pub(super) fn shipped_files(id: &str) -> Option<Files> {
    let (_, files) = shipped::PACKS.iter().find(|(known, _)| *known == id)?;
    Some(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

fn unknown(id: &str, folders: &[PathBuf]) -> Error {
    let known = shipped::PACKS.iter().map(|(known, _)| *known);
    let looked: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let looked =
        if looked.is_empty() { String::new() } else { format!(" (looked in {} as well)", looked.join(", ")) };
    let error = Error::usage(format!("no pack `{id}` is shipped{looked}"));
    match nearest(id, known) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error
            .hint("pack_folders in audit.toml names the folders with own packs; without one only the shipped packs are known"),
    }
}

/// A folder that holds nothing but settings.toml: the shipped pack with these settings.
fn replaced(id: &str, folder: &Path) -> Result<Files> {
    let entries = entries(folder)?;
    let Some(mut files) = shipped_files(id) else {
        return Err(Error::usage(format!("{} has no {MANIFEST}", folder.display())).hint(
            "copy the folder of a shipped pack out of a bundle's rules/, or keep only a settings.toml in it",
        ));
    };
    match entries.as_slice() {
        [(name, path)] if name == SETTINGS => {
            files.insert(name.clone(), text(path)?);
            Ok(files)
        }
        _ => Err(Error::usage(format!("{} has no {MANIFEST}", folder.display())).hint(
            "keep a whole pack there, or only a settings.toml to run the shipped pack with your own settings",
        )),
    }
}

fn own(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for (name, path) in entries(folder)? {
        if name == MANIFEST || name == SETTINGS {
            files.insert(name, text(&path)?);
        } else if path.is_dir() {
            control(&name, &path, &mut files)?;
        } else if name != "README.md" {
            return Err(Error::usage(format!("{} is not part of a pack", path.display()))
                .hint("a pack holds pack.toml, settings.toml, README.md and one folder for each control"));
        }
    }
    Ok(files)
}

fn control(slug: &str, folder: &Path, files: &mut Files) -> Result<()> {
    for (name, path) in entries(folder)? {
        match name.as_str() {
            "control.toml" | "control.rhai" => drop(files.insert(format!("{slug}/{name}"), text(&path)?)),
            "examples" | "README.md" => {}
            _ => {
                return Err(Error::usage(format!("{} is not part of a control", path.display()))
                    .hint("a control holds control.toml, control.rhai, README.md and the folder examples"));
            }
        }
    }
    Ok(())
}

/// Names and paths of a folder, in order of name; hidden files are left out, links are refused.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let cannot =
        |cause: &std::io::Error| Error::usage(format!("cannot read {}", folder.display())).cause(cause);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|cause| cannot(&cause))? {
        let entry = entry.map_err(|cause| cannot(&cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(|cause| cannot(&cause))?.is_symlink() {
            return Err(Error::usage(format!(
                "{} is a link; a pack holds plain files",
                entry.path().display()
            )));
        }
        found.push((name, entry.path()));
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String> {
    let cannot =
        |cause: &std::io::Error| Error::usage(format!("cannot read {}", path.display())).cause(cause);
    let size = std::fs::metadata(path).map_err(|cause| cannot(&cause))?.len();
    if size > LARGEST {
        return Err(Error::usage(format!(
            "{} is too large for a file of a pack ({size} bytes)",
            path.display()
        )));
    }
    std::fs::read_to_string(path).map_err(|cause| cannot(&cause))
}

fn is_name(id: &str) -> bool {
    let letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-');
    !id.is_empty() && !id.starts_with('.') && id.chars().all(letter)
}
