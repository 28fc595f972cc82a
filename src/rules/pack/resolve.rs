//! Follows `uses`: what a control or a test does not state itself comes from the one it names, in another control or
//! another pack. Comes in: the files of a pack and of those it names. Goes out: whole controls, each test with the place
//! of its logic. It compiles nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::files::{Files, Text, USES};
use super::shelf::Shelf;
use super::slug;
use super::written::{ControlToml, Coverage, TestToml};
use crate::rules::lint::{Problem, Source};

/// A control of some pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) pack: String,
    pub(super) slug: String,
}

/// Words and tests of a control, with nothing left open.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) words: Words,
    pub(super) tests: Vec<TestPlan>,
    /// Files that the control is made of.
    pub(super) files: BTreeSet<String>,
    /// The control's own causes.
    pub(super) own_causes: BTreeMap<String, String>,
}

/// The words of a control.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) toml: ControlToml,
    pub(super) shows: String,
    pub(super) cannot_show: String,
    pub(super) claim: String,
    pub(super) do_not_claim: String,
    pub(super) severity: String,
    pub(super) methods: Vec<String>,
    pub(super) limits: Vec<String>,
    pub(super) needs: Vec<String>,
}

/// A test with the place of its logic.
#[derive(Debug, Clone)]
pub(super) struct TestPlan {
    pub(super) id: u32,
    /// The control whose script answers, and the number of the test there.
    pub(super) home: Place,
    pub(super) home_requirement: String,
    pub(super) home_id: u32,
    /// The `uses` of the control in hand that leads there; `None` for a test of its own.
    pub(super) through: Option<String>,
    pub(super) name: String,
    pub(super) words: String,
    pub(super) population_words: String,
    pub(super) unit: String,
    pub(super) population: Option<String>,
    pub(super) expect: Option<String>,
    pub(super) judge: Option<String>,
    pub(super) absence_is_evidence: bool,
    pub(super) empty_is_not_applicable: bool,
    pub(super) requires: Vec<String>,
    pub(super) coverage: Option<Coverage>,
    pub(super) settings: Vec<String>,
    /// Words of causes, from the home on; later ones replace earlier ones.
    pub(super) causes: BTreeMap<String, String>,
    /// Files on the way to the home, the script among them.
    pub(super) files: BTreeSet<String>,
}

/// A parsed control.toml with its path as the pack in hand names it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) path: String,
    pub(super) text: Text,
    pub(super) toml: ControlToml,
}

impl Parsed {
    fn source(&self) -> Source<'_> {
        Source { file: &self.path, text: &self.text }
    }
}

type Known = RefCell<BTreeMap<Place, Result<Rc<Parsed>, Problem>>>;

/// Resolves the controls of one pack.
pub(super) struct Resolver<'a> {
    shelf: &'a Shelf,
    id: &'a str,
    files: &'a Files,
    known: Known,
}

/// `pack/number`, with `#test` behind it where a test is meant.
fn reference(text: &str) -> Option<(Place, &str, Option<u32>)> {
    let (pack, rest) = text.split_once('/')?;
    let (number, test) = match rest.rsplit_once('#') {
        Some((number, test)) => (number, Some(test.parse().ok()?)),
        None => (rest, None),
    };
    Some((Place { pack: pack.to_owned(), slug: slug(number) }, number, test))
}

impl<'a> Resolver<'a> {
    pub(super) fn new(shelf: &'a Shelf, id: &'a str, files: &'a Files) -> Self {
        Resolver { shelf, id, files, known: Known::default() }
    }

    /// A file of a control: path as this pack names it, and text.
    pub(super) fn file(&self, place: &Place, name: &str) -> Result<(String, Text), Problem> {
        let own = format!("{}/{name}", place.slug);
        let beside = format!("{USES}/{}/{own}", place.pack);
        let path = if place.pack == self.id { own.clone() } else { beside };
        if let Some(text) = self.files.get(&path) {
            return Ok((path, text.clone()));
        }
        let missing = || Problem::of_file(&path, "this file is missing");
        if place.pack == self.id {
            return Err(missing());
        }
        let files = self.shelf.files(&place.pack).map_err(|error| {
            let problem = Problem::of_file(&path, error.message);
            error.hint.into_iter().fold(problem, |problem, hint| problem.hint(hint))
        })?;
        files.get(&own).cloned().map(|text| (path.clone(), text)).ok_or_else(missing)
    }

    /// The parsed control.toml of a place; read once.
    pub(super) fn parsed(&self, place: &Place) -> Result<Rc<Parsed>, Problem> {
        if let Some(known) = self.known.borrow().get(place) {
            return known.clone();
        }
        let read = self.file(place, "control.toml").and_then(|(path, text)| {
            let toml = Source { file: &path, text: &text }.toml()?;
            Ok(Rc::new(Parsed { path, text, toml }))
        });
        self.known.borrow_mut().insert(place.clone(), read.clone());
        read
    }

