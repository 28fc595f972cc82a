//! Every slip that a rule can hold is told at load, with its place and what to do.

use super::*;
use crate::rules::engine::Engines;
use crate::rules::settings::Settings;

/// Problems of a script whose `population` and `expect` are tested, as `line:column message hint`.
fn told(text: &str) -> Vec<String> {
    problems(text).iter().map(line).collect()
}

/// Problems of a script, in order of place.
fn problems(text: &str) -> Vec<Problem> {
    let settings = Source { file: "settings.toml", text: "# Limit.\nlimit = 3\n# Word.\nword = \"a\"\n" };
    let settings = Settings::read(&settings).unwrap();
    let source = Source { file: "control.rhai", text };
    let ast = match Engines::new(&settings).compile(text) {
        Ok(ast) => ast,
        Err(error) => return unreadable(source, &error),
    };
    let mut walker = Walker::new(source, &ast, &settings);
    for (name, parameter, gives) in [
        ("population", Type::Access, Type::Truth),
        ("expect", Type::Access, Type::Answer),
        ("judge", WHOLE_RUN, Type::List(Held::Findings)),
    ] {
        walker.entry(name, parameter, gives);
    }
    walker.finish().into_iter().collect()
}

fn line(problem: &Problem) -> String {
    let hint = problem.hint.as_deref().unwrap_or_default();
    format!("{}:{} {} {hint}", problem.line, problem.column, problem.message).trim_end().to_owned()
}

/// The only problem of an `expect` with this body.
fn expect(body: &str) -> String {
    one(&format!("fn expect(access) {{\n    {body}\n}}\n"))
}

/// The only problem of a `population` with this body.
fn population(body: &str) -> String {
    one(&format!("fn population(access) {{\n    {body}\n}}\n"))
}

