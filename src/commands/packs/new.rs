//! `trailwitness packs new`: a pack or a control to start from, whole enough that `packs check` finds nothing wrong.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::rules::{shipped_packs, slug};

/// Flags of `packs new`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Id of the pack, or pack/number for a control
    pub id: String,
    /// Folder that gets the pack, or holds it
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

/// Number of the first control where none is named.
const FIRST: &str = "1.1";

/// Writes the scaffold.
///
/// # Errors
/// When something of that name is there already, or the name is none.
pub fn run(flags: &Flags) -> Result<u8> {
    let (pack, number) = match flags.id.split_once('/') {
        Some((pack, number)) => (pack, Some(number)),
        None => (flags.id.as_str(), None),
    };
    check_names(pack, number)?;
    let folder = flags.folder.join(pack);
    let manifest = folder.join("pack.toml");
    let mut told = Vec::new();
    if manifest.is_file() {
        let number = number.ok_or_else(|| {
            Error::usage(format!("{} is a pack already", folder.display()))
                .hint(format!("name a control to add to it: {pack}/NUMBER"))
        })?;
        add(&manifest, number)?;
        told.push(format!("requirement {number} is listed in {}", manifest.display()));
    } else {
        if folder.exists() {
            return Err(Error::usage(format!("{} exists and has no pack.toml", folder.display()))
                .hint("choose another id, or another --folder"));
        }
        put(&folder.join("settings.toml"), SETTINGS)?;
        let text = format!("{}{}", PACK.replace("PACK-ID", pack), requirement(number.unwrap_or(FIRST)));
        put(&manifest, &text)?;
        told.push(format!("pack {pack} is in {}", folder.display()));
    }
    let number = number.unwrap_or(FIRST);
    let control = folder.join(slug(number));
    put(&control.join("control.toml"), &CONTROL.replace("NUMBER", number))?;
    put(&control.join("control.rhai"), RULES)?;
    for (name, text) in EXAMPLES {
        put(&control.join("examples").join(name), text)?;
    }
    told.push(format!("control {number} is in {}", control.display()));
    told.push(format!(
        "next: change words, rules and examples, then trailwitness packs check {}",
        folder.display()
    ));
    super::print_safe(&told.join("\n"))?;
    Ok(0)
}

fn check_names(pack: &str, number: Option<&str>) -> Result<()> {
    let letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
    if pack.is_empty() || pack.starts_with('.') || !pack.chars().all(letter) {
        return Err(Error::usage(format!("{pack:?} is no pack id"))
            .hint("a pack id has lower case letters, digits, `.` and `-`"));
    }
    if shipped_packs().contains(&pack) {
        return Err(Error::usage(format!("{pack} is shipped with trailwitness")).hint(
            "to change a control of it, lay control.toml and control.rhai into a folder pack/control of your own; choose another id for a new pack",
        ));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-()".contains(letter);
    match number {
        Some(number) if number.is_empty() || number.starts_with('.') || !number.chars().all(fits) => {
            Err(Error::usage(format!("{number:?} is no number of a requirement"))
                .hint("write it as the framework does, for example 10.2.1 or AC-2(3)"))
        }
        _ => Ok(()),
    }
}

/// Lists a requirement in pack.toml, unless it is there.
fn add(manifest: &Path, number: &str) -> Result<()> {
    let text =
        std::fs::read_to_string(manifest).map_err(|cause| Error::output("cannot read", manifest, &cause))?;
    let parsed: toml::Table = toml::from_str(&text)
        .map_err(|cause| Error::usage(format!("{} cannot be read", manifest.display())).cause(&cause))?;
    let listed = parsed.get("requirement").and_then(toml::Value::as_array);
    let known = |entry: &&toml::Value| entry.get("number").and_then(toml::Value::as_str) == Some(number);
    match listed.into_iter().flatten().find(known) {
        Some(entry) if entry.get("status").and_then(toml::Value::as_str) == Some("manual") => {
            Err(Error::usage(format!("{} lists requirement {number} as manual", manifest.display()))
                .hint("make it partial or automated and take out `why` and `ask_for`, then run again"))
        }
        Some(_) => Ok(()),
        None => {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            let whole = format!("{text}{end}{}", requirement(number));
            std::fs::write(manifest, whole).map_err(|cause| Error::output("cannot write", manifest, &cause))
        }
    }
}

fn requirement(number: &str) -> String {
    format!(
        "\n[[requirement]]\nnumber = \"{number}\"\ntitle = \"Reads of the data lead to one person\"\nstatus = \"partial\"\n"
    )
}

fn put(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Error::output("cannot make", folder, &cause))?;
    }
    let mut file = std::fs::File::create_new(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => Error::usage(format!("{} is there already", path.display()))
            .hint("nothing is overwritten: choose another number or id"),
        _ => Error::output("cannot write", path, &cause),
    })?;
    file.write_all(text.as_bytes()).map_err(|cause| Error::output("cannot write", path, &cause))
}

const PACK: &str = include_str!("new/pack.toml");
const SETTINGS: &str = include_str!("new/settings.toml");
const CONTROL: &str = include_str!("new/control.toml");
const RULES: &str = include_str!("new/control.rhai");
const EXAMPLES: [(&str, &str); 3] = [
    ("read-by-a-person.supported.json", include_str!("new/supported.json")),
    ("read-by-a-shared-role.exceptions.json", include_str!("new/exceptions.json")),
    ("session-of-nobody-known.insufficient.json", include_str!("new/insufficient.json")),
];
