//! What surrounds every page: the left rail and the words at the edges.
//! Comes in: the model and the open page. Goes out: names, verdicts and links for `base.html`.
//! Never decides what a page shows in its main column.

use serde::Serialize;

use super::PageId;
use super::filters::anchor;
use crate::bundle::model::{Model, PackSummary, Word};

/// People in the left rail around the one whose page is open; the list of people holds them all.
const RAIL_PEOPLE: usize = 12;

/// What stands at the edges of a page: its name, and the framework and requirement or the person.
#[derive(Debug, Serialize)]
pub struct Edge {
    name: String,
    about: String,
    verdict: Option<Word>,
}

impl Edge {
    /// Reads it off the model for one page.
    pub fn new(model: &Model, id: PageId) -> Self {
        let plain = |name: &str| Self { name: name.into(), about: model.head.system.clone(), verdict: None };
        match id {
            PageId::Index => plain("Overview"),
            PageId::Completeness => plain("Completeness and integrity"),
            PageId::Controls => plain("Requirements"),
            PageId::Exceptions => plain("Exceptions register"),
            PageId::People => plain("People"),
            PageId::Appendix => plain("Appendix"),
            PageId::Control(place) => model.requirements.get(place).map_or_else(
                || plain(""),
                |found| Self {
                    name: format!("Requirement {}", found.number),
                    about: format!("{} · {}", found.framework, found.number),
                    verdict: Some(found.verdict),
                },
            ),
            PageId::Dossier(place) => model.people.get(place).map_or_else(
                || plain(""),
                |found| Self {
                    name: format!("Access dossier {}", found.name),
                    about: format!("Access dossier · {}", found.token),
                    verdict: None,
                },
            ),
        }
    }
}

/// The left rail: documents, requirements with their verdicts, people near the one shown.
#[derive(Debug, Serialize)]
pub struct Rail<'m> {
    documents: Vec<RailLink<'m>>,
    requirements: Vec<RailLink<'m>>,
    people: Vec<RailLink<'m>>,
    people_total: usize,
}

/// One line of the left rail; links start at the folder `human`.
#[derive(Debug, Serialize)]
struct RailLink<'m> {
    href: String,
    name: &'m str,
    title: &'m str,
    verdict: Option<Word>,
    current: bool,
}

impl<'m> Rail<'m> {
    /// Reads it off the model for one page.
    pub fn new(model: &'m Model, id: PageId) -> Self {
        Self {
            documents: documents(id),
            requirements: requirements(model, id),
            people: neighbours(model, id),
            people_total: model.people.len(),
        }
    }
}

/// The requirements of the only pack, or of the one that the open page belongs to; else the packs: three hundred links on
/// every page help nobody.
fn requirements(model: &Model, id: PageId) -> Vec<RailLink<'_>> {
    let open = match id {
        PageId::Control(place) => model.requirements.get(place).map(|found| found.pack.as_str()),
        _ => None,
    };
    let packs = &model.summary.packs;
    let only = packs.first().filter(|_| packs.len() == 1).map(|pack| pack.pack.as_str());
    let Some(pack) = open.or(only) else {
        return packs.iter().map(pack_link).collect();
    };
    let mine = model.requirements.iter().enumerate().filter(|(_, found)| found.pack == pack);
    mine.map(|(place, found)| RailLink {
        href: format!("control-{}.html", found.slug),
        name: &found.number,
        title: &found.title,
        verdict: Some(found.verdict),
        current: id == PageId::Control(place),
    })
    .collect()
}

fn pack_link(pack: &PackSummary) -> RailLink<'_> {
    RailLink {
        href: format!("controls.html#pack-{}", anchor(&pack.pack)),
        name: &pack.framework,
        title: "",
        verdict: None,
        current: false,
    }
}

fn documents(id: PageId) -> Vec<RailLink<'static>> {
    [
        (PageId::Index, "index.html", "Overview"),
        (PageId::Completeness, "completeness.html", "Completeness"),
        (PageId::Controls, "controls.html", "Requirements"),
        (PageId::Exceptions, "exceptions.html", "Exceptions"),
        (PageId::People, "people.html", "People"),
        (PageId::Appendix, "appendix.html", "Appendix"),
    ]
    .into_iter()
    .map(|(page, href, name)| RailLink {
        href: href.into(),
        name,
        title: "",
        verdict: None,
        current: page == id,
    })
    .collect()
}

/// The first people, or those around the open dossier: a rail with a thousand names on a thousand pages
/// helps nobody.
fn neighbours(model: &Model, id: PageId) -> Vec<RailLink<'_>> {
    let open = if let PageId::Dossier(place) = id { Some(place) } else { None };
    let last_start = model.people.len().saturating_sub(RAIL_PEOPLE);
    let start = open.unwrap_or(0).saturating_sub(RAIL_PEOPLE / 2).min(last_start);
    let people = model.people.iter().enumerate().skip(start).take(RAIL_PEOPLE);
    people
        .map(|(place, person)| RailLink {
            href: format!("people/{}.html", person.token),
            name: &person.name,
            title: &person.kind,
            verdict: None,
            current: open == Some(place),
        })
        .collect()
}
