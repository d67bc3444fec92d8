//! A command that is delivered again, at any later moment: it answers as the first time, or gives nothing, or says that it
//! gives back what was taken away.

use crate::scene::Scene;
use caseward::engine::{Accepted, Answer, How};
use caseward::events::{Code, Command};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Whose names say that they give back, or that are refused where there is something already: `decisions.md`.
const SAY_SO: [&str; 16] = [
    "enable_user",
    "activate_group",
    "lower_wall",
    "lift_restriction",
    "set_access_control",
    "set_sharing",
    "reopen_case",
    "complete_case",
    "adopt_policy",
    "assign_profile",
    "place_in_workspace",
    "configure_profile",
    "set_form_access",
    "add_member",
    "add_person",
    "grant",
];

/// What happens, in order. Much of it has nothing to do, or is refused, where it stands, and would have later on.
fn history() -> Vec<Value> {
    [entries(), members_and_switches(), people_and_offices(), facts()].concat()
}

fn entry(to: &str) -> Value {
    json!({"on": "case:c", "to": to, "access": "write"})
}

fn granted(to: &str, mode: &str) -> Value {
    let mut body = entry(to);
    body["on_existing"] = mode.into();
    json!({"grant": body})
}

/// Entries of a list.
fn entries() -> Vec<Value> {
    let activity = |command: &str| json!({command: {"case": "c", "activity": "a", "to": ["user:ana"]}});
    vec![
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"create_definition": {"definition": "d"}}),
        json!({"open_case": {"case": "c", "definition": "d", "creator": "maker"}}),
        json!({"set_label": {"ref": "case:c", "label": "C"}}),
        // Entries: put there, given again where they are, lowered, taken off.
        json!({"grant": entry("user:ana")}),
        json!({"grant": entry("user:ana")}),
        granted("user:ana", "ignore"),
        granted("user:ana", "update"),
        json!({"update_grant": entry("user:ana")}),
        activity("assign_activity"),
        activity("assign_activity"),
        json!({"update_grant": {"on": "case:c", "to": "user:ana", "access": "read"}}),
        json!({"update_grant": {"on": "case:c", "to": "user:ana", "access": "read"}}),
        json!({"revoke": {"on": "case:c", "to": "user:ana"}}),
        activity("release_activity"),
        activity("release_activity"),
    ]
}

/// Members, walls, a restriction, switches.
fn members_and_switches() -> Vec<Value> {
    let member = json!({"group": "g", "member": "user:cleo"});
    let wall = json!({"on": "case:c", "against": "user:ana"});
    vec![
        // Members, walls, restriction, switches.
        json!({"grant": entry("group:g")}),
        json!({"add_member": member}),
        json!({"add_member": member}),
        json!({"activate_group": {"group": "g"}}),
        json!({"remove_member": member}),
        json!({"add_member": member}),
        json!({"deactivate_group": {"group": "g"}}),
        json!({"activate_group": {"group": "g"}}),
        json!({"lower_wall": wall}),
        json!({"raise_wall": wall}),
        json!({"lower_wall": wall}),
        json!({"raise_wall": wall}),
        json!({"lift_restriction": {"case": "c"}}),
        json!({"restrict_case": {"case": "c", "entries": []}}),
        json!({"lift_restriction": {"case": "c"}}),
        json!({"set_access_control": {"definition": "d", "enabled": true}}),
        json!({"set_access_control": {"definition": "d", "enabled": false}}),
        json!({"set_access_control": {"definition": "d", "enabled": false}}),
        json!({"set_access_control": {"definition": "d", "enabled": true}}),
        json!({"set_sharing": {"definition": "d", "enabled": true}}),
        json!({"share_case": {"case": "c", "link": "l"}}),
        json!({"set_sharing": {"definition": "d", "enabled": false}}),
        json!({"revoke_link": {"link": "l"}}),
    ]
}

/// Profiles, workspaces, persons, what others lend, and offices.
fn people_and_offices() -> Vec<Value> {
    let row = |read: &str| json!({"set_form_access": {"profile": "p", "definition": "d", "read": read}});
    let person = json!({"case": "c", "field": "f", "person": "user:ben"});
    vec![
        // Profiles, workspaces, persons.
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        row("all"),
        json!({"assign_profile": {"user": "ben", "profile": "p"}}),
        json!({"assign_profile": {"user": "ben", "profile": "p"}}),
        row("all"),
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        row("none"),
        row("all"),
        json!({"configure_profile": {"profile": "p", "module_access": false}}),
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        json!({"assign_profile": {"user": "ben", "profile": null}}),
        json!({"place_in_workspace": {"user": "ben", "workspace": "w"}}),
        json!({"place_in_workspace": {"user": "ben", "workspace": "w"}}),
        json!({"add_person": person}),
        json!({"add_person": person}),
        json!({"remove_person": person}),
        json!({"place_in_workspace": {"user": "ben", "workspace": null}}),
        json!({"reopen_case": {"case": "c"}}),
        json!({"complete_case": {"case": "c"}}),
        json!({"reopen_case": {"case": "c"}}),
        // What others lend, and the office.
        json!({"delegate": {"delegation": "x", "from": "user:root", "to": "user:dora"}}),
        json!({"end_delegation": {"delegation": "x"}}),
        json!({"appoint_org_admin": {"user": "second"}}),
        json!({"appoint_org_admin": {"user": "second"}}),
        json!({"dismiss_org_admin": {"user": "second"}}),
        json!({"adopt_policy": {"break_glass": "read"}}),
        json!({"break_glass": {"case": "c", "minutes": 1}}),
        json!({"adopt_policy": {"break_glass": "off"}}),
        json!({"enable_user": {"user": "cleo"}}),
        json!({"disable_user": {"user": "cleo"}}),
        json!({"enable_user": {"user": "cleo"}}),
    ]
}

