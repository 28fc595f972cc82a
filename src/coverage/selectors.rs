//! What a trail's event selectors select. Comes in: the answer of get-event-selectors or the request of
//! PutEventSelectors (first letters lowered). Basic and advanced selectors; any narrowing that is not understood
//! counts as not selected.

use serde_json::Value;

use super::Class;

/// Whether a class of a table is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// In full.
    Yes,
    /// Not, or only in part.
    No,
}

/// A set of selectors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selectors {
    basic: Vec<Value>,
    advanced: Vec<Value>,
}

impl Selectors {
    /// Reads selectors; `None` when the value has none.
    pub fn read(value: &Value) -> Option<Selectors> {
        let list = |name: &str| get(value, name).and_then(Value::as_array).cloned();
        let (basic, advanced) = (list("EventSelectors"), list("AdvancedEventSelectors"));
        (basic.is_some() || advanced.is_some())
            .then(|| Selectors { basic: basic.unwrap_or_default(), advanced: advanced.unwrap_or_default() })
    }

    /// Whether a class is selected in full, for data classes of the table with this ARN.
    pub fn selects(&self, class: Class, table: Option<&str>) -> Selected {
        let yes = self.basic.iter().any(|selector| basic(selector, class, table))
            || self.advanced.iter().any(|selector| advanced(selector, class, table));
        let both = || {
            let parts = |wanted: &str| {
                self.advanced.iter().any(|selector| advanced_half(selector, class, table, wanted))
            };
            class == Class::Management && parts("true") && parts("false")
        };
        if yes || both() { Selected::Yes } else { Selected::No }
    }
}

impl Selectors {
    /// Whether some selector takes management events without those of keys.
    pub fn leaves_out_keys(&self) -> bool {
        let basic =
            self.basic.iter().any(|one| texts(get(one, "ExcludeManagementEventSources")).contains(&KEYS));
        let left_out = |(name, field): (&str, &Value)| {
            name == "eventSource" && texts(get(field, "NotEquals")).contains(&KEYS)
        };
        basic || self.advanced.iter().any(|one| fields(one).any(left_out))
    }

    /// Whether reads and writes of all objects of a bucket are selected.
    pub fn selects_objects(&self, bucket: &str) -> bool {
        let covered = |value: &str| {
            value.ends_with(":s3")
                || value.rsplit(':').next().is_some_and(|tail| tail.trim_end_matches('/') == bucket)
        };
        let basic = self.basic.iter().any(|selector| {
            let all = get(selector, "ReadWriteType").and_then(Value::as_str).unwrap_or("All") == "All";
            let resources = get(selector, "DataResources").and_then(Value::as_array).into_iter().flatten();
            let objects =
                resources.filter(|one| get(one, "Type").and_then(Value::as_str) == Some("AWS::S3::Object"));
            all && objects.flat_map(|one| texts(get(one, "Values"))).any(covered)
        });
        basic || self.advanced.iter().any(|selector| advanced_objects(selector, &covered))
    }
}

/// One advanced selector that takes all objects of a bucket.
fn advanced_objects(selector: &Value, covered: &dyn Fn(&str) -> bool) -> bool {
    let mut objects = false;
    for (name, field) in fields(selector) {
        let equals = texts(get(field, "Equals"));
        let fits = match name {
            "eventCategory" => equals == ["Data"],
            "resources.type" => {
                objects = equals.contains(&"AWS::S3::Object");
                objects
            }
            "resources.ARN" => texts(get(field, "StartsWith")).into_iter().any(covered),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    objects
}

/// A member without letter case.
fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn basic(selector: &Value, class: Class, table: Option<&str>) -> bool {
    let kind = get(selector, "ReadWriteType").and_then(Value::as_str).unwrap_or("All");
    let direction = match class {
        Class::Read | Class::Stream => matches!(kind, "All" | "ReadOnly"),
        Class::Write => matches!(kind, "All" | "WriteOnly"),
        Class::Management => kind == "All",
    };
    let Some(table) = table else {
        return direction
            && get(selector, "IncludeManagementEvents").and_then(Value::as_bool).unwrap_or(true);
    };
    let resources = get(selector, "DataResources").and_then(Value::as_array).into_iter().flatten();
    let named = resources
        .filter(|resource| get(resource, "Type").and_then(Value::as_str) == Some("AWS::DynamoDB::Table"))
        .flat_map(|resource| texts(get(resource, "Values")))
        .any(|value| covers(table, value));
    direction && named
}

/// `arn:aws:dynamodb` covers all tables, a table's ARN that table; a prefix must end at a separator.
fn covers(table: &str, value: &str) -> bool {
    table == value
        || (table.starts_with(value)
            && (value.ends_with(['/', ':'])
                || value.matches(':').count() < 5 && table.as_bytes().get(value.len()) == Some(&b':')))
}

fn fields(selector: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let list = get(selector, "FieldSelectors").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|field| Some((get(field, "Field")?.as_str()?, field)))
}

/// One advanced selector that by itself selects the class in full.
fn advanced(selector: &Value, class: Class, table: Option<&str>) -> bool {
    let mut category = false;
    let mut kind = class == Class::Management;
    for (name, field) in fields(selector) {
        let equals = texts(get(field, "Equals"));
        let fits = match name {
            "eventCategory" => {
                category = equals == [if class == Class::Management { "Management" } else { "Data" }];
                category
            }
            "resources.type" => {
                kind = equals.contains(&"AWS::DynamoDB::Table")
                    || (class == Class::Stream && equals.contains(&"AWS::DynamoDB::Stream"));
                kind
            }
            "readOnly" => match class {
                Class::Read | Class::Stream => equals == ["true"],
                Class::Write => equals == ["false"],
                Class::Management => false,
            },
            "resources.ARN" => table.is_some_and(|table| arn_fits(field, table)),
            "eventSource" if class == Class::Management => equals.is_empty() && may_be_left_out(field),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    category && kind
}

/// One of two selectors that together select management events: reads and writes apart.
fn advanced_half(selector: &Value, class: Class, table: Option<&str>, wanted: &str) -> bool {
    let halved =
        fields(selector).any(|(name, field)| name == "readOnly" && texts(get(field, "Equals")) == [wanted]);
    let mut whole = selector.clone();
    if let Some(list) = whole.as_object_mut().and_then(|object| {
        object
            .iter_mut()
            .find(|(key, _)| key.eq_ignore_ascii_case("FieldSelectors"))
            .and_then(|(_, list)| list.as_array_mut())
    }) {
        list.retain(|field| get(field, "Field").and_then(Value::as_str) != Some("readOnly"));
    }
    halved && advanced(&whole, class, table)
}

/// The source of key events, which a trail may leave out (AWS KMS Developer Guide, Logging AWS KMS API calls).
const KEYS: &str = "kms.amazonaws.com";

/// `NotEquals` of the two sources that AWS lets a trail leave out of its management events. That key events are left out
/// is asked apart: [`Selectors::leaves_out_keys`].
fn may_be_left_out(field: &Value) -> bool {
    let left_out = texts(get(field, "NotEquals"));
    !left_out.is_empty() && left_out.iter().all(|source| matches!(*source, KEYS | "rdsdata.amazonaws.com"))
}

fn arn_fits(field: &Value, table: &str) -> bool {
    let only = |name: &str| get(field, name).is_none();
    let narrowed = !(only("NotEquals") && only("NotStartsWith") && only("EndsWith") && only("NotEndsWith"));
    let named = texts(get(field, "Equals")).contains(&table)
        || texts(get(field, "StartsWith")).iter().any(|start| table.starts_with(start));
    named && !narrowed
}
