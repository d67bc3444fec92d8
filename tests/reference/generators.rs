//! The commands that histories are made of, with their actors. The weights make for histories in which much is granted,
//! something is restricted, and now and then an org admin is gone.
//! Read on in [`cast`] (how histories begin), [`forms`] and [`lent`] (further commands).

mod cast;
mod forms;
mod lent;

pub use cast::cast;

use super::generated::{GRID_MICROS, first_time};
use caseward_events::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// The first two are the org admins of the cast, the third manages.
pub const USERS: [&str; 8] = ["oa", "ob", "mia", "ann", "ben", "cy", "dee", "eli"];
/// The cast nests the first three: `g1` in `g2` in `g3`.
pub const GROUPS: [&str; 4] = ["g1", "g2", "g3", "g4"];
/// The last is never in the cast.
pub const DEFINITIONS: [&str; 4] = ["D1", "D2", "D3", "D9"];
/// Likewise.
pub const CASES: [&str; 6] = ["C1", "C2", "C3", "C4", "C5", "C9"];

/// The last is never shared.
pub const LINKS: [&str; 4] = ["x1", "x2", "x3", "x8"];
const WORKSPACES: [&str; 3] = ["w1", "w2", "w3"];
/// The first two are for clerks, the third mostly has Administrator Mode.
const PROFILES: [&str; 3] = ["p1", "p2", "p3"];
const FIELDS: [&str; 2] = ["f1", "f2"];
const DELEGATIONS: [&str; 4] = ["d1", "d2", "d3", "d4"];
const ITEMS: [&str; 3] = ["i1", "i2", "i3"];
const TASKS: [&str; 2] = ["t1", "t2"];

/// In place of a command: takes back what can be taken back by then.
pub const UNDO: &str = "undo";

/// A command and who sends it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `None`: left out.
    pub actor: Option<&'static str>,
    /// The value of `command`.
    pub command: Value,
    /// Where the command is about an entry: whether to take one that is there by then, and which. Which to undo.
    pub aim: Option<Index>,
}

/// One command with its actor. Boxed, as are its parts: trees of values this wide do not fit on a stack.
pub fn draft() -> BoxedStrategy<Draft> {
    let actor = prop_oneof![
        18 => Just(Some("user:oa")),
        3 => Just(Some("user:ob")),
        5 => Just(Some("user:mia")),
        2 => select(&["user:ann", "user:ben", "user:cy", "user:dee", "user:eli"][..]).prop_map(Some),
        2 => Just(Some("system:feed")),
        1 => Just(None),
    ];
    let aim = prop::option::weighted(0.4, any::<Index>());
    let common = (actor, command(), aim).prop_map(|(actor, command, aim)| Draft { actor, command, aim });
    // What a manager who is no org admin may do, depending on where.
    let managing = prop_oneof![
        Just(json!({"create_definition": {"definition": "D3"}})),
        any::<bool>().prop_map(|on| json!({"set_access_control": {"definition": "D1", "enabled": on}})),
    ];
    let managing = managing.prop_map(|command| Draft { actor: Some("user:mia"), command, aim: None });
    prop_oneof![24 => common, 1 => managing, 9 => lent::by_users()].boxed()
}

/// What `replace_key` names.
pub const PUBLIC_KEYS: [&str; 2] =
    ["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="];

/// The right that the one word of each asks for; none, and the vocabulary has no type.
const VOCABULARIES: [Option<&str>; 3] = [None, Some("read"), Some("write")];

fn vocabulary(right: Option<&str>) -> Value {
    let Some(right) = right else { return json!({"adopt_vocabulary": {}}) };
    let words =
        json!([{"name": "open", "when": {"resource.status": "kept"}, "is": "read"}, {"name": "open", "is": right}]);
    json!({"adopt_vocabulary": {
        "subjects": {"person": {"as": "user"}},
        "resources": {"file": {"as": "case", "definition": "D1"}},
        "actions": {"file": words},
    }})
}

fn command() -> impl Strategy<Value = Value> {
    prop_oneof![
        24 => grant().boxed(),
        7 => update_grant().boxed(),
        6 => revoke().boxed(),
        9 => restrict_case().boxed(),
        3 => case().prop_map(|case| json!({"lift_restriction": {"case": case}})).boxed(),
        4 => Just(json!({"restrict_case": {"case": "C1", "entries": []}})).boxed(),
        3 => Just(json!({"adopt_policy": {"restriction": "disabled"}})).boxed(),
        8 => facts_of_cases().boxed(),
        13 => directory().boxed(),
        9 => adopt_policy().boxed(),
        24 => forms::forms().boxed(),
        26 => lent::lent().boxed(),
        1 => subject().prop_map(|subject| json!({"erase": {"subject": subject}})).boxed(),
        4 => set_label().boxed(),
        3 => user().prop_map(|user| json!({"offboard": {"user": user}})).boxed(),
        1 => select(&PUBLIC_KEYS[..]).prop_map(|key| json!({"replace_key": {"public_key": key}})).boxed(),
        2 => select(&VOCABULARIES[..]).prop_map(vocabulary).boxed(),
        14 => Just(json!(UNDO)).boxed(),
    ]
}

