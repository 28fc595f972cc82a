//! Charts as inline SVG.
//! Comes in: figures of the finished bundle. Goes out: markup whose texts are escaped, so templates print it
//! as it is.
//! Never counts events, judges or sets colours: amounts are drawn as given, colours and patterns hang on
//! classes in style.css.

mod text;

use std::fmt::Write as _;

use self::text::fold;
pub use self::text::{breakable, markup, reference, thousands};

use crate::bundle::model::{ChainLink, DayKinds, GradeShare, HourRow, Strip};

/// Width of a full-width chart in its own units.
const WIDE: f64 = 840.0;

/// Width of a coverage strip, which shares its line with five columns.
const STRIP: f64 = 320.0;

/// States of a coverage strip with the words that the legend prints.
const STATES: [(&str, &str); 8] = [
    ("verified", "verified: delivered and covered by a checked digest"),
    ("delivered", "delivered: log files present, no checked digest"),
    ("damaged", "damaged: a log file that a checked digest lists is lost or altered"),
    ("silent", "silent: nothing shows that logs were delivered"),
    ("stopped", "stopped: logging was switched off"),
    ("not-selected", "not selected: the trail did not log this class"),
    ("unknown", "unknown: nothing is known about the hour"),
    ("tail", "tail: too close to the end of delivery to judge"),
];

/// Kinds of access in the order in which a bar is stacked, from the foot up.
const KINDS: [&str; 6] = ["reads", "writes", "deletes", "admin", "refused", "failed"];

/// Steps of the one hue that stands for amounts.
const STEPS: usize = 5;

/// The patterns that all charts of a page refer to; one invisible drawing, printed once a page.
pub fn patterns() -> String {
    let mut out =
        String::from("<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>");
    pattern(&mut out, "diagonal", "M-1 1 1 -1M0 6 6 0M5 7 7 5");
    pattern(&mut out, "cross", "M0 0 6 6M0 6 6 0");
    pattern(&mut out, "upright", "M1.5 0V6M4.5 0V6");
    pattern(&mut out, "level", "M0 1.5H6M0 4.5H6");
    pattern(&mut out, "grid", "M0 1.5H6M0 4.5H6M1.5 0V6M4.5 0V6");
    pattern(&mut out, "dots", "M1 1h1.4v1.4h-1.4zM4 4h1.4v1.4h-1.4z");
    out.push_str("</defs></svg>");
    out
}

fn pattern(out: &mut String, name: &str, path: &str) {
    let _ = write!(
        out,
        "<pattern id=\"p-{name}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
         <path class=\"hatch\" d=\"{path}\"/></pattern>"
    );
}

/// Opens a drawing of the given size, with its name and its description for readers who cannot see it.
fn open(class: &str, width: f64, height: f64, title: &str, description: &str) -> String {
    let mut out = format!(
        "<svg class=\"{class}\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\"><title>{}</title>",
        markup(title)
    );
    if !description.is_empty() {
        let _ = write!(out, "<desc>{}</desc>", markup(description));
    }
    out
}

/// A rectangle in a named fill, and over it the texture of the same name if the style sheet gives one.
fn block(out: &mut String, fill: &str, x: f64, y: f64, width: f64, height: f64) {
    let place = format!("x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"");
    let _ = write!(out, "<rect class=\"f-{fill}\" {place}/>");
    if is_textured(fill) {
        let _ = write!(out, "<rect class=\"t-{fill}\" {place}/>");
    }
}

fn is_textured(fill: &str) -> bool {
    !matches!(fill, "verified" | "reads" | "writes" | "done" | "A" | "B" | "C" | "root" | "closed")
        && !fill.starts_with('h')
}

fn label(out: &mut String, anchor: &str, x: f64, y: f64, text: &str) {
    let _ = write!(out, "<text class=\"{anchor}\" x=\"{x:.2}\" y=\"{y:.2}\">{}</text>", markup(text));
}

/// Draws one coverage strip: the whole window from left to right, each run of hours in the texture of its
/// state.
pub fn coverage_strip(strip: &Strip) -> String {
    let title = format!(
        "{} {} {} {}: {} of {} hours proven",
        strip.account, strip.region, strip.table, strip.class, strip.proven, strip.hours
    );
    let mut out = open("strip", STRIP, 18.0, &title, &open_hours(strip));
    let scale = STRIP / strip.hours.max(1) as f64;
    for quiet in [true, false] {
        for span in strip.spans.iter().filter(|span| is_proven(&span.state) == quiet) {
            let least = if quiet { 0.0 } else { 3.0 };
            let width = (span.hours as f64 * scale).max(least).min(STRIP);
            let x = (span.first_hour as f64 * scale).min(STRIP - width).max(0.0);
            block(&mut out, state_class(&span.state), x, 0.0, width, 14.0);
        }
    }
    day_ticks(&mut out, strip.hours, scale);
    out.push_str("</svg>");
    out
}

fn is_proven(state: &str) -> bool {
    matches!(state, "verified" | "delivered")
}

/// Class names come from our own list, never from the data.
fn state_class(state: &str) -> &'static str {
    STATES.iter().find(|known| known.0 == state).map_or("unknown", |known| known.0)
}

