//! From display lists to the bytes of a PDF file: printpdf writes pages and fonts, lopdf puts the document's frame right.
//! Comes in: a finished drawing. Goes out: bytes that are equal for an equal drawing.
//! Never lets through what printpdf makes up: identifiers, dates, header version (see the notes in each function).

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Object, ObjectId, StringFormat};
use printpdf::{Color, FontId, Op, PdfFontHandle, PdfPage, Point, Pt, Rgb, TextItem};

use crate::bundle::model::Head;

use super::PdfError;
use super::canvas::{Area, Colour, Corner, Link, Mark, PAGE_HEIGHT, PAGE_WIDTH, Page, Place, Stroke, Words};
use super::fonts::{Face, Fonts};
use super::layout::{Drawing, Entry};

/// Writes a document.
pub(crate) fn bytes(drawing: &Drawing, fonts: &Fonts, head: &Head, path: &str) -> Result<Vec<u8>, PdfError> {
    let mut document = printpdf::PdfDocument::new(&drawing.title);
    for (face, used) in used_characters(drawing, fonts) {
        // Under our own id: printpdf's own ids differ between two documents of one process.
        document.resources.fonts.map.insert(FontId(face.tag().to_owned()), fonts.cut(face, &used)?);
    }
    let ink = Ink::new(fonts);
    document.pages = drawing.pages.iter().map(|page| ink.page(page)).collect();
    let options = printpdf::PdfSaveOptions { subset_fonts: false, ..printpdf::PdfSaveOptions::default() };
    let mut warnings = Vec::new();
    let mut file = document.to_lopdf_document(&options, &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(PdfError::Write { path: path.to_owned(), cause: format!("{warning:?}") });
    }
    let failed =
        |cause: &dyn std::fmt::Display| PdfError::Write { path: path.to_owned(), cause: cause.to_string() };
    frame(&mut file, drawing, head, path).map_err(|cause| failed(&cause))?;
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|cause| failed(&cause))?;
    Ok(bytes)
}

/// A text cut into stretches of one face each, because a face may lack a character that another has.
fn stretches<'t>(fonts: &Fonts, words: &'t Words) -> Vec<(Face, &'t str)> {
    let wanted = words.style.face;
    let mut out: Vec<(Face, &str)> = Vec::new();
    let mut start = 0;
    let mut current = None;
    for (at, character) in words.text.char_indices() {
        let face = fonts.cover(wanted, character).unwrap_or(wanted);
        if current.is_some_and(|current| current != face) {
            out.push((current.unwrap_or(wanted), words.text.get(start..at).unwrap_or_default()));
            start = at;
        }
        current = Some(face);
    }
    out.push((current.unwrap_or(wanted), words.text.get(start..).unwrap_or_default()));
    out
}

fn used_characters(drawing: &Drawing, fonts: &Fonts) -> BTreeMap<Face, BTreeSet<char>> {
    let mut used: BTreeMap<Face, BTreeSet<char>> = BTreeMap::new();
    for words in drawing.pages.iter().flat_map(|page| &page.words) {
        for (face, text) in stretches(fonts, words) {
            used.entry(face).or_default().extend(text.chars());
        }
    }
    used
}

/// Turns display lists into printpdf's operations.
struct Ink<'f> {
    fonts: &'f Fonts,
}

/// What the graphics state holds, so that only changes are written.
#[derive(Default)]
struct State {
    fill: Option<Colour>,
    line: Option<Colour>,
    width: Option<f32>,
    font: Option<(Face, f32)>,
    at: (f32, f32),
    ops: Vec<Op>,
}

impl<'f> Ink<'f> {
    fn new(fonts: &'f Fonts) -> Ink<'f> {
        Ink { fonts }
    }

    fn page(&self, page: &Page) -> PdfPage {
        let mut state = State::default();
        page.marks.iter().for_each(|mark| state.mark(mark));
        state.ops.push(Op::StartTextSection);
        page.words.iter().for_each(|words| self.words(&mut state, words));
        state.ops.push(Op::EndTextSection);
        let size = |pt: f32| Pt(pt).into();
        PdfPage::new(size(PAGE_WIDTH), size(PAGE_HEIGHT), state.ops)
    }

    fn words(&self, state: &mut State, words: &Words) {
        if words.text.is_empty() {
            return;
        }
        state.fill(words.style.colour);
        let mut x = words.x;
        for (face, text) in stretches(self.fonts, words) {
            state.font(face, words.style.size);
            state.place(x, PAGE_HEIGHT - words.y);
            state.ops.push(Op::ShowText { items: vec![TextItem::Text(text.to_owned())] });
            x += self.fonts.width(words.style.face, words.style.size, text);
        }
    }
}

fn colour((red, green, blue): Colour) -> Color {
    let part = |value: u8| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb { r: part(red), g: part(green), b: part(blue), icc_profile: None })
}

