//! Lists about people, identities, credentials and persons whose data is held.

use super::*;

fn on(at: &str, name: &str, target: &str) -> Value {
    with(record(&format!("iam:{name}"), "alice", at), &json!({"requestParameters": {"userName": target}}))
}

#[test]
fn leavers_are_told_with_what_they_used_and_when_access_was_taken() {
    let uses = vec![
        item("GetItem", "bob", "2026-02-02T23:59:59Z", "cards", Some("a")),
        item("GetItem", "bob", "2026-02-03T00:00:00Z", "cards", Some("b")),
        item("GetItem", "bob", "2026-02-03T00:00:01Z", "cards", Some("c")),
        // A refused call shows that access was gone.
        refused(item("GetItem", "bob", "2026-02-03T00:00:02Z", "cards", Some("d"))),
    ];
    let leaver = |records: Vec<Value>| Bench::new().logs(records).with(List::Leavers).run.leavers[0].clone();
    let open = leaver(uses.clone());
    assert_eq!((open.name.as_str(), open.uses_after), ("p-2 left 2026-02-03T00:00:00Z", 1));
    assert_eq!((open.removed, open.removed_after_hours, open.removed_after_minutes), (false, -1, -1));
    // A condition that failed was carried out: the caller learnt that.
    let failed = json!({"errorCode": "ConditionalCheckFailedException", "errorMessage": "no"});
    let tried = with(item("PutItem", "bob", "2026-02-03T00:00:03Z", "cards", Some("e")), &failed);
    assert_eq!(leaver(vec![tried]).uses_after, 1);
    let later = [uses.clone(), vec![on("2026-02-03T05:00:01Z", "DeleteAccessKey", "bob")]].concat();
    let later = leaver(later);
    assert_eq!((later.removed_after_hours, later.removed_after_minutes), (6, 301));
    // A key that went before is a rotation; a user that went before is gone.
    let rotated = leaver(vec![on("2026-02-02T05:00:00Z", "DeleteAccessKey", "bob")]);
    assert!(!rotated.removed);
    let gone = leaver(vec![on("2026-02-02T05:00:00Z", "DeleteUser", "bob")]);
    assert_eq!((gone.removed, gone.removed_after_hours, gone.removed_after_minutes), (true, 0, 0));
    let refused = leaver(vec![refused(on("2026-02-03T05:00:00Z", "DeleteUser", "bob"))]);
    assert!(!refused.removed);
    let status = |status: &str| {
        let update = on("2026-02-03T01:00:00Z", "UpdateAccessKey", "bob");
        with(
            update,
            &json!({"requestParameters": {"userName": "bob", "accessKeyId": "AKIA1", "status": status}}),
        )
    };
    assert!(leaver(vec![status("Inactive")]).removed && !leaver(vec![status("Active")]).removed);
}

#[test]
fn a_leaver_works_on_the_last_day_and_access_may_be_taken_on_it() {
    let roster = "id,name,mail,department,manager,joined,left,identities\n\
        p-2,Bob B,bob@example.com,D,,2020-01-01,2026-02-02,arn:aws:iam::111122223333:user/bob\n";
    let leaver = |records: Vec<Value>| {
        Bench::new().csv("roster", roster).logs(records).with(List::Leavers).run.leavers[0].clone()
    };
    let told = leaver(vec![
        item("GetItem", "bob", "2026-02-02T09:00:00Z", "cards", Some("a")),
        item("GetItem", "bob", "2026-02-02T23:59:59Z", "cards", Some("b")),
        item("GetItem", "bob", "2026-02-03T00:00:00Z", "cards", Some("c")),
        on("2026-02-03T01:00:00Z", "DeleteAccessKey", "bob"),
    ]);
    assert_eq!((told.name.as_str(), told.from.as_str()), ("p-2 left 2026-02-02", "2026-02-03T00:00:00Z"));
    assert_eq!((told.uses_after, told.removed_after_hours), (1, 1), "an hour to the second is one hour");
    let that_day = leaver(vec![on("2026-02-02T17:00:00Z", "DeleteAccessKey", "bob")]);
    assert_eq!((that_day.removed, that_day.removed_after_hours), (true, 0));
    let zone = "[calendar]\nzone = \"America/New_York\"\ndays = [\"mon\"]\nfrom = \"07:00\"\nto = \"19:00\"\nholidays = []\n";
    let removed = |at: &str| {
        let logs = vec![on(at, "DeleteAccessKey", "bob")];
        Bench::new().stating(zone).csv("roster", roster).logs(logs).with(List::Leavers).run.leavers[0].removed
    };
    assert!(!removed("2026-02-02T04:59:59Z"), "the day before in the calendar's zone: a rotation");
    assert!(removed("2026-02-02T05:00:00Z"));
}

