//! What a rule may see of an access: the values of its fields, from shape or row.

use std::sync::Arc;

use crate::audit::Scope;
use crate::clock::{self, HOUR, rfc3339};
use crate::events::{Factor, ObjectKind, arn, catalogue};
use crate::identities::{Grade, Mfa, Who};
use crate::ledger::row::{NO_TIME, Row};
use crate::ledger::shape::RawShape;
use crate::ledger::walk::EventRows;
use crate::ledger::who::WhoShape;
use crate::ledger::{Ledger, Shape, scoped};
use crate::rules::{Field, Fields, Texts, Value};

/// The fields of a shape, and of one row when it is given.
pub struct AccessFields<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    shape: &'a Shape,
    raw: &'a RawShape,
    who: &'a WhoShape,
    row: Option<(&'a Row, EventRows<'a>)>,
}

impl<'a> AccessFields<'a> {
    /// The fields of a shape; row fields are empty.
    pub fn of_shape(ledger: &'a Ledger, scope: &'a Scope, shape: &'a Shape) -> Option<Self> {
        let raw = ledger.raw(shape)?;
        let who = ledger.who_shapes.get(shape.who as usize)?;
        Some(AccessFields { ledger, scope, shape, raw, who, row: None })
    }

    /// With the fields of one row.
    #[must_use]
    pub fn with_row(mut self, row: &'a Row, event: EventRows<'a>) -> Self {
        self.row = Some((row, event));
        self
    }