/// A point with the origin moved to the lower left corner, in hundredths of a point.
fn point(x: f32, y: f32) -> Point {
    Point { x: Pt(hundredth(x)), y: Pt(hundredth(PAGE_HEIGHT - y)) }
}

fn hundredth(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

impl State {
    fn fill(&mut self, wanted: Colour) {
        if self.fill != Some(wanted) {
            self.fill = Some(wanted);
            self.ops.push(Op::SetFillColor { col: colour(wanted) });
        }
    }

    fn line(&mut self, wanted: Colour, width: f32) {
        if self.line != Some(wanted) {
            self.line = Some(wanted);
            self.ops.push(Op::SetOutlineColor { col: colour(wanted) });
        }
        if self.width != Some(width) {
            self.width = Some(width);
            self.ops.push(Op::SetOutlineThickness { pt: Pt(width) });
        }
    }

    fn font(&mut self, face: Face, size: f32) {
        if self.font != Some((face, size)) {
            self.font = Some((face, size));
            let font = PdfFontHandle::External(FontId(face.tag().to_owned()));
            self.ops.push(Op::SetFont { font, size: Pt(size) });
        }
    }

    /// The text cursor moves relative to the start of the last text, never absolutely.
    fn place(&mut self, x: f32, y: f32) {
        let (x, y) = (hundredth(x), hundredth(y));
        let pos = Point { x: Pt(hundredth(x - self.at.0)), y: Pt(hundredth(y - self.at.1)) };
        self.ops.push(Op::SetTextCursor { pos });
        self.at = (self.at.0 + pos.x.0, self.at.1 + pos.y.0);
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Fill(area, colour) => {
                self.fill(*colour);
                self.rectangle(*area, printpdf::PaintMode::Fill);
            }
            Mark::Frame(area, colour, width) => {
                self.line(*colour, *width);
                self.rectangle(*area, printpdf::PaintMode::Stroke);
            }
            Mark::Stroke(stroke) => self.stroke(stroke),
            Mark::Shape { corners, colour, hollow } => self.shape(corners, *colour, *hollow),
        }
    }

    fn rectangle(&mut self, area: Area, mode: printpdf::PaintMode) {
        let corner = point(area.x, area.y + area.h);
        let rectangle = printpdf::Rect {
            x: corner.x,
            y: corner.y,
            width: Pt(hundredth(area.w)),
            height: Pt(hundredth(area.h)),
            mode: Some(mode),
            winding_order: None,
        };
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    fn stroke(&mut self, stroke: &Stroke) {
        self.line(stroke.colour, stroke.width);
        let end = |(x, y): (f32, f32)| printpdf::LinePoint { p: point(x, y), bezier: false };
        let points = vec![end(stroke.from), end(stroke.to)];
        self.ops.push(Op::DrawLine { line: printpdf::Line { points, is_closed: false } });
    }

    fn shape(&mut self, corners: &[Corner], colour: Colour, hollow: bool) {
        let mode = if hollow {
            self.line(colour, 0.9);
            printpdf::PaintMode::Stroke
        } else {
            self.fill(colour);
            printpdf::PaintMode::Fill
        };
        let at = |corner: &Corner| printpdf::LinePoint { p: point(corner.x, corner.y), bezier: corner.bend };
        let rings = vec![printpdf::PolygonRing { points: corners.iter().map(at).collect() }];
        let winding_order = printpdf::WindingOrder::NonZero;
        self.ops.push(Op::DrawPolygon { polygon: printpdf::Polygon { rings, mode, winding_order } });
    }
}

/// Version, language, title, outline, links, information and identifiers.
fn frame(file: &mut lopdf::Document, drawing: &Drawing, head: &Head, path: &str) -> Result<(), lopdf::Error> {
    // printpdf writes 1.3 although the file holds later features.
    file.version = "1.7".to_owned();
    file.binary_mark = vec![0xe2, 0xe3, 0xcf, 0xd3];
    let pages: Vec<ObjectId> = file.get_pages().into_values().collect();
    for (page, id) in drawing.pages.iter().zip(&pages) {
        let links = annotations(file, &page.links, drawing, &pages);
        let page = file.get_object_mut(*id)?.as_dict_mut()?;
        page.remove(b"Annots");
        if !links.is_empty() {
            page.set("Annots", links);
        }
    }
    let outline = outline(file, &drawing.outline, &pages);
    let catalog = file.catalog_mut()?;
    catalog.set("Lang", Object::string_literal("en"));
    catalog.set("ViewerPreferences", dictionary([("DisplayDocTitle", true.into())]));
    catalog.set("PageMode", name(if outline.is_some() { "UseOutlines" } else { "UseNone" }));
    if let Some(outline) = outline {
        catalog.set("Outlines", outline);
    }
    let information = file.add_object(information(&drawing.title, head));
    file.trailer.set("Info", information);
    // printpdf counts its identifiers up within a process; ours name the bundle's content and the document.
    let digest = head.content_digest.get(..32).unwrap_or(&head.content_digest);
    let first = Object::String(digest.as_bytes().to_vec(), StringFormat::Hexadecimal);
    let second = Object::String(format!("{digest} {path}").into_bytes(), StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![first, second]);
    file.prune_objects();
    Ok(())
}

fn dictionary<const N: usize>(entries: [(&str, Object); N]) -> Dictionary {
    Dictionary::from_iter(entries)
}

fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}