/// The unproven runs in words, for the description; the list of gaps beside the strips holds them all.
fn open_hours(strip: &Strip) -> String {
    let unproven: Vec<_> = strip.spans.iter().filter(|span| !is_proven(&span.state)).collect();
    let mut words: Vec<String> = unproven
        .iter()
        .take(6)
        .map(|span| format!("{} from hour {} for {} hours", span.state, span.first_hour, span.hours))
        .collect();
    if unproven.len() > words.len() {
        words.push("further spans: see the list of gaps".into());
    }
    words.join("; ")
}

/// A tick at each day, or each week when the window is long.
fn day_ticks(out: &mut String, hours: u64, scale: f64) {
    let step = if hours <= 45 * 24 { 24 } else { 7 * 24 };
    let mut path = String::new();
    let mut hour = 0;
    while hour <= hours && path.len() < 8_000 {
        let _ = write!(path, "M{:.2} 15V18", (hour as f64 * scale).clamp(0.5, STRIP - 0.5));
        hour += step;
    }
    let _ = write!(out, "<path class=\"tick\" d=\"{path}\"/>");
}

/// A sample of one fill for legends.
fn swatch(out: &mut String, fill: &str) {
    out.push_str(
        "<svg class=\"swatch\" width=\"18\" height=\"12\" viewBox=\"0 0 18 12\" aria-hidden=\"true\">",
    );
    block(out, fill, 0.0, 0.0, 18.0, 12.0);
    out.push_str("</svg>");
}

/// Legend of the coverage strips: the five textures and two more, each with its meaning.
pub fn coverage_legend() -> String {
    let mut out = String::from("<ul class=\"legend\">");
    for (state, words) in STATES {
        out.push_str("<li>");
        swatch(&mut out, state);
        let _ = write!(out, " {words}</li>");
    }
    out.push_str("</ul>");
    out
}

fn kind_words(kind: &str) -> &str {
    if kind == "admin" { "settings, sign-ins" } else { kind }
}

/// Legend of the daily bars.
pub fn kinds_legend() -> String {
    let mut out = String::from("<ul class=\"legend\">");
    for kind in KINDS {
        out.push_str("<li>");
        swatch(&mut out, kind);
        let _ = write!(out, " {}</li>", kind_words(kind));
    }
    out.push_str("</ul>");
    out
}

/// Draws accesses per day as stacked bars, one bar a day.
pub fn per_day(days: &[DayKinds]) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return String::new();
    };
    let highest = days.iter().map(|day| amounts(day).iter().sum()).max().unwrap_or(0);
    let step = axis_step(highest);
    let top = step * highest.div_ceil(step).max(1);
    let title = format!("Accesses per day by kind, {} to {}", first.day, last.day);
    let note = format!("Stacked bars; the highest day has {} accesses.", thousands(highest));
    let mut out = open("per-day", WIDE, 170.0, &title, &note);
    let (left, foot, height) = (60.0, 146.0, 138.0);
    for mark in (0..=top).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let y = foot - height * mark as f64 / top as f64;
        let _ = write!(out, "<path class=\"rule\" d=\"M{left} {y:.2}H{WIDE}\"/>");
        label(&mut out, "end", left - 6.0, y + 3.5, &thousands(mark));
    }
    let pitch = (WIDE - left) / days.len() as f64;
    let wide = (pitch * 0.8).min(36.0);
    for (place, day) in days.iter().enumerate() {
        let x = left + place as f64 * pitch + (pitch - wide) / 2.0;
        day_bar(&mut out, day, (x, wide), foot, height / top as f64);
    }
    day_labels(&mut out, days.iter().map(|day| day.day.as_str()), left, pitch, 164.0);
    out.push_str("</svg>");
    out
}

