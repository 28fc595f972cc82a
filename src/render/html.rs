//! The HTML page set of a bundle: one self-contained page a document, requirement and person.
//! Comes in: the finished bundle as a model, and perhaps a folder of templates that replace the embedded
//! ones.
//! Goes out: pages as bytes, one at a time. Never counts, sorts, judges or writes files, and no page needs
//! the network.

mod filters;
mod rail;

use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera, Value};

use self::rail::{Edge, Rail};
use super::svg;
use crate::bundle::model::{Dossier, ExceptionGroup, Model, Requirement, Share, Test, Word};
use crate::sources::base64;

/// Embedded templates by the name under which a folder of the user may replace them.
const TEMPLATES: [(&str, &str); 10] = [
    ("parts.html", include_str!("../../report-templates/parts.html")),
    ("base.html", include_str!("../../report-templates/base.html")),
    ("index.html", include_str!("../../report-templates/index.html")),
    ("completeness.html", include_str!("../../report-templates/completeness.html")),
    ("controls.html", include_str!("../../report-templates/controls.html")),
    ("control.html", include_str!("../../report-templates/control.html")),
    ("exceptions.html", include_str!("../../report-templates/exceptions.html")),
    ("people.html", include_str!("../../report-templates/people.html")),
    ("dossier.html", include_str!("../../report-templates/dossier.html")),
    ("appendix.html", include_str!("../../report-templates/appendix.html")),
];

/// Style sheet and script, printed inside every page.
const STYLE: (&str, &str) = ("style.css", include_str!("../../report-templates/style.css"));
const SCRIPT: (&str, &str) = ("page.js", include_str!("../../report-templates/page.js"));

/// Why pages cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum HtmlError {
    /// A file of the template folder cannot be read.
    #[error("template `{name}` of the replacing folder cannot be read")]
    Unreadable {
        /// File name.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the template folder has a name that no page uses.
    #[error("`{name}` replaces nothing; names that can be replaced: {known}")]
    UnknownTemplate {
        /// File name.
        name: String,
        /// All names that have a meaning.
        known: String,
    },
    /// A replacing style sheet or script would end its own element.
    #[error("`{name}` holds `</`, which would end the element it is printed in")]
    EndsElement {
        /// File name.
        name: String,
    },
    /// A template does not parse, or uses what the model does not have.
    #[error("template `{name}` failed")]
    Template {
        /// Template name, or `templates` when they are loaded together.
        name: String,
        /// Report with line and column.
        source: Box<tera::Error>,
    },
    /// A slug or token would not make a safe file name.
    #[error("`{name}` cannot name a page: only ASCII letters, digits, `-`, `_` and `.` may")]
    UnsafeName {
        /// The slug or token.
        name: String,
    },
    /// A page was asked for that the model does not have.
    #[error("the bundle has no page for {id:?}")]
    NoSuchPage {
        /// The page asked for.
        id: PageId,
    },
}

/// Which page; numbers are places in the model's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageId {
    /// Cover facts and executive summary.
    Index,
    /// Completeness and integrity.
    Completeness,
    /// Index of requirements.
    Controls,
    /// One requirement.
    Control(usize),
    /// Exceptions register.
    Exceptions,
    /// List of people.
    People,
    /// One dossier.
    Dossier(usize),
    /// Parameters, packs, limits, glossary, data files.
    Appendix,
}

/// A drawn page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Path inside the bundle, `human/index.html`.
    pub path: String,
    /// The page in UTF-8.
    pub bytes: Vec<u8>,
}

/// Loaded templates, ready to draw any page of any model.
#[derive(Debug)]
pub struct Site {
    tera: Tera,
    style: Value,
    script: Value,
    policy: String,
}

