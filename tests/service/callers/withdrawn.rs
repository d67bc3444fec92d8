//! A token that was withdrawn or has ended lets nobody in from then on, on what is open too.

use super::{Desk, id};
use crate::http::Connection;
use serde_json::json;

fn follow(desk: &Desk, feed: &str, token: &str) -> Connection {
    let mut connection = Connection::to(desk.address());
    let head =
        format!("GET /v1/orgs/default/{feed} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    connection.send(head.as_bytes());
    assert_eq!(connection.head().expect("it answers").0, 200);
    connection
}

fn text(connection: &mut Connection) -> Option<String> {
    connection.chunk().map(|chunk| String::from_utf8(chunk).expect("it is text"))
}

#[test]
fn withdrawing_ends_the_feed_at_once_and_the_next_request_finds_nobody() {
    let desk = Desk::open();
    let admin = desk.token("admin", &["admin"], json!({}));
    let token = desk.token("reader", &["audit"], json!({}));
    let mut feeds = ["events", "changes"].map(|feed| follow(&desk, feed, &token));
    let withdrawn = desk.ask(&admin, "DELETE", &format!("/v1/tokens/{}", id(&token)), "");
    assert_eq!(withdrawn.status, 200, "{withdrawn:?}");
    for feed in &mut feeds {
        let last = text(feed).expect("a last word");
        assert!(last.starts_with("event: failed\n") && last.contains("unknown_caller"), "{last}");
        assert_eq!(text(feed), None);
    }
    assert_eq!(desk.ask(&token, "GET", "/v1/orgs/default/rights?subject=user:a&resource=case:1", "").status, 401);
    let listed = desk.ask(&admin, "GET", "/v1/tokens", "").json();
    let one = listed["tokens"].as_array().expect("a list").iter().find(|one| one["id"] == id(&token)).cloned();
    let one = one.expect("it is listed");
    assert_eq!((&one["state"], &one["withdrawn"]["actor"]), (&json!("withdrawn"), &json!("system:admin")));
    let again = desk.ask(&admin, "DELETE", &format!("/v1/tokens/{}", id(&token)), "").json();
    assert_eq!(again["events"], json!([]), "it stays as it is: {again}");
}

#[test]
fn a_stream_of_questions_or_commands_ends_at_the_next_line() {
    let desk = Desk::open();
    for (part, path, line) in [
        ("check", "/v1/orgs/default/checks", r#"{"subject":"user:a","action":"read","resource":"case:1"}"#),
        ("directory", "/v1/orgs/default/commands", r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#),
    ] {
        let token = desk.token(part, &[part], json!({}));
        let mut connection = Connection::to(desk.address());
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/x-ndjson\r\n\
             transfer-encoding: chunked\r\n\r\n"
        );
        let line = format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
        connection.send((head + &line).as_bytes());
        assert_eq!(connection.head().expect("it answers").0, 200);
        assert!(!text(&mut connection).expect("an answer").contains("unknown_caller"));
        desk.withdraw(&token);
        connection.send(line.as_bytes());
        let last = text(&mut connection).expect("a last line");
        assert!(last.contains(r#""status":"failed""#) && last.contains("unknown_caller"), "{last}");
    }
}

#[test]
fn what_was_open_on_loopback_ends_with_the_first_token() {
    let desk = Desk::open();
    let mut feed = Connection::to(desk.address());
    feed.send(b"GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(feed.head().expect("it answers").0, 200);
    desk.token("first", &["check"], json!({}));
    assert!(text(&mut feed).expect("a last word").contains("unknown_caller"));
}

#[test]
fn a_token_tells_the_day_on_which_it_last_let_somebody_in() {
    let desk = Desk::open();
    let admin = desk.token("admin", &["admin"], json!({}));
    let token = desk.token("check", &["check"], json!({}));
    let last_used = || {
        let listed = desk.ask(&admin, "GET", "/v1/tokens", "").json();
        let all = listed["tokens"].as_array().expect("a list").clone();
        all.into_iter().find(|one| one["id"] == id(&token)).expect("it is listed")["last_used"].clone()
    };
    assert_eq!(last_used(), json!(null));
    assert_eq!(desk.ask(&token, "GET", "/v1/orgs", "").status, 200);
    assert_eq!(last_used(), "2026-03-01T00:00:00Z");
    desk.at("2026-03-03T00:00:00Z");
    assert_eq!(last_used(), "2026-03-01T00:00:00Z");
    assert_eq!(desk.ask(&token, "GET", "/v1/orgs/default/status", "").status, 403, "it counts, and may not");
    assert_eq!(last_used(), "2026-03-03T00:00:00Z");
    desk.withdraw(&token);
    desk.at("2026-03-04T00:00:00Z");
    assert_eq!(desk.ask(&token, "GET", "/v1/orgs", "").status, 401);
    assert_eq!(last_used(), "2026-03-03T00:00:00Z", "who is shut out uses nothing");
}
