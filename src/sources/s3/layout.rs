//! How a trail lays out its bucket, and which of its folders can matter. Comes in: the place of a folder in the layout
//! and the name of a folder inside it. Goes out: whether to look into it, to leave it with a reason, or to list all below.
//!
//! ```text
//! [PREFIX/]AWSLogs/[o-ORG/]ACCOUNT/CloudTrail*/REGION/YYYY/MM/DD/   (cloudtrail-records §7)
//! ```

use crate::audit::S3Scope;
use crate::clock::{self, DAY};

/// Where a folder stands in the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// Somewhere above `AWSLogs/`, where a source starts.
    Start,
    /// One below `Start`; whether `AWSLogs/` stands beside it.
    Side(bool),
    /// `AWSLogs/`.
    Trails,
    /// `AWSLogs/o-…/`.
    Organisation,
    /// An account's folder.
    Account(String),
    /// `CloudTrail/`, `CloudTrail-Digest/` and others, of an account.
    Kind(String),
    /// A region's folder.
    Region,
    /// A year's folder.
    Year(String),
    /// A month's folder, as `YYYY/MM`.
    Month(String),
    /// Everything below matters, whatever it is.
    Below,
}

/// What to do with a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Look into it.
    Into(Level),
    /// Leave it, and say why.
    Leave(&'static str),
    /// Leave it: a day that cannot matter.
    Day,
}

/// Why folders are left.
pub const OUTSIDE_ACCOUNT: &str = "account outside the audit's scope: not listed (outside_scope lists it)";
const OUTSIDE_REGION: &str = "region outside the audit's scope: not listed (outside_scope lists it)";
const OTHER_SERVICE: &str = "logs of another service: not listed";
const NO_ACCOUNT: &str = "not an account's folder of AWSLogs: not listed";
/// Why a folder beside `AWSLogs/` is left.
pub const BESIDE: &str =
    "beside AWSLogs/ and without one of its own: not listed; name it as a source if it holds logs";

/// What of the layout matters.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    scope: S3Scope,
    /// First and last day, as `YYYY/MM/DD`.
    days: Option<(String, String)>,
}

impl Layout {
    /// For the scope of an audit: the day before the window, because a file is named by the minute of its delivery and
    /// times are rounded, to two days past its end, because delivery lags.
    pub fn new(scope: &S3Scope) -> Layout {
        let days = scope.window.map(|(from, to)| {
            let last = (to - 1).max(from);
            (folder_of(from - DAY), folder_of(last + 2 * DAY))
        });
        Layout { scope: scope.clone(), days }
    }

    /// Everything, of every account and day.
    pub fn whole() -> Layout {
        Layout::default()
    }

    /// Where a prefix that ends with `/` (or is empty) stands.
    pub fn level(prefix: &str) -> Level {
        let parts: Vec<&str> = prefix.split_terminator('/').collect();
        let whole = Layout::whole();
        let starts = parts.iter().enumerate().rev().filter(|(_, part)| **part == "AWSLogs");
        // A prefix may hold a folder of that name which is none: the last one whose followers fit counts.
        for (at, _) in starts {
            let mut followers = parts.iter().skip(at + 1);
            let found = followers.try_fold(Level::Trails, |level, name| match whole.step(&level, name) {
                Step::Into(level) => Some(level),
                _ => None,
            });
            if let Some(level) = found {
                return level;
            }
        }
        Level::Start
    }

    /// What to do with the folder `name` inside one of `level`.
    pub fn step(&self, level: &Level, name: &str) -> Step {
        match level {
            Level::Start | Level::Side(_) if name == "AWSLogs" => Step::Into(Level::Trails),
            Level::Start => Step::Into(Level::Side(false)),
            Level::Side(_) => Step::Leave(BESIDE),
            Level::Trails if name.starts_with("o-") => Step::Into(Level::Organisation),
            Level::Trails | Level::Organisation => self.account(name),
            Level::Account(id) if name.starts_with("CloudTrail") => Step::Into(kind(id, name)),
            Level::Account(_) => Step::Leave(OTHER_SERVICE),
            Level::Kind(id) => self.region(id, name),
            Level::Region => self.dated(name, 4, name.to_owned(), Level::Year),
            Level::Year(year) => self.dated(name, 2, format!("{year}/{name}"), Level::Month),
            Level::Month(month) => self.dated(name, 2, format!("{month}/{name}"), |_| Level::Below),
            Level::Below => Step::Into(Level::Below),
        }
    }

    /// Whether all keys below a folder are wanted, so that they are listed without looking at folders.
    pub fn lists_all(&self, level: &Level) -> bool {
        match level {
            Level::Below => true,
            Level::Region | Level::Year(_) | Level::Month(_) => self.days.is_none(),
            _ => false,
        }
    }

    fn account(&self, name: &str) -> Step {
        if name.len() != 12 || !digits(name) {
            Step::Leave(NO_ACCOUNT)
        } else if self.scope.has_account(name) {
            Step::Into(Level::Account(name.to_owned()))
        } else {
            Step::Leave(OUTSIDE_ACCOUNT)
        }
    }

