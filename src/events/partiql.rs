//! PartiQL statements: the verb, the table and the condition, from the logged text (values may be redacted).

use super::Kind;

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// What it does.
    pub kind: Kind,
    /// Table name without quotes.
    pub table: &'a str,
    /// The text behind WHERE, or for INSERT behind VALUE; empty when there is none.
    pub condition: &'a str,
}

/// Reads a statement. `None` when verb or table cannot be told.
pub fn read(text: &str) -> Option<Statement<'_>> {
    let text = text.trim();
    let verb =
        text.split(|letter: char| letter.is_whitespace() || letter == '(').next()?.to_ascii_uppercase();
    let (kind, marker) = match verb.as_str() {
        "SELECT" => (Kind::Read, "FROM"),
        "UPDATE" => (Kind::Write, "UPDATE"),
        "INSERT" => (Kind::Write, "INTO"),
        "DELETE" => (Kind::Delete, "FROM"),
        "EXISTS" => (Kind::Read, "FROM"),
        _ => return None,
    };
    let after = behind_word(text, marker)?;
    let (table, rest) = name(after)?;
    let condition = behind_word(rest, if verb == "INSERT" { "VALUE" } else { "WHERE" }).unwrap_or("");
    Some(Statement { kind, table, condition: condition.trim() })
}

/// Whether a statement reads all attributes.
pub fn selects_all(text: &str) -> bool {
    let text = text.trim_start();
    let verb = text.get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("SELECT"));
    verb && text.get(6..).is_some_and(|rest| rest.trim_start().starts_with('*'))
}

/// The text behind the first occurrence of a word outside quotes, without letter case.
fn behind_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        let byte = *bytes.get(at)?;
        match quote {
            Some(open) => {
                if byte == open {
                    quote = None;
                }
            }
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => {
                let end = at + word.len();
                let here = bytes.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()));
                let apart = at == 0 || bytes.get(at - 1).is_some_and(|byte| !is_word(*byte));
                if here && apart && bytes.get(end).is_none_or(|byte| !is_word(*byte)) {
                    return text.get(end..);
                }
            }
        }
        at += 1;
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A table name, quoted or not, perhaps followed by `."index"`.
fn name(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (name, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => {
            let end = text
                .find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-:/".contains(letter)))
                .unwrap_or(text.len());
            text.split_at_checked(end)?
        }
    };
    (!name.is_empty()).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verb_table_and_condition_are_told() {
        let told = |text| read(text).map(|s| (s.kind, s.table, s.condition));
        assert_eq!(
            told("SELECT * FROM \"cards\".\"by-date\" WHERE pk = 'from x'"),
            Some((Kind::Read, "cards", "pk = 'from x'"))
        );
        assert_eq!(told("select a from cards"), Some((Kind::Read, "cards", "")));
        assert_eq!(
            told("INSERT INTO \"cards\" VALUE {'pk':'***(Redacted)'}"),
            Some((Kind::Write, "cards", "{'pk':'***(Redacted)'}"))
        );
        assert_eq!(
            told("UPDATE my.table-1 SET a='***(Redacted)' WHERE pk='1'"),
            Some((Kind::Write, "my.table-1", "pk='1'"))
        );
        assert_eq!(told("DELETE FROM cards WHERE pk='1'"), Some((Kind::Delete, "cards", "pk='1'")));
        assert_eq!(told("EXISTS(SELECT * FROM cards WHERE pk='1')"), Some((Kind::Read, "cards", "pk='1')")));
        assert_eq!(told("DROP TABLE x"), None);
        assert_eq!(told(""), None);
    }
}