#[test]
fn who_left_before_the_window_is_listed_only_for_what_was_still_used() {
    let roster = "id,name,mail,department,manager,joined,left,identities\n\
        p-2,Bob B,bob@example.com,D,,2020-01-01,2026-01-03,arn:aws:iam::111122223333:user/bob\n";
    let bench = Bench::new().csv("roster", roster);
    let quiet = vec![record("iam:ListUsers", "alice", "2026-02-02T01:00:00Z")];
    assert!(bench.logs(quiet).with(List::Leavers).run.leavers.is_empty());
    let used = vec![item("GetItem", "bob", "2026-02-02T01:00:00Z", "cards", Some("a"))];
    let view = Bench::new().csv("roster", roster).logs(used).with(List::Leavers);
    assert_eq!((view.run.leavers.len(), view.run.leavers[0].uses_after), (1, 1));
    assert_eq!(view.cited(List::Leavers)[0].len(), 1);
}

#[test]
fn high_risk_people_are_found_by_id_name_or_identity() {
    let rows = "person,from,reason\np-1,2026-02-02T12:00:00Z,notice\narn:aws:iam::111122223333:user/eve,2026-02-02,x\n";
    let logs = vec![
        item("GetItem", "alice", "2026-02-02T13:00:00Z", "cards", Some("a")),
        item("GetItem", "eve", "2026-02-02T14:00:00Z", "cards", Some("a")),
    ];
    let run = Bench::new().csv("high_risk", rows).logs(logs).with(List::Leavers).run;
    let told: Vec<(&str, &str, i64)> =
        run.leavers.iter().map(|one| (one.person.as_str(), one.kind.as_str(), one.uses_after)).collect();
    let eve = "arn:aws:iam::111122223333:user/eve";
    assert_eq!(told, [(eve, "high-risk", 1), ("p-1", "high-risk", 1), ("p-2", "leaver", 0)]);
}

#[test]
fn identities_tell_use_gaps_and_removal() {
    let logs = vec![
        item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a")),
        item("GetItem", "bob", "2026-02-02T10:00:00Z", "cards", Some("a")),
        on("2026-02-02T12:30:00Z", "DeleteLoginProfile", "bob"),
        item("Scan", "robot", "2026-02-03T10:00:00Z", "cards", None),
    ];
    let lists = "[principals]\nprivileged = [\"arn:aws:iam::111122223333:role/admin\"]\n\
        break_glass = [\"arn:aws:iam::111122223333:role/emergency-*\"]\n";
    let run = Bench::new().stating(lists).logs(logs).with(List::Identities).run;
    let find = |end: &str| run.identities.iter().find(|one| one.name.ends_with(end)).unwrap();
    let names: Vec<&str> = run.identities.iter().map(|one| one.name.as_str()).collect();
    // Alice's directory name is an identity of its own; a pattern names none.
    assert_eq!(names.len(), 5, "{names:?}");
    let alice = find("team/alice");
    assert_eq!((alice.uses, alice.last_use_days, alice.longest_gap_days, alice.reach_days), (2, 1, 1, 2));
    assert_eq!((alice.person.as_str(), alice.kind.as_str(), alice.human), ("p-1", "iam-user", true));
    let bob = find("user/bob");
    assert_eq!((bob.disabled, bob.disabled_after_hours), (true, 3));
    let robot = find("robot");
    assert_eq!((robot.human, robot.person.as_str()), (false, "robot"));
    let admin = find("role/admin");
    assert_eq!(
        (admin.privileged, admin.human, admin.last_use_days, admin.longest_gap_days),
        (true, true, -1, 2)
    );
    assert_eq!(run.identities.iter().filter(|one| one.kind == "identity-center").count(), 1);
}

