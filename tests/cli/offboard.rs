//! What is done when somebody leaves: one event ends everything that names the user, and whoever gets the id starts with
//! nothing.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

fn desk() -> Desk {
    let commands = [
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"adopt_policy": {"break_glass": "write"}}),
        json!({"place_in_workspace": {"user": "ana", "workspace": "north"}}),
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        json!({"set_form_access": {"profile": "p", "definition": "d", "read": "workspace"}}),
        json!({"assign_profile": {"user": "ana", "profile": "p"}}),
        json!({"assign_profile": {"user": "ben", "profile": "p"}}),
        json!({"place_in_workspace": {"user": "ben", "workspace": "north"}}),
        json!({"open_case": {"case": "1", "definition": "d", "creator": "root"}}),
        json!({"open_case": {"case": "2", "definition": "d", "creator": "root"}}),
        json!({"add_person": {"case": "1", "field": "clerk", "person": "user:ana"}}),
        json!({"assign_activity": {"case": "1", "activity": "a", "to": ["user:ana"]}}),
        json!({"restrict_case": {"case": "2", "entries": [{"to": "user:ana", "access": "write"}]}}),
        json!({"grant": {"on": "organization", "to": "user:ana", "access": ["search_text"]}}),
        json!({"add_member": {"group": "g", "member": "user:ana"}}),
        json!({"delegate": {"delegation": "from", "from": "user:ana", "to": "user:ben"}}),
        json!({"delegate": {"delegation": "to", "from": "user:ben", "to": "user:ana"}}),
        json!({"appoint_org_admin": {"user": "ana"}}),
        json!({"raise_wall": {"on": "case:2", "against": "user:ana"}}),
    ];
    let line = |(minute, command): (usize, &Value)| {
        json!({"actor": "user:root", "time": format!("2024-01-01T00:{minute:02}:00Z"), "command": command}).to_string()
            + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

fn send(desk: &Desk, actor: &str, command: Value) -> Value {
    let file = desk.data().with_extension("jsonl");
    std::fs::write(&file, json!({"actor": actor, "command": command}).to_string()).expect("there is room");
    let said = desk.ask(&["apply", file.to_str().expect("a plain name"), "--output", "jsonl"]);
    serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))
}

fn rights(desk: &Desk, user: &str, resource: &str) -> Value {
    let said = desk.ask(&["rights", user, resource, "--output", "json"]);
    serde_json::from_str::<Value>(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))["rights"].clone()
}

#[test]
fn one_event_ends_everything_that_names_the_user_with_counts_and_walls_stay() {
    let desk = desk();
    assert_eq!(rights(&desk, "user:ben", "case:1"), json!(["read", "write", "delete"]));
    let answer = send(&desk, "user:root", json!({"offboard": {"user": "ana"}}));
    let events = answer["events"].as_array().expect("a list");
    assert_eq!(
        (events.len(), &events[0]["type"], &events[0]["stream"]),
        (1, &json!("user_offboarded"), &json!("user:ana"))
    );
    let ended = &events[0]["data"]["ended"];
    let of = |kind: &str, first: Value| {
        assert_eq!(ended[kind], json!({"count": first.as_array().map(Vec::len), "first": first}), "{kind}");
    };
    of("entries", json!(["case:1", "organization", "restriction:2"]));
    of("memberships", json!(["g"]));
    of("persons", json!([{"case": "1", "field": "clerk"}]));
    of("assignments", json!([{"case": "1", "activity": "a"}]));
    of("delegations", json!(["from", "to"]));
    assert_eq!(
        (&ended["profile"], &ended["workspace"], &ended["org_admin"]),
        (&json!("p"), &json!("north"), &json!(true))
    );
    // The case was linked to the workspace by the one who left, and lent by ana.
    assert_eq!(rights(&desk, "user:ben", "case:1"), json!([]));
    assert_eq!(send(&desk, "user:root", json!({"offboard": {"user": "ana"}}))["events"], json!([]));
    send(&desk, "user:root", json!({"enable_user": {"user": "ana"}}));
    for resource in ["case:1", "case:2", "definition:d", "organization"] {
        assert_eq!(rights(&desk, "user:ana", resource), json!([]), "{resource}");
    }
    let walled = desk.ask(&["check", "user:ana", "read", "case:2"]).out;
    assert!(walled.contains("(wall, position"), "{walled}");
    // What counted before is untouched.
    let before = desk.ask(&["check", "user:ana", "write", "case:1", "--as-of", "20"]);
    assert_eq!(before.status, 0, "{before:?}");
}

#[test]
fn whoever_manages_the_organization_may_and_the_last_org_admin_stays() {
    let desk = desk();
    assert_eq!(send(&desk, "user:ben", json!({"offboard": {"user": "ana"}}))["code"], "not_authorized");
    send(&desk, "user:root", json!({"offboard": {"user": "ana"}}));
    assert_eq!(send(&desk, "user:root", json!({"offboard": {"user": "root"}}))["code"], "last_org_admin");
    let told = desk.ask(&["history", "user:ana"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("offboarded user:ana, which ended 3 entries, 1 membership, 1 profile"), "{told}");
    assert!(desk.ask(&["history", "group:g"]).out.contains("offboarded user:ana"), "the group's history tells it too");
}