/// A text string outside the pages: UTF-16 with its mark, so that every reader shows the same.
fn string(text: &str) -> Object {
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    Object::String([0xfe, 0xff].into_iter().chain(units).collect(), StringFormat::Hexadecimal)
}

fn target(place: Place, pages: &[ObjectId]) -> Option<Object> {
    let page = pages.get(place.page)?;
    let top = hundredth(PAGE_HEIGHT - place.y + 6.0);
    Some(Object::Array(vec![Object::Reference(*page), name("XYZ"), Object::Null, top.into(), Object::Null]))
}

fn annotations(
    file: &mut lopdf::Document,
    links: &[Link],
    drawing: &Drawing,
    pages: &[ObjectId],
) -> Vec<Object> {
    let mut out = Vec::new();
    for link in links {
        let place = drawing.anchors.get(&link.anchor);
        let Some(target) = place.and_then(|place| target(*place, pages)) else {
            continue;
        };
        let (area, low) = (link.area, PAGE_HEIGHT - link.area.y - link.area.h);
        let edges = [area.x, low, area.x + area.w, low + area.h].map(|edge| hundredth(edge).into());
        let id = file.add_object(dictionary([
            ("Type", name("Annot")),
            ("Subtype", name("Link")),
            ("Rect", Object::Array(edges.to_vec())),
            ("Border", Object::Array(vec![0.into(), 0.into(), 0.into()])),
            ("F", 4.into()),
            ("Dest", target),
        ]));
        out.push(Object::Reference(id));
    }
    out
}

/// An entry of the outline with the object that will hold it.
type Item<'e> = (ObjectId, &'e Entry);

/// Writes the outline, two levels deep. printpdf's own is flat and sorted by name.
fn outline(file: &mut lopdf::Document, entries: &[Entry], pages: &[ObjectId]) -> Option<Object> {
    let root = file.new_object_id();
    let mut tops: Vec<(Item<'_>, Vec<Item<'_>>)> = Vec::new();
    for entry in entries {
        let id = file.new_object_id();
        match tops.last_mut() {
            Some((_, below)) if entry.nested => below.push((id, entry)),
            _ => tops.push(((id, entry), Vec::new())),
        }
    }
    let level: Vec<Item<'_>> = tops.iter().map(|(item, _)| *item).collect();
    let ends = outline_level(file, root, &level, pages)?;
    for ((parent, _), below) in &tops {
        if let Some((first, last)) = outline_level(file, *parent, below, pages) {
            let count = i64::try_from(below.len()).unwrap_or(i64::MAX);
            if let Ok(item) = file.get_object_mut(*parent).and_then(Object::as_dict_mut) {
                item.set("First", first);
                item.set("Last", last);
                // Negative: closed until the reader opens it.
                item.set("Count", -count);
            }
        }
    }
    let count = i64::try_from(level.len()).unwrap_or(i64::MAX);
    let entries = [
        ("Type", name("Outlines")),
        ("First", ends.0.into()),
        ("Last", ends.1.into()),
        ("Count", count.into()),
    ];
    file.set_object(root, dictionary(entries));
    Some(Object::Reference(root))
}

