//! In whose name a caller acts, and through whom an event came.

use super::{Desk, id};
use crate::http::Connection;
use serde_json::{Value, json};

const COMMANDS: &str = "/v1/orgs/default/commands";

fn join(actor: Value, member: &str) -> String {
    json!({"actor": actor, "command": {"add_member": {"group": "g", "member": member}}}).to_string()
}

#[test]
fn an_event_says_who_and_through_whom_and_a_command_without_an_actor_is_of_the_token() {
    let desk = Desk::open();
    let token = desk.token("hr", &["directory", "audit"], json!({"may_name": ["user:*"]}));
    let own = desk.ask(&token, "POST", COMMANDS, &join(Value::Null, "user:a")).json();
    assert_eq!(own["events"][0]["actor"], "system:hr", "{own}");
    let named = desk.ask(&token, "POST", COMMANDS, &join(json!("user:judith"), "user:b")).json();
    let via = format!("token:{}", id(&token));
    assert_eq!((&named["events"][0]["actor"], &named["events"][0]["via"]), (&json!("user:judith"), &json!(via)));
    let local = desk.socket().ask("POST", COMMANDS, &[], &join(Value::Null, "user:c")).json();
    assert_eq!((&local["events"][0]["actor"], &local["events"][0]["via"]), (&json!("system:unknown"), &Value::Null));
    let mut feed = Connection::to(desk.address());
    feed.send(
        format!("GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n")
            .as_bytes(),
    );
    feed.head().expect("it answers");
    let message = String::from_utf8(feed.chunk().expect("a commit")).expect("it is text");
    assert!(message.contains(&format!(r#""actor":"system:hr","via":"{via}""#)), "{message}");
}

#[test]
fn an_actor_that_was_not_agreed_is_refused_alone_in_a_batch_and_in_a_stream_and_nothing_is_stored() {
    let desk = Desk::open();
    let token = desk.token("hr", &["directory"], json!({"may_name": ["system:payroll"]}));
    let refused = |body: &str| {
        let answer = desk.ask(&token, "POST", COMMANDS, body);
        assert_eq!((answer.status, answer.code().as_str()), (403, "actor_not_allowed"), "{answer:?}");
    };
    refused(&join(json!("user:judith"), "user:a"));
    refused(
        &json!({"commands": [
            serde_json::from_str::<Value>(&join(Value::Null, "user:b")).expect("JSON"),
            serde_json::from_str::<Value>(&join(json!("system:other"), "user:c")).expect("JSON"),
        ]})
        .to_string(),
    );
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", "application/x-ndjson"), ("authorization", authorization.as_str())];
    let lines =
        [join(json!("system:payroll"), "user:d"), join(json!("user:eve"), "user:e"), join(Value::Null, "user:f")];
    let answered = Connection::to(desk.address()).ask("POST", COMMANDS, &headers, &lines.join("\n"));
    let answers: Vec<_> = answered.body.lines().collect();
    assert_eq!(answers.len(), 2, "the stream ends there: {answers:?}");
    assert!(answers[0].contains(r#""status":"accepted""#) && answers[1].contains("actor_not_allowed"), "{answers:?}");
    let head = desk.socket().ask("GET", "/v1/orgs/default/status", &[], "").json()["head"].clone();
    assert_eq!(head, 1, "what stood before it is stored, and nothing else");
    assert_eq!(desk.refused().actor_not_allowed, 3);
}

#[test]
fn a_token_about_one_user_asks_about_nobody_else() {
    let desk = Desk::open();
    let token = desk.token("browser", &["check"], json!({"about": "user:ana"}));
    let asked = |subject: &str| json!({"subject": subject, "action": "read", "resource": "case:1"});
    let check = |subject: &str| desk.ask(&token, "POST", "/v1/orgs/default/check", &asked(subject).to_string());
    assert_eq!(check("user:ana").status, 200);
    for other in ["user:ben", "user:Ana", "link:ana"] {
        assert_eq!((check(other).status, check(other).code().as_str()), (403, "forbidden"), "{other}");
    }
    let both = json!({"questions": [asked("user:ana"), asked("user:ben")]}).to_string();
    assert_eq!(desk.ask(&token, "POST", "/v1/orgs/default/checks", &both).status, 403);
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", "application/x-ndjson"), ("authorization", authorization.as_str())];
    let lines = format!("{}\n{}\n", asked("user:ana"), asked("user:ben"));
    let answered = Connection::to(desk.address()).ask("POST", "/v1/orgs/default/checks", &headers, &lines);
    let answers: Vec<_> = answered.body.lines().collect();
    assert!(answers.len() == 2 && answers[1].contains("forbidden"), "{answers:?}");
    let wide = json!({"name": "n", "parts": ["check", "audit"], "organizations": ["default"], "about": "user:ana"});
    let refused = desk.socket().ask("POST", "/v1/tokens", &[], &wide.to_string());
    assert_eq!((refused.status, refused.code().as_str()), (400, "invalid"));
}