/// Of anything that has one; some are taken away.
fn set_label() -> impl Strategy<Value = Value> {
    let of = prop_oneof![
        3 => subject(),
        1 => case().prop_map(|case| format!("case:{case}")),
        1 => definition().prop_map(|definition| format!("definition:{definition}")),
        1 => select(&PROFILES[..]).prop_map(|profile| format!("profile:{profile}")),
        1 => select(&WORKSPACES[..]).prop_map(|workspace| format!("workspace:{workspace}")),
    ];
    (of, prop::option::weighted(0.8, select(&["Ann", "Ann Ní Bhriain", "Burglary"][..])))
        .prop_map(|(of, label)| json!({"set_label": {"ref": of, "label": label}}))
}

fn user() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => select(&USERS[..2]), 3 => Just("ann"), 6 => select(&USERS[2..])]
}

fn subject() -> impl Strategy<Value = String> {
    prop_oneof![
        60 => user().prop_map(|user| format!("user:{user}")),
        40 => select(&GROUPS[..]).prop_map(|group| format!("group:{group}")),
        1 => Just("user:*".to_owned()),
    ]
}

fn definition() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("D1"), 4 => Just("D2"), 3 => Just("D3"), 2 => Just("D9")]
}

fn case() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("C1"), 5 => Just("C2"), 5 => Just("C3"), 2 => Just("C4"), 2 => Just("C5"), 2 => Just("C9")]
}

fn list() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just("organization".to_owned()),
        4 => definition().prop_map(|definition| format!("definition:{definition}")),
        5 => case().prop_map(|case| format!("case:{case}")),
        2 => case().prop_map(|case| format!("restriction:{case}")),
    ]
}

/// An access that the list takes.
fn access(list: &str) -> BoxedStrategy<Value> {
    let mut taken = vec!["read", "write", "delete", "share", "manage_access"];
    if list == "organization" || list.starts_with("definition:") {
        taken.extend(["register", "change_form", "administer_form"]);
    }
    if list == "organization" {
        taken.extend(["search_text", "search_query"]);
    }
    prop_oneof![
        3 => Just(json!("read")),
        3 => Just(json!("write")),
        2 => prop::sample::subsequence(taken, 1..4).prop_map(|rights| json!(rights)),
        1 => Just(json!(["manage_access"])),
    ]
    .boxed()
}

fn instant() -> impl Strategy<Value = String> {
    (-8..80_i64).prop_map(|steps| Timestamp::from_micros(first_time().as_micros() + steps * GRID_MICROS).to_string())
}

/// Bounds to be laid over a body: mostly none, some at either side, a few upside down.
fn window() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    prop_oneof![
        6 => Just(Vec::new()),
        3 => instant().prop_map(|until| vec![("valid_until", json!(until))]),
        2 => instant().prop_map(|from| vec![("valid_from", json!(from))]),
        2 => (instant(), instant()).prop_map(|(one, other)| {
            let (from, until) = if one < other { (one, other) } else { (other, one) };
            vec![("valid_from", json!(from)), ("valid_until", json!(until))]
        }),
        1 => (instant(), instant()).prop_map(|(from, until)| {
            vec![("valid_from", json!(from)), ("valid_until", json!(until))]
        }),
    ]
}

fn with_fields(mut body: Value, fields: Vec<(&'static str, Value)>) -> Value {
    for (key, value) in fields {
        body[key] = value;
    }
    body
}

fn grant() -> impl Strategy<Value = Value> {
    let access = list().prop_flat_map(|list| (access(&list), Just(list)));
    let existing =
        prop_oneof![3 => Just(None), 3 => Just(Some("update")), 1 => Just(Some("ignore")), 1 => Just(Some("error"))];
    (access, subject(), window(), existing, prop::bool::weighted(0.1)).prop_map(
        |((access, on), to, window, existing, plain)| {
            let mut body = with_fields(json!({"on": on, "to": to}), window);
            if !plain {
                body["access"] = access;
            }
            if let Some(existing) = existing {
                body["on_existing"] = existing.into();
            }
            json!({"grant": body})
        },
    )
}

fn update_grant() -> impl Strategy<Value = Value> {
    let access = list().prop_flat_map(|list| (access(&list), Just(list)));
    let cleared = select(&["valid_from", "valid_until"][..]).prop_map(|bound| vec![(bound, Value::Null)]);
    let window = prop_oneof![3 => window(), 1 => cleared];
    (access, subject(), window, prop::bool::weighted(0.3)).prop_map(|((access, on), to, window, kept)| {
        let mut body = with_fields(json!({"on": on, "to": to}), window);
        if !kept {
            body["access"] = access;
        }
        json!({"update_grant": body})
    })
}

fn revoke() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (list(), subject()).prop_map(|(on, to)| json!({"revoke": {"on": on, "to": to}})),
        1 => Just(json!({"revoke": {"on": "definition:D1", "to": "user:ann"}})),
    ]
}

