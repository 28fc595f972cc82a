//! Tables: columns as wide as their content asks, rows over page ends, heads repeated.
//! Comes in: a caption, columns, rows of cells. Goes out: marks and words on the pages of a flow.
//! Never drops a row or a line of a cell; an empty cell says `none`.

use crate::bundle::model::{Listing, Word};

use super::canvas::{ACCENT, Area, BOTTOM, HAIRLINE, LEFT, Link, MUTED, WIDTH};
use super::fonts::Fonts;
use super::layout::Flow;
use super::text::{self, CELL, CODE, EMPTY, HEAD, NOTE, Style};

/// Room between two columns.
const GUTTER: f32 = 9.0;
/// Room above and below the lines of a row.
const PAD: f32 = 2.5;
/// A word wider than this may break, so that one column cannot claim the page.
const WIDEST_WORD: f32 = 275.0;
/// Width of a bar drawn in a cell.
const BAR: f32 = 120.0;
/// Lines above which a row may be split over pages even if it would fit on a fresh one.
const SPLIT_FROM: f32 = 240.0;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words, broken at spaces.
    Words,
    /// Times, ids and other values that stay whole.
    Whole,
    /// Event references: the account may stand on a line of its own, the event id stays whole.
    Reference,
    /// Numbers, to the right.
    Number,
    /// A bar.
    Bar,
}

/// A column: its head and what it holds.
pub(crate) type Column = (&'static str, Kind);

/// One cell: paragraphs in their styles, perhaps a verdict shape or a bar.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    parts: Vec<(Option<Style>, String)>,
    mark: Option<Word>,
    bar: Option<(f32, f32)>,
    anchor: Option<String>,
}

impl Cell {
    /// Words.
    pub(crate) fn words(text: &str) -> Cell {
        Cell { parts: vec![(Some(CELL), text.to_owned())], ..Cell::default() }
    }

    /// An id, ARN, hash or key, in mono.
    pub(crate) fn code(text: &str) -> Cell {
        Cell { parts: vec![(Some(CODE), text.to_owned())], ..Cell::default() }
    }

    /// A number with grouped thousands.
    pub(crate) fn number(number: u64) -> Cell {
        Cell { parts: vec![(Some(CELL), text::figure(number))], ..Cell::default() }
    }

    /// A verdict: shape and word.
    pub(crate) fn verdict(word: Word) -> Cell {
        Cell { mark: Some(word), ..Cell::words(word.as_str()) }
    }

    /// A bar of the given share of its column, with a part of it told apart.
    pub(crate) fn bar(share: f32, hatched: f32) -> Cell {
        Cell { bar: Some((share, hatched)), ..Cell::default() }
    }

    /// The same cell with one more paragraph below, in quiet words.
    pub(crate) fn and(mut self, text: &str) -> Cell {
        if !text.is_empty() {
            self.parts.push((Some(EMPTY), text.to_owned()));
        }
        self
    }

    /// The same cell with one more paragraph below, in mono.
    pub(crate) fn and_code(mut self, text: &str) -> Cell {
        if !text.is_empty() {
            self.parts.push((Some(CODE), text.to_owned()));
        }
        self
    }

    /// The same cell, leading to an anchor of the document.
    pub(crate) fn leading_to(mut self, anchor: &str) -> Cell {
        for (style, _) in &mut self.parts {
            *style = style.map(|style| Style { colour: ACCENT, ..style });
        }
        Cell { anchor: Some(anchor.to_owned()), ..self }
    }

    fn set_parts(&self) -> impl Iterator<Item = (Style, &str)> {
        self.parts.iter().map(|(style, text)| match text.trim().is_empty() {
            true => (EMPTY, "none"),
            false => (style.unwrap_or(CELL), text.as_str()),
        })
    }

    fn indent(&self) -> f32 {
        if self.mark.is_some() { 11.0 } else { 0.0 }
    }
}

/// A table.
pub(crate) struct Table<'t> {
    /// What it shows.
    pub(crate) caption: &'t str,
    /// Columns.
    pub(crate) columns: &'t [Column],
    /// Rows; each has a cell a column.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// A note below, for example where all rows are.
    pub(crate) note: String,
}

/// The note below a table that shows a listing: how many of how many rows, and the file that holds all.
pub(crate) fn listing_note<T>(listing: &Listing<T>) -> String {
    let shown = u64::try_from(listing.rows.len()).unwrap_or(u64::MAX);
    let place = format!("{}, SHA-256 {}", listing.file, text::or_none(&listing.sha256));
    match (listing.total > shown, listing.file.is_empty()) {
        (true, false) => {
            format!("first {} of {}, all rows in {place}", text::figure(shown), text::figure(listing.total))
        }
        (true, true) => format!("first {} of {}", text::figure(shown), text::figure(listing.total)),
        (false, false) if shown > 0 => format!("all {} rows shown; also in {place}", text::figure(shown)),
        (false, _) => String::new(),
    }
}

