//! `verify`, `doctor`, and every other verb on a store that cannot vouch: what they say and how they end.

use crate::cli_fixture::Desk;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, over the data directory of a desk.
fn run(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseward"));
    let Output { status, stdout, stderr } = command
        .env("CASEWARD_DATA", data)
        .env("CASEWARD_LOG", "off")
        .args(arguments)
        .output()
        .expect("the program can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (status.code().expect("it was not killed"), text(stdout), text(stderr))
}

fn journal(data: &Path) -> PathBuf {
    let entries = fs::read_dir(data.join("log")).expect("it is a folder");
    let paths = entries.map(|entry| entry.expect("it is there").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "jnl")).max().expect("there is one")
}

/// Flips a bit so far before the end of what was written.
fn flip(data: &Path, before_end: usize) {
    let path = journal(data);
    let mut bytes = fs::read(&path).expect("it is there");
    let written = bytes.iter().rposition(|&byte| byte != 0).expect("something was written") + 1;
    bytes.truncate(written);
    bytes[written - before_end] ^= 1;
    fs::write(&path, bytes).expect("it can be written");
}

#[test]
fn a_whole_store_verifies_and_the_doctor_has_nothing_to_say() {
    let desk = Desk::holding("demo");
    for verb in ["verify", "doctor"] {
        let (status, out, err) = run(&desk.data(), &[verb]);
        assert_eq!(status, 0, "{out}{err}");
        assert!(err.is_empty() || verb == "verify" && err.trim_end().ends_with(" events/s"), "{err}");
        assert!(out.contains("events are as they were written, in order, and match every note"), "{out}");
        let named = [
            "organization 0 (the register) is intact up to position",
            "organization 1 default is intact up to position",
        ];
        assert!(named.iter().all(|line| out.contains(line)), "{out}");
        let (status, out, _) = run(&desk.data(), &[verb, "--output", "json"]);
        let told: Value = serde_json::from_str(&out).expect("it is JSON");
        assert_eq!((status, &told["whole"]), (0, &Value::Bool(true)));
        assert!(told["events"].as_u64().expect("a number") > 10, "{told}");
    }
}

#[test]
fn keys_of_another_store_are_refused_and_what_they_do_not_open_is_not_called_erased() {
    let (desk, other) = (Desk::holding("demo"), Desk::holding("demo"));
    let data = desk.data();
    let command =
        r#"{"id":"told","reason":"covers for Ben","command":{"add_member":{"group":"g","member":"user:ana"}}}"#;
    fs::write(data.with_file_name("told.jsonl"), command).expect("there is room");
    let told = data.with_file_name("told.jsonl").display().to_string();
    assert_eq!(run(&data, &["apply", &told]).0, 0);
    let own = fs::read(data.join("KEYS")).expect("it is there");
    fs::copy(other.data().join("KEYS"), data.join("KEYS")).expect("it can be written");
    for verb in [&["history", "user:ana"][..], &["apply", &told], &["verify"], &["doctor"], &["backup", "elsewhere"]] {
        let (status, out, err) = run(&data, verb);
        assert_eq!(status, 5, "{verb:?}: {out}{err}");
        assert!(err.contains("they are the keys of another store"), "{verb:?}: {err}");
    }
    // A store of an earlier release does not say which keys are its own: the reason does.
    let marker = data.join("CASEWARD");
    let text = fs::read_to_string(&marker).expect("it is there");
    let earlier: String =
        text.lines().filter(|line| !line.starts_with("keys ")).map(|line| format!("{line}\n")).collect();
    fs::write(&marker, &earlier).expect("it can be written");
    let (status, out, err) = run(&data, &["history", "user:ana"]);
    assert_eq!(status, 5, "{out}{err}");
    assert!(err.contains("does not open what was sealed under it"), "{err}");
    // With its own, it is taken over, and says so from then on.
    fs::write(data.join("KEYS"), own).expect("it can be written");
    fs::write(&marker, &earlier).expect("it can be written");
    let (status, out, err) = run(&data, &["history", "user:ana"]);
    assert!(status == 0 && out.contains("covers for Ben"), "{out}{err}");
    assert_eq!(fs::read_to_string(&marker).expect("it is there"), text);
}

