//! Whatever a script does, it ends: with an answer or with a fault that names line and column.

use super::*;
use crate::rules::api::Text;
use crate::rules::lint::Source;

/// An access whose key and hour are given.
struct Row {
    key: &'static str,
    hour: i64,
}

impl Fields for Row {
    fn field(&self, field: Field) -> Value {
        match field {
            Field::Key => Value::from(self.key),
            Field::Hour => Value::from(self.hour),
            Field::Groups => Value::from(&["ddb.data", "ddb.item.read"][..]),
            _ => Value::from(true),
        }
    }
}

fn rule(text: &str) -> AccessRule {
    let settings = "# Limit.\nlimit = 3\n# Names.\nnames = [\"a\", \"b\"]\n# Word.\nword = \"a\"\n";
    let settings = Settings::read(&Source { file: "settings.toml", text: settings }).unwrap();
    let engines = Arc::new(Engines::new(&settings));
    let ast = engines.compile(text).unwrap();
    let script = Arc::new(Script { engines, ast });
    let fields = [Field::Key, Field::Hour, Field::Privileged, Field::Groups].into();
    AccessRule { script, function: String::from("rule"), fields }
}

fn call(body: &str) -> Result<Dynamic, Fault> {
    rule(&format!("fn rule(access) {{\n{body}\n}}\n")).call(&Row { key: "k-1", hour: 14 })
}

fn truth(body: &str) -> bool {
    call(body).unwrap().as_bool().unwrap()
}

fn fault(body: &str) -> Fault {
    call(body).unwrap_err()
}

#[test]
fn operators_and_functions_work() {
    for body in [
        "access.hour == 14 && access.hour != 15 && access.hour > 13 && access.hour >= 14",
        "access.hour < 15 && access.hour <= 14 && access.key == \"k-1\" && access.key < \"k-2\"",
        "access.privileged == true && !(access.privileged != true)",
        "access.hour + 1 == 15 && access.hour - 1 == 13 && access.hour * 2 == 28 && access.hour / 2 == 7",
        "access.hour % 10 == 4 && -access.hour == 0 - 14",
        "\"ddb.data\" in access.groups && !(\"log.access\" in access.groups) && access.groups.len() == 2",
        "access.key in [\"k-0\", \"k-1\"] && access.key.starts_with(\"k\") && access.key.ends_with(\"1\")",
        "access.key.contains(\"-\") && access.key.len() == 3 && !access.key.is_empty()",
        "settings.limit == 3 && settings.word in settings.names && !settings.names.is_empty()",
        "let seen = 0; for group in access.groups { if group.starts_with(\"ddb\") { seen += 1; } } seen == 2",
        "let list = []; list.push(access.key); list.len() == 1 && list.contains(\"k-1\")",
    ] {
        assert!(truth(body), "{body}");
    }
}

#[test]
fn settings_are_seen_in_helpers() {
    let text = "fn rule(access) { deep(access) }\nfn deep(access) { access.hour > settings.limit }\n";
    assert!(rule(text).truth(&Row { key: "", hour: 4 }).unwrap());
}

#[test]
fn values_of_different_types_never_compare_silently() {
    for body in [
        "access.key == 14",
        "access.hour == \"14\"",
        "access.key != 14",
        "access.hour > access.key",
        "access.privileged == \"true\"",
        "access.key == ()",
        "access.groups == \"ddb.data\"",
        "access.privileged > false",
        "[access.key] == [access.key]",
        "14 in [access.key]",
        "\"a\" in [1]",
    ] {
        let fault = fault(body);
        assert_eq!(fault.line, 2, "{body}: {fault}");
    }
    assert!(fault("access.key == 14").words.contains("cannot compare text with a number"));
}

#[test]
fn endless_and_greedy_scripts_are_stopped() {
    for body in [
        "loop { }",
        "while true { let a = 1; }",
        "let text = \"x\"; loop { text += text; } text",
        "let list = []; loop { list.push(list); } list",
        "let list = [1]; loop { list.push(1); }",
        "1 / 0",
        "1 % 0",
        "9223372036854775807 + 1",
        "rule(access)",
    ] {
        call(body).unwrap_err();
    }
    assert!(fault("loop { }").words.contains("ran too long"));
    assert!(fault("rule(access)").words.contains("nest too deeply"));
}

