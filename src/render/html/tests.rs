//! Tests of the whole page set: escaping, links, offline use, repeatability, replaced templates.
//! Comes in: the fixture model and an empty one. Goes out: nothing but verdicts of the test run; never
//! writes outside a temporary folder.

mod dossiers;
mod fixture;

use std::collections::BTreeSet;

use super::*;

/// The site of the embedded templates; a template that fails prints its report.
fn site() -> Site {
    Site::new(None).unwrap_or_else(|failure| panic!("{}", report(&failure)))
}

fn report(failure: &HtmlError) -> String {
    std::error::Error::source(failure).map_or_else(|| failure.to_string(), ToString::to_string)
}

/// One page as text.
fn page(model: &Model, id: PageId) -> String {
    let drawn = site().draw(model, id).unwrap_or_else(|failure| panic!("{}", report(&failure)));
    String::from_utf8(drawn.bytes).unwrap()
}

fn pages(model: &Model) -> Vec<(String, String)> {
    let site = site();
    let drawn = site.page_list(model).into_iter().map(|id| site.draw(model, id).unwrap());
    drawn.map(|page| (page.path, String::from_utf8(page.bytes).unwrap())).collect()
}

/// Values of an attribute as they stand in a page.
fn attribute<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let opening = format!(" {name}=\"");
    page.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The page without its style and script, whose texts are not markup.
fn body(page: &str) -> &str {
    page.split_once("<body>").unwrap().1.rsplit_once("<script>").unwrap().0
}

#[test]
fn every_page_of_a_full_and_an_empty_model_is_drawn() {
    assert_eq!(pages(&fixture::model()).len(), 6 + 6 + 30);
    assert_eq!(pages(&Model::default()).len(), 6);
}

#[test]
fn hostile_text_stays_text() {
    for (path, page) in pages(&fixture::model()) {
        let body = body(&page);
        assert!(!body.contains("<script"), "{path}");
        assert!(!body.contains("onload=\""), "{path}");
        assert!(!page.chars().any(|one| one == '\u{202e}' || one == '\u{7}'), "{path}");
    }
    let site = Site::new(None).unwrap();
    let page = site.draw(&fixture::model(), PageId::Completeness).unwrap();
    assert!(String::from_utf8(page.bytes).unwrap().contains("\\u{202e}gnp\\u{7} &amp; https:"));
}

#[test]
fn tags_are_balanced_and_ids_are_unique() {
    for (path, page) in pages(&fixture::model()) {
        for tag in ["table", "tr", "td", "section", "figure", "svg", "dl", "ul", "div", "p", "span", "code"] {
            let opened = body(&page).matches(&format!("<{tag}>")).count()
                + body(&page).matches(&format!("<{tag} ")).count();
            assert_eq!(opened, body(&page).matches(&format!("</{tag}>")).count(), "{tag} in {path}");
        }
        let ids = attribute(&page, "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{path} {ids:?}");
    }
}

#[test]
fn links_between_pages_and_to_places_resolve() {
    let model = fixture::model();
    let set = pages(&model);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (path, page) in &set {
        known.insert(path.clone());
        known.extend(attribute(page, "id").iter().map(|id| format!("{path}#{id}")));
    }
    known.extend(model.data_files.iter().map(|file| file.path.clone()));
    known.extend(["data/coverage.csv", "data/keys.csv", "data/patterns.csv"].map(String::from));
    for (path, page) in &set {
        for link in attribute(page, "href") {
            let target = resolved(path, link);
            assert!(known.contains(&target), "{path} links to {link}, which is {target}");
        }
    }
}

/// The path of a link inside the bundle.
fn resolved(from: &str, link: &str) -> String {
    if link.starts_with('#') {
        return format!("{from}{link}");
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[test]
fn no_page_reaches_outside_the_bundle() {
    for (path, page) in pages(&fixture::model()) {
        for name in ["href", "src", "action", "data", "poster", "srcset"] {
            for value in attribute(&page, name) {
                assert!(!value.contains("//") && !value.contains(':'), "{path}: {name}={value}");
            }
        }
        assert!(!page.contains("@import") && !page.contains("<link") && !page.contains("<img"), "{path}");
        assert!(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-"), "{path}");
    }
    assert!(!STYLE.1.contains("http") && !SCRIPT.1.contains("http"));
}

#[test]
fn every_page_names_bundle_digest_window_and_redaction() {
    for (path, page) in pages(&fixture::model()) {
        let foot = page.split_once("<footer").unwrap().1;
        for words in ["_payments_3f6c0c1f", "3f6c0c1f…e4f50917", "2026-03-16T00:00:00Z", "external-auditor"]
        {
            assert!(foot.replace("<wbr>", "").contains(words), "{words} in the foot of {path}");
        }
    }
}

#[test]
fn equal_models_give_equal_bytes() {
    assert_eq!(pages(&fixture::model()), pages(&fixture::model()));
}

#[test]
fn a_cut_list_says_so_and_names_its_file() {
    let text = page(&fixture::model(), PageId::Exceptions);
    assert!(text.contains("First 40 of 412, all rows in <a href=\"../data/exceptions.csv\">"));
}

#[test]
fn verdicts_carry_word_shape_and_colour() {
    let text = page(&fixture::model(), PageId::Index);
    for word in Word::ALL {
        assert!(text.contains(&format!("{}</span> {}</span>", word.shape(), word.as_str())), "{word:?}");
    }
}

#[test]
fn a_folder_replaces_templates_by_name_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("appendix.html"), "<p>{{ head.entity }}</p>").unwrap();
    let site = Site::new(Some(folder.path())).unwrap();
    let page = site.draw(&fixture::model(), PageId::Appendix).unwrap();
    assert_eq!(page.bytes, b"<p>Example Payments Ltd</p>");
    std::fs::write(folder.path().join("apendix.html"), "").unwrap();
    let refused = Site::new(Some(folder.path()));
    assert!(matches!(refused, Err(HtmlError::UnknownTemplate { name, .. }) if name == "apendix.html"));
}

#[test]
fn a_replaced_script_cannot_end_its_element() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.js"), "'</script>'").unwrap();
    assert!(matches!(Site::new(Some(folder.path())), Err(HtmlError::EndsElement { .. })));
}

#[test]
fn names_that_leave_their_folder_are_refused() {
    for token in ["../../etc/passwd", "", ".hidden", "a b", "x\"y"] {
        let mut model = Model::default();
        model.people.push(Dossier { token: token.into(), ..Dossier::default() });
        let drawn = site().draw(&model, PageId::Dossier(0));
        assert!(matches!(drawn, Err(HtmlError::UnsafeName { .. })), "{token}");
    }
}

#[test]
fn asking_for_a_page_that_is_not_there_is_an_error() {
    let drawn = Site::new(None).unwrap().draw(&Model::default(), PageId::Control(3));
    assert!(matches!(drawn, Err(HtmlError::NoSuchPage { .. })));
}

#[test]
fn digests_are_shortened_for_page_edges() {
    assert_eq!(filters::brief(&"0123456789abcdef".repeat(4)), "01234567…89abcdef");
    assert_eq!(filters::brief("short"), "short");
}

/// Writes the pages for looking at them: `TRAILWITNESS_PAGES=/tmp/pages cargo test --ignored write_pages`.
#[test]
#[ignore = "writes files for the eye"]
fn write_pages() {
    let Some(folder) = std::env::var_os("TRAILWITNESS_PAGES") else {
        return;
    };
    for (path, page) in pages(&fixture::model()) {
        let target = Path::new(&folder).join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, page).unwrap();
    }
}