fn amounts(day: &DayKinds) -> [u64; 6] {
    [day.reads, day.writes, day.deletes, day.admin, day.refused, day.failed]
}

fn day_bar(out: &mut String, day: &DayKinds, (x, wide): (f64, f64), foot: f64, scale: f64) {
    let mut words = Vec::new();
    let mut blocks = String::new();
    let mut y = foot;
    for (kind, amount) in KINDS.into_iter().zip(amounts(day)).filter(|pair| pair.1 > 0) {
        let high = amount as f64 * scale;
        y -= high;
        block(&mut blocks, kind, x, y, wide, high);
        words.push(format!("{} {}", thousands(amount), kind_words(kind)));
    }
    if !words.is_empty() {
        let _ = write!(out, "<g><title>{}: {}</title>{blocks}</g>", markup(&day.day), words.join(", "));
    }
}

/// Distance between the lines of an axis: 1, 2 or 5 times a power of ten, at most five lines.
fn axis_step(highest: u64) -> u64 {
    let mut unit: u64 = 1;
    while unit.saturating_mul(20) < highest {
        unit = unit.saturating_mul(10);
    }
    [1, 2, 5].into_iter().map(|factor| factor * unit).find(|step| step * 4 >= highest).unwrap_or(unit * 10)
}

/// Dates under a chart: at most seven, the first and the ones that follow at equal distance.
fn day_labels<'a>(
    out: &mut String,
    days: impl ExactSizeIterator<Item = &'a str>,
    left: f64,
    pitch: f64,
    y: f64,
) {
    let room = (84.0 / pitch).ceil().max(1.0) as usize;
    let every = days.len().div_ceil(7).max(room);
    for (place, day) in days.enumerate().step_by(every) {
        label(out, "start", left + place as f64 * pitch, y, day);
    }
}

/// Draws the hour × day strip: one column a day, one row an hour (UTC), darker where there were more
/// accesses.
pub fn hour_strip(days: &[HourRow]) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return String::new();
    };
    let highest = days.iter().flat_map(|day| day.hours.iter().copied()).max().unwrap_or(0);
    let bounds = step_bounds(highest);
    let (left, cell) = (30.0, 7.0);
    let pitch = ((WIDE - left) / days.len() as f64).min(24.0);
    let width = (left + pitch * days.len() as f64).max(480.0).ceil();
    let title = format!("Accesses by hour (UTC) and day, {} to {}", first.day, last.day);
    let note = format!("The busiest hour holds {} accesses.", thousands(highest));
    let mut out = open("hours", width, 210.0, &title, &note);
    let _ = write!(
        out,
        "<rect class=\"f-band\" x=\"{left}\" y=\"0\" width=\"{:.2}\" height=\"168\"/>",
        pitch * days.len() as f64
    );
    for hour in [0_u32, 6, 12, 18] {
        label(&mut out, "end", left - 6.0, f64::from(hour) * cell + 7.5, &format!("{hour:02}"));
    }
    for (column, day) in days.iter().enumerate() {
        closed_hours(&mut out, day, left + column as f64 * pitch, (pitch, cell));
        hour_cells(&mut out, day, &bounds, left + column as f64 * pitch, (pitch, cell));
    }
    day_labels(&mut out, days.iter().map(|day| day.day.as_str()), left, pitch, 182.0);
    step_legend(&mut out, &bounds, left);
    out.push_str("</svg>");
    out
}

