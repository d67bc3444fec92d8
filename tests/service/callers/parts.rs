//! Which part each command asks for: the table on the page about security, the code, and what is answered are the same.

use super::Desk;
use caseward::events::{Command, Submission};
use caseward::service::{Part, part_of};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("it is shipped")
}

/// One of each command, of those that the stored history has.
fn commands() -> Vec<Command> {
    let lines = read("tests/stored/commands.jsonl");
    let command = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect("it is JSON");
        line.as_object_mut().expect("an object").remove("via");
        Submission::from_value(&line).expect("it is a command").content.expect("it is a command").command
    };
    lines.lines().map(command).collect()
}

#[test]
fn every_command_has_one_part_and_the_page_says_which() {
    let mut parts: BTreeMap<&str, BTreeSet<Part>> = BTreeMap::new();
    for command in commands() {
        parts.entry(command.name()).or_default().insert(part_of(&command));
    }
    // Of what it names.
    parts.insert("set_label", BTreeSet::from([Part::Produce, Part::Directory]));
    assert_eq!(parts.keys().copied().collect::<BTreeSet<_>>(), Command::NAMES.iter().copied().collect());
    let page = read("src/docs/security.md");
    for part in Part::ALL {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{part}` |"))).unwrap_or_default();
        let told: BTreeSet<_> = Command::NAMES.iter().filter(|name| row.contains(&format!("`{name}`"))).collect();
        let is: BTreeSet<_> = Command::NAMES.iter().filter(|name| parts[*name].contains(&part)).collect();
        assert_eq!(told, is, "the row of `{part}`");
    }
}

#[test]
fn a_command_without_its_part_is_refused_and_not_stored() {
    let desk = Desk::open();
    let command = |command: Value| json!({ "command": command }).to_string();
    let produce = command(json!({"open_case": {"case": "1", "definition": "d", "creator": "ana"}}));
    let directory = command(json!({"add_member": {"group": "g", "member": "user:a"}}));
    let admin = command(json!({"appoint_org_admin": {"user": "judith"}}));
    let all = [("produce", produce), ("directory", directory), ("admin", admin)];
    for (part, _) in &all {
        let token = desk.token(part, &[part], json!({}));
        for (needed, body) in &all {
            let answer = desk.ask(&token, "POST", "/v1/orgs/default/commands?", body);
            let is_forbidden = answer.status == 403 && answer.code() == "forbidden";
            assert_eq!(is_forbidden, part != needed, "{part} sends {body}: {answer:?}");
        }
    }
    assert_eq!(desk.refused().forbidden, 6);
}
