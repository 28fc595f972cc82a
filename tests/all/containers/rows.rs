//! Rows of Athena, CloudTrail Lake and the console's event history: a record in CloudTrail's spelling comes out, with
//! what the row has and nothing else.

use serde_json::{Value, json};
use trailwitness::events;
use trailwitness::gaps::GapKind;
use trailwitness::records::{Container, Meaning, Piece, walk};

use super::{NOON, record, told, value};

const IDENTITY: &str = "{type=IAMUser, principalid=AIDAEXAMPLE0000000001, arn=arn:aws:iam::111122223333:user/alice, accountid=111122223333, invokedby=null, accesskeyid=AKIAEXAMPLE000000001, username=alice, onbehalfof=null, sessioncontext=null}";
const RESOURCES: &str = "[{arn=arn:aws:dynamodb:us-east-1:111122223333:table/cards, accountid=111122223333, type=AWS::DynamoDB::Table}]";

/// Names and cells of a row as Athena prints them, for record 1.
fn printed() -> Vec<(&'static str, String)> {
    let request = value(&record(1))["requestParameters"].to_string();
    let cells: Vec<(&str, &str)> = vec![
        ("eventversion", "1.11"),
        ("useridentity", IDENTITY),
        ("eventtime", NOON),
        ("eventsource", "dynamodb.amazonaws.com"),
        ("eventname", "GetItem"),
        ("awsregion", "us-east-1"),
        ("sourceipaddress", "192.0.2.10"),
        ("useragent", "aws-cli/2.15.0"),
        ("errorcode", ""),
        ("errormessage", ""),
        ("requestparameters", &request),
        ("responseelements", "null"),
        ("additionaleventdata", ""),
        ("requestid", "REQ1"),
        ("eventid", "00000001-0000-4000-8000-000000000001"),
        ("resources", RESOURCES),
        ("eventtype", "AwsApiCall"),
        ("apiversion", "2012-08-10"),
        ("readonly", "true"),
        ("recipientaccountid", "111122223333"),
        ("serviceeventdetails", ""),
        ("sharedeventid", ""),
        ("vpcendpointid", ""),
        ("year", "2026"),
    ];
    cells.into_iter().map(|(name, cell)| (name, cell.to_owned())).collect()
}

