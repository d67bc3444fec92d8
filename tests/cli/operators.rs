//! The command line for producers and operators, as a program: what goes in, what comes out, and how it ends.
//!
//! Each test has a data directory of its own. Absent on purpose: rules, which the engine's tests hold, and the verbs of
//! auditors.

mod about_itself;
mod apply;
mod in_the_way;
mod shorthands;
mod upkeep;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with room for a store and for files.
struct Desk {
    folder: TempDir,
}

/// How the program ended, and what it said.
struct Ended {
    status: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("there is room for a folder") }
    }

    /// One definition, two cases, an org admin (ana) and a grant, at position 5.
    fn with_history() -> Desk {
        let desk = Desk::new();
        let lines = [
            line("system:setup", 1, json!({"appoint_org_admin": {"user": "ana"}})),
            line("user:ana", 2, json!({"create_definition": {"definition": "fraud"}})),
            line("system:desk", 3, json!({"open_case": {"case": "1", "definition": "fraud", "creator": "ana"}})),
            line("system:desk", 4, json!({"open_case": {"case": "2", "definition": "fraud", "creator": "ana"}})),
            line("user:ana", 5, json!({"grant": {"on": "case:1", "to": "user:bob"}})),
        ];
        let file = desk.file("history.jsonl", lines.join("\n"));
        assert_eq!(desk.run(&["-q", "import", &file]).status, 0);
        desk
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caseward"));
        for name in ["CASEWARD_ACTOR", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("CASEWARD_DATA", self.data()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, b"")
    }

    /// With this on standard input.
    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self.command(arguments).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it has one");
        let input = input.to_vec();
        // The program may end before it has read everything.
        let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("it ends");
        writing.join().expect("writing does not panic");
        Ended::of(&output)
    }

    /// As the org admin.
    fn as_ana(&self, arguments: &[&str]) -> Ended {
        self.run(&[arguments, &["--actor", "user:ana"]].concat())
    }

    fn head(&self) -> u64 {
        let status = self.run(&["status", "--output", "json"]);
        status.json()["head"].as_u64().expect("status tells the head")
    }
}

impl Ended {
    fn of(output: &Output) -> Ended {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        let ended = Ended {
            status: output.status.code().expect("it was not killed"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        assert_ne!(ended.status, 101, "it panicked: {}", ended.err);
        ended
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why} in {:?} beside {:?}", self.out, self.err))
    }

    fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }

    /// Ended so, with nothing on standard output, and with an error that says all of this.
    fn failed(&self, status: i32, told: &[&str]) {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        for part in told {
            assert!(self.err.contains(part), "no {part:?} in {}", self.err);
        }
        let first = self.err.lines().next().unwrap_or_default();
        assert!(!first.ends_with('.'), "{first}");
    }
}

/// An `apply -` that goes on.
struct Conversation {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Conversation {
    fn begin(desk: &Desk) -> Conversation {
        let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
        let answers = BufReader::new(child.stdout.take().expect("it has one"));
        Conversation { child, answers }
    }

    fn say(&mut self, line: &str) -> Value {
        let stdin = self.child.stdin.as_mut().expect("it has one");
        writeln!(stdin, "{line}").expect("it reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        serde_json::from_str(&answer).expect("an answer is JSON")
    }

    fn end(self) -> i32 {
        let output = self.child.wait_with_output().expect("it ends");
        Ended::of(&output).status
    }
}

/// A line for an import, on a day of March 2026.
fn line(actor: &str, day: u32, command: Value) -> String {
    let time = format!("2026-03-{day:02}T09:00:00Z");
    json!({"id": format!("id-{day}"), "actor": actor, "time": time, "command": command}).to_string()
}

/// A line for `apply`, that puts a user into a group: nobody asks who sends it.
fn joins(user: &str) -> String {
    json!({"command": {"add_member": {"group": "g", "member": format!("user:{user}")}}}).to_string()
}

fn lines(users: &[&str]) -> String {
    users.iter().map(|user| joins(user) + "\n").collect()
}
