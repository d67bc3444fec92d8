//! Our extensions under `context.caseward`: a word as of a day means what it meant on that day.

use super::{answer, ask, run, serving, store_of};
use crate::served::Served;
use serde_json::{Value, json};
use std::fs;

fn asked(name: &str, extension: Value) -> String {
    json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": name},
        "resource": {"type": "record", "id": "record-1"}, "context": {"caseward": extension},
    })
    .to_string()
}

/// A store whose `read` came to mean `manage_access`; the position before that.
fn changed() -> (Served, u64) {
    let folder = store_of("certification");
    let data = folder.path().join("data");
    let position = |printed: &str| {
        serde_json::from_str::<Value>(printed).expect("it is JSON")["position"].as_u64().expect("a position")
    };
    let before = position(&run(&data, &["vocabulary", "show", "--output", "json"]));
    let shown = run(&data, &["vocabulary", "show"]);
    let file = folder.path().join("words.toml");
    fs::write(&file, shown.replace(r#"is = "read", name = "read""#, r#"is = "manage_access", name = "read""#))
        .expect("it is written");
    run(&data, &["vocabulary", "set", file.to_str().expect("text"), "--actor", "system:seed"]);
    let as_of = run(&data, &["vocabulary", "show", "--as-of", &before.to_string()]);
    assert_eq!(as_of, shown, "it is shown as of then, too");
    (Served::over(folder), before)
}

#[test]
fn a_word_as_of_a_position_means_what_it_meant_there() {
    let (served, before) = changed();
    assert_eq!(answer(&served, "evaluation", &asked("read", json!({}))), r#"{"decision":false}"#);
    assert_eq!(answer(&served, "evaluation", &asked("read", json!({"as_of": before}))), r#"{"decision":true}"#);
    let both = json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"},
        "evaluations": [{}, {"context": {"caseward": {"as_of": before}}}, {"context": {"caseward": {"at": "2031-01-01T00:00:00Z"}}}],
    });
    let told = answer(&served, "evaluations", &both.to_string());
    assert_eq!(told, r#"{"evaluations":[{"decision":false},{"decision":true},{"decision":false}]}"#);
    for (extension, found) in [(json!({}), vec!["write"]), (json!({"as_of": before}), vec!["read", "write"])] {
        let body = asked("-", extension);
        let found: Vec<_> = found.iter().map(|name| json!({"name": name})).collect();
        assert_eq!(ask(&served, "search/action", &body).json()["results"], json!(found));
    }
}

#[test]
fn reasons_and_the_position_are_told_where_they_are_asked_for() {
    let served = serving("certification");
    let explained = ask(&served, "evaluation", &asked("read", json!({"explain": true}))).json();
    let own =
        served.post("/v1/orgs/default/check", r#"{"subject":"user:alice","action":"read","resource":"case:record-1"}"#);
    let own = own.json();
    let told = &explained["context"]["caseward"];
    assert_eq!(
        (&explained["decision"], &told["rule"], &told["position"]),
        (&own["decision"], &own["rule"], &own["position"])
    );
    assert_eq!((&told["reasons"], told.get("decision")), (&own["reasons"], None));
    let unknown = ask(&served, "evaluation", &asked("fly", json!({"explain": true}))).json();
    assert_eq!(unknown["context"]["caseward"]["not_mapped"], "action `fly` of type `record`");
    let found = ask(&served, "search/action", &asked("-", json!({"explain": true}))).json();
    assert_eq!(found["context"], json!({"caseward": {"position": own["position"]}}));
}

#[test]
fn an_answer_about_a_moment_to_come_says_that_it_may_change() {
    let served = serving("certification");
    let to_come = "2190-01-01T00:00:00Z";
    let not_settled = json!({"caseward": {"settled": false}});
    let evaluated = ask(&served, "evaluation", &asked("read", json!({"as_of": to_come}))).json();
    assert_eq!(evaluated, json!({"decision": true, "context": not_settled}));
    let unknown = ask(&served, "evaluation", &asked("fly", json!({"as_of": to_come}))).json();
    assert_eq!(unknown, json!({"decision": false, "context": not_settled}));
    let several = json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"},
        "evaluations": [{}, {"context": {"caseward": {"as_of": to_come}}}],
    });
    let several = ask(&served, "evaluations", &several.to_string()).json();
    assert_eq!(several["evaluations"], json!([{"decision": true}, {"decision": true, "context": not_settled}]));
    for search in ["search/subject", "search/resource", "search/action"] {
        let found = ask(&served, search, &asked("read", json!({"as_of": to_come}))).json();
        assert_eq!(found["context"], not_settled, "{search}: {found}");
        let found = ask(&served, search, &asked("read", json!({}))).json();
        assert_eq!(found.get("context"), None, "{search}: {found}");
    }
    let explained = ask(&served, "evaluation", &asked("read", json!({"as_of": to_come, "explain": true}))).json();
    assert_eq!(explained["context"]["caseward"]["settled"], json!(false), "{explained}");
}

#[test]
fn who_has_seen_a_position_is_answered_no_earlier_than_there() {
    let served = serving("certification");
    let head = served.get("/v1/orgs/default/status").json()["head"].as_u64().expect("a position");
    assert_eq!(answer(&served, "evaluation", &asked("read", json!({"at_least": head}))), r#"{"decision":true}"#);
    for path in ["evaluation", "search/action"] {
        let behind = ask(&served, path, &asked("read", json!({"at_least": head + 1})));
        assert_eq!((behind.status, behind.header("retry-after")), (503, Some("1")), "{path}");
    }
}
