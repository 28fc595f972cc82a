//! `trailwitness init`: a commented audit.toml, the lists it names and the settings of its packs, to start from.

use std::path::{Path, PathBuf};

use super::terminal;
use crate::audit::Baseline;
use crate::error::{Error, Kind, Result};
use crate::rules::Pack;

/// Flags of `init`.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Rule pack to run (may be repeated); `trailwitness packs list` names them
    #[arg(long, value_name = "PACK", default_value = "pci-dss-4.0.1")]
    pub pack: Vec<String>,
}

const AUDIT: &str = include_str!("init/audit.toml");

const FILES: &[(&str, &str)] = &[
    ("roster.csv", "id,name,mail,department,manager,joined,left,identities\n"),
    ("changes.csv", "id,from,to,principal,operation,object,approver\n"),
    ("incidents.csv", "id,opened,closed,principal,summary\n"),
    ("requests.csv", "id,from,to,principal,operation,object,approver\n"),
    ("access.csv", "principal,table,kinds,approver\n"),
    ("purposes.csv", "principal,table,purpose\n"),
    ("reviews.csv", "period_from,period_to,date,reviewer,found,follow_up\n"),
    ("subjects.csv", "id,kind,received,table,key\n"),
    ("high-risk.csv", "person,from,reason\n"),
];

/// Writes the files; never over an existing one.
///
/// # Errors
/// When one exists or cannot be written, or no such pack is shipped.
pub fn run(flags: &Flags) -> Result<u8> {
    // The settings are the same whatever the level.
    let load = |id: &String| crate::rules::Pack::load(id, &[], Some(Baseline::Moderate));
    let packs: Vec<Pack> = flags.pack.iter().map(load).collect::<Result<_>>()?;
    let mut files: Vec<(PathBuf, String)> =
        FILES.iter().map(|(name, text)| (flags.folder.join(name), (*text).to_owned())).collect();
    files.push((flags.folder.join("audit.toml"), audit(&packs)));
    for pack in &packs {
        let settings = pack.file("settings.toml").map(|file| file.text.clone()).unwrap_or_default();
        files.push((flags.folder.join(format!("packs/{}/settings.toml", pack.id)), settings));
    }
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::new(Kind::Output, format!("{} exists already", path.display()))
            .hint("choose an empty folder: trailwitness init FOLDER"));
    }
    for (path, text) in &files {
        write(path, text)?;
    }
    let audit = flags.folder.join("audit.toml");
    let leveled = packs.iter().any(Pack::has_baselines);
    let level = if leveled { "State the level in force as `baseline`. " } else { "" };
    let told = format!(
        "Wrote {} and the files it names. {level}Edit it, then: trailwitness run {}\n",
        audit.display(),
        audit.display()
    );
    terminal::results(&told).map_err(|cause| Error::new(Kind::Output, "cannot write").cause(&cause))?;
    Ok(0)
}

/// audit.toml for these packs. A level is a fact of the organisation, so it stays to be stated.
fn audit(packs: &[Pack]) -> String {
    let ids: Vec<String> = packs.iter().map(|pack| format!("{:?}", pack.id)).collect();
    AUDIT.replace("packs = [\"pci-dss-4.0.1\"]", &format!("packs = [{}]", ids.join(", ")))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Error::output("cannot create", folder, &cause))?;
    }
    std::fs::write(path, text).map_err(|cause| Error::output("cannot write", path, &cause))
}
