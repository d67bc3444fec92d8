//! The five published scenarios, each served by a vocabulary and commands alone. Answers are compared as text.

use super::{ask, scenario, serving};
use serde_json::Value;
use std::fs;

/// Asks every line of a table; how many there were.
fn agrees(store: &str, table: &str) -> usize {
    let served = serving(store);
    let text = fs::read_to_string(scenario(table, "decisions.jsonl")).expect("it is shipped");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    for row in &rows {
        let path = row["path"].as_str().expect("it names a path");
        let response = ask(&served, path, &row["request"].to_string());
        assert_eq!(response.status, 200, "{row}: {response:?}");
        let answer = response.json();
        if let Some(included) = row["includes"].as_array() {
            let results = answer["results"].as_array().expect("it lists");
            assert!(included.iter().all(|one| results.contains(one)), "{row}: {answer}");
        } else if row["expected"]["results"].is_array() {
            assert_eq!(sorted(&answer), sorted(&row["expected"]), "{row}");
        } else {
            assert_eq!(answer, row["expected"], "{row}");
        }
    }
    rows.len()
}

/// The published runners put both lists in order before they compare.
fn sorted(answer: &Value) -> Vec<String> {
    let mut results: Vec<_> = answer["results"].as_array().expect("it lists").iter().map(Value::to_string).collect();
    results.sort();
    results
}

#[test]
fn the_todo_application_is_decided_as_published() {
    assert_eq!(agrees("todo", "todo"), 45);
}

#[test]
fn the_gateway_is_decided_as_published() {
    assert_eq!(agrees("gateway", "gateway"), 25);
}

#[test]
fn the_searches_find_what_is_published() {
    assert_eq!(agrees("search", "search"), 198);
}

#[test]
fn the_identity_provider_finds_what_is_published() {
    assert_eq!(agrees("search", "idp"), 6);
}

#[test]
fn the_certification_is_met_with_and_without_properties() {
    assert_eq!(agrees("certification", "certification"), 25);
}
