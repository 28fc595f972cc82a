//! The two walks of rules/README.md, done word for word: every command and every text of them stands there.

use std::path::Path;

use crate::support::{self, Ran};

/// A folder in which the walks are done, and the page they are read from.
struct Walk {
    folder: tempfile::TempDir,
    page: String,
}

impl Walk {
    fn new() -> Self {
        let page = std::fs::read_to_string(support::project().join("rules/README.md")).unwrap();
        let walk = Walk { folder: tempfile::tempdir().unwrap(), page };
        assert_eq!(walk.run(&["init", "."]).code, 0);
        walk
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        support::run(arguments, self.folder.path())
    }

    /// Runs a command as the page writes it and gives what it printed.
    fn command(&self, text: &str, code: i32) -> String {
        assert!(self.page.contains(&format!("`trailwitness {text}`")), "{text} does not stand in the page");
        let mut words: Vec<String> = Vec::new();
        for (at, part) in text.split('"').enumerate() {
            match at % 2 {
                0 => words.extend(part.split_whitespace().map(str::to_owned)),
                _ => words.push(part.to_owned()),
            }
        }
        let ran = self.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, code, "{text}\n{}{}", ran.stdout, ran.stderr);
        format!("{}{}", ran.stdout, ran.stderr)
    }

    /// The block of the page that holds a text, without its indent.
    fn block(&self, part: &str) -> String {
        let at = self.page.find(part).unwrap_or_else(|| panic!("{part} does not stand in the page"));
        let start = self.page[..at].rfind("```").unwrap();
        let body = &self.page[start..][self.page[start..].find('\n').unwrap() + 1..];
        let body = &body[..body.find("```").unwrap()];
        let indent = |line: &&str| !line.trim().is_empty();
        let least =
            body.lines().filter(indent).map(|line| line.len() - line.trim_start().len()).min().unwrap();
        body.lines().map(|line| line.get(least..).unwrap_or_default().to_owned() + "\n").collect()
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.folder.path().join("packs").join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{} has no {from}", path.display());
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.path().join("packs").join(path), text).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let held = std::fs::read_to_string(self.folder.path().join("packs").join(path)).unwrap();
        self.write(path, &format!("{held}\n{text}"));
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let place = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).unwrap();
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn a_rule_is_changed_as_the_page_says() {
    let walk = Walk::new();
    let control = "pci-dss-4.0.1/10.2.1.4";
    assert!(walk.command("packs list", 0).contains("10.2.1.4"));
    assert!(walk.command("packs explain pci-dss-4.0.1/10.2.1.4", 0).contains("burst_refusals = 10"));
    assert!(walk.command("packs explain --api", 0).contains("burst.incident"));
    copy(&support::project().join("rules/pci-dss-4.0.1"), &walk.folder.path().join("packs/pci-dss-4.0.1"));
    let first = "    if burst.incident == \"approved\" { conforming(burst) }\n";
    let lines = walk.block("burst.count > settings.burst_most");
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    walk.edit(&format!("{control}/control.rhai"), first, &lines);
    let missing = walk.command("packs check packs/pci-dss-4.0.1", 2);
    let told = walk.block("settings.toml has no key `burst_most`");
    let same = |line: &str| {
        line.trim_start_matches(|sign: char| sign.is_ascii_digit() || " |:".contains(sign)).to_owned()
    };
    let told: Vec<String> = told.lines().skip(1).map(same).collect();
    assert!(told.iter().all(|line| missing.contains(line.as_str())), "{told:#?}\n{missing}");
    walk.append("pci-dss-4.0.1/settings.toml", &walk.block("burst_most = 50"));
    walk.edit(
        &format!("{control}/control.toml"),
        "\"burst_refusals\",",
        "\"burst_refusals\", \"burst_most\",",
    );
    let words = walk.block("too-many-refusals = ");
    walk.edit(&format!("{control}/control.toml"), "[causes]\n", &format!("[causes]\n{words}"));
    let example = "examples/large-cluster-with-incident.exceptions.json";
    assert!(walk.page.contains(&format!("`10.2.1.4/{example}`")));
    walk.write(&format!("{control}/{example}"), &walk.block("\"times\": 51"));
    let checked = walk.command("packs check packs/pci-dss-4.0.1", 0);
    assert!(checked.contains("0 problems"), "{checked}");
    let diff = walk.command("packs diff pci-dss-4.0.1 packs/pci-dss-4.0.1", 0);
    assert!(diff.contains("burst_most") && diff.contains("too-many-refusals"), "{diff}");
    walk.edit(
        "pci-dss-4.0.1/pack.toml",
        "author = \"The trailwitness authors\"",
        "author = \"Alex Analyst\"",
    );
    let approved = "packs approve packs/pci-dss-4.0.1 --by \"Bo Approver\" --on 2026-03-02";
    assert!(walk.command(approved, 0).contains("Bo Approver"));
}

#[test]
fn a_control_is_added_as_the_page_says() {
    let walk = Walk::new();
    walk.command("packs new house-rules --folder packs", 0);
    walk.command("packs check packs/house-rules", 0);
    walk.command("packs new house-rules/1.2 --folder packs", 0);
    walk.command("packs check packs/house-rules", 0);
    let script = walk.block("// Which accesses are examined.");
    walk.write("house-rules/1.2/control.rhai", &script);
    let told = walk.command("packs check packs/house-rules", 0);
    assert!(told.contains("0 problems"), "{told}");
    let control = walk.folder.path().join("packs/house-rules/1.2");
    std::fs::remove_file(control.join("control.rhai")).unwrap();
    std::fs::remove_dir_all(control.join("examples")).unwrap();
    walk.write("house-rules/1.2/control.toml", &walk.block("uses = \"pci-dss-4.0.1/10.2.1.4\""));
    let missing = walk.command("packs check packs/house-rules", 2);
    let shipped = trailwitness::rules::Pack::load("pci-dss-4.0.1", &[], None).unwrap();
    for (name, value) in shipped.settings.iter() {
        if missing.contains(&format!("has no `{name}`")) {
            walk.append(
                "house-rules/settings.toml",
                &format!("# As the used control has it.\n{name} = {value}\n"),
            );
        }
    }
    walk.append("house-rules/settings.toml", &walk.block("burst_refusals = 10"));
    let told = walk.command("packs check packs/house-rules", 0);
    assert!(told.contains("0 problems"), "{told}");
    walk.command("packs approve packs/house-rules --by \"Bo Approver\" --on 2026-03-02", 0);
}
