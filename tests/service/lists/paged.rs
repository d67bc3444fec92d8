//! Pages: all of one position, each behind the one before.

use super::answer;
use crate::callers::Desk;
use crate::served::Served;
use caseward::service::Limits;
use serde_json::{Value, json};

/// The paths, and which members of their answers are the list.
const LISTS: [(&str, &[&str]); 8] = [
    ("who?action=read&resource=case:4712", &["subjects", "links"]),
    ("who?action=read&resource=case:4711&to=2025-06-01T00:00:00Z", &["subjects"]),
    ("what?subject=user:ana&action=read", &["resources"]),
    ("access?subject=user:ana&action=read&resource=case:4711", &["intervals"]),
    ("timeline?resource=case:4711", &["subjects"]),
    ("diff?of=case:4711&from=100", &["gained", "lost", "changed"]),
    ("diff?of=organization&from=300", &["gained", "lost", "changed"]),
    ("history?of=case:4711", &["events"]),
];

/// As it stands in a query.
fn encoded(token: &str) -> String {
    token.replace(' ', "%20")
}

fn items(answer: &Value, members: &[&str]) -> Vec<Value> {
    members.iter().flat_map(|name| answer[*name].as_array().expect("a list").clone()).collect()
}

#[test]
fn pages_make_the_whole_of_where_the_first_was_asked_whatever_is_recorded_meanwhile() {
    let served = Served::holding("demo");
    let ask = |path: &str| serde_json::from_str::<Value>(&answer(&served, path)).expect("it is JSON");
    let mut recorded = 0;
    for (path, members) in LISTS {
        let whole = ask(path);
        assert_eq!(whole["next"], Value::Null, "{path}");
        let whole = items(&whole, members);
        let (mut paged, mut next) = (Vec::new(), String::new());
        let mut pages = 0;
        loop {
            let page = ask(&format!("{path}&limit=2{next}"));
            let found = items(&page, members);
            assert!(found.len() <= 2 && (found.len() == 2 || page["next"].is_null()), "{path}: {page}");
            paged.extend(found);
            pages += 1;
            let Some(token) = page["next"].as_str() else { break };
            next = format!("&after={}", encoded(token));
            // What is recorded now stands on none of its pages.
            let admitted = json!({"on": "case:4711", "to": format!("user:aa-{recorded}"), "access": "read"});
            let ana = json!({"on": "case:4711", "to": "user:ana"});
            let turned = if recorded % 2 == 0 { json!({"grant": ana}) } else { json!({"revoke": ana}) };
            for command in [json!({"grant": admitted}), turned] {
                served.accepted(&json!({"actor": "user:judith", "command": command}).to_string());
            }
            recorded += 1;
        }
        assert_eq!(paged, whole, "{path}");
        assert!(pages > 1, "{path} has pages");
    }
}

#[test]
fn a_page_has_no_more_items_than_the_page_of_limits_says() {
    assert_eq!(Limits::default().page_items, 1_000);
    let mut limits = Limits::default();
    limits.page_items = 2;
    let desk = Desk::within(limits);
    for member in 0..3 {
        desk.apply(
            "default",
            &[json!({"command": {"add_member": {"group": "g", "member": format!("user:u{member}")}}})],
        );
    }
    let token = desk.token("auditor", &["audit"], json!({}));
    let ask = |query: &str| desk.ask(&token, "GET", &format!("/v1/orgs/default/history?of=group:g{query}"), "").json();
    for query in ["", "&limit=100", "&limit=2"] {
        let page = ask(query);
        assert_eq!(page["events"].as_array().map(Vec::len), Some(2), "{page}");
        let rest = ask(&format!("&after={}", page["next"].as_str().expect("there is more")));
        assert_eq!((rest["events"].as_array().map(Vec::len), &rest["next"]), (Some(1), &Value::Null), "{rest}");
    }
    assert_eq!(ask("&limit=1")["events"].as_array().map(Vec::len), Some(1));
}

#[test]
fn whoever_waits_for_a_position_has_taken_a_place() {
    let mut limits = Limits::default();
    // It waits for the command below, whatever time that takes.
    limits.wait_time = std::time::Duration::from_secs(3_600);
    let desk = Desk::within(limits);
    let asked = r#"{"subject":"user:ana","action":"read","resource":"case:1"}"#;
    let many = format!(r#"{{"questions":[{asked}]}}"#);
    let mut head = 0;
    for (method, path, body) in [
        ("POST", "check?", asked),
        ("POST", "checks?", &many),
        ("GET", "who?action=read&resource=case:1&", ""),
        ("GET", "history?of=case:1&", ""),
    ] {
        let token = desk.token("one", &["audit"], json!({"limits": {"requests": 1}}));
        head += 1;
        let path = format!("/v1/orgs/default/{path}at_least={head}");
        std::thread::scope(|scope| {
            // The other may be just about to be answered.
            let waits = scope.spawn(|| {
                loop {
                    let answered = desk.ask(&token, method, &path, body);
                    if answered.status != 429 {
                        return answered;
                    }
                }
            });
            // As soon as it has come, nobody else of this token has room.
            loop {
                let second = desk.ask(&token, "GET", "/v1/orgs/default/history?of=case:1", "");
                if second.status == 429 {
                    assert_eq!(second.code(), "busy");
                    break;
                }
                assert_eq!((second.status, waits.is_finished()), (200, false), "{method} {path} has no place");
            }
            let join = json!({"command": {"add_member": {"group": "g", "member": format!("user:u{head}")}}});
            desk.apply("default", &[join]);
            let answered = waits.join().expect("it is answered");
            assert_eq!(answered.status, 200, "{answered:?}");
        });
    }
}
