//! The identity chain: boxes with principals from left to right, arrows that carry the number of the proving record.
//! Comes in: the chain links of a dossier. Goes out: one diagram a link, with its proof below.
//! Never shortens a principal and never draws an arrow without saying what proves it.

use crate::bundle::model::ChainLink;

use super::canvas::{ACCENT, Area, BAND, LEFT, MUTED, RIGHT, WIDTH};
use super::layout::Flow;
use super::text::{self, BODY, CODE, EMPTY, NOTE, NOTE_CODE, Style};

/// Boxes in one row.
const ACROSS: usize = 4;
/// Room for an arrow between two boxes.
const ARROW: f32 = 36.0;
/// Width of a box.
const BOX: f32 = (WIDTH - ARROW * (ACROSS as f32 - 1.0)) / ACROSS as f32;
/// Distance of the lines in a box.
const LEAD: f32 = 9.0;
/// Words in a box.
const SMALL: Style = Style { lead: LEAD, ..CODE };

impl Flow<'_> {
    /// One diagram a link, in the order of the model.
    pub(crate) fn chain(&mut self, links: &[ChainLink]) {
        if links.is_empty() {
            self.lines(EMPTY, "none", LEFT, WIDTH);
        }
        for link in links {
            self.chain_link(link);
        }
    }

    fn chain_link(&mut self, link: &ChainLink) {
        let path = if link.path.is_empty() { std::slice::from_ref(&link.principal) } else { &link.path[..] };
        let accesses = text::figure(link.accesses);
        let words = format!("Grade {} · {} · {accesses} accesses", text::or_none(&link.grade), link.link);
        let first_row = path.get(..ACROSS).unwrap_or(path);
        self.need(BODY.lead + height(&self.boxes(first_row)) + NOTE.lead + 8.0);
        self.lines(BODY, &words, LEFT, WIDTH);
        let mut first = 0;
        for row in path.chunks(ACROSS) {
            self.chain_row(row, first, path.len(), link.proof.len());
            first += row.len();
        }
        for (index, proof) in link.proof.iter().enumerate() {
            self.need(NOTE.lead);
            let base = self.y + NOTE.size;
            self.page().write(LEFT, base, NOTE, format!("proof {}", index + 1));
            self.lines(NOTE_CODE, proof, LEFT + 40.0, WIDTH - 40.0);
        }
        if link.proof.is_empty() {
            self.lines(NOTE, "proof: none", LEFT, WIDTH);
        }
        self.gap(6.0);
    }

    /// A row of boxes; `first` is the place of its first box in the whole path.
    fn chain_row(&mut self, row: &[String], first: usize, total: usize, proofs: usize) {
        let boxes = self.boxes(row);
        let height = height(&boxes);
        self.need(height + 6.0);
        let top = self.y + 2.0;
        for (index, lines) in boxes.into_iter().enumerate() {
            let x = LEFT + (BOX + ARROW) * index as f32;
            let area = Area { x, y: top, w: BOX, h: height };
            self.page().fill(area, BAND);
            self.page().frame(area, MUTED, 0.6);
            for (row, line) in lines.into_iter().enumerate() {
                self.page().write(x + 4.0, top + 4.0 + CODE.size + LEAD * row as f32, SMALL, line);
            }
            let step = first + index;
            let label = arrow_label(step + 1, proofs);
            if step + 1 < total && index + 1 < ACROSS {
                self.arrow(x + BOX, top + height / 2.0, &label);
            } else if step + 1 < total {
                let words = format!("continues below, {label}");
                let wide = self.fonts.width(NOTE.face, NOTE.size, &words);
                self.page().write(RIGHT - wide, top + height + NOTE.size + 1.0, NOTE, words);
            }
        }
        self.y = top + height + if first + ACROSS < total { NOTE.lead + 5.0 } else { 4.0 };
    }

    /// The lines of each box of a row.
    fn boxes(&self, row: &[String]) -> Vec<Vec<String>> {
        let lines = |principal: &String| text::wrap(self.fonts, SMALL, text::or_none(principal), BOX - 8.0);
        row.iter().map(lines).collect()
    }

    fn arrow(&mut self, x: f32, y: f32, label: &str) {
        let (from, to) = (x + 3.0, x + ARROW - 3.0);
        let wide = self.fonts.width(NOTE.face, NOTE.size - 1.0, label);
        let style = Style { size: NOTE.size - 1.0, ..NOTE };
        let page = self.page();
        page.stroke((from, y), (to - 4.0, y), 0.8, ACCENT);
        page.polygon(&[(to, y), (to - 5.0, y - 2.5), (to - 5.0, y + 2.5)], ACCENT);
        page.write(x + (ARROW - wide) / 2.0, y - 4.0, style, label);
    }
}

/// Height of a row of boxes.
fn height(boxes: &[Vec<String>]) -> f32 {
    let lines = boxes.iter().map(Vec::len).max().unwrap_or(1);
    LEAD * lines as f32 + 8.0
}

/// What an arrow carries: the number of its proving record, or that there is none.
fn arrow_label(number: usize, proofs: usize) -> String {
    if number <= proofs { format!("proof {number}") } else { "no record".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::shared;
    use super::*;
    use crate::bundle::model::Head;

    #[test]
    fn a_long_path_wraps_and_names_every_principal() {
        let path: Vec<String> = (0..9).map(|step| format!("principal{step}")).collect();
        let link = ChainLink { path, proof: vec!["1:abc".into(); 4], ..ChainLink::default() };
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.chain(&[link]);
        let drawing = flow.finish(&Head::default());
        let texts: Vec<_> = drawing.pages.iter().flat_map(|page| &page.words).collect();
        assert!((0..9).all(|step| texts.iter().any(|words| words.text == format!("principal{step}"))));
        assert!(texts.iter().any(|words| words.text == "continues below, proof 4"));
    }
}
