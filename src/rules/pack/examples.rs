//! Which examples belong to a control: its own, and those of the tests it uses, asked again in its own pack. Comes in:
//! a shelf. Goes out: texts with the number of the test they are for. It runs nothing.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::resolve::{Place, Resolver};
use super::shelf::Shelf;
use super::slug;
use crate::error::{Error, Result};

/// An example of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Pack and folder of the control whose folder holds it.
    pub home: String,
    /// File name: `read-by-named-person.supported.json`.
    pub name: String,
    /// Number of the test in the control that is asked; 0 when the text names none.
    pub test: u32,
    /// Whether the control inherits it from a test that it uses.
    pub inherited: bool,
    /// The text.
    pub text: String,
}

/// The parts of an example that say where it belongs.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default)]
    test: u32,
    #[serde(default)]
    facts: serde_json::Value,
    #[serde(default)]
    without: Vec<String>,
}

/// Facts on which it depends whether a control applies, and with which values.
const CONDITIONS: [&str; 2] = ["baseline", "service_provider"];

impl Head {
    /// Whether an example is about a condition of its own pack: then it says nothing about another control.
    fn conditional(&self) -> bool {
        CONDITIONS.iter().any(|name| {
            !self.facts["audit"][*name].is_null() || self.without.contains(&format!("audit.{name}"))
        })
    }
}

fn head(text: &str) -> Head {
    serde_json::from_str(text).unwrap_or_default()
}

impl Shelf {
    /// Every example of a requirement's control: its own first, then inherited ones that no own file replaces.
    ///
    /// # Errors
    /// `Kind::Usage` when a file cannot be read or a `uses` leads nowhere.
    pub fn examples_of(&self, pack: &str, requirement: &str) -> Result<Vec<ExampleFile>> {
        let files = self.files(pack)?;
        let resolver = Resolver::new(self, pack, &files);
        let place = Place { pack: pack.to_owned(), slug: slug(requirement) };
        let plan = resolver.control(&place.slug).map_err(|problem| Error::usage(problem.to_string()))?;
        let mut found: Vec<ExampleFile> = self.own_examples(&place)?;
        let own: Vec<String> = found.iter().map(|example| example.name.clone()).collect();
        for test in plan.tests.iter().filter(|test| test.through.is_some()) {
            let mut inherited = self.inherited(&resolver, &place, test.id)?;
            inherited.retain(|name, _| !own.contains(name));
            found.extend(inherited.into_values().map(|example| ExampleFile {
                test: test.id,
                inherited: true,
                ..example
            }));
        }
        Ok(found)
    }

    fn own_examples(&self, place: &Place) -> Result<Vec<ExampleFile>> {
        let read = |(name, text): (String, super::files::Text)| ExampleFile {
            home: format!("{}/{}", place.pack, place.slug),
            test: head(&text).test,
            inherited: false,
            name,
            text: text.into_owned(),
        };
        Ok(self.examples(&place.pack, &place.slug)?.into_iter().map(read).collect())
    }

    /// Examples of the test that a test uses, by file name: those of each control on the way replace earlier ones.
    fn inherited(
        &self,
        resolver: &Resolver<'_>,
        place: &Place,
        id: u32,
    ) -> Result<BTreeMap<String, ExampleFile>> {
        let told = |problem: crate::rules::lint::Problem| Error::usage(problem.to_string());
        let Some((there, number)) = resolver.next(place, id).map_err(told)? else {
            return Ok(BTreeMap::new());
        };
        let mut found = self.inherited(resolver, &there, number)?;
        let own = self.own_examples(&there)?;
        for example in &own {
            found.remove(&example.name);
        }
        let mine =
            own.into_iter().filter(|example| example.test == number && !head(&example.text).conditional());
        found.extend(mine.map(|example| (example.name.clone(), example)));
        Ok(found)
    }
}
