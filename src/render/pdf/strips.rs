//! Coverage strips: the hours of the window as bars, each state with its own texture as well as its own tone.
//! Comes in: strips of the model. Goes out: marks on the pages of a flow, with a legend and a scale.
//! Never merges hours: a single unproven hour stays visible, drawn a little wider than its share.

use crate::bundle::model::{Head, Strip};

use super::canvas::{ACCENT, Area, Colour, INK, LEFT, MUTED, Page, RIGHT, WHITE, WIDTH};
use super::layout::Flow;
use super::text::{self, CELL, EMPTY, NOTE};

/// How an area is filled, told apart without colour too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texture {
    /// Full.
    Solid,
    /// Light, with slanted lines.
    Slanted,
    /// White, with slanted lines both ways.
    Cross,
    /// White, with dots.
    Dots,
    /// White, with level lines.
    Level,
    /// White, with upright lines.
    Upright,
    /// White, with level and upright lines.
    Grid,
    /// White.
    Empty,
}

/// A light step of the one hue.
pub(crate) const LIGHT: Colour = (0xc3, 0xd3, 0xe3);
/// Distance between the lines of a texture.
const STEP: f32 = 3.0;
/// The narrowest area whose texture can be seen.
const SEEN: f32 = 1.6;

/// Fills an area with a texture and draws its outline.
pub(crate) fn texture(page: &mut Page, area: Area, texture: Texture, colour: Colour) {
    if area.w < SEEN || area.h < SEEN {
        let tone = if texture == Texture::Slanted { LIGHT } else { colour };
        page.fill(area, if texture == Texture::Empty { WHITE } else { tone });
        return;
    }
    let ground = match texture {
        Texture::Solid => colour,
        Texture::Slanted => LIGHT,
        _ => WHITE,
    };
    page.fill(area, ground);
    match texture {
        Texture::Solid | Texture::Empty => {}
        Texture::Slanted => slants(page, area, colour, false),
        Texture::Cross => {
            slants(page, area, colour, false);
            slants(page, area, colour, true);
        }
        Texture::Dots => dots(page, area, colour),
        Texture::Level => levels(page, area, colour),
        Texture::Upright => uprights(page, area, colour),
        Texture::Grid => {
            levels(page, area, colour);
            uprights(page, area, colour);
        }
    }
    page.frame(area, colour, 0.4);
}

fn steps(length: f32) -> impl Iterator<Item = f32> {
    let count = (length / STEP).ceil().max(0.0) as u32;
    (1..=count).map(|step| step as f32 * STEP - STEP / 2.0).filter(move |at| *at < length)
}

/// Lines at 45 degrees, cut to the area; `falling` mirrors them.
fn slants(page: &mut Page, area: Area, colour: Colour, falling: bool) {
    for at in steps(area.w + area.h) {
        let (x1, y1) = (at.min(area.w), (at - area.w).max(0.0));
        let (x2, y2) = ((at - area.h).max(0.0), at.min(area.h));
        let x = |x: f32| if falling { area.x + area.w - x } else { area.x + x };
        page.stroke((x(x1), area.y + y1), (x(x2), area.y + y2), 0.5, colour);
    }
}

fn levels(page: &mut Page, area: Area, colour: Colour) {
    for at in steps(area.h) {
        page.stroke((area.x, area.y + at), (area.x + area.w, area.y + at), 0.6, colour);
    }
}

fn uprights(page: &mut Page, area: Area, colour: Colour) {
    for at in steps(area.w) {
        page.stroke((area.x + at, area.y), (area.x + at, area.y + area.h), 0.6, colour);
    }
}

fn dots(page: &mut Page, area: Area, colour: Colour) {
    for across in steps(area.w) {
        for down in steps(area.h) {
            page.fill(Area { x: area.x + across - 0.45, y: area.y + down - 0.45, w: 0.9, h: 0.9 }, colour);
        }
    }
}

/// States of an hour, their textures and their meaning in the legend.
const STATES: [(&str, Texture, Colour, &str); 8] = [
    ("verified", Texture::Solid, ACCENT, "delivered, digest verified"),
    ("delivered", Texture::Slanted, ACCENT, "delivered, not verified"),
    ("damaged", Texture::Grid, INK, "log file lost or altered"),
    ("silent", Texture::Dots, MUTED, "nothing delivered"),
    ("stopped", Texture::Cross, INK, "logging stopped"),
    ("not-selected", Texture::Level, INK, "class not selected"),
    ("unknown", Texture::Upright, MUTED, "state not known"),
    ("tail", Texture::Empty, MUTED, "too close to the end to tell"),
];

fn look(state: &str) -> (Texture, Colour) {
    let found = STATES.iter().find(|(name, ..)| *name == state);
    found.map_or((Texture::Upright, MUTED), |(_, texture, colour, _)| (*texture, *colour))
}

/// Left edge of the bars.
const BARS: f32 = LEFT + 196.0;
/// Width of the bars.
const BAR_WIDTH: f32 = WIDTH - 196.0 - 74.0;
/// Height of a bar.
const BAR_HEIGHT: f32 = 10.0;