#[test]
fn a_tree_head_that_is_not_there_is_a_wrong_call_and_no_word_against_the_log() {
    let desk = Desk::holding("demo");
    let (status, out, err) = run(&desk.data(), &["verify", "--against", "no-such.note"]);
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(err.starts_with("error: cannot read `no-such.note`") && err.contains("hint: "), "{err}");
}

#[test]
fn the_lines_of_status_fit_a_terminal() {
    let desk = Desk::holding("demo");
    let (status, out, _) = run(&desk.data(), &["status"]);
    let is_wide = |line: &&str| line.chars().count() > 80 && !line.starts_with("data directory");
    assert_eq!((status, out.lines().find(is_wide)), (0, None));
    assert!(out.contains("\n                "), "one of them is broken: {out}");
}

#[test]
fn a_damaged_store_is_read_up_to_the_damage_and_every_verb_ends_with_5() {
    let desk = Desk::holding("demo");
    flip(&desk.data(), 200);
    for arguments in [&["verify"][..], &["doctor"], &["doctor", "--repair", "--yes"], &["status"], &["org", "list"]] {
        let (status, out, err) = run(&desk.data(), arguments);
        assert_eq!(status, 5, "{arguments:?}: {out}{err}");
        assert!(!out.is_empty(), "{arguments:?}: what still holds is printed");
        assert!(err.starts_with("error: the store is damaged: its log cannot be verified"), "{err}");
        for part in ["note: log/0.jnl: ", "from position ", "can still be trusted: ", "hint: "] {
            assert!(err.contains(part), "{part}: {err}");
        }
    }
    let before = fs::read(journal(&desk.data())).expect("it is there");
    let grant = ["grant", "case:1", "user:eve=read", "--actor", "system:desk"];
    let (status, out, err) = run(&desk.data(), &grant);
    assert_eq!((status, out.as_str()), (5, ""), "{err}");
    assert!(err.contains("accepts no writes"), "{err}");
    assert_eq!(fs::read(journal(&desk.data())).expect("it is there"), before);
}

#[test]
fn an_end_that_is_not_vouched_for_is_cut_by_a_repair_that_was_agreed_to() {
    let desk = Desk::of("");
    let data = desk.data();
    let apply = |command: &str| {
        let line = data.join("../line.jsonl");
        fs::write(&line, command).expect("it can be written");
        let (status, _, err) = run(&data, &["apply", &line.display().to_string()]);
        assert_eq!(status, 0, "{err}");
    };
    apply(r#"{"actor":"system:setup","command":{"appoint_org_admin":{"user":"ana"}}}"#);
    let head = fs::read(data.join("HEAD")).expect("it is there");
    apply(r#"{"actor":"user:ana","command":{"create_definition":{"definition":"fraud"}}}"#);
    fs::write(data.join("HEAD"), head).expect("it can be written");
    flip(&data, 40);
    let (status, _, err) = run(&data, &["status"]);
    assert_eq!(status, 5, "{err}");
    assert!(err.starts_with("error: the end of the log cannot be verified"), "{err}");
    assert!(err.contains("organization 1 from position 2 on"), "{err}");
    assert!(err.contains("hint: caseward doctor --repair"), "{err}");
    for refused in [&["doctor", "--repair", "--no-input"][..], &["doctor", "--repair"]] {
        let (status, _, err) = run(&data, refused);
        assert_eq!(status, 2, "{err}");
        assert!(err.contains("caseward doctor --repair --yes"), "{err}");
    }
    let (status, _, err) = run(&data, &["doctor", "--repair", "--yes"]);
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("kept in a file `cut-...`"), "{err}");
    for verb in ["verify", "status"] {
        let (status, _, err) = run(&data, &[verb]);
        assert_eq!(status, 0);
        assert!(!err.contains("error") && !err.contains("note:"), "{err}");
    }
}
