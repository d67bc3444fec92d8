//! Backups: what is taken is whole, verifies alone, and comes back as it was; what is damaged is seen before it is used,
//! and a damaged store is mended with no more of it than is missing.

use crate::cli_fixture::{Desk, Said, open};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

mod heal;
mod taken;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it needs nothing").block_on(future)
}

/// The program over any data directory.
fn ask(data: &Path, arguments: &[&str]) -> Said {
    let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
    program.env_remove("CASEWARD_DATA").env("NO_COLOR", "1").arg("--data").arg(data).args(arguments);
    Said::of(program.output().expect("the program starts"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests have plain names")
}

/// Asks, and must be told that it is done.
fn done(data: &Path, arguments: &[&str]) -> String {
    let said = ask(data, arguments);
    assert_eq!(said.status, 0, "{arguments:?}: {}{}", said.out, said.err);
    said.out
}

/// Asks, and must be told no, with these words.
fn refused(data: &Path, arguments: &[&str], status: i32, parts: &[&str]) {
    let said = ask(data, arguments);
    assert_eq!(said.status, status, "{arguments:?}: {}{}", said.out, said.err);
    for part in parts {
        assert!(said.err.contains(part), "`{part}` is not in: {}", said.err);
    }
}

/// Everything a store says of an organization.
fn export(data: &Path, organization: &str) -> Vec<String> {
    done(data, &["--org", organization, "export", "-q"]).lines().map(str::to_owned).collect()
}

/// A desk, and room for a backup and what is restored of it.
fn scene(commands: &str) -> (Desk, TempDir) {
    let (desk, folder) = (Desk::of(""), tempfile::tempdir().expect("there is room for a folder"));
    send(&desk.data(), commands);
    (desk, folder)
}

fn send(data: &Path, commands: &str) {
    let file = data.with_extension("jsonl");
    fs::write(&file, commands).expect("there is room");
    done(data, &["apply", text(&file), "-q"]);
}

/// So many events, each with a reason that is sealed.
fn grants(from: usize, count: usize) -> String {
    let grant = |number: usize| {
        format!(
            r#"{{"id":"n{number}","actor":"system:desk","reason":"reason {number}","command":{{"grant":{{"on":"organization","to":"user:u{number}"}}}}}}"#
        )
    };
    let appoint = r#"{"id":"n0","actor":"system:desk","command":{"appoint_org_admin":{"user":"oa"}}}"#.to_owned();
    let policy = |line: String| line.replace("system:desk", "user:oa");
    std::iter::once(appoint)
        .chain((from..from + count).map(|number| policy(grant(number))))
        .map(|line| line + "\n")
        .collect()
}

fn grow(data: &Path, from: usize, count: usize) {
    send(data, &grants(from, count));
}

/// Every file of a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.ends_with("LOCK") {
            found.insert(path.clone(), fs::read(&path).expect("it can be read"));
        }
    }
    found
}
