//! Reads the sections that state how access is meant to be. A slip is an error with file, line and a suggestion.

use std::path::PathBuf;

use super::{Checker, clock};
use crate::audit::calendar::{self, Calendar};
use crate::audit::networks::Networks;
use crate::audit::patterns::Sensitive;
use crate::audit::regions;
use crate::audit::scope::{Scope, ThirdParty};
use crate::audit::sections::CalendarSection;
use crate::audit::{Beside, File, Pattern};
use crate::clock::Seconds;
use crate::error::Result;

type Text = toml::Spanned<String>;

/// Silence that ends a session where audit.toml states none.
const SILENCE: Seconds = 30 * 60;

impl Checker<'_> {
    /// The scope with everything that must be read before it can be asked.
    ///
    /// # Errors
    /// For a network, hour, zone, region, key, expression or account that is none.
    pub fn scope(&self, file: &File) -> Result<Scope> {
        let data = file.data.clone().unwrap_or_default();
        let approved = file.networks.as_ref().and_then(|section| section.approved.as_ref());
        self.logs(file)?;
        self.attestation(file)?;
        Ok(Scope {
            networks: approved.map(|list| self.networks(list)).transpose()?,
            calendar: file.calendar.as_ref().map(|section| self.calendar(section)).transpose()?,
            data_keys: data.keys.as_ref().map(|list| self.keys(list)).transpose()?,
            allowed_regions: data.allowed_regions.as_ref().map(|list| self.regions(list)).transpose()?,
            sensitive_keys: data.sensitive_keys.as_ref().map(|list| self.sensitive(list)).transpose()?,
            third_parties: self.third_parties(file)?,
            ..Scope::new(file)
        })
    }

    fn networks(&self, list: &[Text]) -> Result<Networks> {
        let mut networks = Networks::default();
        for text in list {
            networks.add(text.as_ref()).map_err(|slip| self.at(text, &slip.what).hint(slip.hint))?;
        }
        Ok(networks)
    }

    fn calendar(&self, section: &CalendarSection) -> Result<Calendar> {
        let zone = section.zone.as_ref().parse().map_err(|_| {
            self.at(&section.zone, &format!("{:?} is no time zone", section.zone.as_ref()))
                .hint("use a name such as Europe/Dublin or UTC")
        })?;
        let mut days = [false; 7];
        for day in &section.days {
            let place = calendar::DAYS.iter().position(|name| name == day.as_ref());
            match place.and_then(|place| days.get_mut(place)) {
                Some(slot) => *slot = true,
                None => {
                    let what = format!("{:?} is no day", day.as_ref());
                    return Err(self.at(day, &what).hint(format!("write {}", calendar::DAYS.join(", "))));
                }
            }
        }
        let minutes = |text: &Text| {
            calendar::minutes(text.as_ref()).ok_or_else(|| {
                self.at(text, &format!("{:?} is no time of day", text.as_ref())).hint("write 07:00 or 19:30")
            })
        };
        let (from, to) = (minutes(&section.from)?, minutes(&section.to)?);
        if from == to {
            return Err(self
                .at(&section.to, "from and to are the same time")
                .hint("the whole day is from = \"00:00\", to = \"24:00\""));
        }
        let holiday = |text: &Text| {
            text.as_ref().parse().map_err(|_| {
                self.at(text, &format!("{:?} is no date", text.as_ref())).hint("write 2026-01-01")
            })
        };
        let holidays = section.holidays.iter().map(holiday).collect::<Result<_>>()?;
        Ok(Calendar { zone, days, from, to, holidays })
    }

    fn keys(&self, list: &[Text]) -> Result<Vec<String>> {
        for text in list {
            let is_key = text.as_ref().starts_with("arn:") && text.as_ref().contains(":key/");
            if !is_key {
                return Err(self
                    .at(text, &format!("{:?} is no ARN of a KMS key", text.as_ref()))
                    .hint("write arn:aws:kms:REGION:ACCOUNT:key/ID; records do not name aliases"));
            }
        }
        Ok(list.iter().map(|text| text.as_ref().clone()).collect())
    }

    fn regions(&self, list: &[Text]) -> Result<Vec<String>> {
        for text in list {
            let region = text.as_ref();
            if let Some(hint) = regions::mend(region) {
                return Err(self.at(text, &format!("{region:?} is no region code")).hint(hint));
            }
        }
        Ok(list.iter().map(|text| text.as_ref().clone()).collect())
    }

    fn sensitive(&self, list: &[Text]) -> Result<Sensitive> {
        let mut sensitive = Sensitive::default();
        for text in list {
            sensitive.add(text.as_ref()).map_err(|error| {
                self.at(text, &format!("{:?} is no regular expression", text.as_ref()))
                    .cause(&error)
                    .hint("write it in single quotes, for example '[0-9]{3}-[0-9]{2}-[0-9]{4}'")
            })?;
        }
        Ok(sensitive)
    }

    fn third_parties(&self, file: &File) -> Result<Option<Vec<ThirdParty>>> {
        let Some(sections) = &file.third_parties else { return Ok(None) };
        let mut parties = Vec::new();
        for section in sections {
            let (from, to) = (self.time(&section.from, None, "")?, self.time(&section.to, None, "")?);
            if from > to {
                let what = format!("from {} lies behind to {}", clock::rfc3339(from), clock::rfc3339(to));
                return Err(self.at(&section.from, &what).hint("a date means its first instant"));
            }
            if section.principals.is_empty() {
                let what = format!("third party {:?} names no principals", section.name);
                return Err(self.at(&section.from, &what).hint("name its roles, users or accounts"));
            }
            let patterns = |texts: &Vec<String>| texts.iter().map(|text| Pattern::new(text)).collect();
            parties.push(ThirdParty {
                name: section.name.clone(),
                principals: patterns(&section.principals),
                from,
                to,
                networks: section.networks.as_ref().map(|list| self.networks(list)).transpose()?,
                tables: section.tables.as_ref().map(patterns),
            });
        }
        Ok(Some(parties))
    }

    fn logs(&self, file: &File) -> Result<()> {
        let Some(logs) = &file.logs else { return Ok(()) };
        if let Some(account) = &logs.account {
            let id = account.as_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(
                    self.at(account, &format!("logs.account = {id:?} must be twelve digits in quotes"))
                );
            }
        }
        if let (Some(kept), Some(online)) = (logs.retention_days, &logs.online_days)
            && *online.as_ref() > kept
        {
            let what = format!("online_days ({}) is more than retention_days ({kept})", online.as_ref());
            return Err(self
                .at_place(online.span().start, &what)
                .hint("online days are a part of the days kept"));
        }
        Ok(())
    }

    /// The silence that ends a session, in seconds.
    ///
    /// # Errors
    /// For less than a minute or more than a day.
    pub fn session_silence(&self, file: &File) -> Result<Seconds> {
        let Some(written) = &file.audit.session_silence_minutes else { return Ok(SILENCE) };
        let minutes = *written.as_ref();
        if !(1..=24 * 60).contains(&minutes) {
            return Err(self
                .at_place(written.span().start, &format!("{minutes} minutes cannot end a session"))
                .hint("write 1 to 1440; 30 when left out"));
        }
        Ok(Seconds::from(minutes) * 60)
    }

    /// Paths of the public keys, each of which is there.
    ///
    /// # Errors
    /// For a path that is not.
    pub fn public_keys(&self, file: &File, folder: &Beside) -> Result<Vec<PathBuf>> {
        let written = file.logs.iter().flat_map(|logs| &logs.public_keys);
        let path = |written: &toml::Spanned<PathBuf>| {
            let path = folder.join(written.as_ref());
            if path.is_there() {
                return Ok(path.to_path_buf());
            }
            let what = format!("public keys not found: {}", path.display());
            Err(self.at_place(written.span().start, &what).hint(
                "save the answer of `aws cloudtrail list-public-keys` for each region as REGION.json, and name the files or their folder",
            ))
        };
        written.map(path).collect()
    }

    fn attestation(&self, file: &File) -> Result<()> {
        let stated = file.identity_provider.as_ref().and_then(|section| section.mfa_attestation.as_ref());
        match stated.filter(|text| text.as_ref().trim().is_empty()) {
            Some(text) => Err(self
                .at(text, "mfa_attestation is empty")
                .hint("name the document that states it, or leave the key out")),
            None => Ok(()),
        }
    }
}
