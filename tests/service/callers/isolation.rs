//! What is another's reads as what never was, on every path: the same bytes, the same headers.

use super::{Desk, id, told};
use crate::http::Response;
use caseward::service::served;
use serde_json::json;

const ALL: [&str; 6] = ["check", "audit", "produce", "directory", "operate", "admin"];

/// A desk where `north` holds a case and a token, and the token of somebody who has every part in `default` alone.
fn desk() -> (Desk, String, String) {
    let desk = Desk::open();
    let appointed = json!({"id": "a", "command": {"appoint_org_admin": {"user": "judith"}}});
    let made = json!({"actor": "user:judith", "command": {"create_definition": {"definition": "d"}}});
    desk.apply("north", &[appointed, made]);
    let theirs = desk.token("theirs", &ALL, json!({"organizations": ["north"]}));
    let mine = desk.token("mine", &ALL, json!({}));
    (desk, theirs, mine)
}

#[test]
fn an_organization_of_others_reads_as_one_that_never_was_on_every_path() {
    let (desk, _, mine) = desk();
    let mut paths: u64 = 0;
    for served in served().iter().filter(|served| served.path.contains("{org}")) {
        let ask = |organization: &str, body: &str, query: &str| {
            let path = served.path.replace("{org}", organization) + query;
            told(desk.ask(&mine, &served.method, &path, body))
        };
        for (query, body) in [
            ("", ""),
            ("", r#"{"id":"a","command":{"appoint_org_admin":{"user":"judith"}}}"#),
            ("", r#"{"subject":"user:judith","action":"read","resource":"definition:d"}"#),
            ("?subject=user:judith&resource=definition:d", ""),
            ("?at_least=1", ""),
            ("?after=1", ""),
            ("?nonsense=1", "{"),
        ] {
            let (theirs, never) = (ask("north", body, query), ask("never", body, query));
            assert_eq!(theirs, never, "{} {} {query}", served.method, served.path);
            assert_eq!(theirs.0, 404);
            // What is open to everybody refuses nobody.
            paths += u64::from(!served.parts.is_empty());
        }
    }
    assert!(paths >= 7 * 6, "every path of an organization was asked: {paths}");
    assert_eq!(desk.refused().not_found, 2 * paths);
}

#[test]
fn a_part_that_is_missing_says_nothing_of_an_organization_of_others_either() {
    let (desk, _, _) = desk();
    let only = desk.token("only", &["check"], json!({}));
    let ask = |organization: &str| told(desk.ask(&only, "GET", &format!("/v1/orgs/{organization}/status"), ""));
    assert_eq!(ask("north"), ask("never"));
    assert_eq!((ask("north").0, ask("default").0), (404, 403));
}

#[test]
fn an_admin_of_one_organization_learns_nothing_of_another_by_its_name_or_its_tokens() {
    let (desk, theirs, mine) = desk();
    let made = |name: &str| desk.ask(&mine, "POST", "/v1/orgs", &json!({"organization": name}).to_string());
    let refused = |response: Response| {
        assert_eq!((response.status, response.code().as_str()), (403, "forbidden"));
        told(response)
    };
    assert_eq!(refused(made("north")), refused(made("never")));
    let issued = |name: &str| {
        let new = json!({"name": "n", "parts": ["check"], "organizations": [name]});
        desk.ask(&mine, "POST", "/v1/tokens", &new.to_string())
    };
    assert_eq!(refused(issued("north")), refused(issued("never")));
    assert_eq!(refused(issued("*")), refused(issued("never")));
    let withdrawn = |id: &str| told(desk.ask(&mine, "DELETE", &format!("/v1/tokens/{id}"), ""));
    assert_eq!(withdrawn(id(&theirs)), withdrawn("AAAAAAAAAAAA"));
    assert_eq!(withdrawn(id(&theirs)), withdrawn("no-id"));
    assert_eq!(desk.ask(&theirs, "GET", "/v1/orgs/north/status", "").status, 200, "it was not withdrawn");
    for path in ["/v1/orgs", "/v1/tokens"] {
        let listed = desk.ask(&mine, "GET", path, "");
        assert!(listed.status == 200 && !listed.body.contains("north"), "{listed:?}");
    }
}

#[test]
fn the_same_id_in_two_organizations_is_two_commands() {
    let (desk, theirs, mine) = desk();
    let command = r#"{"id":"same","command":{"add_member":{"group":"g","member":"user:m"}}}"#;
    let sent = |token: &str, name: &str| desk.ask(token, "POST", &format!("/v1/orgs/{name}/commands"), command).json();
    let (one, other) = (sent(&mine, "default"), sent(&theirs, "north"));
    assert_eq!((&one["status"], &other["status"]), (&json!("accepted"), &json!("accepted")), "{one} {other}");
    assert!(one["replayed"].is_null() && other["replayed"].is_null(), "{one} {other}");
}
