//! Questions have the answers of the command line, byte for byte.

use crate::served::Served;
use serde_json::json;

const ASKED: &str = r#"{"subject":"user:ana","action":"read","resource":"case:4711"}"#;

#[test]
fn a_check_is_answered_as_the_command_line_answers_it() {
    let served = Served::holding("demo");
    let answer = served.post("/v1/orgs/default/check?as_of=169", ASKED);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let rights = served.get("/v1/orgs/default/rights?subject=user:ana&resource=case:4711&as_of=169");
    let (_, _, folder) = served.stop();
    let printed = |arguments: &[&str]| {
        let mut program = crate::served::program();
        program.arg("--data").arg(folder.path().join("data")).args(["--output", "json", "--as-of", "169"]);
        let output = program.args(arguments).output().expect("the program starts");
        String::from_utf8(output.stdout).expect("it says text").trim_end().to_owned()
    };
    assert_eq!(answer.body, printed(&["check", "user:ana", "read", "case:4711"]));
    assert_eq!(rights.body, printed(&["rights", "user:ana", "case:4711"]));
}

#[test]
fn an_answer_about_a_settled_position_may_be_kept_and_one_about_now_may_not() {
    let served = Served::holding("demo");
    let (now, then) = ("/v1/orgs/default/check", "/v1/orgs/default/check?as_of=169");
    assert_eq!(served.post(now, ASKED).header("cache-control"), Some("no-store"));
    let first = served.post(then, ASKED);
    assert_eq!(first.header("cache-control"), Some("private, max-age=31536000, immutable"));
    let tag = first.header("etag").expect("it has a tag").to_owned();
    let again = served.connect().ask("POST", then, &[("if-none-match", &format!("\"x\", {tag}"))], ASKED);
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    // A moment to come may still change.
    let later = served.post("/v1/orgs/default/check?as_of=2999-01-01T00:00:00Z", ASKED);
    assert_eq!((later.header("cache-control"), later.json()["settled"].as_bool()), (Some("no-store"), Some(false)));
}

#[test]
fn many_questions_are_answered_in_order_at_one_position() {
    let served = Served::holding("demo");
    let body = format!(
        r#"{{"questions":[{ASKED},{{"id":7}},{{"id":"x","subject":"user:judith","action":"read","resource":"case:4711","as_of":3}}]}}"#
    );
    let answer = served.post("/v1/orgs/default/checks", &body).json();
    let answers = answer["answers"].as_array().expect("it is a list");
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["position"], answer["position"]);
    assert_eq!((&answers[1]["id"], &answers[1]["code"]), (&json!(7), &json!("invalid")));
    assert_eq!((&answers[2]["id"], &answers[2]["position"]), (&json!("x"), &json!(3)));
    let many = vec![ASKED; 10_001].join(",");
    let refused = served.post("/v1/orgs/default/checks", &format!(r#"{{"questions":[{many}]}}"#));
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_large"));
}

#[test]
fn a_stream_of_questions_is_answered_line_by_line_before_it_ends() {
    let served = Served::holding("demo");
    let mut connection = served.connect();
    let line = format!("{ASKED}\n\n");
    let head = "POST /v1/orgs/default/checks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.send(format!("{head}{:x}\r\n{line}\r\n", line.len()).as_bytes());
    let (status, _) = connection.head().expect("it answers before the body ends");
    assert_eq!(status, 200);
    let first = connection.chunk().expect("the first answer");
    assert!(first.starts_with(br#"{"decision":"#) && first.ends_with(b"\n"));
    connection.send(b"2\r\nx\n\r\n0\r\n\r\n");
    let second = String::from_utf8(connection.chunk().expect("the second answer")).expect("it is text");
    assert!(second.contains(r#""code":"invalid""#), "{second}");
    assert_eq!(connection.chunk(), None);
}

#[test]
fn who_has_seen_a_position_is_answered_no_earlier_than_there() {
    let served = Served::empty();
    let position = served.accepted(r#"{"command":{"appoint_org_admin":{"user":"judith"}}}"#).json()["position"].clone();
    let asked = r#"{"subject":"user:judith","action":"read","resource":"case:4711"}"#;
    let there = served.post(&format!("/v1/orgs/default/check?at_least={position}"), asked);
    assert_eq!((there.status, &there.json()["position"]), (200, &position));
    let beyond = served.post("/v1/orgs/default/check?at_least=1000", asked);
    assert_eq!((beyond.status, beyond.code().as_str()), (503, "behind"));
    assert_eq!((&beyond.json()["head"], &beyond.json()["at_least"]), (&position, &json!(1000)));
    assert_eq!(beyond.header("retry-after"), Some("1"));
}
