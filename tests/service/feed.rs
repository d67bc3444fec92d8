//! The feed: every commit once, in order, from any position on.

use crate::http::Connection;
use crate::served::Served;
use serde_json::Value;

/// A message of a stream: its id, its kind, its data.
pub type Message = (String, String, Value);

/// A stream that is read message by message, however many come in one piece.
pub struct Stream {
    connection: Connection,
    /// What came and was not taken.
    rest: String,
}

fn follow(served: &Served, path: &str, headers: &str) -> Stream {
    follow_on(served.connect(), path, headers)
}

pub fn follow_on(mut connection: Connection, path: &str, headers: &str) -> Stream {
    connection.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes());
    let (status, headers) = connection.head().expect("it answers");
    assert_eq!(status, 200);
    assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())), "{headers:?}");
    Stream::over(connection)
}

impl Stream {
    /// Over a connection whose answer has begun.
    pub fn over(connection: Connection) -> Stream {
        Stream { connection, rest: String::new() }
    }
}

pub fn message(stream: &mut Stream) -> Option<Message> {
    if stream.rest.is_empty() {
        stream.rest = String::from_utf8(stream.connection.chunk()?).expect("it is text");
    }
    let end = stream.rest.find("\n\n").expect("whole messages a piece") + 2;
    let message: String = stream.rest.drain(..end).collect();
    let field =
        |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    Some((field("id:"), field("event:"), serde_json::from_str(&field("data:")).expect("the data is JSON")))
}

fn positions(data: &Value) -> Vec<u64> {
    let events = data.as_array().expect("a commit is a list");
    events.iter().map(|event| event["data"]["position"].as_u64().expect("a position")).collect()
}

#[test]
fn every_commit_is_told_once_from_any_position_and_again_from_the_last_that_was_seen() {
    let served = Served::holding("demo");
    let head = served.get("/v1/orgs/default/status").json()["head"].as_u64().expect("a number");
    let mut told = Vec::new();
    let mut stream = follow(&served, "/v1/orgs/default/events", "");
    while told.last() != Some(&head) {
        let (id, kind, data) = message(&mut stream).expect("there is more");
        assert_eq!(kind, "commit");
        told.extend(positions(&data));
        assert_eq!(id.parse(), Ok(*told.last().expect("a commit has an event")));
        assert!(data[0]["type"].as_str().is_some_and(|kind| kind.starts_with("caseward.")), "{data}");
    }
    assert_eq!(told, (1..=head).collect::<Vec<_>>());
    let mut from = follow(&served, "/v1/orgs/default/events?after=1", &format!("last-event-id: {}\r\n", head - 1));
    assert_eq!(message(&mut from).expect("the last").0, head.to_string());
    served.accepted(r#"{"id":"new","command":{"add_member":{"group":"new","member":"user:new"}}}"#);
    for stream in [&mut stream, &mut from] {
        let (id, _, data) = message(stream).expect("it goes on");
        assert_eq!((id, &data[0]["data"]["command_id"]), ((head + 1).to_string(), &Value::from("new")));
    }
    let beyond = served.get("/v1/orgs/default/events?after=100000");
    assert_eq!((beyond.status, beyond.code().as_str()), (400, "invalid"));
}

#[test]
fn a_commit_of_many_events_is_one_message() {
    let served = Served::empty();
    let commands: Vec<_> = (0..3_000)
        .map(|number| format!(r#"{{"command":{{"add_member":{{"group":"g","member":"user:{number}"}}}}}}"#))
        .collect();
    let body = format!(r#"{{"atomic":true,"commands":[{}]}}"#, commands.join(","));
    assert_eq!(served.post("/v1/orgs/default/commands", &body).status, 200);
    let mut stream = follow(&served, "/v1/orgs/default/events", "");
    let (id, kind, data) = message(&mut stream).expect("the commit");
    assert_eq!((id.as_str(), kind.as_str(), positions(&data).len()), ("3000", "commit", 3_000));
}

#[test]
fn a_service_that_stops_says_so_on_every_stream() {
    let served = Served::empty();
    let mut stream = follow(&served, "/v1/orgs/default/events", "");
    served.signal("-TERM");
    let (_, kind, data) = message(&mut stream).expect("a last word");
    assert_eq!((kind.as_str(), &data["after"]), ("stopping", &0.into()));
    assert_eq!(stream.connection.chunk(), None);
    assert!(served.ended().0.success());
}

/// Streams at the head share one reading, gather, and lag behind each on its own: each is told all the same everything.
#[test]
fn many_streams_are_each_told_every_commit_once_whether_they_keep_up_or_lag() {
    const STREAMS: usize = 100;
    const COMMANDS: u64 = 300;
    let served = Served::empty();
    let open = || follow(&served, "/v1/orgs/default/events", "");
    let mut streams: Vec<Stream> = (0..STREAMS).map(|_| open()).collect();
    for number in 0..COMMANDS {
        served.accepted(&format!(r#"{{"command":{{"add_member":{{"group":"g","member":"user:{number}"}}}}}}"#));
        // These keep up; the others are read at the end, and one begins in the middle.
        for stream in &mut streams[..10] {
            assert_eq!(message(stream).expect("the next").0, (number + 1).to_string());
        }
    }
    let mut late = follow(&served, &format!("/v1/orgs/default/events?after={}", COMMANDS / 2), "");
    for position in COMMANDS / 2 + 1..=COMMANDS {
        assert_eq!(message(&mut late).expect("the next").0, position.to_string());
    }
    for stream in &mut streams[10..] {
        let told: Vec<String> = (0..COMMANDS).map(|_| message(stream).expect("the next").0).collect();
        assert!(told.iter().map(|id| id.parse::<u64>().expect("a position")).eq(1..=COMMANDS), "{told:?}");
    }
}
