//! The closed values of members of run objects: a comparison with another one is an error at load, as for the fields
//! of an access. The empty text, which means "none", is always possible and is not listed.

/// Object, members, values.
type Row = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const DATA_CLASSES: &[&str] = &["cardholder", "health", "criminal-justice", "personal", "other"];
const COVERED_BY: &[&str] = &["approved", "none", "not-given"];
const SWITCH: &[&str] = &["on", "off", "unknown"];
const GRADES: &[&str] = &["A", "B", "C", "D", "E", "S"];

const MEMBERS: &[Row] = &[
    (&["strip"], &["class"], &["read", "write", "stream", "management"]),
    (&["strip", "witness", "config", "bulk"], &["data_class"], DATA_CLASSES),
    (&["burst"], &["data_classes"], DATA_CLASSES),
    (&["change"], &["grade"], GRADES),
    (&["change", "bulk"], &["change"], COVERED_BY),
    (&["burst", "failure", "bulk"], &["incident"], COVERED_BY),
    (&["place"], &["validation"], SWITCH),
    (&["failure"], &["kind"], &["stopped", "silent", "not-selected", "altered", "validation-off"]),
    (&["interval"], &["follow_up"], &["given", "none", "not-needed"]),
    (&["leaver"], &["kind"], &["leaver", "high-risk"]),
    (&["identity"], &["kind"], &["iam-user", "role", "identity-center", "other"]),
    (&["person"], &["grade"], GRADES),
    (&["person"], &["duties"], &["listed", "not-listed", "not-given"]),
    (&["config"], &["kind"], &["trail", "bucket", "table", "key", "log-group"]),
    (
        &["config"],
        &[
            "validation",
            "multi_region",
            "organisation",
            "other_account",
            "versioning",
            "object_lock",
            "public",
            "recovery",
            "deletion_protection",
            "enabled",
        ],
        SWITCH,
    ),
    (&["config"], &["encryption_key"], &["customer", "aws", "owned", "unknown"]),
    (&["subject"], &["kind"], &["access", "erasure", "accounting"]),
    (&["class"], &["selected"], &["yes", "no", "unknown"]),
];

/// The values that a member of an object of `run` can have; empty when they are not few.
pub fn member_values(object: &str, member: &str) -> &'static [&'static str] {
    let row =
        MEMBERS.iter().find(|(objects, members, _)| objects.contains(&object) && members.contains(&member));
    row.map_or(&[], |(_, _, values)| *values)
}

/// Every object and member that has closed values.
pub fn closed_members() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().flat_map(|(objects, members, _)| {
        objects.iter().flat_map(|object| members.iter().map(move |member| (*object, *member)))
    })
}
