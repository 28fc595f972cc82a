//! settings.toml of a pack: the values that teams edit. Comes in: its text. Goes out: names in order, each with its
//! value and the comment above it, as they hold for a control and a baseline. Unknown types are errors.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::lint::{Problem, Source};
use crate::audit::Baseline;

/// Settings that the program itself reads, so that a test may name them although no script does: the longest pause,
/// in minutes, inside one cluster of refusals, and the minutes in which reads count as one bulk read.
pub(super) const PROGRAM_KEYS: &[&str] = &["burst_minutes", "bulk_minutes"];
/// The setting that every pack has: classes of the tables that the pack is about.
pub(super) const DATA_CLASSES: &str = "data_classes";
/// The setting by which a team demands hours and records verified by signed digests of every test of the pack; false where
/// it is not stated.
pub(super) const VERIFIED_HOURS: &str = "require_verified_hours";

/// One value of settings.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

/// Values with their words, as they hold for a pack or for one control.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<String, Setting>,
    words: BTreeMap<String, String>,
}

/// settings.toml as a whole: values for the pack, and those that hold for a requirement or a baseline instead.
#[derive(Debug, Clone, Default)]
pub(super) struct SettingsFile {
    sections: BTreeMap<Section, Settings>,
    /// Where each value stands.
    places: BTreeMap<(Section, String), usize>,
}

/// Where values hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Section {
    /// For this baseline alone.
    pub(super) level: Option<Baseline>,
    /// For this requirement alone.
    pub(super) requirement: Option<String>,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Setting::Truth(truth) => write!(f, "{truth}"),
            Setting::Number(number) => write!(f, "{number}"),
            Setting::Text(text) => write!(f, "{text}"),
            Setting::Texts(texts) if texts.is_empty() => write!(f, "none"),
            Setting::Texts(texts) => write!(f, "{}", texts.join(", ")),
        }
    }
}

