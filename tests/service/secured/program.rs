//! The program that serves TLS, as an operator starts it.

use super::fake_issuer::Signer;
use super::{Authority, over_tls};
use crate::http::Connection;
use crate::served::{Served, program};
use serde_json::json;
use std::path::Path;
use std::process::Output;
use std::time::SystemTime;
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let data = folder.path().join("data");
    program().arg("--data").arg(data).args(arguments).output().expect("the program starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a text")
}

#[test]
fn a_service_with_tls_listens_on_any_address_where_a_caller_is_known() {
    let authority = Authority::new();
    let files = authority.files();
    let (certificate, key) = (text(&files.certificate), text(&files.key));
    let folder = TempDir::new().expect("a temporary folder");
    let refused = run(&folder, &["serve", "--listen", "0.0.0.0:0", "--tls-cert", certificate, "--tls-key", key]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("would serve nobody") && said.contains("--callers"), "{said}");
    let issued = run(&folder, &["token", "issue", "desk", "--part", "audit"]);
    let token = String::from_utf8(issued.stdout).expect("it is text");
    let serving = Served::with(folder, &["--listen", "0.0.0.0:0", "--tls-cert", certificate, "--tls-key", key]);
    let bearer = format!("Bearer {}", token.trim());
    let mut connection = over_tls(serving.address, authority.client(None));
    assert_eq!(connection.ask("GET", "/v1/orgs", &[("authorization", &bearer)], "").status, 200);
    assert_eq!(connection.ask("GET", "/v1/orgs", &[], "").status, 401);
    let (status, _, _) = serving.stop();
    assert!(status.success());
}

#[test]
fn what_is_wrong_with_a_file_is_told_before_anything_is_served() {
    let authority = Authority::new();
    let files = authority.files();
    let (certificate, key) = (text(&files.certificate), text(&files.key));
    let ca = files.client_ca.expect("it has one");
    let callers = authority
        .write("callers.toml", "[[certificate]]\nname = \"desk\"\nparts = [\"check\"]\norganizations = [\"*\"]\n");
    let folder = TempDir::new().expect("a temporary folder");
    for (arguments, words) in [
        (vec!["--tls-cert", certificate], "--tls-key"),
        (vec!["--tls-cert", certificate, "--tls-key", "no-such.pem"], "no-such.pem"),
        (vec!["--tls-cert", certificate, "--tls-key", certificate], "holds no key without a password"),
        (vec!["--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", text(&ca)], "--callers"),
        (vec!["--callers", text(&callers)], "certificate of desk"),
    ] {
        let refused = run(&folder, &[&["serve", "--listen", "127.0.0.1:0"][..], &arguments].concat());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(2) && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn the_log_of_events_and_the_log_of_reads_say_whom_a_jwt_is_about_and_the_log_of_the_program_does_not() {
    let (authority, signer) = (Authority::new(), Signer::ed25519("only"));
    authority.write("keys.json", &json!({"keys": [signer.jwk()]}).to_string());
    let callers = authority.write(
        "callers.toml",
        r#"
        [[issuer]]
        issuer = "https://login.example"
        audience = "caseward"
        keys = "keys.json"
        [[issuer.allow]]
        parts = ["audit", "directory"]
        organizations = ["default"]
        "#,
    );
    let folder = TempDir::new().expect("a temporary folder");
    let serving = Served::with(folder, &["--log", "info", "--callers", text(&callers)]);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later").as_secs();
    let claims = json!({"iss": "https://login.example", "aud": "caseward", "sub": "ana-lovelace", "exp": now + 600});
    let bearer = format!("Bearer {}", signer.signs(&signer.header(), &claims));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let ask = |method: &str, path: &str, body: &str| serving.connect().ask(method, path, &headers, body);
    let command = r#"{"command":{"add_member":{"group":"g","member":"user:ben"}}}"#;
    assert_eq!(ask("POST", "/v1/orgs/default/commands", command).status, 200);
    assert_eq!(ask("GET", "/v1/orgs/default/rights?subject=user:ben&resource=organization", "").status, 200);
    assert_eq!(ask("GET", "/v1/orgs/default/status", "").status, 403);
    let socket = || Connection::to_socket(&serving.data().join("SOCKET"));
    let reads = socket().ask("GET", "/v1/orgs/default/reads", &[], "").json();
    let read = &reads["reads"][0];
    let (via, actor) = (json!("jwt:https://login.example#ana-lovelace"), json!("user:ana-lovelace"));
    assert_eq!((&read["by"], &read["actor"]), (&via, &actor), "{reads}");
    let (status, said, folder) = serving.stop();
    assert!(status.success() && said.contains("jwt:https://login.example"), "{said}");
    assert!(!said.contains("lovelace"), "{said}");
    let found =
        run(&folder, &["--output", "jsonl", "history", "group:g", "via:jwt:https://login.example#ana-lovelace"]);
    let event: serde_json::Value = serde_json::from_slice(&found.stdout).expect("one line of JSON");
    assert_eq!((&event["via"], &event["actor"]), (&via, &actor));
}
