//! Text made fit for a page: hostile characters shown as escapes, numbers grouped, lines broken.
//! Comes in: any string of the model. Goes out: lines that fit a width and hold only characters with a glyph.
//! Never breaks an event id or a hash that fits on a line, and never drops a character in silence.

use std::fmt::Write as _;

use super::canvas::{ACCENT, Colour, INK, MUTED};
use super::fonts::{Face, Fonts};

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    /// Face.
    pub(crate) face: Face,
    /// Size in points.
    pub(crate) size: f32,
    /// Distance from one baseline to the next.
    pub(crate) lead: f32,
    /// Colour.
    pub(crate) colour: Colour,
}

const fn style(face: Face, size: f32, lead: f32, colour: Colour) -> Style {
    Style { face, size, lead, colour }
}

/// Title of a document.
pub(crate) const TITLE: Style = style(Face::Strong, 18.0, 23.0, INK);
/// Heading of a section.
pub(crate) const SECTION: Style = style(Face::Strong, 13.0, 17.0, ACCENT);
/// Heading inside a section, and captions of tables and charts.
pub(crate) const HEADING: Style = style(Face::Strong, 10.5, 14.0, INK);
/// Body text.
pub(crate) const BODY: Style = style(Face::Text, 9.5, 13.0, INK);
/// Body text that must not be missed.
pub(crate) const STRONG: Style = style(Face::Strong, 9.5, 13.0, INK);
/// Labels beside body text.
pub(crate) const LABEL: Style = style(Face::Text, 9.5, 13.0, MUTED);
/// Ids, ARNs and hashes in body text.
pub(crate) const BODY_CODE: Style = style(Face::Mono, 8.0, 13.0, INK);
/// Table cells.
pub(crate) const CELL: Style = style(Face::Text, 8.0, 11.0, INK);
/// Table heads.
pub(crate) const HEAD: Style = style(Face::Strong, 8.0, 11.0, MUTED);
/// Ids, ARNs and hashes in tables.
pub(crate) const CODE: Style = style(Face::Mono, 7.0, 11.0, INK);
/// Words for an empty cell.
pub(crate) const EMPTY: Style = style(Face::Text, 8.0, 11.0, MUTED);
/// Notes, page edges and chart labels.
pub(crate) const NOTE: Style = style(Face::Text, 7.5, 10.0, MUTED);
/// Hashes in notes.
pub(crate) const NOTE_CODE: Style = style(Face::Mono, 7.0, 10.0, MUTED);

/// Control, bidirectional and invisible characters: never printed, always named.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with hidden characters as `\u{202E}` and characters without a glyph as `U+674E`.
pub(crate) fn shown(fonts: &Fonts, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_code = false;
    for character in text.chars() {
        let code = character as u32;
        let covered = character.is_ascii_graphic()
            || character == ' '
            || (!is_hidden(character) && fonts.cover(Face::Text, character).is_some());
        // Writing to a String cannot fail; the results carry no news.
        let written = if covered {
            out.push(character);
            Ok(())
        } else if is_hidden(character) {
            write!(out, "\\u{{{code:04X}}}")
        } else {
            write!(out, "{}U+{code:04X}", if after_code { " " } else { "" })
        };
        debug_assert!(written.is_ok());
        after_code = !covered && !is_hidden(character);
    }
    out
}

