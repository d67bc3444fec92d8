//! For whom the files of stores and backups are, and what lies ready where one is made.
#![cfg(unix)]

use crate::cli_fixture::{Desk, Said};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program with a umask that gives everything to everybody.
fn run(data: &Path, arguments: &[&str]) -> Said {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_caseward")]).args(arguments);
    Said::of(shell.env("CASEWARD_DATA", data).env("CASEWARD_LOG", "off").output().expect("the program starts"))
}

fn ok(said: Said) -> Said {
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    said
}

/// A directory and all that lies in it, with what others than the owner may do there.
fn open_to_others(path: &Path) -> Vec<PathBuf> {
    let there = fs::symlink_metadata(path).expect("it is there");
    let mut open = Vec::new();
    if there.permissions().mode() & 0o077 != 0 {
        open.push(path.to_owned());
    }
    if there.is_dir() {
        let entries = fs::read_dir(path).expect("it can be listed");
        entries.for_each(|entry| open.extend(open_to_others(&entry.expect("it is there").path())));
    }
    open
}

#[test]
fn stores_and_backups_are_for_their_owner_alone_whatever_the_umask_and_older_ones_are_tightened_with_one_note() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let file = folder.path().join("commands.jsonl");
    let lines: String = (0..5_000)
        .map(|n| format!("{{\"command\":{{\"add_member\":{{\"group\":\"g\",\"member\":\"user:u{n}\"}}}}}}\n"))
        .collect();
    fs::write(&file, lines).expect("there is room");
    ok(run(&data, &["apply", &file.display().to_string(), "--quiet"]));
    assert!(data.join("views").is_dir(), "enough for saved views");
    ok(run(&data, &["verify"]));
    ok(run(&data, &["backup", &backup.display().to_string()]));
    for made in [&data, &backup] {
        assert_eq!(open_to_others(made), [""; 0].map(PathBuf::from));
    }
    // As an earlier release made it.
    for path in [data.clone(), data.join("log"), data.join("HEAD"), data.join("LOCK")] {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
    }
    let said = ok(run(&data, &["who", "search_text", "organization"]));
    assert_eq!(said.err.matches("now only the owner can").count(), 1, "{}", said.err);
    assert_eq!(open_to_others(&data), [""; 0].map(PathBuf::from));
    let said = ok(run(&data, &["who", "search_text", "organization"]));
    assert!(!said.err.contains("the owner"), "{}", said.err);
}

#[test]
fn a_store_is_not_made_through_links_that_lie_ready() {
    for name in ["KEYS", "SIGNING", "HEAD", "CASEWARD.new", "LOCK"] {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
        fs::create_dir(&data).expect("there is room");
        fs::write(&elsewhere, "somebody else's").expect("there is room");
        symlink(&elsewhere, data.join(name)).expect("there is room");
        // What the making of a store leaves that was cut short.
        if name != "CASEWARD.new" {
            fs::write(data.join("CASEWARD.new"), "").expect("there is room");
        }
        let file = folder.path().join("commands.jsonl");
        fs::write(&file, r#"{"command":{"create_definition":{"definition":"d"}}}"#).expect("there is room");
        let said = run(&data, &["apply", &file.display().to_string()]);
        assert_eq!(fs::read_to_string(&elsewhere).expect("it is there"), "somebody else's", "{name}");
        if name == "LOCK" {
            assert!(said.status == 6 && said.err.contains("symbolic link"), "{}", said.err);
        } else {
            assert_eq!(ok(said).status, 0, "{name}");
            assert!(!fs::symlink_metadata(data.join(name)).is_ok_and(|there| there.is_symlink()), "{name}");
        }
    }
}

#[test]
fn a_second_name_of_a_file_of_the_store_is_not_written_over() {
    let desk = Desk::holding("demo");
    let data = desk.data();
    let folder = tempfile::tempdir_in(data.parent().expect("it lies in one")).expect("there is room for a folder");
    let other = folder.path().join("other");
    for name in ["KEYS", "SIGNING", "HEAD"] {
        let before = fs::read(data.join(name)).expect("a store has one");
        fs::hard_link(data.join(name), &other).expect("it is one disk");
        for call in [&["tree-head", "--out"][..], &["prove", "1", "--out"]] {
            let said = run(&data, &[call, &[other.to_str().expect("a plain name")]].concat());
            assert!(said.status == 2 && said.err.contains("a file of the store"), "{name}: {}", said.err);
        }
        assert_eq!(fs::read(data.join(name)).expect("it is there"), before, "{name}");
        fs::remove_file(&other).expect("it is there");
    }
}

#[test]
fn a_desk_is_tightened_by_the_library_too() {
    let desk = Desk::holding("demo");
    assert_eq!(open_to_others(&desk.data()), [""; 0].map(PathBuf::from));
}
