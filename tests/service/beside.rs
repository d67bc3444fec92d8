//! The process that has a store answers for it: every verb works beside it, and says what it says alone.

use crate::served::{Served, fixture, program};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn over(data: &Path, arguments: &[&str]) -> Command {
    let mut program = program();
    program.arg("--data").arg(data).args(arguments);
    program
}

fn ran(data: &Path, arguments: &[&str]) -> Output {
    over(data, arguments).output().expect("the program starts")
}

/// What a program printed, and how it ended.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it says text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A store with the history of the tour.
fn store() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let file = fixture("demo").join("commands.jsonl");
    assert!(ran(&data, &["import", file.to_str().expect("it is UTF-8")]).status.success());
    (folder, data)
}

/// Whoever has a store for long.
struct Holder(Child);

impl Holder {
    /// A program that has the store once it answers at its socket.
    fn start(data: &Path, arguments: &[&str]) -> Holder {
        let mut program = over(data, arguments);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let holder = Holder(program.spawn().expect("the program starts"));
        let since = Instant::now();
        while std::os::unix::net::UnixStream::connect(data.join("SOCKET")).is_err() {
            assert!(since.elapsed() < PATIENCE, "nobody answers");
            std::thread::sleep(Duration::from_millis(5));
        }
        holder
    }