fn csv(rows: &[Vec<(&'static str, String)>]) -> String {
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(rows[0].iter().map(|(name, _)| name)).unwrap();
    for row in rows {
        writer.write_record(row.iter().map(|(_, cell)| cell)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The same row in every form that services give.
pub(super) fn tables() -> Vec<(&'static str, String)> {
    let cells = printed();
    let whole = value(&record(1));
    let lower = |value: &Value| {
        let members = value.as_object().unwrap().iter();
        Value::from(
            members
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect::<serde_json::Map<_, _>>(),
        )
    };
    let mut row = lower(&whole);
    for name in ["managementevent", "eventcategory"] {
        row.as_object_mut().unwrap().remove(name);
    }
    row["useridentity"] = lower(&whole["userIdentity"]);
    row["resources"] = json!([lower(&whole["resources"][0])]);
    row["requestparameters"] = whole["requestParameters"].to_string().into();
    row["readonly"] = "true".into();
    row["errorcode"] = Value::Null;
    let lake: Vec<Value> = cells.iter().map(|(name, cell)| json!({(*name): cell})).collect();
    let data = |cells: Vec<&str>| json!({"Data": cells.into_iter().map(|cell| json!({"VarCharValue": cell})).collect::<Vec<_>>()});
    let athena = json!({"ResultSet": {"Rows": [
        data(cells.iter().map(|(name, _)| *name).collect()),
        data(cells.iter().map(|(_, cell)| cell.as_str()).collect())]}});
    vec![
        ("Athena as JSON", row.to_string()),
        ("Athena as CSV", csv(std::slice::from_ref(&cells))),
        ("answer of Athena", athena.to_string()),
        ("Lake", json!({"QueryStatus": "FINISHED", "QueryResultRows": [lake]}).to_string()),
        (
            "Lake as CSV",
            csv(&[cells
                .iter()
                .map(|(name, cell)| (*name, cell.replace(NOON, "2026-03-02 12:00:00.000")))
                .collect()]),
        ),
    ]
}

#[test]
fn a_row_in_any_form_says_what_its_record_says() {
    let whole = value(&record(1));
    for (name, text) in tables() {
        let told = told(&text);
        assert_eq!(told.walked.container, Container::QueryRows, "{name}");
        assert_eq!(
            (told.records.len(), &told.troubles[..], &told.notes[..]),
            (1, &[][..], &[][..]),
            "{name}"
        );
        let row = value(&told.records[0].1);
        assert!(Meaning::of(&row).agrees_with(&Meaning::of(&whole), true), "{name}: {row}");
        for member in ["userIdentity", "requestParameters", "resources", "eventTime", "readOnly", "eventID"] {
            assert_eq!(row[member], whole[member], "{name}: {member}");
        }
        assert!(row.get("managementEvent").is_none(), "{name}: nothing is invented");
    }
}

/// Whether success or failure is told, of each record.
fn outcomes_told(text: &str) -> Vec<bool> {
    let mut told = Vec::new();
    walk(text, &mut |_, piece| {
        if let Piece::Record(record) = piece {
            told.push(events::understand(&record).outcome_told);
        }
    });
    told
}

#[test]
fn columns_that_were_not_chosen_are_gone_and_told() {
    let chosen = |names: &[&str]| {
        let cells: Vec<_> = printed().into_iter().filter(|(name, _)| !names.contains(name)).collect();
        csv(&[cells])
    };
    let without = chosen(&["errorcode", "errormessage", "useridentity"]);
    let told_of = told(&without);
    let gone: Vec<_> = told_of.notes.iter().filter(|(kind, _)| *kind == GapKind::ColumnsGone).collect();
    assert_eq!(gone[0].1, "rows without userIdentity, errorCode");
    assert!(value(&told_of.records[0].1).get("userIdentity").is_none());
    assert_eq!(outcomes_told(&without), [false], "no error column is no success");
    assert_eq!(outcomes_told(&chosen(&["errormessage"])), [true]);
    let hopeless = told(&chosen(&["eventsource", "eventversion"]));
    assert_eq!((hopeless.records.len(), hopeless.troubles.len()), (0, 1));
}

#[test]
fn what_can_be_read_in_two_ways_names_nobody_and_says_so() {
    let with = |column: &str, cell: &str| {
        let change =
            |(name, old): (&'static str, String)| (name, if name == column { cell.to_owned() } else { old });
        told(&csv(&[printed().into_iter().map(change).collect()]))
    };
    let posed = with("useridentity", "{type=SAMLUser, username=x, arn=arn:aws:iam::111122223333:user/alice}");
    assert!(value(&posed.records[0].1).get("userIdentity").is_none());
    assert_eq!(posed.notes[0].0, GapKind::NotUnderstood);
    assert!(GapKind::NotUnderstood.loses_input());
    let map = with("requestparameters", "{tableName=cards, key={pk=item-1}}");
    assert!(value(&map.records[0].1).get("requestParameters").is_none());
    assert_eq!(map.notes[0].0, GapKind::ColumnsGone);
    let broken = with("requestparameters", "{\"tableName\":\"cards\",\"key\":oops}");
    assert!(value(&broken.records[0].1).get("requestParameters").is_none());
    let twice = with("resources", "[{arn=a, arn=b}]");
    assert!(value(&twice.records[0].1).get("resources").is_none());
}

#[test]
fn rows_of_wrong_length_are_named_and_quotes_hold_line_ends() {
    let mut text = csv(&[printed(), printed()]).replace("aws-cli/2.15.0", "agent \"\"x\"\",\nnext");
    text.push_str("\"short\",\"row\"\n");
    let told = told(&text);
    assert_eq!((told.records.len(), told.troubles.len()), (2, 1));
    assert_eq!(value(&told.records[1].1)["userAgent"], "agent \"x\",\nnext");
}

#[test]
fn event_history_gives_what_its_columns_say() {
    let text = "Event ID,Event time,User name,Event name,Resource type,Resource name,AWS access key,AWS region,Error code,Read-only,Source IP address,Event source,Request ID\n\
        00000001-0000-4000-8000-000000000001,2026-03-02T12:00:00Z,=alice,DeleteTable,AWS::DynamoDB::Table,cards,AKIAEXAMPLE000000001,us-east-1,AccessDenied,false,192.0.2.10,dynamodb.amazonaws.com,R\n";
    let told = told(text);
    assert_eq!(told.walked.container, Container::EventHistory);
    assert_eq!(told.walked.container.limit(), Some("L31"));
    let row = value(&told.records[0].1);
    assert_eq!(row["eventName"], "DeleteTable");
    assert_eq!(row["errorCode"], "AccessDenied");
    assert_eq!(row["readOnly"], false);
    assert_eq!(row["userIdentity"], json!({"userName": "=alice", "accessKeyId": "AKIAEXAMPLE000000001"}));
    assert!(row.get("recipientAccountId").is_none() && row["userIdentity"].get("type").is_none());
}

#[test]
fn times_of_sql_are_utc_and_other_times_stay_as_they_are() {
    let time = |cell: &str| {
        let change = |(name, old): (&'static str, String)| {
            (name, if name == "eventtime" { cell.to_owned() } else { old })
        };
        value(&told(&csv(&[printed().into_iter().map(change).collect()])).records[0].1)["eventTime"].clone()
    };
    assert_eq!(time("2026-03-02 12:00:00"), NOON);
    assert_eq!(time("2026-03-02 12:00:00.000 UTC"), NOON);
    assert_eq!(time("2026-03-02 12:00:00.500"), "2026-03-02 12:00:00.500");
    assert_eq!(time("yesterday"), "yesterday");
    assert_eq!(time("2026-03-02 23:00:00+11:00"), "2026-03-02 23:00:00+11:00");
}
