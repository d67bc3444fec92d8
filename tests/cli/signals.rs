//! How a program ends that is told to, or that nobody listens to: with what it took answered, and the store closed.

#![cfg(unix)]

use crate::cli_fixture::{Desk, Said};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

/// More lines than a pipe and the queues behind it take.
const MANY: usize = 4_000;

fn command(number: usize) -> String {
    format!(r#"{{"id":"c{number}","command":{{"add_member":{{"group":"g","member":"user:{number}"}}}}}}"#)
}

fn started(desk: &Desk, arguments: &[&str]) -> Child {
    let mut program = desk.program();
    program.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("the program starts")
}

fn told(program: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &program.id().to_string()]).status().expect("there is a `kill`");
    assert!(sent.success());
}

/// Sends a line, waits for its answer, and sends the signal while the program waits for the next.
fn stopped_by(signal: &str, desk: &Desk, arguments: &[&str], line: &str) -> Said {
    let mut program = started(desk, arguments);
    let mut input = program.stdin.take().expect("it is piped");
    writeln!(input, "{line}").expect("it reads");
    let mut out = BufReader::new(program.stdout.take().expect("it is piped"));
    let mut answer = String::new();
    out.read_line(&mut answer).expect("it says something");
    told(&program, signal);
    out.read_to_string(&mut answer).expect("it says text");
    let output = program.wait_with_output().expect("it ends");
    drop(input);
    Said { out: answer, ..Said::of(output) }
}

#[test]
fn a_stream_of_commands_that_is_told_to_end_answers_what_it_took_and_closes_the_store() {
    for signal in ["-TERM", "-INT"] {
        let desk = Desk::holding("demo");
        let heads = desk.data().with_file_name("heads");
        let arguments = ["apply", "-", "--output", "jsonl", "--heads-dir", heads.to_str().expect("it is UTF-8")];
        let said = stopped_by(signal, &desk, &arguments, &command(1));
        assert_eq!(said.status, 6, "{said:?}");
        assert!(said.err.contains(&format!("stopped by SIG{} after line 1", &signal[1..])), "{said:?}");
        assert!(said.out.contains(r#""status":"accepted","position":329"#), "{said:?}");
        assert!(heads.join("default-329.note").exists(), "the last head is signed");
        let asked = desk.ask(&["status"]);
        assert_eq!((asked.status, asked.err.as_str()), (0, ""), "{asked:?}");
    }
}

#[test]
fn a_stream_of_questions_that_is_told_to_end_closes_the_store() {
    let desk = Desk::holding("demo");
    let question = r#"{"subject":"user:ana","action":"read","resource":"case:4711"}"#;
    let said = stopped_by("-TERM", &desk, &["check", "--batch", "-"], question);
    assert_eq!(said.status, 6, "{said:?}");
    assert!(said.err.contains("stopped by SIGTERM"), "{said:?}");
    assert!(said.out.contains(r#""decision":"#), "{said:?}");
    let asked = desk.ask(&["check", "user:ana", "read", "case:4711", "-q"]);
    assert_eq!(asked.err, "", "{asked:?}");
}

#[test]
fn a_stream_whose_answers_nobody_reads_never_ends_as_if_all_of_it_was_taken() {
    for verb in ["apply", "import"] {
        let desk = Desk::holding("demo");
        let mut program = started(&desk, &[verb, "-", "--output", "jsonl"]);
        let mut input = program.stdin.take().expect("it is piped");
        let feeder = std::thread::spawn(move || {
            let line = |number| {
                command(number).replacen('{', r#"{"time":"2026-01-01T00:00:00Z","#, usize::from(verb == "import"))
            };
            // It fails once the program has gone.
            (0..MANY).take_while(|number| writeln!(input, "{}", line(*number)).is_ok()).count()
        });
        let mut out = BufReader::new(program.stdout.take().expect("it is piped"));
        out.read_line(&mut String::new()).expect("it says something");
        drop(out);
        let said = Said::of(program.wait_with_output().expect("it ends"));
        feeder.join().expect("it ends as well");
        assert_eq!(said.status, 6, "{said:?}");
        assert!(said.err.contains("stopped because nobody reads the answers after line "), "{said:?}");
    }
}

#[test]
fn a_file_is_taken_to_its_end_whoever_reads_the_answers() {
    let desk = Desk::holding("demo");
    let file = desk.data().with_file_name("many.jsonl");
    let lines: Vec<_> = (0..MANY).map(command).collect();
    std::fs::write(&file, lines.join("\n")).expect("there is room");
    let mut program = started(&desk, &["apply", file.to_str().expect("it is UTF-8"), "--output", "jsonl"]);
    drop(program.stdout.take());
    let said = Said::of(program.wait_with_output().expect("it ends"));
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.err.contains(&format!("{MANY} lines: {MANY} accepted")), "{said:?}");
}
