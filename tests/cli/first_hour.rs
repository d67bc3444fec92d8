//! The first hour of somebody who has never heard of the program: what they type by mistake, and the way from nothing to
//! a store of their own that is backed up, on what the README, help and hints say.
//!
//! The answers to what is typed are a golden file, to be read as a diff; `CASEWARD_BLESS=1` writes it anew. Instants of
//! this run are blanked in it.

use crate::readme::{printed, without_now};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/first-hour.txt")
}

/// A folder, and what a shell says in it.
struct Desk {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Desk {
    fn new(variables: &[(&str, &str)]) -> Desk {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Desk { folder: TempDir::new().expect("there is room"), variables: variables.collect() }
    }

    /// Everything that is printed, and behind it the status.
    fn types(&self, command: &str) -> String {
        // What went to standard error stands where it would stand on a terminal.
        let command = format!("{{ {command}\n}} 2>&1\necho \"[status $?]\"");
        printed(&command, &self.variables, self.folder.path())
    }

    /// The same, which must be done.
    fn does(&self, command: &str) -> String {
        let said = self.types(command);
        assert!(said.contains("[status 0]"), "{command}: {said}");
        said
    }
}

#[test]
fn what_a_stranger_types_is_answered_or_shown_the_way() {
    let expected = std::fs::read_to_string(golden()).expect("the text is there");
    let desk = Desk::new(&[("CASEWARD_DATA", "./demo-data")]);
    desk.does("caseward demo --keep ./demo-data > tour.txt");
    let calls: Vec<_> = expected.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(calls.len() >= 100, "only {} calls", calls.len());
    let said = |call: &&str| format!("$ {call}\n{}\n", without_now(&desk.types(call)));
    let told: String = calls.iter().map(said).collect();
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(golden(), &told).expect("there is room");
    } else {
        assert_eq!(told, expected);
    }
}

/// The command behind `hint: `, with the words in capitals filled in.
fn hinted(said: &str, filled: &[(&str, &str)]) -> String {
    let hint =
        said.lines().find_map(|line| line.trim().strip_prefix("hint: ")).unwrap_or_else(|| panic!("no hint in {said}"));
    let at = hint.find("caseward ").unwrap_or_else(|| panic!("no command in {hint}"));
    let command = hint[at..].split(';').next().unwrap_or_default().trim();
    filled.iter().fold(command.to_owned(), |command, (word, with)| command.replace(word, with))
}

#[test]
fn from_nothing_to_a_backup_by_what_the_program_says() {
    let desk = Desk::new(&[]);
    // `caseward` alone names the tour, and its hint can be typed.
    let said = desk.types("caseward");
    assert!(said.contains("caseward demo"), "{said}");
    let tour = desk.does("caseward demo");
    assert!(tour.contains("caseward demo --keep ./demo-data"), "{tour}");
    // Without a store the first grant says how to make one; the store is the one that the hint makes.
    let said = desk.types("caseward grant case:1 user:ben --actor user:judith");
    assert!(said.contains("[status 2]") && !desk.folder.path().join("caseward-data").exists(), "{said}");
    desk.does(&hinted(&said, &[("ID", "judith")]));
    // A case that is not there says which command opens one.
    let said = desk.types("caseward grant case:1 user:ben --actor user:judith");
    assert!(said.contains("open_case"), "{said}");
    let fields = desk.does("caseward help commands");
    assert!(fields.contains("open_case") && fields.contains("case, definition, creator, parent?"), "{fields}");
    let said = desk.types("caseward do open_case case=1 definition=permit creator=judith --actor user:judith");
    assert!(said.contains("create_definition"), "{said}");
    desk.does("caseward do create_definition definition=permit --actor user:judith");
    desk.does("caseward do open_case case=1 definition=permit creator=judith --actor user:judith");
    let granted = desk.does("caseward grant case:1 user:ben --actor user:judith");
    assert!(granted.contains("granted `read` on case:1 to user:ben"), "{granted}");
    // The first refusal, and what its hint mends.
    let refused = desk.types("caseward grant case:1 user:ben write --actor user:judith");
    assert!(refused.contains("[status 3]") && refused.contains("already_granted"), "{refused}");
    desk.does(&format!("{} --actor user:judith", hinted(&refused, &[("LEVEL", "write")])));
    // A restriction: told before, done, and its list where a grant no longer counts.
    let before = desk.does("caseward restrict case:1 user:mike=read --actor user:judith --dry-run");
    assert!(before.contains("user:ben would lose"), "{before}");
    desk.does("caseward restrict case:1 user:mike=read --actor user:judith");
    let warned = desk.does("caseward grant case:1 user:eva --actor user:judith");
    desk.does(&format!("{} --actor user:judith", hinted(&warned, &[("SUBJECT", "user:eva")])));
    // As of then, and why not now.
    assert!(desk.types("caseward check user:ben write case:1").contains("[status 1]"));
    assert!(desk.does("caseward check user:ben write case:1 --as-of '#5'").starts_with("allow"));
    let why = desk.does("caseward explain user:ben write case:1");
    assert!(why.contains("under restriction"), "{why}");
    let next = why.lines().find_map(|line| line.strip_prefix("next: ")).expect("it says what to ask next");
    desk.does(next);
    // The report, a backup, and a store that is made of it.
    desk.does("caseward report case:1 --html case-1.html --signed");
    let report = std::fs::read_to_string(desk.folder.path().join("case-1.html")).expect("it is there");
    assert!(report.contains("What it rests on, signed") && report.contains("user:eva"));
    desk.does("caseward backup ./backup");
    desk.does("caseward backup ./backup --check");
    desk.does("caseward restore ./backup --data ./restored");
    let restored = desk.does("caseward who read case:1 --data ./restored");
    assert!(restored.contains("user:eva") && restored.contains("user:mike"), "{restored}");
}
