//! Every path against every kind of caller, as a text that a reviewer reads as a difference.

use super::{Desk, id};
use crate::http::{Connection, request};
use crate::secured::fake_issuer::Signer;
use crate::secured::{self, Authority, Pair, over_tls};
use caseward::events::Timestamp;
use caseward::service::{Served, served};
use serde_json::json;
use std::fs;
use std::path::Path;

/// Who is known without a token of ours.
const OTHERS: &str = r#"
    [[certificate]]
    dns = "operator.internal"
    name = "operator"
    parts = ["operate"]
    organizations = ["default"]

    [[issuer]]
    issuer = "https://login.example"
    audience = "caseward"
    keys = "keys.json"

    [[issuer.allow]]
    parts = ["audit"]
    organizations = ["default"]
"#;

/// What is presented over TLS.
enum Presents {
    /// In a header; nothing, where it is empty.
    Text(String),
    Certificate(Pair),
}

fn jwt(signer: &Signer) -> String {
    let end = "2026-03-01T15:00:00Z".parse::<Timestamp>().expect("an instant").as_micros() / 1_000_000;
    let claims = json!({"iss": "https://login.example", "aud": "caseward", "sub": "ana", "exp": end});
    format!("Bearer {}", signer.signs(&signer.header(), &claims))
}

/// Every kind of caller, with what it presents over TLS; none: over the socket, with nothing.
fn callers(desk: &Desk, authority: &Authority, signer: &Signer) -> Vec<(&'static str, Option<Presents>)> {
    let of = |name: &str, more| Some(format!("Bearer {}", desk.token(name, &[name], more)));
    let withdrawn = desk.token("withdrawn", &["admin"], json!({}));
    let ended = desk.token("ended", &["admin"], json!({"valid_until": "2026-03-01T13:00:00Z"}));
    desk.withdraw(&withdrawn);
    let all = ["check", "audit", "produce", "directory", "operate", "admin"];
    let foreign = desk.token("foreign", &all, json!({"organizations": ["north"]}));
    let mut callers = vec![
        ("nothing", Some(String::new())),
        ("wrong", Some(format!("Bearer {}", desk.token("x", &["admin"], json!({})).replace("cw_", "cw-")))),
        ("ended", Some(format!("Bearer {ended}"))),
        ("withdrawn", Some(format!("Bearer {withdrawn}"))),
    ];
    callers.extend(all.map(|name| (name, of(name, json!({})))));
    callers.push(("admin *", of("admin", json!({"organizations": ["*"]}))));
    let about = desk.token("about", &["check"], json!({"about": "user:ana"}));
    callers.push(("about ana", Some(format!("Bearer {about}"))));
    callers.push(("foreign", Some(format!("Bearer {foreign}"))));
    callers.push(("jwt audit", Some(jwt(signer))));
    let mut callers: Vec<_> = callers.into_iter().map(|(name, text)| (name, text.map(Presents::Text))).collect();
    callers.push(("mtls oper", Some(Presents::Certificate(authority.signs("operator.internal")))));
    callers.push(("mtls none", Some(Presents::Certificate(authority.signs("other.internal")))));
    callers.push(("socket", None));
    callers
}