/// Facts, what is of the organization, and what ends entries elsewhere.
fn facts() -> Vec<Value> {
    let item = json!({"item": "i", "case": "c"});
    let away = json!({"item": "i", "organization": "north"});
    let task = json!({"task": "t", "entity": "case:c"});
    vec![
        // Facts, and what is of the organization.
        json!({"add_item": item}),
        json!({"add_item": item}),
        json!({"check_out_item": away}),
        json!({"check_in_item": away}),
        json!({"attach": task}),
        json!({"detach": task}),
        json!({"remove_item": item}),
        json!({"adopt_vocabulary": {"vocabulary": null}}),
        json!({"erase": {"subject": "user:zoe"}}),
        json!({"replace_key": {"public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}}),
        // What ends entries of lists whose own stream does not grow by it.
        json!({"grant": entry("user:eve")}),
        granted("user:eve", "ignore"),
        json!({"offboard": {"user": "eve"}}),
        json!({"enable_user": {"user": "eve"}}),
    ]
}

fn line(id: &str, command: &Value, version: Option<u64>) -> Value {
    json!({"id": id, "actor": "user:root", "reason": "why", "command": command, "expected_version": version})
}

fn name_of(command: &Value) -> &str {
    command.as_object().and_then(|fields| fields.keys().next()).expect("a command has a name")
}

/// The stream that a command of the history addresses.
fn stream_of(command: &Value) -> String {
    let name = name_of(command);
    let body = &command[name];
    let text = |field: &str| body[field].as_str().expect("it has one").to_owned();
    match name {
        "create_definition" | "set_access_control" | "set_sharing" => format!("definition:{}", text("definition")),
        "grant" | "update_grant" | "revoke" | "raise_wall" | "lower_wall" => text("on"),
        "add_member" | "remove_member" | "activate_group" | "deactivate_group" => format!("group:{}", text("group")),
        "configure_profile" | "set_form_access" => format!("profile:{}", text("profile")),
        "assign_profile" | "place_in_workspace" | "enable_user" | "disable_user" | "offboard" => {
            format!("user:{}", text("user"))
        }
        "set_label" => text("ref"),
        "delegate" | "end_delegation" => "user:root".to_owned(),
        "add_item" | "remove_item" | "check_out_item" | "check_in_item" => format!("item:{}", text("item")),
        "attach" | "detach" => format!("task:{}", text("task")),
        "appoint_org_admin" | "dismiss_org_admin" | "adopt_policy" | "adopt_vocabulary" | "erase" | "replace_key" => {
            "organization".to_owned()
        }
        _ => "case:c".to_owned(),
    }
}

/// Whether a dry run finds that somebody would hold more than now.
fn gives(accepted: &Accepted) -> bool {
    let foreseen = accepted.foreseen.as_ref().expect("it is a dry run");
    foreseen.changes().any(|change| change.after.iter().any(|right| !change.before.contains(right)))
}

fn tells(accepted: &Accepted) -> bool {
    accepted.warnings.iter().any(|warning| warning.code() == "given_again")
}

#[tokio::test]
async fn a_command_that_is_delivered_again_gives_nothing_back_or_says_so_at_every_later_position() {
    let scene = Scene::new().await;
    let history = history();
    let named: BTreeSet<&str> = history.iter().map(name_of).collect();
    assert_eq!(named, Command::NAMES.iter().copied().collect(), "every command is there");
    let (mut versions, mut sent) = (BTreeMap::<String, u64>::new(), Vec::new());
    let mut given_back = BTreeSet::new();
    for (number, command) in history.iter().enumerate() {
        let version = versions.get(&stream_of(command)).copied().unwrap_or(0);
        let id = format!("h-{number}");
        let answer = scene.apply(&line(&id, command, None)).await;
        let told = answer.to_json();
        let events = told["events"].as_array().into_iter().flatten();
        for event in events.clone() {
            let stream = event["stream"].as_str().expect("it is a text").to_owned();
            versions.insert(stream, event["stream_version"].as_u64().expect("it is a number"));
        }
        let changed = events.count() > 0;
        sent.push((id, command, version, changed));
        for (id, command, version, changed) in &sent {
            let again = scene.send(&line(id, command, None), How { dry_run: true, ..How::default() }).await;
            match &again {
                Answer::Accepted(accepted) if *changed => assert!(accepted.replayed, "{id} {command}"),
                Answer::Refused(refusal) => assert!(!changed, "{id} {command}: {refusal}"),
                Answer::Accepted(accepted) if gives(accepted) => {
                    let name = name_of(command);
                    let is_told = tells(accepted) || SAY_SO.contains(&name);
                    assert!(is_told, "behind {number}: {id} {command} gives in silence: {accepted:?}");
                    given_back.insert(name);
                    // Whoever says what it was decided on is refused, but where the stream did not grow by what was taken.
                    let dated = line(&format!("{id}-dated"), command, Some(*version));
                    match scene.send(&dated, How { dry_run: true, ..How::default() }).await {
                        Answer::Refused(refusal) => assert_eq!(refusal.code, Code::VersionConflict),
                        Answer::Accepted(accepted) => assert!(tells(&accepted), "behind {number}: {id} {command}"),
                    }
                }
                Answer::Accepted(_) => {}
            }
        }
    }
    // The history is one in which much would come back.
    for name in ["grant", "update_grant", "assign_activity", "appoint_org_admin", "lower_wall", "add_member"] {
        assert!(given_back.contains(name), "{name}: {given_back:?}");
    }
}
