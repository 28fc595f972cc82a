//! PDF documents of the bundle: overview, completeness, controls, exceptions register and one dossier a person.
//! Comes in: the finished model. Goes out: one document at a time, as bytes that are equal for an equal model.
//! Never counts, sorts or judges, never reads a clock, never trusts a character that came from a log.

mod canvas;
mod chain;
mod charts;
mod documents;
#[cfg(test)]
mod fixture;
mod fonts;
mod layout;
mod strips;
mod table;
mod text;
mod write;

use crate::bundle::model::Model;

/// Why a document could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// An embedded face cannot be read.
    #[error("embedded font {face} cannot be read: {cause}")]
    Font {
        /// File name of the face.
        face: &'static str,
        /// What the font parser said.
        cause: String,
    },
    /// The document could not be written.
    #[error("PDF {path} could not be written: {cause}")]
    Write {
        /// Path inside the bundle.
        path: String,
        /// What went wrong.
        cause: String,
    },
    /// The plan names a person or a pack that the model does not hold.
    #[error("nobody and nothing stands behind {path}")]
    NoSuchSubject {
        /// Path inside the bundle.
        path: String,
    },
}

/// One document to draw: its place in the bundle and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Path inside the bundle, `human/00-overview.pdf`.
    pub path: String,
    part: Part,
}

impl Plan {
    /// Whether it is a person's dossier.
    pub fn is_dossier(&self) -> bool {
        matches!(self.part, Part::Person(_))
    }
}

/// What a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Overview,
    Completeness,
    Controls(usize),
    Exceptions,
    Person(usize),
}

/// A finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Path inside the bundle.
    pub path: String,
    /// The PDF file.
    pub bytes: Vec<u8>,
    /// Number of its pages.
    pub pages: u32,
}

/// Lists the documents of a bundle in reading order; nothing is drawn yet.
pub fn plan(model: &Model) -> Vec<Plan> {
    let fixed = |path: &str, part| Plan { path: path.to_owned(), part };
    let mut plans = vec![
        fixed("human/00-overview.pdf", Part::Overview),
        fixed("human/10-completeness.pdf", Part::Completeness),
    ];
    let packs = &model.summary.packs;
    plans.extend(packs.iter().enumerate().map(|(index, pack)| Plan {
        path: match packs.len() {
            1 => "human/20-controls.pdf".to_owned(),
            _ => format!("human/20-controls_{}.pdf", pack.pack),
        },
        part: Part::Controls(index),
    }));
    plans.push(fixed("human/30-exceptions.pdf", Part::Exceptions));
    plans.extend((0..model.people.len()).filter_map(|index| dossier(model, index)));
    plans
}

/// The dossier of one person of the model.
pub fn dossier(model: &Model, index: usize) -> Option<Plan> {
    let person = model.people.get(index)?;
    Some(Plan { path: format!("human/50-users/{}.pdf", person.token), part: Part::Person(index) })
}

/// Draws one planned document.
pub fn draw(model: &Model, plan: &Plan) -> Result<Drawn, PdfError> {
    let drawing = lay_out(model, plan)?;
    let pages = u32::try_from(drawing.pages.len()).unwrap_or(u32::MAX);
    let bytes = write::bytes(&drawing, fonts::shared()?, &model.head, &plan.path)?;
    Ok(Drawn { path: plan.path.clone(), bytes, pages })
}

