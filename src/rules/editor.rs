//! What helps an editor while a pack is written: JSON Schemas of the TOML files, and definitions of everything a rule
//! may use. Made from the same types and tables that read and run packs. Goes out: file names with their texts, as they
//! stand in `rules/editor`. It reads and writes no files.

mod definitions;
mod schemas;
mod settings;

pub use settings::settings_schema;

use crate::error::Result;

/// Files of `rules/editor`: name and text.
///
/// # Errors
/// `Kind::Internal` when a shipped pack is damaged.
pub fn files() -> Result<Vec<(String, String)>> {
    let mut files = vec![
        (String::from("audit.schema.json"), schemas::audit()),
        (String::from("pack.schema.json"), schemas::pack()),
        (String::from("control.schema.json"), schemas::control()),
        (String::from("settings.schema.json"), settings::any()),
    ];
    for id in super::shipped_packs() {
        files.push((format!("settings.{id}.schema.json"), settings::shipped(id)?));
    }
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    files.push((String::from(".taplo.toml"), schemas::taplo(&names)));
    files.push((String::from("trailwitness.d.rhai"), definitions::text()));
    Ok(files)
}
