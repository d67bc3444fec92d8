//! What the README shows is what the program prints: its console blocks are run, line by line, and compared.
//!
//! Instants of what is recorded while the test runs are blanked on both sides; everything else must be equal.

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

/// A command and what stands below it.
struct Shown {
    command: String,
    output: String,
}

fn shown() -> Vec<Shown> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut shown: Vec<Shown> = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), shown.last_mut()) {
            (Some(command), _) => shown.push(Shown { command: command.to_owned(), output: String::new() }),
            (None, Some(last)) => last.output.push_str(&format!("{line}\n")),
            (None, None) => panic!("`{line}` stands below no command"),
        }
    }
    shown
}

/// What a shell says to it, with the built program on the path and a store of the test's own.
fn printed(command: &str, data: &Path, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_caseward"));
    let path = program.parent().expect("a program lies in a folder").display();
    let root = env!("CARGO_MANIFEST_DIR");
    let command = command.replace("replay-fixtures/", &format!("{root}/replay-fixtures/"));
    let output = Command::new("sh")
        .args(["-c", &format!("PATH={path}:$PATH; {command}")])
        .current_dir(folder)
        .env("CASEWARD_DATA", data)
        .output()
        .expect("there is a shell");
    [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it prints text")).concat()
}

/// Digits of dates and times of this run, blanked.
fn without_now(text: &str) -> String {
    let is_now = |word: &str| {
        let date = word.trim_start_matches('(');
        date.len() >= 10
            && date[..10].bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
            && date[..4].parse::<u32>().is_ok_and(|year| year >= 2026)
    };
    let is_clock = |word: &str| word.len() == 5 && word.as_bytes()[2] == b':';
    let blanked = |word: &str| if is_now(word) || is_clock(word) { "NOW".to_owned() } else { word.to_owned() };
    let line = |line: &str| line.split(' ').map(blanked).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let (data, folder) = (TempDir::new().expect("there is room"), TempDir::new().expect("there is room"));
    let store = data.path().join("demo-data");
    let mut run = 0;
    for Shown { command, output } in shown().iter().filter(|shown| !shown.command.starts_with("export ")) {
        let printed = printed(command, &store, folder.path());
        assert_eq!(without_now(&printed), without_now(output), "$ {command}");
        run += 1;
    }
    assert!(run >= 7, "only {run} commands are shown");
}

#[test]
fn the_rules_of_the_table_are_the_rules_there_are() {
    let section = README.split("## The rules").nth(1).and_then(|rest| rest.split("\n## ").next());
    let section = section.expect("the README has the rules");
    for rule in caseward::projections::Rule::ALL {
        assert!(section.contains(&format!("`{rule}`")), "the table lacks `{rule}`");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["README.md", "src/docs/architecture.md", "src/docs/error-codes.md", "src/docs/backup.md"] {
        let text = std::fs::read_to_string(root.join(page)).expect("the page is there");
        let folder = root.join(page);
        let folder = folder.parent().expect("a page lies in a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder.join(target).exists(), "{page}: {target} leads nowhere");
        }
    }
}
