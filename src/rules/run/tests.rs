//! The lists of a run: told once, shared, and judged by what they are about.

use super::*;
use crate::rules::api::reference;

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
    let items: Vec<Item<Strip>> = Listed(other.coverage.clone()).into_iter().collect();
    assert_eq!(items.len(), 3);
    let subject = items[2].subject();
    assert_eq!((subject.list, subject.place, subject.to_string().as_str()), (List::Coverage, 2, "strip a"));
}