    fn send(&mut self, line: &str) -> String {
        let input = self.0.stdin.as_mut().expect("it is piped");
        writeln!(input, "{line}").expect("it reads");
        let mut answer = String::new();
        BufReader::new(self.0.stdout.as_mut().expect("it is piped")).read_line(&mut answer).expect("it answers");
        answer
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.0.id().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const APPLY: [&str; 4] = ["apply", "-", "--output", "jsonl"];

#[test]
fn verbs_that_ask_say_beside_a_writer_what_they_say_alone() {
    let (folder, data) = store();
    let svg = folder.path().join("case.svg");
    let asked: [&[&str]; 16] = [
        &["check", "user:ana", "read", "case:4711", "--as-of", "100"],
        &["check", "nobody", "read", "case:4711"],
        &["explain", "user:mike", "write", "case:4711", "--as-of", "168"],
        &["who", "read", "case:4711", "--as-of", "168", "--output", "json"],
        &["what", "user:mike", "read", "--as-of", "328", "--limit", "3"],
        &["rights", "user:mike", "case:4711", "--as-of", "300", "--output", "csv"],
        &["access", "user:mike", "write", "case:4711", "--to", "2024-06-01"],
        &["diff", "user:kessler", "--from", "2024-03-20", "--to", "2024-03-30"],
        &["history", "case:4711", "by:user:judith"],
        &["timeline", "case:4711", "--svg", svg.to_str().expect("it is UTF-8")],
        &["matrix", "profile:clerk", "--as-of", "328"],
        &["export", "--format", "csv"],
        &["policy", "show", "--as-of", "328"],
        &["org", "list", "--output", "csv"],
        &["tail", "-n", "3"],
        &["frobnicate"],
    ];
    let alone: Vec<_> = asked.iter().map(|arguments| said(&ran(&data, arguments))).collect();
    let holder = Holder::start(&data, &APPLY);
    for (arguments, alone) in asked.iter().zip(alone) {
        assert_eq!(said(&ran(&data, arguments)), alone, "{arguments:?}");
    }
    drop(holder);
}

#[test]
fn commands_of_others_are_taken_between_those_of_a_stream_and_are_there_once_it_has_ended() {
    let (_folder, data) = store();
    let mut holder = Holder::start(&data, &APPLY);
    let mine = holder.send(r#"{"id":"mine","command":{"add_member":{"group":"g","member":"user:a"}}}"#);
    assert!(mine.contains(r#""position":329"#), "{mine}");
    let granted = ran(&data, &["grant", "case:4711", "user:ana", "read", "--actor", "user:judith"]);
    assert_eq!(
        said(&granted),
        (Some(0), "granted `read` on case:4711 to user:ana   position 330\n".to_owned(), String::new())
    );
    let refused = ran(&data, &["grant", "case:4711", "user:ana", "read", "--actor", "user:judith"]);
    assert_eq!(said(&refused).0, Some(3));
    // A second stream goes through the same writer.
    let mut second = over(&data, &APPLY).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    second
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"{\"id\":\"theirs\",\"command\":{\"add_member\":{\"group\":\"g\",\"member\":\"user:b\"}}}\n")
        .expect("it reads");
    let second = said(&second.wait_with_output().expect("it ends"));
    assert!(second.1.contains(r#""position":331"#) && second.0 == Some(0), "{second:?}");
    let mine = holder.send(r#"{"id":"mine2","command":{"add_member":{"group":"g","member":"user:c"}}}"#);
    assert!(mine.contains(r#""position":332"#), "{mine}");
    drop(holder.0.stdin.take());
    assert!(holder.0.wait().expect("it ends").success());
    assert!(!data.join("SOCKET").exists());
    assert_eq!(said(&ran(&data, &["check", "user:ana", "read", "case:4711"])).0, Some(0));
}

#[test]
fn backup_verify_doctor_and_rebuild_work_beside_a_service() {
    let served = Served::holding("demo");
    let data = served.data();
    let backup = served.data().with_file_name("backup");
    let taken = said(&ran(&data, &["backup", backup.to_str().expect("it is UTF-8")]));
    assert!(taken.0 == Some(0) && taken.1.contains("328 new events"), "{taken:?}");
    let verified = said(&ran(&data, &["verify"]));
    assert!(verified.0 == Some(0) && verified.1.contains("all 328 events are as they were written"), "{verified:?}");
    let live = "the live views of default, at position 328, are what the log folds to: ";
    assert!(verified.1.contains(live), "{verified:?}");
    assert_eq!(said(&ran(&data, &["doctor"])).0, Some(0));
    let rebuilt = said(&ran(&data, &["rebuild"]));
    assert!(rebuilt.0 == Some(0) && rebuilt.1.contains("generation 2 is live"), "{rebuilt:?}");
    let head = said(&ran(&data, &["tree-head"]));
    assert!(head.0 == Some(0) && head.1.contains("\n328\n"), "{head:?}");
    // What must have the store to itself says who has it.
    let restore = said(&ran(&data, &["doctor", "--repair", "--yes"]));
    assert_ne!(restore.0, Some(0), "{restore:?}");
    let (_, _, folder) = served.stop();
    let checked = said(&ran(
        &folder.path().join("data"),
        &["backup", "--check", folder.path().join("backup").to_str().expect("it is UTF-8")],
    ));
    assert_eq!(checked.0, Some(0), "{checked:?}");
}

#[test]
fn who_follows_goes_on_from_one_holder_to_the_next_and_misses_nothing() {
    let (_folder, data) = store();
    let mut follower = over(&data, &["tail", "--follow", "-n", "1", "--output", "jsonl"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(follower.stdout.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("there is more").expect("it says text");
    assert!(next().contains(r#""position":328"#));
    for round in 0..3 {
        let first = 329 + round * 3;
        let member = |at: u64| format!(r#"{{"command":{{"add_member":{{"group":"g","member":"user:{at}"}}}}}}"#);
        let alone = format!("{}\n", member(first));
        let mut short = over(&data, &APPLY).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        short.stdin.take().expect("it is piped").write_all(alone.as_bytes()).expect("it reads");
        assert!(short.wait().expect("it ends").success());
        let mut holder = Holder::start(&data, &APPLY);
        holder.send(&member(first + 1));
        holder.send(&member(first + 2));
        for at in first..first + 3 {
            let told = next();
            assert!(told.contains(&format!(r#""position":{at},"#)), "{at}: {told}");
        }
    }
    follower.kill().expect("it runs");
    follower.wait().expect("it ends");
}

#[test]
fn a_holder_that_is_killed_or_stopped_keeps_nobody_waiting_for_ever() {
    let (_folder, data) = store();
    for round in 0..3 {
        let mut holder = Holder::start(&data, &APPLY);
        let command =
            format!(r#"{{"id":"k{round}","command":{{"add_member":{{"group":"k","member":"user:{round}"}}}}}}"#);
        let answer = holder.send(&command);
        assert!(answer.contains("accepted"), "{answer}");
        holder.signal("-KILL");
        holder.0.wait().expect("it ends");
        assert!(data.join("SOCKET").exists(), "nobody took it away");
        // What it had answered is there.
        let asked = said(&ran(&data, &["history", "group:k", "--output", "jsonl"]));
        assert!(asked.1.contains(&format!(r#""command_id":"k{round}""#)), "{asked:?}");
    }
    let holder = Holder::start(&data, &APPLY);
    holder.signal("-STOP");
    let asked = said(&ran(&data, &["check", "user:ana", "read", "case:4711"]));
    assert_eq!(asked.0, Some(6), "{asked:?}");
    assert!(asked.2.contains("does not answer"), "{asked:?}");
    holder.signal("-CONT");
    assert_ne!(said(&ran(&data, &["check", "user:ana", "read", "case:4711"])).0, Some(6));
}

#[test]
fn a_verb_elsewhere_reads_the_settings_of_its_caller_and_its_own_directory() {
    let (folder, data) = store();
    let lines = folder.path().join("lines.jsonl");
    std::fs::write(&lines, r#"{"command":{"grant":{"on":"case:4711","to":"user:ana"}}}"#).expect("it can be written");
    let mut holder = over(&data, &APPLY);
    holder.env("CASEWARD_ACTOR", "user:eve").stdin(Stdio::piped()).stdout(Stdio::null());
    let _holder = Holder(holder.spawn().expect("it starts"));
    let since = Instant::now();
    while std::os::unix::net::UnixStream::connect(data.join("SOCKET")).is_err() {
        assert!(since.elapsed() < PATIENCE, "nobody answers");
        std::thread::sleep(Duration::from_millis(5));
    }
    // The actor of the holder is not that of its callers.
    let nobody = said(&ran(&data, &["grant", "case:4711", "user:ana", "read"]));
    assert!(nobody.2.contains("`system:unknown`"), "{nobody:?}");
    let judith = over(&data, &["grant", "case:4711", "user:ana", "read"]).env("CASEWARD_ACTOR", "user:judith").output();
    assert_eq!(judith.expect("it starts").status.code(), Some(0));
    let here = over(&data, &["apply", "lines.jsonl"]).current_dir(folder.path()).output().expect("it starts");
    assert!(said(&here).2.contains("line 1: grant: refused"), "{here:?}");
}
