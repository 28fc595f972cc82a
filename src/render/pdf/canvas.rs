//! What stands on a page before it becomes PDF: texts, lines, areas, links.
//! Comes in: drawing calls of the layout and the charts. Goes out: a display list a page, in points from the top left.
//! Never breaks pages and never touches PDF syntax.

use crate::bundle::model::Word;

use super::text::Style;

/// A colour as red, green and blue.
pub(crate) type Colour = (u8, u8, u8);

/// Text.
pub(crate) const INK: Colour = (0x1a, 0x1f, 0x24);
/// Labels, notes, table heads.
pub(crate) const MUTED: Colour = (0x5b, 0x66, 0x70);
/// Rules between rows.
pub(crate) const HAIRLINE: Colour = (0xd5, 0xda, 0xe0);
/// Quiet areas behind text.
pub(crate) const BAND: Colour = (0xf5, 0xf7, 0xf9);
/// Headings of sections, links, and the one hue of charts.
pub(crate) const ACCENT: Colour = (0x1f, 0x4e, 0x79);
/// Paper.
pub(crate) const WHITE: Colour = (0xff, 0xff, 0xff);

/// Width of an A4 page.
pub(crate) const PAGE_WIDTH: f32 = 595.28;
/// Height of an A4 page.
pub(crate) const PAGE_HEIGHT: f32 = 841.89;
/// Left edge of the text (22 mm).
pub(crate) const LEFT: f32 = 62.36;
/// Right edge of the text (20 mm from the paper's edge).
pub(crate) const RIGHT: f32 = PAGE_WIDTH - 56.69;
/// Width of the text.
pub(crate) const WIDTH: f32 = RIGHT - LEFT;
/// Top of the text.
pub(crate) const TOP: f32 = 64.0;
/// Bottom of the text.
pub(crate) const BOTTOM: f32 = PAGE_HEIGHT - 72.0;

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    /// Left edge.
    pub(crate) x: f32,
    /// Upper edge, from the top of the page.
    pub(crate) y: f32,
    /// Width.
    pub(crate) w: f32,
    /// Height.
    pub(crate) h: f32,
}

/// A straight stroke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    /// Start.
    pub(crate) from: (f32, f32),
    /// End.
    pub(crate) to: (f32, f32),
    /// Thickness.
    pub(crate) width: f32,
    /// Colour.
    pub(crate) colour: Colour,
}

/// One corner of a shape; `bend` marks a control point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Corner {
    /// From the left.
    pub(crate) x: f32,
    /// From the top.
    pub(crate) y: f32,
    /// Whether it is a control point.
    pub(crate) bend: bool,
}

/// Something drawn under the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// A filled rectangle.
    Fill(Area, Colour),
    /// The outline of a rectangle, with its thickness.
    Frame(Area, Colour, f32),
    /// A stroke.
    Stroke(Stroke),
    /// A closed shape, filled, or only stroked when `hollow`.
    Shape {
        /// Corners in order.
        corners: Vec<Corner>,
        /// Colour.
        colour: Colour,
        /// Only the outline.
        hollow: bool,
    },
}

/// A text at its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    /// Left end.
    pub(crate) x: f32,
    /// Baseline, from the top of the page.
    pub(crate) y: f32,
    /// How it is set.
    pub(crate) style: Style,
    /// What it says; every character has a glyph.
    pub(crate) text: String,
}

/// A place that a link or an outline entry leads to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    /// Page, counted from zero.
    pub(crate) page: usize,
    /// From the top of the page.
    pub(crate) y: f32,
}

/// A link from an area to an anchor of the same document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// Area that is clicked.
    pub(crate) area: Area,
    /// Name of the anchor.
    pub(crate) anchor: String,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Page {
    /// Left part of the page's head.
    pub(crate) running: String,
    /// Areas and lines, drawn first.
    pub(crate) marks: Vec<Mark>,
    /// Texts, drawn over them in reading order.
    pub(crate) words: Vec<Words>,
    /// Page numbers that are known only at the end: right end, baseline, anchor.
    pub(crate) late: Vec<(f32, f32, String)>,
    /// Links.
    pub(crate) links: Vec<Link>,
}

impl Page {
    /// Fills a rectangle.
    pub(crate) fn fill(&mut self, area: Area, colour: Colour) {
        self.marks.push(Mark::Fill(area, colour));
    }

    /// Draws the outline of a rectangle.
    pub(crate) fn frame(&mut self, area: Area, colour: Colour, width: f32) {
        self.marks.push(Mark::Frame(area, colour, width));
    }