#[test]
fn a_use_after_the_call_means_that_it_did_not_disable() {
    let logs = vec![
        on("2026-02-02T08:00:00Z", "DeleteAccessKey", "alice"),
        item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a")),
    ];
    let run = Bench::new().logs(logs).with(List::Identities).run;
    let alice = run.identities.iter().find(|one| one.name.ends_with("team/alice")).unwrap();
    assert_eq!((alice.disabled, alice.disabled_after_hours), (false, -1));
}

#[test]
fn an_identity_that_was_created_in_the_window_has_a_shorter_reach() {
    let logs = vec![
        on("2026-02-03T08:00:00Z", "CreateUser", "new"),
        item("GetItem", "new", "2026-02-03T10:00:00Z", "cards", Some("a")),
    ];
    let run = Bench::new().logs(logs).with(List::Identities).run;
    let new = run.identities.iter().find(|one| one.name.ends_with("user/new")).unwrap();
    assert_eq!((new.reach_days, new.longest_gap_days), (1, 0));
}

/// The key of a shared user counted as one person's, because one principal used it.
#[test]
fn a_credential_has_the_grade_that_leads_least_to_one_person() {
    let by = |user: &str| item("GetItem", user, "2026-02-02T10:00:00Z", "cards", Some("a"));
    let grades = |logs: Vec<Value>| {
        let bench = Bench::new().stating("[principals]\nshared = [\"*:user/ops\"]\n");
        let run = bench.logs(logs).with(List::Credentials).run;
        run.credentials.iter().map(|one| (one.grade.clone(), one.people)).collect::<Vec<_>>()
    };
    assert_eq!(grades(vec![by("alice")]), [("A".to_owned(), 1)]);
    assert_eq!(grades(vec![by("ops")]), [("D".to_owned(), 1)]);
}

#[test]
fn one_credential_from_two_networks_is_told_with_the_shortest_time_between() {
    let from = |at: &str, address: &str| {
        let get = item("GetItem", "alice", at, "cards", Some("a"));
        with(get, &json!({"sourceIPAddress": address}))
    };
    let logs = vec![
        from("2026-02-02T10:00:00Z", "203.0.113.7"),
        from("2026-02-02T10:01:00Z", "203.0.113.8"),
        from("2026-02-02T11:00:30Z", "198.51.100.9"),
        from("2026-02-02T11:00:40Z", "dynamodb.amazonaws.com"),
        from("2026-02-02T11:30:00Z", "203.0.113.7"),
    ];
    let view = Bench::new().logs(logs).with(List::Credentials);
    let [alice] = &*view.run.credentials else { panic!("{:?}", view.run.credentials) };
    assert_eq!((alice.addresses, alice.networks, alice.people, alice.uses), (3, 2, 1, 5));
    assert_eq!(
        (alice.overlap_minutes, alice.kind.as_str(), alice.person.as_str()),
        (29, "access-key", "p-1")
    );
    let six = ["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:2::1"];
    let logs = six.iter().map(|address| from("2026-02-02T10:00:00Z", address)).collect();
    let run = Bench::new().logs(logs).with(List::Credentials).run;
    assert_eq!((run.credentials[0].networks, run.credentials[0].overlap_minutes), (2, 0));
}