    /// The control of a folder of this pack.
    pub(super) fn control(&self, slug: &str) -> Result<Plan, Problem> {
        let place = Place { pack: self.id.to_owned(), slug: slug.to_owned() };
        let mut files = BTreeSet::new();
        let words = self.words(&place, &mut Vec::new(), &mut files)?;
        let mut tests = Vec::new();
        for id in self.ids(&place, &mut Vec::new())? {
            tests.push(self.test(&place, id, &mut Vec::new())?);
        }
        files.extend(tests.iter().flat_map(|test| test.files.iter().cloned()));
        let own_causes = words.toml.causes.clone();
        Ok(Plan { words, tests, files, own_causes })
    }

    /// Where the `uses` of a control leads; the problem names the line.
    fn follow(
        &self,
        parsed: &Parsed,
        uses: &str,
        test: bool,
        trail: &[String],
    ) -> Result<(Place, Option<u32>), Problem> {
        let problem = |message: String| parsed.source().at_text(&format!("\"{uses}\""), message);
        let Some((place, number, id)) = reference(uses) else {
            return Err(problem(format!("`{uses}` names no control"))
                .hint("write pack/number, for a test pack/number#test"));
        };
        if id.is_some() != test {
            let hint = if test {
                "a test uses a test: pack/number#test"
            } else {
                "a control uses a control: pack/number"
            };
            return Err(problem(format!("`{uses}` does not fit here")).hint(hint));
        }
        if trail.iter().any(|earlier| earlier == uses) {
            let round: Vec<&str> = trail.iter().map(String::as_str).chain([uses]).collect();
            return Err(problem(format!("`uses` leads back to where it came from: {}", round.join(" → "))));
        }
        let there = match self.parsed(&place) {
            Ok(there) => there,
            Err(found) if found.line == 0 => {
                let told = problem(format!("`{uses}` cannot be used: {}: {}", found.file, found.message));
                return Err(found.hint.into_iter().fold(told, |told, hint| told.hint(hint)));
            }
            Err(found) => return Err(found),
        };
        if there.toml.requirement != number {
            let message = format!("`{uses}` leads to the control of requirement {}", there.toml.requirement);
            return Err(problem(message));
        }
        Ok((place, id))
    }

    fn words(
        &self,
        place: &Place,
        trail: &mut Vec<String>,
        files: &mut BTreeSet<String>,
    ) -> Result<Words, Problem> {
        let parsed = self.parsed(place)?;
        files.insert(parsed.path.clone());
        let toml = parsed.toml.clone();
        let from = match &toml.uses {
            Some(uses) => {
                trail.push(format!("{}/{}", place.pack, toml.requirement));
                let (there, _) = self.follow(&parsed, uses, false, trail)?;
                Some(self.words(&there, trail, files)?)
            }
            None => None,
        };
        let text = |own: &Option<String>, used: fn(&Words) -> &String, key: &str| {
            own.clone()
                .or_else(|| from.as_ref().map(|from| used(from).clone()))
                .ok_or_else(|| absent(&parsed, key))
        };
        let list = |own: &Option<Vec<String>>, used: fn(&Words) -> &Vec<String>, key: &str| {
            own.clone()
                .or_else(|| from.as_ref().map(|from| used(from).clone()))
                .ok_or_else(|| absent(&parsed, key))
        };
        Ok(Words {
            shows: text(&toml.shows, |words| &words.shows, "shows")?,
            cannot_show: text(&toml.cannot_show, |words| &words.cannot_show, "cannot_show")?,
            claim: text(&toml.claim, |words| &words.claim, "claim")?,
            do_not_claim: text(&toml.do_not_claim, |words| &words.do_not_claim, "do_not_claim")?,
            severity: text(&toml.severity, |words| &words.severity, "severity")?,
            methods: list(&toml.methods, |words| &words.methods, "methods")?,
            limits: list(&toml.limits, |words| &words.limits, "limits")?,
            needs: list(&toml.needs, |words| &words.needs, "needs")?,
            toml,
        })
    }

    /// Numbers of a control's tests: its own, or those of the control it uses.
    fn ids(&self, place: &Place, trail: &mut Vec<String>) -> Result<Vec<u32>, Problem> {
        let parsed = self.parsed(place)?;
        match &parsed.toml.uses {
            Some(uses) if parsed.toml.tests.is_empty() => {
                trail.push(format!("{}/{}", place.pack, parsed.toml.requirement));
                let (there, _) = self.follow(&parsed, uses, false, trail)?;
                self.ids(&there, trail)
            }
            _ => Ok(parsed.toml.tests.iter().map(|test| test.id).collect()),
        }
    }

    /// The test that a test of a control uses directly; `None` for one with logic of its own.
    pub(super) fn next(&self, place: &Place, id: u32) -> Result<Option<(Place, u32)>, Problem> {
        let parsed = self.parsed(place)?;
        let stated = parsed.toml.tests.iter().find(|test| test.id == id);
        match (stated.map(|test| &test.uses), &parsed.toml.uses) {
            (Some(Some(uses)), _) => {
                let (there, number) = self.follow(&parsed, uses, true, &[])?;
                Ok(Some((there, number.unwrap_or(id))))
            }
            (None, Some(uses)) => Ok(Some((self.follow(&parsed, uses, false, &[])?.0, id))),
            _ => Ok(None),
        }
    }