impl SettingsFile {
    /// Reads settings.toml.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, Problem> {
        let table = DeTable::parse(source.text).map_err(|error| source.slip(&error))?;
        let mut file = SettingsFile::default();
        file.table(source, &Section::default(), table.get_ref())?;
        file.one_type_a_name(source)?;
        Ok(file)
    }

    /// Reads the table `[defaults]` of a control.toml.
    pub(super) fn defaults(source: &Source<'_>) -> Result<Settings, Problem> {
        let table = DeTable::parse(source.text).map_err(|error| source.slip(&error))?;
        let mut file = SettingsFile::default();
        let stated = table.get_ref().iter().find(|(name, _)| name.get_ref() == "defaults");
        if let Some((_, value)) = stated
            && let DeValue::Table(defaults) = value.get_ref()
        {
            let tables = defaults.iter().find(|(_, value)| matches!(value.get_ref(), DeValue::Table(_)));
            if let Some((name, _)) = tables {
                let message =
                    "a table inside `[defaults]`; values by requirement or baseline stand in settings.toml";
                return Err(source.at_offset(name.span().start, message));
            }
            file.table(source, &Section::default(), defaults)?;
        }
        Ok(file.effective(None, None))
    }

    fn table(&mut self, source: &Source<'_>, section: &Section, table: &DeTable<'_>) -> Result<(), Problem> {
        for (name, value) in table {
            let start = name.span().start;
            let name = name.get_ref().to_string();
            if let DeValue::Table(inner) = value.get_ref() {
                let level = Baseline::ALL.into_iter().find(|level| level.as_str() == name);
                let inside = match (section, level) {
                    (Section { level: None, requirement: None }, Some(level)) => {
                        Section { level: Some(level), requirement: None }
                    }
                    (Section { requirement: None, level }, _) => {
                        Section { level: *level, requirement: Some(name) }
                    }
                    _ => {
                        let message = format!("`{name}` is a table inside the table of a requirement");
                        return Err(source.at_offset(start, message));
                    }
                };
                self.table(source, &inside, inner)?;
                continue;
            }
            let words = comment_above(source.text, value.span().start);
            if words.is_empty() {
                return Err(source.at_offset(start, format!("setting `{name}` has no comment above it")));
            }
            let Some(setting) = setting(value.get_ref()) else {
                let message = format!(
                    "setting `{name}` must be true or false, a whole number, a text or a list of texts"
                );
                return Err(source.at_offset(start, message));
            };
            if matches!(setting, Setting::Number(..0)) {
                let message = format!("setting `{name}` must not be negative");
                return Err(source
                    .at_offset(start, message)
                    .hint("the comment above it says what it counts"));
            }
            let settings = self.sections.entry(section.clone()).or_default();
            settings.words.insert(name.clone(), words);
            settings.values.insert(name.clone(), setting);
            self.places.insert((section.clone(), name), start);
        }
        Ok(())
    }

    /// These values laid over others, which hold where this file states none. Their places are not in this file.
    pub(super) fn over(mut self, below: SettingsFile, source: &Source<'_>) -> Result<Self, Problem> {
        for (section, settings) in below.sections {
            let stated = self.sections.remove(&section).unwrap_or_default();
            self.sections.insert(section, settings.under(stated));
        }
        self.one_type_a_name(source)?;
        Ok(self)
    }

    /// A name means the same everywhere, so that a script that fits one section fits them all.
    fn one_type_a_name(&self, source: &Source<'_>) -> Result<(), Problem> {
        let mut known: BTreeMap<&str, &Setting> = BTreeMap::new();
        for (section, settings) in &self.sections {
            for (name, value) in settings.iter() {
                let first = known.entry(name).or_insert(value);
                if std::mem::discriminant(*first) != std::mem::discriminant(value) {
                    let message =
                        format!("setting `{name}` has another type here than elsewhere in this file");
                    return Err(self.at(source, section, name, message));
                }
            }
        }
        Ok(())
    }

    /// A problem of a value.
    pub(super) fn at(&self, source: &Source<'_>, section: &Section, name: &str, message: String) -> Problem {
        match self.places.get(&(section.clone(), name.to_owned())) {
            Some(start) => source.at_offset(*start, message),
            None => Problem::of_file(source.file, message),
        }
    }

    /// Names stated in each section, in order.
    pub(super) fn stated(&self) -> impl Iterator<Item = (&Section, &str)> {
        self.sections
            .iter()
            .flat_map(|(section, settings)| settings.iter().map(move |(name, _)| (section, name)))
    }

    /// Whether values differ by baseline.
    pub(super) fn by_level(&self) -> bool {
        self.sections.keys().any(|section| section.level.is_some())
    }

    /// The values that hold for a requirement (or for the pack as a whole) under a baseline: level and requirement are
    /// stronger than requirement, that than level, that than the top of the file.
    pub(super) fn effective(&self, level: Option<Baseline>, requirement: Option<&str>) -> Settings {
        let mut settings = Settings::default();
        for (by_requirement, by_level) in [(false, false), (false, true), (true, false), (true, true)] {
            let section = Section {
                level: level.filter(|_| by_level),
                requirement: requirement.filter(|_| by_requirement).map(str::to_owned),
            };
            let meant =
                section.level.is_some() == by_level && section.requirement.is_some() == by_requirement;
            if let Some(stated) = self.sections.get(&section).filter(|_| meant) {
                settings.values.extend(stated.values.clone());
                settings.words.extend(stated.words.clone());
            }
        }
        settings
    }
}

