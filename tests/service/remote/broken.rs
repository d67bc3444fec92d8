//! A service that goes away in the middle: what is said of each line is so, and the same ids sent again lose and double
//! nothing.

use super::{beside, over, ran, said};
use crate::served::{Served, program};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{ChildStdin, Stdio};
use std::thread;

fn line(id: u32) -> String {
    format!(r#"{{"id":"c{id}","command":{{"add_member":{{"group":"g","member":"user:{id}"}}}}}}"#)
}

fn send(input: &mut ChildStdin, ids: impl Iterator<Item = u32>) {
    for id in ids {
        writeln!(input, "{}", line(id)).expect("it reads");
    }
    input.flush().expect("it reads");
}

/// Ids of all commands of a store, as often as they are there.
fn stored(served: &Served) -> Vec<String> {
    let (_, out, _) = ran(beside(served, &["export"]));
    let id =
        |line: &str| serde_json::from_str::<Value>(line).expect("it is JSON")["command_id"].as_str().map(str::to_owned);
    out.lines().filter_map(id).collect()
}

/// The number behind a word in a text.
fn number(text: &str, behind: &str) -> u32 {
    let (_, rest) = text.split_once(behind).unwrap_or_else(|| panic!("`{behind}` is not in {text}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

const ALL: u32 = 3_000;

#[test]
fn a_service_that_is_killed_leaves_answered_lines_stored_and_names_those_in_doubt() {
    let served = Served::empty();
    let call = ["apply", "-", "--output", "jsonl", "--timeout", "1"];
    let mut program = over(&served, &call);
    let mut running =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut input = running.stdin.take().expect("it is piped");
    let mut answers = BufReader::new(running.stdout.take().expect("it is piped"));
    send(&mut input, 1..11);
    let mut answered = String::new();
    for _ in 0..10 {
        answers.read_line(&mut answered).expect("it says text");
    }
    // It is in the middle of these, or behind them.
    send(&mut input, 11..ALL + 1);
    served.signal("-KILL");
    let (_, _, folder) = served.ended();
    answers.read_to_string(&mut answered).expect("it says text");
    let (status, _, err) = said(&running.wait_with_output().expect("it ends"));
    let answered: Vec<Value> =
        answered.lines().map(|line| serde_json::from_str(line).expect("a whole answer")).collect();
    assert!(answered.iter().all(|answer| answer["status"] == "accepted"), "{answered:?}");
    let last = u32::try_from(answered.len()).expect("few");
    if last < ALL {
        assert_eq!(status, Some(6), "{err}");
        assert_eq!(number(&err, "lines up to "), last, "{err}");
        assert!(err.contains(&format!("lines {} to ", last + 1)) && err.contains("are in doubt"), "{err}");
    }
    let served = Served::over(folder);
    let there: BTreeSet<String> = stored(&served).into_iter().collect();
    assert!((1..=last).all(|id| there.contains(&format!("c{id}"))), "an answered line is not stored");
    let again: String = (1..=ALL).map(|id| line(id) + "\n").collect();
    let (status, out, err) = super::given(over(&served, &call), &again);
    assert_eq!((status, out.lines().count()), (Some(0), ALL as usize), "{err}");
    assert!(number(&err, "accepted, ") >= last, "{err}");
    let stored = stored(&served);
    assert_eq!(stored.len(), ALL as usize, "lost or doubled");
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>().len(), ALL as usize);
}

#[test]
fn a_stream_of_commands_goes_on_when_the_service_is_back() {
    let mut served = Served::empty();
    let address = served.address.to_string();
    let call = ["apply", "-", "--output", "jsonl", "--timeout", "60"];
    let mut running = over(&served, &call).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = running.stdin.take().expect("it is piped");
    let mut answers = BufReader::new(running.stdout.take().expect("it is piped")).lines();
    for round in 0..4_u32 {
        send(&mut input, round * 10..round * 10 + 10);
        for _ in 0..10 {
            let answer = answers.next().expect("there is more").expect("it says text");
            assert!(answer.starts_with(r#"{"status":"accepted""#), "{answer}");
        }
        if round % 2 == 0 {
            served.signal("-KILL");
        } else {
            served.signal("-TERM");
        }
        let (_, _, folder) = served.ended();
        served = Served::at(folder, &address);
    }
    send(&mut input, 40..41);
    drop(input);
    assert!(answers.next().expect("there is more").expect("it says text").contains("accepted"));
    assert!(answers.next().is_none() && running.wait().expect("it ends").success());
    assert_eq!(stored(&served).len(), 41);
}

/// A server that answers each connection with what it is given, and tells the bodies it was sent.
fn pretender(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let serve = move || {
        let answer = |answer: &str| {
            let (mut stream, _) = listener.accept().expect("it listens");
            let body = body_of(&mut stream);
            stream.write_all(answer.as_bytes()).expect("it reads");
            body
        };
        answers.into_iter().map(answer).collect()
    };
    (address, thread::spawn(serve))
}

fn body_of(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        if header.trim_end().is_empty() {
            break;
        }
        if let Some(given) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = given.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    String::from_utf8(body).expect("it is text")
}

const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 45\r\n\r\n\
                    {\"code\":\"busy\",\"detail\":\"busy\",\"hint\":\"wait\"}";
const DONE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n\
                    {\"answers\":[{\"status\":\"accepted\",\"position\":7,\"events\":[],\"warnings\":[],\"replayed\":true}]}";

fn grant(server: &str, timeout: &str) -> super::Said {
    let mut program = program();
    program.args(["--server", server, "--timeout", timeout, "grant", "case:1", "user:a"]);
    ran(program)
}

#[test]
fn a_command_that_was_turned_away_or_cut_off_is_sent_again_with_the_same_id() {
    let (server, serving) = pretender(vec![BUSY, "", DONE]);
    let (status, out, err) = grant(&server, "30");
    // It had no id of its own, so that what was there already was stored by this call.
    assert_eq!((status, out.as_str(), err.as_str()), (Some(0), "nothing to change: already so   position 7\n", ""));
    let bodies = serving.join().expect("it served");
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2], "{bodies:?}");
    let sent: Value = serde_json::from_str(&bodies[0]).expect("it is JSON");
    assert_eq!(sent["commands"][0]["id"].as_str().map(str::len), Some(36), "{sent}");
}

#[test]
fn a_command_whose_fate_is_not_known_is_said_to_be_in_doubt_with_the_id_that_asks_again() {
    let (server, serving) = pretender(vec![""]);
    let (status, out, err) = grant(&server, "0");
    let bodies = serving.join().expect("it served");
    let sent: Value = serde_json::from_str(&bodies[0]).expect("it is JSON");
    let id = sent["commands"][0]["id"].as_str().expect("it has an id");
    assert_eq!((status, out.as_str()), (Some(6), ""));
    assert!(err.contains("note: in doubt") && err.contains(&format!("--id {id}")), "{err}");
    // One that was never sent is in no doubt.
    let (status, _, err) = grant("unix:/nobody/listens/here", "0");
    assert!(status == Some(6) && !err.contains("in doubt"), "{err}");
}

#[test]
fn what_has_no_id_is_sent_once() {
    let (server, serving) = pretender(vec![BUSY, ""]);
    let mut program = program();
    program.args(["--server", &server, "--timeout", "30", "token", "issue", "desk", "--part", "check"]);
    let (status, out, err) = ran(program);
    assert_eq!((status, out.as_str()), (Some(6), ""), "{err}");
    assert!(err.contains("in doubt") && err.contains("caseward token list"), "{err}");
    assert_eq!(serving.join().expect("it served").len(), 2, "a third would have been refused");
}

#[test]
fn what_is_no_service_is_told_from_one() {
    let page = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>";
    let (server, serving) = pretender(vec![page]);
    let (status, _, err) = grant(&server, "30");
    assert!(status == Some(6) && err.contains("no caseward service"), "{err}");
    serving.join().expect("it served");
}