/// Lines of one cell, ready to set.
struct Set {
    lines: std::collections::VecDeque<(Style, String)>,
    mark: Option<Word>,
    bar: Option<(f32, f32)>,
    anchor: Option<String>,
    indent: f32,
}

impl Set {
    fn height(&self) -> f32 {
        let lines: f32 = self.lines.iter().map(|(style, _)| style.lead).sum();
        if self.bar.is_some() { lines.max(CELL.lead) } else { lines }
    }
}

impl Flow<'_> {
    /// Sets a table; without rows it is the caption and `none`.
    pub(crate) fn table(&mut self, table: Table<'_>) {
        if table.rows.is_empty() {
            self.caption(table.caption, 24.0);
            self.lines(EMPTY, "none", LEFT, WIDTH);
        } else {
            let widths = widths(self.fonts, &table);
            let first = table.rows.first().map_or(0.0, |row| self.row_height(row, &widths));
            self.caption(table.caption, HEAD.lead * 2.0 + 4.0 + first.min(SPLIT_FROM));
            self.table_head(table.columns, &widths);
            for row in &table.rows {
                self.row(&table, row, &widths);
            }
        }
        if !table.note.is_empty() {
            self.y += 3.0;
            self.lines(NOTE, &table.note, LEFT, WIDTH);
        }
        self.gap(4.0);
    }

    fn table_head(&mut self, columns: &[Column], widths: &[f32]) {
        let heads: Vec<Vec<String>> = columns
            .iter()
            .zip(widths)
            .map(|((head, _), width)| text::wrap(self.fonts, HEAD, head, *width))
            .collect();
        let rows = heads.iter().map(Vec::len).max().unwrap_or(1);
        let mut x = LEFT;
        for ((lines, (_, kind)), width) in heads.iter().zip(columns).zip(widths) {
            let missing = rows - lines.len();
            for (index, line) in lines.iter().enumerate() {
                let base = self.y + HEAD.size + HEAD.lead * (missing + index) as f32;
                let shift = self.shift(*kind, HEAD, line, *width);
                self.page().write(x + shift, base, HEAD, line.clone());
            }
            x += width + GUTTER;
        }
        self.y += HEAD.lead * rows as f32 + 2.0;
        let y = self.y;
        self.page().stroke((LEFT, y), (x - GUTTER, y), 0.8, MUTED);
    }

    fn shift(&self, kind: Kind, style: Style, line: &str, width: f32) -> f32 {
        match kind {
            Kind::Number => (width - self.fonts.width(style.face, style.size, line)).max(0.0),
            Kind::Words | Kind::Whole | Kind::Reference | Kind::Bar => 0.0,
        }
    }

    fn set(&self, cell: &Cell, width: f32) -> Set {
        let indent = cell.indent();
        let lines = cell.set_parts().flat_map(|(style, text)| {
            text::wrap(self.fonts, style, text, width - indent).into_iter().map(move |line| (style, line))
        });
        Set { lines: lines.collect(), mark: cell.mark, bar: cell.bar, anchor: cell.anchor.clone(), indent }
    }

    fn row_height(&self, row: &[Cell], widths: &[f32]) -> f32 {
        let heights = row.iter().zip(widths).map(|(cell, width)| self.set(cell, *width).height());
        heights.fold(0.0, f32::max) + PAD * 2.0
    }

    fn row(&mut self, table: &Table<'_>, row: &[Cell], widths: &[f32]) {
        let mut cells: Vec<Set> =
            row.iter().zip(widths).map(|(cell, width)| self.set(cell, *width)).collect();
        let height = cells.iter().map(Set::height).fold(0.0, f32::max) + PAD * 2.0;
        if height > self.left() && (height < SPLIT_FROM || self.left() < 60.0) {
            self.turn_table(table, widths);
        }
        loop {
            self.y = self.fragment(&mut cells, table.columns, widths) + PAD;
            let y = self.y;
            if cells.iter().all(|cell| cell.lines.is_empty()) {
                let right = LEFT + widths.iter().map(|width| width + GUTTER).sum::<f32>() - GUTTER;
                self.page().stroke((LEFT, y), (right, y), 0.4, HAIRLINE);
                return;
            }
            self.turn_table(table, widths);
        }
    }

    fn turn_table(&mut self, table: &Table<'_>, widths: &[f32]) {
        self.turn();
        self.lines(NOTE, &format!("{}, continued", table.caption), LEFT, WIDTH);
        self.y += 2.0;
        self.table_head(table.columns, widths);
    }

    /// Sets as many lines of each cell as the page still holds; returns the lower edge.
    fn fragment(&mut self, cells: &mut [Set], columns: &[Column], widths: &[f32]) -> f32 {
        let top = self.y + PAD;
        let mut lowest = top;
        let mut x = LEFT;
        for ((cell, (_, kind)), width) in cells.iter_mut().zip(columns).zip(widths) {
            let mut y = top;
            if let Some(word) = cell.mark.take() {
                self.page().verdict(word, x, y + CELL.size - 0.5, 6.5);
            }
            if let Some(anchor) = cell.anchor.take() {
                let area = Area { x, y, w: *width, h: CELL.lead };
                self.page().links.push(Link { area, anchor });
            }
            if let Some((share, hatched)) = cell.bar.take() {
                self.bar(Area { x, y: y + 1.5, w: *width, h: 7.5 }, share, hatched);
                y += CELL.lead;
            }
            while let Some((style, line)) = cell.lines.pop_front() {
                if y + style.lead > BOTTOM {
                    cell.lines.push_front((style, line));
                    break;
                }
                let shift = self.shift(*kind, style, &line, *width) + cell.indent;
                self.page().write(x + shift, y + CELL.size, style, line);
                y += style.lead;
            }
            lowest = lowest.max(y);
            x += width + GUTTER;
        }
        lowest
    }

    fn bar(&mut self, area: Area, share: f32, hatched: f32) {
        let whole = area.w * share.clamp(0.0, 1.0);
        let part = (area.w * hatched.clamp(0.0, 1.0)).min(whole);
        let page = self.page();
        page.fill(Area { w: (whole - part).max(0.0), ..area }, ACCENT);
        if part > 0.0 {
            let rest = Area { x: area.x + whole - part, w: part, ..area };
            super::strips::texture(page, rest, super::strips::Texture::Cross, ACCENT);
        }
    }
}