/// What is asked of a path. A path that is new has none yet, and the test says so.
fn sample(desk: &Desk, served: &Served, number: usize) -> (String, String) {
    let path = served.path.replace("{org}", "default");
    let asked = r#"{"subject":"user:ana","action":"read","resource":"case:1"}"#;
    match (served.method.as_str(), served.path) {
        ("GET", "/v1/orgs/{org}/rights") => (format!("{path}?subject=user:ana&resource=case:1"), String::new()),
        ("GET", "/v1/orgs/{org}/proofs/{position}") => (path.replace("{position}", "1"), String::new()),
        ("GET", "/v1/orgs/{org}/proofs/decision") => {
            (format!("{path}?subject=user:ana&action=read&resource=case:1"), String::new())
        }
        ("GET", "/v1/orgs/{org}/who") => (format!("{path}?action=administer&resource=organization"), String::new()),
        ("GET", "/v1/orgs/{org}/what") => (format!("{path}?subject=user:ana&action=read"), String::new()),
        ("GET", "/v1/orgs/{org}/explain" | "/v1/orgs/{org}/access") => {
            (format!("{path}?subject=user:ana&action=read&resource=case:1"), String::new())
        }
        ("GET", "/v1/orgs/{org}/timeline") => (format!("{path}?resource=organization"), String::new()),
        ("GET", "/v1/orgs/{org}/diff") => (format!("{path}?of=organization&from=0"), String::new()),
        ("GET", "/v1/orgs/{org}/history") => (format!("{path}?of=organization"), String::new()),
        // What would begin one would be refused to the next caller while it goes on.
        ("POST", "/v1/orgs/{org}/rebuilds") => (path, r#"{"projection":"none"}"#.to_owned()),
        ("POST", "/v1/orgs/{org}/rebuilds/{run}/{step}") => {
            (path.replace("{run}", "1").replace("{step}", "pause"), String::new())
        }
        (_, path) if path.ends_with("/{run}") => {
            (path.replace("{org}", "default").replace("{run}", "1"), String::new())
        }
        ("POST", "/v1/backups" | "/v1/verification")
        | ("DELETE", "/v1/orgs/{org}/rebuilds" | "/v1/orgs/{org}/generations") => (path, String::new()),
        ("POST", "/v1/orgs") => (path, format!(r#"{{"organization":"new-{number}"}}"#)),
        ("POST", "/v1/orgs/{org}/names") => (path, r#"{"of":["user:ana"]}"#.to_owned()),
        ("POST", "/v1/orgs/{org}/check") => (path, asked.to_owned()),
        ("POST", "/v1/orgs/{org}/checks") => (path, format!(r#"{{"questions":[{asked}]}}"#)),
        ("POST", "/v1/orgs/{org}/commands") => (path, r#"{"commands":[]}"#.to_owned()),
        ("POST", path) if path.contains("/access/v1/") => {
            let asked = r#"{"subject":{"type":"user","id":"ana"},"action":{"name":"read"},"resource":{"type":"case","id":"1"}}"#;
            (served.path.replace("{org}", "default"), asked.to_owned())
        }
        // It is for the owner of the socket, who calls it with frames: without any it is not a call.
        ("POST", "/v1/verbs") => (path, String::new()),
        ("POST", "/v1/tokens") => (path, r#"{"name":"n","parts":["check"],"organizations":["default"]}"#.to_owned()),
        ("DELETE", "/v1/tokens/{token}") => {
            let token = desk.token("leaving", &["check"], json!({}));
            (path.replace("{token}", id(&token)), String::new())
        }
        ("GET", _) => (path, String::new()),
        (method, path) => panic!("say here what `{method} {path}` is asked"),
    }
}

#[test]
fn every_path_lets_in_whom_its_parts_let_in_and_nobody_else() {
    let (authority, signer) = (Authority::new(), Signer::ed25519("only"));
    authority.write("keys.json", &json!({"keys": [signer.jwk()]}).to_string());
    let desk = secured::desk(&authority, OTHERS);
    let callers = callers(&desk, &authority, &signer);
    desk.at("2026-03-01T14:00:00Z");
    let mut text = String::new();
    let names: String = callers.iter().map(|(name, _)| format!(" {name:>9}")).collect();
    text.push_str(&format!("{:56}{names}\n", ""));
    for (row, served) in served().iter().enumerate() {
        text.push_str(&format!("{:56}", format!("{} {}", served.method, served.path)));
        for (column, (_, presents)) in callers.iter().enumerate() {
            let (path, body) = sample(&desk, served, row * callers.len() + column);
            let over = |own| over_tls(desk.address(), authority.client(own));
            let (mut connection, presents): (Connection, _) = match presents {
                None => (desk.socket(), ""),
                Some(Presents::Text(text)) => (over(None), text.as_str()),
                Some(Presents::Certificate(own)) => (over(Some(own)), ""),
            };
            let headers = [("content-type", "application/json"), ("authorization", presents)];
            let headers = if presents.is_empty() { &headers[..1] } else { &headers[..] };
            connection.send(request(&served.method, &path, headers, &body).as_bytes());
            let (status, _) = connection.head().expect("it answers");
            text.push_str(&format!(" {status:>9}"));
        }
        text.push('\n');
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/callers.txt");
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).expect("it can be written");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(text, expected, "CASEWARD_BLESS=1 writes what is so now");
}