fn outline_level(
    file: &mut lopdf::Document,
    parent: ObjectId,
    level: &[Item<'_>],
    pages: &[ObjectId],
) -> Option<(ObjectId, ObjectId)> {
    for (index, (id, entry)) in level.iter().enumerate() {
        let mut item = dictionary([("Title", string(&entry.title)), ("Parent", parent.into())]);
        if let Some(target) = target(entry.place, pages) {
            item.set("Dest", target);
        }
        if let Some((before, _)) = index.checked_sub(1).and_then(|index| level.get(index)) {
            item.set("Prev", *before);
        }
        if let Some((after, _)) = level.get(index + 1) {
            item.set("Next", *after);
        }
        file.set_object(*id, item);
    }
    Some((level.first()?.0, level.last()?.0))
}

/// Title, generator, and the date that the bundle calls today; no clock.
fn information(title: &str, head: &Head) -> Dictionary {
    let mut out = dictionary([
        ("Title", string(title)),
        ("Subject", string(&head.bundle_id)),
        ("Creator", string(&head.generator)),
        ("Producer", string("trailwitness, printpdf, lopdf")),
    ]);
    if let Some(date) = date(&head.as_of) {
        out.set("CreationDate", Object::string_literal(date.as_str()));
        out.set("ModDate", Object::string_literal(date));
    }
    out
}

/// `2026-04-01` or `2026-04-01T09:30:00Z` in the form of PDF; anything else is left out.
fn date(as_of: &str) -> Option<String> {
    let digits: String = as_of.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        8 => Some(format!("D:{digits}000000Z")),
        14 => Some(format!("D:{digits}Z")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::shared;
    use super::super::layout::Flow;
    use super::*;

    fn head() -> Head {
        let content_digest = "3f6c0c1f".repeat(8);
        Head { content_digest, as_of: "2026-04-01".into(), bundle_id: "evidence_x".into(), ..Head::default() }
    }

    fn sample() -> lopdf::Document {
        let fonts = shared().unwrap();
        let mut flow = Flow::new(fonts, "A title", "left");
        flow.index_line(None, "see", "there");
        flow.section("First");
        flow.heading("Below");
        flow.turn();
        flow.section("Second");
        flow.anchor("there");
        let bytes = bytes(&flow.finish(&head()), fonts, &head(), "human/x.pdf").unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        lopdf::Document::load_mem(&bytes).unwrap()
    }

    #[test]
    fn the_frame_is_right() {
        let file = sample();
        let catalog = file.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
        assert_eq!(catalog.get(b"PageMode").unwrap().as_name().unwrap(), b"UseOutlines");
        let info = file.get_object(file.trailer.get(b"Info").unwrap().as_reference().unwrap()).unwrap();
        let made = info.as_dict().unwrap().get(b"CreationDate").unwrap().as_str().unwrap();
        assert_eq!(made, b"D:20260401000000Z");
        assert!(info.as_dict().unwrap().get(b"GTS_PDFXVersion").is_err());
    }

    #[test]
    fn the_outline_keeps_its_order_and_nests() {
        let file = sample();
        let root = file.catalog().unwrap().get(b"Outlines").unwrap().as_reference().unwrap();
        let first = file.get_dictionary(root).unwrap().get(b"First").unwrap().as_reference().unwrap();
        let first = file.get_dictionary(first).unwrap();
        assert_eq!(first.get(b"Title").unwrap(), &string("First"));
        assert_eq!(first.get(b"Count").unwrap().as_i64().unwrap(), -1);
        let next = file.get_dictionary(first.get(b"Next").unwrap().as_reference().unwrap()).unwrap();
        assert_eq!(next.get(b"Title").unwrap(), &string("Second"));
    }

    #[test]
    fn links_lead_to_the_page_of_their_anchor() {
        let file = sample();
        let pages: Vec<ObjectId> = file.get_pages().into_values().collect();
        let links = file.get_dictionary(pages[0]).unwrap().get(b"Annots").unwrap().as_array().unwrap();
        let link = file.get_dictionary(links[0].as_reference().unwrap()).unwrap();
        let target = link.get(b"Dest").unwrap().as_array().unwrap();
        assert_eq!(target[0].as_reference().unwrap(), pages[1]);
    }

    #[test]
    fn dates_come_from_as_of_or_not_at_all() {
        assert_eq!(date("2026-04-01T09:30:00Z").as_deref(), Some("D:20260401093000Z"));
        assert_eq!(date("soon"), None);
    }
}