impl Site {
    /// Loads the embedded templates and, over them, the files of a folder that carry the same names.
    pub fn new(overrides: Option<&Path>) -> Result<Self, HtmlError> {
        if let Some(folder) = overrides {
            refuse_unknown_names(folder)?;
        }
        let mut tera = Tera::new();
        tera.set_escape_fn(filters::escape);
        filters::register(&mut tera);
        let mut texts = Vec::with_capacity(TEMPLATES.len());
        for template in TEMPLATES {
            texts.push((template.0, text_of(template, overrides)?));
        }
        tera.add_raw_templates(texts).map_err(|source| failed("templates", source))?;
        let style = inlined(STYLE, overrides)?;
        let script = inlined(SCRIPT, overrides)?;
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
             base-uri 'none'; form-action 'none'",
            base64(&Sha256::digest(&style)),
            base64(&Sha256::digest(&script))
        );
        let (style, script) = (Value::safe_string(&style), Value::safe_string(&script));
        Ok(Self { tera, style, script, policy })
    }

    /// All pages of a model, in the order in which a reader meets them.
    pub fn page_list(&self, model: &Model) -> Vec<PageId> {
        let mut pages = vec![PageId::Index, PageId::Completeness, PageId::Controls];
        pages.extend((0..model.requirements.len()).map(PageId::Control));
        pages.extend([PageId::Exceptions, PageId::People]);
        pages.extend((0..model.people.len()).map(PageId::Dossier));
        pages.push(PageId::Appendix);
        pages
    }

    /// Draws one page.
    pub fn draw(&self, model: &Model, id: PageId) -> Result<Page, HtmlError> {
        let path = path_of(model, id)?;
        let (template, mut context) = subject(model, id)?;
        self.frame(&mut context, model, id);
        let html = self.tera.render(template, &context).map_err(|source| failed(template, source))?;
        Ok(Page { path, bytes: html.into_bytes() })
    }

    /// What every page carries: head, left rail, style, script and the way back to the bundle's root.
    fn frame(&self, context: &mut Context, model: &Model, id: PageId) {
        let (here, root) = match id {
            PageId::Dossier(_) => ("../", "../../"),
            _ => ("", "../"),
        };
        context.insert("head", &model.head);
        context.insert("here", here);
        context.insert("root", root);
        context.insert("rail", &Rail::new(model, id));
        context.insert("page", &Edge::new(model, id));
        context.insert("policy", &self.policy);
        context.insert_value("style", self.style.clone());
        context.insert_value("script", self.script.clone());
        context.insert_value("patterns", Value::safe_string(&svg::patterns()));
    }
}

/// Path of a page inside the bundle.
fn path_of(model: &Model, id: PageId) -> Result<String, HtmlError> {
    Ok(match id {
        PageId::Index => "human/index.html".into(),
        PageId::Completeness => "human/completeness.html".into(),
        PageId::Controls => "human/controls.html".into(),
        PageId::Control(place) => {
            format!("human/control-{}.html", safe_name(&requirement(model, place)?.slug)?)
        }
        PageId::Exceptions => "human/exceptions.html".into(),
        PageId::People => "human/people.html".into(),
        PageId::Dossier(place) => format!("human/people/{}.html", safe_name(&dossier(model, place)?.token)?),
        PageId::Appendix => "human/appendix.html".into(),
    })
}

fn requirement(model: &Model, place: usize) -> Result<&Requirement, HtmlError> {
    model.requirements.get(place).ok_or(HtmlError::NoSuchPage { id: PageId::Control(place) })
}

fn dossier(model: &Model, place: usize) -> Result<&Dossier, HtmlError> {
    model.people.get(place).ok_or(HtmlError::NoSuchPage { id: PageId::Dossier(place) })
}

/// Refuses a name that could leave its folder or need escaping in a link.
fn safe_name(name: &str) -> Result<&str, HtmlError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(fits) {
        return Err(HtmlError::UnsafeName { name: name.into() });
    }
    Ok(name)
}

/// Template of a page and the part of the model that it shows.
fn subject(model: &Model, id: PageId) -> Result<(&'static str, Context), HtmlError> {
    let mut context = Context::new();
    let template = match id {
        PageId::Index => {
            context.insert("summary", &model.summary);
            "index.html"
        }
        PageId::Completeness => {
            context.insert("completeness", &model.completeness);
            let largest = model.completeness.operations.iter().map(|row| row.accesses).max();
            context.insert("largest", &largest.unwrap_or(0));
            "completeness.html"
        }
        PageId::Controls => {
            context.insert("frameworks", &frameworks(model));
            context.insert("words", &Word::ALL.map(|word| (word.as_str(), word.sentence())));
            "controls.html"
        }
        PageId::Control(place) => {
            let requirement = requirement(model, place)?;
            context.insert("requirement", requirement);
            context.insert("groups", &groups_of(model, requirement));
            context.insert("script_lines", &lines(&requirement.script));
            "control.html"
        }
        PageId::Exceptions => {
            context.insert("exceptions", &model.exceptions);
            "exceptions.html"
        }
        PageId::People => {
            context.insert("columns", &total_columns(model));
            context.insert("individuals", &model.individuals);
            context.insert("people", &model.people.iter().map(Person::new).collect::<Vec<_>>());
            "people.html"
        }
        PageId::Dossier(place) => {
            context.insert("person", dossier(model, place)?);
            "dossier.html"
        }
        PageId::Appendix => {
            context.insert("limits", &model.limits);
            context.insert("parameters", &model.parameters);
            context.insert("packs", &model.packs);
            context.insert("data_files", &model.data_files);
            context.insert("glossary", &model.glossary);
            "appendix.html"
        }
    };
    Ok((template, context))
}

