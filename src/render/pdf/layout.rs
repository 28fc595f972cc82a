//! The flow of a document: headings, paragraphs, facts and lists from top to bottom over as many pages as it takes.
//! Comes in: texts of the model. Goes out: pages with heads and feet, an outline, and the places links lead to.
//! Never leaves a heading alone at the foot of a page, never shortens a text.

use std::collections::BTreeMap;

use crate::bundle::model::{Fact, Head, Word};

use super::canvas::{
    ACCENT, Area, BAND, BOTTOM, HAIRLINE, LEFT, Link, PAGE_HEIGHT, Page, Place, RIGHT, TOP, WIDTH, Words,
    verdict_colour,
};
use super::fonts::Fonts;
use super::text::{self, BODY, BODY_CODE, HEADING, LABEL, NOTE, SECTION, STRONG, Style, TITLE};

/// Room that a heading wants below itself before a page ends.
const KEEP: f32 = 48.0;
/// Room above the heading of a section.
const SECTION_GAP: f32 = 12.0;
/// Width of the labels of facts.
const LABELS: f32 = 112.0;

/// An entry of the outline (bookmarks).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Words.
    pub(crate) title: String,
    /// Whether it stands below the last entry that does not.
    pub(crate) nested: bool,
    /// Where it leads.
    pub(crate) place: Place,
}

/// A finished document before it becomes PDF.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// Title for the file's information and the reader's window.
    pub(crate) title: String,
    /// Pages.
    pub(crate) pages: Vec<Page>,
    /// Outline in order.
    pub(crate) outline: Vec<Entry>,
    /// Places by name.
    pub(crate) anchors: BTreeMap<String, Place>,
}

/// A document that grows from top to bottom.
pub(crate) struct Flow<'f> {
    /// Faces to measure with.
    pub(crate) fonts: &'f Fonts,
    /// Where the next thing begins, from the top of the page.
    pub(crate) y: f32,
    drawing: Drawing,
    page: Page,
    running: String,
}

