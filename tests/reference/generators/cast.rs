//! How histories begin: org admins, definitions, groups, cases, a few entries, profiles with their matrix. Any line may
//! be missing.

use super::Draft;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Some of the lines that most histories begin with.
pub fn cast() -> impl Strategy<Value = Vec<Draft>> {
    let by = |actor, command| Draft { actor, command, aim: None };
    let member = |group: &str, member: &str| json!({"add_member": {"group": group, "member": member}});
    let open = |case: &str, of: &str, by: &str| json!({"open_case": {"case": case, "definition": of, "creator": by}});
    let place = |user: &str, workspace: &str| json!({"place_in_workspace": {"user": user, "workspace": workspace}});
    let grant = |on: &str, to: &str, access: Value| {
        by(Some("user:oa"), json!({"grant": {"on": on, "to": to, "access": access}}))
    };
    let lines = vec![
        by(Some("system:setup"), json!({"appoint_org_admin": {"user": "oa"}})),
        by(Some("user:oa"), json!({"appoint_org_admin": {"user": "ob"}})),
        by(Some("user:oa"), json!({"create_definition": {"definition": "D1", "access_control": true}})),
        by(Some("user:oa"), json!({"adopt_policy": {"access_control_default": "off"}})),
        by(Some("user:oa"), json!({"create_definition": {"definition": "D2"}})),
        by(Some("user:oa"), json!({"adopt_policy": {"creator_grant": "read"}})),
        by(Some("user:oa"), json!({"adopt_policy": {"access_managers": "trusted"}})),
        by(Some("user:oa"), json!({"adopt_policy": {"definition_revoke_cascades": true}})),
        by(Some("user:oa"), json!({"adopt_policy": {"break_glass": "write"}})),
        by(Some("user:oa"), json!({"adopt_policy": {"break_glass": "read", "break_glass_max_minutes": 90}})),
        by(None, member("g2", "group:g1")),
        by(None, member("g3", "group:g2")),
        by(None, member("g1", "user:ann")),
        by(None, member("g2", "user:ben")),
        by(None, member("g3", "user:cy")),
        by(None, member("g4", "user:ann")),
        by(None, member("g4", "user:ob")),
        by(None, place("ann", "w1")),
        by(None, place("dee", "w2")),
        by(None, place("ben", "w1")),
        by(Some("system:feed"), open("C1", "D1", "ann")),
        by(Some("system:feed"), open("C2", "D1", "dee")),
        by(Some("system:feed"), open("C3", "D2", "eli")),
        grant("definition:D1", "user:mia", json!(["manage_access"])),
        grant("organization", "user:mia", json!(["manage_access", "search_text"])),
        grant("definition:D1", "group:g3", json!("read")),
        grant("definition:D1", "user:ann", json!(["read", "register"])),
        grant("case:C1", "user:ann", json!("write")),
        grant("case:C2", "user:ann", json!("read")),
        grant("case:C1", "group:g2", json!("write")),
    ]
    .into_iter()
    .chain(forms())
    .collect::<Vec<_>>();
    // What the policy says at first differs, and who may manage; now and then there is no org admin yet. The rest is
    // mostly there.
    let glass = |line: &Draft| line.command["adopt_policy"].get("break_glass").is_some();
    let likely =
        |line: &Draft| match line.command.as_object().and_then(|command| command.keys().next()).map(String::as_str) {
            Some("adopt_policy") if glass(line) => 0.5,
            Some("adopt_policy") => 0.25,
            Some("appoint_org_admin") => 0.85,
            Some("grant" | "assign_profile" | "configure_profile" | "set_sharing") => 0.6,
            Some("set_form_access" | "place_in_workspace" | "add_person") => 0.5,
            Some("add_item" | "attach" | "complete_case") => 0.25,
            _ => 0.95,
        };
    let kept: Vec<_> = lines.iter().map(|line| prop::bool::weighted(likely(line))).collect();
    kept.prop_map(move |kept| {
        kept.into_iter().zip(&lines).filter(|(kept, _)| *kept).map(|(_, line)| line.clone()).collect()
    })
}

/// Profiles with rows of every scope, who has them, and who is in a person field.
fn forms() -> Vec<Draft> {
    let by_oa = |command| Draft { actor: Some("user:oa"), command, aim: None };
    let row = |profile: &str, definition: &str, mut row: Value| {
        row["profile"] = profile.into();
        row["definition"] = definition.into();
        by_oa(json!({"set_form_access": row}))
    };
    let profile = |user: &str, profile: &str| by_oa(json!({"assign_profile": {"user": user, "profile": profile}}));
    let person = |case: &str, field: &str, person: &str| {
        by_oa(json!({"add_person": {"case": case, "field": field, "person": person}}))
    };
    vec![
        by_oa(json!({"configure_profile": {"profile": "p1", "module_access": true}})),
        by_oa(json!({"configure_profile": {"profile": "p2", "module_access": true, "search_text": true}})),
        by_oa(json!({"configure_profile": {"profile": "p3", "module_access": true, "administrator": true}})),
        by_oa(json!({"set_sharing": {"definition": "D1", "enabled": true}})),
        row("p1", "D1", json!({"read": "all", "write": "involved", "delete": "registered", "share": true})),
        row("p1", "D1", json!({"read": "workspace", "write": "all", "delete": "workspace", "register": true})),
        row("p2", "D1", json!({"read": "involved", "write": "workspace", "delete": "all"})),
        row("p2", "D2", json!({"read": "involved", "write": "registered", "delete": "involved", "change_form": true})),
        row("p2", "D2", json!({"read": "registered", "register": true})),
        profile("ann", "p1"),
        profile("ben", "p1"),
        profile("dee", "p2"),
        profile("eli", "p2"),
        profile("cy", "p3"),
        person("C1", "f1", "user:dee"),
        person("C2", "f1", "group:g1"),
        person("C2", "f2", "user:ben"),
        by_oa(json!({"add_item": {"item": "i1", "case": "C1"}})),
        by_oa(json!({"add_item": {"item": "i1", "case": "C2"}})),
        by_oa(json!({"attach": {"task": "t1", "entity": "case:C3"}})),
        by_oa(json!({"attach": {"task": "t1", "entity": "case:C1"}})),
        by_oa(json!({"complete_case": {"case": "C2"}})),
    ]
}
