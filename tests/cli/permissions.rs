//! What the program says where the system does not let it: no permission, no descriptors, a directory that may only be read.
#![cfg(unix)]

use crate::cli_fixture::Said;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Whom permissions bind: where the tests run as root, somebody else.
const NOBODY: u32 = 65_534;

/// A store of somebody whom permissions bind, with saved views.
struct Office {
    folder: TempDir,
    program: PathBuf,
    is_root: bool,
}

impl Office {
    fn new() -> Office {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let is_root = fs::metadata(folder.path()).expect("it is there").uid() == 0;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("it is ours");
        let program = folder.path().join("caseward");
        // By a program of its own: what this one writes is open in every program that another test starts just then, and
        // cannot be run meanwhile.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_caseward")).arg(&program).status();
        assert!(copied.expect("there is a `cp`").success());
        let office = Office { folder, program, is_root };
        let file = office.folder.path().join("commands.jsonl");
        let lines: String = (0..5_000)
            .map(|n| {
                format!("{{\"command\":{{\"add_member\":{{\"group\":\"g{}\",\"member\":\"user:u{n}\"}}}}}}\n", n % 50)
            })
            .collect();
        fs::write(&file, lines).expect("there is room");
        if is_root {
            chown(&file, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        let said = office.run(&["apply", &file.display().to_string(), "--quiet"]);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(office.data().join("views").is_dir());
        office
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut program = Command::new(&self.program);
        self.ends(program.args(arguments))
    }

    /// With so few descriptors.
    fn run_with_few(&self, descriptors: usize, arguments: &[&str]) -> Said {
        let mut shell = Command::new("sh");
        let limited = format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"");
        self.ends(shell.args(["-c", &limited]).arg(&self.program).args(arguments))
    }

    fn ends(&self, program: &mut Command) -> Said {
        program.env("CASEWARD_DATA", self.data()).env("CASEWARD_LOG", "off").current_dir(self.folder.path());
        if self.is_root {
            program.uid(NOBODY).gid(NOBODY);
        }
        Said::of(program.output().expect("the program starts"))
    }
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn what_may_not_be_looked_at_is_a_fault_with_its_path_and_never_damage() {
    let office = Office::new();
    for name in ["log", "log/keyspaces", "KEYS", "HEAD", "CASEWARD", "."] {
        let path = office.data().join(name);
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        allow(&path, 0);
        for verb in [
            &["check", "user:u1", "search_text", "organization"][..],
            &["verify"],
            &["doctor"],
            &["heal", "--from", "b"],
        ] {
            let said = office.run(verb);
            let is_about_the_backup = verb[0] == "heal" && said.err.contains("`b`");
            assert!(said.status == 6 || is_about_the_backup, "{name}, {verb:?}: {} {}", said.status, said.err);
            assert!(!said.err.contains("damaged") && !said.err.contains("heal --from BACKUP"), "{name}: {}", said.err);
            let last = name.rsplit('/').next().filter(|last| *last != ".").unwrap_or("data");
            assert!(is_about_the_backup || said.err.contains(last), "{name}, {verb:?}: {}", said.err);
        }
        allow(&path, mode);
    }
    assert_eq!(office.run(&["verify"]).status, 0);
}

#[test]
fn a_store_that_may_only_be_read_is_asked_verified_and_diagnosed_and_says_why_it_takes_no_commands() {
    let office = Office::new();
    // The end of a write that was cut short, as a full disk leaves it.
    let log = office.data().join("log");
    let entries = fs::read_dir(&log).expect("it can be listed").map(|entry| entry.expect("it is there").path());
    let journal = entries.filter(|path| path.extension().is_some_and(|end| end == "jnl")).max().expect("there is one");
    let mut bytes = fs::read(&journal).expect("it is ours");
    let written = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(written);
    bytes.extend([1, 1, 0, 0]);
    fs::write(&journal, bytes).expect("it is ours");
    let head = office.run(&["status"]).out;
    assert!(head.contains("position 5000"), "{head}");
    let mut journal_again = fs::OpenOptions::new().append(true).open(&journal).expect("it is ours");
    std::io::Write::write_all(&mut journal_again, &[1, 1, 0, 0]).expect("there is room");
    let all = |mode: fn(&Path) -> u32| each(&office.data(), &|path| allow(path, mode(path)));
    all(|path| if path.is_dir() { 0o555 } else { 0o444 });
    let backup = office.folder.path().join("backup").display().to_string();
    let verbs = [
        &["backup", &backup][..],
        &["check", "user:u1", "search_text", "organization"],
        &["who", "search_text", "organization"],
        &["history", "user:u1"],
        &["export"],
        &["status"],
        &["org", "list"],
        &["policy", "show"],
        &["key", "show"],
        &["tree-head"],
        &["prove", "7"],
        &["rights", "user:u1", "organization"],
        &["diff", "organization", "--from", "4990"],
    ];
    for verb in verbs {
        let said = office.run(verb);
        assert!([0, 1].contains(&said.status), "{verb:?}: {} {}", said.status, said.err);
        assert_eq!(said.err.matches("it is read from a copy").count(), 1, "{verb:?}: {}", said.err);
    }
    let checked = office.run(&["backup", &backup, "--check"]);
    assert!(checked.status == 0 && checked.out.contains("all 5000 events match"), "{} {}", checked.out, checked.err);
    for verb in ["verify", "doctor"] {
        let said = office.run(&[verb]);
        assert!(said.status == 0 && said.out.contains("all 5000 events"), "{verb}: {}{}", said.out, said.err);
        assert!(said.out.contains("the saved views of default"), "{verb}: {}", said.out);
    }
    let file = office.folder.path().join("commands.jsonl").display().to_string();
    for verb in [&["apply", &file][..], &["rebuild"], &["key", "new"]] {
        let said = office.run(verb);
        assert_eq!(said.status, 6, "{verb:?}: {}", said.err);
        assert!(said.err.contains("a data directory that can be written"), "{verb:?}: {}", said.err);
    }
    all(|path| if path.is_dir() { 0o700 } else { 0o600 });
    let said = office.run(&["status"]);
    assert!(said.status == 0 && !said.err.contains("copy"), "{}", said.err);
    assert!(!office.data().join("aside").exists(), "no copy stays");
}

/// A directory and all below it, from the inside out.
fn each(path: &Path, visit: &dyn Fn(&Path)) {
    if path.is_dir() {
        allow(path, 0o700);
        let entries = fs::read_dir(path).expect("it can be listed");
        entries.for_each(|entry| each(&entry.expect("it is there").path(), visit));
    }
    visit(path);
}

#[test]
fn saved_views_that_cannot_be_read_now_stay_where_they_are() {
    let office = Office::new();
    let views = office.data().join("views");
    allow(&views, 0);
    let said = office.run(&["who", "search_text", "organization"]);
    assert!(said.status == 0 && said.err.contains("they stay as they are"), "{}", said.err);
    allow(&views, 0o700);
    for descriptors in (8..40).step_by(4) {
        let said = office.run_with_few(descriptors, &["who", "search_text", "organization"]);
        assert!([0, 6].contains(&said.status), "{descriptors} descriptors: {} {}", said.status, said.err);
        assert!(!said.err.contains("damaged"), "{descriptors} descriptors: {}", said.err);
    }
    assert!(!office.data().join("views.aside").exists());
    let said = office.run(&["who", "search_text", "organization"]);
    assert!(said.status == 0 && !said.err.contains("saved views"), "{}", said.err);
}