#[test]
fn persons_are_counted_by_duty() {
    let logs = vec![
        item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a")),
        item("PutItem", "alice", "2026-02-02T10:01:00Z", "notes", Some("a")),
        item("GetItem", "alice", "2026-02-02T10:02:00Z", "undeclared", Some("a")),
        refused(item("GetItem", "alice", "2026-02-02T10:03:00Z", "cards", Some("b"))),
        on("2026-02-02T10:04:00Z", "CreateUser", "new"),
        on("2026-02-02T10:05:00Z", "ChangePassword", "alice"),
        with(
            record("cloudtrail:StopLogging", "alice", "2026-02-02T11:00:00Z"),
            &json!({"requestParameters": {"name": "t"}}),
        ),
        record("kms:DisableKey", "bob", "2026-02-02T11:00:00Z"),
        item("Scan", "robot", "2026-02-03T10:00:00Z", "cards", None),
    ];
    let facts = "[principals]\ndual_duty = [\"p-1\"]\nwatched = [\"arn:aws:iam::*:user/bob\"]\n\
        privileged = [\"arn:aws:iam::111122223333:user/team/alice\"]\n";
    let view = Bench::new().stating(facts).logs(logs.clone()).with(List::Persons);
    let [alice, bob] = &*view.run.persons else { panic!("{:?}", view.run.persons) };
    let acts = |one: &rules::Person| {
        (one.scope_reads, one.scope_writes, one.access_admin, one.log_admin, one.key_admin)
    };
    assert_eq!((acts(alice), acts(bob)), ((1, 1, 1, 1, 0), (0, 0, 0, 0, 1)));
    assert_eq!((alice.duties.as_str(), alice.watched), ("listed", false));
    assert_eq!((bob.duties.as_str(), bob.watched), ("not-listed", true));
    // The refused read and the undeclared table count for no class.
    assert_eq!((alice.data_classes.join(" "), alice.privileged), ("cardholder other".to_owned(), true));
    assert_eq!((bob.data_classes.len(), bob.privileged), (0, false));
    let root = record("iam:ListUsers", "root", "2026-02-02T10:00:00Z");
    let run = Bench::new().logs([logs, vec![root]].concat()).with(List::Persons).run;
    assert_eq!(run.persons[0].duties, "not-given");
    let root = run.persons.iter().find(|one| one.kind == "root").unwrap();
    assert!(root.privileged && !run.persons[0].privileged);
}

#[test]
fn a_name_given_at_a_sign_in_that_failed_is_no_further_person() {
    let sign_in = |result: &str| {
        let who =
            json!({"type": "IAMUser", "accountId": "111122223333", "userName": "alice", "accessKeyId": ""});
        let more = json!({"userIdentity": who, "errorMessage": "Failed authentication", "eventType": "AwsConsoleSignIn",
            "responseElements": {"ConsoleLogin": result}});
        with(record("signin:ConsoleLogin", "alice", "2026-02-02T10:00:00Z"), &more)
    };
    let logs = vec![item("GetItem", "alice", "2026-02-02T10:00:00Z", "cards", Some("a")), sign_in("Failure")];
    let view = Bench::new().logs(logs).with(List::Persons);
    let kinds: Vec<&str> = view.run.persons.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["person"], "she counts once");
}

#[test]
fn requests_of_persons_count_who_touched_the_item_and_never_show_its_key() {
    let query = |at: &str| item("Query", "alice", at, "cards", None);
    let logs = vec![
        item("GetItem", "alice", "2026-02-02T09:00:00Z", "cards", Some("secret-7")),
        item("GetItem", "alice", "2026-02-02T09:01:00Z", "cards", Some("other")),
        item("PutItem", "alice", "2026-02-02T09:02:00Z", "cards", Some("secret-7")),
        item("DeleteItem", "alice", "2026-02-03T09:00:00Z", "cards", Some("secret-7")),
        item("PutItem", "alice", "2026-02-03T10:00:00Z", "cards", Some("secret-7")),
        item("Scan", "robot", "2026-02-02T10:00:00Z", "cards", None),
        query("2026-02-02T10:01:00Z"),
        refused(item("GetItem", "bob", "2026-02-02T10:02:00Z", "cards", Some("secret-7"))),
        item("GetItem", "alice", "2026-02-02T09:03:00Z", "notes", Some("secret-7")),
    ];
    let rows = "id,kind,received,table,key\n\
        S-1,erasure,2026-02-03,cards,\"{\"\"pk\"\":\"\"secret-7\"\"}\"\n\
        S-2,access,2026-02-03,cards,secret-7\n\
        S-3,access,2026-02-03,gone,secret-7\n\
        S-4,accounting,2026-02-03,cards,\"{\"\"pk\"\":\"\n";
    let view = Bench::new().csv("subjects", rows).logs(logs).with(List::Subjects);
    let [one, plain, undeclared, broken] = &*view.run.subjects else { panic!("{:?}", view.run.subjects) };
    assert_eq!((one.reads, one.writes, one.deletes, one.possible_reads), (1, 2, 1, 2));
    assert_eq!((one.known, one.deletes_after, one.written_after), (true, 1, 1));
    assert_eq!((plain.reads, plain.writes, plain.deletes, plain.possible_reads), (1, 2, 1, 2));
    assert_eq!((undeclared.known, undeclared.reads), (false, 0));
    assert_eq!((broken.known, broken.reads, broken.possible_reads), (false, 0, 0));
    assert!(!format!("{:?}", view.run.subjects).contains("secret-7"));
    assert_eq!(view.cited(List::Subjects)[0].len(), 4);
}

