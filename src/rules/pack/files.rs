//! Finds the files of a pack: in the folders of the organisation first, then among the shipped ones. Bounded: a pack is
//! small text. Symbolic links are not followed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::shipped;
use crate::error::{Error, Result};
use crate::rules::lint::nearest;

/// A text of a pack: shipped ones are not copied.
pub(super) type Text = Cow<'static, str>;

/// Files by path inside the pack. Examples are not among them.
pub(super) type Files = BTreeMap<String, Text>;

const MANIFEST: &str = "pack.toml";
const SETTINGS: &str = "settings.toml";
/// The shipped values below those of a settings.toml that states some of them only.
pub(super) const SHIPPED_SETTINGS: &str = "settings.shipped.toml";
/// Folder of a bundle's `rules/PACK` with the files of other packs that it used.
pub(super) const USES: &str = "uses";
/// Files beside a pack that are no part of it: a bundle adds the last one.
const BESIDE: &[&str] = &["README.md", "pack.lock"];
/// Bytes that one file of a pack may have.
const LARGEST: u64 = 1 << 20;

/// Reads the files of a pack. A folder without pack.toml lays its files over the shipped pack of its name, and the values
/// of its settings.toml over the shipped ones.
pub(super) fn read(id: &str, folders: &[PathBuf]) -> Result<Files> {
    let Some(folder) = held(id, folders)? else {
        return shipped_files(id).ok_or_else(|| unknown(id, folders));
    };
    let own = own(&folder)?;
    if own.contains_key(MANIFEST) {
        return Ok(own);
    }
    let Some(mut files) = shipped_files(id) else {
        return Err(Error::usage(format!("{} has no {MANIFEST}", folder.display()))
            .hint("no pack of this name is shipped, so the folder must be a whole pack; `trailwitness packs new` makes one"));
    };
    if let (true, Some(shipped)) = (own.contains_key(SETTINGS), files.get(SETTINGS).cloned()) {
        files.insert(SHIPPED_SETTINGS.to_owned(), shipped);
    }
    files.extend(own);
    Ok(files)
}

/// The folder of the organisation that holds a pack, whole or in part.
pub(super) fn held(id: &str, folders: &[PathBuf]) -> Result<Option<PathBuf>> {
    if !is_name(id) {
        return Err(Error::usage(format!("`{}` is no pack id", id.escape_debug()))
            .hint("a pack id has lower case letters, digits, `.` and `-`, for example pci-dss-4.0.1"));
    }
    Ok(folders.iter().map(|folder| folder.join(id)).find(|folder| folder.is_dir()))
}

/// The files of the shipped pack of an id.
pub(super) fn shipped_files(id: &str) -> Option<Files> {
    let runs = |path: &str| !path.ends_with(".json");
    let files: Files = shipped::files(id)
        .filter(|(path, _)| runs(path))
        .map(|(path, text)| (path.to_owned(), Cow::Borrowed(text)))
        .collect();
    (!files.is_empty()).then_some(files)
}

/// The examples of a control, by file name: shipped ones with those of the organisation's folder laid over them.
pub(super) fn examples(id: &str, slug: &str, folders: &[PathBuf]) -> Result<Files> {
    let mut found = Files::new();
    let folder = held(id, folders)?;
    if !folder.as_ref().is_some_and(|folder| folder.join(MANIFEST).is_file()) {
        let start = format!("{slug}/examples/");
        let mine = shipped::files(id).filter_map(|(path, text)| Some((path.strip_prefix(&start)?, text)));
        found.extend(mine.map(|(name, text)| (name.to_owned(), Cow::Borrowed(text))));
    }
    let own = folder.map(|folder| folder.join(slug).join("examples")).filter(|folder| folder.is_dir());
    for (name, path) in own.map(|folder| entries(&folder)).transpose()?.unwrap_or_default() {
        if !name.ends_with(".json") {
            return Err(Error::usage(format!("{} is no example", path.display()))
                .hint("an example is a file named what-it-shows.VERDICT.json"));
        }
        found.insert(name, text(&path)?);
    }
    Ok(found)
}

fn unknown(id: &str, folders: &[PathBuf]) -> Error {
    let looked: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let looked =
        if looked.is_empty() { String::new() } else { format!(" (looked in {} as well)", looked.join(", ")) };
    let error = Error::usage(format!("no pack `{id}` is shipped{looked}"));
    match nearest(id, shipped::packs()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error
            .hint("pack_folders in audit.toml names the folders with own packs; without one only the shipped packs are known"),
    }
}

fn own(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for (name, path) in entries(folder)? {
        if [MANIFEST, SETTINGS, SHIPPED_SETTINGS].contains(&name.as_str()) {
            files.insert(name, text(&path)?);
        } else if name == USES && path.is_dir() {
            used(&path, &mut files)?;
        } else if path.is_dir() {
            control(&name, &path, &mut files)?;
        } else if !BESIDE.contains(&name.as_str()) {
            return Err(Error::usage(format!("{} is not part of a pack", path.display()))
                .hint("a pack holds pack.toml, settings.toml, README.md and one folder for each control"));
        }
    }
    Ok(files)
}

/// `uses/PACK/CONTROL/…` of a pack taken out of a bundle.
fn used(folder: &Path, files: &mut Files) -> Result<()> {
    for (pack, path) in entries(folder)?.into_iter().filter(|(_, path)| path.is_dir()) {
        for (slug, path) in entries(&path)?.into_iter().filter(|(_, path)| path.is_dir()) {
            control(&format!("{USES}/{pack}/{slug}"), &path, files)?;
        }
    }
    Ok(())
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

fn text(path: &Path) -> Result<Text> {
    let cannot =
        |cause: &std::io::Error| Error::usage(format!("cannot read {}", path.display())).cause(cause);
    let size = std::fs::metadata(path).map_err(|cause| cannot(&cause))?.len();
    if size > LARGEST {
        return Err(Error::usage(format!(
            "{} is too large for a file of a pack ({size} bytes)",
            path.display()
        )));
    }
    std::fs::read_to_string(path).map(Cow::Owned).map_err(|cause| cannot(&cause))
}

/// Whether a text can be the id of a pack.
pub(super) fn is_name(id: &str) -> bool {
    let letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-');
    !id.is_empty() && !id.starts_with('.') && id.chars().all(letter)
}