impl<'f> Flow<'f> {
    /// Begins a document; `running` is the left part of the page heads until it changes.
    pub(crate) fn new(fonts: &'f Fonts, title: &str, running: &str) -> Flow<'f> {
        let title = text::shown(fonts, title);
        let drawing = Drawing { title, pages: Vec::new(), outline: Vec::new(), anchors: BTreeMap::new() };
        let page = Page { running: running.to_owned(), ..Page::default() };
        Flow { fonts, y: TOP, drawing, page, running: running.to_owned() }
    }

    /// The page that is being filled.
    pub(crate) fn page(&mut self) -> &mut Page {
        &mut self.page
    }

    /// Height left on this page.
    pub(crate) fn left(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Begins a new page; headings at the foot of this one move along.
    pub(crate) fn turn(&mut self) {
        let carried = self.trailing_headings();
        let fresh = Page { running: self.running.clone(), ..Page::default() };
        let page = self.drawing.pages.len();
        self.drawing.pages.push(std::mem::replace(&mut self.page, fresh));
        let Some(first) = carried.first() else {
            self.y = TOP;
            return;
        };
        let top = first.y - first.style.size;
        let up = top - TOP;
        self.y -= up;
        self.page.words = carried.into_iter().map(|words| Words { y: words.y - up, ..words }).collect();
        let outline = self.drawing.outline.iter_mut().map(|entry| &mut entry.place);
        for place in outline.chain(self.drawing.anchors.values_mut()) {
            if place.page == page && place.y >= top - SECTION_GAP - 0.5 {
                *place = Place { page: page + 1, y: (place.y - up).max(TOP) };
            }
        }
    }

    /// Takes the headings that end this page off it, unless it holds nothing else.
    fn trailing_headings(&mut self) -> Vec<Words> {
        let is_heading = |words: &Words| [SECTION, HEADING].contains(&words.style);
        match self.page.words.iter().rposition(|words| !is_heading(words)) {
            Some(last) => self.page.words.split_off(last + 1),
            None => Vec::new(),
        }
    }

    /// Begins a new page unless this one still has `height` left or is empty.
    pub(crate) fn need(&mut self, height: f32) {
        if self.left() < height && self.y > TOP {
            self.turn();
        }
    }

    /// Begins a new page for a new part with its own page head; an empty page is used.
    pub(crate) fn part(&mut self, running: &str) {
        self.running = running.to_owned();
        if self.y > TOP {
            self.turn();
        } else {
            self.page.running = running.to_owned();
        }
    }

    /// Moves down.
    pub(crate) fn gap(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Names this place for links and page numbers.
    pub(crate) fn anchor(&mut self, name: &str) {
        let place = self.here();
        self.drawing.anchors.insert(name.to_owned(), place);
    }

    fn here(&self) -> Place {
        Place { page: self.drawing.pages.len(), y: self.y }
    }

    fn enter(&mut self, title: &str, nested: bool) {
        let entry = Entry { title: text::shown(self.fonts, title), nested, place: self.here() };
        self.drawing.outline.push(entry);
    }

    /// Title of the document, in the outline.
    pub(crate) fn title(&mut self, words: &str) {
        self.need(TITLE.lead + KEEP);
        self.enter(words, false);
        self.lines(TITLE, words, LEFT, WIDTH);
        self.gap(6.0);
    }

    /// Heading of a section, in the outline.
    pub(crate) fn section(&mut self, words: &str) {
        self.gap(SECTION_GAP);
        self.need(SECTION.lead + KEEP);
        self.enter(words, false);
        self.lines(SECTION, words, LEFT, WIDTH);
        self.gap(3.0);
    }

    /// Heading inside a section, nested in the outline.
    pub(crate) fn heading(&mut self, words: &str) {
        self.gap(8.0);
        self.need(HEADING.lead + KEEP);
        self.enter(words, true);
        self.lines(HEADING, words, LEFT, WIDTH);
        self.gap(2.0);
    }

    /// Caption of a table or chart: like a heading, but not in the outline; keeps `keep` of room below.
    pub(crate) fn caption(&mut self, words: &str, keep: f32) {
        self.gap(8.0);
        self.need(HEADING.lead + keep);
        self.lines(HEADING, words, LEFT, WIDTH);
        self.gap(1.0);
    }

    /// A paragraph of body text; an empty line in it begins the next one.
    pub(crate) fn paragraph(&mut self, words: &str) {
        self.styled(BODY, words);
    }

    /// A paragraph that must not be missed.
    pub(crate) fn strong(&mut self, words: &str) {
        self.styled(STRONG, words);
    }

    /// A note below a table or chart.
    pub(crate) fn note(&mut self, words: &str) {
        self.styled(NOTE, words);
    }

    /// Paragraphs in a style; single line ends are spaces.
    pub(crate) fn styled(&mut self, style: Style, words: &str) {
        for paragraph in words.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            let joined: Vec<&str> = paragraph.lines().map(str::trim).collect();
            self.lines(style, joined.join(" ").trim(), LEFT, WIDTH);
            self.gap(3.0);
        }
    }

    /// A list with dashes; says `none` when it is empty.
    pub(crate) fn list(&mut self, items: &[String]) {
        if items.is_empty() {
            self.styled(LABEL, "none");
        }
        for item in items {
            self.need(BODY.lead);
            let base = self.y + BODY.size;
            self.page.write(LEFT, base, BODY, "–");
            self.lines(BODY, item, LEFT + 12.0, WIDTH - 12.0);
            self.gap(1.5);
        }
        self.gap(2.0);
    }

    /// Labels with their values; hashes and ARNs are set in mono.
    pub(crate) fn facts<'t>(&mut self, facts: impl IntoIterator<Item = (&'t str, &'t str)>) {
        for (label, value) in facts {
            self.fact(label, value, LABELS);
        }
        self.gap(3.0);
    }

    /// Facts as the model holds them; says `none` when there are none.
    pub(crate) fn fact_list(&mut self, facts: &[Fact]) {
        if facts.is_empty() {
            self.styled(LABEL, "none");
        }
        self.facts(facts.iter().map(|fact| (fact.label.as_str(), fact.value.as_str())));
    }

    /// One label, in a column of the given width, with its value.
    pub(crate) fn fact(&mut self, label: &str, value: &str, width: f32) {
        let value = text::or_none(value);
        let style = if is_code(value) { BODY_CODE } else { BODY };
        let labels = text::wrap(self.fonts, LABEL, label, width - 8.0);
        let values = text::wrap(self.fonts, style, value, WIDTH - width);
        let rows = labels.len().max(values.len());
        if rows < 12 {
            self.need(BODY.lead * rows as f32);
        }
        let (mut labels, mut values) = (labels.into_iter(), values.into_iter());
        for _ in 0..rows {
            self.need(BODY.lead);
            let base = self.y + BODY.size;
            if let Some(label) = labels.next() {
                self.page.write(LEFT, base, LABEL, label);
            }
            if let Some(value) = values.next() {
                self.page.write(LEFT + width, base, style, value);
            }
            self.y += BODY.lead;
        }
        self.y += 1.0;
    }

    /// Wrapped lines at the given left edge and width, over page ends if need be.
    pub(crate) fn lines(&mut self, style: Style, words: &str, x: f32, width: f32) {
        for line in text::wrap(self.fonts, style, words, width) {
            self.need(style.lead);
            let base = self.y + style.size;
            self.page.write(x, base, style, line);
            self.y += style.lead;
        }
    }

    /// Source text line by line, in mono on a quiet band.
    pub(crate) fn script(&mut self, source: &str) {
        let style = text::CODE;
        let lead = style.size + 2.5;
        for line in source.lines() {
            let line = line.replace('\t', "    ");
            for piece in text::wrap(self.fonts, style, &line, WIDTH - 12.0) {
                self.need(lead);
                let area = Area { x: LEFT, y: self.y, w: WIDTH, h: lead };
                self.page.fill(area, BAND);
                let base = self.y + style.size;
                self.page.write(LEFT + 6.0, base, style, piece);
                self.y += lead;
            }
        }
        self.gap(4.0);
    }

    /// The verdict line: shape, word, sentence, then the counts of other words and the qualifiers.
    pub(crate) fn verdict(&mut self, word: Word, other_words: &str, qualifiers: &[String]) {
        self.need(BODY.lead * 3.0);
        let base = self.y + BODY.size;
        self.page.verdict(word, LEFT, base, 8.0);
        let style = Style { colour: verdict_colour(word), ..STRONG };
        let sentence = format!("{} – {}", word.as_str(), word.sentence());
        self.lines(style, &sentence, LEFT + 14.0, WIDTH - 14.0);
        let other = (!other_words.is_empty()).then(|| format!("also: {other_words}"));
        let beside: Vec<String> = other.into_iter().chain(qualifiers.iter().cloned()).collect();
        if !beside.is_empty() {
            self.lines(LABEL, &beside.join(" · "), LEFT + 14.0, WIDTH - 14.0);
        }
        self.gap(4.0);
    }

    /// A short line that leads to an anchor.
    pub(crate) fn lead_to(&mut self, words: &str, anchor: &str) {
        self.need(NOTE.lead);
        let wide = self.fonts.width(NOTE.face, NOTE.size, words);
        let (area, base) = (Area { x: LEFT, y: self.y, w: wide, h: NOTE.lead }, self.y + NOTE.size);
        self.page.links.push(Link { area, anchor: anchor.to_owned() });
        self.page.write(LEFT, base, Style { colour: ACCENT, ..NOTE }, words);
        self.y += NOTE.lead;
    }

    /// A line of an index: words that link to an anchor, and the page number of it at the right.
    pub(crate) fn index_line(&mut self, mark: Option<Word>, words: &str, anchor: &str) {
        let indent = if mark.is_some() { 14.0 } else { 0.0 };
        let lines = text::wrap(self.fonts, BODY, words, WIDTH - 50.0 - indent);
        self.need(BODY.lead * lines.len() as f32);
        let base = self.y + BODY.size;
        if let Some(word) = mark {
            self.page.verdict(word, LEFT, base, 7.0);
        }
        let height = BODY.lead * lines.len() as f32;
        let area = Area { x: LEFT, y: self.y, w: WIDTH, h: height };
        self.page.links.push(Link { area, anchor: anchor.to_owned() });
        self.page.late.push((RIGHT, base, anchor.to_owned()));
        for line in lines {
            let base = self.y + BODY.size;
            self.page.write(LEFT + indent, base, BODY, line);
            self.y += BODY.lead;
        }
        self.page.stroke((LEFT, self.y + 1.0), (RIGHT, self.y + 1.0), 0.5, HAIRLINE);
        self.y += 3.0;
    }

    /// Ends the document: heads, feet and page numbers on every page.
    pub(crate) fn finish(mut self, head: &Head) -> Drawing {
        self.drawing.pages.push(self.page);
        let total = self.drawing.pages.len();
        let edges = Edges::new(self.fonts, head, total);
        let anchors = &self.drawing.anchors;
        for (index, page) in self.drawing.pages.iter_mut().enumerate() {
            edges.draw(page, index + 1);
            for (right, base, anchor) in std::mem::take(&mut page.late) {
                let number =
                    anchors.get(&anchor).map_or_else(|| "–".to_owned(), |p| format!("{}", p.page + 1));
                let wide = self.fonts.width(BODY.face, BODY.size, &number);
                page.write(right - wide, base, BODY, number);
            }
        }
        self.drawing
    }
}

/// Whether a value is one long id, hash or ARN rather than words.
fn is_code(value: &str) -> bool {
    let hash = value.len() >= 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    hash || (value.starts_with("arn:") && !value.contains(' '))
}

/// Heads and feet: equal on every page but for the page number and the running words.
struct Edges<'f> {
    fonts: &'f Fonts,
    classification: String,
    bundle: String,
    facts: String,
    redaction: String,
    total: usize,
}

