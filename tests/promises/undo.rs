//! Undo is truncation: whatever was folded above a position can be taken off, and nothing of it is left.

use crate::scene::{Scene, office};
use caseward::events::Position;
use caseward::projections::Views;
use serde_json::{Value, json};

/// Touches every place that an event can touch.
fn commands() -> Vec<Value> {
    let oa = |command: Value| json!({"actor": "user:oa", "command": command});
    vec![
        oa(json!({"adopt_policy": {"preset": "safe", "creator_grant": "write"}})),
        oa(json!({"create_definition": {"definition": "D2", "access_control": false}})),
        oa(json!({"open_case": {"case": "C3", "definition": "D2", "creator": "new", "parent": "C1"}})),
        oa(json!({"set_access_control": {"definition": "D2", "enabled": true}})),
        oa(json!({"add_member": {"group": "inner", "member": "user:new"}})),
        oa(json!({"add_member": {"group": "outer", "member": "group:inner"}})),
        oa(json!({"add_member": {"group": "outermost", "member": "group:outer"}})),
        oa(json!({"deactivate_group": {"group": "outer"}})),
        oa(json!({"grant": {"on": "organization", "to": "group:outer", "access": ["search_text"]}})),
        oa(json!({"grant": {"on": "definition:D1", "to": "group:inner", "valid_until": "2999-01-01T00:00:00Z"}})),
        oa(json!({"grant": {"on": "case:C1", "to": "user:new", "access": "write"}})),
        oa(json!({"update_grant": {"on": "case:C1", "to": "user:new", "valid_from": "2000-01-01T00:00:00Z"}})),
        oa(json!({"restrict_case": {"case": "C1", "entries": [{"to": "user:x"}, {"to": "group:inner"}]}})),
        oa(json!({"grant": {"on": "restriction:C1", "to": "user:y", "access": "write"}})),
        oa(json!({"lift_restriction": {"case": "C1"}})),
        oa(json!({"restrict_case": {"case": "C1", "entries": [{"to": "user:y"}]}})),
        oa(json!({"revoke": {"on": "case:C1", "to": "user:new"}})),
        oa(json!({"complete_case": {"case": "C1"}})),
        oa(json!({"reopen_case": {"case": "C1"}})),
        oa(json!({"activate_group": {"group": "outer"}})),
        oa(json!({"remove_member": {"group": "outer", "member": "group:inner"}})),
        oa(json!({"appoint_org_admin": {"user": "second"}})),
        oa(json!({"disable_user": {"user": "second"}})),
        oa(json!({"enable_user": {"user": "second"}})),
        oa(json!({"dismiss_org_admin": {"user": "second"}})),
        oa(json!({"adopt_policy": {"creator_grant": "none", "break_glass": "read"}})),
    ]
}

