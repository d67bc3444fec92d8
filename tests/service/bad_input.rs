//! What is not a request, or too much of one, is answered with a problem, and costs nobody else anything.

use crate::http::{Connection, request};
use crate::served::Served;

const CHECK: &str = "/v1/orgs/default/check";
const ASKED: &str = r#"{"subject":"user:ana","action":"read","resource":"case:4711"}"#;

/// That the service answers others as ever.
fn serves(served: &Served) {
    assert_eq!(served.post(CHECK, ASKED).status, 200);
}

#[test]
fn what_is_wrong_with_a_request_has_a_code_and_never_a_500() {
    let served = Served::holding("demo");
    let page = served.get("/problems").body;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (method, path, body, status, code) in [
        ("POST", CHECK, "", 400, "invalid"),
        ("POST", CHECK, "{", 400, "invalid"),
        ("POST", CHECK, "[]", 400, "invalid"),
        ("POST", CHECK, deep.as_str(), 400, "invalid"),
        ("POST", CHECK, r#"{"subject":"user:a","subject":"user:b"}"#, 400, "invalid"),
        ("POST", CHECK, r#"{"subject":"user:a","action":"fly","resource":"case:1"}"#, 400, "invalid"),
        ("POST", "/v1/orgs/default/check?as_of=99999", ASKED, 400, "invalid"),
        ("POST", "/v1/orgs/default/check?as_of=tomorrow", ASKED, 400, "invalid"),
        ("POST", "/v1/orgs/default/check?as-of=1", ASKED, 400, "invalid"),
        ("POST", "/v1/orgs/default/check?as_of=1&as_of=2", ASKED, 400, "invalid"),
        ("POST", "/v1/orgs/default/check?as_of=%ff", ASKED, 400, "invalid"),
        ("GET", "/v1/orgs/default/rights?subject=user:ana", "", 400, "invalid"),
        ("POST", "/v1/orgs/other/check", ASKED, 404, "not_found"),
        ("POST", "/v1/orgs/NOT%20A%20NAME/check", ASKED, 404, "not_found"),
        ("POST", "/v1/orgs/default/nothing", ASKED, 404, "not_found"),
        ("GET", "/nothing", "", 404, "not_found"),
        ("PUT", CHECK, ASKED, 405, "method_not_allowed"),
        ("POST", "/v1/orgs", r#"{"organization":"Not A Name"}"#, 400, "invalid"),
    ] {
        let answer = served.connect().ask(method, path, &[("x-request-id", "r-7")], body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path} {body:.60}");
        assert_eq!(answer.json()["type"], format!("/problems#{code}"));
        assert!(page.contains(&format!("`{code}`")), "the type of the problem leads to what it means");
        assert_eq!(answer.header("x-request-id"), Some("r-7"), "the id goes back on errors too");
    }
    let text = |bytes: &[u8]| {
        [request("POST", CHECK, &[], "").replace("length: 0", &format!("length: {}", bytes.len())).as_bytes(), bytes]
            .concat()
    };
    let mut connection = served.connect();
    connection.send(&text(b"{\"subject\":\"user:\xff\"}"));
    assert_eq!(connection.response().expect("an answer").code(), "invalid");
    serves(&served);
}

/// What text may begin with, and what is none, on every path that takes a body: as a whole and in lines.
#[test]
fn a_mark_in_front_costs_nothing_and_what_is_no_text_is_named() {
    let served = Served::holding("demo");
    const COMMANDS: &str = "/v1/orgs/default/commands";
    let command = r#"{"command":{"set_label":{"ref":"user:ana","label":"A"}}}"#;
    let evaluation =
        r#"{"subject":{"type":"user","id":"ana"},"action":{"name":"read"},"resource":{"type":"case","id":"4711"}}"#;
    let marked = |text: &str| format!("\u{feff}{text}");
    for (path, body) in [
        (CHECK, marked(ASKED)),
        ("/v1/orgs/default/checks", marked(&format!("{{\"questions\":[{ASKED}]}}"))),
        (COMMANDS, marked(command)),
        ("/v1/orgs/default/names", marked(r#"{"of":["user:ana"]}"#)),
        ("/access/v1/evaluation", marked(evaluation)),
        ("/v1/orgs", marked(r#"{"organization":"new"}"#)),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = served.connect().ask("POST", path, &headers, &body);
        assert!(answer.status / 100 == 2, "{path}: {answer:?}");
    }
    let lines = [("content-type", "application/x-ndjson")];
    let files = format!("{}\n{}\n", marked(command), marked(command));
    let answer = served.connect().ask("POST", COMMANDS, &lines, &files);
    let taken = answer.body.lines().filter(|line| line.contains(r#""status":"accepted""#)).count();
    assert_eq!(taken, 2, "{}", answer.body);
    let answer = served.connect().ask("POST", "/v1/orgs/default/checks", &lines, &marked(ASKED));
    assert!(answer.body.starts_with(r#"{"decision":"#), "{}", answer.body);
    for (path, headers) in [(CHECK, &[][..]), (COMMANDS, &[]), (COMMANDS, &lines), ("/v1/orgs/default/checks", &lines)]
    {
        let answer = served.connect().ask("POST", path, headers, "PK\u{3}\u{4}\u{14}\n{}\n{}\n");
        assert!(answer.body.contains("this is a ZIP archive") && answer.body.contains("unzip"), "{path}: {answer:?}");
        assert_eq!(answer.body.trim_end().lines().count(), 1, "nothing behind it is read: {answer:?}");
    }
}

#[test]
fn an_organization_that_is_not_there_reads_as_a_path_that_is_not_there() {
    let served = Served::empty();
    let (organization, path) = (served.post("/v1/orgs/other/check", ASKED), served.get("/v1/nothing"));
    assert_eq!((organization.status, organization.body), (path.status, path.body));
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let served = Served::holding("demo");
    let mut connection = served.connect();
    connection.send(
        format!("POST {CHECK} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", 1_u64 << 30).as_bytes(),
    );
    let answer = connection.response().expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    // And one that does not say how large it is, once it has become so.
    let mut connection = served.connect();
    connection
        .send(format!("POST {CHECK} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes());
    let piece = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    for _ in 0..32 {
        if connection.try_send(&piece).is_err() {
            break;
        }
    }
    // The connection may be closed under what is still being sent.
    if let Some(answer) = connection.response() {
        assert_eq!(answer.status, 413);
    }
    serves(&served);
}

#[test]
fn headers_without_end_are_refused() {
    let served = Served::holding("demo");
    for headers in [
        (0..10_000).map(|number| format!("x-{number}: 1\r\n")).collect::<String>(),
        format!("x: {}\r\n", "y".repeat(1 << 20)),
    ] {
        let mut connection = served.connect();
        let _ = connection.try_send(format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes());
        if let Some((status, _)) = connection.head() {
            assert_eq!(status, 431);
        }
    }
    let mut connection = served.connect();
    connection.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n");
    assert_eq!(connection.head().map(|(status, _)| status), Some(400));
    serves(&served);
}

#[test]
fn a_client_that_goes_away_takes_nothing_back_and_nothing_with_it() {
    let served = Served::empty();
    let command = r#"{"id":"gone","command":{"appoint_org_admin":{"user":"judith"}}}"#;
    let mut connection = served.connect();
    connection.send(request("POST", "/v1/orgs/default/commands", &[], command).as_bytes());
    drop(connection);
    let again = loop {
        let again = served.accepted(command).json();
        // It may come first, or answer as the one before.
        if again["replayed"] == true {
            break again;
        }
    };
    assert_eq!(again["position"], 1);
}

#[test]
fn thousands_of_idle_connections_keep_nobody_out() {
    let served = Served::holding("demo");
    let idle: Vec<Connection> = (0..400).map(|_| served.connect()).collect();
    serves(&served);
    drop(idle);
    serves(&served);
}
