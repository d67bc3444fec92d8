//! What people call things whose ids are numbers: beside the id, as it stood where the answer is asked.

use crate::cli_fixture::Desk;
use caseward::events::answer::{Decision, WithLabels};
use serde_json::{Value, json};

fn desk() -> Desk {
    let commands = [
        json!({"appoint_org_admin": {"user": "1"}}),
        json!({"create_definition": {"definition": "7", "name": "Burglary"}}),
        json!({"open_case": {"case": "4711", "definition": "7", "creator": "1"}}),
        json!({"set_label": {"ref": "user:1", "label": "Ana Byrne"}}),
        json!({"grant": {"on": "definition:7", "to": "user:2"}}),
        json!({"set_label": {"ref": "user:1", "label": "Ana Kessler"}}),
        json!({"set_label": {"ref": "definition:7", "label": null}}),
    ];
    let line = |(minute, command): (usize, &Value)| {
        json!({"actor": "user:1", "time": format!("2024-01-01T00:{minute:02}:00Z"), "command": command}).to_string()
            + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

#[test]
fn an_answer_for_people_has_the_label_that_stood_then_beside_the_id() {
    let desk = desk();
    let asked = |as_of: &str| desk.ask(&["check", "user:1", "read", "case:4711", "--as-of", as_of]).out;
    assert!(asked("3").starts_with("allow  user:1 read case:4711   (org_admin, position 3)"), "{}", asked("3"));
    assert!(asked("5").starts_with("allow  user:1 \"Ana Byrne\" read case:4711   "), "{}", asked("5"));
    assert!(asked("6").starts_with("allow  user:1 \"Ana Kessler\" read case:4711   "), "{}", asked("6"));
    let explained = |as_of: &str| desk.ask(&["explain", "user:2", "read", "case:4711", "--as-of", as_of]).out;
    assert!(explained("6").contains("definition:7 \"Burglary\""), "{}", explained("6"));
    assert!(!explained("7").contains("Burglary"), "{}", explained("7"));
    let history = desk.ask(&["history", "user:1"]).out;
    assert!(history.contains("called user:1 \"Ana Kessler\""), "{history}");
}

#[test]
fn json_has_labels_only_where_they_are_asked_for() {
    let desk = desk();
    let question = ["check", "user:1", "read", "case:4711", "--as-of", "7", "--output", "json"];
    let plain = desk.ask(&question).out;
    assert!(!plain.contains("labels"), "{plain}");
    let labelled = desk.ask(&[&question[..], &["--labels"]].concat()).out;
    let read: WithLabels<Decision> = serde_json::from_str(&labelled).expect("its type reads it");
    assert_eq!(serde_json::to_string(&read).expect("it has a JSON form") + "\n", labelled);
    assert_eq!(
        labelled,
        plain.trim_end().strip_suffix('}').expect("an object").to_owned()
            + ",\"labels\":{\"user:1\":\"Ana Kessler\"}}\n"
    );
}

#[test]
fn a_label_is_refused_of_what_does_not_exist_and_changes_nothing_where_it_is_so_already() {
    let desk = desk();
    let send = |command: Value| {
        let file = desk.data().with_extension("jsonl");
        std::fs::write(&file, json!({"command": command}).to_string()).expect("there is room");
        let said = desk.ask(&["apply", file.to_str().expect("a plain name"), "--output", "jsonl"]);
        serde_json::from_str::<Value>(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"))
    };
    let label = |of: &str, label: Value| send(json!({"set_label": {"ref": of, "label": label}}));
    for (of, text, code) in [
        ("case:nix", json!("x"), "not_found"),
        ("definition:nix", json!("x"), "not_found"),
        ("item:1", json!("x"), "invalid"),
        ("user:1", json!("x".repeat(257)), "invalid"),
        ("user:1", json!(""), "invalid"),
    ] {
        assert_eq!(label(of, text)["code"], code, "{of}");
    }
    assert_eq!(send(json!({"set_label": {"ref": "user:1"}}))["code"], "invalid");
    assert_eq!(label("user:1", json!("Ana Kessler"))["events"], json!([]));
    for (of, stream) in [("profile:p", "profile:p"), ("workspace:w", "organization"), ("group:g", "group:g")] {
        assert_eq!(label(of, json!("x"))["events"][0]["stream"], stream, "{of}");
    }
}
