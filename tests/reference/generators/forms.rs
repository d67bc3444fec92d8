//! Drafts about profiles, forms, workspaces, person fields and activities.

use super::{FIELDS, GROUPS, PROFILES, WORKSPACES, case, definition, subject, user, with_fields};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// All of them.
pub fn forms() -> BoxedStrategy<Value> {
    prop_oneof![
        5 => set_form_access().boxed(),
        2 => configure_profile().boxed(),
        3 => (user(), prop::option::weighted(0.85, profile())).prop_map(|(user, profile)| {
            json!({"assign_profile": {"user": user, "profile": profile}})
        }).boxed(),
        2 => (user(), prop::option::weighted(0.85, select(&WORKSPACES[..]))).prop_map(|(user, workspace)| {
            json!({"place_in_workspace": {"user": user, "workspace": workspace}})
        }).boxed(),
        2 => (definition(), prop::bool::weighted(0.8)).prop_map(|(definition, enabled)| {
            json!({"set_sharing": {"definition": definition, "enabled": enabled}})
        }).boxed(),
        5 => person().prop_map(|body| json!({"add_person": body})).boxed(),
        1 => person().prop_map(|body| json!({"remove_person": body})).boxed(),
        1 => Just(json!({"add_person": {"case": "C1", "field": "f1", "person": "user:dee"}})).boxed(),
        2 => Just(json!({"set_form_access": {"profile": "p1", "definition": "D1", "write_completed": true}})).boxed(),
        1 => Just(json!({"set_form_access": {"profile": "p1", "definition": "D1", "read": "none"}})).boxed(),
        7 => activity().prop_map(|body| json!({"assign_activity": body})).boxed(),
        2 => activity().prop_map(|body| json!({"release_activity": body})).boxed(),
    ]
    .boxed()
}

fn profile() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(PROFILES[0]), 3 => Just(PROFILES[1]), 2 => Just(PROFILES[2])]
}

fn configure_profile() -> impl Strategy<Value = Value> {
    let switches = subsequence(vec!["administrator", "search_text", "search_query"], 0..3);
    let values = prop::collection::vec(any::<bool>(), 3);
    let module = prop::option::weighted(0.6, prop::bool::weighted(0.8));
    (profile(), switches, values, module).prop_map(|(profile, switches, values, module)| {
        let fields = switches.into_iter().zip(values.into_iter().map(Value::from));
        let module = module.map(|on| ("module_access", json!(on)));
        json!({"configure_profile": with_fields(json!({"profile": profile}), fields.chain(module).collect())})
    })
}

/// Some columns of a row; now and then one that contradicts itself.
fn set_form_access() -> impl Strategy<Value = Value> {
    let scope = || prop::option::weighted(0.5, select(&["none", "registered", "involved", "workspace", "all"][..]));
    let switch = || prop::option::weighted(0.2, prop::bool::weighted(0.7));
    let row = (scope(), scope(), scope(), switch(), switch(), switch(), switch());
    let definition = prop_oneof![5 => Just("D1"), 3 => definition()];
    (profile(), definition, row).prop_map(|(profile, definition, row)| {
        let (read, write, delete, register, share, completed, change) = row;
        let scopes = [("read", read), ("write", write), ("delete", delete)];
        let switches =
            [("register", register), ("share", share), ("write_completed", completed), ("change_form", change)];
        let scopes = scopes.into_iter().filter_map(|(key, value)| Some((key, json!(value?))));
        let switches = switches.into_iter().filter_map(|(key, value)| Some((key, json!(value?))));
        let body = json!({"profile": profile, "definition": definition});
        json!({"set_form_access": with_fields(body, scopes.chain(switches).collect())})
    })
}

fn person() -> impl Strategy<Value = Value> {
    (case(), select(&FIELDS[..]), subject())
        .prop_map(|(case, field, person)| json!({"case": case, "field": field, "person": person}))
}

fn activity() -> impl Strategy<Value = Value> {
    let group = select(&GROUPS[..]).prop_map(|group| format!("group:{group}"));
    let to = prop::collection::vec(prop_oneof![5 => subject().boxed(), 1 => group.boxed()], 0..4);
    (case(), select(&["a1", "a2"][..]), to)
        .prop_map(|(case, activity, to)| json!({"case": case, "activity": activity, "to": to}))
}