    /// Draws a stroke.
    pub(crate) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        self.marks.push(Mark::Stroke(Stroke { from, to, width, colour }));
    }

    /// Draws a closed shape with straight sides.
    pub(crate) fn polygon(&mut self, points: &[(f32, f32)], colour: Colour) {
        let corners = points.iter().map(|(x, y)| Corner { x: *x, y: *y, bend: false }).collect();
        self.marks.push(Mark::Shape { corners, colour, hollow: false });
    }

    /// Sets a text that `text::shown` has already made safe.
    pub(crate) fn write(&mut self, x: f32, y: f32, style: Style, text: impl Into<String>) {
        self.words.push(Words { x, y, style, text: text.into() });
    }

    /// Draws the shape of a verdict into the square of side `size` whose lower left corner is given.
    pub(crate) fn verdict(&mut self, word: Word, x: f32, base: f32, size: f32) {
        let colour = verdict_colour(word);
        let (middle, top, half) = ((x + size / 2.0, base - size / 2.0), base - size, size / 2.0);
        let square = Area { x, y: top, w: size, h: size };
        match word {
            Word::Error => self.fill(square, colour),
            Word::Exceptions => {
                self.polygon(&[(x, base), (x + size, base), (middle.0, top)], colour);
            }
            Word::Insufficient => {
                self.shape(circle(middle, half), colour, true);
                self.shape(half_circle(middle, half), colour, false);
            }
            Word::NotTested => self.shape(circle(middle, half), colour, true),
            Word::Supported => self.shape(circle(middle, half), colour, false),
            Word::NotApplicable => {
                self.fill(Area { x, y: middle.1 - size * 0.08, w: size, h: size * 0.16 }, colour);
            }
        }
    }

    fn shape(&mut self, corners: Vec<Corner>, colour: Colour, hollow: bool) {
        self.marks.push(Mark::Shape { corners, colour, hollow });
    }
}

/// The colour of a verdict; always beside its word and shape.
pub(crate) fn verdict_colour(word: Word) -> Colour {
    match word {
        Word::Supported => (0x1b, 0x6e, 0x3c),
        Word::Exceptions => (0xa3, 0x21, 0x0b),
        Word::Insufficient => (0x8a, 0x5a, 0x00),
        Word::NotTested | Word::NotApplicable => MUTED,
        Word::Error => (0x5b, 0x1a, 0x8b),
    }
}

/// Length of a control arm that makes four curves look like a circle.
const ARM: f32 = 0.552_284_7;

fn arc(middle: (f32, f32), radius: f32, points: &[(f32, f32, bool)]) -> Vec<Corner> {
    let at = |(x, y, bend): &(f32, f32, bool)| Corner {
        x: middle.0 + x * radius,
        y: middle.1 + y * radius,
        bend: *bend,
    };
    points.iter().map(at).collect()
}

fn circle(middle: (f32, f32), radius: f32) -> Vec<Corner> {
    let right = [(0.0, -1.0, false), (ARM, -1.0, true), (1.0, -ARM, true), (1.0, 0.0, false)];
    let below = [(1.0, ARM, true), (ARM, 1.0, true), (0.0, 1.0, false)];
    let left = [(-ARM, 1.0, true), (-1.0, ARM, true), (-1.0, 0.0, false)];
    let above = [(-1.0, -ARM, true), (-ARM, -1.0, true), (0.0, -1.0, false)];
    arc(middle, radius, &[&right[..], &below, &left, &above].concat())
}

fn half_circle(middle: (f32, f32), radius: f32) -> Vec<Corner> {
    let left = [(0.0, 1.0, false), (-ARM, 1.0, true), (-1.0, ARM, true), (-1.0, 0.0, false)];
    let above = [(-1.0, -ARM, true), (-ARM, -1.0, true), (0.0, -1.0, false)];
    arc(middle, radius, &[&left[..], &above].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_leaves_a_mark() {
        let words = [
            Word::Error,
            Word::Exceptions,
            Word::Insufficient,
            Word::NotTested,
            Word::Supported,
            Word::NotApplicable,
        ];
        for word in words {
            let mut page = Page::default();
            page.verdict(word, 10.0, 20.0, 7.0);
            assert!(!page.marks.is_empty());
        }
    }

    #[test]
    fn a_circle_closes() {
        let corners = circle((5.0, 5.0), 2.0);
        assert_eq!(corners.len(), 13);
        let (first, last) = (corners.first().unwrap(), corners.last().unwrap());
        assert!((first.x - last.x).abs() < 1e-4 && (first.y - last.y).abs() < 1e-4);
    }
}
