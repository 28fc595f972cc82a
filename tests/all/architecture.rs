//! The shape of the sources: one direction of flow, small pieces, a front door in every file, nothing unfinished, and
//! no printing or machine paths where they do not belong (shared/design/style.md).

use std::path::{Path, PathBuf};

use crate::support;

/// The flow: a module uses only those before it.
const FLOW: [&str; 18] = [
    "error",
    "clock",
    "audit",
    "gaps",
    "sources",
    "records",
    "events",
    "identities",
    "coverage",
    "ledger",
    "rules",
    "verdicts",
    "patterns",
    "bundle",
    "traces",
    "render",
    "commands",
    "cli",
];

/// A source file: path below the project, with its text.
struct Source {
    path: String,
    text: String,
}

/// Rust files below a folder of the project, in order of path.
fn rust_files(folder: &str) -> Vec<Source> {
    let root = support::project();
    let walk = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name();
    let paths: Vec<PathBuf> = walk.into_iter().map(|entry| entry.unwrap().into_path()).collect();
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let read =
        |path: &PathBuf| Source { path: name(root, path), text: std::fs::read_to_string(path).unwrap() };
    let files: Vec<Source> = paths.iter().filter(is_rust).map(read).collect();
    assert!(!files.is_empty(), "{folder} holds no Rust file");
    files
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")
}

/// All Rust files of the project.
fn all_files() -> Vec<Source> {
    let mut files = rust_files("src");
    files.extend(rust_files("tests"));
    files.extend(rust_files("benches"));
    files
}

/// Whether a path is a file of unit tests.
fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.ends_with("/fixture.rs")
        || !path.starts_with("src/")
}

/// The text with comments, strings and characters blanked, so that what is left is code; lines stay where they are.
fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + token(&text[at..], code.last().copied());
        let blank = end - at > 1 || bytes[at] > 127;
        code.extend(bytes[at..end].iter().map(|byte| if blank && *byte != b'\n' { b' ' } else { *byte }));
        at = end;
    }
    String::from_utf8(code).unwrap()
}

/// Bytes of the comment, string or character that starts here; else of one sign.
fn token(rest: &str, before: Option<u8>) -> usize {
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if rest.starts_with('"') {
        return quoted(rest, 1);
    }
    if rest.starts_with('r') && !in_word {
        let fence: String = rest[1..].chars().take_while(|sign| *sign == '#').collect();
        if rest[1 + fence.len()..].starts_with('"') {
            let close = format!("\"{fence}");
            let inside = 2 + fence.len();
            return rest[inside..].find(&close).map_or(rest.len(), |end| inside + end + close.len());
        }
    }
    if let Some(inside) = rest.strip_prefix('\'') {
        let sign = inside.chars().next().unwrap_or('\'');
        if sign == '\\' {
            return 3 + rest[3..].find('\'').unwrap();
        }
        if inside[sign.len_utf8()..].starts_with('\'') {
            return 2 + sign.len_utf8();
        }
    }
    rest.chars().next().map_or(1, char::len_utf8)
}