/// Widths of the columns: what each asks for if all fits, else shared out between the least and the most each can use.
fn widths(fonts: &Fonts, table: &Table<'_>) -> Vec<f32> {
    let count = table.columns.len();
    let room = WIDTH - GUTTER * count.saturating_sub(1) as f32;
    let (least, most): (Vec<f32>, Vec<f32>) = (0..count).map(|column| extent(fonts, table, column)).unzip();
    let (sum_least, sum_most) = (least.iter().sum::<f32>(), most.iter().sum::<f32>());
    if sum_most <= room {
        // A short row that spans the whole page is hard to follow with the eye.
        let wanted = if count < 3 { room * 0.6 } else { room };
        return stretched(table.columns, most, (wanted - sum_most).max(0.0));
    }
    if sum_least <= room {
        let share = (room - sum_least) / (sum_most - sum_least).max(1.0);
        return least.iter().zip(&most).map(|(least, most)| least + (most - least) * share).collect();
    }
    squeezed(table.columns, least, room)
}

/// Gives spare room to the columns of words, in equal parts.
fn stretched(columns: &[Column], mut widths: Vec<f32>, spare: f32) -> Vec<f32> {
    let takes = |kind: Kind| matches!(kind, Kind::Words | Kind::Reference | Kind::Bar);
    let takers = columns.iter().filter(|(_, kind)| takes(*kind)).count();
    for (width, (_, kind)) in widths.iter_mut().zip(columns) {
        if takes(*kind) {
            *width += spare / takers.max(1) as f32;
        }
    }
    widths
}

/// Takes room from the columns of words, widest first, until all fit; numbers, times and ids stay whole if they can.
fn squeezed(columns: &[Column], least: Vec<f32>, room: f32) -> Vec<f32> {
    let soft = |kind: Kind| matches!(kind, Kind::Words | Kind::Bar);
    let firm: f32 = least.iter().zip(columns).filter(|(_, (_, kind))| !soft(*kind)).map(|(w, _)| w).sum();
    let softs: Vec<f32> =
        least.iter().zip(columns).filter(|(_, (_, kind))| soft(*kind)).map(|(w, _)| *w).collect();
    let for_soft = room - firm;
    if for_soft > room * 0.2 && !softs.is_empty() {
        let cap = cap(&softs, for_soft);
        let width = |(width, (_, kind)): (&f32, &Column)| if soft(*kind) { width.min(cap) } else { *width };
        return least.iter().zip(columns).map(width).collect();
    }
    let scale = room / least.iter().sum::<f32>().max(1.0);
    least.iter().map(|width| width * scale).collect()
}

/// The width to which the widest columns must shrink so that all of them fit.
fn cap(widths: &[f32], room: f32) -> f32 {
    let mut sorted = widths.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut left = room;
    for (index, width) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - index) as f32;
        if *width > share {
            return share;
        }
        left -= width;
    }
    room
}

