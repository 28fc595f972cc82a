//! Where something is wrong in a text that people write: line, column, the line with a caret, and what to do. Comes in:
//! the text and an error of the TOML reader. Goes out: a [`Slip`] in plain words. It reads no files.

/// Something wrong at a place of a TOML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Line, from 1; 0 when the reader names no place.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What the reader of TOML says, with its place and what to do.
pub fn toml_slip(text: &str, error: &toml::de::Error) -> Slip {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let Some(span) = error.span() else {
        let hint = hint(&message, "", "");
        return Slip { line: 0, column: 0, message, hint };
    };
    let (line, column) = line_and_column(text, span.start);
    let written = text.get(span.clone()).unwrap_or_default();
    let row = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let hint = hint(&message, written, row);
    Slip { line, column, message, hint }
}

/// Line and column of a byte, both from 1.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

/// A line with its number, and carets under `width` signs from a column on.
pub fn excerpt(number: usize, column: usize, row: &str, width: usize) -> String {
    let number = number.to_string();
    let blank = |letter: char| if letter == '\t' { letter } else { ' ' };
    let before: String = row.chars().take(column.saturating_sub(1)).map(blank).collect();
    let room = number.len();
    format!("  {number} | {row}\n  {:room$} | {before}{}", "", "^".repeat(width.max(1)))
}

/// Signs of the word or text that begins at a column; `-` belongs to the words of TOML.
pub fn word_length(row: &str, column: usize, hyphen: bool) -> usize {
    let left = row.chars().count().saturating_sub(column.saturating_sub(1));
    let mut rest = row.chars().skip(column.saturating_sub(1)).peekable();
    if rest.next_if(|letter| "\"'“”„‘’«".contains(*letter)).is_some() {
        return rest.take_while(|letter| !"\"'“”‘’»".contains(*letter)).count().saturating_add(2).min(left);
    }
    let in_word = |letter: &char| letter.is_alphanumeric() || *letter == '_' || (hyphen && *letter == '-');
    rest.take_while(in_word).count().max(1)
}

/// The nearest of some names, if it is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    let (distance, near) = scored.min()?;
    (distance <= 1 + name.chars().count() / 3).then_some(near)
}

fn hint(message: &str, written: &str, row: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if row.contains(['“', '”', '„', '‘', '’']) && !message.starts_with("unknown") {
        return Some(String::from("texts stand between straight quotation marks: \"…\""));
    }
    if let ("unknown", Some((unknown, known))) = (first_word(message), quoted.split_first()) {
        let near = nearest(unknown, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        return near
            .or_else(|| Some(format!("it is one of: {}", known.join(", "))).filter(|_| !known.is_empty()));
    }
    if let Some(wanted) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return wrong_type(wanted.0, wanted.1, written);
    }
    match (message, quoted.first()) {
        _ if message.starts_with("missing field") => {
            quoted.first().map(|key| format!("add a line `{key} = …` to this table"))
        }
        _ if message.starts_with("duplicate key") => {
            Some(String::from("each key stands once; remove or rename one"))
        }
        _ if message.starts_with("string values must be quoted") => {
            Some(format!("write \"{}\"", row.split_once('=').map_or("…", |(_, value)| value.trim())))
        }
        _ if message.starts_with("invalid basic string") => {
            Some(String::from("add the closing quotation mark: \"…\""))
        }
        _ if message.starts_with("invalid boolean") => match written.trim() {
            "True" | "TRUE" | "False" | "FALSE" => {
                Some(String::from("write true or false, in small letters"))
            }
            other => Some(format!("a text is written \"{other}\"; true and false stand without marks")),
        },
        _ if message.starts_with("unclosed") => {
            Some(String::from("a table is written [name], one of several [[name]]"))
        }
        _ if message.starts_with("key with no value") => {
            Some(String::from("write the key, then `=`, then its value"))
        }
        _ if message.starts_with("invalid value: integer `-") => {
            Some(String::from("a whole number from 0 stands here"))
        }
        _ if row.contains('\'') && message.starts_with("invalid") => {
            Some(String::from("texts stand between double quotation marks: \"…\""))
        }
        _ => None,
    }
}

fn first_word(message: &str) -> &str {
    message.split(' ').next().unwrap_or_default()
}