/// A number with thin spaces between thousands: `1 204 118`.
pub(crate) fn figure(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// The first and last eight digits of a hash: `3f6c0c1f…e4f50917`.
pub(crate) fn short_hash(hash: &str) -> String {
    match (hash.get(..8), hash.len().checked_sub(8).and_then(|from| hash.get(from..))) {
        (Some(first), Some(last)) if hash.len() > 16 => format!("{first}…{last}"),
        _ => hash.to_owned(),
    }
}

/// The text, or `none` when there is nothing.
pub(crate) fn or_none(text: &str) -> &str {
    if text.trim().is_empty() { "none" } else { text }
}

/// The text cut to a width, with an ellipsis where it was cut; only for page edges, whose facts stand elsewhere too.
pub(crate) fn fitted(fonts: &Fonts, style: Style, text: &str, width: f32) -> String {
    let text = shown(fonts, text);
    if fonts.width(style.face, style.size, &text) <= width {
        return text;
    }
    let room = width - fonts.advance(style.face, style.size, '…');
    let mut used = 0.0;
    let kept = text.chars().take_while(|character| {
        used += fonts.advance(style.face, style.size, *character);
        used <= room
    });
    kept.chain(['…']).collect()
}

/// Breaks a text into lines no wider than `width`: at spaces; inside a word that is wider than a line after `:` and `/`
/// and their like; and, where even that is too wide, anywhere.
pub(crate) fn wrap(fonts: &Fonts, style: Style, text: &str, width: f32) -> Vec<String> {
    let text = shown(fonts, text);
    let mut lines = Lines {
        fonts,
        style,
        width: width.max(style.size),
        done: Vec::new(),
        line: String::new(),
        used: 0.0,
    };
    let space = fonts.advance(style.face, style.size, ' ');
    for (index, word) in text.split(' ').enumerate() {
        let wide = fonts.width(style.face, style.size, word);
        if index > 0 {
            if lines.used + space + wide <= lines.width {
                lines.push(" ", space);
            } else {
                lines.flush();
            }
        }
        if wide <= lines.width {
            lines.push(word, wide);
        } else {
            lines.push_pieces(word);
        }
    }
    lines.flush();
    lines.done
}

/// Words up to this width are kept whole if the table allows it.
const COMFORT: f32 = 110.0;

/// The narrowest column in which `wrap` breaks only at spaces and, in words that are long anyway, after `:` and `/`.
pub(crate) fn narrowest(fonts: &Fonts, style: Style, text: &str, whole: bool) -> f32 {
    let width = |word: &str| fonts.width(style.face, style.size, word);
    let least = |word: &str| {
        let all = width(word);
        if whole || all <= COMFORT {
            return all;
        }
        let widest = word.split_inclusive(first_break).map(width).fold(0.0, f32::max);
        widest.max(COMFORT)
    };
    text.split(' ').map(least).fold(0.0, f32::max)
}

fn first_break(character: char) -> bool {
    matches!(character, ':' | '/' | ',' | '=' | '&' | '?' | ';' | '|')
}

fn second_break(character: char) -> bool {
    matches!(character, '-' | '_' | '.' | '@' | '+')
}

struct Lines<'f> {
    fonts: &'f Fonts,
    style: Style,
    width: f32,
    done: Vec<String>,
    line: String,
    used: f32,
}

impl Lines<'_> {
    fn push(&mut self, text: &str, wide: f32) {
        self.line.push_str(text);
        self.used += wide;
    }

    fn flush(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0.0;
    }

    /// Ends the line before something that fits on a line, but not on the rest of this one.
    fn flush_before(&mut self, wide: f32) {
        if self.used > 0.0 && self.used + wide > self.width && wide <= self.width {
            self.flush();
        }
    }

    fn push_pieces(&mut self, word: &str) {
        for piece in word.split_inclusive(first_break) {
            let wide = self.fonts.width(self.style.face, self.style.size, piece);
            self.flush_before(wide);
            if wide <= self.width {
                self.push(piece, wide);
            } else {
                piece.split_inclusive(second_break).for_each(|part| self.push_part(part));
            }
        }
    }

    fn push_part(&mut self, part: &str) {
        let wide = self.fonts.width(self.style.face, self.style.size, part);
        self.flush_before(wide);
        if wide <= self.width {
            self.push(part, wide);
        } else {
            self.push_characters(part);
        }
    }

    fn push_characters(&mut self, piece: &str) {
        for character in piece.chars() {
            let wide = self.fonts.advance(self.style.face, self.style.size, character);
            if self.used > 0.0 && self.used + wide > self.width {
                self.flush();
            }
            self.line.push(character);
            self.used += wide;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::shared;
    use super::*;

    #[test]
    fn hostile_characters_become_visible() {
        let fonts = shared().unwrap();
        assert_eq!(shown(fonts, "a\u{202e}b\n"), "a\\u{202E}b\\u{000A}");
        assert_eq!(shown(fonts, "李明"), "U+674E U+660E");
        assert_eq!(shown(fonts, "Ζωή → x"), "Ζωή → x");
    }

    #[test]
    fn thousands_are_grouped_by_thin_spaces() {
        assert_eq!(figure(1_204_118), "1\u{2009}204\u{2009}118");
        assert_eq!(figure(999), "999");
        assert_eq!(figure(0), "0");
    }

    #[test]
    fn an_event_id_that_fits_stays_whole() {
        let fonts = shared().unwrap();
        let id = "7b0c2f10-1111-4222-8333-444455556666";
        let width = fonts.width(CODE.face, CODE.size, id) + 1.0;
        let lines = wrap(fonts, CODE, &format!("111122223333:{id}"), width);
        assert_eq!(lines, ["111122223333:", id]);
    }

    #[test]
    fn every_line_fits_and_nothing_is_lost() {
        let fonts = shared().unwrap();
        let arn = format!("arn:aws:sts::111122223333:assumed-role/{}/{}", "Role".repeat(30), "s".repeat(90));
        for width in [40.0, 90.0, 200.0] {
            let lines = wrap(fonts, CODE, &arn, width);
            assert!(lines.iter().all(|line| fonts.width(CODE.face, CODE.size, line) <= width + 0.01));
            assert_eq!(lines.concat(), arn);
        }
    }

    #[test]
    fn short_hash_keeps_both_ends() {
        assert_eq!(short_hash(&format!("3f6c0c1f{}e4f50917", "0".repeat(48))), "3f6c0c1f…e4f50917");
        assert_eq!(short_hash("abc"), "abc");
    }
}