fn restrict_case() -> impl Strategy<Value = Value> {
    let entry = (subject(), access("case:"), window())
        .prop_map(|(to, access, window)| (to.clone(), with_fields(json!({"to": to, "access": access}), window)));
    // Each subject once; an org admin's own entry often, for the cap.
    let to = |to: &str, access: Value| (to.to_owned(), json!({"to": to, "access": access}));
    let admin = prop_oneof![
        3 => Just(vec![]),
        3 => Just(vec![to("user:oa", json!("read"))]),
        1 => Just(vec![to("user:ob", json!(["share"]))]),
        1 => Just(vec![to("user:ob", json!("read")), to("group:g4", json!("write"))]),
    ];
    (case(), prop::collection::vec(entry, 0..4), admin).prop_map(|(case, entries, admin)| {
        let once: std::collections::BTreeMap<String, Value> = entries.into_iter().chain(admin).collect();
        json!({"restrict_case": {"case": case, "entries": once.into_values().collect::<Vec<_>>()}})
    })
}

fn facts_of_cases() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => (definition(), prop::option::of(any::<bool>())).prop_map(|(definition, on)| {
            json!({"create_definition": with_fields(json!({"definition": definition}),
                on.map(|on| ("access_control", json!(on))).into_iter().collect())})
        }),
        4 => (case(), definition(), user(), prop::option::weighted(0.2, case())).prop_map(|(case, definition, creator, parent)| {
            json!({"open_case": with_fields(json!({"case": case, "definition": definition, "creator": creator}),
                parent.map(|parent| ("parent", json!(parent))).into_iter().collect())})
        }),
        4 => (definition(), any::<bool>()).prop_map(|(definition, enabled)| {
            json!({"set_access_control": {"definition": definition, "enabled": enabled}})
        }),
        4 => case().prop_map(|case| json!({"complete_case": {"case": case}})),
        1 => case().prop_map(|case| json!({"reopen_case": {"case": case}})),
    ]
}

fn directory() -> impl Strategy<Value = Value> {
    let of_user = |name: &'static str| user().prop_map(move |user| json!({name: {"user": user}}));
    let of_group = |name: &'static str| select(&GROUPS[..]).prop_map(move |group| json!({name: {"group": group}}));
    let members = || (select(&GROUPS[..]), subject());
    prop_oneof![
        6 => members().prop_map(|(group, member)| json!({"add_member": {"group": group, "member": member}})),
        3 => members().prop_map(|(group, member)| json!({"remove_member": {"group": group, "member": member}})),
        5 => of_group("deactivate_group"),
        2 => of_group("activate_group"),
        3 => of_user("disable_user"),
        2 => of_user("enable_user"),
        1 => of_user("appoint_org_admin"),
        1 => of_user("dismiss_org_admin"),
        1 => Just(json!({"add_member": {"group": "g1", "member": "user:ann"}})),
        1 => Just(json!({"add_member": {"group": "g1", "member": "group:g3"}})),
        3 => Just(json!({"disable_user": {"user": "oa"}})),
        2 => Just(json!({"disable_user": {"user": "ob"}})),
        2 => Just(json!({"appoint_org_admin": {"user": "ob"}})),
        3 => Just(json!({"dismiss_org_admin": {"user": "ob"}})),
        3 => Just(json!({"dismiss_org_admin": {"user": "oa"}})),
    ]
}

fn adopt_policy() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        2 => select(&["on", "off"][..]).prop_map(|value| ("access_control_default", json!(value))),
        5 => select(&["enabled", "disabled", "disabled"][..]).prop_map(|value| ("restriction", json!(value))),
        3 => any::<bool>().prop_map(|value| ("org_admin_bypass", json!(value))),
        2 => select(&["cap", "ignore"][..]).prop_map(|value| ("org_admin_entry", json!(value))),
        1 => select(&["managers", "trusted"][..]).prop_map(|value| ("access_managers", json!(value))),
        2 => any::<bool>().prop_map(|value| ("definition_revoke_cascades", json!(value))),
        2 => select(&["none", "read", "write"][..]).prop_map(|value| ("creator_grant", json!(value))),
        1 => (20..100_u32).prop_map(|value| ("break_glass_max_minutes", json!(value))),
        1 => any::<bool>().prop_map(|value| ("assignment_grant", json!(value))),
        2 => any::<bool>().prop_map(|value| ("walls_bind_admins", json!(value))),
        3 => select(&["off", "read", "write", "write"][..]).prop_map(|value| ("break_glass", json!(value))),
    ];
    let preset = prop_oneof![
        8 => Just(None),
        2 => select(&["caseward", "cmf", "am", "safe"][..]).prop_map(|preset| Some(("preset", json!(preset)))),
    ];
    (prop::collection::vec(key, 0..3), preset).prop_map(
        |(keys, preset)| json!({"adopt_policy": with_fields(json!({}), keys.into_iter().chain(preset).collect())}),
    )
}
