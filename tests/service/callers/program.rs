//! Tokens as whoever runs the program meets them: issued on the data directory, listed, withdrawn, and never in a log.

use crate::served::{Served, program};
use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program().arg("--data").arg(folder.path().join("data")).args(arguments).output();
    let output = output.expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_token_is_printed_once_lets_in_until_it_is_withdrawn_and_is_never_logged() {
    let folder = TempDir::new().expect("a temporary folder");
    let parts = ["--part", "audit", "--part", "directory", "--part", "admin"];
    let issue = [&["token", "issue", "desk", "--actor", "user:judith"][..], &parts].concat();
    let (status, token, said) = run(&folder, &issue);
    let token = token.trim_end().to_owned();
    assert!(status == Some(0) && token.starts_with("cw_") && !said.contains(&token), "{said}");
    let (_, listed, _) = run(&folder, &["token", "list"]);
    let id = token.split('_').nth(1).expect("it holds its id").to_owned();
    assert!(listed.starts_with(&id) && listed.contains("by user:judith") && !listed.contains(&token), "{listed}");
    let served = Served::over(folder);
    assert_eq!(served.get("/v1/orgs").status, 401, "loopback needs one, too");
    let authorization = format!("Bearer {token}");
    let ask = |token: &str| served.connect().ask("GET", "/v1/orgs", &[("authorization", token)], "").status;
    assert_eq!((ask(&authorization), ask(&format!("{authorization}x"))), (200, 401));
    let headers = [("authorization", authorization.as_str())];
    for command in [
        r#"{"command":{"add_member":{"group":"g","member":"user:m"}}}"#,
        r#"{"command":{"appoint_org_admin":{"user":"m"}}}"#,
    ] {
        let sent = served.connect().ask("POST", "/v1/orgs/default/commands", &headers, command);
        assert_eq!(sent.status, 200, "{sent:?}");
    }
    let (status, said, folder) = served.stop();
    assert!(status.success());
    assert!(said.contains("a caller was refused") && said.contains("2 unknown"), "{said}");
    let secret = token.split('_').nth(2).expect("it holds a secret");
    assert!(!said.contains(secret), "{said}");
    let (_, history, _) = run(&folder, &["history", "group:g"]);
    assert!(history.contains(&format!("system:desk (through token:{id}) added user:m")), "{history}");
    let (_, csv, _) = run(&folder, &["export", "--format", "csv"]);
    assert!(csv.contains(&format!("system:desk,token:{id},")), "{csv}");
    let (_, told, _) = run(&folder, &["--output", "jsonl", "history", "group:g"]);
    let told: Value = serde_json::from_str(told.lines().next().expect("an event")).expect("it is JSON");
    assert_eq!(told["via"], format!("token:{id}"));
    let through =
        |query: &str| run(&folder, &["--output", "jsonl", "history", "organization", query]).1.lines().count();
    assert_eq!((through(&format!("via:{id}")), through(&format!("-via:token:{id}"))), (2, 0));
    let (_, explained, _) = run(&folder, &["explain", "user:m", "administer", "organization"]);
    let words: Vec<_> = explained.split_whitespace().collect();
    assert!(words.join(" ").contains(&format!("system:desk (through token:{id}) appointed user:m")), "{explained}");
    let report = folder.path().join("report.html");
    let html = report.to_str().expect("a text");
    assert_eq!(run(&folder, &["report", "organization", "--html", html]).0, Some(0));
    let report = std::fs::read_to_string(&report).expect("it was written");
    assert!(report.contains(&format!("system:desk (through token:{id})")), "the report names the token");
    assert_eq!(run(&folder, &["history", "organization", "via:hr"]).0, Some(2));
    assert_eq!(run(&folder, &["token", "withdraw", &id]).0, Some(0));
    assert_eq!(run(&folder, &["token", "withdraw", "AAAAAAAAAAAA"]).0, Some(3));
    assert!(run(&folder, &["token", "list"]).1.contains("withdrawn"));
    assert_eq!(run(&folder, &["verify", "-q"]).0, Some(0), "its events are part of what is verified");
}

#[test]
fn nothing_beyond_this_machine_is_served_in_clear_unasked_nor_to_nobody() {
    let folder = TempDir::new().expect("a temporary folder");
    let (status, _, said) = run(&folder, &["serve", "--listen", "0.0.0.0:0", "--insecure-http"]);
    assert!(status == Some(2) && said.contains("there is no token that counts"), "{said}");
    let (_, token, _) = run(&folder, &["token", "issue", "desk", "--part", "check"]);
    let (status, _, said) = run(&folder, &["serve", "--listen", "0.0.0.0:0"]);
    assert!(status == Some(2) && said.contains("pass on the network in clear"), "{said}");
    let id = token.split('_').nth(1).expect("it holds its id");
    assert_eq!(run(&folder, &["token", "withdraw", id]).0, Some(0));
    let (status, _, said) = run(&folder, &["serve", "--listen", "0.0.0.0:0", "--insecure-http"]);
    assert!(status == Some(2) && said.contains("there is no token that counts"), "{said}");
}
