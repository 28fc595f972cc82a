//! Documents of a bundle as their readers meet them: README.txt's commands give the printed digests, PDFs are sound,
//! searchable and carry the figures of tests.csv, pages work offline and escape what logs say, and equal runs give
//! equal bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support;

/// Runs a program and gives its standard output; `None`, and says so, when it is not installed.
fn tool(program: &str, args: &[&str], folder: &Path) -> Option<(bool, String)> {
    let started = Command::new(program).args(args).current_dir(folder).stdin(Stdio::null()).output();
    match started {
        Ok(output) => Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Written to the stream itself: what a passing test prints is dropped.
            let mut stream = std::io::stderr();
            writeln!(stream, "SKIPPED: {program} is not installed").unwrap();
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Runs a line in bash and expects it to succeed.
fn bash(line: &str, folder: &Path) -> Option<String> {
    let (good, text) = tool("bash", &["-c", &format!("set -o pipefail; {line}")], folder)?;
    assert!(good, "{line}\n{text}");
    Some(text)
}

/// Every file below a folder, in order of path.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name();
    walk.into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect()
}

fn ending<'a>(files: &'a [PathBuf], ending: &'a str) -> impl Iterator<Item = &'a PathBuf> {
    files.iter().filter(move |path| path.extension().is_some_and(|found| found == ending))
}

fn manifest(bundle: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(bundle.join("manifest.json")).unwrap()).unwrap()
}

fn content_digest(bundle: &Path) -> String {
    manifest(bundle)["content_digest"].as_str().unwrap().to_owned()
}

/// A digest as footers print it.
fn short(digest: &str) -> String {
    format!("{}…{}", &digest[..8], &digest[digest.len() - 8..])
}

/// The command of README.txt that holds some words.
fn command(bundle: &Path, words: &str) -> String {
    let text = std::fs::read_to_string(bundle.join("README.txt")).unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with("     ") && line.contains(words));
    let line = lines.next().unwrap_or_else(|| panic!("README.txt has no command with {words}"));
    line.trim().to_owned()
}

const EXAMPLE: &str = "pci-dss-4.0.1/3.5.1#1";