#[test]
fn a_part_of_a_key_may_return_the_item_and_another_key_may_not() {
    let get = |key: Value| {
        let at = format!("2026-02-02T09:00:{:02}Z", key.to_string().len());
        let mut get = item("GetItem", "alice", &at, "cards", None);
        get["requestParameters"]["key"] = key;
        get
    };
    let logs = vec![
        get(json!({"pk": "7", "sk": "x"})),
        get(json!({"pk": "7"})),
        get(json!({"pk": "7", "sk": "yyy"})),
        get(json!({"pk": "80"})),
    ];
    let told = |key: &str| {
        let rows = format!(
            "id,kind,received,table,key\nS-1,access,2026-02-02,cards,\"{}\"\n",
            key.replace('"', "\"\"")
        );
        let run = Bench::new().csv("subjects", &rows).logs(logs.clone()).with(List::Subjects).run;
        (run.subjects[0].reads, run.subjects[0].possible_reads)
    };
    assert_eq!(told(r#"{"sk":"x","pk":{"N":"7"}}"#), (1, 1));
    assert_eq!(told(r#"{"pk":"7"}"#), (3, 0));
}

#[test]
fn a_name_created_again_is_told_and_a_first_creation_is_not() {
    let logs = vec![
        on("2026-02-02T08:00:00Z", "CreateUser", "ops"),
        on("2026-02-02T09:00:00Z", "DeleteUser", "ops"),
        on("2026-02-03T10:00:00Z", "CreateUser", "ops"),
        on("2026-02-03T11:00:00Z", "DeleteUser", "other"),
        refused(on("2026-02-03T12:00:00Z", "CreateUser", "other")),
    ];
    let view = Bench::new().logs(logs).with(List::Reused);
    let [reuse] = &*view.run.reused else { panic!("{:?}", view.run.reused) };
    assert_eq!((reuse.days, reuse.deleted.as_str()), (1, "2026-02-02T09:00:00Z"));
    assert!(reuse.name.starts_with("arn:aws:iam::111122223333:user/ops deleted"));
    assert_eq!(view.cited(List::Reused)[0].len(), 2);
}

#[test]
fn deletions_and_creations_outside_the_window_are_known_with_their_records() {
    let logs = || {
        vec![
            on("2025-12-01T09:00:00Z", "DeleteUser", "ops"),
            on("2026-02-03T10:00:00Z", "CreateUser", "ops"),
            on("2026-01-01T09:00:00Z", "DeleteRole", "gone"),
            refused(on("2025-12-02T09:00:00Z", "DeleteUser", "kept")),
            on("2026-02-03T12:00:00Z", "CreateUser", "kept"),
            on("2026-03-01T09:00:00Z", "DeleteUser", "late"),
            on("2026-03-03T09:00:00Z", "CreateUser", "late"),
        ]
    };
    let view = Bench::new().logs(logs()).logs(logs()).with(List::Reused);
    let [late, ops] = &*view.run.reused else { panic!("{:?}", view.run.reused) };
    assert_eq!((ops.days, ops.deleted.as_str()), (64, "2025-12-01T09:00:00Z"));
    assert_eq!((late.days, late.created.as_str()), (2, "2026-03-03T09:00:00Z"));
    let (cited, things) = (view.cited(List::Reused), view.things(List::Reused));
    assert_eq!((cited[0].len(), cited[1].len()), (0, 1));
    let told = &things[1][1];
    assert!(
        told.starts_with("111122223333:") && told.contains("(outside the window, record 0 of 1111"),
        "{told}"
    );
    // They stay out of everything else.
    assert_eq!(view.run.accesses, 2);
}

fn identity(reviews: Option<&str>, records: Vec<Value>, name: &str) -> rules::Identity {
    let mut bench = Bench::new();
    if let Some(rows) = reviews {
        let text = format!("period_from,period_to,date,reviewer,found,follow_up\n{rows}");
        bench = bench.csv("reviews", &text);
    }
    let run = bench.logs(records).with(List::Identities).run;
    run.identities.iter().find(|one| one.name.ends_with(name)).unwrap().clone()
}

#[test]
fn the_longest_open_pause_lies_between_two_uses_that_nothing_closed() {
    let get = |at: &str| item("GetItem", "bob", at, "cards", Some("a"));
    let pause = |records: Vec<Value>| identity(None, records, "user/bob").open_pause_hours;
    let (early, late) = (get("2026-02-02T01:00:00Z"), get("2026-02-03T01:00:01Z"));
    assert_eq!(pause(vec![early.clone(), late.clone()]), 25);
    // Time before the first and after the last use is none between two.
    assert_eq!(pause(vec![early.clone()]), -1);
    assert_eq!(pause(vec![early.clone(), get("2026-02-02T02:00:00Z"), late.clone()]), 24);
    let closed = on("2026-02-02T12:00:00Z", "DeleteAccessKey", "bob");
    assert_eq!(pause(vec![early.clone(), closed.clone(), late.clone()]), -1);
    assert_eq!(pause(vec![early.clone(), get("2026-02-02T04:00:00Z"), closed, late.clone()]), 3);
    // A refused use neither ends a pause nor begins one.
    assert_eq!(pause(vec![early, refused(get("2026-02-02T12:00:00Z")), late]), 25);
}

#[test]
fn an_identity_is_reviewed_by_a_review_after_its_last_use() {
    let used = || vec![item("GetItem", "bob", "2026-02-02T10:00:00Z", "cards", Some("a"))];
    let reviewed = |rows: &str| identity(Some(rows), used(), "user/bob").reviewed;
    assert!(reviewed("2026-02-02,2026-02-02,2026-02-02T10:00:01Z,Kim,none,\n"));
    assert!(!reviewed("2026-02-02,2026-02-02,2026-02-02T10:00:00Z,Kim,none,\n"), "not after the use");
    assert!(!reviewed("2026-02-02,2026-02-02,2026-02-02,Kim,none,\n"), "a date is the start of its day");
    assert!(!reviewed("2026-02-02,2026-02-05,2026-02-05,Kim,none,\n"), "later than as_of");
    assert!(!identity(None, used(), "user/bob").reviewed);
    assert!(identity(None, used(), "team/alice").reviewed, "never used");
}

#[test]
fn people_of_one_name_are_told_apart_alike_in_every_list() {
    let roster = "id,name,mail,department,manager,joined,left,identities\n\
        p-1,Sam Lee,a@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/team/alice\n\
        p-2,Sam Lee,b@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/bob\n\
        p-3,Kim Doe,k@example.com,D,,2020-01-01,,arn:aws:iam::111122223333:user/kim\n";
    let mut logs = Vec::new();
    for (minute, by) in ["alice", "bob", "kim"].into_iter().enumerate() {
        logs.push(item("GetItem", by, &format!("2026-02-02T10:0{minute}:00Z"), "cards", Some("a")));
        logs.push(refused(item("GetItem", by, &format!("2026-02-02T11:0{minute}:00Z"), "cards", Some("a"))));
    }
    let lists = [List::Persons, List::Bursts, List::BulkReads];
    let run = Bench::new().csv("roster", roster).logs(logs).view(&lists, Minutes::default()).run;
    let persons: Vec<&str> = run.persons.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(persons, ["Kim Doe", "Sam Lee (p-1)", "Sam Lee (p-2)"]);
    assert_eq!(run.bursts.iter().map(|one| one.person.as_str()).collect::<Vec<_>>(), persons);
    assert_eq!(run.bulk_reads.iter().map(|one| one.person.as_str()).collect::<Vec<_>>(), persons);
}
