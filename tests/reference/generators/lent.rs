//! Drafts about delegations, links, walls, broken glass, items and tasks.

use super::{
    CASES, DELEGATIONS, Draft, ITEMS, LINKS, TASKS, USERS, case, definition, instant, subject, window, with_fields,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// Those that anybody might send.
pub fn lent() -> BoxedStrategy<Value> {
    prop_oneof![
        8 => wall().prop_map(|body| json!({"raise_wall": body})).boxed(),
        2 => Just(json!({"raise_wall": {"on": "case:C1", "against": "group:g2"}})).boxed(),
        2 => wall().prop_map(|body| json!({"lower_wall": body})).boxed(),
        7 => share_case().boxed(),
        2 => select(&LINKS[..]).prop_map(|link| json!({"revoke_link": {"link": link}})).boxed(),
        1 => select(&DELEGATIONS[..]).prop_map(|delegation| json!({"end_delegation": {"delegation": delegation}})).boxed(),
        2 => (select(&USERS[..]), delegate()).prop_map(|(from, body)| delegation(from, body)).boxed(),
        12 => possessions().boxed(),
    ]
    .boxed()
}

/// What a user does in person: delegates, breaks the glass, shares a case.
pub fn by_users() -> BoxedStrategy<Draft> {
    const PERSONS: [&str; 8] =
        ["user:ann", "user:ben", "user:cy", "user:dee", "user:eli", "user:mia", "user:oa", "user:ob"];
    let minutes = prop_oneof![4 => 1..60_u32, 1 => 60..200_u32];
    let glass =
        (case(), minutes).prop_map(|(case, minutes)| json!({"break_glass": {"case": case, "minutes": minutes}}));
    let command = prop_oneof![
        5 => delegate().prop_map(|body| json!({"delegate": body})).boxed(),
        6 => glass.boxed(),
        2 => share_case().boxed(),
    ];
    (select(&PERSONS[..]), command, prop::option::weighted(0.5, any::<Index>()))
        .prop_map(|(actor, mut command, aim)| {
            if let Some(body) = command.get("delegate") {
                command = delegation(actor.trim_start_matches("user:"), body.clone());
            }
            Draft { actor: Some(actor), command, aim }
        })
        .boxed()
}

fn delegation(from: &str, mut body: Value) -> Value {
    body["from"] = format!("user:{from}").into();
    json!({"delegate": body})
}

/// All but whose rights.
fn delegate() -> impl Strategy<Value = Value> {
    (select(&DELEGATIONS[..]), select(&USERS[..]), window()).prop_map(|(delegation, to, window)| {
        with_fields(json!({"delegation": delegation, "to": format!("user:{to}")}), window)
    })
}

fn wall() -> impl Strategy<Value = Value> {
    let on = prop_oneof![
        5 => case().prop_map(|case| format!("case:{case}")),
        2 => definition().prop_map(|definition| format!("definition:{definition}")),
        1 => Just("organization".to_owned()),
    ];
    (on, subject()).prop_map(|(on, against)| json!({"on": on, "against": against}))
}

fn share_case() -> impl Strategy<Value = Value> {
    (case(), select(&LINKS[..3]), prop::option::weighted(0.4, instant())).prop_map(|(case, link, until)| {
        let until = until.map(|until| ("valid_until", json!(until)));
        json!({"share_case": with_fields(json!({"case": case, "link": link}), until.into_iter().collect())})
    })
}

fn possessions() -> impl Strategy<Value = Value> {
    let item = || prop_oneof![3 => Just(ITEMS[0]), 2 => select(&ITEMS[1..])];
    let belonging = || (item(), case()).prop_map(|(item, case)| json!({"item": item, "case": case}));
    let away = || {
        (item(), select(&["lab", "lab", "lab", "court", "court", "default"][..]))
            .prop_map(|(item, organization)| json!({"item": item, "organization": organization}))
    };
    let entity = || {
        prop_oneof![
            1 => Just("case:C1".to_owned()),
            2 => select(&CASES[..]).prop_map(|case| format!("case:{case}")),
            1 => item().prop_map(|item| format!("item:{item}")),
        ]
    };
    let attached = || (select(&TASKS[..]), entity()).prop_map(|(task, entity)| json!({"task": task, "entity": entity}));
    prop_oneof![
        5 => belonging().prop_map(|body| json!({"add_item": body})).boxed(),
        2 => case().prop_map(|case| json!({"add_item": {"item": "i1", "case": case}})).boxed(),
        1 => belonging().prop_map(|body| json!({"remove_item": body})).boxed(),
        3 => away().prop_map(|body| json!({"check_out_item": body})).boxed(),
        3 => away().prop_map(|body| json!({"check_in_item": body})).boxed(),
        4 => attached().prop_map(|body| json!({"attach": body})).boxed(),
        1 => attached().prop_map(|body| json!({"detach": body})).boxed(),
    ]
}