    fn region(&self, account: &str, name: &str) -> Step {
        let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !name.bytes().all(part) || !name.contains('-') {
            Step::Into(Level::Below)
        } else if !self.scope.has_region(account, name) {
            Step::Leave(OUTSIDE_REGION)
        } else {
            Step::Into(Level::Region)
        }
    }

    /// A folder of a year, month or day whose whole date so far is `date`. What has no date is looked into.
    fn dated(&self, name: &str, length: usize, date: String, next: impl Fn(String) -> Level) -> Step {
        if name.len() != length || !digits(name) {
            return Step::Into(Level::Below);
        }
        let Some((first, last)) = &self.days else { return Step::Into(next(date)) };
        let (from, to) = (cut(first, date.len()), cut(last, date.len()));
        if date.as_str() < from || date.as_str() > to {
            Step::Day
        } else if date.as_str() > from && date.as_str() < to {
            Step::Into(Level::Below)
        } else {
            Step::Into(next(date))
        }
    }
}

/// Query results of CloudTrail Lake lie by the day of the query, not of the records.
fn kind(account: &str, name: &str) -> Level {
    if name == "CloudTrail-Lake" { Level::Below } else { Level::Kind(account.to_owned()) }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn cut(date: &str, length: usize) -> &str {
    date.get(..length).unwrap_or(date)
}

/// `2026/03/02` of a time.
fn folder_of(time: clock::Seconds) -> String {
    clock::rfc3339(time).chars().take(10).map(|sign| if sign == '-' { '/' } else { sign }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn layout(from: &str, to: &str) -> Layout {
        let regions = BTreeSet::from(["eu-west-1".to_owned()]);
        let time = |text| clock::parse_date_or_time(text).unwrap();
        Layout::new(&S3Scope {
            accounts: BTreeMap::from([("111122223333".to_owned(), regions)]),
            window: Some((time(from), time(to))),
        })
    }

    /// The last step of a path below AWSLogs/, and whether everything below it is listed in one go.
    fn walk(layout: &Layout, path: &str) -> Step {
        let mut level = Level::Trails;
        for name in path.split('/') {
            match layout.step(&level, name) {
                Step::Into(next) => level = next,
                other => return other,
            }
        }
        Step::Into(level)
    }

    #[test]
    fn days_from_the_day_before_to_two_days_after() {
        let layout = layout("2026-03-02", "2026-04-01");
        let day = |day: &str| walk(&layout, &format!("111122223333/CloudTrail/eu-west-1/{day}"));
        for inside in ["2026/03/01", "2026/03/31", "2026/04/02"] {
            assert_eq!(day(inside), Step::Into(Level::Below), "{inside}");
        }
        for outside in ["2026/02/28", "2026/04/03", "2025/03/15", "2027", "2026/05", "2026/01"] {
            assert_eq!(day(outside), Step::Day, "{outside}");
        }
        for odd in ["old", "2026/backup", "2026/04/zz"] {
            assert_eq!(day(odd), Step::Into(Level::Below), "{odd}");
        }
    }

    #[test]
    fn months_that_matter_whole_are_listed_whole() {
        let layout = layout("2025-11-20", "2026-02-10");
        let month = |month: &str| walk(&layout, &format!("111122223333/CloudTrail-Digest/eu-west-1/{month}"));
        assert_eq!(month("2025/12"), Step::Into(Level::Below));
        assert_eq!(month("2026/01"), Step::Into(Level::Below));
        assert_eq!(month("2025/11"), Step::Into(Level::Month("2025/11".to_owned())));
        assert_eq!(month("2026/02"), Step::Into(Level::Month("2026/02".to_owned())));
    }

    #[test]
    fn what_is_outside_the_scope_is_left_with_a_reason() {
        let layout = layout("2026-03-02", "2026-03-03");
        for (path, reason) in [
            ("999999999999", OUTSIDE_ACCOUNT),
            ("o-abc/999999999999", OUTSIDE_ACCOUNT),
            ("111122223333/CloudTrail/eu-west-2", OUTSIDE_REGION),
            ("111122223333/Config", OTHER_SERVICE),
            ("aws-account-id=111122223333", NO_ACCOUNT),
            ("o-abc/o-def", NO_ACCOUNT),
        ] {
            assert_eq!(walk(&layout, path), Step::Leave(reason), "{path}");
        }
        let global = walk(&layout, "o-abc/111122223333/CloudTrail/us-east-1");
        assert_eq!(global, Step::Into(Level::Region));
        assert_eq!(walk(&layout, "111122223333/CloudTrail-Lake"), Step::Into(Level::Below));
    }

    #[test]
    fn a_prefix_may_start_anywhere() {
        for (prefix, level) in [
            ("", Level::Start),
            ("logs/2026/03/", Level::Start),
            ("x/AWSLogs/", Level::Trails),
            ("AWSLogs/o-abc/", Level::Organisation),
            ("AWSLogs/AWSLogs/111122223333/", Level::Account("111122223333".to_owned())),
            ("AWSLogs/AWSLogs/", Level::Trails),
            ("AWSLogs/111122223333/CloudTrail/", Level::Kind("111122223333".to_owned())),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/", Level::Region),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/", Level::Month("2026/03".to_owned())),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/", Level::Below),
            ("AWSLogs/notes/", Level::Start),
        ] {
            assert_eq!(Layout::level(prefix), level, "{prefix}");
        }
    }
}
