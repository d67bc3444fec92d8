//! What a decision says of what counted and what did not: the policy behind it, and why a profile gave nothing.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

fn checked(desk: &Desk, question: &str) -> Value {
    let asked = ["check"].into_iter().chain(question.split(' ')).chain(["--output", "json"]);
    let said = desk.ask(&asked.collect::<Vec<_>>());
    serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))
}

/// The history as `import` takes it: a command an hour.
fn desk(commands: &[Value]) -> Desk {
    let line = |(hour, command): (usize, &Value)| {
        let time = format!("2024-01-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24);
        json!({"actor": "user:root", "time": time, "command": command}).to_string() + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

#[test]
fn the_policy_that_lets_a_wall_bind_an_org_admin_or_not_is_cited() {
    let desk = desk(&[
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"adopt_policy": {"walls_bind_admins": false}}),
        json!({"create_definition": {"definition": "d"}}),
        json!({"open_case": {"case": "c", "definition": "d", "creator": "root"}}),
        json!({"raise_wall": {"on": "case:c", "against": "user:root"}}),
        json!({"adopt_policy": {"walls_bind_admins": true}}),
        json!({"raise_wall": {"on": "definition:d", "against": "user:ana"}}),
    ]);
    let unbound = checked(&desk, "user:root read case:c --as-of 5");
    assert_eq!((&unbound["decision"], &unbound["reasons"][0]["events"]), (&json!(true), &json!([1, 2])));
    let bound = checked(&desk, "user:root read case:c --as-of 6");
    assert_eq!((&bound["rule"], &bound["reasons"][0]["events"]), (&json!("wall"), &json!([5, 6])));
    // Before there was a wall the key decided nothing.
    assert_eq!(checked(&desk, "user:root read case:c --as-of 4")["reasons"][0]["events"], json!([1]));
    // What takes nothing is no reason.
    assert_eq!(checked(&desk, "user:ana register definition:d")["reasons"], json!([]));
}

/// A profile with a scope of each kind, its users in workspaces, and two cases.
fn forms() -> Desk {
    desk(&[
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"create_definition": {"definition": "d"}}),
        json!({"configure_profile": {"profile": "p", "module_access": true}}),
        json!({"set_form_access": {"profile": "p", "definition": "d", "read": "workspace", "write": "registered", "delete": "involved", "share": true}}),
        json!({"assign_profile": {"user": "wes", "profile": "p"}}),
        json!({"place_in_workspace": {"user": "wes", "workspace": "south"}}),
        json!({"assign_profile": {"user": "nora", "profile": "p"}}),
        json!({"open_case": {"case": "1", "definition": "d", "creator": "root"}}),
        json!({"add_person": {"case": "1", "field": "clerk", "person": "user:wes"}}),
        json!({"set_sharing": {"definition": "d", "enabled": true}}),
        json!({"share_case": {"case": "1", "link": "x"}}),
        json!({"set_sharing": {"definition": "d", "enabled": false}}),
        json!({"remove_person": {"case": "1", "field": "clerk", "person": "user:wes"}}),
    ])
}

#[test]
fn a_scope_that_does_not_fit_is_told_with_what_it_lacks_and_the_events_that_show_it() {
    let desk = forms();
    let aside = |scope: &str, missing: &str, events: Value| json!({"rule": "profile", "source": "profile:p", "because": "scope", "scope": scope, "missing": missing, "events": events});
    // Of write and delete nothing counts without read; only the scope of read stands alone in the way.
    let link = aside("workspace", "link", json!([4, 6, 13, 5, 3]));
    assert_eq!(checked(&desk, "user:wes read case:1")["set_aside"], json!([link]));
    let placement = aside("workspace", "placement", json!([4, 7, 3]));
    assert_eq!(checked(&desk, "user:nora read case:1")["set_aside"], json!([placement]));
    let sharing = json!({"rule": "profile", "source": "profile:p", "because": "sharing_off", "events": [4, 5, 3, 12]});
    let opener = aside("registered", "opener", json!([4, 8, 5, 3]));
    // While the link stands wes may read, and is involved.
    assert_eq!(checked(&desk, "user:wes write case:1 --as-of 12")["set_aside"], json!([opener, sharing]));
    let link = json!({"rule": "link", "source": "link:x", "because": "sharing_off", "events": [11, 12]});
    assert_eq!(checked(&desk, "link:x read case:1")["set_aside"], json!([link]));
}

#[test]
fn an_explanation_says_in_words_why_a_profile_or_a_link_gives_nothing() {
    let desk = forms();
    let explained = |question: &str| {
        let asked: Vec<_> = ["explain"].into_iter().chain(question.split(' ')).collect();
        desk.ask(&asked).out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (question, words) in [
        (
            "user:wes read case:1",
            "profile:p gives user:wes read; ignored: its scope is `workspace`, and case:1 is not linked to workspace:south, which user:wes is in",
        ),
        ("user:nora read case:1", "its scope is `workspace`, and user:nora is in no workspace"),
        ("user:wes write case:1 --as-of 12", "its scope is `registered`, and case:1 was opened by user:root"),
        (
            "user:wes share case:1 --as-of 12",
            "profile:p gives user:wes share; ignored: sharing is off for this kind of case",
        ),
        ("link:x read case:1", "link:x gives read to whoever holds it; ignored: sharing is off for this kind of case"),
    ] {
        let told = explained(question).replace("│ ", "");
        assert!(told.contains(words), "{question}: {told}");
    }
    // What ended the link is there to read.
    assert!(explained("user:wes read case:1").contains("removed user:wes from the field clerk of case:1"));
}