impl<'f> Edges<'f> {
    fn new(fonts: &'f Fonts, head: &Head, total: usize) -> Edges<'f> {
        let digest = text::short_hash(text::or_none(&head.content_digest));
        let facts = format!("content digest {digest} · window {} to {}", head.window_from, head.window_to);
        Edges {
            fonts,
            classification: text::fitted(fonts, NOTE, &head.classification, WIDTH * 0.55),
            bundle: text::fitted(fonts, NOTE, &head.bundle_id, WIDTH - 70.0),
            facts: text::fitted(fonts, NOTE, &facts, WIDTH),
            redaction: text::fitted(
                fonts,
                NOTE,
                &format!("redaction: {}", text::or_none(&head.redaction)),
                WIDTH,
            ),
            total,
        }
    }

    fn draw(&self, page: &mut Page, number: usize) {
        let width = |words: &str| self.fonts.width(NOTE.face, NOTE.size, words);
        let right = width(&self.classification);
        let running = text::fitted(self.fonts, NOTE, &page.running, WIDTH - right - 16.0);
        page.write(LEFT, 42.0, NOTE, running);
        page.write(RIGHT - right, 42.0, NOTE, self.classification.clone());
        page.stroke((LEFT, 47.5), (RIGHT, 47.5), 0.5, HAIRLINE);
        let foot = PAGE_HEIGHT - 56.0;
        page.stroke((LEFT, foot - 11.0), (RIGHT, foot - 11.0), 0.5, HAIRLINE);
        let count = format!("page {number} of {}", self.total);
        page.write(LEFT, foot, NOTE, self.bundle.clone());
        page.write(RIGHT - width(&count), foot, NOTE, count);
        page.write(LEFT, foot + NOTE.lead, NOTE, self.facts.clone());
        page.write(LEFT, foot + NOTE.lead * 2.0, NOTE, self.redaction.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::shared;
    use super::*;

    fn texts(drawing: &Drawing) -> Vec<String> {
        drawing.pages.iter().flat_map(|page| page.words.iter().map(|words| words.text.clone())).collect()
    }

    #[test]
    fn every_page_says_which_of_how_many_it_is() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        for _ in 0..120 {
            flow.paragraph("one line");
        }
        let drawing = flow.finish(&Head::default());
        let total = drawing.pages.len();
        assert!(total > 1);
        let texts = texts(&drawing);
        assert!((1..=total).all(|page| texts.contains(&format!("page {page} of {total}"))));
    }

    #[test]
    fn a_heading_moves_on_with_what_follows() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.paragraph("first");
        flow.y = BOTTOM - 30.0;
        flow.heading("Next");
        assert!(flow.y < TOP + 30.0);
    }

    #[test]
    fn headings_above_a_big_thing_move_along_with_their_outline_entry() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.paragraph("first");
        flow.y = BOTTOM - 90.0;
        flow.section("Charts");
        flow.caption("A chart", 200.0);
        let drawing = flow.finish(&Head::default());
        assert_eq!(drawing.outline.first().unwrap().place, Place { page: 1, y: TOP });
        let first = drawing.pages.first().unwrap();
        assert!(first.words.iter().all(|words| words.text != "Charts"));
    }

    #[test]
    fn an_index_line_learns_its_page_number() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.index_line(None, "to the end", "end");
        flow.turn();
        flow.turn();
        flow.anchor("end");
        let texts = texts(&flow.finish(&Head::default()));
        assert!(texts.contains(&"3".to_owned()));
    }

    #[test]
    fn an_empty_fact_says_none() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.facts([("Replaces", "")]);
        assert!(texts(&flow.finish(&Head::default())).contains(&"none".to_owned()));
    }
}
