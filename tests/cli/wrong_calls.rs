//! Wrong calls: each says what is wrong and what to type instead, in the same voice, and ends with 2.
//!
//! The text is a golden file, to be read as a diff; `CASEWARD_BLESS=1` writes it anew.

use crate::cli_fixture::Desk;
use std::path::{Path, PathBuf};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/wrong-calls.txt")
}

#[test]
fn a_wrong_call_says_what_is_wrong_and_what_to_type_instead() {
    let desk = Desk::holding("demo");
    let expected = std::fs::read_to_string(golden()).expect("the text is there");
    let mut told = String::new();
    for call in expected.lines().filter_map(|line| line.strip_prefix("$ caseward")) {
        let said = desk.ask(&call.split_whitespace().collect::<Vec<_>>());
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{call}: {said:?}");
        assert!(said.err.contains("  hint: "), "{call}: {said:?}");
        told += &format!("$ caseward{call}\n{}", said.err);
    }
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(golden(), &told).expect("there is room");
    } else {
        assert_eq!(told, expected);
    }
}

#[test]
fn a_call_without_a_word_needs_a_verb() {
    // Of its own: the other calls name a folder, which the parser takes for a beginning.
    let bare = std::process::Command::new(env!("CARGO_BIN_EXE_caseward")).env_clear().output().expect("it starts");
    let told = "error: `caseward` needs a verb\n  hint: caseward demo is a tour; caseward help lists all verbs\n";
    assert_eq!((bare.status.code(), String::from_utf8_lossy(&bare.stderr).as_ref()), (Some(2), told));
}

#[test]
fn help_that_cannot_be_written_is_a_fault() {
    // The device takes nothing, as a full disk.
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let desk = Desk::holding("demo");
    let status = desk.program().arg("--help").stdout(full).stderr(std::process::Stdio::null()).status();
    assert_eq!(status.expect("it starts").code(), Some(6));
}
