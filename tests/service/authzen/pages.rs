//! Pages of searches: all of one position, a token for its own search, and a limit that may be 0.

use super::{answer, ask, serving};
use crate::served::Served;
use serde_json::{Value, json};

fn search(kind: &str) -> Value {
    match kind {
        "subject" => {
            json!({"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "record", "id": "101"}})
        }
        "resource" => {
            json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "view"}, "resource": {"type": "record"}})
        }
        _ => json!({"subject": {"type": "user", "id": "alice"}, "resource": {"type": "record", "id": "101"}}),
    }
}

fn page(served: &Served, kind: &str, page: Value) -> Value {
    let mut body = search(kind);
    body["page"] = page;
    let response = ask(served, &format!("search/{kind}"), &body.to_string());
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// Every result, page by page.
fn all(served: &Served, kind: &str, limit: usize, between: impl Fn()) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut asked = json!({"limit": limit});
        if let Some(token) = &token {
            asked["token"] = json!(token);
        }
        let answer = page(served, kind, asked);
        let results = answer["results"].as_array().expect("a list");
        assert!(results.len() <= limit);
        found.extend(results.clone());
        match answer["page"]["next_token"].as_str().expect("each page names the next") {
            "" => return found,
            next => token = Some(next.to_owned()),
        }
        between();
    }
}

#[test]
fn pages_make_the_whole_of_where_the_first_was_asked_whatever_is_recorded_meanwhile() {
    let served = serving("search");
    for kind in ["subject", "resource", "action"] {
        let whole = ask(&served, &format!("search/{kind}"), &search(kind).to_string()).json();
        assert!(whole.get("page").is_none(), "nobody asked for pages");
        let revoke = || {
            let command =
                r#"{"actor":"system:seed","command":{"revoke":{"on":"definition:record","to":"group:managers"}}}"#;
            served.post("/v1/orgs/default/commands", command);
            let command = r#"{"actor":"system:seed","command":{"revoke":{"on":"case:101","to":"user:alice"}}}"#;
            served.post("/v1/orgs/default/commands", command);
        };
        assert_eq!(json!(all(&served, kind, 2, revoke)), whole["results"], "{kind}");
        served.accepted(r#"{"actor":"system:seed","command":{"grant":{"on":"definition:record","to":"group:managers","access":"read"}}}"#);
        served.accepted(
            r#"{"actor":"system:seed","command":{"grant":{"on":"case:101","to":"user:alice","access":"write"}}}"#,
        );
        assert_eq!(json!(all(&served, kind, 1, || ())), whole["results"], "{kind}");
    }
}

#[test]
fn a_token_goes_on_with_its_own_search_and_no_other() {
    let served = serving("search");
    let first = page(&served, "resource", json!({"limit": 2}));
    let token = first["page"]["next_token"].clone();
    for (kind, changed) in [
        ("resource", json!({"limit": 3, "token": token})),
        ("subject", json!({"limit": 2, "token": token})),
        ("resource", json!({"limit": 2, "token": "no token"})),
        ("resource", json!({"limit": 2, "token": 7})),
        ("resource", json!({"limit": -1})),
        ("resource", json!({"limit": 1.5})),
    ] {
        let mut body = search(kind);
        body["page"] = changed.clone();
        assert_eq!(ask(&served, &format!("search/{kind}"), &body.to_string()).status, 400, "{changed}");
    }
    let mut other = search("resource");
    (other["page"], other["subject"]["id"]) = (json!({"limit": 2, "token": token}), json!("bob"));
    assert_eq!(ask(&served, "search/resource", &other.to_string()).status, 400);
    // The id that is ignored is no part of what must stay the same.
    let mut same = search("resource");
    (same["page"], same["resource"]["id"]) = (json!({"limit": 2, "token": token}), json!("105"));
    assert_eq!(ask(&served, "search/resource", &same.to_string()).status, 200);
}

#[test]
fn a_limit_of_0_gives_nothing_and_goes_on_where_it_stood_and_one_that_is_too_large_is_cut() {
    let served = serving("search");
    for kind in ["subject", "resource", "action"] {
        let none = page(&served, kind, json!({"limit": 0}));
        assert_eq!(none["results"], json!([]));
        let token = none["page"]["next_token"].clone();
        let again = page(&served, kind, json!({"limit": 0, "token": token}));
        assert_eq!((&again["results"], &again["page"]["next_token"]), (&json!([]), &token), "{kind}");
        let all = page(&served, kind, json!({"limit": u64::MAX}));
        let whole = ask(&served, &format!("search/{kind}"), &search(kind).to_string()).json();
        assert_eq!((&all["results"], &all["page"]["next_token"]), (&whole["results"], &json!("")), "{kind}");
    }
}

#[test]
fn where_everybody_may_the_answer_says_so() {
    let served = serving("search");
    served.accepted(
        r#"{"actor":"system:seed","command":{"set_access_control":{"definition":"record","enabled":false}}}"#,
    );
    let told = answer(&served, "search/subject", &search("subject").to_string());
    assert!(told.starts_with(r#"{"context":{"caseward":{"everyone":true}},"results":[{"type":"user","id":"#), "{told}");
}
