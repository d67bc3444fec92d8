//! A page in a browser gets nothing from a service on its own machine that lets in whoever is there.

use crate::http::Connection;
use crate::served::{Served, program};
use std::net::SocketAddr;

const COMMANDS: &str = "/v1/orgs/default/commands";
const COMMAND: &str = r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#;

/// Asks with these headers alone; the status, and the code of a problem.
fn asked(address: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, Option<String>) {
    let mut connection = Connection::to(address);
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    connection.send(format!("{method} {path} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}").as_bytes());
    let response = connection.response().expect("there is a response");
    (response.status, (response.status >= 400).then(|| response.code()))
}

#[test]
fn a_name_that_leads_here_by_a_trick_is_not_answered() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let served = Served::with(folder, &["--public-url", "https://caseward.example.org"]);
    let status = "/v1/orgs/default/status";
    let wrong = (421, Some("wrong_host".to_owned()));
    for host in
        ["rebind.attacker.test", "rebind.attacker.test:7557", "localhost.attacker.test", "127.0.0.1.attacker.test", ""]
    {
        let host = format!("host: {host}");
        assert_eq!(asked(served.address, "GET", status, &[&host], ""), wrong, "{host}");
        assert_eq!(asked(served.address, "POST", COMMANDS, &[&host], COMMAND), wrong, "{host}");
        assert_eq!(asked(served.address, "GET", "/metrics", &[&host], ""), wrong, "{host}");
    }
    for host in ["127.0.0.1", "127.0.0.1:7557", "[::1]:7557", "localhost", "LOCALHOST:80", "caseward.example.org"] {
        assert_eq!(asked(served.address, "GET", status, &[&format!("host: {host}")], "").0, 200, "{host}");
    }
    // An absolute address counts as well as the header.
    let absolute = format!("http://rebind.attacker.test{status}");
    assert_eq!(asked(served.address, "GET", &absolute, &["host: localhost"], ""), wrong);
    // Whoever has a token is known by it.
    let issued =
        program().arg("--data").arg(served.data()).args(["token", "issue", "ops", "--part", "operate"]).output();
    let token = String::from_utf8(issued.expect("the program starts").stdout).expect("text");
    let bearer = format!("authorization: Bearer {}", token.trim());
    assert_eq!(asked(served.address, "GET", status, &["host: behind.a.proxy.test", &bearer], "").0, 200);
}

#[test]
fn a_page_of_another_origin_changes_nothing_and_curl_is_taken_as_it_stands() {
    let served = Served::empty();
    let at = served.address;
    let (host, own) = (format!("host: {at}"), format!("origin: http://{at}"));
    let refused = (403, Some("cross_site".to_owned()));
    for from in [
        "origin: https://attacker.test",
        "origin: http://localhost:3000",
        "origin: null",
        "sec-fetch-site: cross-site",
        "sec-fetch-site: same-site",
    ] {
        // What a page can send without asking first.
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
            let kind = format!("content-type: {kind}");
            assert_eq!(asked(at, "POST", COMMANDS, &[&host, from, &kind], COMMAND), refused, "{from} {kind}");
        }
        assert_eq!(asked(at, "POST", "/v1/verification", &[&host, from], ""), refused, "{from}");
        // Nobody but the page of the answer reads it, and nothing changes.
        assert_eq!(asked(at, "GET", "/v1/orgs/default/status", &[&host, from], "").0, 200, "{from}");
    }
    assert_eq!(served.get("/v1/orgs/default/status").json()["head"], 0, "nothing was taken");
    let taken = [
        &[host.as_str(), "content-type: application/x-www-form-urlencoded"][..],
        &[&host],
        &[],
        &[&host, &own, "sec-fetch-site: same-origin"],
        &[&host, "sec-fetch-site: none"],
    ];
    for (number, headers) in taken.into_iter().enumerate() {
        let command = COMMAND.replace("user:a", &format!("user:{number}"));
        assert_eq!(asked(at, "POST", COMMANDS, headers, &command).0, 200, "{headers:?}");
    }
}
