//! The program, run over a data directory: for one question, or fed with commands while it answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// How a run of the program ended, and what it said.
#[derive(Debug)]
pub struct Said {
    /// `None` where a signal ended it.
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// That it panicked, or a signal ended it.
    pub fn crashed(&self) -> bool {
        matches!(self.status, None | Some(101))
    }
}

/// The program over this data, for an organization.
pub fn program(data: &Path, organization: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseward"));
    for name in ["CASEWARD_DATA", "CASEWARD_ACTOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").env("RUST_BACKTRACE", "0");
    command.arg("--data").arg(data).args(["--org", organization, "--output", "jsonl", "--no-input"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn run(data: &Path, organization: &str, arguments: &[&str]) -> Said {
    let output = program(data, organization).args(arguments).stdin(Stdio::null()).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("it says text");
    Said { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// `apply -`, which answers line after line.
pub struct Session {
    child: Child,
    /// Holds the input open until it is joined, where it stays open.
    feeding: JoinHandle<Option<ChildStdin>>,
    answers: BufReader<ChildStdout>,
    /// The signal that it was told to end by.
    told: Option<String>,
}

/// A signal that comes while the program is only about to listen for it can be lost in the library that does so: whoever
/// tells a program to end tells it again.
const TELL_AGAIN: Duration = Duration::from_secs(10);

impl Session {
    /// Starts it, and feeds it these lines from a thread of their own; then its input ends, or, where `stays` says so,
    /// stays open for as long as it runs.
    pub fn start(mut program: Command, lines: impl Iterator<Item = String> + Send + 'static, stays: bool) -> Session {
        let mut child = program.args(["apply", "-"]).spawn().expect("the program starts");
        let mut input = child.stdin.take().expect("it has one");
        let answers = BufReader::new(child.stdout.take().expect("it has one"));
        let feed = move || {
            for line in lines {
                // Whoever is killed reads no further.
                if input.write_all(format!("{line}\n").as_bytes()).is_err() {
                    return None;
                }
            }
            stays.then_some(input)
        };
        Session { child, feeding: std::thread::spawn(feed), answers, told: None }
    }

    /// The next answer; `None` where there is none to come, or only a part of one.
    pub fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it says text");
        (line.pop() == Some('\n')).then_some(line)
    }

    /// Ends it as a loss of power would end a process: at once.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
    }

    /// Tells it to end.
    #[cfg(unix)]
    pub fn tell(&mut self, signal: &str) {
        let sent = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
        self.told = Some(signal.to_owned());
    }

    /// The answers that are left, and how it ended.
    pub fn end(mut self) -> (Vec<String>, Said) {
        let (has_ended, ended) = std::sync::mpsc::channel::<()>();
        let again = self.told.take().map(|signal| {
            let id = self.child.id().to_string();
            std::thread::spawn(move || {
                while ended.recv_timeout(TELL_AGAIN) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    // It may have ended just now.
                    let _ =
                        Command::new("kill").args([format!("-{signal}"), id.clone()]).stderr(Stdio::null()).status();
                }
            })
        });
        let answers: Vec<String> = std::iter::from_fn(|| self.answer()).collect();
        drop(has_ended);
        again.into_iter().for_each(|again| again.join().expect("it only tells"));
        let mut err = String::new();
        self.child.stderr.take().expect("it has one").read_to_string(&mut err).expect("it says text");
        let status: ExitStatus = self.child.wait().expect("it ends");
        drop(self.feeding.join().expect("feeding does not panic"));
        (answers, Said { status: status.code(), out: String::new(), err })
    }
}
