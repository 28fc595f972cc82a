//! Text from logs as it may stand in a page: escaped, visible, breakable where a reader expects it.
//! Comes in: any text, hostile ones included. Goes out: markup, or lines of a given width for drawings.
//! Never shortens what it escapes; only [`fold`] leaves out a middle, and marks the place.

/// Escapes text for element content and quoted attributes; control, invisible and direction-changing
/// characters become visible `\u{202e}` forms, so that a log cannot reorder or hide what a reader sees.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if is_hidden(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

/// Whether a character has no ink of its own or changes how its neighbours are read.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Escapes like [`markup`] and allows line breaks after `:` and `/`, and within 32 characters that hold
/// neither.
pub fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut run = 0;
    let mut one = [0_u8; 4];
    for character in text.chars() {
        out.push_str(&markup(character.encode_utf8(&mut one)));
        run = if matches!(character, ' ' | '-') { 0 } else { run + 1 };
        if matches!(character, ':' | '/') || run >= 32 {
            out.push_str("<wbr>");
            run = 0;
        }
    }
    out
}

/// Escapes an event reference, `account:eventID`: it may break after a colon and nowhere else.
pub fn reference(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for part in text.split_inclusive(':') {
        if part.chars().count() > 40 {
            out.push_str(&breakable(part));
        } else {
            out.push_str("<span class=\"t\">");
            out.push_str(&markup(part));
            out.push_str("</span><wbr>");
        }
    }
    out
}

/// A count with thin spaces between thousands: `1 204 118`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// Folds text into lines of a width in half-width columns, after `:`, `/`, `-`, `@` or a blank where there
/// is one; what is too long loses its middle, because an ARN says most at both ends and the table beside
/// holds it whole.
pub fn fold(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in visible(text).split_inclusive([':', '/', '-', '@', ' ']) {
        let used = lines.last().map_or(0, |line| span(line));
        if used > 0 && used + span(piece) > columns {
            lines.push(String::new());
        }
        for character in piece.chars() {
            if lines.last().is_some_and(|line| span(line) + span_of(character) > columns) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
        }
    }
    elide(&mut lines, most);
    lines
}

/// Keeps the first line and the last ones, and marks the cut.
fn elide(lines: &mut Vec<String>, most: usize) {
    if lines.len() <= most {
        return;
    }
    let tail = lines.split_off(lines.len() + 1 - most);
    lines.truncate(1);
    if let Some(head) = lines.first_mut() {
        head.pop();
        head.push('…');
    }
    lines.extend(tail);
}

fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|one| if is_hidden(one) { one.escape_unicode().collect() } else { vec![one] })
        .collect()
}

fn span(line: &str) -> usize {
    line.chars().map(span_of).sum()
}

/// Half-width columns that a character takes; East Asian wide forms take two.
fn span_of(character: char) -> usize {
    if matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}')
    {
        2
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_shows_what_would_hide() {
        assert_eq!(markup("<b a=\"'&\">"), "&lt;b a=&quot;&#39;&amp;&quot;&gt;");
        assert_eq!(markup("a\u{202e}b\u{7}\n"), "a\\u{202e}b\\u{7}\\u{a}");
        assert_eq!(markup("Ελένη 王 مريم"), "Ελένη 王 مريم");
    }

    #[test]
    fn arns_break_after_colons_and_slashes_only() {
        assert_eq!(breakable("arn:aws:x/y"), "arn:<wbr>aws:<wbr>x/<wbr>y");
        assert_eq!(breakable("plain words"), "plain words");
        assert!(breakable(&"f".repeat(64)).contains("<wbr>"));
    }

    #[test]
    fn event_references_break_after_the_account_only() {
        let id = "7b0c2f10-4f3a-4c1d-9b2e-000000000001";
        let drawn = reference(&format!("111122223333:{id}"));
        assert_eq!(
            drawn,
            format!("<span class=\"t\">111122223333:</span><wbr><span class=\"t\">{id}</span><wbr>")
        );
        assert!(reference(&"<".repeat(50)).starts_with("&lt;"));
    }

    #[test]
    fn thousands_take_thin_spaces() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_204_118), "1\u{2009}204\u{2009}118");
    }

    #[test]
    fn folding_keeps_both_ends() {
        let lines = fold(&format!("arn:aws:sts::111122223333:{}/jdoe", "r".repeat(200)), 31, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.first().unwrap().starts_with("arn:aws:sts::"));
        assert!(lines.last().unwrap().ends_with("jdoe"));
        assert!(lines.iter().all(|line| span(line) <= 31));
    }
}
