//! The feed: every commit once, in order, from any position on.

use crate::http::Connection;
use crate::served::Served;
use serde_json::Value;

/// A message of a stream: its id, its kind, its data.
type Message = (String, String, Value);

fn follow(served: &Served, path: &str, headers: &str) -> Connection {
    let mut connection = served.connect();
    connection.send(format!("GET {path} HTTP/1.1\r\nhost: t\r\n{headers}\r\n").as_bytes());
    let (status, headers) = connection.head().expect("it answers");
    assert_eq!(status, 200);
    assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())), "{headers:?}");
    connection
}

fn message(connection: &mut Connection) -> Option<Message> {
    let chunk = String::from_utf8(connection.chunk()?).expect("it is text");
    assert!(chunk.ends_with("\n\n"), "one message a piece: {chunk}");
    let field =
        |name: &str| chunk.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
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
    let mut connection = follow(&served, "/v1/orgs/default/events", "");
    while told.last() != Some(&head) {
        let (id, kind, data) = message(&mut connection).expect("there is more");
        assert_eq!(kind, "commit");
        told.extend(positions(&data));
        assert_eq!(id.parse(), Ok(*told.last().expect("a commit has an event")));
        assert!(data[0]["type"].as_str().is_some_and(|kind| kind.starts_with("caseward.")), "{data}");
    }
    assert_eq!(told, (1..=head).collect::<Vec<_>>());
    let mut from = follow(&served, "/v1/orgs/default/events?after=1", &format!("last-event-id: {}\r\n", head - 1));
    assert_eq!(message(&mut from).expect("the last").0, head.to_string());
    served.accepted(r#"{"id":"new","command":{"add_member":{"group":"new","member":"user:new"}}}"#);
    for connection in [&mut connection, &mut from] {
        let (id, _, data) = message(connection).expect("it goes on");
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
    let mut connection = follow(&served, "/v1/orgs/default/events", "");
    let (id, kind, data) = message(&mut connection).expect("the commit");
    assert_eq!((id.as_str(), kind.as_str(), positions(&data).len()), ("3000", "commit", 3_000));
}

#[test]
fn a_service_that_stops_says_so_on_every_stream() {
    let served = Served::empty();
    let mut connection = follow(&served, "/v1/orgs/default/events", "");
    served.signal("-TERM");
    let (_, kind, data) = message(&mut connection).expect("a last word");
    assert_eq!((kind.as_str(), &data["after"]), ("stopping", &0.into()));
    assert_eq!(connection.chunk(), None);
    assert!(served.ended().0.success());
}