fn one(text: &str) -> String {
    let problems = told(text);
    assert_eq!(problems.len(), 1, "{text}: {problems:#?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn good_rules_have_no_problem() {
    for text in [
        "fn population(access) { access.grade == \"A\" || access.hour > settings.limit }",
        "fn expect(access) { if access.privileged { return conforming(); } exception(\"a\") }",
        "fn expect(access) { if access.privileged { conforming() } else { deep() } }\nfn deep() { undetermined(\"b\") }",
        "fn judge(run) { let all = []; for strip in run.coverage { all.push(conforming(strip)); } all }",
        "fn population(access) { let same = access.key == \"\"; same && access.data_class == \"\" }",
        "fn population(access) { access.object in [settings.word, \"b\"] }",
    ] {
        assert_eq!(told(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn unknown_fields_are_found_in_every_branch() {
    assert_eq!(population("access.grad == \"A\""), "2:12 access has no field `grad` did you mean `grade`?");
    let never = population("if access.key == \"\" { access.operatoin == \"x\" } else { true }");
    assert_eq!(never, "2:34 access has no field `operatoin` did you mean `operation`?");
    let helper = one("fn population(access) { deep(access) }\nfn deep(other) { other.hou == 1 }\n");
    assert_eq!(helper, "2:24 access has no field `hou` did you mean `hour`?");
    let member =
        one("fn judge(run) { for strip in run.coverage { if strip.stoped > 0 { return []; } } [] }\n");
    assert!(member.contains("strip has no member `stoped` did you mean `stopped`?"), "{member}");
}

#[test]
fn unknown_functions_and_names_are_found() {
    let call = expect("if access.declared { conformign() } else { conforming() }");
    assert_eq!(call, "2:26 no function `conformign` is offered to rules did you mean `conforming`?");
    assert_eq!(population("acces.declared"), "2:5 `acces` is not known here did you mean `access`?");
    assert_eq!(
        population("access.key.startswith(\"a\")"),
        "2:16 no function `startswith` is offered to rules did you mean `starts_with`?"
    );
    assert_eq!(
        population("settings.limt == 3"),
        "2:14 settings.toml has no key `limt` did you mean `limit`?"
    );
    assert!(expect("sleep(1); conforming()").contains("no function `sleep`"));
}

#[test]
fn a_set_where_a_comparison_was_meant_is_found() {
    assert_eq!(
        expect("if access.grade = \"A\" { conforming() } else { exception(\"a\") }"),
        "2:21 `=` sets a value; it does not compare write `==` to compare"
    );
    let whole = told("fn population(access) {\n    access.grade = \"A\"\n}\n");
    assert!(whole.iter().any(|problem| problem.contains("write `==` to compare")), "{whole:?}");
}

#[test]
fn a_path_without_a_value_is_found() {
    let missing = expect("if access.privileged { conforming() }");
    assert!(missing.starts_with("2:5 `expect` gives nothing when it ends here"), "{missing}");
    let bare = expect("if access.privileged { return; } else { conforming() }");
    assert!(bare.contains("gives nothing"), "{bare}");
    let empty = one("fn expect(access) { }");
    assert!(empty.contains("gives nothing"), "{empty}");
    let deep =
        expect("if access.privileged { if access.interactive { conforming() } } else { conforming() }");
    assert!(deep.starts_with("2:28 `expect` gives nothing"), "{deep}");
}

#[test]
fn an_answer_that_is_dropped_is_found() {
    let dropped = expect("if access.privileged { exception(\"a\") } conforming()");
    assert!(dropped.contains("this gives an answer that nobody uses put `return` before it"), "{dropped}");
    let compared = population("access.grade == \"A\"; true");
    assert!(compared.contains("gives true or false that nobody uses"), "{compared}");
}

#[test]
fn causes_must_be_written_out() {
    assert!(expect("exception()").contains("`exception` needs a cause"));
    assert!(expect("let cause = \"a\"; exception(cause)").contains("write the cause out"));
    assert!(expect("exception(1)").contains("does not take (a number)"));
}

#[test]
fn comparisons_across_types_are_found_at_load() {
    assert_eq!(
        population("access.hour == \"14\""),
        "2:17 a number and text cannot be compared write the number without quotation marks: 14"
    );
    assert_eq!(
        population("access.privileged == \"yes\""),
        "2:23 true or false and text cannot be compared it is true or false by itself: write `access.privileged` or `!access.privileged`"
    );
    assert_eq!(population("access.key > settings.limit"), "2:16 text and a number cannot be compared");
    assert_eq!(
        population("access.groups == \"ddb.data\""),
        "2:19 a list of text and text cannot be compared write `\"ddb.data\" in access.groups`"
    );
    assert!(
        population("access.key && access.declared")
            .contains("a condition must be true or false, this is text")
    );
    assert!(population("!access.hour").contains("a condition must be true or false"));
    assert!(population("access.hour + \"1\" == 15").contains("cannot be added"));
    assert!(population("access.hour in access.groups").contains("`in` looks for a text"));
    assert!(population("access.key in access.hour").contains("`in` needs a list"));
}

#[test]
fn values_that_a_field_never_has_are_found() {
    assert_eq!(
        population("access.caller_kind == \"humn\""),
        "2:27 this can never be \"humn\" did you mean `human`?"
    );
    assert!(population("\"ddb.dta\" in access.groups").contains("did you mean `ddb.data`?"));
    assert!(population("access.outcome in [\"done\", \"denied\"]").contains("can never be \"denied\""));
    assert!(population("access.data_class != \"chd\"").contains("it is one of: cardholder"));
}

#[test]
fn access_is_used_through_its_fields_only() {
    for body in [
        "let all = access; true",
        "access == access",
        "[access].is_empty()",
        "if access { true } else { false }",
    ] {
        let problems = told(&format!("fn population(access) {{ {body} }}"));
        assert!(problems.iter().any(|problem| problem.contains("`access.name`")), "{body}: {problems:?}");
    }
    assert!(told("fn expect(access) { access }").iter().any(|problem| problem.contains("`access.name`")));
    assert!(
        told("fn population(access) { access.push(1) }")
            .iter()
            .any(|problem| problem.contains("only a list that the rule made takes a push, this is access"))
    );
}

#[test]
fn the_lists_that_a_rule_reads_are_known_exactly() {
    let lists = |text: &str| {
        let settings = Settings::default();
        let source = Source { file: "control.rhai", text };
        let ast = Engines::new(&settings).compile(text).unwrap();
        let mut walker = Walker::new(source, &ast, &settings);
        let used = walker.entry("judge", WHOLE_RUN, Type::List(Held::Findings)).unwrap();
        assert_eq!(walker.finish().len(), 0, "{text}");
        used.lists.into_iter().map(|list| list.member()).collect::<Vec<_>>()
    };
    let deep = "fn judge(run) { if run.hours > 3 { deep(run) } else { [] } }\n\
        fn deep(whole) { let all = []; for one in whole.places { all.push(conforming(one)); } all }\n";
    assert_eq!(lists(deep), ["places"]);
    assert_eq!(lists("fn judge(run) { if run.bursts.is_empty() { [] } else { [] } }"), ["bursts"]);
    // An answer about the run itself reads none of its lists.
    assert!(lists("fn judge(run) { [deep(run)] }\nfn deep(whole) { exception(\"a\", whole) }").is_empty());
    assert!(lists("fn judge(run) { [conforming(run), undetermined(\"a\", run)] }").is_empty());
    for body in [
        "let all = run; []",
        "for one in [run] { } []",
        "return [run];",
        "run == run; []",
        "[exception(run, \"a\")]",
        "[conforming([run])]",
    ] {
        let problems = told(&format!("fn judge(run) {{ {body} }}"));
        assert!(problems.iter().any(|problem| problem.contains("`run.name`")), "{body}: {problems:?}");
    }
    let kind = told("fn judge(run) { for one in run.failures { if one.kind == \"stoped\" { } } [] }");
    assert!(kind[0].contains("can never be \"stoped\" did you mean `stopped`?"), "{kind:?}");
}

#[test]
fn functions_give_what_their_test_needs() {
    assert!(population("\"yes\"").contains("`population` must give true or false, it gives text"));
    assert!(expect("access.privileged").contains("`expect` must give an answer, it gives true or false"));
    let subject = one(
        "fn judge(run) { for strip in run.coverage { return [conforming(access_of(strip))]; } [] }\nfn access_of(s) { s.name }",
    );
    assert!(subject.contains("`conforming` does not take (text)"), "{subject}");
}

#[test]
fn stray_and_endless_things_are_found() {
    assert!(
        one("fn population(access) { true }\nfn other(a) { 1 }\n")
            .contains("function `other` is used by no test")
    );
    assert!(one("fn population(access) { population(access) }\n").contains("calls itself"));
    assert!(told("let a = 1;\nfn population(access) { true }\n")[0].contains("functions only"));
    assert!(population("access.key in (0..9)").contains("rules do without the operator `..`"));
    assert!(population("access.hour == 1.5").contains("rules do without this kind of expression"));
}

#[test]
fn helpers_that_call_each_other_twice_are_checked_in_good_time() {
    let mut text = String::from("fn population(access) { f0(access) }\n");
    for number in 0..40 {
        text.push_str(&format!(
            "fn f{number}(a) {{ if a.declared {{ f{0}(a) }} else {{ f{0}(a) }} }}\n",
            number + 1
        ));
    }
    text.push_str("fn f40(a) { a.privileged }\n");
    assert_eq!(told(&text), [""; 0]);
}

#[test]
fn every_name_of_the_reference_can_be_written_in_a_rule() {
    for facts in crate::rules::api::FIELDS {
        let text = format!("fn population(access) {{ let a = access.{0}; let b = a; a == b }}", facts.name);
        let lists = facts.kind == crate::rules::api::Kind::Texts;
        assert_eq!(told(&text).len(), usize::from(lists), "{text}");
    }
    for (object, _, members) in crate::rules::run::OBJECTS {
        for member in *members {
            let text = format!("fn population({object}) {{ {object}.{0} == {object}.{0} }}", member.name);
            assert!(Engines::new(&Settings::default()).compile(&text).is_ok(), "{object}.{}", member.name);
        }
    }
}

#[test]
fn a_problem_shows_line_caret_and_hint() {
    let source = Source { file: "10.2.2/control.rhai", text: "fn a() {\n\taccess.grad\n}\n" };
    let shown = source.at(2, 9, "access has no field `grad`").nearest("grad", ["grade", "hour"]).to_string();
    let expected = "10.2.2/control.rhai:2:9: access has no field `grad`\n  2 | \taccess.grad\n    | \t       ^^^^\n  hint: did you mean `grade`?";
    assert_eq!(shown, expected);
}

/// `slips.txt`: after `===` the function (or `whole`) and what is wrong; then its body; after `---` what is printed.
#[test]
fn every_slip_is_told_in_the_words_of_the_list() {
    let mut count = 0;
    for case in include_str!("tests/slips.txt").split("\n=== ").skip(1) {
        let (head, rest) = case.split_once('\n').unwrap();
        let (body, expected) = rest.split_once("\n---\n").unwrap();
        let text = match head.split(':').next().unwrap() {
            "whole" => format!("{body}\n"),
            "judge" => format!("fn judge(run) {{\n    {body}\n}}\n"),
            function => format!("fn {function}(access) {{\n    {body}\n}}\n"),
        };
        let told: Vec<String> = problems(&text).iter().map(ToString::to_string).collect();
        assert_eq!(told.join("\n").replace("control.rhai:", ""), expected.trim_end(), "{head}\n{text}");
        count += 1;
    }
    assert!(count > 60, "{count} cases were read");
}