/// The least and the most width that a column can use.
fn extent(fonts: &Fonts, table: &Table<'_>, column: usize) -> (f32, f32) {
    let Some((head, kind)) = table.columns.get(column) else {
        return (0.0, 0.0);
    };
    let whole = !matches!(kind, Kind::Words | Kind::Reference);
    let head_least = text::narrowest(fonts, HEAD, head, true);
    let (mut least, mut most) =
        (head_least, fonts.width(HEAD.face, HEAD.size, head).min(70.0).max(head_least));
    if *kind == Kind::Bar {
        return (least.max(BAR * 0.5), most.max(BAR));
    }
    for cell in table.rows.iter().filter_map(|row| row.get(column)) {
        for (style, text) in cell.set_parts() {
            let text = text::shown(fonts, text);
            let indent = cell.indent();
            most = most.max(fonts.width(style.face, style.size, &text) + indent);
            least = least.max(text::narrowest(fonts, style, &text, whole).min(WIDEST_WORD) + indent);
        }
    }
    // Half a point against rounding, so that a word that fits exactly is not broken.
    (least + 0.5, most.max(least) + 0.5)
}

#[cfg(test)]
mod tests {
    use super::super::canvas::RIGHT;
    use super::super::fonts::shared;
    use super::*;
    use crate::bundle::model::Head;

    const COLUMNS: [Column; 2] = [("Principal", Kind::Words), ("Accesses", Kind::Number)];

    fn table(rows: Vec<Vec<Cell>>) -> Table<'static> {
        Table { caption: "By principal", columns: &COLUMNS, rows, note: String::new() }
    }

    fn texts(flow: Flow<'_>) -> Vec<Vec<String>> {
        let drawing = flow.finish(&Head::default());
        drawing.pages.iter().map(|page| page.words.iter().map(|words| words.text.clone()).collect()).collect()
    }

    #[test]
    fn heads_repeat_and_no_row_is_lost() {
        let rows = (0..300).map(|n| vec![Cell::words(&format!("p{n}x")), Cell::number(n)]).collect();
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.table(table(rows));
        let pages = texts(flow);
        assert!(pages.len() > 3);
        assert!(pages.iter().all(|page| page.contains(&"Accesses".to_owned())));
        assert!(pages.iter().skip(1).all(|page| page.contains(&"By principal, continued".to_owned())));
        let all: Vec<&String> = pages.iter().flatten().collect();
        assert!((0..300).all(|n| all.contains(&&format!("p{n}x"))));
    }

    #[test]
    fn a_row_longer_than_a_page_is_split() {
        let long = "word ".repeat(9_000);
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.table(table(vec![vec![Cell::words(&long), Cell::number(1)]]));
        let pages = texts(flow);
        assert!(pages.len() > 2);
        let words: usize = pages.iter().flatten().map(|line| line.matches("word").count()).sum();
        assert_eq!(words, 9_000);
    }

    #[test]
    fn nothing_runs_off_the_right_edge() {
        let fonts = shared().unwrap();
        let arn = format!("arn:aws:iam::111122223333:role/{}", "x".repeat(300));
        let mut flow = Flow::new(fonts, "T", "left");
        flow.table(table(vec![vec![Cell::code(&arn), Cell::number(u64::MAX)]]));
        let drawing = flow.finish(&Head::default());
        for words in drawing.pages.iter().flat_map(|page| &page.words) {
            let end = words.x + fonts.width(words.style.face, words.style.size, &words.text);
            assert!(end <= RIGHT + 1.0, "{} ends at {end}", words.text);
        }
    }

    #[test]
    fn an_event_reference_beside_unbreakable_text_keeps_its_id_whole() {
        let columns = [("Who", Kind::Words), ("What", Kind::Words), ("Reference", Kind::Reference)];
        let id = "7b0c2f10-1111-4222-8333-444455556666";
        let wide = "w".repeat(200);
        let cells = [Cell::words(&wide), Cell::words(&wide), Cell::code(&format!("111122223333:{id}"))];
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        let rows = vec![cells.to_vec()];
        flow.table(Table { caption: "C", columns: &columns, rows, note: String::new() });
        assert!(texts(flow).concat().contains(&id.to_owned()));
    }

    #[test]
    fn the_note_tells_what_was_cut() {
        let listing =
            Listing { rows: vec![1, 2], total: 1_204, file: "data/x.csv".into(), sha256: "ab".into() };
        assert_eq!(listing_note(&listing), "first 2 of 1\u{2009}204, all rows in data/x.csv, SHA-256 ab");
        assert_eq!(listing_note(&Listing::<u8>::default()), "");
    }

    #[test]
    fn an_empty_table_and_an_empty_cell_say_none() {
        let mut flow = Flow::new(shared().unwrap(), "T", "left");
        flow.table(table(Vec::new()));
        flow.table(table(vec![vec![Cell::words(""), Cell::number(0)]]));
        let all = texts(flow).concat();
        assert_eq!(all.iter().filter(|text| *text == "none").count(), 2);
    }
}