#[test]
fn the_command_for_all_files_checks_every_file_and_notices_a_changed_one() {
    let bundle = support::story_bundle();
    let line = command(bundle, "SHA256SUMS");
    let Some(told) = bash(&line, bundle) else { return };
    let checked: BTreeSet<String> =
        told.lines().map(|line| line.strip_suffix(": OK").expect(line).to_owned()).collect();
    let mut present: BTreeSet<String> = files_below(bundle)
        .iter()
        .map(|path| path.strip_prefix(bundle).unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(present.remove("SHA256SUMS"));
    assert_eq!(checked, present);
    let copy = tempfile::tempdir().unwrap();
    for name in ["SHA256SUMS", "README.txt"] {
        std::fs::copy(bundle.join(name), copy.path().join(name)).unwrap();
    }
    std::fs::write(copy.path().join("README.txt"), "other").unwrap();
    let (good, told) = tool("sha256sum", &["-c", "SHA256SUMS"], copy.path()).unwrap();
    assert!(!good && told.contains("README.txt: FAILED"), "{told}");
}

#[test]
fn the_command_for_the_content_digest_gives_the_one_of_the_manifest() {
    let bundle = support::story_bundle();
    let Some(told) = bash(&command(bundle, "find data rules inputs"), bundle) else { return };
    assert_eq!(told.split_whitespace().next().unwrap(), content_digest(bundle));
}

#[test]
fn the_command_for_objects_gives_the_population_digest_of_each_test_over_the_run() {
    let bundle = support::story_bundle();
    let line = command(bundle, "python3 -c");
    let example = line.rsplit('\'').nth(1).unwrap().to_owned();
    let mut checked = 0;
    for test in &support::table(&bundle.join("data/tests.csv")) {
        if !test["events"].is_empty() || test["population_digest"].is_empty() {
            continue;
        }
        let Some(told) = bash(&line.replace(&example, &test["test"]), bundle) else { return };
        assert_eq!(told.trim(), test["population_digest"], "{}", test["test"]);
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

/// Assessor's finding: 107 pages said that nothing conforming was found where all objects of the run conformed.
#[test]
fn pages_show_examples_of_every_test_that_has_conforming_things() {
    let bundle = support::story_bundle();
    let tests = support::table(&bundle.join("data/tests.csv"));
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for page in files_below(&bundle.join("human")) {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("control-") {
            let text = std::fs::read_to_string(&page).unwrap();
            said.insert(name, text.matches("None: nothing conforms.").count());
        }
    }
    let mut expected: BTreeMap<String, usize> = said.keys().map(|name| (name.clone(), 0)).collect();
    for test in tests.iter().filter(|test| test["conforming"] == "0") {
        let page = format!("control-{}.html", test["requirement"].replace('/', "-"));
        *expected.get_mut(&page).unwrap() += 1;
    }
    assert_eq!(said, expected);
}

#[test]
fn the_command_for_a_population_digest_gives_the_one_of_each_test_over_accesses() {
    let bundle = support::story_bundle();
    let line = command(bundle, "sort -u | sha256sum");
    assert!(line.contains(EXAMPLE), "{line}");
    let mut checked = 0;
    for test in
        support::table(&bundle.join("data/tests.csv")).iter().filter(|test| test["unit"] == "accesses")
    {
        let Some(told) = bash(&line.replace(EXAMPLE, &test["test"]), bundle) else { return };
        assert_eq!(told.split_whitespace().next().unwrap(), test["population_digest"], "{}", test["test"]);
        checked += 1;
    }
    assert!(checked >= 9, "{checked} tests over accesses");
}

#[test]
fn the_command_for_citations_lists_as_many_as_tests_csv_counts() {
    let bundle = support::story_bundle();
    let line = command(bundle, "!=\"conforming\"");
    for test in
        support::table(&bundle.join("data/tests.csv")).iter().filter(|test| test["unit"] == "accesses")
    {
        let Some(told) = bash(&line.replace(EXAMPLE, &test["test"]), bundle) else { return };
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for row in told.lines() {
            let answer = row.split_once(',').unwrap().1.split(' ').next().unwrap();
            *counts.entry(answer).or_insert(0) += 1;
        }
        for (answer, column) in [("exception", "exceptions"), ("undetermined", "undetermined")] {
            let counted = counts.remove(answer).unwrap_or(0);
            assert_eq!(counted.to_string(), test[column], "{} {column}", test["test"]);
        }
        assert!(counts.is_empty(), "{}: {counts:?}", test["test"]);
    }
}

#[test]
fn the_commands_for_a_citation_open_the_log_file_and_its_record() {
    let bundle = support::story_bundle();
    let groups = support::table(&bundle.join("data/exceptions.csv"));
    let cited = groups.iter().find(|group| !group["citations"].is_empty()).unwrap()["citations"].clone();
    let (reference, place) =
        cited.split_once(' ').map(|(first, rest)| (first, rest.split(' ').next().unwrap())).unwrap();
    let (file, index) = place.split_once('#').unwrap();
    let files = support::table(&bundle.join("data/files.csv"));
    let row = files.iter().find(|row| row.values().any(|cell| cell == file)).unwrap();
    let log = &row["path"];
    let logs = support::story().join("logs");
    let hash = command(bundle, "gzip -dc LOGFILE | sha256sum").replace("LOGFILE", log);
    let Some(told) = bash(&hash, &logs) else { return };
    let sum = told.split_whitespace().next().unwrap();
    assert!(row.values().any(|cell| cell == sum), "{row:?} has no {sum}");
    if tool("jq", &["--version"], &logs).is_none() {
        return;
    }
    let show = command(bundle, "jq '.Records").replace("LOGFILE", log).replace("[7]", &format!("[{index}]"));
    let record: Value = serde_json::from_str(&bash(&show, &logs).unwrap()).unwrap();
    assert!(reference.ends_with(record["eventID"].as_str().unwrap()), "{reference}: {record}");
}

/// The PDFs of the story's bundle.
fn pdfs() -> Vec<PathBuf> {
    let files = files_below(&support::story_bundle().join("human"));
    let pdfs: Vec<PathBuf> = ending(&files, "pdf").cloned().collect();
    assert!(pdfs.len() > 20, "{} documents", pdfs.len());
    pdfs
}

/// The text of a PDF, page by page.
fn pages(pdf: &Path, args: &[&str]) -> Option<Vec<String>> {
    let path = pdf.to_str().unwrap();
    let args: Vec<&str> = args.iter().copied().chain([path, "-"]).collect();
    let (good, text) = tool("pdftotext", &args, pdf.parent().unwrap())?;
    assert!(good, "{path}");
    Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
}

#[test]
fn qpdf_finds_no_fault_in_any_document() {
    for pdf in pdfs() {
        let Some((good, told)) = tool("qpdf", &["--check", pdf.to_str().unwrap()], pdf.parent().unwrap())
        else {
            return;
        };
        assert!(good && told.contains("No syntax or stream encoding errors"), "{told}");
    }
}

#[test]
fn every_font_of_every_document_is_embedded_with_its_characters() {
    for pdf in pdfs() {
        let Some((good, told)) = tool("pdffonts", &[pdf.to_str().unwrap()], pdf.parent().unwrap()) else {
            return;
        };
        let fonts: Vec<&str> = told.lines().skip(2).collect();
        assert!(good && !fonts.is_empty(), "{}", pdf.display());
        for font in fonts {
            // The last columns: emb sub uni object generation.
            let cells: Vec<&str> = font.split_whitespace().rev().collect();
            assert_eq!((cells[4], cells[2]), ("yes", "yes"), "{}: {font}", pdf.display());
        }
    }
}

#[test]
fn every_page_carries_bundle_id_digest_window_and_its_number() {
    let bundle = support::story_bundle();
    let id = bundle.file_name().unwrap().to_string_lossy().into_owned();
    let digest = short(&content_digest(bundle));
    for pdf in pdfs() {
        let Some(pages) = pages(&pdf, &["-layout"]) else { return };
        for (number, page) in pages.iter().enumerate() {
            let stated = format!("page {} of {}", number + 1, pages.len());
            for part in [id.as_str(), &digest, &stated, "2026-03-02T00:00:00Z to 2026-03-16T00:00:00Z"] {
                assert!(page.contains(part), "{} {stated}: no {part}", pdf.display());
            }
        }
    }
}

#[test]
fn the_cover_carries_the_whole_content_digest() {
    let bundle = support::story_bundle();
    let Some(pages) = pages(&bundle.join("human/00-overview.pdf"), &[]) else { return };
    assert!(pages[0].contains(&content_digest(bundle)));
}

#[test]
fn event_ids_of_citations_are_found_whole_in_the_register() {
    let bundle = support::story_bundle();
    let Some(pages) = pages(&bundle.join("human/30-exceptions.pdf"), &[]) else { return };
    let text = pages.concat();
    let mut found = 0;
    for group in support::table(&bundle.join("data/exceptions.csv")) {
        for reference in group["citations"].split(' ').filter(|part| part.contains('-') && part.contains(':'))
        {
            let (_, id) = reference.split_once(':').unwrap();
            assert!(text.contains(id), "{}: {id}", group["id"]);
            found += 1;
        }
    }
    assert!(found > 20, "{found} citations");
}

/// The digits of a printed figure, without what groups them.
fn figure(printed: &str) -> String {
    let digits: String = printed.chars().filter(|sign| !sign.is_whitespace()).collect();
    assert!(
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{printed:?} is no figure"
    );
    digits
}

#[test]
fn figures_of_the_control_pages_equal_tests_csv() {
    let bundle = support::story_bundle();
    let Some(pages) = pages(&bundle.join("human/20-controls.pdf"), &["-layout"]) else { return };
    let text = pages.concat();
    for test in support::table(&bundle.join("data/tests.csv")) {
        let heading = format!("Test {} – ", test["test"]);
        let (_, section) = text.split_once(&heading).unwrap_or_else(|| panic!("no {heading}"));
        let section = section.split("\nTest pci-dss").next().unwrap();
        let digest =
            section.find(&test["population_digest"]).unwrap_or_else(|| panic!("{}: no digest", test["test"]));
        let result = &section[digest..][section[digest..].find("\nResult\n").unwrap()..];
        let row = result.lines().nth(3).unwrap();
        let cells: Vec<String> =
            row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(figure).collect();
        let expected: Vec<&String> = ["conforming", "exceptions", "undetermined", "population"]
            .iter()
            .map(|name| &test[*name])
            .collect();
        assert_eq!(cells.iter().collect::<Vec<_>>(), expected, "{}", test["test"]);
        assert!(section.contains(&test["verdict"]), "{}", test["test"]);
    }
}

#[test]
fn a_requirement_that_no_test_examined_shows_no_nought() {
    let bundle = support::story_bundle();
    let page = std::fs::read_to_string(bundle.join("human/index.html")).unwrap();
    let row = between(&page, "data-requirement=\"4.2.1\"", "</tr>");
    assert!(row.contains("not-tested") && !row.contains(">0<"), "{row}");
    let Some(pages) = pages(&bundle.join("human/00-overview.pdf"), &["-layout"]) else { return };
    let text = pages.concat();
    let line = text.lines().find(|line| line.trim_start().starts_with("4.2.1 ")).unwrap();
    assert!(line.contains("not-tested") && !line.contains(" 0"), "{line}");
}

/// The HTML pages of a bundle by path inside it.
fn html(bundle: &Path) -> BTreeMap<String, String> {
    let files = files_below(bundle);
    let page = |path: &PathBuf| {
        let name = path.strip_prefix(bundle).unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    ending(&files, "html").map(page).collect()
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Text between two marks.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    page.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(inside, _)| inside)
        .unwrap_or_else(|| panic!("no {start}"))
}

#[test]
fn pages_refer_to_nothing_outside_the_bundle_and_every_link_leads_somewhere() {
    let bundle = support::story_bundle();
    let pages = html(bundle);
    assert!(pages.len() > 50, "{} pages", pages.len());
    let mut links = 0;
    for (name, page) in &pages {
        for place in ["href", "src", "action", "srcset", "poster", "data", "xlink:href"]
            .iter()
            .flat_map(|kind| attributes(page, kind))
        {
            assert!(!place.contains(':') && !place.starts_with("//"), "{name}: {place}");
            follow(bundle, &pages, name, place);
            links += 1;
        }
        assert!(
            page.split("url(").skip(1).all(|inside| inside.starts_with('#')),
            "{name} has a url() that leaves the page"
        );
        for way in [
            "@import",
            "fetch(",
            "XMLHttpRequest",
            "WebSocket",
            "sendBeacon",
            "EventSource",
            "<base",
            "<iframe",
            "<object",
        ] {
            assert!(!page.contains(way), "{name}: {way}");
        }
    }
    assert!(links > 1000, "{links} links");
}

fn follow(bundle: &Path, pages: &BTreeMap<String, String>, name: &str, place: &str) {
    let (file, anchor) = place.split_once('#').unwrap_or((place, ""));
    let mut target: Vec<&str> = if file.is_empty() {
        name.split('/').collect()
    } else {
        name.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect()
    };
    for part in file.split('/').filter(|part| !part.is_empty()) {
        if part == ".." {
            assert!(target.pop().is_some(), "{name}: {place} leaves the bundle");
        } else {
            target.push(part);
        }
    }
    let target = target.join("/");
    assert!(bundle.join(&target).is_file(), "{name}: {place} leads nowhere");
    if !anchor.is_empty() {
        assert!(pages[&target].contains(&format!("id=\"{anchor}\"")), "{name}: {place} has no such anchor");
    }
}

#[test]
fn pages_forbid_the_network_and_name_the_very_style_and_script_they_hold() {
    for (name, page) in html(support::story_bundle()) {
        let policy =
            between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
        assert!(policy.starts_with("default-src 'none'"), "{name}: {policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'),
            "{name}: {policy}"
        );
        for (kind, inside) in [
            ("style", between(&page, "<style>", "</style>")),
            ("script", between(&page, "<script>", "</script>")),
        ] {
            let hash = base64(&Sha256::digest(inside.as_bytes()));
            assert!(
                policy.contains(&format!("{kind}-src 'sha256-{hash}'")),
                "{name}: {kind} is not the one of the policy"
            );
        }
        assert!(
            attributes(&page, "style").is_empty() && !page.contains(" onclick="),
            "{name} has what its policy forbids"
        );
    }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..4 {
            let sign = SIGNS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[test]
fn every_page_of_the_site_carries_the_content_digest_and_the_bundle_id() {
    let bundle = support::story_bundle();
    let (digest, id) = (content_digest(bundle), bundle.file_name().unwrap().to_string_lossy().into_owned());
    for (name, page) in html(bundle) {
        assert!(!page.contains("data-copy></code>"), "{name} offers to copy nothing");
        let footer = page.rsplit_once("<footer").unwrap_or_else(|| panic!("{name} has no footer")).1;
        assert!(footer.contains(&short(&digest)) && footer.contains(&id), "{name}: {footer}");
    }
}

#[test]
fn figures_of_the_site_equal_tests_csv() {
    let bundle = support::story_bundle();
    let pages = html(bundle);
    for test in support::table(&bundle.join("data/tests.csv")) {
        let number = test["requirement"].rsplit('/').next().unwrap();
        let page = &pages[&format!("human/control-pci-dss-4.0.1-{number}.html")];
        let page = page.replace("<wbr>", "");
        let section = between(&page, &format!("data-test=\"{}\">", test["test"]), "</section>");
        assert!(section.contains(&test["population_digest"]), "{}", test["test"]);
        let result = between(section, "<b>Result of the test</b>", "</table>");
        for column in ["Population", "Conforming", "Exceptions", "Undetermined"] {
            let row = between(result, &format!("<th scope=\"row\">{column}</th>"), "</tr>");
            let cell = between(row, ">", "<");
            assert_eq!(figure(cell), test[&column.to_lowercase()], "{} {column}", test["test"]);
        }
    }
}

/// A bundle about a person, a program and a key that want to be markup, in scripts that no shipped font has.
fn hostile() -> (tempfile::TempDir, PathBuf) {
    let folder = support::audit_folder();
    let name = "李 <script>alert(1)</script> \u{202e}gnp.exe";
    let roster = format!(
        "id,name,mail,department,manager,joined,left,identities\np-1,{name},a@b.example,\"<b>bold</b> & co\",,,,arn:aws:iam::111122223333:user/alice\n"
    );
    std::fs::write(folder.path().join("roster.csv"), roster).unwrap();
    let audit = format!(
        "{}\n[records]\nroster = \"roster.csv\"\n",
        support::AUDIT.replace("Test Ltd", "Test & <i>Ltd</i>")
    );
    std::fs::write(folder.path().join("audit.toml"), audit).unwrap();
    let record = support::get_item(1, "2026-03-02T10:00:00Z")
        .replace("item-1", "</td><img src=x onerror=alert(2)>\u{7}")
        .replace("aws-cli/2.15.0", "<svg/onload=alert(3)> {{ 7 * 7 }}")
        .replace("\u{7}", "\\u0007");
    std::fs::write(folder.path().join("logs/a.json"), support::log_file(&[record])).unwrap();
    let ran = support::run(&["run"], folder.path());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let bundle = support::bundle_in(folder.path());
    (folder, bundle)
}

#[test]
fn what_logs_and_rosters_say_never_becomes_markup() {
    let (_folder, bundle) = hostile();
    let pages = html(&bundle);
    for (name, page) in &pages {
        for raw in ["alert(1)</script>", "<img", "<svg/onload", "<b>bold", "<i>Ltd", "\u{202e}", "\u{7}"] {
            assert!(!page.contains(raw), "{name} holds {raw:?} as it came");
        }
    }
    let all: String = pages.into_values().collect();
    for shown in ["&lt;script&gt;alert(1)", "&lt;img src=x", "onerror=alert(2)", "&lt;i&gt;Ltd", "\\u{202e}"]
    {
        assert!(all.contains(shown), "{shown} is shown nowhere");
    }
}

#[test]
fn a_character_without_a_font_is_named_in_every_pdf_that_would_print_it() {
    let (_folder, bundle) = hostile();
    let files = files_below(&bundle.join("human/50-users"));
    let dossiers: Vec<&PathBuf> = ending(&files, "pdf").collect();
    assert_eq!(dossiers.len(), 1);
    let Some(pages) = pages(dossiers[0], &[]) else { return };
    let text = pages.concat();
    for shown in ["U+674E", "\\u{202e}", "<script>alert(1)</script>"] {
        assert!(text.contains(shown), "{shown} is not in the dossier:\n{text}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains('\u{fffd}'));
}

#[test]
fn two_runs_from_two_folders_draw_the_same_bytes() {
    let bundle = support::story_bundle();
    let out = tempfile::tempdir().unwrap();
    let audit = support::story().join("audit.toml");
    let ran =
        support::run(&["run", audit.to_str().unwrap(), "--out", "deep/er", "--threads", "1"], out.path());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let other = support::bundle_in(&out.path().join("deep/er"));
    assert_eq!(other.file_name(), bundle.file_name());
    let relative = |root: &Path| -> Vec<PathBuf> {
        files_below(root).iter().map(|path| path.strip_prefix(root).unwrap().to_owned()).collect()
    };
    assert_eq!(relative(bundle), relative(&other));
    for path in relative(&bundle.join("human")) {
        let read = |root: &Path| std::fs::read(root.join("human").join(&path)).unwrap();
        assert!(read(bundle) == read(&other), "{} differs", path.display());
    }
}