/// Fills the pages of a document, before any of it becomes PDF.
fn lay_out(model: &Model, plan: &Plan) -> Result<layout::Drawing, PdfError> {
    let fonts = fonts::shared()?;
    let head = &model.head;
    let flow = match plan.part {
        Part::Overview => documents::overview::draw(model, fonts),
        Part::Completeness => documents::completeness::draw(model, fonts),
        Part::Controls(index) => {
            let missing = || PdfError::NoSuchSubject { path: plan.path.clone() };
            let pack = model.summary.packs.get(index).ok_or_else(missing)?;
            documents::controls::draw(model, pack, fonts)
        }
        Part::Exceptions => documents::exceptions::draw(model, fonts),
        Part::Person(index) => {
            let missing = || PdfError::NoSuchSubject { path: plan.path.clone() };
            let person = model.people.get(index).ok_or_else(missing)?;
            documents::dossier::draw(head, person, fonts)
        }
    };
    Ok(flow.finish(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_model_same_bytes_within_one_process() {
        let model = fixture::model();
        for plan in plan(&model).iter().take(5) {
            let first = draw(&model, plan).unwrap();
            let second = draw(&model, plan).unwrap();
            assert!(first.bytes == second.bytes, "{} differs", plan.path);
            assert!(first.pages > 0);
        }
    }

    #[test]
    fn an_empty_model_still_gives_every_document_but_those_of_packs() {
        let model = Model::default();
        let drawn: Vec<_> = plan(&model).iter().map(|plan| draw(&model, plan).unwrap().path).collect();
        assert_eq!(drawn.len(), 3);
    }

    #[test]
    fn no_text_leaves_its_page_and_every_character_has_a_glyph() {
        let model = fixture::model();
        let fonts = fonts::shared().unwrap();
        for plan in plan(&model) {
            let drawing = lay_out(&model, &plan).unwrap();
            for words in drawing.pages.iter().flat_map(|page| &page.words) {
                let style = words.style;
                let right = words.x + fonts.width(style.face, style.size, &words.text);
                assert!(words.x >= canvas::LEFT - 0.1 && right <= canvas::RIGHT + 1.0, "{}", words.text);
                assert!(words.y > 30.0 && words.y < canvas::PAGE_HEIGHT - 30.0, "{}", words.text);
                let covered = |character| fonts.cover(style.face, character).is_some();
                assert!(words.text.chars().all(covered), "{}", words.text);
            }
        }
    }

    #[test]
    fn no_heading_stands_alone_at_the_foot_of_a_page() {
        let model = fixture::model();
        for plan in plan(&model) {
            for page in lay_out(&model, &plan).unwrap().pages {
                let body =
                    page.words.iter().filter(|words| words.y > canvas::TOP && words.y <= canvas::BOTTOM);
                let Some(last) = body.max_by(|a, b| a.y.total_cmp(&b.y)) else {
                    continue;
                };
                let alone = [text::SECTION, text::HEADING, text::HEAD].contains(&last.style);
                assert!(!alone, "{} of {}", last.text, plan.path);
            }
        }
    }

    #[test]
    fn every_link_leads_somewhere() {
        let model = fixture::model();
        for plan in plan(&model) {
            let drawing = lay_out(&model, &plan).unwrap();
            let links = drawing.pages.iter().flat_map(|page| &page.links);
            assert!(links.into_iter().all(|link| drawing.anchors.contains_key(&link.anchor)));
        }
    }

    #[test]
    fn overview_stays_small() {
        let model = fixture::model();
        let overview = draw(&model, &plan(&model)[0]).unwrap();
        assert!(overview.bytes.len() < 150_000, "{} bytes", overview.bytes.len());
    }

    #[test]
    fn a_plan_for_a_missing_person_is_an_error() {
        let model = fixture::model();
        let plans = plan(&model);
        let outcome = draw(&Model::default(), &plans[4]);
        assert!(matches!(outcome, Err(PdfError::NoSuchSubject { .. })));
    }

    /// Writes the fixture's documents for a look with other tools: `TRAILWITNESS_PDF_OUT=dir cargo test -- --ignored`.
    #[test]
    #[ignore = "writes files to look at"]
    fn write_the_fixture() {
        let folder = std::path::PathBuf::from(std::env::var("TRAILWITNESS_PDF_OUT").unwrap());
        let model = fixture::model();
        for plan in plan(&model) {
            let drawn = draw(&model, &plan).unwrap();
            let file = folder.join(drawn.path.replace('/', "_"));
            std::fs::write(file, drawn.bytes).unwrap();
        }
    }
}