#[test]
fn the_outside_cannot_be_reached() {
    let engines = Engines::new(&Settings::default());
    for text in [
        "eval(\"1\")",
        "import \"a\" as b;",
        "print(\"a\")",
        "debug(1)",
        "let f = |x| x;",
        "switch 1 { _ => 2 }",
        "try { 1 } catch { 2 }",
        "throw 1",
        "let a = b;",
        "type_of(1)",
        "access?.key",
        "let f = Fn(\"a\");",
    ] {
        assert!(engines.compile(&format!("fn rule(access) {{ {text} }}")).is_err(), "{text}");
    }
    for body in
        ["sleep(1)", "timestamp()", "exit()", "parse_json(\"1\")", "rand()", "blob(10)", "range(0, 9)"]
    {
        assert!(fault(body).words.contains("ot found"), "{body}: {}", fault(body));
    }
}

#[test]
fn wrong_results_are_faults() {
    let row = Row { key: "", hour: 0 };
    let wrong = |body: &str| rule(&format!("fn rule(access) {{ {body} }}")).answer(&row).unwrap_err().words;
    assert_eq!(wrong("1"), "rule must give an answer, it gave i64");
    assert_eq!(wrong("()"), "rule must give an answer, it gave ()");
    assert!(wrong("exception(1)").contains("not found"));
    let truth = rule("fn rule(access) { \"yes\" }").truth(&row).unwrap_err().words;
    assert!(truth.contains("true or false"));
}

#[test]
fn answers_carry_their_cause() {
    let row = Row { key: "", hour: 0 };
    let answer = |body: &str| rule(&format!("fn rule(access) {{ {body} }}")).answer(&row).unwrap().what;
    assert_eq!(answer("conforming()"), Answer::Conforming);
    assert_eq!(answer("return exception(\"a\");"), Answer::Exception(String::from("a")));
    assert_eq!(
        answer("if access.hour == 1 { conforming() } else { undetermined(\"b\") }"),
        Answer::Undetermined("b".into())
    );
}

#[test]
fn answers_carry_the_line_that_gave_them() {
    let row = Row { key: "", hour: 1 };
    let text = "fn rule(access) {\n  if access.hour == 1 { helper() }\n  else { conforming() }\n}\nfn helper() {\n  exception(\"a\")\n}";
    assert_eq!(rule(text).answer(&row).unwrap().line, 6);
}

#[test]
fn a_judge_gives_findings_about_objects_only() {
    let run = Run { coverage: vec![Default::default(), Default::default()].into(), ..Run::default() };
    let judge = |body: &str| rule(&format!("fn judge(run) {{ {body} }}")).script.judge("judge", &run);
    let all = "let all = []; for strip in run.coverage { all.push(exception(\"a\", strip)); } all";
    let subjects = judge(all)
        .unwrap()
        .into_iter()
        .map(|finding| (finding.what.subject.list, finding.what.subject.place));
    assert_eq!(subjects.collect::<Vec<_>>(), [(Some(List::Coverage), 0), (Some(List::Coverage), 1)]);
    let run_itself = Run { records: 12, ..Run::default() };
    let text =
        "fn judge(run) { if run.records == 12 { [exception(\"a\", run)] } else { [conforming(run)] } }";
    let found = rule(text).script.judge("judge", &run_itself).unwrap();
    let subject = &found[0].what.subject;
    assert_eq!(
        (subject.list, subject.object(), subject.name.as_str()),
        (None, "run", "the whole run: 12 records")
    );
    assert_eq!(found[0].what.answer, Answer::Exception("a".to_owned()));
    assert!(judge("conforming()").unwrap_err().words.contains("list of answers"));
    assert!(judge("[conforming()]").unwrap_err().words.contains("with a subject"));
    assert!(judge("[1]").unwrap_err().words.contains("its list holds i64"));
}

#[test]
fn a_ledger_that_gives_the_wrong_kind_is_a_fault() {
    struct Wrong;
    impl Fields for Wrong {
        fn field(&self, _: Field) -> Value {
            Value::Text(Text::from("x"))
        }
    }
    let words = rule("fn rule(access) { access.hour == 1 }").truth(&Wrong).unwrap_err().words;
    assert_eq!(words, "access.hour must be number, the ledger gave text");
}
