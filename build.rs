//! Lists every file below `rules/` that is part of the program, as a table that `src/rules/pack/shipped.rs` includes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let rules = project.join("rules");
    let mut names = Vec::new();
    collect(&rules, &rules, &mut names)?;
    names.sort();
    let mut table = String::from("&[\n");
    for name in &names {
        writeln!(
            table,
            "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/rules/{name}\"))),"
        )?;
    }
    table.push_str("]\n");
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("shipped.rs"), table)?;
    Ok(())
}

/// Packs, limits and examples, not what helps editors; folders are watched, so that a new file is noticed.
fn collect(rules: &Path, folder: &Path, names: &mut Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path == rules.join("editor") {
            continue;
        }
        if path.is_dir() {
            collect(rules, &path, names)?;
        } else if matches!(ending, "toml" | "rhai" | "json") {
            println!("cargo:rerun-if-changed={}", path.display());
            names.push(path.strip_prefix(rules)?.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
