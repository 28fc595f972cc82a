//! Card numbers in texts of the log are masked in every file of the bundle: data, pages, PDFs with their bookmarks,
//! manifest, and on the terminal.

use std::path::Path;
use std::process::Command;

use super::{Case, Done};
use crate::support::{get_item, log_file};

const NOON: &str = "2026-03-02T12:00:00Z";
/// Test numbers of the schemes; nobody's account.
const CARD: &str = "4111111111111111";
const OTHERS: &[&str] =
    &["5555555555554444", "378282246310005", "6011111111111117", "3530111333300000", "30569309025904"];

/// A GetItem with one text replaced.
fn changed(number: u32, from: &str, to: &str) -> String {
    let record = get_item(number, NOON);
    assert!(record.contains(from), "{from}");
    record.replace(from, to)
}

/// A management event of a service with these parameters.
fn management(number: u32, source: &str, name: &str, parameters: &str) -> String {
    let key = format!(r#""requestParameters":{{"tableName":"cards","key":{{"pk":"item-{number}"}}}}"#);
    let record = changed(number, &key, &format!("\"requestParameters\":{parameters}"));
    let record =
        record.replace("dynamodb.amazonaws.com", source).replace("\"GetItem\"", &format!("\"{name}\""));
    record
        .replace("\"managementEvent\":false", "\"managementEvent\":true")
        .replace("\"eventCategory\":\"Data\"", "\"eventCategory\":\"Management\"")
}

/// One record for each place where a caller can put text.
fn places() -> Vec<String> {
    let user = r#""type":"IAMUser","principalId":"AIDAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:user/alice""#;
    let role = format!(
        r#""type":"AssumedRole","principalId":"AROAEXAMPLE0000000001:{CARD}","arn":"arn:aws:sts::111122223333:assumed-role/app/{CARD}""#
    );
    let statement = format!(r#"{{"statement":"SELECT * FROM cards WHERE pk = '{CARD}'"}}"#);
    let condition = format!(
        r#"{{"tableName":"cards","keyConditionExpression":"pk = :v","expressionAttributeValues":{{":v":"{CARD}"}}}}"#
    );
    vec![
        changed(10, "item-10", CARD),
        changed(11, "item-11", "4111 1111 1111 1111"),
        changed(12, "item-12", "4111-1111-1111-1111"),
        changed(13, "\"item-13\"", CARD),
        changed(14, "\"item-14\"", &format!("{{\"N\":\"{CARD}\"}}")),
        changed(15, "item-15", &format!("\\u0034{}", &CARD[1..])),
        changed(16, "{\"pk\"", &format!("{{\"{CARD}\":\"x\",\"pk\"")),
        changed(17, "item-17", &format!("customer/{CARD}/orders")),
        changed(18, "aws-cli/2.15.0", &format!("curl/8 {CARD}")),
        changed(19, "192.0.2.10", CARD),
        changed(20, "\"tableName\":\"cards\"", &format!("\"tableName\":\"t{CARD}\""))
            .replace("table/cards", &format!("table/t{CARD}")),
        changed(
            21,
            "\"requestID\"",
            &format!("\"errorCode\":\"E{CARD}\",\"errorMessage\":\"no {CARD}\",\"requestID\""),
        ),
        changed(22, "alice", CARD),
        changed(23, user, &role).replace(",\"userName\":\"alice\"", ""),
        changed(24, "AKIAEXAMPLE000000001", &format!("AKIA{CARD}")),
        changed(25, "\"GetItem\"", &format!("\"Get{CARD}\"")),
        changed(26, "\"awsRegion\":\"us-east-1\"", &format!("\"awsRegion\":\"r{CARD}\"")),
        changed(27, "\"GetItem\"", "\"ExecuteStatement\"")
            .replace(r#"{"tableName":"cards","key":{"pk":"item-27"}}"#, &statement),
        changed(28, "\"GetItem\"", "\"Query\"")
            .replace(r#"{"tableName":"cards","key":{"pk":"item-28"}}"#, &condition),
        management(30, "iam.amazonaws.com", "CreateUser", &format!("{{\"userName\":\"{CARD}\"}}")),
        management(31, "cloudtrail.amazonaws.com", "StopLogging", &format!("{{\"name\":\"{CARD}\"}}")),
        management(32, "s3.amazonaws.com", "DeleteBucket", &format!("{{\"bucketName\":\"{CARD}\"}}")),
        management(
            33,
            "sts.amazonaws.com",
            "AssumeRole",
            &format!("{{\"roleArn\":\"arn:aws:iam::111122223333:role/app\",\"roleSessionName\":\"{CARD}\"}}"),
        ),
        management(34, "kms.amazonaws.com", "ScheduleKeyDeletion", &format!("{{\"keyId\":\"{CARD}\"}}")),
    ]
}

/// All texts of a bundle's file in which a number could stand.
fn texts(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            let mut text = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut text)
                .unwrap();
            vec![String::from_utf8_lossy(&text).into_owned()]
        }
        Some("pdf") => pdf_texts(path),
        _ => vec![String::from_utf8_lossy(&bytes).into_owned()],
    }
}

/// What a PDF shows, its bookmarks and other strings, and its streams inflated.
fn pdf_texts(path: &Path) -> Vec<String> {
    let document = lopdf::Document::load(path).unwrap();
    let mut texts = Vec::new();
    for object in document.objects.values() {
        strings(object, &mut texts);
        if let lopdf::Object::Stream(stream) = object {
            let content = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
            texts.push(String::from_utf8_lossy(&content).into_owned());
        }
    }
    match Command::new("pdftotext").arg(path).arg("-").output() {
        Ok(output) => texts.push(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => {
            eprintln!("SKIPPED: pdftotext is not there; {} is searched by its objects alone", path.display())
        }
    }
    texts
}

fn strings(object: &lopdf::Object, texts: &mut Vec<String>) {
    match object {
        lopdf::Object::String(bytes, _) => {
            texts.push(String::from_utf8_lossy(bytes).into_owned());
            texts.push(
                String::from_utf8_lossy(&bytes.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>())
                    .into_owned(),
            );
        }
        lopdf::Object::Array(list) => list.iter().for_each(|member| strings(member, texts)),
        lopdf::Object::Dictionary(members) => members.iter().for_each(|(_, member)| strings(member, texts)),
        lopdf::Object::Stream(stream) => stream.dict.iter().for_each(|(_, member)| strings(member, texts)),
        _ => {}
    }
}

/// The number, also when it is broken over lines or grouped.
fn shows(text: &str, card: &str) -> bool {
    if !text.contains(&card[..4]) {
        return false;
    }
    let joined: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    joined.contains(card)
}

fn assert_masked(done: &Done, cards: &[&str]) {
    let mut looked = 0;
    for entry in walkdir::WalkDir::new(&done.bundle) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(&done.bundle).unwrap().to_string_lossy().into_owned();
        for card in cards {
            assert!(!shows(&name, card), "a file name: {name}");
        }
        if !entry.file_type().is_file() {
            continue;
        }
        looked += 1;
        for text in texts(entry.path()) {
            for card in cards {
                assert!(!shows(&text, card), "{name} shows {card}: {}", around(&text, card));
            }
        }
    }
    assert!(looked > 20, "{looked} files");
    for card in cards {
        assert!(!shows(&done.ran.stdout, card) && !shows(&done.ran.stderr, card), "the terminal");
    }
}

fn around(text: &str, card: &str) -> String {
    text.lines().find(|line| shows(line, card)).unwrap_or("(broken over lines)").chars().take(400).collect()
}

#[test]
fn card_numbers_are_masked_in_every_file_wherever_the_log_holds_them() {
    let case = Case::with("places.json", log_file(&places()).as_bytes());
    let done = case.run_with_documents();
    assert_eq!(done.step("Records parsed"), super::GOOD + places().len() as u64);
    assert_masked(&done, &[CARD]);
    done.assert_sound(done.ran.code);
    let masked = done
        .table("accesses.csv.gz")
        .iter()
        .filter(|row| row.values().any(|cell| cell.contains("411111******1111")))
        .count();
    assert!(masked >= 15, "first six and last four stay: {masked}");
}

#[test]
fn card_numbers_of_all_schemes_are_masked_and_are_exceptions() {
    let records: Vec<String> =
        (40..).zip(OTHERS).map(|(number, card)| changed(number, &format!("item-{number}"), card)).collect();
    let done = Case::with("schemes.json", log_file(&records).as_bytes()).run_with_documents();
    done.assert_whole();
    assert_masked(&done, OTHERS);
    let tests = done.table("tests.csv");
    let test = tests.iter().find(|row| row["test"] == "pci-dss-4.0.1/10.2.1.1#2").unwrap();
    assert_eq!((test["verdict"].as_str(), test["exceptions"].as_str()), ("exceptions", "5"));
}

#[test]
fn card_numbers_in_file_names_are_masked() {
    let case = Case::with(&format!("card {CARD}.json"), log_file(&[get_item(3, NOON)]).as_bytes());
    case.put(&format!("{CARD}/third.json"), log_file(&[get_item(4, NOON)]).as_bytes());
    case.put(&format!("broken-{CARD}.json"), b"hello");
    let done = case.run_with_documents();
    done.assert_lost();
    assert_masked(&done, &[CARD]);
}

#[test]
fn a_card_number_as_event_id_is_masked() {
    let id = format!("{:08x}-0000-4000-8000-000000000001", 3);
    let done = Case::with("id.json", log_file(&[changed(3, &id, CARD)]).as_bytes()).run_with_documents();
    assert_masked(&done, &[CARD]);
    done.assert_sound(done.ran.code);
}

#[test]
fn a_card_number_as_account_is_masked() {
    let account = "\"recipientAccountId\":\"111122223333\"";
    let done = Case::with(
        "id.json",
        log_file(&[changed(3, account, &format!("\"recipientAccountId\":\"{CARD}\""))]).as_bytes(),
    )
    .run_with_documents();
    assert_masked(&done, &[CARD]);
    done.assert_sound(done.ran.code);
}

#[test]
fn a_card_number_is_masked_on_the_terminal_when_no_log_is_found() {
    let case = Case::empty();
    case.put(&format!("{CARD}.json"), b"hello");
    let ran = case.try_run();
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("411111******1111.json"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(CARD), "{}", ran.stderr);
}
