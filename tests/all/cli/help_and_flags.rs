//! Help, version and wrong flags.

use super::*;

fn assert_help(args: &[&str], parts: &[&str]) {
    let here = tempfile::tempdir().unwrap();
    let ran = run(args, here.path());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
    for part in parts {
        assert!(ran.stdout.contains(part), "{args:?}: {part:?} in\n{}", ran.stdout);
    }
}

#[test]
fn help_tells_a_stranger_what_it_is_and_where_to_start() {
    let parts = [
        "Evidence bundles from AWS CloudTrail logs about Amazon DynamoDB",
        "Usage: trailwitness <COMMAND>",
        "init       Write a commented audit.toml",
        "run        Read the logs, test them and write the evidence bundle",
        "integrity  Check log files against CloudTrail's signed digests: altered, missing, unproven",
        "verify     Check that a bundle holds: hashes, digests, sums",
        "trace      Trace one item, one person or one credential through the logs",
        "Start with:  trailwitness init my-audit",
        "0 done",
        "1 no bundle, or verify found a difference",
        "2 usage",
        "3 no log file",
        "4 a bundle was written but a rule faulted or input could not be read",
    ];
    assert_help(&["--help"], &parts);
    assert_help(&["-h"], &parts[1..6]);
}

#[test]
fn help_of_each_command_names_its_flags() {
    assert_help(
        &["run", "--help"],
        &[
            "Usage: trailwitness run [OPTIONS] [AUDIT]",
            "[default: audit.toml]",
            "--source <FOLDER|S3>",
            "Buckets (s3://BUCKET/PREFIX):",
            "--s3-profile <NAME>",
            "--s3-cache <FOLDER>",
            "--from <TIME>",
            "--to <TIME>",
            "--as-of <TIME>",
            "--pack <PACK>",
            "--out <FOLDER>",
            "--redaction <PROFILE>",
            "--documents <DOCUMENTS>",
            "HTML and PDF",
            "--threads <N>",
            "--fail-on <WORDS>",
            "Exit 11 on exceptions, 10 on insufficient evidence",
            "--json",
        ],
    );
    assert_help(
        &["verify", "--help"],
        &["Usage: trailwitness verify [OPTIONS] <BUNDLE>", "Folder that `run` wrote", "--json"],
    );
    assert_help(
        &["init", "--help"],
        &[
            "Usage: trailwitness init [OPTIONS] [FOLDER]",
            "Folder to write into",
            "[default: .]",
            "--pack <PACK>",
        ],
    );
}

#[test]
fn help_of_traces_says_what_is_typed() {
    for (args, parts) in [
        (
            &["trace", "--help"][..],
            &["item        Who read, wrote or deleted one item", "person", "credential"][..],
        ),
        (
            &["trace", "item", "--help"],
            &["trace item [OPTIONS] <TABLE> <KEY>...", "--roles", "--audit <FILE>", "--csv", "--json"],
        ),
        (&["trace", "person", "--help"], &["trace person [OPTIONS] <WHO>", "--pdf <FILE>", "--from <TIME>"]),
        (&["trace", "credential", "--help"], &["trace credential [OPTIONS] <KEYID>", "never a secret"]),
    ] {
        assert_help(args, parts);
    }
}

#[test]
fn version_is_the_packages() {
    let here = tempfile::tempdir().unwrap();
    let expected = format!("trailwitness {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["--version"], here.path()).stdout, expected);
    assert_eq!(run(&["-V"], here.path()).stdout, expected);
}

#[test]
fn wrong_flags_exit_2_and_say_what_was_meant() {
    let folder = folder();
    for (args, part) in [
        (&["run", "audit.toml", "--souce", "x"][..], "--source"),
        (&["run", "audit.toml", "--documents", "word"], "[possible values: all, html, none]"),
        (&["run", "audit.toml", "--fail-on", "nothing"], "[possible values: exceptions, insufficient]"),
        (&["run", "audit.toml", "--threads", "0"], "--threads"),
        (&["run", "audit.toml", "--threads", "many"], "--threads"),
        (&["run", "audit.toml", "--redaction", "full"], "`full` does not exist in this version"),
        (&["run", "a.toml", "b.toml"], "b.toml"),
        (&["verfy"], "verify"),
        (&["verify"], "<BUNDLE>"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let ran = run(args, folder.path());
        assert_eq!(ran.code, 2, "{args:?} {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{args:?}: {part:?} in\n{}", ran.stderr);
        assert!(ran.stderr.contains("error: ") && ran.stdout.is_empty(), "{args:?}");
    }
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing was written: {left:?}");
}

#[test]
fn no_command_shows_the_help_and_exits_2() {
    let here = tempfile::tempdir().unwrap();
    let ran = run(&[], here.path());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("Usage: trailwitness <COMMAND>"), "{}", ran.stderr);
}