/// What to write instead of a value of the wrong type.
fn wrong_type(given: &str, wanted: &str, written: &str) -> Option<String> {
    let bare = written.trim().trim_matches('"');
    let text = given.starts_with("string");
    let told = match wanted {
        "a boolean" if text => String::from("write true or false, without quotation marks"),
        "a boolean" => String::from("write true or false"),
        "a sequence" if text => format!("a list is written [\"{bare}\"]"),
        "a sequence" => String::from("a list is written [\"…\", \"…\"]"),
        "a string" if given.starts_with("sequence") => String::from("one text stands here, without brackets"),
        "a string" => format!("a text is written \"{bare}\""),
        _ if text && is_number(wanted) => format!("a number is written without quotation marks: {bare}"),
        _ if is_number(wanted) => String::from("a whole number stands here"),
        _ => return None,
    };
    Some(told)
}

fn is_number(wanted: &str) -> bool {
    matches!(wanted, "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" | "an integer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by the TOML reader")]
    struct Shape {
        name: String,
        packs: Vec<String>,
        count: Option<u32>,
        on: Option<bool>,
        #[serde(default)]
        row: Vec<Row>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by the TOML reader")]
    struct Row {
        status: String,
    }

    /// What is told of a text: `line:column message / hint`.
    fn told(text: &str) -> String {
        let slip = toml_slip(text, &toml::from_str::<Shape>(text).unwrap_err());
        format!("{}:{} {} / {}", slip.line, slip.column, slip.message, slip.hint.unwrap_or_default())
    }

    #[test]
    fn each_slip_of_toml_says_what_to_do() {
        let good = "name = \"a\"\npacks = []\n";
        for (text, expected) in [
            (
                "name = 7\npacks = []\n",
                "1:8 invalid type: integer `7`, expected a string / a text is written \"7\"",
            ),
            (
                "name = [\"a\"]\npacks = []\n",
                "1:8 invalid type: sequence, expected a string / one text stands here, without brackets",
            ),
            (
                "name = a\npacks = []\n",
                "1:8 string values must be quoted, expected literal string / write \"a\"",
            ),
            (
                "name = “a”\npacks = []\n",
                "1:8 string values must be quoted, expected literal string / texts stand between straight quotation marks: \"…\"",
            ),
            (
                "name = \"a\npacks = []\n",
                "1:10 invalid basic string, expected `\"` / add the closing quotation mark: \"…\"",
            ),
            (
                "name = \"a\"\npacks = \"b\"\n",
                "2:9 invalid type: string \"b\", expected a sequence / a list is written [\"b\"]",
            ),
            ("name = \"a\"\n", "1:1 missing field `packs` / add a line `packs = …` to this table"),
            (
                "+pcks = 1\n",
                "3:1 unknown field `pcks`, expected one of `name`, `packs`, `count`, `on`, `row` / did you mean `packs`?",
            ),
            (
                "+count = \"3\"\n",
                "3:9 invalid type: string \"3\", expected u32 / a number is written without quotation marks: 3",
            ),
            (
                "+count = -3\n",
                "3:9 invalid value: integer `-3`, expected u32 / a whole number from 0 stands here",
            ),
            (
                "+count = 1.5\n",
                "3:9 invalid type: floating point `1.5`, expected u32 / a whole number stands here",
            ),
            (
                "+on = \"true\"\n",
                "3:6 invalid type: string \"true\", expected a boolean / write true or false, without quotation marks",
            ),
            ("+on = True\n", "3:6 invalid boolean, expected `true` / write true or false, in small letters"),
            ("+name = \"b\"\n", "3:1 duplicate key / each key stands once; remove or rename one"),
            ("+[[row]]\n", "3:1 missing field `status` / add a line `status = …` to this table"),
            (
                "+[[row]]\nstatus = \"a\"\n[[row]]\n\n[[row]]\nstatus = \"c\"\n",
                "5:1 missing field `status` / add a line `status = …` to this table",
            ),
            (
                "+[row\n",
                "3:5 unclosed table, expected `]` / a table is written [name], one of several [[name]]",
            ),
            ("+on true\n", "3:4 key with no value, expected `=` / write the key, then `=`, then its value"),
        ] {
            assert_eq!(told(&text.replace('+', good)), expected, "{text}");
        }
    }
}