/// Requirements of one framework, as the index of requirements lists them.
#[derive(Debug, Serialize)]
struct Framework<'m> {
    title: &'m str,
    pack: &'m str,
    requirements: Vec<&'m Requirement>,
}

/// Requirements under the heading of their pack, in the order of the model.
fn frameworks(model: &Model) -> Vec<Framework<'_>> {
    let mut found: Vec<Framework<'_>> = Vec::new();
    for requirement in &model.requirements {
        match found.iter_mut().find(|framework| framework.pack == requirement.pack) {
            Some(framework) => framework.requirements.push(requirement),
            None => found.push(Framework {
                title: &requirement.framework,
                pack: &requirement.pack,
                requirements: vec![requirement],
            }),
        }
    }
    found
}

/// A group of the register as a requirement's page links to it.
#[derive(Debug, Serialize)]
struct GroupLink<'m> {
    id: &'m str,
    cause: &'m str,
    subject: &'m str,
    count: u64,
}

/// For each test of a requirement, the groups that it produced and that the register prints.
fn groups_of<'m>(model: &'m Model, requirement: &Requirement) -> Vec<Vec<GroupLink<'m>>> {
    let link = |group: &'m ExceptionGroup| GroupLink {
        id: &group.id,
        cause: &group.cause,
        subject: &group.subject,
        count: group.count,
    };
    let of_test =
        |test: &Test| model.exceptions.rows.iter().filter(|group| group.test == test.id).map(link).collect();
    requirement.tests.iter().map(of_test).collect()
}

/// Lines of a rule text; the end of a line is layout there, while a control character elsewhere is shown.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.replace('\t', "    ")).collect()
}

/// A row of the list of people.
#[derive(Debug, Serialize)]
struct Person<'m> {
    token: &'m str,
    name: &'m str,
    kind: &'m str,
    grade: &'m str,
    totals: &'m [Share],
    totals_line: &'m str,
}

impl<'m> Person<'m> {
    fn new(person: &'m Dossier) -> Self {
        Self {
            token: &person.token,
            name: &person.name,
            kind: &person.kind,
            grade: &person.grade,
            totals: &person.totals,
            totals_line: &person.totals_line,
        }
    }
}

/// Column heads for the totals of people when all have the same ones; none otherwise, and the line of words
/// stands.
fn total_columns(model: &Model) -> Vec<&str> {
    let Some(first) = model.people.first() else {
        return Vec::new();
    };
    let heads: Vec<&str> = first.totals.iter().map(|share| share.label.as_str()).collect();
    let same =
        |person: &Dossier| person.totals.iter().map(|share| share.label.as_str()).eq(heads.iter().copied());
    if model.people.iter().all(same) { heads } else { Vec::new() }
}

/// Refuses a folder with a file that would replace nothing; a misspelt name must not pass unseen.
fn refuse_unknown_names(folder: &Path) -> Result<(), HtmlError> {
    let unreadable = |source| HtmlError::Unreadable { name: folder.display().to_string(), source };
    let mut known: Vec<&str> = TEMPLATES.iter().map(|template| template.0).collect();
    known.extend([STYLE.0, SCRIPT.0]);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !name.starts_with('.') && !known.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    match names.into_iter().next() {
        Some(name) => Err(HtmlError::UnknownTemplate { name, known: known.join(", ") }),
        None => Ok(()),
    }
}

/// The replacing text of a template if the folder has one, else the embedded text.
fn text_of((name, embedded): (&str, &str), overrides: Option<&Path>) -> Result<String, HtmlError> {
    let Some(path) = overrides.map(|folder| folder.join(name)).filter(|path| path.is_file()) else {
        return Ok(embedded.into());
    };
    std::fs::read_to_string(&path)
        .map(|text| text.replace("\r\n", "\n"))
        .map_err(|source| HtmlError::Unreadable { name: name.into(), source })
}

/// A style sheet or script as it stands between its tags; its hash goes into the page's policy.
fn inlined(file: (&str, &str), overrides: Option<&Path>) -> Result<String, HtmlError> {
    let text = text_of(file, overrides)?;
    if text.contains("</") {
        return Err(HtmlError::EndsElement { name: file.0.into() });
    }
    Ok(text)
}

fn failed(name: &str, source: tera::Error) -> HtmlError {
    HtmlError::Template { name: name.into(), source: Box::new(source) }
}

#[cfg(test)]
mod tests;
