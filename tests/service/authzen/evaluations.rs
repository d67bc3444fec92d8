//! Many questions in one request: defaults, the three semantics, and items that cannot be asked.

use super::{answer, ask, serving};
use serde_json::json;

fn body(semantic: Option<&str>, actions: &[&str]) -> String {
    let items: Vec<_> = actions.iter().map(|name| json!({"action": {"name": name}})).collect();
    let mut body = json!({
        "subject": {"type": "user", "id": "bob"},
        "resource": {"type": "record", "id": "record-1"},
        "evaluations": items,
    });
    if let Some(semantic) = semantic {
        body["options"] = json!({"evaluations_semantic": semantic, "other": 1});
    }
    body.to_string()
}

#[test]
fn an_answer_ends_at_the_decision_that_decides_all_of_them() {
    let served = serving("certification");
    let (yes, no) = (r#"{"decision":true}"#, r#"{"decision":false}"#);
    for (semantic, actions, expected) in [
        (None, ["read", "write", "read"], vec![yes, no, yes]),
        (Some("execute_all"), ["write", "read", "write"], vec![no, yes, no]),
        (Some("deny_on_first_deny"), ["read", "write", "read"], vec![yes, no]),
        (Some("deny_on_first_deny"), ["read", "fly", "read"], vec![yes, no]),
        (Some("deny_on_first_deny"), ["read", "read", "read"], vec![yes, yes, yes]),
        (Some("permit_on_first_permit"), ["write", "read", "write"], vec![no, yes]),
        (Some("permit_on_first_permit"), ["write", "write", "write"], vec![no, no, no]),
    ] {
        let told = answer(&served, "evaluations", &body(semantic, &actions));
        assert_eq!(told, format!(r#"{{"evaluations":[{}]}}"#, expected.join(",")), "{semantic:?}");
    }
    for wrong in [r#"{"evaluations":7}"#, &body(Some("first"), &["read"]), &body(None, &[]).replace("[]", "{}")] {
        assert_eq!(ask(&served, "evaluations", wrong).status, 400, "{wrong}");
    }
}

#[test]
fn without_items_it_is_one_question() {
    let served = serving("certification");
    let one = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    for items in [json!([]), json!(null)] {
        let mut body = one.clone();
        body["evaluations"] = items;
        assert_eq!(answer(&served, "evaluations", &body.to_string()), r#"{"decision":true}"#);
    }
    assert_eq!(answer(&served, "evaluations", &one.to_string()), r#"{"decision":true}"#);
    assert_eq!(ask(&served, "evaluations", r#"{"evaluations":[]}"#).status, 400);
}

#[test]
fn an_entity_of_an_item_replaces_the_default_as_a_whole_and_one_that_is_missing_fails_its_item_alone() {
    let served = serving("certification");
    let body = json!({
        "subject": {"type": "user", "id": "bob", "properties": {"role": "admin"}},
        "action": {"name": "write"},
        "resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}},
        "evaluations": [{}, {"subject": {"type": "user"}}, 7, {"resource": {"type": "record", "id": "record-2"}}, {"subject": null}],
    });
    let told = ask(&served, "evaluations", &body.to_string()).json();
    let told = told["evaluations"].as_array().expect("a list").clone();
    assert_eq!(told.len(), 5);
    assert_eq!((&told[0], &told[3]), (&json!({"decision": true}), &json!({"decision": true})));
    for (index, message) in
        [(1, "`subject.id` is missing"), (2, "an item of `evaluations` must be an object"), (4, "`subject` is missing")]
    {
        let error = json!({"status": 400, "message": message});
        assert_eq!(told[index], json!({"decision": false, "context": {"error": error}}), "{index}");
    }
    let ends = body
        .to_string()
        .replace(r#"{"action""#, r#"{"options":{"evaluations_semantic":"deny_on_first_deny"},"action""#);
    let ends = ask(&served, "evaluations", &ends).json();
    assert_eq!(ends["evaluations"].as_array().map(Vec::len), Some(2), "a failure is a denial: {ends}");
}

#[test]
fn more_than_the_limit_is_told_as_that() {
    let served = serving("certification");
    let many = vec!["read"; 10_001];
    assert_eq!(ask(&served, "evaluations", &body(None, &many)).status, 413);
}
