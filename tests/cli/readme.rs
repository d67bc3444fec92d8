//! What the pages show is what the program prints: their console blocks are run, line by line, and compared. The links of
//! all pages lead somewhere.
//!
//! Instants of what is recorded while the test runs are blanked on both sides; everything else must be equal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

/// What draws the picture at its top.
const PICTURE: &str = "caseward timeline case:4711 --as-of 328 --to 2024-07-01 --svg case-4711.svg";

/// The pages whose console blocks are run, each in a folder of its own.
const PAGES: [&str; 2] = ["README.md", "src/docs/walkthrough.md"];

/// A command and what stands below it.
struct Shown {
    command: String,
    output: String,
}

/// The commands of a page, and where what they print begins and ends in it.
fn shown(page: &str) -> Vec<Shown> {
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
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

/// What a shell says to it, with the built program on the path, in a folder of the test's own.
pub(super) fn printed(command: &str, variables: &BTreeMap<String, String>, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_caseward"));
    let path = program.parent().expect("a program lies in a folder").display();
    let root = env!("CARGO_MANIFEST_DIR");
    let command = command.replace("replay-fixtures/", &format!("{root}/replay-fixtures/"));
    let output = Command::new("sh")
        .args(["-c", &format!("PATH={path}:$PATH; {command}")])
        .current_dir(folder)
        .env_remove("CASEWARD_DATA")
        .env_remove("CASEWARD_ACTOR")
        .envs(variables)
        .output()
        .expect("there is a shell");
    [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it prints text")).concat()
}

/// Digits of dates and times of this run, blanked.
pub(super) fn without_now(text: &str) -> String {
    let is_now = |word: &str| {
        let date = word.trim_start_matches('(');
        date.len() >= 10
            && date.is_char_boundary(10)
            && date[..10].bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
            && date[..4].parse::<u32>().is_ok_and(|year| year >= 2026)
    };
    let is_clock = |word: &str| word.len() == 6 && word.as_bytes()[2] == b':' && word.ends_with('Z');
    let blanked = |word: &str| if is_now(word) || is_clock(word) { "NOW".to_owned() } else { word.to_owned() };
    let line = |line: &str| line.split(' ').map(blanked).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A page with its commands and what they print now, where that differs in more than the time of the day.
fn run(page: &str) -> (String, usize) {
    let folder = TempDir::new().expect("there is room");
    let (mut variables, mut ran, mut rest, mut told) = (BTreeMap::new(), 0, page, String::new());
    for Shown { command, output } in shown(page) {
        let typed = format!("$ {command}\n");
        let at = rest.find(&typed).expect("it stands there") + typed.len();
        told.push_str(&rest[..at]);
        rest = rest[at..].strip_prefix(&output).expect("what it prints stands behind it");
        if let Some(set) = command.strip_prefix("export ") {
            variables.extend(
                set.split(' ')
                    .filter_map(|one| one.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned())),
            );
            continue;
        }
        let printed = printed(&command, &variables, folder.path());
        told.push_str(if without_now(&printed) == without_now(&output) { &output } else { &printed });
        ran += 1;
    }
    (told + rest, ran)
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let mut ran = 0;
    for name in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let page = std::fs::read_to_string(&path).expect("the page is there");
        let (told, commands) = run(&page);
        ran += commands;
        if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(&path, &told).expect("there is room");
        } else {
            assert_eq!(told, page, "{name}: CASEWARD_BLESS=1 writes it anew");
        }
    }
    assert!(ran >= 35, "only {ran} commands are shown");
}

#[test]
fn the_rules_of_the_table_are_the_rules_there_are() {
    let section = README.split("## The rules").nth(1).and_then(|rest| rest.split("\n## ").next());
    let section = section.expect("the README has the rules");
    for rule in caseward::projections::Rule::ALL {
        assert!(section.contains(&format!("`{rule}`")), "the table has no `{rule}`");
    }
}

/// Every page: those at the top, and those beside the code.
fn pages(root: &Path) -> Vec<PathBuf> {
    let listed = |folder: &str| std::fs::read_dir(root.join(folder)).expect("the folder is there");
    let paths = [".", "src/docs"].into_iter().flat_map(listed).map(|entry| entry.expect("it can be listed").path());
    paths.filter(|path| path.extension().is_some_and(|of| of == "md")).collect()
}

/// The anchors of a page, made of its headings as hosts make them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |one: char| one.is_alphanumeric() || [' ', '-', '_'].contains(&one);
    headings
        .map(|heading| heading.to_lowercase().chars().filter(|one| kept(*one)).collect::<String>())
        .map(|text| text.replace(' ', "-"))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let (pages, mut seen) = (pages(root), 0);
    for page in &pages {
        let (text, folder) = (read(page), page.parent().expect("a page lies in a folder"));
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https://")) {
            let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
            let path = if path.is_empty() { page.clone() } else { folder.join(path) };
            assert!(path.exists(), "{}: {target} leads nowhere", page.display());
            let is_there = anchor.is_none_or(|anchor| anchors(&read(&path)).iter().any(|one| one == anchor));
            assert!(is_there, "{}: {target} leads to no heading", page.display());
            seen += 1;
        }
    }
    assert!(pages.len() >= 15 && seen >= 60, "only {seen} links on {} pages", pages.len());
}

#[test]
fn the_picture_is_what_the_program_draws() {
    let folder = TempDir::new().expect("there is room");
    let variables = BTreeMap::from([("CASEWARD_DATA".to_owned(), "./demo-data".to_owned())]);
    printed("caseward import replay-fixtures/demo/commands.jsonl -q", &variables, folder.path());
    printed(PICTURE, &variables, folder.path());
    let drawn = std::fs::read_to_string(folder.path().join("case-4711.svg")).expect("it was drawn");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/case-4711.svg");
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &drawn).expect("there is room");
    }
    let shown = std::fs::read_to_string(path).expect("the picture is there");
    assert!(drawn == shown, "made by: {PICTURE}");
}