/// And what profiles, people, items, links, delegations and walls touch.
fn more_commands() -> Vec<Value> {
    let oa = |command: Value| json!({"actor": "user:oa", "reason": "why not", "command": command});
    vec![
        oa(json!({"set_sharing": {"definition": "D1", "enabled": true}})),
        oa(json!({"configure_profile": {"profile": "P", "module_access": true}})),
        oa(json!({"set_form_access": {"profile": "P", "definition": "D1", "read": "involved", "share": true}})),
        oa(json!({"assign_profile": {"user": "fresh", "profile": "P"}})),
        oa(json!({"place_in_workspace": {"user": "fresh", "workspace": "W"}})),
        oa(json!({"open_case": {"case": "C7", "definition": "D1", "creator": "fresh"}})),
        oa(json!({"add_person": {"case": "C1", "field": "handler", "person": "user:fresh"}})),
        oa(json!({"add_person": {"case": "C1", "field": "team", "person": "group:newcomers"}})),
        oa(json!({"remove_person": {"case": "C1", "field": "handler", "person": "user:fresh"}})),
        oa(json!({"assign_profile": {"user": "fresh", "profile": null}})),
        oa(json!({"place_in_workspace": {"user": "fresh", "workspace": null}})),
        oa(json!({"set_form_access": {"profile": "P", "definition": "D1", "write": "all"}})),
        oa(json!({"delegate": {"delegation": "d", "from": "user:fresh", "to": "user:stand-in"}})),
        oa(json!({"end_delegation": {"delegation": "d"}})),
        oa(json!({"share_case": {"case": "C2", "link": "L"}})),
        oa(json!({"revoke_link": {"link": "L"}})),
        oa(json!({"raise_wall": {"on": "case:C2", "against": "group:rivals"}})),
        oa(json!({"raise_wall": {"on": "definition:D1", "against": "user:rival"}})),
        oa(json!({"raise_wall": {"on": "organization", "against": "user:rival"}})),
        oa(json!({"lower_wall": {"on": "case:C2", "against": "group:rivals"}})),
        oa(json!({"break_glass": {"case": "C2", "minutes": 5}})),
        oa(json!({"erase": {"subject": "user:ida"}})),
        oa(json!({"replace_key": {"public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}})),
        oa(json!({"add_item": {"item": "knife", "case": "C2"}})),
        oa(json!({"check_out_item": {"item": "knife", "organization": "lab"}})),
        oa(json!({"check_in_item": {"item": "knife", "organization": "lab"}})),
        oa(json!({"attach": {"task": "T", "entity": "item:knife"}})),
        oa(json!({"attach": {"task": "T", "entity": "case:C2"}})),
        oa(json!({"detach": {"task": "T", "entity": "case:C2"}})),
        oa(json!({"remove_item": {"item": "knife", "case": "C2"}})),
        oa(json!({"assign_activity": {"case": "C2", "activity": "a", "to": ["user:fresh", "group:newcomers"]}})),
        oa(json!({"release_activity": {"case": "C2", "activity": "a", "to": ["user:fresh"]}})),
        oa(json!({"set_label": {"ref": "case:C2", "label": "The second"}})),
        oa(json!({"set_label": {"ref": "definition:D1", "label": "Complaints"}})),
        oa(json!({"set_label": {"ref": "case:C2", "label": null}})),
        oa(json!({"adopt_vocabulary": {"subjects": {"person": {"as": "user"}}}})),
        oa(json!({"adopt_vocabulary": {}})),
        oa(json!({"offboard": {"user": "fresh"}})),
        oa(json!({"offboard": {"user": "second"}})),
    ]
}

/// Together: every kind of event.
pub fn all_commands() -> impl Iterator<Item = Value> {
    commands().into_iter().chain(more_commands())
}

/// Where two views are not equal. All cases of both are in memory.
pub fn differences(one: &Views, two: &Views) -> Vec<String> {
    let found = one.ask(|one| one.differences(two)).expect("all is in memory");
    found.iter().map(|difference| format!("{difference:?}")).collect()
}

#[tokio::test]
async fn undo_goes_from_every_position_back_to_every_other() {
    let scene = office().await;
    for command in all_commands() {
        let answer = scene.apply(&command).await;
        assert!(answer.refusal().is_none(), "{command}: {:?}", answer.to_json());
    }
    let events = scene.organization.events(Position(1)).await.expect("they can be read");
    let folded = |count: usize| {
        let mut views = Views::default();
        events[..count].iter().for_each(|event| views.apply(event).expect("it fits"));
        views
    };
    let cuts: Vec<Views> = (0..=events.len()).map(folded).collect();
    for from in 0..=events.len() {
        for (to, cut) in cuts.iter().enumerate().take(from + 1) {
            let mut views = folded(from);
            views.truncate(Position(to as u64));
            assert_eq!(differences(&views, cut), Vec::<String>::new(), "from {from} back to {to}");
        }
        // And forward again, over the same ground.
        let mut views = folded(from);
        views.truncate(Position(from as u64 / 2));
        events[from / 2..].iter().for_each(|event| views.apply(event).expect("it fits"));
        assert_eq!(differences(&views, &cuts[events.len()]), Vec::<String>::new(), "from {from} and on");
    }
}

#[tokio::test]
async fn every_kind_of_event_is_among_them() {
    let scene = office().await;
    for command in all_commands() {
        scene.apply(&command).await;
    }
    let events = scene.organization.events(Position(1)).await.expect("they can be read");
    // Three are of another log, and one has tests of its own: it takes more cases than there are here.
    let elsewhere = ["organization_created", "token_issued", "token_withdrawn", "grants_revoked"];
    for (_, name) in caseward::events::Event::TYPES.iter().filter(|(_, name)| !elsewhere.contains(name)) {
        assert!(events.iter().any(|event| event.event.name() == *name), "{name} is not undone by any test");
    }
    let scene: &Scene = &scene;
    assert_eq!(scene.organization.head(), Position(events.len() as u64));
}
