//! Charts of amounts: stacked bars a day, the hour × day strip, the bar of identity grades.
//! Comes in: counts of the model. Goes out: marks on the pages of a flow; the table with the figures stands beside.
//! Never uses a colour of a verdict, never tells kinds apart by colour alone.

use crate::bundle::model::{DayKinds, GradeShare, HourRow};

use super::canvas::{ACCENT, Area, Colour, HAIRLINE, INK, LEFT, MUTED, RIGHT, WHITE, WIDTH};
use super::layout::Flow;
use super::strips::{LIGHT, Texture, texture};
use super::text::{self, EMPTY, NOTE};

/// Kinds of access in the order of the stack.
const KINDS: [(&str, Texture, Colour); 6] = [
    ("reads", Texture::Solid, ACCENT),
    ("writes", Texture::Slanted, ACCENT),
    ("deletes", Texture::Solid, INK),
    ("settings, sign-ins", Texture::Level, ACCENT),
    ("refused", Texture::Cross, INK),
    ("failed", Texture::Dots, INK),
];

fn counts(day: &DayKinds) -> [u64; 6] {
    [day.reads, day.writes, day.deletes, day.admin, day.refused, day.failed]
}

/// Left edge of a chart's plot, after the labels of its scale.
const PLOT: f32 = LEFT + 46.0;
/// Height of the stacked bars.
const BARS: f32 = 96.0;
/// Height of one hour in the hour × day strip.
const HOUR: f32 = 5.0;
/// Days in one band of the hour × day strip.
const BAND_DAYS: usize = 93;

/// Steps of the one hue, from none to most.
const SHADES: [Colour; 5] = [WHITE, (0xd6, 0xe2, 0xee), (0x9a, 0xb8, 0xd4), (0x58, 0x87, 0xb3), ACCENT];

/// Ground of hours outside the declared ones.
const CLOSED: Colour = (0xee, 0xee, 0xec);

