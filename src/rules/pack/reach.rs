//! How far a test reaches: whether it examines item calls on tables whose hours it does not ask to be proven, and whether
//! it may say something about tables in scope where there are none. Comes in: a read test. Goes out: words of what is
//! wrong and what to do. It reads no logs: calls are made up here, one for each way in which a table is touched.

use super::{Class, Coverage, Each, Method, Test};
use crate::audit::DataClass;
use crate::rules::api::{Field, Fields, Kind, Value};
use crate::rules::run::List;
use crate::rules::settings::DATA_CLASSES;

/// A call on items of a table, as the catalogue of events words it.
struct Call {
    class: Class,
    operation: &'static str,
    kind: &'static str,
    does: &'static str,
    groups: &'static [&'static str],
}

const CALLS: [Call; 5] = [
    Call {
        class: Class::Read,
        operation: "GetItem",
        kind: "read",
        does: "read_item",
        groups: &["ddb.data", "ddb.item.read"],
    },
    Call {
        class: Class::Read,
        operation: "Scan",
        kind: "read",
        does: "read_set",
        groups: &["ddb.data", "ddb.set.read"],
    },
    Call {
        class: Class::Write,
        operation: "PutItem",
        kind: "write",
        does: "write_item",
        groups: &["ddb.data", "ddb.item.write"],
    },
    Call {
        class: Class::Write,
        operation: "DeleteItem",
        kind: "delete",
        does: "delete_item",
        groups: &["ddb.data", "ddb.item.delete"],
    },
    Call {
        class: Class::Stream,
        operation: "GetRecords",
        kind: "read",
        does: "stream_read",
        groups: &["ddb.stream.read"],
    },
];

/// Lists of `run` that are made of the calls of a caller, whatever table they touch.
const WHATEVER_TABLE: [List; 5] =
    [List::Bursts, List::Leavers, List::Identities, List::Credentials, List::Persons];

/// Most made-up accesses that one population is asked about for one call.
const MOST: usize = 2048;
/// Steps through the combinations of the other fields: a prime, so that none is met twice.
const STEP: usize = 1_000_003;

/// What is wrong, and what to do about it.
pub(super) struct Overreach {
    pub(super) message: String,
    pub(super) hint: &'static str,
}

/// Everything that is wrong with how far a test reaches.
pub(super) fn overreach(test: &Test) -> Vec<Overreach> {
    [unproven(test), nothing_in_scope(test)].into_iter().flatten().collect()
}

/// Which tables' hours a test asks, if not those of every declared table.
fn classes_asked<'t>(test: &'t Test, stated: &'t Coverage) -> Option<Vec<&'t str>> {
    let of_items = stated.classes.iter().any(|class| *class != Class::Management);
    match stated.of.as_deref().filter(|_| of_items)? {
        "declared" => None,
        "scope" => Some(test.data_classes.iter().map(String::as_str).collect()),
        class => DataClass::ALL.iter().any(|known| known.as_str() == class).then(|| vec![class]),
    }
}

/// The test counts calls on tables whose hours it does not ask.
fn unproven(test: &Test) -> Option<Overreach> {
    let asked = classes_asked(test, test.coverage.as_ref()?)?;
    let known = DataClass::ALL.map(DataClass::as_str);
    let outside = known.into_iter().find(|class| !asked.contains(class))?;
    let found = match &test.method {
        Method::Judge(judge) => judge
            .lists
            .iter()
            .find(|list| WHATEVER_TABLE.contains(list))
            .map(|list| format!("reads run.{list}, which is made of calls on any table")),
        Method::Each(each) => CALLS
            .iter()
            .find(|call| examines(each, call, outside))
            .map(|call| format!("examines {} on tables of class `{outside}` as well", call.operation)),
    };
    Some(Overreach {
        message: format!(
            "test {} {}, but its `coverage` asks the hours of tables of class {} alone",
            test.id,
            found?,
            asked.join(", ")
        ),
        hint: "say of = \"declared\" in `coverage`, or let the population ask access.data_class in settings.data_classes",
    })
}

/// The test speaks of tables in scope and may be supported where no such table is declared.
fn nothing_in_scope(test: &Test) -> Option<Overreach> {
    let stated = test.coverage.as_ref().and_then(|stated| classes_asked(test, stated));
    let every_table = test.coverage.as_ref().is_some_and(|stated| stated.of.as_deref() == Some("declared"));
    let reads = !every_table && test.settings.iter().any(|name| name == DATA_CLASSES);
    let required = test.requires.iter().any(|fact| {
        fact.strip_prefix("tables.").is_some_and(|class| {
            class == "scope" || stated.as_ref().is_some_and(|classes| classes.contains(&class))
        })
    });
    ((stated.is_some() || reads) && !required).then(|| Overreach {
        message: format!(
            "test {} is about tables of the pack’s classes, and could be supported where none is declared",
            test.id
        ),
        hint: "add \"tables.scope\" to `requires`",
    })
}

/// Whether a population holds such a call on a table of a class.
fn examines(each: &Each, call: &Call, class: &str) -> bool {
    let population = &each.population;
    let open: Vec<(Field, Vec<Value>)> = population
        .fields
        .iter()
        .filter(|field| fixed(call, class, **field).is_none())
        .map(|field| (*field, values(*field)))
        .collect();
    let all = open.iter().fold(1usize, |all, (_, values)| all.saturating_mul(values.len()));
    (0..all.min(MOST)).any(|number| {
        let access = MadeUp { call, class, open: &open, number: number.wrapping_mul(STEP) % all };
        population.truth(&access).unwrap_or(false)
    })
}

/// What is certain of a call on the items of a declared table.
fn fixed(call: &Call, class: &str, field: Field) -> Option<Value> {
    Some(match field {
        Field::Service => "dynamodb".into(),
        Field::Operation => call.operation.into(),
        Field::Kind => call.kind.into(),
        Field::Plane if call.class == Class::Stream => "stream".into(),
        Field::Plane => "data".into(),
        Field::Does => call.does.into(),
        Field::Groups => call.groups.into(),
        Field::ObjectKind => "table".into(),
        Field::DataClass => class.into(),
        Field::Declared | Field::AccountDeclared | Field::RegionDeclared | Field::HasObject => true.into(),
        Field::LogObject | Field::DataKey | Field::OwnIdentity | Field::TargetPrivileged => false.into(),
        Field::Effect | Field::OpenedTo => "".into(),
        Field::Destination => "none".into(),
        _ => return None,
    })
}

/// What another field may hold.
fn values(field: Field) -> Vec<Value> {
    let facts = field.facts();
    match facts.kind {
        Kind::Truth => vec![true.into(), false.into()],
        Kind::Number => vec![0i64.into(), 12i64.into()],
        Kind::Texts | Kind::List(_) => vec![(&[][..]).into()],
        Kind::Text if facts.values.is_empty() => vec![facts.example.into(), "".into()],
        Kind::Text => facts.values.iter().map(|value| (*value).into()).collect(),
    }
}

/// A made-up access: a number tells which value each open field has.
struct MadeUp<'a> {
    call: &'a Call,
    class: &'a str,
    open: &'a [(Field, Vec<Value>)],
    number: usize,
}

impl Fields for MadeUp<'_> {
    fn field(&self, field: Field) -> Value {
        if let Some(value) = fixed(self.call, self.class, field) {
            return value;
        }
        let mut rest = self.number;
        for (open, values) in self.open {
            if *open == field {
                return values.get(rest % values.len()).cloned().unwrap_or(Value::Truth(false));
            }
            rest /= values.len();
        }
        Value::Truth(false)
    }
}
