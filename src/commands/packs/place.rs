//! Where a subcommand finds its packs: a pack's folder, a folder of packs, a bundle, or an id. Comes in: what the user
//! named. Goes out: ids and the folders to look in first.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::rules::{Shelf, example_base, shipped_packs};

/// Packs with the folders that hold them.
#[derive(Debug)]
pub struct Place {
    /// Ids, in order.
    pub packs: Vec<String>,
    /// Folders that are looked into before the shipped packs.
    pub folders: Vec<PathBuf>,
}

impl Place {
    /// The shipped packs.
    pub fn shipped() -> Place {
        Place { packs: shipped_packs().into_iter().map(str::to_owned).collect(), folders: Vec::new() }
    }

    /// A pack's folder, a folder of packs, or a bundle with its `rules/`.
    ///
    /// # Errors
    /// `Kind::Usage` when there is no such folder or no pack in it.
    pub fn folder(folder: &Path) -> Result<Place> {
        let cannot = |cause| {
            Error::usage(format!("cannot read {}", folder.display()))
                .cause(&cause)
                .hint("name a pack's folder or a folder of packs")
        };
        let whole = folder.canonicalize().map_err(cannot)?;
        if is_pack(&whole) {
            let parent = whole.parent().map_or(whole.clone(), Path::to_path_buf);
            return Ok(Place { packs: vec![name(&whole)], folders: vec![parent] });
        }
        let rules = whole.join("rules");
        let whole = if whole.join("manifest.json").is_file() && rules.is_dir() { rules } else { whole };
        let mut packs = Vec::new();
        for entry in std::fs::read_dir(&whole).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            if is_pack(&path) {
                packs.push(name(&path));
            }
        }
        packs.sort();
        if packs.is_empty() {
            return Err(Error::usage(format!("{} holds no pack", folder.display()))
                .hint("a pack is a folder with a pack.toml, or one named like a shipped pack"));
        }
        Ok(Place { packs, folders: vec![whole] })
    }

    /// A folder, if one of this name exists, else a pack id.
    ///
    /// # Errors
    /// As [`Place::folder`].
    pub fn named(text: &str, folders: &[PathBuf]) -> Result<Place> {
        if Path::new(text).is_dir() {
            return Place::folder(Path::new(text));
        }
        Ok(Place { packs: vec![text.to_owned()], folders: folders.to_vec() })
    }

    /// A shelf that looks here first.
    pub fn shelf(&self) -> Shelf {
        Shelf::new(&self.folders)
    }

    /// Text of the base of compact examples: beside the packs, else the shipped one.
    ///
    /// # Errors
    /// `Kind::Usage` when it cannot be read.
    pub fn base(&self) -> Result<String> {
        let own =
            self.folders.iter().map(|folder| folder.join("example-base.json")).find(|path| path.is_file());
        match own {
            Some(path) => std::fs::read_to_string(&path)
                .map_err(|cause| Error::usage(format!("cannot read {}", path.display())).cause(&cause)),
            None => Ok(example_base().to_owned()),
        }
    }
}

fn is_pack(path: &Path) -> bool {
    path.join("pack.toml").is_file() || (path.is_dir() && shipped_packs().contains(&name(path).as_str()))
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
