//! `tail --follow`, as somebody who watches uses it: what other processes record appears, and nobody is kept out.

use crate::cli_fixture::{Desk, open};
use caseward::store::noted;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes that long.
const DEADLINE: Duration = Duration::from_secs(60);

/// Somebody who follows.
struct Follower {
    program: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn of(desk: &Desk, arguments: &[&str]) -> Follower {
        let mut program = desk.program();
        program.args(["tail", "--follow"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = program.spawn().expect("the program starts");
        let out = BufReader::new(program.stdout.take().expect("it is piped"));
        let (send, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Follower { program, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("a line comes")
    }

    fn position(&self) -> u64 {
        let line: Value = serde_json::from_str(&self.line()).expect("it is JSON");
        line["position"].as_u64().expect("it has a position")
    }

    /// Its exit status.
    fn ends(&mut self) -> Option<i32> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().expect("it is ours") {
                return status.code();
            }
            assert!(since.elapsed() < DEADLINE, "it does not end");
            thread::yield_now();
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn grant(desk: &Desk, to: &str, reason: &str) {
    let said = desk.ask(&["grant", "case:4711", to, "read", "--actor", "user:elif", "--reason", reason]);
    assert_eq!(said.status, 0, "{said:?}");
}

#[test]
fn what_another_process_records_appears_and_nobody_is_kept_out() {
    let desk = Desk::holding("demo");
    let follower = Follower::of(&desk, &["-n", "2", "--output", "jsonl"]);
    assert_eq!([follower.position(), follower.position()], [327, 328]);
    // Each comes whenever it comes: while nobody looks, or in the middle of a look.
    for number in 0..4 {
        grant(&desk, &format!("user:new-{number}"), "it comes");
        assert_eq!(follower.position(), 329 + number);
    }
    let asked = desk.ask(&["who", "read", "case:4711", "--output", "json"]);
    assert_eq!(asked.status, 0, "{asked:?}");
}

#[test]
fn a_query_says_what_is_followed_and_none_need_come_first() {
    let desk = Desk::holding("demo");
    let follower = Follower::of(&desk, &["-reason:test", "-n", "0", "actor:elif"]);
    // Once it has looked at the store for the first time, or not yet: none of these may be shown.
    grant(&desk, "user:one", "a test");
    let wanted = "not for nothing";
    // Until one is seen that came behind its first look.
    let since = Instant::now();
    let line = (0..).find_map(|number| {
        assert!(since.elapsed() < DEADLINE, "nothing comes");
        grant(&desk, &format!("user:seen-{number}"), wanted);
        follower.lines.recv_timeout(Duration::from_secs(2)).ok()
    });
    let line = line.expect("it was seen");
    assert!(line.contains("user:elif granted `read` on case:4711 to user:seen-"), "{line}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_well_and_leaves_the_store_as_it_was() {
    let desk = Desk::holding("demo");
    let before = noted(&desk.data()).expect("there is a note");
    let mut follower = Follower::of(&desk, &["-n", "1"]);
    assert!(follower.line().starts_with("#328"));
    let id = follower.program.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().expect("there is a `kill`");
    assert!(sent.success());
    assert_eq!(follower.ends(), Some(0));
    assert_eq!(noted(&desk.data()).expect("there is a note"), before);
    let asked = desk.ask(&["status"]);
    assert_eq!((asked.status, asked.err.as_str()), (0, ""), "{asked:?}");
}

#[test]
fn whoever_stops_reading_ends_it_with_the_next_event() {
    let desk = Desk::holding("demo");
    let mut program = desk.program();
    program.args(["tail", "--follow", "-n", "1"]).stdout(Stdio::piped());
    let mut program = program.spawn().expect("the program starts");
    let mut out = BufReader::new(program.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it says something");
    drop(out);
    let (send, lines) = channel();
    drop(send);
    grant(&desk, "user:late", "nobody reads it");
    let mut follower = Follower { program, lines };
    assert_eq!(follower.ends(), Some(0));
}

#[test]
fn a_look_changes_no_note_so_that_nobody_wakes_for_it() {
    let desk = Desk::holding("demo");
    let before = noted(&desk.data()).expect("there is a note");
    for _ in 0..3 {
        assert_eq!(desk.ask(&["tail", "-n", "1"]).status, 0);
        drop(open(&desk.data()));
    }
    assert_eq!(noted(&desk.data()).expect("there is a note"), before);
}

#[test]
fn a_verb_waits_for_whoever_has_the_store_and_then_says_who() {
    let desk = Desk::holding("demo");
    let store = open(&desk.data());
    let since = Instant::now();
    let said = desk.ask(&["org", "list", "-v"]);
    assert!(since.elapsed() >= Duration::from_secs(2), "it gave up after {:?}", since.elapsed());
    let holder = format!("process {} (", std::process::id());
    assert_eq!(said.status, 6, "{said:?}");
    assert!(said.err.starts_with(&format!("waiting for {holder}")), "{said:?}");
    assert!(said.err.contains("error: ") && said.err.contains("hint: wait until it ends"), "{said:?}");
    let mut waiting = desk.program();
    let mut waiting =
        waiting.args(["org", "list", "-v"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut told = BufReader::new(waiting.stderr.take().expect("it is piped"));
    let mut line = String::new();
    told.read_line(&mut line).expect("it says something");
    assert!(line.starts_with("waiting for "), "{line}");
    drop(store);
    assert!(waiting.wait().expect("it ends").success());
}

#[test]
fn following_is_of_now_and_of_a_store_that_is_there() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["tail", "--follow", "--as-of", "3"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("`--as-of` cannot be combined with `tail --follow`"), "{said:?}");
    let none = desk.data().with_file_name("none");
    let said = desk.ask(&["tail", "--follow", "--data", none.to_str().expect("a path in letters")]);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
}