impl Flow<'_> {
    /// The strips, one below the other, with the legend above and the ends of the window below.
    pub(crate) fn strips(&mut self, caption: &str, head: &Head, strips: &[Strip]) {
        self.caption(caption, 80.0);
        if strips.is_empty() {
            self.lines(EMPTY, "none", LEFT, WIDTH);
            return;
        }
        self.legend(
            &STATES.map(|(state, texture, colour, meaning)| (texture, colour, format!("{state}: {meaning}"))),
        );
        self.scale(head);
        for strip in strips {
            self.strip(caption, head, strip);
        }
        self.gap(4.0);
    }

    fn scale(&mut self, head: &Head) {
        let base = self.y + NOTE.size;
        let fonts = self.fonts;
        let day = |time: &str| text::shown(fonts, time.get(..10).unwrap_or(time));
        let end = format!("until {}", day(&head.window_to));
        let right = BARS + BAR_WIDTH - self.fonts.width(NOTE.face, NOTE.size, &end);
        let page = self.page();
        page.write(LEFT, base, NOTE, "account, region, table, class");
        page.write(BARS, base, NOTE, format!("from {}", day(&head.window_from)));
        page.write(right, base, NOTE, end);
        page.write(BARS + BAR_WIDTH + 8.0, base, NOTE, "hours proven");
        self.y += NOTE.lead + 3.0;
    }

    fn strip(&mut self, caption: &str, head: &Head, strip: &Strip) {
        let place = format!("{} {} {} {}", strip.account, strip.region, strip.table, strip.class);
        let lines = text::wrap(self.fonts, CELL, &place, BARS - LEFT - 10.0);
        let height = CELL.lead * lines.len() as f32;
        if self.left() < height + 4.0 {
            self.turn();
            self.lines(NOTE, &format!("{caption}, continued"), LEFT, WIDTH);
            self.scale(head);
        }
        let top = self.y;
        for (index, line) in lines.into_iter().enumerate() {
            self.page().write(LEFT, top + CELL.size + CELL.lead * index as f32, CELL, line);
        }
        let proven = format!("{} of {}", text::figure(strip.proven), text::figure(strip.hours));
        let wide = self.fonts.width(CELL.face, CELL.size, &proven);
        let page = self.page();
        page.write(RIGHT - wide, top + CELL.size, CELL, proven);
        spans(page, Area { x: BARS, y: top, w: BAR_WIDTH, h: BAR_HEIGHT }, strip);
        self.y += height.max(BAR_HEIGHT) + 4.0;
    }

    /// A legend: samples with their words, as many a line as fit.
    pub(crate) fn legend(&mut self, entries: &[(Texture, Colour, String)]) {
        let mut x = LEFT;
        for (kind, colour, words) in entries {
            let wide = self.fonts.width(NOTE.face, NOTE.size, words) + 14.0 + 12.0;
            if x + wide > RIGHT && x > LEFT {
                x = LEFT;
                self.y += NOTE.lead + 2.0;
            }
            let y = self.y;
            texture(self.page(), Area { x, y: y + 1.0, w: 10.0, h: 7.0 }, *kind, *colour);
            self.page().write(x + 14.0, y + NOTE.size, NOTE, words.clone());
            x += wide;
        }
        self.y += NOTE.lead + 5.0;
    }
}

/// The spans of a strip; long proven runs first, so that short gaps lie over them and stay visible.
fn spans(page: &mut Page, area: Area, strip: &Strip) {
    let hour = area.w / strip.hours.max(1) as f32;
    page.frame(area, MUTED, 0.4);
    let proven = |state: &str| matches!(state, "verified" | "delivered");
    for wanted in [true, false] {
        for span in strip.spans.iter().filter(|span| proven(&span.state) == wanted) {
            let from = (span.first_hour as f32 * hour).min(area.w);
            let w = (span.hours as f32 * hour).max(0.8).min(area.w - from);
            let (kind, colour) = look(&span.state);
            texture(page, Area { x: area.x + from, w, ..area }, kind, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::model::StateSpan;

    #[test]
    fn textures_differ_between_all_states() {
        for (index, (_, texture, ..)) in STATES.iter().enumerate() {
            assert!(STATES.iter().skip(index + 1).all(|(_, other, ..)| other != texture));
        }
    }

    #[test]
    fn slanted_lines_stay_inside_their_area() {
        let area = Area { x: 10.0, y: 20.0, w: 31.0, h: 8.0 };
        let mut page = Page::default();
        texture(&mut page, area, Texture::Cross, INK);
        for mark in &page.marks {
            if let super::super::canvas::Mark::Stroke(stroke) = mark {
                for (x, y) in [stroke.from, stroke.to] {
                    assert!((9.99..=41.01).contains(&x) && (19.99..=28.01).contains(&y));
                }
            }
        }
    }

    #[test]
    fn a_single_hour_in_a_long_window_is_still_drawn() {
        let gap = StateSpan { state: "stopped".into(), first_hour: 9_000, hours: 1 };
        let strip = Strip { hours: 20_000, spans: vec![gap], ..Strip::default() };
        let mut page = Page::default();
        spans(&mut page, Area { x: 0.0, y: 0.0, w: 200.0, h: 8.0 }, &strip);
        assert!(page.marks.len() >= 2);
    }
}
