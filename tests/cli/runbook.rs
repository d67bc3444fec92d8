//! The runbook says what the program says, and tells to type what the program takes.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

const RUNBOOK: &str = include_str!("../../src/docs/operating.md");

fn program(arguments: &[&str]) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
    let output = program.args(arguments).env_remove("CASEWARD_CONFIG").output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (output.status.code().expect("it ends by itself"), text(output.stdout) + &text(output.stderr))
}

/// All of the sources, in one text, on one line.
fn sources() -> String {
    fn collect(folder: &Path, into: &mut String) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(&path, into)?;
            } else if path.extension().is_some_and(|of| of == "rs") {
                into.push_str(&fs::read_to_string(&path)?);
            }
        }
        Ok(())
    }
    let mut text = String::new();
    for folder in ["src", "events/src"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text).expect("sources can be read");
    }
    text
}

#[test]
fn every_command_that_it_tells_to_type_is_one() {
    let spans = RUNBOOK.split('`').skip(1).step_by(2).filter_map(|span| span.strip_prefix("caseward "));
    let mut seen = 0;
    for span in spans {
        let words: Vec<_> = span.split_whitespace().collect();
        let verb: Vec<_> = words
            .iter()
            .copied()
            .take_while(|word| word.chars().all(|one| one.is_ascii_lowercase() || one == '-'))
            .filter(|word| !word.starts_with('-'))
            .collect();
        if verb[0] == "help" {
            assert_eq!(program(&words).0, 0, "`{span}`");
            continue;
        }
        let (status, help) = program(&[&["help"], &verb[..]].concat());
        assert_eq!(status, 0, "`{span}`: {help}");
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "`{span}`: `{}` takes no `{option}`", verb.join(" "));
        }
        seen += 1;
    }
    assert!(seen > 20, "only {seen} commands were looked at");
}

#[test]
fn every_alarm_is_in_the_words_of_the_program() {
    let sources = sources();
    let alarms = RUNBOOK.split("## Alarms").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("it has alarms");
    let mut seen = 0;
    for alarm in alarms.lines().filter_map(|line| line.strip_prefix("### ")) {
        // What differs from one time to another stands as dots, or within backticks.
        let fixed = alarm.split("...").flat_map(|part| part.split('`')).flat_map(|part| part.split(" N "));
        let longest = fixed.map(|part| part.trim_matches([' ', ':', ';', ','])).max_by_key(|part| part.len());
        let longest = longest.expect("it says something");
        assert!(longest.len() > 8 && sources.contains(longest), "no source says `{longest}`, of `{alarm}`");
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} alarms were looked at");
}
