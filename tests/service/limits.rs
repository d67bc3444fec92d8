//! The limits of the service, each with a small number: what is at it is answered, and what is above it is told so, or ends.

use crate::callers::Desk;
use crate::http::{Connection, Response, request};
use crate::secured::comes;
use caseward::service::Limits;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const CHECK: &str = "/v1/orgs/default/check";
const ASKED: &str = r#"{"subject":"user:ana","action":"read","resource":"case:1"}"#;
const FEED: &str = "GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Longer than anything may take: what ends before it was ended by the limit.
const PATIENCE: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(50);
const NEVER: Duration = Duration::from_secs(3_600);

fn desk(change: impl Fn(&mut Limits)) -> Desk {
    let mut limits = Limits::default();
    change(&mut limits);
    Desk::within(limits)
}

fn connect(desk: &Desk) -> Connection {
    Connection::to(desk.address())
}

fn post(desk: &Desk, path: &str, body: &str) -> Response {
    connect(desk).ask("POST", path, &[], body)
}

/// A stream whose end is told apart from waiting for too long.
fn raw(desk: &Desk) -> TcpStream {
    let stream = TcpStream::connect(desk.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream
}

/// Status, code and `Retry-After`.
fn told(response: &Response) -> (u16, String, Option<&str>) {
    (response.status, response.code(), response.header("retry-after"))
}

fn busy() -> (u16, String, Option<&'static str>) {
    (503, "busy".to_owned(), Some("1"))
}

#[test]
fn a_new_connection_takes_the_place_of_an_idle_one_and_of_no_other() {
    let desk = desk(|limits| (limits.connections, limits.heartbeat) = (2, SOON));
    let mut first = connect(&desk);
    first.send(FEED.as_bytes());
    assert_eq!(first.head().expect("it answers").0, 200);
    let mut idle = raw(&desk);
    let mut asks = Connection::over(idle.try_clone().expect("it is the same"));
    assert_eq!(asks.ask("GET", "/healthz", &[], "").status, 200);
    assert_eq!(asks.ask("GET", "/healthz", &[], "").status, 200, "two have room");
    // The other one may be just about to be idle.
    let mut second = loop {
        let mut next = connect(&desk);
        if next.try_send(FEED.as_bytes()).is_ok() && next.head().is_some_and(|(status, _)| status == 200) {
            break next;
        }
    };
    assert!(is_closed(&mut idle), "its place was given on");
    assert!(is_closed(&mut raw(&desk)), "none is idle");
    assert!(first.chunk().is_some() && second.chunk().is_some(), "the feeds go on");
}

fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn a_body_is_read_up_to_its_limit() {
    let desk = desk(|limits| limits.body_bytes = 1_000);
    let body = |bytes: usize| format!("{ASKED}{}", " ".repeat(bytes - ASKED.len()));
    assert_eq!(post(&desk, CHECK, &body(1_000)).status, 200);
    let refused = post(&desk, CHECK, &body(1_001));
    assert_eq!((told(&refused), &refused.json()["limit"]), ((413, "too_large".to_owned(), None), &json!(1_000)));
    // The same for one that does not say how long it is.
    let chunked = |bytes: usize| {
        let head = format!("POST {CHECK} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
        let mut connection = connect(&desk);
        connection.send(format!("{head}{bytes:x}\r\n{}\r\n0\r\n\r\n", body(bytes)).as_bytes());
        connection.response().expect("it answers").status
    };
    assert_eq!((chunked(1_000), chunked(1_001)), (200, 413));
}

#[test]
fn the_head_of_a_request_is_read_up_to_its_limits() {
    let (desk, Limits { header_bytes, headers, .. }) = (Desk::open(), Limits::default());
    let ask = |head: &str| {
        let mut connection = connect(&desk);
        // It may be closed under what is still being sent.
        let _ = connection.try_send(head.as_bytes());
        connection.head().map(|(status, _)| status)
    };
    let begins = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";
    let of_bytes = |bytes: usize| format!("{begins}x: {}\r\n\r\n", "y".repeat(bytes - begins.len() - 7));
    assert_eq!(of_bytes(header_bytes).len(), header_bytes);
    assert_eq!(ask(&of_bytes(header_bytes)), Some(200));
    assert!(matches!(ask(&of_bytes(2 * header_bytes)), None | Some(431)));
    let of_headers =
        |count: usize| format!("{begins}{}\r\n", (1..count).map(|one| format!("x-{one}: 1\r\n")).collect::<String>());
    assert_eq!((ask(&of_headers(headers)), ask(&of_headers(headers + 1))), (Some(200), Some(431)));
}

#[test]
fn a_connection_without_a_request_is_closed_in_time() {
    let desk = desk(|limits| limits.header_time = SOON);
    for begun in ["", "GET /healthz HTTP/1.1\r\nhost:"] {
        let mut stream = raw(&desk);
        stream.write_all(begun.as_bytes()).expect("it takes it");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("it is closed");
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{begun:?}");
    }
    let mut stream = raw(&desk);
    stream.write_all(request("GET", "/healthz", &[], "").as_bytes()).expect("it takes it");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it is closed once it has been idle for so long");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

/// A request whose body does not come.
fn without_its_body(desk: &Desk, path: &str) -> Response {
    let mut connection = connect(desk);
    connection.send(format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{{").as_bytes());
    connection.response().expect("it answers")
}

#[test]
fn a_body_that_stays_away_ends_its_request() {
    let desk = desk(|limits| limits.body_time = SOON);
    assert_eq!(told(&without_its_body(&desk, CHECK)), (408, "timeout".to_owned(), None));
    assert_eq!(post(&desk, CHECK, ASKED).status, 200);
}

#[test]
fn an_answer_that_takes_too_long_is_given_up_and_commands_are_in_doubt() {
    let desk = desk(|limits| {
        (limits.request_time, limits.body_time, limits.wait_time, limits.requests) = (SOON, NEVER, NEVER, 1);
    });
    let waits = post(&desk, &format!("{CHECK}?at_least=1"), ASKED);
    assert_eq!(told(&waits), (503, "timeout".to_owned(), Some("1")));
    assert_eq!(told(&without_its_body(&desk, CHECK)), (503, "timeout".to_owned(), Some("1")));
    let commands = without_its_body(&desk, "/v1/orgs/default/commands");
    assert_eq!(told(&commands), (503, "in_doubt".to_owned(), Some("5")));
    // What was given up holds no place, and a feed is no answer that has to end.
    assert_eq!(post(&desk, CHECK, ASKED).status, 200);
    let mut feed = connect(&desk);
    feed.send(FEED.as_bytes());
    assert_eq!(feed.head().expect("it answers").0, 200);
    std::thread::sleep(2 * SOON);
    desk.apply("default", &[join(1)]);
    assert!(feed.chunk().is_some());
}

fn join(number: usize) -> Value {
    json!({"command": {"add_member": {"group": "g", "member": format!("user:u{number}")}}})
}

#[test]
fn a_position_is_waited_for_no_longer_than_its_limit() {
    let desk = desk(|limits| limits.wait_time = SOON);
    let path = format!("{CHECK}?at_least=1");
    assert_eq!(told(&post(&desk, &path, ASKED)), (503, "behind".to_owned(), Some("1")));
    desk.apply("default", &[join(1)]);
    assert_eq!(post(&desk, &path, ASKED).status, 200);
}

#[test]
fn a_client_that_takes_nothing_is_let_go_and_one_that_reads_is_not() {
    let desk = desk(|limits| limits.write_time = SOON);
    let asked = request("GET", "/openapi.json", &[], "");
    let mut stream = raw(&desk);
    let ended = loop {
        if let Err(error) = stream.write_all(asked.as_bytes()) {
            break error.kind();
        }
    };
    assert!(matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{ended:?}");
    let mut connection = connect(&desk);
    let sizes: Vec<_> =
        (0..100).map(|_| connection.ask("GET", "/openapi.json", &[], "")).map(|told| told.body.len()).collect();
    assert!(sizes[0] > 10_000 && sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
}

#[test]
fn so_many_requests_are_answered_at_once_and_the_next_is_told_when_to_try() {
    let desk = desk(|limits| (limits.requests, limits.wait_time) = (2, NEVER));
    let waits = || {
        let mut connection = connect(&desk);
        connection.send(request("POST", &format!("{CHECK}?at_least=1"), &[], ASKED).as_bytes());
        connection
    };
    let (first, mut second) = (waits(), waits());
    let are_answered = |count: usize| {
        let metrics = connect(&desk).ask("GET", "/metrics", &[], "").body;
        metrics.lines().any(|line| line == format!("caseward_http_requests_answering {count}"))
    };
    comes("two requests that wait", || are_answered(2));
    assert_eq!(told(&post(&desk, CHECK, ASKED)), busy());
    // A client that goes away leaves its place.
    drop(first);
    comes("a place", || are_answered(1));
    assert_eq!(post(&desk, CHECK, ASKED).status, 200);
    desk.apply("default", &[join(1)]);
    assert_eq!(second.response().expect("it answers").status, 200);
}

#[test]
fn so_many_streams_are_open_at_once_and_the_next_is_told_when_to_try() {
    let desk = desk(|limits| (limits.streams, limits.heartbeat) = (2, SOON));
    let follow = || {
        let mut connection = connect(&desk);
        connection.send(FEED.as_bytes());
        connection
    };
    let (mut first, mut second) = (follow(), follow());
    for feed in [&mut first, &mut second] {
        assert_eq!(feed.head().expect("it answers").0, 200);
    }
    assert_eq!(told(&follow().response().expect("it answers")), busy());
    let lines = connect(&desk).ask(
        "POST",
        "/v1/orgs/default/checks",
        &[("content-type", "application/x-ndjson")],
        &format!("{ASKED}\n"),
    );
    assert_eq!(told(&lines), busy(), "lines are a stream, too");
    assert_eq!(post(&desk, CHECK, ASKED).status, 200, "streams are no requests");
    drop(first);
    comes("a place", || follow().head().expect("it answers").0 == 200);
}

#[test]
fn so_many_questions_are_taken_at_once() {
    let desk = desk(|limits| limits.questions = 2);
    let checks = |count: usize| {
        post(&desk, "/v1/orgs/default/checks", &format!(r#"{{"questions":[{}]}}"#, vec![ASKED; count].join(",")))
    };
    assert_eq!(checks(2).json()["answers"].as_array().map(Vec::len), Some(2));
    let refused = checks(3);
    assert_eq!(told(&refused), (413, "too_large".to_owned(), None));
    assert_eq!((&refused.json()["limit"], &refused.json()["came_to"]), (&json!(2), &json!(3)));
    let evaluation =
        r#"{"subject":{"type":"user","id":"ana"},"action":{"name":"read"},"resource":{"type":"case","id":"1"}}"#;
    let evaluations = |count: usize| {
        let body = format!(r#"{{"evaluations":[{}]}}"#, vec![evaluation; count].join(","));
        connect(&desk).ask("POST", "/access/v1/evaluations", &[("content-type", "application/json")], &body).status
    };
    assert_eq!((evaluations(2), evaluations(3)), (200, 413));
}

#[test]
fn a_feed_is_silent_no_longer_than_its_limit() {
    for (heartbeat, first) in [(SOON, "event: heartbeat"), (NEVER, "id: 1")] {
        let desk = desk(|limits| limits.heartbeat = heartbeat);
        let mut feed = connect(&desk);
        feed.send(FEED.as_bytes());
        assert_eq!(feed.head().expect("it answers").0, 200);
        if heartbeat == NEVER {
            desk.apply("default", &[join(1)]);
        }
        let told = String::from_utf8(feed.chunk().expect("a message")).expect("text");
        assert!(told.contains(first), "{told}");
    }
}