fn setting(value: &DeValue<'_>) -> Option<Setting> {
    Some(match value {
        DeValue::Boolean(truth) => Setting::Truth(*truth),
        DeValue::Integer(number) => {
            Setting::Number(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::String(text) => Setting::Text(text.to_string()),
        DeValue::Array(list) => {
            let text = |value: &toml::Spanned<DeValue<'_>>| match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            };
            Setting::Texts(list.iter().map(text).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

impl Settings {
    /// Reads settings.toml as it holds for a pack without baselines.
    #[cfg(test)]
    pub(super) fn read(source: &Source<'_>) -> Result<Self, Problem> {
        SettingsFile::read(source).map(|file| file.effective(None, None))
    }

    /// The same with the values of other settings laid over them.
    pub(super) fn under(mut self, over: Settings) -> Settings {
        self.values.extend(over.values);
        self.words.extend(over.words);
        self
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.values.get(name)
    }

    /// The comment above a name.
    pub fn words(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    /// The texts of a list; none for any other value.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(Setting::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether the team demands verified hours of every test.
    pub fn demands_verified_hours(&self) -> bool {
        self.values.get(VERIFIED_HOURS) == Some(&Setting::Truth(true))
    }

    /// Names and values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// The comment lines directly above the line of a value, joined.
fn comment_above(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let mut lines: Vec<&str> =
        before.lines().rev().skip(1).take_while(|line| line.starts_with('#')).collect();
    lines.reverse();
    let words: Vec<&str> = lines.iter().map(|line| line.trim_start_matches('#').trim()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<SettingsFile, Problem> {
        SettingsFile::read(&Source { file: "settings.toml", text })
    }

    fn read(text: &str) -> Result<Settings, Problem> {
        Settings::read(&Source { file: "settings.toml", text })
    }

    #[test]
    fn each_value_carries_its_comment() {
        let settings =
            read("# Most refusals\n# in a row.\nlimit = 10\n\n# Names.\nnames = [\"a\", \"b\"]\n").unwrap();
        assert_eq!(settings.get("limit"), Some(&Setting::Number(10)));
        assert_eq!(settings.words("limit"), Some("Most refusals in a row."));
        assert_eq!(settings.get("names").map(ToString::to_string).as_deref(), Some("a, b"));
    }

    #[test]
    fn a_value_without_comment_is_refused_with_its_line() {
        let problem = read("# One.\none = 1\n\ntwo = 2\n").unwrap_err();
        assert_eq!((problem.line, problem.message.contains("`two`")), (4, true));
    }

    #[test]
    fn a_fraction_is_refused() {
        assert!(read("# One.\none = 1.5\n").unwrap_err().message.contains("whole number"));
    }

    const LAYERS: &str = r#"
# Days.
days = 90
# Hours.
hours = 24
["AC-2(3)"]
# Days for AC-2(3).
days = 60
[high]
# Days at high.
days = 50
[high."AC-2(3)"]
# Days for AC-2(3) at high.
days = 35
["AC-2(13)"]
# Only here.
minutes = 60
"#;

    #[test]
    fn the_strongest_section_that_states_a_value_wins() {
        let file = file(LAYERS).unwrap();
        let days = |level, requirement| {
            file.effective(level, requirement).get("days").unwrap().to_string().parse::<u32>().unwrap()
        };
        assert_eq!(days(None, None), 90);
        assert_eq!(days(Some(Baseline::Low), Some("AC-7")), 90);
        assert_eq!(days(Some(Baseline::High), Some("AC-7")), 50);
        assert_eq!(days(Some(Baseline::Low), Some("AC-2(3)")), 60);
        assert_eq!(days(Some(Baseline::High), Some("AC-2(3)")), 35);
        let one = file.effective(None, Some("AC-2(13)"));
        assert_eq!(one.words("minutes"), Some("Only here."));
        assert!(file.by_level() && file.effective(None, None).get("minutes").is_none());
    }

    #[test]
    fn values_in_sections_are_checked_as_well() {
        assert!(file("# One.\none = 1\n[low]\none = 2\n").unwrap_err().message.contains("no comment"));
        let other = file("# One.\none = 1\n[low]\n# One.\none = true\n").unwrap_err();
        assert_eq!((other.line, other.message.contains("another type")), (5, true));
        assert!(file("# One.\none = -1\n").unwrap_err().message.contains("must not be negative"));
    }
}
