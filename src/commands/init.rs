//! `trailwitness init`: a commented audit.toml, a roster and a settings file to start from.

use std::path::{Path, PathBuf};

use super::terminal;
use crate::error::{Error, Kind, Result};

/// Flags of `init`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

const FILES: &[(&str, &str)] = &[
    ("audit.toml", include_str!("init/audit.toml")),
    ("roster.csv", "id,name,mail,department,manager,joined,left,identities\n"),
    ("changes.csv", "id,from,to,principal,operation,object,approver\n"),
    ("incidents.csv", "id,opened,closed,principal,summary\n"),
    ("reviews.csv", "period_from,period_to,date,reviewer,found,follow_up\n"),
    ("subjects.csv", "id,kind,received,table,key\n"),
    ("high-risk.csv", "person,from,reason\n"),
    ("requests.csv", "id,from,to,principal,operation,object,approver\n"),
    ("access.csv", "principal,table,kinds,approver\n"),
    ("purposes.csv", "principal,table,purpose\n"),
];

/// Writes the files; never over an existing one.
///
/// # Errors
/// When one exists or cannot be written.
pub fn run(flags: &Flags) -> Result<u8> {
    let settings = crate::rules::Pack::load("pci-dss-4.0.1", &[])?;
    let settings = settings
        .files
        .iter()
        .find(|file| file.path == "settings.toml")
        .map(|file| file.text.clone())
        .unwrap_or_default();
    let mut files: Vec<(PathBuf, &str)> =
        FILES.iter().map(|(name, text)| (flags.folder.join(name), *text)).collect();
    files.push((flags.folder.join("packs/pci-dss-4.0.1/settings.toml"), &settings));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::new(Kind::Output, format!("{} exists already", path.display()))
            .hint("choose an empty folder: trailwitness init FOLDER"));
    }
    for (path, text) in &files {
        write(path, text)?;
    }
    let audit = flags.folder.join("audit.toml");
    let told = format!(
        "Wrote {} and the files it names. Edit it, then: trailwitness run {}\n",
        audit.display(),
        audit.display()
    );
    terminal::results(&told).map_err(|cause| Error::new(Kind::Output, "cannot write").cause(&cause))?;
    Ok(0)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Error::output("cannot create", folder, &cause))?;
    }
    std::fs::write(path, text).map_err(|cause| Error::output("cannot write", path, &cause))
}