/// Grounds of the hours outside the declared ones; neighbours are one block.
fn closed_hours(out: &mut String, day: &HourRow, x: f64, (pitch, cell): (f64, f64)) {
    let mut hour = 0;
    for run in day.closed.chunk_by(|a, b| a == b) {
        if run.first() == Some(&true) {
            let (y, high) = (hour as f64 * cell, run.len() as f64 * cell);
            block(out, "closed", x, y, pitch, high);
        }
        hour += run.len();
    }
}

fn hour_cells(out: &mut String, day: &HourRow, bounds: &[u64], x: f64, (pitch, cell): (f64, f64)) {
    for (hour, &count) in day.hours.iter().enumerate().filter(|slot| *slot.1 > 0) {
        let step = bounds.iter().position(|bound| count <= *bound).unwrap_or(STEPS - 1) + 1;
        let _ = write!(
            out,
            "<rect class=\"f-h{step}\" x=\"{x:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\">\
             <title>{} {hour:02}:00 {count}</title></rect>",
            hour as f64 * cell,
            (pitch - 0.6).max(0.8),
            cell - 0.6,
            markup(&day.day)
        );
    }
}

/// Upper bounds of the steps, growing by an equal factor so that single accesses stay visible beside busy
/// hours.
fn step_bounds(highest: u64) -> Vec<u64> {
    let mut bounds: Vec<u64> = Vec::with_capacity(STEPS);
    for step in 1..=STEPS {
        let ideal = (highest as f64).powf(step as f64 / STEPS as f64).round() as u64;
        let least = bounds.last().map_or(1, |bound| bound + 1);
        bounds.push(ideal.max(least));
    }
    bounds
}

fn step_legend(out: &mut String, bounds: &[u64], left: f64) {
    let mut low = 1;
    for (step, &bound) in bounds.iter().enumerate() {
        let x = left + step as f64 * 88.0;
        block(out, &format!("h{}", step + 1), x, 196.0, 14.0, 10.0);
        let range =
            if low == bound { thousands(low) } else { format!("{}–{}", thousands(low), thousands(bound)) };
        label(out, "start", x + 18.0, 205.0, &range);
        low = bound + 1;
    }
}

/// Draws the bar of one operation in one region, to the scale of the largest one; refused ones in the
/// refused texture.
pub fn operation_bar(accesses: u64, refused: u64, largest: u64) -> String {
    let words = format!("{} accesses, of these {} refused", thousands(accesses), thousands(refused));
    let mut out = open("bar", 200.0, 10.0, &words, "");
    let scale = 200.0 / largest.max(accesses).max(1) as f64;
    let denied = refused.min(accesses) as f64 * scale;
    let done = accesses as f64 * scale - denied;
    if done > 0.0 {
        block(&mut out, "done", 0.0, 0.0, done.max(1.0), 10.0);
    }
    if denied > 0.0 {
        block(&mut out, "refused", done.min(198.0), 0.0, denied.max(2.0), 10.0);
    }
    out.push_str("</svg>");
    out
}

/// Draws identity grades as one stacked bar over all accesses; the figures stand in the table beside it.
pub fn grades(shares: &[GradeShare]) -> String {
    let total: u64 = shares.iter().map(|share| share.accesses).sum();
    if total == 0 {
        return String::new();
    }
    let words: Vec<String> =
        shares.iter().map(|share| format!("{} {}", share.grade, thousands(share.accesses))).collect();
    let mut out = open("grade-bar", WIDE, 40.0, "Accesses by identity grade", &words.join(", "));
    let mut x = 0.0;
    let mut free = 0.0;
    for share in shares.iter().filter(|share| share.accesses > 0) {
        let wide = WIDE * share.accesses as f64 / total as f64;
        block(&mut out, grade_class(&share.grade), x, 0.0, wide.max(1.5), 22.0);
        if x >= free && wide >= 8.0 && x + 8.0 * share.grade.chars().count() as f64 <= WIDE {
            label(&mut out, "start", x, 36.0, &share.grade);
            free = x + 9.0 * share.grade.chars().count() as f64;
        }
        x += wide;
    }
    out.push_str("</svg>");
    out
}

/// The sample of one grade's fill, printed beside its row in the table.
pub fn grade_swatch(grade: &str) -> String {
    let mut out = String::new();
    swatch(&mut out, grade_class(grade));
    out
}