/// Bytes of a string from its opening quote.
fn quoted(rest: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Line of a place, from 1.
fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The top modules that a text names after `crate::`, with their places: `crate::a::b` and `crate::{a, b::c}`.
fn uses(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            None => found.push((at, word(rest))),
            Some(list) => found.extend(listed(list).into_iter().map(|name| (at, name))),
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect()
}

/// First words of the outermost members of a list in braces.
fn listed(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut fresh) = (0, Vec::new(), true);
    for (at, sign) in list.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if fresh && !sign.is_whitespace() => {
                names.push(word(&list[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// `src/ledger/part.rs` belongs to `ledger`; main.rs and lib.rs stand outside the flow.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

fn place(module: &str) -> Option<usize> {
    FLOW.iter().position(|known| *known == module)
}

#[test]
fn modules_use_only_what_stands_before_them() {
    let mut backwards = Vec::new();
    for file in rust_files("src") {
        let own = module(&file.path);
        if ["main", "lib"].contains(&own) {
            continue;
        }
        let mine = place(own).unwrap_or_else(|| panic!("{} belongs to no module of the flow", file.path));
        let code = code(&file.text);
        for (at, used) in uses(&code) {
            if place(&used).is_none_or(|used| used > mine) {
                backwards.push(format!("{}:{} uses crate::{used}", file.path, line(&code, at)));
            }
        }
    }
    assert!(backwards.is_empty(), "{} backward uses, first:\n{}", backwards.len(), backwards.join("\n"));
}

#[test]
fn lib_tells_the_modules_in_the_order_of_the_flow() {
    let text = std::fs::read_to_string(support::project().join("src/lib.rs")).unwrap();
    let told: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(told, FLOW);
}

/// A climb by `super::super::…` out of a top module would slip past the first test.
#[test]
fn no_file_climbs_out_of_its_module_by_super() {
    for file in rust_files("src") {
        let depth = file.path.matches('/').count();
        let code = code(&file.text);
        for (at, _) in code.match_indices("super::").filter(|(at, _)| !code[..*at].ends_with("super::")) {
            let climbs = code[at..].split("super::").take_while(|part| part.is_empty()).count();
            let inline = usize::from(code[..at].contains("mod tests {"));
            assert!(climbs < depth + inline, "{}:{} climbs {climbs} levels", file.path, line(&code, at));
        }
    }
}

#[test]
fn files_are_short_and_open_with_what_they_are() {
    for file in all_files() {
        let lines = file.text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines", file.path);
        assert!(file.text.starts_with("//! "), "{} does not open with //!", file.path);
    }
}

/// Name, line and number of lines of every function.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let code = code(text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].bytes().last();
        let name = word(&code[at + 3..]);
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(&code[at..]) {
            let (first, last) = (line(&code, at), line(&code, at + end));
            found.push((name, first, last - first + 1));
        }
    }
    found
}

/// Where the body of a function ends; `None` when it has none, as in a trait.
fn body_end(code: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0_u32, 0_u32);
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b';' if brackets == 0 && braces == 0 => return None,
            b'{' => braces += 1,
            b'}' if braces == 1 => return Some(at),
            b'}' => braces -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn functions_are_short() {
    let mut lengths = Vec::new();
    for file in all_files() {
        for (name, line, lines) in functions(&file.text) {
            assert!(lines <= 70, "{}:{line} {name} has {lines} lines", file.path);
            lengths.push((lines, is_test(&file.path)));
        }
    }
    let mut own: Vec<usize> = lengths.iter().filter(|(_, test)| !test).map(|(lines, _)| *lines).collect();
    own.sort_unstable();
    assert!(own.len() > 500, "only {} functions were found", own.len());
    let (half, most) = (own[own.len() / 2], own[own.len() * 95 / 100]);
    assert!(half <= 10, "half of the functions have more than 10 lines: the middle one has {half}");
    assert!(most <= 40, "more than 5 of 100 functions have over 40 lines: the 95th has {most}");
}

#[test]
fn nothing_is_left_to_be_done() {
    let marks =
        [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X:"].concat(), ["HA", "CK:"].concat()];
    let calls = ["todo!", "unimplemented!", "dbg!"];
    for file in all_files() {
        for (number, text) in file.text.lines().enumerate() {
            let place = format!("{}:{}: {text}", file.path, number + 1);
            assert!(!marks.iter().any(|mark| text.contains(mark.as_str())), "{place}");
        }
        let code = code(&file.text);
        assert!(!calls.iter().any(|call| code.contains(call)), "{} has an unfinished part", file.path);
    }
}

#[test]
fn only_the_terminal_prints_and_only_main_exits() {
    let ways = ["println!", "print!(", "eprintln!", "eprint!(", "io::stdout", "io::stderr"];
    for file in rust_files("src") {
        let code = code(file.text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        let terminal = file.path == "src/commands/terminal.rs";
        for way in ways.iter().filter(|_| !terminal && !is_test(&file.path)) {
            if let Some(at) = code.find(way) {
                panic!("{}:{} prints with {way}", file.path, line(&code, at));
            }
        }
        assert!(file.path == "src/main.rs" || !code.contains("process::exit"), "{} exits", file.path);
        let edge = file.path.starts_with("src/commands/") || is_test(&file.path);
        assert!(edge || !code.contains("env::var"), "{} reads the environment", file.path);
    }
}

#[test]
fn only_the_clock_reads_time() {
    for file in rust_files("src").iter().filter(|file| file.path != "src/clock.rs" && !is_test(&file.path)) {
        let code = code(&file.text);
        for way in ["SystemTime::now", "Instant::now", "Utc::now", "Local::now"] {
            assert!(!code.contains(way), "{} reads time with {way}", file.path);
        }
    }
}

#[test]
fn no_file_names_a_path_of_somebodys_machine() {
    let roots = ["work", "home", "root", "Users", "tmp"].map(|name| format!("\"/{name}/"));
    let drive = ["C:", "\\"].concat();
    for file in all_files() {
        for (number, text) in file.text.lines().enumerate() {
            let bad = roots.iter().any(|root| text.contains(root.as_str())) || text.contains(&drive);
            assert!(!bad, "{}:{}: {text}", file.path, number + 1);
        }
    }
}

/// The readers of this file see what they must: otherwise all of the above would pass on anything.
#[test]
fn the_readers_of_this_test_see_backward_uses_and_long_functions() {
    let text = "use crate::{audit, render::html::{Site, Page}};\n// use crate::cli;\nlet x = \"crate::cli\";\ncrate::verdicts::judge();\n";
    let names: Vec<String> = uses(&code(text)).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["audit", "render", "verdicts"]);
    let text = "fn a(x: [u8; 3]) -> char {\n    '}'\n}\ntrait T {\n    fn b();\n}\nfn c<'a>() { r#\"{\"# }\n";
    assert_eq!(functions(text), [("a".to_owned(), 1, 3), ("c".to_owned(), 7, 1)]);
    assert_eq!(module("src/ledger/part.rs"), "ledger");
    assert!(place("render") > place("bundle"));
}