    fn test(&self, place: &Place, id: u32, trail: &mut Vec<String>) -> Result<TestPlan, Problem> {
        let parsed = self.parsed(place)?;
        let here = format!("{}/{}#{id}", place.pack, parsed.toml.requirement);
        trail.push(here.clone());
        let stated = parsed.toml.tests.iter().find(|test| test.id == id);
        let mut plan = match (stated, &parsed.toml.uses) {
            (Some(test), _) => match &test.uses {
                None => self.own(place, &parsed, test)?,
                Some(uses) => {
                    let (there, number) = self.follow(&parsed, uses, true, trail)?;
                    let mut plan = self.target(&parsed, uses, &there, number.unwrap_or(id), trail)?;
                    restate(&parsed, test, &mut plan)?;
                    plan.through = Some(uses.clone());
                    plan
                }
            },
            (None, Some(uses)) if parsed.toml.tests.is_empty() => {
                let (there, _) = self.follow(&parsed, uses, false, &[])?;
                let mut plan = self.target(&parsed, uses, &there, id, trail)?;
                plan.through = Some(uses.clone());
                plan
            }
            _ => return Err(Problem::of_file(&parsed.path, format!("{here} does not exist"))),
        };
        plan.id = id;
        plan.causes.extend(parsed.toml.causes.clone());
        plan.files.insert(parsed.path.clone());
        Ok(plan)
    }

    /// The test that a `uses` leads to.
    fn target(
        &self,
        parsed: &Parsed,
        uses: &str,
        there: &Place,
        id: u32,
        trail: &mut Vec<String>,
    ) -> Result<TestPlan, Problem> {
        let next = self.parsed(there)?;
        let known = self.ids(there, &mut Vec::new())?;
        if !known.contains(&id) {
            let message = format!("{}/{} has no test {id}", there.pack, next.toml.requirement);
            return Err(parsed.source().at_text(&format!("\"{uses}\""), message));
        }
        if trail.contains(&format!("{}/{}#{id}", there.pack, next.toml.requirement)) {
            let message = format!("`uses` leads back to where it came from: {}", trail.join(" → "));
            return Err(parsed.source().at_text(&format!("\"{uses}\""), message));
        }
        self.test(there, id, trail)
    }

    fn own(&self, place: &Place, parsed: &Parsed, test: &TestToml) -> Result<TestPlan, Problem> {
        let text = |own: &Option<String>, key: &str| {
            let title = format!("test {} states no `{key}`", test.id);
            own.clone().ok_or_else(|| parsed.source().at_text("[[test]]", title))
        };
        let (path, _) = self.file(place, "control.rhai")?;
        Ok(TestPlan {
            id: test.id,
            home: place.clone(),
            home_requirement: parsed.toml.requirement.clone(),
            home_id: test.id,
            through: None,
            name: text(&test.name, "name")?,
            words: text(&test.words, "words")?,
            population_words: text(&test.population_words, "population_words")?,
            unit: test.unit.clone().unwrap_or_else(|| "accesses".to_owned()),
            population: test.population.clone(),
            expect: test.expect.clone(),
            judge: test.judge.clone(),
            absence_is_evidence: test.absence_is_evidence.unwrap_or(false),
            empty_is_not_applicable: test.empty_is_not_applicable.unwrap_or(false),
            requires: test.requires.clone().unwrap_or_default(),
            coverage: test.coverage.clone(),
            settings: test.settings.clone().unwrap_or_default(),
            causes: BTreeMap::new(),
            files: BTreeSet::from([path]),
        })
    }
}

fn absent(parsed: &Parsed, key: &str) -> Problem {
    parsed
        .source()
        .at_text("requirement", format!("`{key}` is missing"))
        .hint("state it, or say `uses` to take it from another control")
}

/// What a test with `uses` states anew.
fn restate(parsed: &Parsed, test: &TestToml, plan: &mut TestPlan) -> Result<(), Problem> {
    let fixed = [
        ("population", test.population.is_some()),
        ("expect", test.expect.is_some()),
        ("judge", test.judge.is_some()),
        ("settings", test.settings.is_some()),
    ];
    if let Some((key, _)) = fixed.iter().find(|(_, stated)| *stated) {
        let message = format!("test {} has `uses`, so its `{key}` comes from there", test.id);
        return Err(parsed
            .source()
            .at_text("uses", message)
            .hint("leave the key out, or write an own test without `uses`"));
    }
    let texts = [
        (&test.name, &mut plan.name),
        (&test.words, &mut plan.words),
        (&test.population_words, &mut plan.population_words),
        (&test.unit, &mut plan.unit),
    ];
    for (own, used) in texts {
        if let Some(own) = own {
            used.clone_from(own);
        }
    }
    if let Some(requires) = &test.requires {
        plan.requires.clone_from(requires);
    }
    if test.coverage.is_some() {
        plan.coverage.clone_from(&test.coverage);
    }
    plan.absence_is_evidence = test.absence_is_evidence.unwrap_or(plan.absence_is_evidence);
    plan.empty_is_not_applicable = test.empty_is_not_applicable.unwrap_or(plan.empty_is_not_applicable);
    Ok(())
}