fn grade_class(grade: &str) -> &'static str {
    ["A", "B", "C", "D", "E", "service", "root"].into_iter().find(|known| *known == grade).unwrap_or("E")
}

/// Draws how a principal leads to a person: boxes from left to right, each arrow labelled with the record
/// that proves it.
pub fn chain(name: &str, link: &ChainLink) -> String {
    let mut steps: Vec<&str> = link.path.iter().map(String::as_str).collect();
    if steps.is_empty() {
        steps.push(&link.principal);
    }
    if steps.len() == 1 && link.hops > 0 {
        steps.insert(0, name);
    }
    let (wide, gap) = (196.0, 124.0);
    let width = steps.len() as f64 * (wide + gap) - gap + 2.0;
    let title = format!("Identity chain to {}, grade {}", link.principal, link.grade);
    let mut out = open("chain", width, 62.0, &title, &link.link);
    for (place, step) in steps.iter().enumerate() {
        let x = 1.0 + place as f64 * (wide + gap);
        if place > 0 {
            let proof = link.proof.get(place - 1).map_or(link.link.as_str(), String::as_str);
            arrow(&mut out, x - gap, x, proof);
        }
        step_box(&mut out, x, wide, step);
    }
    out.push_str("</svg>");
    out
}

fn step_box(out: &mut String, x: f64, wide: f64, text: &str) {
    let _ =
        write!(out, "<rect class=\"box\" x=\"{x:.2}\" y=\"1\" width=\"{wide:.2}\" height=\"60\" rx=\"3\"/>");
    let lines = fold(text, 31, 3);
    let first = 35.0 - lines.len() as f64 * 7.0 + 6.0;
    for (row, line) in lines.iter().enumerate() {
        label(out, "code", x + 8.0, first + row as f64 * 14.0, line);
    }
}

fn arrow(out: &mut String, from: f64, to: f64, proof: &str) {
    let tip = to - 2.0;
    let _ = write!(
        out,
        "<path class=\"arrow\" d=\"M{:.2} 31H{tip:.2}M{:.2} 27L{tip:.2} 31L{:.2} 35\"/>",
        from + 2.0,
        tip - 6.0,
        tip - 6.0
    );
    let lines = fold(proof, 21, 4);
    for (row, line) in lines.iter().enumerate() {
        let y = if row < 2 { 12.0 + row as f64 * 12.0 } else { 46.0 + (row - 2) as f64 * 12.0 };
        label(out, "proof", f64::midpoint(from, to), y, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::model::StateSpan;

    #[test]
    fn axis_has_few_lines_and_whole_steps() {
        for highest in [0, 1, 3, 7, 12, 99, 1_000, 48_231, u64::MAX / 40] {
            let step = axis_step(highest);
            assert!(step > 0 && highest.div_ceil(step) <= 5, "{highest} by {step}");
        }
    }

    #[test]
    fn a_single_silent_hour_is_wide_enough_to_see() {
        let span = |state: &str, first_hour, hours| StateSpan { state: state.into(), first_hour, hours };
        let strip = Strip {
            hours: 2_160,
            spans: vec![span("verified", 0, 2_159), span("silent", 2_159, 1)],
            ..Strip::default()
        };
        let drawn = coverage_strip(&strip);
        assert!(drawn.contains("class=\"f-silent\" x=\"317.00\" y=\"0.00\" width=\"3.00\""), "{drawn}");
        assert!(drawn.contains("silent from hour 2159 for 1 hours"));
    }

    #[test]
    fn class_names_never_come_from_data() {
        let strip = Strip {
            hours: 1,
            spans: vec![StateSpan { state: "\"><script>".into(), first_hour: 0, hours: 1 }],
            ..Strip::default()
        };
        assert!(!coverage_strip(&strip).contains("<script"));
        assert!(
            grades(&[GradeShare { grade: "<x>".into(), accesses: 1, ..GradeShare::default() }])
                .contains("f-E")
        );
    }

    #[test]
    fn steps_grow_and_the_last_holds_the_highest() {
        assert_eq!(step_bounds(1), [1, 2, 3, 4, 5]);
        assert_eq!(step_bounds(3_000).last(), Some(&3_000));
    }
}
