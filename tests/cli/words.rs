//! `vocabulary`: what callers' words stand for is set from a file, shown as it stood, and brought along by an export.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};
use std::fs;

const WORDS: &str = r#"# of the portal
[subjects]
person = { as = "user" }

[resources]
file = { as = "case", definition = "permit", prefix = "p/" }

[actions]
file = [{ name = "open", is = "read" }, { name = "keep", when = { "resource.old" = true }, is = "manage_access" }]
"#;

fn desk() -> Desk {
    let admin = r#"{"time":"2024-01-01T00:00:00Z","command":{"appoint_org_admin":{"user":"1"}}}"#;
    Desk::of(&format!("{admin}\n"))
}

fn set(desk: &Desk, text: &str, actor: &str) -> crate::cli_fixture::Said {
    let file = desk.data().with_extension("toml");
    fs::write(&file, text).expect("there is room");
    desk.ask(&["vocabulary", "set", file.to_str().expect("a plain name"), "--actor", actor, "--output", "jsonl"])
}

fn shown(desk: &Desk, further: &[&str]) -> String {
    desk.ask(&[&["vocabulary", "show"], further].concat()).out
}

#[test]
fn what_is_shown_can_be_set_again_and_is_that_of_the_position() {
    let desk = desk();
    assert!(shown(&desk, &[]).starts_with("# our own words: no vocabulary is adopted; position 1\n"));
    let said = set(&desk, WORDS, "user:1");
    assert!(said.out.contains(r#""position":2"#), "{said:?}");
    let text = shown(&desk, &[]);
    assert!(text.starts_with("# adopted by event 2; position 2\n"), "{text}");
    assert!(set(&desk, &text, "user:1").out.contains(r#""events":[]"#), "the same changes nothing");
    assert!(set(&desk, "", "user:1").out.contains(r#""position":3"#));
    assert!(shown(&desk, &[]).starts_with("# our own words"));
    let then: Value = serde_json::from_str(&shown(&desk, &["--as-of", "2", "--output", "json"])).expect("it is JSON");
    assert_eq!((&then["event"], &then["position"]), (&json!(2), &json!(2)));
    assert_eq!(then["vocabulary"]["resources"]["file"]["prefix"], "p/");
    let rows = shown(&desk, &["--as-of", "2", "--output", "csv"]);
    assert!(rows.starts_with("part,type,value,event,position\n") && rows.lines().count() == 4, "{rows}");
    let history = desk.ask(&["history", "organization"]).out;
    assert!(history.contains("adopted a vocabulary: subjects `person`;"), "{history}");
    assert!(history.contains("took the vocabulary away"), "{history}");
}

#[test]
fn only_an_org_admin_sets_it_and_what_is_none_is_told_with_its_reason() {
    let desk = desk();
    assert!(set(&desk, WORDS, "user:2").out.contains(r#""code":"not_authorized""#));
    let twice = WORDS.replace("[resources]", "clerk = { as = \"user\" }\n[resources]");
    let said = set(&desk, &twice, "user:1").out;
    assert!(said.contains(r#""code":"invalid""#) && said.contains("`clerk` and `person` could give one"), "{said}");
    let said = set(&desk, "[subjects", "user:1");
    assert!(said.err.contains("is not TOML") && said.err.contains("caseward vocabulary show"), "{said:?}");
    assert_eq!(desk.ask(&["vocabulary", "set", "/no/such/file", "--actor", "user:1"]).status, 2);
}

#[test]
fn an_export_brings_it_along() {
    let desk = desk();
    set(&desk, WORDS, "user:1");
    let commands = desk.ask(&["export", "--commands", "-q"]).out;
    let other = Desk::of(&commands);
    assert_eq!(shown(&other, &[]), shown(&desk, &[]));
}
