//! The access log: a line a request, without personal data but where somebody asks for it.

use crate::http::Connection;
use crate::served::Served;
use serde_json::Value;
use tempfile::TempDir;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What is logged of some requests with these arguments, and of which token.
fn logged(arguments: &[&str]) -> (Vec<Value>, String) {
    let served = Served::with(TempDir::new().expect("a temporary folder"), arguments);
    let new = r#"{"name":"desk","parts":["audit"],"organizations":["default"]}"#;
    let token = served.post("/v1/tokens", new).json()["token"].as_str().expect("it is issued").to_owned();
    let bearer = format!("Bearer {token}");
    let ask = |path: &str, headers: &[(&str, &str)]| {
        Connection::to(served.address).ask("GET", path, headers, "");
    };
    let rights = "/v1/orgs/default/rights?subject=user:ana&resource=case:4711";
    ask(rights, &[("authorization", &bearer), ("x-request-id", "r-1"), ("traceparent", TRACE)]);
    ask(rights, &[("x-request-id", "mail me: ana@example.org"), ("traceparent", "00-0-0-0")]);
    ask("/nowhere/user:ana", &[]);
    let (_, said, _) = served.stop();
    let lines = said.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).expect(line));
    let id = token.split('_').nth(1).expect("it holds its id").to_owned();
    assert!(!said.contains(&token), "{said}");
    (lines.filter(|line: &Value| line["target"] == "access").collect(), id)
}

#[test]
fn a_line_of_the_access_log_says_what_was_asked_and_by_which_token_and_nothing_of_people() {
    let (lines, id) = logged(&["--access-log", "--log-format", "json"]);
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let known = &lines[1];
    for (field, value) in [
        ("method", "GET"),
        ("path", "/v1/orgs/{org}/rights"),
        ("caller", &format!("token:{id}")),
        ("request_id", "r-1"),
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("parent_id", "00f067aa0ba902b7"),
    ] {
        assert_eq!(known[field], value, "{known:#}");
    }
    assert_eq!((&known["status"], &known["sampled"]), (&200.into(), &true.into()));
    assert!(known["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{known:#}");
    let unknown = &lines[2];
    assert_eq!(unknown["status"], 401);
    for field in ["caller", "request_id", "trace_id", "sampled"] {
        assert_eq!(unknown[field], Value::Null, "{field}: {unknown:#}");
    }
    assert_eq!((&lines[3]["path"], &lines[3]["status"]), (&"other".into(), &404.into()));
    for telling in ["ana", "4711", "127.0.0.1", "default"] {
        assert!(lines.iter().all(|line| !line.to_string().contains(telling)), "{telling}: {lines:#?}");
    }
}

#[test]
fn the_full_access_log_has_the_path_as_it_came_and_the_address() {
    let (lines, _) = logged(&["--access-log=full", "--log-format", "json"]);
    assert_eq!(lines[1]["asked"], "/v1/orgs/default/rights?subject=user:ana&resource=case:4711");
    assert_eq!((&lines[1]["from"], &lines[3]["asked"]), (&"127.0.0.1".into(), &"/nowhere/user:ana".into()));
}

#[test]
fn nothing_is_logged_of_requests_unless_somebody_asks_for_it() {
    let (lines, _) = logged(&["--log-format", "json"]);
    assert_eq!(lines, Vec::<Value>::new());
}
