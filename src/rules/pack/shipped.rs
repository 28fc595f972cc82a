//! The files of `rules/` as part of the program: packs with their examples, limits and the base of examples. The table
//! is written by build.rs, so that it cannot disagree with the folder.

/// Path below `rules/` and text, in order of path.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Ids of the shipped packs, in order.
pub(super) fn packs() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter_map(|(path, _)| path.strip_suffix("/pack.toml")).filter(|id| !id.contains('/'))
}

/// Files of a shipped pack, by path inside it.
pub(super) fn files(id: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let start = format!("{id}/");
    FILES.iter().filter_map(move |(path, text)| Some((path.strip_prefix(start.as_str())?, *text)))
}

/// A file of a shipped pack.
pub(super) fn file(id: &str, path: &str) -> Option<&'static str> {
    let name = format!("{id}/{path}");
    let place = FILES.binary_search_by_key(&name.as_str(), |(path, _)| path).ok()?;
    FILES.get(place).map(|(_, text)| *text)
}

/// The base that compact examples start from.
pub(super) fn example_base() -> &'static str {
    FILES.iter().find(|(path, _)| *path == "example-base.json").map_or("{}", |(_, text)| text)
}
