//! The lists of a run: told once, shared, and judged by what they are about.

use super::*;
use crate::rules::api::reference;
use crate::rules::engine::{Answer, Engines, Script};
use crate::rules::settings::Settings;

/// One object in every list.
fn one_of_each() -> Run {
    Run {
        coverage: vec![Strip::default()].into(),
        logging_changes: vec![LoggingChange::default()].into(),
        bursts: vec![Burst { data_classes: vec!["health".to_owned()], ..Burst::default() }].into(),
        places: vec![Place::default()].into(),
        failures: vec![Failure::default()].into(),
        reviews: vec![ReviewInterval::default()].into(),
        review_periods: vec![ReviewPeriod::default()].into(),
        leavers: vec![Leaver::default()].into(),
        identities: vec![Identity::default()].into(),
        credentials: vec![Credential::default()].into(),
        persons: vec![Person { data_classes: vec!["health".to_owned()], ..Person::default() }].into(),
        witnesses: vec![Witness::default()].into(),
        configurations: vec![Config::default()].into(),
        subjects: vec![SubjectRequest::default()].into(),
        event_classes: vec![EventClass::default()].into(),
        reused: vec![Reuse::default()].into(),
        bulk_reads: vec![Bulk::default()].into(),
        bulk_writes: vec![Bulk::default()].into(),
        ..Run::default()
    }
}

fn judged(text: &str, run: &Run) -> Vec<crate::rules::Finding> {
    let engines = Arc::new(Engines::new(&Settings::default()));
    let ast = engines.compile(text).unwrap();
    let said = Script { engines, ast }.judge("judge", run).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    said.into_iter().map(|said| said.what).collect()
}

#[test]
fn a_rule_reads_every_member_of_every_object_and_answers_about_it() {
    let run = one_of_each();
    for list in List::ALL {
        let (object, _, members) = OBJECTS[*list as usize + 1];
        let mut body = String::new();
        for member in members {
            let read = match member.kind {
                Kind::Text => format!("{object}.{} == \"\"", member.name),
                Kind::Truth => format!("!{object}.{}", member.name),
                Kind::Number => format!("{object}.{} == 0", member.name),
                Kind::Texts => format!("\"health\" in {object}.{}", member.name),
                Kind::List(_) => continue,
            };
            body.push_str(&format!(
                "if !({read}) {{ return [undetermined(\"{}\", {object})]; }}\n",
                member.name
            ));
        }
        let member = list.member();
        let text = format!(
            "fn judge(run) {{ let all = []; if run.{member}.is_empty() || run.{member}.len() != 1 {{ return all; }}\n\
             for {object} in run.{member} {{ {body} all.push(exception(\"a\", {object})); }} all }}"
        );
        let found = judged(&text, &run);
        assert_eq!(found.len(), 1, "{list}");
        assert_eq!(found[0].answer, Answer::Exception("a".to_owned()), "{list}");
        assert_eq!((found[0].subject.list, found[0].subject.place), (Some(*list), 0));
    }
}

#[test]
fn every_list_has_its_object_in_the_place_that_lint_expects() {
    for (place, list) in List::ALL.iter().enumerate() {
        assert_eq!(*list as usize, place);
        assert_eq!(OBJECTS[place + 1].0, list.object());
        assert!(OBJECTS[0].2.iter().any(|member| member.kind == Kind::List(*list)), "{list}");
        assert!(OBJECTS[place + 1].2.iter().any(|member| member.name == "name"), "{list}");
    }
    assert_eq!(OBJECTS.len(), List::ALL.len() + 1);
}

#[test]
fn the_reference_tells_every_member_with_words_and_values() {
    let text = reference();
    for (object, _, members) in OBJECTS {
        for member in *members {
            assert!(text.contains(&format!("  {object}.{} (", member.name)), "{object}.{}", member.name);
            assert!(!member.words.is_empty() && !member.example.is_empty(), "{object}.{}", member.name);
            let known = member.kind != Kind::Text || member.values.is_empty();
            assert!(known || member.values.contains(&member.example), "{object}.{}", member.name);
        }
    }
}

#[test]
fn a_list_is_shared_by_all_who_hold_it() {
    let strips: Arc<[Strip]> = vec![Strip { name: "a".to_owned(), ..Strip::default() }; 3].into();
    let run = Run { coverage: strips.clone(), ..Run::default() };
    let other = run.clone();
    assert!(Arc::ptr_eq(&other.coverage, &strips));
    let items: Vec<Item<Strip>> = Listed(List::Coverage, other.coverage.clone()).into_iter().collect();
    assert_eq!(items.len(), 3);
    let subject = items[2].subject();
    assert_eq!(
        (subject.list, subject.place, subject.to_string().as_str()),
        (Some(List::Coverage), 2, "strip a")
    );
}

/// "incident_after_minutes=-1" stood in a bundle.
#[test]
fn numbers_that_there_are_not_are_told_in_words() {
    let failure = Failure { incident_after_minutes: -1, hours: 3, ..Failure::default() };
    let config = Config { retention_days: -1, ..Config::default() };
    let run = Run { failures: vec![failure].into(), configurations: vec![config].into(), ..Run::default() };
    let told = |list| run.told(&Subject { list: Some(list), place: 0, name: "x".into() });
    let failure = told(List::Failures);
    assert!(failure.contains("incident_after_minutes=none") && failure.contains("hours=3"), "{failure}");
    assert!(told(List::Configurations).contains("retention_days=unknown"));
    // Whatever stands for nothing says so in its words.
    let run = one_of_each();
    for list in List::ALL {
        let told = run.told(&Subject { list: Some(*list), place: 0, name: "x".into() });
        assert!(!told.contains("=-"), "{list}: {told}");
    }
}