impl Flow<'_> {
    /// Accesses a day by kind, as stacked bars.
    pub(crate) fn days_chart(&mut self, caption: &str, days: &[DayKinds]) {
        self.caption(caption, BARS + 50.0);
        if days.is_empty() {
            self.lines(EMPTY, "none", LEFT, WIDTH);
            return;
        }
        self.legend(&KINDS.map(|(kind, look, colour)| (look, colour, kind.to_owned())));
        let most = days.iter().map(|day| counts(day).iter().sum::<u64>()).max().unwrap_or(0);
        let plot = Area { x: PLOT, y: self.y, w: RIGHT - PLOT, h: BARS };
        self.amounts(plot, most);
        let step = plot.w / days.len() as f32;
        let width = (step * 0.8).min(26.0);
        for (index, day) in days.iter().enumerate() {
            let x = plot.x + step * index as f32 + (step - width) / 2.0;
            self.stack(Area { x, w: width, ..plot }, &counts(day), most);
        }
        let labels: Vec<&str> = days.iter().map(|day| day.day.as_str()).collect();
        self.y += BARS + 2.0;
        self.day_labels(&labels, plot.x, step);
        self.gap(6.0);
    }

    fn amounts(&mut self, plot: Area, most: u64) {
        for (amount, y) in [(most, plot.y), (0, plot.y + plot.h)] {
            let label = text::figure(amount);
            let wide = self.fonts.width(NOTE.face, NOTE.size, &label);
            let page = self.page();
            page.stroke((plot.x, y), (plot.x + plot.w, y), 0.4, if amount == 0 { MUTED } else { HAIRLINE });
            page.write(plot.x - 5.0 - wide, y + 2.6, NOTE, label);
        }
    }

    fn stack(&mut self, column: Area, counts: &[u64; 6], most: u64) {
        let mut base = column.y + column.h;
        for (count, (_, look, colour)) in counts.iter().zip(KINDS) {
            if *count == 0 {
                continue;
            }
            let h = column.h * (*count as f32 / most.max(1) as f32);
            base -= h;
            texture(self.page(), Area { y: base, h: h.max(0.4), ..column }, look, colour);
        }
    }

    /// Labels below columns: the first, the last, and as many between as fit.
    fn day_labels(&mut self, days: &[&str], x: f32, step: f32) {
        let wide = self.fonts.width(NOTE.face, NOTE.size, "0000-00-00");
        let every = ((wide + 10.0) / step).ceil().max(1.0) as usize;
        let base = self.y + NOTE.size;
        for (index, day) in days.iter().enumerate().step_by(every) {
            let left = x + step * index as f32;
            if left + wide <= RIGHT + 1.0 {
                let label = text::fitted(self.fonts, NOTE, day, wide + 2.0);
                self.page().stroke(
                    (left + step / 2.0, base - 8.5),
                    (left + step / 2.0, base - 6.5),
                    0.4,
                    MUTED,
                );
                self.page().write(left, base, NOTE, label);
            }
        }
        self.y += NOTE.lead;
    }

    /// Accesses by hour and day: hours down, days across, darker for more.
    pub(crate) fn hour_strip(&mut self, caption: &str, rows: &[HourRow]) {
        self.caption(caption, HOUR * 24.0 + 50.0);
        if rows.is_empty() {
            self.lines(EMPTY, "none", LEFT, WIDTH);
            return;
        }
        let most = rows.iter().flat_map(|row| &row.hours).copied().max().unwrap_or(0);
        self.shade_legend(most);
        if rows.iter().any(|row| row.closed.contains(&true)) {
            self.lines(NOTE, "Grey ground: wholly outside the declared hours.", LEFT, WIDTH);
            self.gap(3.0);
        }
        for band in rows.chunks(BAND_DAYS) {
            self.need(HOUR * 24.0 + 16.0);
            self.hour_band(band, most);
        }
        self.gap(4.0);
    }

    fn shade_legend(&mut self, most: u64) {
        let labels = shade_labels(most);
        let base = self.y + NOTE.size;
        let mut x = LEFT;
        for (label, shade) in labels {
            let area = Area { x, y: self.y + 1.0, w: 10.0, h: 7.0 };
            let wide = self.fonts.width(NOTE.face, NOTE.size, &label);
            self.page().fill(area, shade);
            self.page().frame(area, HAIRLINE, 0.4);
            self.page().write(x + 14.0, base, NOTE, label);
            x += wide + 28.0;
        }
        self.page().write(x, base, NOTE, "accesses in an hour; rows are hours of the day in UTC");
        self.y += NOTE.lead + 5.0;
    }

    fn hour_band(&mut self, band: &[HourRow], most: u64) {
        let top = self.y;
        let left = LEFT + 24.0;
        let step = ((RIGHT - left) / band.len().max(1) as f32).min(14.0);
        for hour in [0_u8, 6, 12, 18] {
            let base = top + HOUR * f32::from(hour) + 5.5;
            self.page().write(LEFT, base, NOTE, format!("{hour:02}h"));
        }
        for (index, row) in band.iter().enumerate() {
            let x = left + step * index as f32;
            for (hour, count) in row.hours.iter().take(24).enumerate() {
                let area = Area { x, y: top + HOUR * hour as f32, w: step - 0.3, h: HOUR - 0.3 };
                if row.closed.get(hour) == Some(&true) && *count == 0 {
                    self.page().fill(Area { w: step, h: HOUR, ..area }, CLOSED);
                }
                if *count > 0 {
                    self.page().fill(area, shade(*count, most));
                }
            }
        }
        let w = step * band.len() as f32;
        self.page().frame(Area { x: left, y: top, w, h: HOUR * 24.0 }, HAIRLINE, 0.5);
        for quarter in 1..4_u8 {
            let y = top + HOUR * 6.0 * f32::from(quarter);
            self.page().stroke((left, y), (left + w, y), 0.3, HAIRLINE);
        }
        self.y += HOUR * 24.0 + 2.0;
        let labels: Vec<&str> = band.iter().map(|row| row.day.as_str()).collect();
        self.day_labels(&labels, left, step);
        self.y += 4.0;
    }

    /// Accesses by identity grade as one stacked bar; the figures stand in it or, when narrow, in the table beside.
    pub(crate) fn grade_bar(&mut self, grades: &[GradeShare]) {
        let all: u64 = grades.iter().map(|grade| grade.accesses).sum();
        if all == 0 {
            return;
        }
        self.need(44.0);
        let looks = [
            (Texture::Solid, ACCENT),
            (Texture::Slanted, ACCENT),
            (Texture::Empty, ACCENT),
            (Texture::Cross, INK),
            (Texture::Solid, INK),
            (Texture::Level, ACCENT),
            (Texture::Dots, INK),
        ];
        let entries: Vec<_> = grades
            .iter()
            .zip(looks.into_iter().cycle())
            .map(|(grade, (look, colour))| {
                let grade_text = text::shown(self.fonts, &grade.grade);
                (look, colour, format!("{grade_text}: {}", text::figure(grade.accesses)))
            })
            .collect();
        let mut x = LEFT;
        for (grade, (look, colour)) in grades.iter().zip(looks.into_iter().cycle()) {
            let w = WIDTH * (grade.accesses as f32 / all as f32);
            if grade.accesses > 0 {
                let area = Area { x, y: self.y + 2.0, w: w.max(0.6), h: 14.0 };
                texture(self.page(), area, look, colour);
            }
            x += w;
        }
        self.y += 22.0;
        self.legend(&entries);
    }
}

/// The step of the hue for a count: quarters of the most.
fn shade(count: u64, most: u64) -> Colour {
    let quarter = quarter_of(count, most);
    SHADES.get(quarter).copied().unwrap_or(LIGHT)
}

fn quarter_of(count: u64, most: u64) -> usize {
    let (count, most) = (u128::from(count), u128::from(most.max(1)));
    usize::try_from((count * 4).div_ceil(most)).unwrap_or(4).min(4)
}

/// What each step of the hue means, as ranges of counts.
fn shade_labels(most: u64) -> Vec<(String, Colour)> {
    let upper = |quarter: u64| most * quarter / 4;
    let mut labels = vec![("0".to_owned(), WHITE)];
    for (quarter, colour) in (1..=4_u64).zip(SHADES.into_iter().skip(1)) {
        let (from, to) = (upper(quarter - 1) + 1, upper(quarter));
        if from < to {
            labels.push((format!("{}–{}", text::figure(from), text::figure(to)), colour));
        } else if from == to {
            labels.push((text::figure(to), colour));
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_agree_with_their_labels() {
        for most in [1, 2, 3, 4, 7, 10, 1_000] {
            for count in 1..=most {
                let quarter = u64::try_from(quarter_of(count, most)).unwrap();
                assert!(count <= most * quarter / 4 || quarter == 4, "{count} of {most}");
                assert!(count > most * (quarter - 1) / 4, "{count} of {most}");
            }
        }
        assert_eq!(shade(0, 10), WHITE);
    }

    #[test]
    fn kinds_differ_without_colour() {
        for (index, (_, look, colour)) in KINDS.iter().enumerate() {
            let rest = KINDS.iter().skip(index + 1);
            assert!(rest.into_iter().all(|(_, other, tone)| (other, tone) != (look, colour)));
        }
    }
}
