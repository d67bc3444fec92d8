//! A clock that is not believed takes no command until an operator says that it is right.

use crate::cli_fixture::Desk;
use serde_json::json;
use std::fs;

const NOTED: &str =
    r#"{"told":null,"doubt":{"cause":"jumped","clock":"2024-06-01T00:00:00Z","expected":"2024-05-01T00:00:00Z"}}"#;

#[test]
fn a_jump_that_was_noted_takes_no_command_until_the_clock_is_accepted_and_everything_says_so() {
    let desk = Desk::holding("demo");
    fs::write(desk.data().join("CLOCK"), NOTED).expect("there is room");
    let grant = ["grant", "case:4711", "user:zoe", "--actor", "user:elif"];
    let told = "the clock jumped ahead to 2024-06-01T00:00:00Z, where 2024-05-01T00:00:00Z was due";
    let said = desk.ask(&grant);
    assert_eq!((said.status, said.out.as_str()), (6, ""), "{said:?}");
    assert!(said.err.contains(told) && said.err.contains("--accept-clock"), "{said:?}");
    for question in [&["check", "user:mike", "read", "case:4711"][..], &["status"], &["doctor"]] {
        let said = desk.ask(question);
        assert!([0, 1].contains(&said.status), "{said:?}");
        assert!(said.err.contains(told), "{question:?}: {said:?}");
    }
    let status = desk.ask(&["status", "--output", "json"]).out;
    let doubt = json!({"cause": "jumped", "clock": "2024-06-01T00:00:00Z", "expected": "2024-05-01T00:00:00Z"});
    let status: serde_json::Value = serde_json::from_str(&status).expect("it is JSON");
    assert_eq!(status["clock_in_doubt"], doubt);
    let accepted = desk.ask(&[&grant[..], &["--accept-clock"]].concat());
    assert_eq!(accepted.status, 0, "{accepted:?}");
    let said = desk.ask(&["revoke", "case:4711", "user:zoe", "--actor", "user:elif"]);
    assert_eq!((said.status, said.err.contains("clock")), (0, false), "{said:?}");
}
