//! What is said of a sealed case to somebody who must take it for absent: what is said of an absent one.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

/// `sealed` is restricted; `user:bo` manages the organization, `user:al` nothing. Neither is listed, and both are walled.
fn desk(policy: Value) -> Desk {
    let commands = [
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"adopt_policy": policy}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"set_sharing": {"definition": "d", "enabled": true}}),
        json!({"open_case": {"case": "sealed", "definition": "d", "creator": "root"}}),
        json!({"open_case": {"case": "plain", "definition": "d", "creator": "root"}}),
        json!({"add_item": {"item": "knife", "case": "sealed"}}),
        json!({"attach": {"task": "t", "entity": "case:sealed"}}),
        json!({"share_case": {"case": "sealed", "link": "l"}}),
        json!({"grant": {"on": "case:sealed", "to": "user:ex"}}),
        json!({"grant": {"on": "definition:d", "to": "user:ex"}}),
        json!({"grant": {"on": "organization", "to": "user:bo", "access": ["manage_access"]}}),
        json!({"raise_wall": {"on": "case:sealed", "against": "user:al"}}),
        json!({"raise_wall": {"on": "case:sealed", "against": "user:bo"}}),
        json!({"restrict_case": {"case": "sealed", "entries": [{"to": "user:ex"}]}}),
    ];
    let line = |(minute, command): (usize, &Value)| {
        json!({"actor": "user:root", "time": format!("2024-01-01T00:{minute:02}:00Z"), "command": command}).to_string()
            + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

fn answer(desk: &Desk, actor: &str, command: &str) -> Value {
    let file = desk.data().with_extension("jsonl");
    let command: Value = serde_json::from_str(command).expect("it is JSON");
    std::fs::write(&file, json!({"actor": actor, "reason": "why", "command": command}).to_string()).expect("room");
    let said = desk.ask(&["apply", file.to_str().expect("a plain name"), "--output", "jsonl"]);
    serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))
}

#[test]
fn a_refusal_on_a_sealed_case_is_that_of_an_absent_one() {
    for policy in [json!({"break_glass": "off"}), json!({"break_glass": "read"})] {
        let desk = desk(policy);
        for command in [
            r#"{"grant":{"on":"case:X","to":"user:al"}}"#,
            r#"{"update_grant":{"on":"case:X","to":"user:ex","access":"write"}}"#,
            r#"{"revoke":{"on":"case:X","to":"user:ex"}}"#,
            r#"{"raise_wall":{"on":"case:X","against":"user:ex"}}"#,
            r#"{"share_case":{"case":"X","link":"new"}}"#,
            r#"{"break_glass":{"case":"X","minutes":5}}"#,
            r#"{"restrict_case":{"case":"X","entries":[]}}"#,
            r#"{"lift_restriction":{"case":"X"}}"#,
        ] {
            for actor in ["user:al", "user:bo"] {
                let [sealed, absent] =
                    ["sealed", "absent"].map(|case| answer(&desk, actor, &command.replace('X', case)).to_string());
                assert_eq!(sealed.replace("sealed", "absent"), absent, "{actor}: {command}");
                assert!(absent.contains("refused"), "{absent}");
            }
        }
        let [sealed, absent] = ["l", "absent"]
            .map(|link| answer(&desk, "user:al", &format!(r#"{{"revoke_link":{{"link":"{link}"}}}}"#)).to_string());
        assert_eq!(sealed.replace("link:l", "link:absent"), absent);
    }
}

#[test]
fn neither_a_warning_nor_a_refusal_names_a_sealed_case_to_who_may_not_know_it() {
    let desk = desk(json!({"break_glass": "off"}));
    let named = |actor: &str, command: &str| answer(&desk, actor, command).to_string().contains("sealed");
    for refused in [
        r#"{"add_item":{"item":"knife","case":"plain"}}"#,
        r#"{"attach":{"task":"t","entity":"case:plain"}}"#,
        r#"{"check_out_item":{"item":"knife","organization":"lab"}}"#,
    ] {
        assert!(named("user:root", refused), "{refused}");
        assert!(!named("user:al", refused), "{refused}");
        assert_eq!(answer(&desk, "user:al", refused)["code"], "case_restricted", "{refused}");
    }
    answer(&desk, "user:root", r#"{"grant":{"on":"definition:d","to":"user:bo","access":["manage_access"]}}"#);
    let revoke = r#"{"revoke":{"on":"definition:d","to":"user:ex"}}"#;
    assert!(!named("user:bo", revoke));
    answer(&desk, "user:root", r#"{"grant":{"on":"definition:d","to":"user:ex"}}"#);
    assert!(named("user:root", revoke));
}
