//! What people call things, for whoever shows an answer elsewhere: as it stood, and what no event names.

use crate::served::Served;
use serde_json::{Value, json};

#[test]
fn names_have_the_label_that_stood_then_and_what_is_not_known_is_told_with_what_was_meant() {
    let served = Served::holding("demo");
    let label = |label: &str| {
        json!({"actor": "user:judith", "command": {"set_label": {"ref": "user:mike", "label": label}}}).to_string()
    };
    served.accepted(&label("Mike"));
    served.accepted(&label("Mike M"));
    let ask = |place: &str, of: Value| {
        let answer = served.post(&format!("/v1/orgs/default/names{place}"), &json!({"of": of}).to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let of = json!(["user:mike", "user:MIKE", "definition:frauds", "case:0", "case:4711", "group:no-such"]);
    let expected = json!([
        {"of": "user:mike", "label": "Mike M"},
        {"of": "user:MIKE", "known": false, "meant": "user:mike"},
        {"of": "definition:frauds", "known": false, "meant": "definition:fraud"},
        {"of": "case:0", "known": false},
        {"of": "case:4711"},
        {"of": "group:no-such"},
    ]);
    let now = ask("", of);
    assert_eq!((&now["names"], &now["position"]), (&expected, &json!(330)));
    assert_eq!(ask("?as_of=329", json!(["user:mike"]))["names"][0]["label"], "Mike");
    assert_eq!(ask("?as_of=328", json!(["user:mike"]))["names"], json!([{"of": "user:mike"}]));
    let then = ask("?as_of=2024-03-14T00:00:00Z", json!([]));
    assert_eq!((&then["position"], &then["at"]), (&json!(168), &json!("2024-03-14T00:00:00Z")));
    assert_eq!(then.get("settled"), None);
    assert_eq!(ask("?as_of=2190-01-01T00:00:00Z", json!([]))["settled"], json!(false), "they may change");
}

#[test]
fn a_thousand_names_are_told_and_not_one_more() {
    let served = Served::empty();
    let ask = |count: usize| {
        let of: Vec<_> = (0..count).map(|id| format!("group:{id}")).collect();
        served.post("/v1/orgs/default/names", &json!({"of": of}).to_string())
    };
    assert_eq!((ask(1_000).status, ask(1_000).json()["names"].as_array().map(Vec::len)), (200, Some(1_000)));
    let refused = ask(1_001);
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_large"));
    assert_eq!(served.post("/v1/orgs/default/names", r#"{"of":["nobody"]}"#).code(), "invalid");
    assert_eq!(served.post("/v1/orgs/default/names", r#"{"of":[],"x":1}"#).code(), "invalid");
    assert_eq!(served.post("/v1/orgs/default/names?as_of=1", r#"{"of":[]}"#).code(), "invalid");
}