    fn name(&self, place: u32) -> &'a str {
        self.ledger.names.str(place)
    }

    fn entry(&self) -> Option<&'static catalogue::Entry> {
        catalogue::find(self.name(self.raw.source), self.name(self.raw.operation))
    }

    fn groups(&self) -> Value {
        let listed = self.entry().map(|entry| entry.groups.clone()).unwrap_or_default();
        let root = (self.who.principal_kind == "root").then_some("root.use");
        let texts: Vec<_> = listed.into_iter().chain(root).map(Into::into).collect();
        Value::Texts(Texts(Arc::from(texts)))
    }

    fn data_class(&self) -> &'static str {
        if self.raw.object_kind != ObjectKind::Table {
            return "";
        }
        let place = (
            self.name(self.raw.object_account),
            self.name(self.raw.object_region),
            self.name(self.raw.object_name),
        );
        self.scope.data_class(place.0, place.1, place.2).map_or("", crate::audit::DataClass::as_str)
    }

    fn record_fields(&self, field: Field) -> Option<Value> {
        let raw = self.raw;
        Some(match field {
            Field::Service => text(self.name(raw.source).trim_end_matches(".amazonaws.com")),
            Field::Operation => text(self.name(raw.operation)),
            Field::Kind => text(raw.kind.word()),
            Field::Plane => text(raw.plane.word()),
            Field::Does => text(self.entry().map_or("", |entry| entry.does)),
            Field::Groups => self.groups(),
            Field::Outcome => text(raw.outcome.word()),
            Field::Error => text(self.name(raw.error)),
            Field::ObjectKind => text(raw.object_kind.word()),
            Field::Object => text(self.name(raw.object_name)),
            Field::Account => text(self.name(raw.object_account)),
            Field::Region => text(self.name(raw.region)),
            Field::CardInKey => Value::Truth(raw.card_in_key),
            Field::KeyKind => text(raw.key_kind.word()),
            Field::HasWho => Value::Truth(raw.has_who),
            Field::HasWhat => {
                Value::Truth(!self.name(raw.source).is_empty() && !self.name(raw.operation).is_empty())
            }
            Field::HasWhen => Value::Truth(raw.has_when),
            Field::HasOutcome => Value::Truth(raw.has_outcome),
            Field::HasObject => Value::Truth(raw.has_object),
            Field::Trust => text(raw.trust.word()),
            _ => return None,
        })
    }

    fn scope_fields(&self, field: Field) -> Option<Value> {
        let (account, region) = (self.name(self.raw.object_account), self.name(self.raw.region));
        Some(match field {
            Field::DataClass => text(self.data_class()),
            Field::Declared => Value::Truth(!self.data_class().is_empty()),
            Field::Partition => text(arn::partition_of_region(region)),
            Field::AccountDeclared => Value::Truth(self.scope.declares_account(account)),
            Field::RegionDeclared => Value::Truth(self.scope.declares_region(account, region)),
            Field::Origin => text(self.shape.origin),
            Field::Agent => text(self.shape.agent),
            Field::HasOrigin => Value::Truth(self.shape.origin != "none"),
            Field::Change => text(self.shape.change.word()),
            Field::Incident => text(self.shape.incident.word()),
            Field::LogObject => Value::Truth(
                self.scope.is_log_object(self.raw.object_kind.word(), self.name(self.raw.object_name)),
            ),
            Field::OwnIdentity => Value::Truth(self.shape.own_identity),
            Field::TargetPrivileged => Value::Truth(self.shape.target_privileged),
            _ => return None,
        })
    }

    fn who_fields(&self, field: Field) -> Option<Value> {
        let who = self.who;
        let console = who.grade == Grade::C && self.raw.from_console;
        Some(match field {
            Field::CallerKind => text(if console { "human" } else { who.caller_kind }),
            Field::PrincipalKind => text(who.principal_kind),
            Field::Grade => text(who.grade.letter()),
            Field::Reason => text(if who.grade == Grade::A { "" } else { who.reason.code() }),
            Field::IssuersInSources => Value::Truth(who.issuers_in_sources),
            Field::Role => text(&who.role),
            Field::Privileged => Value::Truth(who.privileged),
            Field::BreakGlass => Value::Truth(who.break_glass),
            Field::SharedIdentity => Value::Truth(who.shared),
            Field::EnteredBy => text(who.entered_by.word()),
            Field::LogReader => Value::Truth(who.log_reader),
            Field::LogAdmin => Value::Truth(who.log_admin),
            Field::Interactive => Value::Truth(who.interactive || console),
            Field::OfOwnAccord => {
                let of_aws = !who.role.starts_with("arn:") || who.role.contains(":role/aws-service-role/");
                Value::Truth(!console && who.caller_kind == "service" && of_aws)
            }
            _ => return None,
        })
    }

    /// What audit.toml says of the access.
    fn stated_fields(&self, field: Field) -> Option<Value> {
        let (raw, standing, names) = (self.raw, &self.shape.standing, &self.ledger.names);
        Some(match field {
            Field::Network => text(standing.network.word()),
            Field::Hours => text(standing.hours.word()),
            Field::Authorised => text(standing.authorised.word()),
            Field::Purpose => text(standing.purpose.word()),
            Field::Request => text(standing.request.word()),
            Field::AfterLeaving => text(standing.after_leaving.word()),
            Field::ThirdParty => text(standing.third_party.word()),
            Field::SensitiveKey => text(standing.sensitive_key.word()),
            Field::DirectQuery => text(self.who.direct_query.word()),
            Field::External => text(self.who.external.word()),
            Field::KeyAdmin => text(self.who.key_admin.word()),
            Field::Mfa => text(self.mfa().word()),
            Field::MfaAttested => Value::Truth(self.scope.mfa_attestation.is_some()),
            Field::DataKey => {
                let key = raw.object_kind == ObjectKind::Key;
                Value::Truth(key && self.scope.is_data_key(self.name(raw.object_name)))
            }
            Field::Effect => text(scoped::effect(raw, names, self.scope)),
            Field::OpenedTo => text(scoped::opened_to(raw, names, self.scope)),
            Field::Destination => text(scoped::destination(raw, names, self.scope)),
            Field::RegionAllowed => text(scoped::region_allowed(raw, names, self.scope)),
            Field::Wide => Value::Truth(raw.wide),
            Field::Console => Value::Truth(raw.from_console),
            Field::TimeForm => text(raw.time_form.word()),
            _ => return None,
        })
    }

    /// The record's own word on a second factor, else the session's. A sign-in of a user or root that says none was used
    /// is decided; one that comes from elsewhere shows nothing of the factor there.
    fn mfa(&self) -> Mfa {
        match self.raw.factor {
            Factor::Used => Mfa::Yes,
            Factor::NotUsed if matches!(self.who.principal_kind, "root" | "iam-user") => Mfa::No,
            Factor::NotUsed | Factor::Unstated => self.who.mfa,
        }
    }

    fn row_fields(&self, field: Field) -> Option<Value> {
        let (row, event) = self.row.as_ref()?;
        let caller = self.ledger.callers.get(row.caller as usize);
        Some(match field {
            Field::Time if row.time == NO_TIME => text(""),
            Field::Time => text(&rfc3339(row.time)),
            Field::Hour => {
                Value::Number(if row.time == NO_TIME { -1 } else { row.time.rem_euclid(24 * HOUR) / HOUR })
            }
            Field::Key => text(event.partition.key(row)),
            Field::Address => text(self.name(row.address)),
            Field::Session => text(caller.map_or("", crate::identities::Caller::session_name)),
            Field::Credential => text(caller.map_or("", |caller| &caller.access_key)),
            Field::Person => text(&person_id(self.ledger, row)),
            Field::SessionHours => {
                let created = caller.and_then(|caller| clock::parse(&caller.created));
                let hours =
                    created.filter(|_| row.time != NO_TIME).map(|created| (row.time - created) / HOUR);
                Value::Number(hours.filter(|hours| *hours >= 0).unwrap_or(-1))
            }
            Field::EventRef => {
                let mut reference = String::new();
                event.reference(&mut reference);
                text(&reference)
            }
            _ => return None,
        })
    }
}

impl Fields for AccessFields<'_> {
    fn field(&self, field: Field) -> Value {
        self.record_fields(field)
            .or_else(|| self.who_fields(field))
            .or_else(|| self.scope_fields(field))
            .or_else(|| self.stated_fields(field))
            .or_else(|| self.row_fields(field))
            .unwrap_or_else(|| text(""))
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Roster id of the person, or name of the workload; empty when none is proven.
pub fn person_id(ledger: &Ledger, row: &Row) -> String {
    let who = ledger.resolutions.get(row.caller as usize).map(|resolution| &resolution.who);
    who.map(|who| who_id(ledger, who)).unwrap_or_default()
}

/// The same for whoever was resolved.
pub fn who_id(ledger: &Ledger, who: &Who) -> String {
    match who {
        Who::Person(place) => ledger.roster.row(*place).map_or_else(String::new, |person| person.id.clone()),
        Who::Workload(name) | Who::Named(name) => name.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
