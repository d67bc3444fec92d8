//! `stranded`: work that stays with people who can no longer see it.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

/// `left` lost ana, who is assigned and an officer, and the group `night`, in which nobody may read; `fine` reads whoever
/// has a part in it; `done` is completed.
fn desk() -> Desk {
    let commands = [
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"adopt_policy": {"assignment_grant": false}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"open_case": {"case": "left", "definition": "d", "creator": "root"}}),
        json!({"open_case": {"case": "fine", "definition": "d", "creator": "root"}}),
        json!({"open_case": {"case": "done", "definition": "d", "creator": "root"}}),
        json!({"add_member": {"group": "night", "member": "user:bo"}}),
        json!({"add_member": {"group": "day", "member": "user:bo"}}),
        json!({"add_member": {"group": "day", "member": "user:cy"}}),
        json!({"grant": {"on": "case:left", "to": "user:ana"}}),
        json!({"grant": {"on": "organization", "to": "user:cy"}}),
        json!({"assign_activity": {"case": "left", "activity": "a1", "to": ["user:ana", "group:night"]}}),
        json!({"add_person": {"case": "left", "field": "officer", "person": "user:ana"}}),
        json!({"add_person": {"case": "fine", "field": "team", "person": "group:day"}}),
        json!({"assign_activity": {"case": "done", "activity": "a1", "to": ["user:nobody"]}}),
        json!({"complete_case": {"case": "done"}}),
        json!({"revoke": {"on": "case:left", "to": "user:ana"}}),
        json!({"open_case": {"case": "a-new", "definition": "d", "creator": "root"}}),
        json!({"assign_activity": {"case": "a-new", "activity": "b", "to": ["user:gone"]}}),
        json!({"disable_user": {"user": "gone"}}),
    ];
    let line = |(minute, command): (usize, &Value)| {
        json!({"actor": "user:root", "time": format!("2024-01-01T00:{minute:02}:00Z"), "command": command}).to_string()
            + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

fn asked(desk: &Desk, more: &[&str]) -> Value {
    let said = desk.ask(&[&["stranded", "--output", "json"], more].concat());
    serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))
}

#[test]
fn whoever_has_a_part_in_an_open_case_and_may_not_read_it_is_listed_as_of_any_moment() {
    let desk = desk();
    let left = |subjects: Value| json!({"resource": "case:left", "stranded": subjects});
    let night = json!({"subject": "group:night", "activities": ["a1"]});
    let ana = json!({"subject": "user:ana", "rule": "no_grant", "fields": ["officer"], "activities": ["a1"]});
    let gone = json!({"subject": "user:gone", "rule": "user_disabled", "activities": ["b"]});
    let now = json!([{"resource": "case:a-new", "stranded": [gone]}, left(json!([ana, night]))]);
    assert_eq!(asked(&desk, &[])["cases"], now);
    assert_eq!(asked(&desk, &["--as-of", "2024-01-01T00:13:30Z"])["cases"], json!([left(json!([night]))]));
    assert_eq!(asked(&desk, &["--definition", "other"])["cases"], json!([]));
    assert_eq!(asked(&desk, &["--definition", "d"])["cases"], now);
}

#[test]
fn pages_are_the_list() {
    let desk = desk();
    let first = asked(&desk, &["--limit", "1"]);
    let next = first["next"].as_str().expect("there is more");
    let second = asked(&desk, &["--limit", "1", "--after", next]);
    assert_eq!(second["next"], Value::Null);
    let pages = [&first, &second].map(|page| page["cases"][0].clone());
    assert_eq!(json!(pages), asked(&desk, &[])["cases"]);
    assert_eq!(desk.ask(&["what", "user:ana", "read", "--after", next]).status, 2);
}

#[test]
fn people_are_told_who_as_what_and_why() {
    let desk = desk();
    let said = desk.ask(&["stranded"]);
    for told in [
        "people of 2 open cases may not read them:",
        "  case:left\n    user:ana, field officer, activity a1: no_grant\n",
        "    group:night, activity a1: no user in it may read\n",
    ] {
        assert!(said.out.contains(told), "{told}: {said:?}");
    }
}
